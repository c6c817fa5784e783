"""All that the figures of a study's rounds say about their mean and one bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.bootstrap import bootstrap_interval
from bakeoff.analysis.statistics.permutation import sign_flip
from bakeoff.analysis.statistics.sample import above, checked
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.statistics.wins import Wins, wins
from bakeoff.analysis.summary import summary

# A spread below this share of the mean is that of floating-point sums.
_RESOLUTION = 1e-12


@dataclass(frozen=True)
class Evidence:
    """What n figures, one for each round, say about the claim that their mean is above a bound.

    The figures may be paired differences (the bound is then 0, or the margin by which one is to
    be better), or the figures of one variant (the bound is then the value it is to reach).

    Attributes:
        n: figures.
        bound: what their mean is held against.
        mean: their mean, not moved by the bound; None for no figures.
        sd: their standard deviation, n - 1 in the denominator; None for fewer than two.
        interval: the 95% t-interval of the mean; None for fewer than two.
        bootstrap: the 95% bootstrap interval (BCa) of the mean; None for fewer than two.
        t_test: sides of Student's t-test (two-sided it is the paired t-test); None for fewer
            than two figures, and where all are equal: it then knows no spread, and would be
            certain of anything.
        permutation: sides of the sign-flip permutation test; always there, 1 and 1 for none.
        wins: rounds above, at and below the bound.
        effect: mean distance from the bound in standard deviations, Cohen's d_z (Lakens 2013,
            Front. Psychol. 4, 863, equation 6); None where `t_test` is.
        corrected_effect: the same times Hedges' exact correction for few rounds, g_z (Hedges
            1981, J. Educ. Stat. 6, 107-128); None where `effect` is, and for two figures.
    """

    n: int
    bound: float
    mean: float | None
    sd: float | None
    interval: tuple[float, float] | None
    bootstrap: tuple[float, float] | None
    t_test: Sides | None
    permutation: Sides
    wins: Wins
    effect: float | None
    corrected_effect: float | None

    @property
    def distance(self) -> float | None:
        """The mean minus the bound; None for no figures."""
        return None if self.mean is None else self.mean - self.bound


def evidence(values: ArrayLike, *, bound: float = 0.0) -> Evidence:
    """Return what figures say about the claim that their mean is above a bound.

    Args:
        values: figures of the rounds, shape (rounds,); see `sample.differences` for pairs.
        bound: a margin, or a value to reach.

    Raises:
        ValueError: a value or the bound is not finite.
    """
    array = checked(values)
    found = summary(array.tolist())
    effect = _effect(array, bound)
    return Evidence(
        n=found.n,
        bound=bound,
        mean=found.mean,
        sd=found.sd,
        interval=found.interval,
        bootstrap=bootstrap_interval(array),
        t_test=None if effect is None else _sides(effect * math.sqrt(found.n), found.n - 1),
        permutation=sign_flip(array, bound=bound),
        wins=wins(array, bound=bound),
        effect=effect,
        corrected_effect=None if effect is None or found.n < 3 else effect * _hedges(found.n - 1),
    )


def t_test(values: ArrayLike, *, bound: float = 0.0) -> Sides | None:
    """Return the sides of "the mean is above the bound" from Student's t-test.

    None for fewer than two figures, and where all are equal.

    Raises:
        ValueError: a value or the bound is not finite.
    """
    array = checked(values)
    effect = _effect(array, bound)
    return None if effect is None else _sides(effect * math.sqrt(len(array)), len(array) - 1)


def _effect(values: ArrayLike, bound: float) -> float | None:
    shifted = above(values, bound)
    if len(shifted) < 2:
        return None
    mean, sd = float(shifted.mean()), float(shifted.std(ddof=1))
    return None if sd <= _RESOLUTION * max(1.0, abs(mean)) else mean / sd


def _sides(t: float, df: int) -> Sides:
    from scipy.special import stdtr  # type: ignore[import-untyped]

    return Sides(supporting=float(stdtr(df, -t)), opposing=float(stdtr(df, t)))


def _hedges(df: int) -> float:
    log_ratio = math.lgamma(df / 2) - math.lgamma((df - 1) / 2)
    return math.exp(log_ratio) / math.sqrt(df / 2)
