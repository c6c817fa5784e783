"""Image archives, and the tasks that draw a round of examples from them."""
