"""Equality within a margin."""

from __future__ import annotations

from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.sides import Sides, between
from bakeoff.analysis.statistics.typical import signed_rank


def within(values: ArrayLike, margin: float, *, centre: float = 0.0) -> Sides:
    """Returns the sides of "the typical value lies within a margin of a centre".

    They come from two signed-rank tests, one at each end of the margin (`typical.signed_rank`).

    Args:
        values: figures of the rounds, shape (rounds,), in the metric's unit; differences where
            two are compared. They may be infinite.
        margin: above 0, in the same unit.
        centre: the middle of the margin; 0 for differences.

    Raises:
        ValueError: the margin is not above 0, a value is NaN, or the centre is not finite.

    Example:
        >>> within([0.1, -0.2, 0.3, 0.2, -0.1, 0.0], 0.5).supporting == 2**-6
        True
    """
    _check(margin)
    low = signed_rank(values, bound=centre - margin)
    return between(low, signed_rank(values, bound=centre + margin))


def _check(margin: float) -> None:
    if not margin > 0:
        raise ValueError(f"a margin must be above 0, not {margin}: nothing is equal within it")
