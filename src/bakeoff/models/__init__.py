"""Networks as frozen specs: counted and checked without torch, built with it."""
