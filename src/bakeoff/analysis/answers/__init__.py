"""What variants answered, example by example."""
