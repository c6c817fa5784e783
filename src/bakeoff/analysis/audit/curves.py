"""Findings from curves: flattering epochs, training cut short, overfitting.

Folds of one draw share examples. If rounds are folds, the figure of a draw is the mean of its
folds, if all of them have one.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeAlias

import numpy as np

from bakeoff.analysis.contrast import Unit, unit_of
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.summary import Summary, by_draw, summary, value_of, whole_draws
from bakeoff.data.metric import Metric
from bakeoff.study.published import Quantity
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

Histories: TypeAlias = Sequence[History | None]
"""A variant's histories by round; those not run yet are None."""

SMALLEST_GAIN = 0.002
"""The least gain worth a warning, as a share of the metric's span: two answers in a thousand.

A smaller gain is lost in a mean over 15 rounds: its standard error is 0.0036, with 0.014 as the sd
of single rounds that reports give.
"""

PARTS = 5
LEAST_EPOCHS = 3
"""The last part of training is a fifth of its epochs, and at least three: two have no median."""

LOSS_FALL = 0.05
"""The least relative fall of the training loss over the last part that is not a plateau."""

ROUND_GAIN = 0.03
"""The least gain of a named round on test, from part to last part; a share of the span.

In 204 trials of `dinh-herve` (50 epochs), none fell by more than 0.017, the sd over the rounds of a
variant was 0.001 to 0.006: a gain of 0.03 is not noise.
"""

LOSS_RISE = 0.1
"""The least relative rise of the test loss from its minimum that is reported.

The minimum of a noisy curve always lies too low: in `dong` (14 rounds of 25 epochs), where no loss
rises again, the last part lay 0.01 to 0.02 above it.
"""

STANDS = 0.01
"""A figure that gained no more than this share of the span counts as unchanged."""


@dataclass(frozen=True)
class Flattery:
    """The gain of a variant's test figure from the choice of the best epoch on test.

    Attributes:
        variant: its name.
        over_final: the gain of the best epoch on test over the final one, by round or draw.
        over_validation: the same for the best epoch on validation; None without that split.
        published: whether a published test figure of the variant is such a choice.
        unit: what is counted.
    """

    variant: str
    over_final: Summary
    over_validation: Summary | None
    published: bool
    unit: Unit = "round"

    @property
    def size(self) -> float:
        """The mean gain over the final epoch."""
        return self.over_final.mean or 0.0


@dataclass(frozen=True)
class Unconverged:
    """A variant that was still learning when training ended.

    Attributes:
        variant: its name.
        epochs: the number of epochs of the last part of training.
        gain: the gain of the mean test figure over the last part over that of the part before, by
            round or draw.
        loss_fall: the fall of the mean training loss in the last part, relative to its size there,
            by round or draw: the median of the slopes between all pairs of epochs (Theil 1950, Sen
            1968, J. Am. Stat. Assoc. 63, 1379) times the number of epochs, over the median loss.
        rounds: rounds, from 1, that gained `ROUND_GAIN` or more by themselves, each with that
            gain; the largest first.
        unit: the unit of the means.
    """

    variant: str
    epochs: int
    gain: Summary
    loss_fall: Summary
    rounds: tuple[tuple[int, float], ...]
    unit: Unit = "round"

    @property
    def size(self) -> float:
        """The mean gain on test."""
        return self.gain.mean or 0.0


@dataclass(frozen=True)
class Overfit:
    """A variant whose test loss rose again from its minimum while its test figure did not improve.

    Attributes:
        variant: its name.
        since: the epoch, from 1, at which the mean test loss is lowest.
        rise: mean test loss in the last part minus that at `since`, by round or draw, relative to
            the mean at `since`.
        loss: by how much the test figure is worse in the last part than at `since`, by round or
            draw; below 0 if it still got better.
        unit: what is counted.
    """

    variant: str
    since: int
    rise: Summary
    loss: Summary
    unit: Unit = "round"

    @property
    def size(self) -> float:
        """The mean relative rise of the test loss."""
        return self.rise.mean or 0.0


