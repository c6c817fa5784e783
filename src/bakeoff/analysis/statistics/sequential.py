"""Tests whose evidence may be read after every round."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bakeoff.analysis.statistics.sample import Array, above, checked
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.summary import CONFIDENCE

STAKES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""The effects, in standard deviations, that the bets are divided among equally."""

ODDS = (1.5, 2.0, 4.0, 8.0)
"""The factors of the odds of a share, for the chances among which `always_valid_share` divides its
bets equally."""

_HALVINGS = 30
_FAR = 1e12


def always_valid(values: ArrayLike, *, bound: float = 0.0) -> tuple[Sides, ...]:
    """Returns the sides of "the mean is above the bound" after each round, valid at any stop.

    A p-value that is read after every round until it is small is no p-value. These are: under
    the hypothesis, the chance that a side *ever* falls to alpha or below is at most alpha. So
    rounds may be added until a claim is decided, whatever made one stop, and more may follow. A
    side never rises from one round to the next, so what is decided stays so; Holm's correction,
    `all_of` and `between` hold for them as for other p-values.

    Each is a bet against the hypothesis: capital starts at 1, and a round with a figure z in
    running root-mean-squares multiplies it by exp(s z) / cosh(s z), for each stake s. If the
    figure was as likely to have come with the other sign, capital stays the same on average, so
    it ever reaches 1 / alpha with chance alpha at most (Ville's inequality). The p-value is one
    over the largest capital so far. See de la Pena 1999, Ann. Probab. 27, 537-564, and Vovk &
    Wang 2024, New Engl. J. Stat. Data Sci. 2, 261-270 (their Fisher-type e-test).

    Why this one: it tests what `sign_flip` tests, two variants whose names may be swapped, and
    is exact for it after any number of rounds, with unknown and even changing variance, and
    where differences are few discrete values with many ties. The anytime-valid t-tests (Lai
    1976; Wang & Ramdas 2023) need normal differences for that; alpha spending needs the number
    of looks beforehand, so that a stopped run could not be taken up again. About a bound other
    than 0 it assumes, as the other tests do, that figures lie symmetrically about their mean.

    An infinite figure, of a trial that diverged, counts as far from the bound as the farthest
    finite figure up to its round, on its own side; as 1 where none lies off the bound. That size
    depends on the sizes of figures alone, never on their signs, so that capital still stays the
    same on average.

    Args:
        values: figures in the order of their rounds, shape (rounds,), in the metric's unit. They
            may be infinite.
        bound: the value that their mean is compared with, in the same unit.

    Returns:
        Sides after round 1, 2, ...: one for each figure.

    Raises:
        ValueError: a value is NaN, or the bound is not finite.

    Example:
        >>> round(always_valid([0.1, 0.2, 0.1, float("inf"), 0.2, 0.1, 0.2])[-1].two_sided, 3)
        0.033
    """
    shifted = _finite(above(values, bound, infinite=True))
    supporting, opposing = _p_values(shifted), _p_values(-shifted)
    return tuple(map(Sides, supporting.tolist(), opposing.tolist()))


def always_valid_share(outcomes: Sequence[bool], share: float) -> tuple[Sides, ...]:
    """Returns the sides of "the chance is above this share" after each round, valid at any stop.

    Like `always_valid`, for an event that happens in a round or does not. Capital is bet at the
    odds of the share on a few greater chances, in equal parts: an outcome multiplies each by its
    likelihood under that chance over its likelihood under the share. If the chance is the share,
    capital stays the same on average, and if it is less, it falls; so Ville's inequality holds for
    all of them. The opposing side bets on smaller chances.

    Args:
        outcomes: whether it happened, in the order of the rounds.
        share: the value that the chance is compared with, between 0 and 1.

    Returns:
        Sides after round 1, 2, ...: one for each outcome.

    Raises:
        ValueError: the share is not between 0 and 1.

    Example:
        >>> sides = always_valid_share([True] * 12, 0.5)
        >>> round(sides[-1].two_sided, 3)
        0.006
    """
    if not 0 < share < 1:
        raise ValueError(f"a share must be between 0 and 1, not {share}")
    happened = np.asarray(outcomes, dtype=bool).reshape(len(outcomes))
    more, less = share_capital(happened, share), share_capital(~happened, 1 - share)
    return tuple(map(Sides, _ever_least(more).tolist(), _ever_least(less).tolist()))


