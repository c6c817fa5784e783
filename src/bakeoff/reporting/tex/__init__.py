"""The report as LaTeX tables."""
