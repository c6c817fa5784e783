"""Summaries of samples of trials, and curves with their spread."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bakeoff.study.published import Quantity
from bakeoff.training.history import History

ValueT = TypeVar("ValueT")

CONFIDENCE = 0.95

ALPHA = 0.05
"""The level at which a claim is decided, and two variants differ, after Holm's correction."""

FEWEST = 6
"""With fewer rounds there is no interval of any kind, and no verdict. Six signs have 64 patterns,
and the two most extreme ones come by chance in 3% of studies; with five signs it is 6%."""


@dataclass(frozen=True)
class Summary:
    """A sample of one figure over rounds; a number that the sample cannot give is None.

    Attributes:
        n: values in the sample.
        mean: their mean.
        sd: their standard deviation, with n - 1 in the denominator.
        interval: the 95% t-interval of the mean: ends below and above it; None for fewer than
            six values.
        low: the smallest value.
        high: the largest value.
        diverged: trials that have no value because they diverged; they are not among `n`.
    """

    n: int
    mean: float | None = None
    sd: float | None = None
    interval: tuple[float, float] | None = None
    low: float | None = None
    high: float | None = None
    diverged: int = 0


def summary(values: Sequence[float], *, diverged: int = 0) -> Summary:
    """Returns the summary of finite values."""
    if not values:
        return Summary(n=0, diverged=diverged)
    mean, low, high = statistics.fmean(values), min(values), max(values)
    if len(values) == 1:
        return Summary(n=1, mean=mean, low=low, high=high, diverged=diverged)
    sd = statistics.stdev(values)
    interval = None
    if len(values) >= FEWEST:
        half = sd * t_factor(len(values))
        interval = (mean - half, mean + half)
    return Summary(len(values), mean, sd, interval, low, high, diverged)


def summarise(
    histories: Sequence[History | None], quantity: Quantity, *, folds: int = 1
) -> Summary:
    """Returns the summary of a quantity, in its metric's unit, over the trials that have run.

    Diverged trials are counted separately. Trials that cannot have the quantity are left out, for
    example for a digit error without a digit head.

    Args:
        histories: a place for each round, in order.
        quantity: the figure.
        folds: rounds that make one draw of a cross-validation. They share examples and are no
            sample, so the mean of a draw counts as one value, if all its folds have the figure.
    """
    values = [value_of(history, quantity) for history in histories]
    diverged = sum(
        history is not None and history.status == "diverged" and not _cannot_have(history, quantity)
        for history in histories
    )
    return summary(by_draw(values, folds), diverged=diverged)


def by_draw(values: Sequence[float | None], folds: int) -> list[float]:
    """Returns the mean of every draw whose folds all have a value; without folds, the values."""
    draws = whole_draws(values, folds)
    return [draw[0] if folds == 1 else statistics.fmean(draw) for draw in draws]


def whole_draws(values: Sequence[ValueT | None], folds: int) -> list[list[ValueT]]:
    """Returns the values of every draw whose folds all have one.

    Args:
        values: a place for each round, in order.
        folds: rounds that make one draw; 1 if each round is a draw.
    """
    draws = (values[start : start + folds] for start in range(0, len(values), folds))
    known = ([value for value in draw if value is not None] for draw in draws)
    return [draw for draw in known if len(draw) == folds]


def value_of(history: History | None, quantity: Quantity) -> float | None:
    """Returns a trial's figure, None if it has none."""
    if history is None:
        return None
    value = history.value(quantity.split, quantity.metric, quantity.selection)
    return value if math.isfinite(value) else None


def _cannot_have(history: History, quantity: Quantity) -> bool:
    """Whether a diverged trial would have no such figure if it had finished."""
    if not history.epochs:
        # It diverged in its first epoch, so its figures are not known.
        return False
    needed: list[tuple[str, str]] = [(quantity.split, quantity.metric or history.metric)]
    if quantity.selection != "final":
        needed.append((quantity.selection.removeprefix("best_on_"), history.metric))
    return not all(history.curves.get(split, {}).get(metric) for split, metric in needed)


def t_factor(n: int) -> float:
    """Returns the factor from a sample's standard deviation to half its 95% t-interval.

    Args:
        n: values in the sample, 2 or more.
    """
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) / math.sqrt(n)


@dataclass(frozen=True)
class Band:
    """A curve's mean over rounds with its spread; position 0 is epoch 1, NaN if undefined.

    Attributes:
        mean: the mean after each epoch.
        sd: the standard deviation, n - 1 in the denominator; NaN if there is one value.
        low: the mean minus one standard deviation.
        high: the mean plus one standard deviation.
        n: values after each epoch.
    """

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...]


def band_of(curves: Sequence[Sequence[float]]) -> Band:
    """Returns the mean of one or more curves of any lengths, with its standard deviation.

    It describes rounds, which may be folds of one draw, so it has no interval.
    """
    values = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve
    values[~np.isfinite(values)] = np.nan
    n = np.isfinite(values).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values, axis=0) / n
        sd = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / np.where(n > 1, n - 1, np.nan))
    return Band(
        mean=tuple(mean.tolist()),
        sd=tuple(sd.tolist()),
        low=tuple((mean - sd).tolist()),
        high=tuple((mean + sd).tolist()),
        n=tuple(n.tolist()),
    )