def span(metric: Metric, histories: Histories) -> float:
    """Returns the unit in which differences of a metric's values are measured.

    It is the distance between the metric's bounds, or without bounds the mean size of final
    figures.
    """
    least, most = metric.bounds
    if least is not None and most is not None:
        return most - least
    values = [abs(v) for history in histories if (v := value_of(history, Quantity())) is not None]
    return statistics.fmean(values) if values else 0.0


def flattery(
    variant: Variant, histories: Histories, metric: Metric, *, folds: int = 1
) -> Flattery | None:
    """Returns the gain from selection on test, None if it is not worth a report.

    It is reported if the published figure is such a selection, or if the gain over the final epoch
    or over the best on validation is clear: `SMALLEST_GAIN` or more on average, with its 95%
    interval above 0. It is None too if no trial has finished.
    """
    over_final = _gain(histories, Quantity(), metric, folds)
    over_validation = _gain(histories, Quantity(selection="best_on_validation"), metric, folds)
    if not over_final.n:
        return None
    published = any(
        (p.of.split, p.of.selection) == ("test", "best_on_test") for p in variant.published
    )
    least = SMALLEST_GAIN * span(metric, histories)
    clear = is_clear(over_final, least) or is_clear(over_validation, least)
    if not (published or clear):
        return None
    return Flattery(
        variant.name,
        over_final,
        over_validation if over_validation.n else None,
        published,
        unit_of(folds),
    )


def unconverged(
    variant: Variant, histories: Histories, metric: Metric, *, folds: int = 1
) -> Unconverged | None:
    """Returns how a variant was still learning at the end, None if it was not.

    Two conditions hold then: the training loss fell within the last part, and the test figure
    improved from the part before to the last part. They hold on average, by `LOSS_FALL` and
    `SMALLEST_GAIN` or more with 95% intervals above 0, or in single rounds, by `LOSS_FALL` and
    `ROUND_GAIN`. A falling training loss alone is no sign: in a network that memorises its training
    data it falls for ever. Trials that a rule stopped early are left out.
    The result is None too for fewer than six epochs.
    """
    epochs = variant.recipe.epochs if variant.recipe.stopping is not None else 0
    falls = [
        None if history is None or history.epochs < epochs else _falls(history, metric)
        for history in _of_last_phase(variant, histories)
    ]
    size = span(metric, histories)
    gain = summary(by_draw([fall and fall[0] for fall in falls], folds))
    loss_fall = summary(by_draw([fall and fall[1] for fall in falls], folds))
    alone = [
        (number, fall[0])
        for number, fall in enumerate(falls, start=1)
        if fall is not None and fall[0] >= ROUND_GAIN * size and fall[1] >= LOSS_FALL
    ]
    rounds = tuple(sorted(alone, key=lambda item: -item[1]))
    clear = is_clear(gain, SMALLEST_GAIN * size) and is_clear(loss_fall, LOSS_FALL)
    if not rounds and not clear:
        return None
    return Unconverged(
        variant.name, last_part(variant.recipe.epochs), gain, loss_fall, rounds, unit_of(folds)
    )


