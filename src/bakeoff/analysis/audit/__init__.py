"""The audit: reasons in a study's own trials to doubt its conclusions."""
