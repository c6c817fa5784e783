"""Histories as numbers with uncertainty."""
