"""The sections of a report: one file each, a function from a page to a `Section`, or None."""
