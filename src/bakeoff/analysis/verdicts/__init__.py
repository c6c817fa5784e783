"""From a study's results to a verdict on each of its claims."""
