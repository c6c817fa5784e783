"""Figures that rise along an ordered factor."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bakeoff.analysis.statistics.sample import DECIMALS, Array, checked
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.summary import t_factor

MOST_LEVELS = 10


@dataclass(frozen=True)
class Trend:
    """What rounds say about the claim that figures rise from each level of a factor to the next.

    Attributes:
        rounds: rounds with a figure at every level.
        levels: levels of the factor.
        agreement: one value for each round, from -1 (falls all the way) over 0 to 1 (rises all
            the way): Spearman's rank correlation of level and figure, in which tied figures
            count as no agreement.
        mean: the mean agreement, the size of the trend; None without rounds.
        interval: its 95% t-interval, cut at -1 and 1; None for fewer than two rounds.
        ordered: rounds in which every level's figure is above the one before.
        page: sides of Page's test.
    """

    rounds: int
    levels: int
    agreement: tuple[float, ...]
    mean: float | None
    interval: tuple[float, float] | None
    ordered: int
    page: Sides


def trend(figures: ArrayLike) -> Trend:
    """Return what rounds say about a rise along a factor, by Page's test for ordered levels.

    Figures are ranked within each round, so what makes a round hard as a whole falls out, as it
    does in a paired difference; and ranks ask for no scale of the factor, which is often spaced
    unevenly (0.01, 0.1, 1), nor for a straight line. Page's L is the sum over rounds and levels
    of rank times level (Page 1963, J. Am. Stat. Assoc. 58, 216-230). If the factor changes
    nothing, all orders of a round's figures are equally likely, which gives L's distribution
    exactly, for any number of rounds and with ties, by convolution of the rounds' distributions.
    With k levels and n rounds the smallest side is (1 / k!)^n: three rounds of three levels can
    decide, where the sign-flip test needs six.

    It answers whether figures rise on the whole; a step or two may be level or fall. The stricter
    claim that each level is above the one before is `all_of` the steps' paired tests.

    Args:
        figures: shape (rounds, levels), the levels in the order in which figures should rise;
            from 2 to 10 of them. Negate the figures, or the claim, for a fall. They may be
            infinite: ranks alone are read.

    Raises:
        ValueError: a value is NaN, or there are fewer than 2 levels or more than 10.
    """
    array = np.round(checked(figures, axes=2, infinite=True), DECIMALS)
    rounds, levels = array.shape
    if rounds and not 2 <= levels <= MOST_LEVELS:
        raise ValueError(f"a trend is tested over 2 to {MOST_LEVELS} levels, not {levels}")
    ranks = _doubled_ranks(array)
    # Minus what a round without any order would have, to be exact in integers.
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
        page=_page(ranks),
    )


def _interval(agreement: Array, mean: float) -> tuple[float, float] | None:
    if len(agreement) < 2:
        return None
    half = float(agreement.std(ddof=1)) * t_factor(len(agreement))
    return max(-1.0, mean - half), min(1.0, mean + half)


def _doubled_ranks(figures: Array) -> NDArray[np.int64]:
    """Return twice each figure's rank in its round, ties at their mean, so that all are whole."""
    mine, other = figures[:, :, None], figures[:, None, :]
    ranks: NDArray[np.int64] = 2 * (other < mine).sum(axis=2) + (other == mine).sum(axis=2) + 1
    return ranks


def _page(ranks: NDArray[np.int64]) -> Sides:
    places = np.arange(1, ranks.shape[1] + 1)
    # Positions from the lowest sum that each round could have had.
    seen = int((ranks @ places).sum() - (np.sort(ranks) @ places[::-1]).sum())
    chances = _convolved(_chances(tuple(row)) for row in np.sort(ranks).tolist())
    return Sides(
        supporting=min(1.0, float(chances[seen:].sum())),
        opposing=min(1.0, float(chances[: seen + 1].sum())),
    )


def _convolved(parts: Iterable[Array]) -> Array:
    whole = np.ones(1)
    for part in parts:
        whole = np.convolve(whole, part)
    return whole


@lru_cache(maxsize=256)
def _chances(ranks: tuple[int, ...]) -> Array:
    """Return the chance of each sum of rank times level, from the lowest, in one round.

    Args:
        ranks: whole ranks in rising order; every order over the levels is equally likely.
    """
    levels = len(ranks)
    highest = sum(level * rank for level, rank in enumerate(ranks, start=1))
    lowest = sum(level * rank for level, rank in enumerate(reversed(ranks), start=1))
    # counts[set of ranks given to the first levels, sum so far] = orders that lead there.
    counts = np.zeros((2**levels, highest + 1))
    counts[0, 0] = 1
    for given in range(2**levels - 1):
        level = given.bit_count() + 1
        for place, rank in enumerate(ranks):
            if not given >> place & 1:
                step = level * rank
                counts[given | 1 << place, step:] += counts[given, : highest + 1 - step]
    chances = counts[-1, lowest:] / math.factorial(levels)
    chances.flags.writeable = False
    return chances