def overfit(
    variant: Variant, histories: Histories, metric: Metric, *, folds: int = 1
) -> Overfit | None:
    """Returns how a variant's test loss rose again, None if it did not.

    Three conditions hold then: the mean loss was lowest before the last part of training, its rise
    since then is clear (`LOSS_RISE` or more, with its 95% interval above 0), and the figure gained
    at most `STANDS` meanwhile. If answers improve, a rising loss only shows overconfidence. The
    result is None too for fewer than two finished rounds or draws, or six epochs, and where
    the best weights were restored.
    """
    if variant.recipe.stopping is not None:
        return None
    curves = [
        (history.curves["test"]["loss"], history.curves["test"][history.metric])
        if history is not None and history.status == "finished" and _has_test_loss(history)
        else None
        for history in _of_last_phase(variant, histories)
    ]
    draws = whole_draws(curves, folds)
    lengths = {len(curve) for draw in draws for pair in draw for curve in pair}
    if len(draws) < 2 or len(lengths) != 1:
        return None
    part = last_part(epochs := lengths.pop())
    losses, values = np.swapaxes(np.array(draws).mean(axis=1), 0, 1)
    mean = losses.mean(axis=0)
    lowest = int(mean.argmin())
    if lowest >= epochs - part or mean[lowest] <= 0:
        return None
    rise = (losses[:, -part:].mean(axis=1) - losses[:, lowest]) / mean[lowest]
    worse = -metric.sign * (values[:, -part:].mean(axis=1) - values[:, lowest])
    case = Overfit(
        variant.name,
        variant.recipe.all_epochs - variant.recipe.epochs + lowest + 1,
        summary(rise.tolist()),
        summary(worse.tolist()),
        unit_of(folds),
    )
    stands = worse.mean() >= -STANDS * span(metric, histories)
    return case if stands and is_clear(case.rise, LOSS_RISE) else None


def is_clear(change: Summary, least: float) -> bool:
    """Returns whether a mean is at least this large, and its 95% interval lies above 0."""
    return (
        change.mean is not None
        and change.mean >= least
        and change.interval is not None
        and change.interval[0] > 0
    )


def last_part(epochs: int) -> int:
    """Returns the number of epochs in the last part of training."""
    return max(LEAST_EPOCHS, math.ceil(epochs / PARTS))


def _of_last_phase(variant: Variant, histories: Histories) -> Histories:
    """Returns histories without the epochs of earlier phases, whose losses are others."""
    first = variant.recipe.all_epochs - variant.recipe.epochs
    if not first:
        return histories
    cut = []
    for history in histories:
        each = 0 if history is None else history.epochs
        curves = {} if history is None else history.curves
        left = {
            split: {name: v[first * len(v) // max(1, each) :] for name, v in named.items()}
            for split, named in curves.items()
        }
        cut.append(history and replace(history, curves=left))
    return cut


def _gain(histories: Histories, over: Quantity, metric: Metric, folds: int) -> Summary:
    best = Quantity(selection="best_on_test")
    pairs = [(value_of(history, best), value_of(history, over)) for history in histories]
    gains = [
        None if first is None or second is None else round(metric.gain(first, second), DECIMALS)
        for first, second in pairs
    ]
    return summary(by_draw(gains, folds))


def _falls(history: History, metric: Metric) -> tuple[float, float] | None:
    """Returns a trial's gain on test and the fall of its training loss; None if unknown."""
    values = history.curves.get("test", {}).get(history.metric, ())
    losses = _training_loss(history)
    part = last_part(len(values))
    if history.status != "finished" or len(values) < 2 * part or len(losses) != len(values):
        return None
    late = losses[-part:]
    if not all(map(math.isfinite, late)) or not (size := statistics.median(late)) > 0:
        return None
    pairs = combinations(enumerate(late), 2)
    slope = statistics.median((after - before) / (j - i) for (i, before), (j, after) in pairs)
    # Means of parts: a slope times the epochs would be noisier by a factor of about sqrt(6).
    gain = metric.gain(
        statistics.fmean(values[-part:]), statistics.fmean(values[-2 * part : -part])
    )
    return round(gain, DECIMALS), -slope * part / size


def _training_loss(history: History) -> tuple[float, ...]:
    """Returns the training loss by epoch; where iterations were recorded, the mean over them."""
    by_epoch = history.curves.get("train", {}).get("loss", ())
    steps = history.curves.get("batch", {}).get("loss", ())
    if by_epoch or not (steps and history.epochs) or len(steps) % history.epochs:
        return by_epoch
    each = len(steps) // history.epochs
    return tuple(statistics.fmean(steps[i : i + each]) for i in range(0, len(steps), each))


def _has_test_loss(history: History) -> bool:
    on_test = history.curves.get("test", {})
    losses, values = on_test.get("loss", ()), on_test.get(history.metric, ())
    return len(losses) == len(values) >= 2 * LEAST_EPOCHS and all(map(math.isfinite, losses))
