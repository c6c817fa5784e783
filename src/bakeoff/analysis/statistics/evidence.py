"""The evidence of a study's rounds about their typical value and one bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.sample import Array, checked
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.statistics.typical import signed_rank, typical
from bakeoff.analysis.statistics.wins import Wins, wins
from bakeoff.analysis.summary import summary

# A spread below this share of the mean is that of floating-point sums.
_RESOLUTION = 1e-12


@dataclass(frozen=True)
class Evidence:
    """The evidence of n figures, one for each round, for the claim that they lie above a bound.

    The figures may be paired differences (the bound is then 0, or the margin by which one is to
    be better), or the figures of one variant (the bound is then the value it is to reach). The
    typical figure decides. The mean is descriptive, without the rounds that diverged.

    Attributes:
        n: figures.
        bound: the value that they are compared with.
        estimate: the typical figure, by Hodges and Lehmann; infinite if most rounds diverged,
            None for no figures.
        interval: its 95% interval; None for fewer than six.
        sides: of the signed-rank test that the typical figure lies above the bound.
        mean: the mean of the finite figures; None for none.
        sd: their standard deviation, n - 1 in the denominator; None for fewer than two.
        t_interval: the 95% t-interval of the mean; None for fewer than six.
        wins: rounds above, at and below the bound.
        effect: mean distance from the bound in standard deviations, Cohen's d_z (Lakens 2013,
            Front. Psychol. 4, 863, equation 6); None for fewer than two figures, and if all
            are equal.
    """

    n: int
    bound: float
    estimate: float | None
    interval: tuple[float, float] | None
    sides: Sides
    mean: float | None
    sd: float | None
    t_interval: tuple[float, float] | None
    wins: Wins
    effect: float | None

    @property
    def distance(self) -> float | None:
        """The typical figure minus the bound; None for no figures."""
        return None if self.estimate is None else self.estimate - self.bound


def evidence(values: ArrayLike, *, bound: float = 0.0) -> Evidence:
    """Returns the evidence of figures for the claim that their typical value is above a bound.

    Args:
        values: figures of the rounds, shape (rounds,), infinite if a trial diverged.
        bound: a margin, or a value to reach.

    Raises:
        ValueError: a value is NaN, or the bound is not finite.
    """
    array = checked(values, infinite=True)
    middle = typical(array)
    finite = array[np.isfinite(array)]
    described = summary(finite.tolist())
    return Evidence(
        n=len(array),
        bound=bound,
        estimate=middle.estimate,
        interval=middle.interval,
        sides=signed_rank(array, bound=bound),
        mean=described.mean,
        sd=described.sd,
        t_interval=described.interval,
        wins=wins(array, bound=bound),
        effect=_effect(finite, bound),
    )


def _effect(values: Array, bound: float) -> float | None:
    if len(values) < 2:
        return None
    mean, sd = float(values.mean()) - bound, float(values.std(ddof=1))
    return None if sd <= _RESOLUTION * max(1.0, abs(mean)) or math.isnan(sd) else mean / sd
