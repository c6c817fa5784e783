"""Figures that rise along an ordered factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bakeoff.analysis.statistics.sample import DECIMALS, Array, checked
from bakeoff.analysis.summary import FEWEST, t_factor


@dataclass(frozen=True)
class Trend:
    """The evidence of rounds for the claim that figures rise along the levels of a factor.

    Attributes:
        rounds: rounds with a figure at every level.
        levels: levels of the factor.
        agreement: one value for each round, from -1 (falls all the way) over 0 to 1 (rises all
            the way): Spearman's rank correlation of level and figure, in which tied figures
            count as no agreement.
        mean: the mean agreement, the size of the trend; None without rounds.
        interval: its 95% t-interval, cut at -1 and 1; None for fewer than six rounds.
        ordered: rounds in which every level's figure is above the one before.
    """

    rounds: int
    levels: int
    agreement: tuple[float, ...]
    mean: float | None
    interval: tuple[float, float] | None
    ordered: int


def trend(figures: ArrayLike) -> Trend:
    """Returns the evidence for a rise along a factor: each round's agreement with the order.

    Figures are ranked within each round, so what makes a round hard as a whole cancels out, as in a
    paired difference. Ranks need no scale of the factor, which is often spaced unevenly (0.01, 0.1,
    1), and no straight line. A signed-rank test then takes one agreement for each round. Page's
    test, which pools the ranks of all rounds (Page 1963, J. Am. Stat. Assoc. 58, 216-230), takes a
    round's figures as independent of each other, and errs if the factor's effect varies by round.

    It shows whether figures rise on the whole; a step or two may be level or fall. The stricter
    claim that each level is above the one before is `all_of` the steps' paired tests.

    Args:
        figures: shape (rounds, levels), the levels in the order in which figures should rise;
            2 of them at least. Negate the figures, or the claim, for a fall. They may be
            infinite: ranks alone are read.

    Raises:
        ValueError: a value is NaN, or there are fewer than 2 levels.
    """
    array = np.round(checked(figures, axes=2, infinite=True), DECIMALS)
    rounds, levels = array.shape
    if rounds and levels < 2:
        raise ValueError(f"a trend is tested over 2 levels or more, not {levels}")
    ranks = _doubled_ranks(array)
    # The value of a round without any order is subtracted, to be exact in integers.
    rises = ranks @ np.arange(1, levels + 1) * 2 - levels * (levels + 1) ** 2
    agreement = rises * 3 / max(1, levels**3 - levels)
    mean = float(agreement.mean()) if rounds else None
    return Trend(
        rounds=rounds,
        levels=levels,
        agreement=tuple(agreement.tolist()),
        mean=mean,
        interval=None if mean is None else _interval(agreement, mean),
        ordered=int((array[:, 1:] > array[:, :-1]).all(axis=1).sum()),
    )


def _interval(agreement: Array, mean: float) -> tuple[float, float] | None:
    if len(agreement) < FEWEST:
        return None
    half = float(agreement.std(ddof=1)) * t_factor(len(agreement))
    return max(-1.0, mean - half), min(1.0, mean + half)


def _doubled_ranks(figures: Array) -> NDArray[np.int64]:
    """Returns twice each figure's rank in its round, with ties at their mean; all are integers."""
    mine, other = figures[:, :, None], figures[:, None, :]
    ranks: NDArray[np.int64] = 2 * (other < mine).sum(axis=2) + (other == mine).sum(axis=2) + 1
    return ranks
