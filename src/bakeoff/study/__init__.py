"""Studies, variants, and the trials they stand for, each with a content hash."""
