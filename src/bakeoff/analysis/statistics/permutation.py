"""The paired permutation test: what other signs of the differences would have given."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.sample import Array, above
from bakeoff.analysis.statistics.sides import UNKNOWN, Sides

EXACT_ROUNDS = 30
DRAWS = 49_999

_SEED = 20_180_601
# Sums that differ by less, as a fraction of the sum of magnitudes, differ by rounding only.
_RESOLUTION = 1e-12


def sign_flip(values: ArrayLike, *, bound: float = 0.0) -> Sides:
    """Return the sides of "the mean is above the bound" from the sign-flip permutation test.

    If two variants do not differ, swapping their names in a round changes nothing, so every
    pattern of signs of the differences is as likely as the one seen (Fisher 1935, The Design of
    Experiments, section 21). A side is the fraction of all 2^n patterns whose sum is at least as
    extreme. That is exact whatever the differences' distribution, for any n, and its smallest
    value is 2^-n. About a bound other than 0 it assumes that the figures lie symmetrically about
    their mean.

    All patterns are counted up to 30 figures that are not at the bound: all sums of one half of
    the figures are sorted, and each sum of the other half is looked up among them. Beyond, 49,999
    patterns are drawn from a fixed seed, and the one seen counts as one more (Phipson & Smyth
    2010, Stat. Appl. Genet. Mol. Biol. 9, 39).

    Args:
        values: figures of the rounds, shape (rounds,); differences where two are compared.
        bound: what their mean is held against.

    Raises:
        ValueError: a value is not finite.
    """
    shifted = above(values, bound)
    # A figure at the bound adds nothing with either sign.
    shifted = shifted[shifted != 0]
    if not len(shifted):
        return UNKNOWN
    total, magnitudes = float(shifted.sum()), np.abs(shifted)
    slack = _RESOLUTION * float(magnitudes.sum())
    if len(shifted) <= EXACT_ROUNDS:
        return _counted(magnitudes, total, slack)
    return _drawn(magnitudes, total, slack)


def _counted(magnitudes: Array, total: float, slack: float) -> Sides:
    middle = len(magnitudes) // 2
    left, right = _sums(magnitudes[:middle]), _sums(magnitudes[middle:])

    def at_least(sought: float) -> float:
        below = int(np.searchsorted(right, sought - slack - left).sum())
        patterns = len(left) * len(right)
        return (patterns - below) / patterns

    # The sums lie symmetrically about 0: at most `total` is as likely as at least `-total`.
    return Sides(supporting=at_least(total), opposing=at_least(-total))


def _sums(magnitudes: Array) -> Array:
    sums = np.zeros(1)
    for magnitude in magnitudes:
        # Two rising runs, which the stable sort merges.
        sums = np.sort(np.concatenate((sums - magnitude, sums + magnitude)), kind="stable")
    return sums


def _drawn(magnitudes: Array, total: float, slack: float) -> Sides:
    # One random byte gives the signs of eight figures: it picks one of their 256 sums.
    groups = [_sums(magnitudes[start : start + 8]) for start in range(0, len(magnitudes), 8)]
    picks = np.random.default_rng(_SEED).integers(0, 256, (len(groups), DRAWS), dtype=np.uint8)
    sums = np.zeros(DRAWS)
    for group, picked in zip(groups, picks, strict=True):
        # A group of fewer than eight has 2^k sums, and 2^k divides 256.
        sums += group[picked.astype(np.intp) % len(group)]
    return Sides(
        supporting=(1 + int((sums >= total - slack).sum())) / (DRAWS + 1),
        opposing=(1 + int((sums <= total + slack).sum())) / (DRAWS + 1),
    )
