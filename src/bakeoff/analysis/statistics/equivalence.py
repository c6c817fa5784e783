"""Equal within a margin."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.paired import t_test
from bakeoff.analysis.statistics.permutation import sign_flip
from bakeoff.analysis.statistics.sides import Sides, between


@dataclass(frozen=True)
class Equivalence:
    """What figures say about the claim that their mean lies within a margin of a centre.

    That a test finds no difference is no sign that there is none. Here the difference must be
    shown to be smaller than the margin on either side.

    Attributes:
        margin: how far the mean may lie from the centre.
        centre: 0 for paired differences.
        t_test: sides from two one-sided t-tests; None for fewer than two figures, and where all
            are equal. At the level alpha in `supporting` the claim holds just where the
            1 - 2 alpha t-interval lies within the margin.
        permutation: sides from two one-sided sign-flip tests, each about one end of the margin,
            which assumes that figures lie symmetrically about their mean.
    """

    margin: float
    centre: float
    t_test: Sides | None
    permutation: Sides


def equivalence(values: ArrayLike, margin: float, *, centre: float = 0.0) -> Equivalence:
    """Return what figures say about the claim that their mean lies within a margin.

    Args:
        values: figures of the rounds, shape (rounds,); differences where two are compared.
        margin: above 0, in the figures' unit.
        centre: what the mean is to lie near.

    Raises:
        ValueError: the margin is not above 0, or a value is not finite.
    """
    if not margin > 0:
        raise ValueError(f"a margin must be above 0, not {margin}: nothing is equal within it")
    low, high = centre - margin, centre + margin
    from_low, from_high = t_test(values, bound=low), t_test(values, bound=high)
    return Equivalence(
        margin=margin,
        centre=centre,
        t_test=None if from_low is None or from_high is None else between(from_low, from_high),
        permutation=between(sign_flip(values, bound=low), sign_flip(values, bound=high)),
    )
