"""Writers: one module for each form in which programs read a report."""
