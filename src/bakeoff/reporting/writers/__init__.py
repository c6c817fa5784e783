"""A report in each format: one file each, which walks the sections."""
