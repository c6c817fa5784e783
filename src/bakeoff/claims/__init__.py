"""The kinds of claim, and the verdicts on them from a study's results.

Each kind is a class: its question, and how it is judged. `judge` holds the parts that the kinds
share; a user's own kind is built from them too.
"""
