"""Charts over Altair: one function each, from results to a `Figure`."""
