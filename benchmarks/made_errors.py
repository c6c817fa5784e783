"""Laws by which errors of made-up studies come about, with the mean that each has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int, int]], Array]
"""Returns errors of shape (studies, rounds, variants)."""

PAIRS = 1000
ROUND_SD = 0.01
TRAINING_SD = 0.008
STUCK, STUCK_ERROR = 0.1, 0.45


@dataclass(frozen=True)
class Law:
    """How errors come about.

    Attributes:
        words: what is unlike the first law.
        mean: the expected error of every variant.
        draw: returns errors of shape (studies, rounds, variants).
    """

    words: str
    mean: float
    draw: Draw


def _rounds(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Return what makes a round hard for all variants alike."""
    return rng.normal(0, ROUND_SD, (*shape[:2], 1))


def _normal(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    return 0.15 + _rounds(rng, shape) + rng.normal(0, TRAINING_SD, shape)


def _counted(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    return rng.binomial(PAIRS, np.clip(_normal(rng, shape), 0, 1)) / PAIRS


def _rare(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    chance = 0.003 * rng.gamma(4, 1 / 4, (*shape[:2], 1)) * np.ones(shape)
    return rng.binomial(PAIRS, chance) / PAIRS


def _unequal(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    spreads = np.where(np.arange(shape[2]) % 2, 0.003, 0.03)
    return 0.2 + _rounds(rng, shape) + rng.normal(0, 1, shape) * spreads


def _skewed(skewness: float) -> Draw:
    """Return errors of which every other variant's have a tail: differences are as skewed."""
    shape_of_tail = 4 / skewness**2

    def draw(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
        tail = (rng.gamma(shape_of_tail, 1, shape) - shape_of_tail) / math.sqrt(shape_of_tail)
        own = np.where(np.arange(shape[2]) % 2, 0.015 * tail, rng.normal(0, 0.002, shape))
        return 0.15 + _rounds(rng, shape) + own

    return draw


def _all_stuck(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    return np.where(rng.random(shape) < STUCK, STUCK_ERROR, _normal(rng, shape))


def _some_stuck(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    sometimes = np.arange(shape[2]) % 2 == 1
    shift = STUCK * (STUCK_ERROR - 0.15)
    return np.where(sometimes, _all_stuck(rng, shape), _normal(rng, shape) + shift)


LAWS = {
    "normal": Law("normal errors, shared rounds", 0.15, _normal),
    "counted": Law("counts of 1,000 pairs", 0.15, _counted),
    "rare": Law("3 of 1,000 pairs, counted: many ties, skewed rounds", 0.003, _rare),
    "unequal": Law("every other variant spreads ten times as much", 0.2, _unequal),
    "all stuck": Law("each trial fails (45% wrong) with chance 0.1", 0.18, _all_stuck),
    "skew 0.5": Law("every other variant has a tail of bad rounds", 0.15, _skewed(0.5)),
    "skew 1": Law("the same, longer", 0.15, _skewed(1)),
    "skew 2": Law("the same, as long as an exponential", 0.15, _skewed(2)),
    "some stuck": Law(
        "every other variant fails with chance 0.1, the rest never", 0.18, _some_stuck
    ),
}
