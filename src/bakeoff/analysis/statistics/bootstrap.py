"""The bootstrap interval of a mean: how far it moves when rounds are drawn again."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.sample import Array, checked
from bakeoff.analysis.summary import CONFIDENCE

RESAMPLES = 9_999

_SEED = 20_180_601
_RESOLUTION = 1e-12


def bootstrap_interval(values: ArrayLike) -> tuple[float, float] | None:
    """Return the 95% bootstrap interval of a mean, bias-corrected and accelerated (BCa).

    9,999 samples of n rounds are drawn with replacement, always from the same seed, so the same
    figures give the same interval. Its ends are percentiles of the samples' means, moved for the
    means' bias and for the figures' skewness (Efron 1987, J. Am. Stat. Assoc. 82, 171-185). It
    assumes no distribution, and shows skewness that the t-interval hides. It knows no figures but
    those seen, so with few rounds it is too narrow: it held the mean of 5, 10 and 20 normal
    figures in 85, 91 and 92% of 2,000 samples each. It decides nothing here.

    Args:
        values: figures of the rounds, shape (rounds,).

    Returns:
        The ends, None for fewer than two figures.

    Raises:
        ValueError: a value is not finite.
    """
    from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

    array = checked(values)
    if len(array) < 2:
        return None
    mean = float(array.mean())
    centred = array - mean
    spread = float((centred**2).sum())
    slack = _RESOLUTION * float(np.abs(array).sum())
    if spread <= slack**2:
        return mean, mean
    # Not `@`: its threads wait for busy cores, and may add in another order.
    means = np.einsum("rn,n->r", _weights(len(array)), array)
    below = float((means < mean - slack).mean() + (means <= mean + slack).mean()) / 2
    bias = ndtri(below)
    acceleration = float((centred**3).sum()) / (6 * spread**1.5)
    shifted = bias + ndtri(np.array([1 - CONFIDENCE, 1 + CONFIDENCE]) / 2)
    levels = ndtr(bias + shifted / (1 - acceleration * shifted))
    low, high = np.quantile(means, levels)
    return float(low), float(high)


@lru_cache(maxsize=4)
def _weights(n: int) -> Array:
    """Return each figure's share of each sample, shape (resamples, n)."""
    picked = np.random.default_rng((_SEED, n)).integers(0, n, (RESAMPLES, n))
    places = picked + n * np.arange(RESAMPLES)[:, None]
    weights = np.bincount(places.ravel(), minlength=RESAMPLES * n).reshape(RESAMPLES, n) / n
    weights.flags.writeable = False
    return weights