def share_capital(happened: NDArray[np.bool_], share: float) -> Array:
    """Returns the logarithm of the capital of `always_valid_share` after each round, same shape.

    Args:
        happened: shape (..., rounds); the bets are on outcomes that happened.
        share: between 0 and 1.
    """
    capitals = []
    for factor in ODDS:
        chance = factor * share / (1 - share + factor * share)
        won, lost = math.log(chance / share), math.log((1 - chance) / (1 - share))
        capitals.append(np.cumsum(np.where(happened, won, lost), axis=-1))
    mixed: Array = np.logaddexp.reduce(capitals, axis=0) - math.log(len(ODDS))
    return mixed


def always_valid_interval(
    values: ArrayLike, *, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Returns an interval that holds the mean after this and all other rounds at once.

    The chance that any of the intervals, after round 1, 2, ..., leaves out the mean is at most
    1 - confidence. Its ends are bounds that `always_valid` has rejected, either way; it is wider
    than the t-interval, which is the price of looking.

    Args:
        values: figures in the order of their rounds, shape (rounds,), symmetric about the mean.
        confidence: between 0 and 1.

    Returns:
        The ends, None if so few rounds cannot reject any bound; see `fewest_looks`.

    Raises:
        ValueError: a value is not finite, or the confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence must be between 0 and 1, not {confidence}")
    array = checked(values)
    if len(array) < fewest_looks(1 - confidence):
        return None
    low, minus_high = (_rejected(side, (1 - confidence) / 2) for side in (array, -array))
    return None if low is None or minus_high is None else (low, -minus_high)


def fewest_looks(alpha: float = 0.05, *, sides: int = 2) -> int:
    """Returns the fewest rounds after which `always_valid` could reach a level at all.

    Args:
        alpha: the level, for `Sides.two_sided` where `sides` is 2.
        sides: 1 or 2.

    Raises:
        ValueError: the level is not between 0 and 1, or there are not 1 or 2 sides.
    """
    if not 0 < alpha < 1 or sides not in {1, 2}:
        raise ValueError(f"a level of {alpha} on {sides} sides: from 0 to 1, and 1 or 2, allowed")
    rounds = 1
    # Equal figures win the most.
    while _ever(np.ones(rounds)) < math.log(sides / alpha):
        rounds += 1
    return rounds


def log_capital(shifted: Array) -> Array:
    """Returns the logarithm of the capital after each round, same shape.

    Args:
        shifted: figures minus the bound, shape (..., rounds); the bets are on positive ones.
    """
    squares = np.cumsum(shifted**2, axis=-1)
    rounds = np.arange(1, shifted.shape[-1] + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(squares > 0, shifted * np.sqrt(rounds / squares), 0.0)
    # exp(x) / cosh(x) = 2 / (1 + exp(-2x))
    capitals = [np.cumsum(math.log(2) - np.logaddexp(0, -2 * s * z), axis=-1) for s in STAKES]
    mixed: Array = np.logaddexp.reduce(capitals, axis=0) - math.log(len(STAKES))
    return mixed


def _finite(shifted: Array) -> Array:
    """Returns figures, with infinite ones put as far from 0 as the farthest finite one so far."""
    sizes = np.where(np.isfinite(shifted), np.abs(shifted), 0.0)
    farthest = np.maximum.accumulate(sizes)
    farthest[farthest == 0] = 1.0
    return np.where(np.isfinite(shifted), shifted, np.sign(shifted) * farthest)


def _p_values(shifted: Array) -> Array:
    return _ever_least(log_capital(shifted))


def _ever_least(log_capitals: Array) -> Array:
    """Returns one over the largest capital so far, at most 1."""
    least: Array = np.exp(-np.maximum.accumulate(np.maximum(log_capitals, 0.0)))
    return least


def _ever(shifted: Array) -> float:
    return float(log_capital(shifted).max(initial=0.0))


def _rejected(values: Array, alpha: float) -> float | None:
    """Returns a bound below the values that is rejected, as high as bisection finds one.

    Any rejected bound is valid: a mean at or below a lower bound would lie below this one too.
    """

    def rejects(bound: float) -> bool:
        return _ever(above(values, bound)) >= -math.log(alpha)

    low, high = float(values.min()), float(values.max())
    step = max(high - low, 1e-9)
    while not rejects(low):
        low, step = low - step, 2 * step
        if step > _FAR:
            return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rejects(middle) else (low, middle)
    return low
