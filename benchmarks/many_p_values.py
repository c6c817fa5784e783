"""p-values of many studies at once, exact, as the package computes them one by one.

Figures are held as arrays of shape (..., rounds). A pair of p-values is for a claim and against it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from made_errors import Array, Mask
from numpy.typing import NDArray
from scipy.special import bdtr  # type: ignore[import-untyped]

from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.statistics.sequential import STAKES, share_capital

Sides = tuple[Array, Array]
"""p-values for a claim and against it, one for each study."""

Whole = NDArray[np.int64]

_ROWS = 2000
"""Patterns of ranks that are worked on at a time: as many as the cache holds."""


def signed_rank_sides(figures: Array, bound: float = 0.0) -> Sides:
    """Return the sides of "the typical value is above the bound", by the signed-rank test."""
    shifted = np.round(figures - bound, DECIMALS)
    flat = shifted.reshape(-1, shifted.shape[-1])
    order = np.argsort(np.abs(flat), axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    sizes = np.abs(ordered)
    tied = (sizes[:, 0] == 0) | (sizes[:, 1:] == sizes[:, :-1]).any(axis=1)
    supporting, opposing = _untied_sides(ordered > 0)
    if tied.any():
        supporting[tied], opposing[tied] = _tied_sides(ordered[tied], sizes[tied])
    return supporting.reshape(shifted.shape[:-1]), opposing.reshape(shifted.shape[:-1])


def always_valid_looks(figures: Array, bound: float = 0.0) -> Sides:
    """Return the sides of the always-valid test after every round, shape (..., rounds)."""
    shifted = np.round(figures - bound, DECIMALS)
    squares = np.cumsum(shifted**2, axis=-1)
    rounds = np.arange(1, shifted.shape[-1] + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(squares > 0, shifted * np.sqrt(rounds / squares), 0.0)
    # A stake multiplies capital by exp(s z) / cosh(s z) = 2 / (1 + exp(-2 s z)).
    power = np.exp(-2 * STAKES[0] * z)
    capitals = np.zeros((2, *shifted.shape))
    for place, stake in enumerate(STAKES):
        if place:
            power = power ** (stake / STAKES[place - 1])
        factor = 2 / (1 + power)
        capitals[0] += np.cumprod(factor, axis=-1)
        capitals[1] += np.cumprod(factor * power, axis=-1)
    least = 1 / np.maximum(1, np.maximum.accumulate(capitals / len(STAKES), axis=-1))
    return least[0], least[1]


def share_sides(happened: Mask, share: float) -> Sides:
    """Return the sides of "the chance is above the share", by the exact binomial test."""
    rounds, successes = happened.shape[-1], happened.sum(axis=-1)
    supporting: Array = bdtr(rounds - successes, rounds, 1 - share)
    opposing: Array = bdtr(successes, rounds, share)
    return supporting, opposing


def share_looks(happened: Mask, share: float) -> Sides:
    """Return the same by bets, after every round."""
    more, less = share_capital(happened, share), share_capital(~happened, 1 - share)
    one, other = (
        np.exp(-np.maximum.accumulate(np.maximum(each, 0), axis=-1)) for each in (more, less)
    )
    return one, other


def agreement(levels: Array) -> Array:
    """Return how well each round's figures rise along the last axis, from -1 to 1."""
    figures = np.round(levels, DECIMALS)
    number = figures.shape[-1]
    mine, other = figures[..., :, None], figures[..., None, :]
    ranks = 2 * (other < mine).sum(axis=-1) + (other == mine).sum(axis=-1) + 1
    rises = ranks @ np.arange(1, number + 1) * 2 - number * (number + 1) ** 2
    found: Array = rises * 3 / (number**3 - number)
    return found


def two_sided(sides: Sides) -> Array:
    """Return twice the smaller side, at most 1."""
    found: Array = np.minimum(1.0, 2 * np.minimum(*sides))
    return found


