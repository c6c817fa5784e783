"""Controlled comparisons of small neural networks."""
