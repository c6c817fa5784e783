"""The published studies that ship with bakeoff."""