def holm(ps: Array) -> Array:
    """Return p-values adjusted over the first axis, as `bakeoff.analysis.statistics.holm` does."""
    order = np.argsort(ps, axis=0, kind="stable")
    factors = np.arange(len(ps), 0, -1).reshape(-1, *[1] * (ps.ndim - 1))
    adjusted = np.maximum.accumulate(np.take_along_axis(ps, order, 0) * factors, axis=0)
    found = np.empty_like(ps)
    np.put_along_axis(found, order, np.minimum(1.0, adjusted), axis=0)
    return found


def _untied_sides(positive: Mask) -> Sides:
    rounds = positive.shape[1]
    chances = _chances(rounds)
    upper = positive @ np.arange(1, rounds + 1)
    lower = rounds * (rounds + 1) // 2 - upper
    return chances[lower], chances[upper]


@lru_cache
def _chances(rounds: int) -> Array:
    """Return the chance that ranks 1 to n, taken or left by a coin, sum to 0, 1, ... or less."""
    counts = np.ones(1)
    for rank in range(1, rounds + 1):
        counts = np.convolve(counts, [0.5, *[0.0] * (rank - 1), 0.5])
    found: Array = np.cumsum(counts)
    return found


def _tied_sides(ordered: Array, sizes: Array) -> Sides:
    """Return the sides of rows with ties or zeros, in rising order of their sizes."""
    ranks = _doubled_ranks(sizes)
    ranks[sizes == 0] = 0
    upper = np.where(ordered > 0, ranks, 0).sum(axis=1)
    lower = ranks.sum(axis=1) - upper
    least = np.minimum(lower, upper)
    patterns, pattern = np.unique(ranks, axis=0, return_inverse=True)
    at_most, below = np.empty(len(ranks)), np.empty(len(ranks))
    pattern = pattern.reshape(-1)
    by_pattern = np.argsort(pattern, kind="stable")
    for start in range(0, len(patterns), _ROWS):
        stop = min(start + _ROWS, len(patterns))
        first, last = np.searchsorted(pattern[by_pattern], (start, stop))
        rows = by_pattern[first:last]
        chances = _tied_chances(patterns[start:stop])
        at_most[rows] = chances[pattern[rows] - start, least[rows] + 1]
        below[rows] = chances[pattern[rows] - start, least[rows]]
    likely = np.minimum(1.0, 1 - below)
    supporting = np.where(lower <= upper, at_most, likely)
    opposing = np.where(lower <= upper, likely, at_most)
    nothing = (ranks == 0).all(axis=1)
    return np.where(nothing, 1.0, supporting), np.where(nothing, 1.0, opposing)


def _doubled_ranks(sizes: Array) -> Whole:
    """Return twice the rank of each size in its row, ties at their mean; rows are in order."""
    rounds = sizes.shape[1]
    places = np.arange(rounds)
    new = np.ones(sizes.shape, dtype=bool)
    new[:, 1:] = sizes[:, 1:] > sizes[:, :-1]
    first = np.maximum.accumulate(np.where(new, places, 0), axis=1)
    ends = np.ones(sizes.shape, dtype=bool)
    ends[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(ends, places, rounds)[:, ::-1], axis=1)[:, ::-1]
    ranks: Whole = first + last + 2
    return ranks


def _tied_chances(ranks: Whole) -> Array:
    """Return the chances that each row's ranks, taken or left by a coin, sum to less than 0, 1, ...

    Up to the middle of the greatest sum. A rank of 0 is one that has no sign.
    """
    most = int(ranks.sum(axis=1).max()) // 2
    padding = int(ranks.max())
    width = padding + most + 1
    counts = np.zeros((len(ranks), width))
    counts[:, padding] = 1
    columns = np.arange(most + 1)
    rows = (np.arange(len(ranks)) * width + padding)[:, None]
    for rank in ranks.T:
        moved = counts.take(rows - rank[:, None] + columns)
        counts[:, padding:] += moved
        counts[:, padding:] /= 2
    chances = np.zeros((len(ranks), most + 2))
    np.cumsum(counts[:, padding:], axis=1, out=chances[:, 1:])
    return chances
