"""The answers of variants, example by example."""
