"""Two variants head to head, in a terminal and as a page."""
