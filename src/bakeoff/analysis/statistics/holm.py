"""Holm's correction for many tests."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Returns p-values adjusted for their number, in the order given.

    An adjusted value at or below alpha may be rejected: the chance of any wrong rejection among
    all is then at most alpha, however the tests depend on each other (Holm 1979, Scand. J. Stat.
    6, 65-70). The smallest is multiplied by the number of tests, the next by one less, and so on;
    none is less than one before it, none more than 1.

    Raises:
        ValueError: a value is not between 0 and 1.
    """
    wrong = [p for p in p_values if not 0 <= p <= 1]
    if wrong:
        raise ValueError(f"a p-value must be from 0 to 1, not {wrong[0]}")
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return tuple(adjusted)
