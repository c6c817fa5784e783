"""What the curves of trials warn of: flattering epochs, training cut short, overfitting."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from bakeoff.analysis.statistics.sample import differences
from bakeoff.analysis.summary import Summary, summary, value_of
from bakeoff.study.published import Quantity
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

Places: TypeAlias = Sequence[History | None]
"""A variant's histories by round; those not run yet are None."""

SMALLEST_GAIN = 0.002
"""The least difference of errors worth a warning: two answers in a thousand.

Below it a mean over 15 rounds hides it: with the sd of single rounds that reports give, 0.014, its
standard error is 0.0036.
"""

PARTS = 5
LEAST_EPOCHS = 3
"""The last part of training is a fifth of its epochs, and at least three: two have no median."""

LOSS_FALL = 0.05
"""The least relative fall of the training loss over the last part that is not a plateau."""

ROUND_FALL = 0.03
"""What the test error must fall by, from part to last part, for one round to be named by itself.

Of 204 trials of `dinh-herve` (50 epochs) none fell by more than 0.017, the sd over the rounds of a
variant was 0.001 to 0.006: a round that falls by 0.03 is not one that wobbles.
"""

LOSS_RISE = 0.1
"""The least relative rise of the test loss from its minimum that is told.

The minimum of a noisy curve always lies too low: in `dong` (14 rounds of 25 epochs), where no loss
turns, the last part lay 0.01 to 0.02 above it.
"""

STANDS = 0.01
"""An error that fell by no more than this since the test loss was lowest is said to stand."""


@dataclass(frozen=True)
class Flattery:
    """What the choice of the best epoch on test takes off a variant's test error.

    Attributes:
        variant: its name.
        over_final: error at the final epoch minus error at the best epoch on test, by trial.
        over_validation: the same for the best epoch on validation; None without that split.
        published: whether a published test figure of the variant is itself such a choice.
    """

    variant: str
    over_final: Summary
    over_validation: Summary | None
    published: bool

    @property
    def size(self) -> float:
        """The mean gain over the final epoch."""
        return self.over_final.mean or 0.0


@dataclass(frozen=True)
class Unconverged:
    """A variant that was still learning when training ended.

    Attributes:
        variant: its name.
        epochs: those of the last part of training.
        fall: mean test error over the part before the last minus that over the last, by trial.
        loss_fall: what the mean training loss lost in the last part, relative to its size there,
            by trial: the median of the slopes between all pairs of epochs (Theil 1950, Sen 1968,
            J. Am. Stat. Assoc. 63, 1379) times the number of epochs, over the median loss.
        rounds: rounds, from 1, whose own test error fell by `ROUND_FALL` or more, each with that
            fall; the largest first.
    """

    variant: str
    epochs: int
    fall: Summary
    loss_fall: Summary
    rounds: tuple[tuple[int, float], ...]

    @property
    def size(self) -> float:
        """The mean fall of the test error."""
        return self.fall.mean or 0.0


@dataclass(frozen=True)
class Overfit:
    """A variant whose test loss rose again from its minimum while the test error stood.

    Attributes:
        variant: its name.
        since: the epoch, from 1, at which the mean test loss is lowest.
        rise: mean test loss in the last part minus that at `since`, by trial, relative to the
            mean at `since`.
        change: mean test error in the last part minus that at `since`, by trial; below 0 where
            the error went on falling.
    """

    variant: str
    since: int
    rise: Summary
    change: Summary

    @property
    def size(self) -> float:
        """The mean relative rise of the test loss."""
        return self.rise.mean or 0.0


def flattery(variant: Variant, places: Places) -> Flattery | None:
    """Return what selection on test adds, where it is worth telling.

    That is where the published figure is itself such a selection; and where the gain over the
    final epoch, or over the best on validation, is clear: `SMALLEST_GAIN` or more on average,
    its 95% interval above 0. None as well where no trial has finished.
    """
    over_final = _gain(places, Quantity())
    over_validation = _gain(places, Quantity(selection="best_on_validation"))
    if not over_final.n:
        return None
    published = any(
        (p.of.split, p.of.selection) == ("test", "best_on_test") for p in variant.published
    )
    clear = is_clear(over_final, SMALLEST_GAIN) or is_clear(over_validation, SMALLEST_GAIN)
    if not (published or clear):
        return None
    return Flattery(
        variant.name, over_final, over_validation if over_validation.n else None, published
    )


