"""The kinds of claim, and from a study's results to a verdict on each.

One kind is one class: what it asks, and how it is judged. `judge` holds what they share, and what a
kind of one's own is put together from.
"""
