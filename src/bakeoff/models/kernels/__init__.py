"""Fused CPU passes: compiled loops over channels-last arrays, and torch functions made of them."""
