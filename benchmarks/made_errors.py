"""Laws by which errors of made-up studies come about, and where their claims are on the edge.

A claim is about the typical difference, or the typical value: the pseudo-median, the middle of the
averages of two independent rounds. So every other variant is moved by a constant until its typical
difference from the others is 0, and the typical error of each is known. Both are 0 or the centre
where a law is symmetric; elsewhere they are the middle of 8,000,000 averages.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Draw = Callable[[np.random.Generator, tuple[int, int, int]], Array]
"""Returns errors of shape (studies, rounds, variants)."""

PAIRS = 1000
ROUND_SD = 0.01
TRAINING_SD = 0.008
STUCK, STUCK_ERROR = 0.1, 0.45
SAMPLES = 4_000_000


@dataclass(frozen=True)
class Law:
    """How errors come about.

    Attributes:
        words: what is unlike the first law.
        draw: returns errors of shape (studies, rounds, variants), before any is moved.
        alike: whether all variants have the same law, so that differences are symmetric.
        mild: whether errors are symmetric, or have a skewness of 1 at most.
    """

    words: str
    draw: Draw
    alike: bool = True
    mild: bool = True

    def target(self, kind: str) -> float:
        """Return the share of wrong verdicts that is aimed at."""
        mild = self.mild or (self.alike and kind != "mixed")
        return 0.06 if mild else 0.075


def drawn(name: str, rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Return errors by a law, every other variant moved to a typical difference of 0."""
    errors = LAWS[name].draw(rng, shape)
    errors[..., 1::2] -= boundary(name).gap
    return errors


@dataclass(frozen=True)
class Boundary:
    """What is typical of a law.

    Attributes:
        gap: of the difference of two neighbours, before it is moved away.
        levels: of the errors of even and of odd variants, afterwards.
    """

    gap: float
    levels: tuple[float, float]


@lru_cache
def boundary(name: str) -> Boundary:
    """Return what is typical of a law, the same at every call."""
    law = LAWS[name]
    errors = law.draw(np.random.default_rng(1), (SAMPLES, 1, 2))[:, 0]
    gap = 0.0 if law.alike else pseudo_median(errors[:, 1] - errors[:, 0])
    even = pseudo_median(errors[:, 0])
    odd = even if law.alike and name != "unequal" else pseudo_median(errors[:, 1] - gap)
    return Boundary(gap, (even, odd))


def pseudo_median(values: Array) -> float:
    """Return the middle of averages of two of many independent values."""
    averages = [(values + np.roll(values, step)) / 2 for step in (1, 2)]
    return round(float(np.median(np.concatenate(averages))), 12)


def _rounds(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Return what makes a round hard for all variants alike."""
    return rng.normal(0, ROUND_SD, (*shape[:2], 1))


def _normal(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    return 0.15 + _rounds(rng, shape) + rng.normal(0, TRAINING_SD, shape)


def _counted(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    return rng.binomial(PAIRS, np.clip(_normal(rng, shape), 0, 1)) / PAIRS


def _few_examples(number: int) -> Draw:
    """Return errors counted on few test examples, some of them hard for all variants alike."""

    def draw(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
        hard = rng.binomial(number, 0.1, (*shape[:2], 1))
        wrong: Array = (hard + rng.binomial(number - hard, 0.05, shape)) / number
        return wrong

    return draw


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
        own = rng.normal(0, 0.002, shape)
        odd = own[..., 1::2]
        tail = rng.gamma(shape_of_tail, 1, odd.shape) - shape_of_tail
        own[..., 1::2] = 0.015 * tail / math.sqrt(shape_of_tail)
        return 0.15 + _rounds(rng, shape) + own

    return draw


def _all_stuck(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    return np.where(rng.random(shape) < STUCK, STUCK_ERROR, _normal(rng, shape))


def _some_stuck(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    sometimes = np.arange(shape[2]) % 2 == 1
    return np.where(sometimes, _all_stuck(rng, shape), _normal(rng, shape))


LAWS = {
    "normal": Law("normal errors, shared rounds", _normal),
    "counted": Law("counts of 1,000 pairs", _counted),
    "100 examples": Law("counts of 100 test examples: ties", _few_examples(100)),
    "50 examples": Law("counts of 50 test examples: many ties", _few_examples(50)),
    "rare": Law("3 of 1,000 pairs, counted: many ties, skewed rounds", _rare, mild=False),
    "unequal": Law("every other variant spreads ten times as much", _unequal),
    "all stuck": Law("each trial fails (45% wrong) with chance 0.1", _all_stuck, mild=False),
    "skew 0.5": Law("every other variant has a tail of bad rounds", _skewed(0.5), alike=False),
    "skew 1": Law("the same, longer", _skewed(1), alike=False),
    "skew 2": Law("the same, as long as an exponential", _skewed(2), alike=False, mild=False),
    "some stuck": Law(
        "every other variant fails with chance 0.1, the rest never",
        _some_stuck,
        alike=False,
        mild=False,
    ),
}
