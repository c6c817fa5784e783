"""Statistics of samples and of pairs: numbers in, numbers with uncertainty out."""