def unconverged(variant: Variant, places: Places) -> Unconverged | None:
    """Return how a variant was still learning at the end, None where it was not.

    It was where the training loss fell within the last part, and the test error from the part
    before it to the last: over rounds by `LOSS_FALL` and `SMALLEST_GAIN` or more, the 95%
    intervals above 0; or in single rounds by `LOSS_FALL` and `ROUND_FALL`. A training loss that
    alone falls is no sign: that of a network which knows its training data by heart falls for
    ever. None as well with fewer than six epochs.
    """
    falls = {
        number: one
        for number, history in enumerate(places, start=1)
        if history is not None and (one := _falls(history)) is not None
    }
    if not falls:
        return None
    fall = summary([error for error, _ in falls.values()])
    loss_fall = summary([loss for _, loss in falls.values()])
    alone = [
        (number, error)
        for number, (error, loss) in falls.items()
        if error >= ROUND_FALL and loss >= LOSS_FALL
    ]
    rounds = tuple(sorted(alone, key=lambda item: -item[1]))
    if not rounds and not (is_clear(fall, SMALLEST_GAIN) and is_clear(loss_fall, LOSS_FALL)):
        return None
    return Unconverged(
        variant.name, last_part(variant.recipe.epochs), fall, loss_fall, rounds=rounds
    )


def overfit(variant: Variant, places: Places) -> Overfit | None:
    """Return how a variant's test loss rose again, None where it did not.

    It did where the mean over trials was lowest before the last part of training, the rise since
    is clear (`LOSS_RISE` or more, its 95% interval above 0), and the error did not fall by more
    than `STANDS` meanwhile: a loss that rises while answers get better tells of confidence alone.
    None as well for fewer than two finished trials, or six epochs.
    """
    curves = [
        (history.curves["test"]["loss"], history.curves["test"]["error"])
        for history in places
        if history is not None and history.status == "finished" and _has_test_loss(history)
    ]
    lengths = {len(curve) for pair in curves for curve in pair}
    if len(curves) < 2 or len(lengths) != 1:
        return None
    part = last_part(epochs := lengths.pop())
    losses, errors = np.swapaxes(np.array(curves), 0, 1)
    mean = losses.mean(axis=0)
    lowest = int(mean.argmin())
    if lowest >= epochs - part or mean[lowest] <= 0:
        return None
    rise = (losses[:, -part:].mean(axis=1) - losses[:, lowest]) / mean[lowest]
    change = errors[:, -part:].mean(axis=1) - errors[:, lowest]
    found = Overfit(variant.name, lowest + 1, summary(rise.tolist()), summary(change.tolist()))
    stands = change.mean() >= -STANDS
    return found if stands and is_clear(found.rise, LOSS_RISE) else None


def is_clear(found: Summary, least: float) -> bool:
    """Return whether a mean is at least so large, and its 95% interval lies above 0."""
    return (
        found.mean is not None
        and found.mean >= least
        and found.interval is not None
        and found.interval[0] > 0
    )


def last_part(epochs: int) -> int:
    """Return the number of epochs in the last part of training."""
    return max(LEAST_EPOCHS, math.ceil(epochs / PARTS))


def _gain(places: Places, over: Quantity) -> Summary:
    best = Quantity(selection="best_on_test")
    pairs = [(value_of(history, over), value_of(history, best)) for history in places]
    there = [(one, other) for one, other in pairs if one is not None and other is not None]
    return summary(differences([a for a, _ in there], [b for _, b in there]).tolist())


def _falls(history: History) -> tuple[float, float] | None:
    """Return what one trial's test error and training loss lost, None where it cannot be told."""
    errors, losses = history.curves.get("test", {}).get("error", ()), _training_loss(history)
    part = last_part(len(errors))
    if history.status != "finished" or len(errors) < 2 * part or len(losses) != len(errors):
        return None
    late = losses[-part:]
    if not all(map(math.isfinite, late)) or not (size := statistics.median(late)) > 0:
        return None
    pairs = combinations(enumerate(late), 2)
    slope = statistics.median((after - before) / (j - i) for (i, before), (j, after) in pairs)
    # Means of parts: a slope times the epochs would be noisier by a factor of about sqrt(6).
    fall = statistics.fmean(errors[-2 * part : -part]) - statistics.fmean(errors[-part:])
    return round(fall, 12), -slope * part / size


def _training_loss(history: History) -> tuple[float, ...]:
    """Return the training loss by epoch; where iterations were recorded, the mean over them."""
    by_epoch = history.curves.get("train", {}).get("loss", ())
    steps = history.curves.get("batch", {}).get("loss", ())
    if by_epoch or not (steps and history.epochs) or len(steps) % history.epochs:
        return by_epoch
    each = len(steps) // history.epochs
    return tuple(statistics.fmean(steps[i : i + each]) for i in range(0, len(steps), each))


def _has_test_loss(history: History) -> bool:
    on_test = history.curves.get("test", {})
    losses, errors = on_test.get("loss", ()), on_test.get("error", ())
    return len(losses) == len(errors) >= 2 * LEAST_EPOCHS and all(map(math.isfinite, losses))
