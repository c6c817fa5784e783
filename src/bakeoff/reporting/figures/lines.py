"""A variant's curve along the training: its mean over rounds, with one standard deviation."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Band, band_of
from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.figure import drawn, whole_numbers
from bakeoff.study.measured import LOSS, CurveSplit
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A variant's curve.

    Attributes:
        metric: what is followed.
        band: its mean over the finished trials, with one standard deviation.
        broken: round, from 1, and values of each trial that diverged.
    """

    metric: Metric
    band: Band
    broken: tuple[tuple[int, tuple[float, ...]], ...]


def line(
    results: Results,
    variant: Variant,
    metric: Metric,
    split: CurveSplit,
    *,
    window: int = 1,
    last_of: int = 1,
) -> Line | None:
    """Return a variant's curve, None where no finished trial has it.

    Args:
        results: of the study.
        variant: whose trials.
        metric: what is followed.
        split: where it is measured.
        window: each value is the mean of so many, the last being its own.
        last_of: the values are of so many epochs, of which only the last is wanted.
    """
    found = [
        (number + 1, history.status, running_mean(values, window))
        for number, history in enumerate(results.of(variant))
        if history is not None and (values := curve_of(history, metric.name, split))
    ]
    finished = [
        values[-(len(values) // last_of) :] for _, status, values in found if status == "finished"
    ]
    mean = band_of(finished) if finished else None
    if mean is None or not any(map(math.isfinite, mean.mean)):
        return None
    # A trial that diverged before the last epoch has nothing to show of it.
    broken = tuple(
        (number, values)
        for number, status, values in found
        if status == "diverged" and last_of == 1
    )
    return Line(metric, mean, broken)


def curve_of(history: History, metric: str, split: CurveSplit) -> tuple[float, ...]:
    """Return a trial's values along the training, none where it has none."""
    return history.curves.get(split, {}).get(metric, ())


def running_mean(values: tuple[float, ...], window: int) -> tuple[float, ...]:
    """Return the mean of each value and the `window` - 1 before it, or as many as there are."""
    if window == 1:
        return values
    return tuple(
        math.fsum(part) / len(part)
        for end in range(1, len(values) + 1)
        if (part := values[max(end - window, 0) : end])
    )


def are_losses(lines: Collection[Line]) -> bool:
    """Return whether lines are of losses, which have an axis of their own kind."""
    return all(found.metric.name == LOSS for found in lines)


def value_range(lines: Sequence[Line]) -> Range:
    """Return what the values of lines of one unit are drawn between.

    A wide spread may leave the panel, a mean may not.
    """
    means = [(v, found) for found in lines for v in found.band.mean if math.isfinite(v)]
    edges = [
        (v, found)
        for found in lines
        for v in (*found.band.low, *found.band.high)
        if math.isfinite(v)
    ]
    if are_losses(lines) and is_logarithmic(lines):
        low = max(min(v for v, _ in means), 1e-6)
        return low / 1.15, max(v for v, _ in (*means, *edges, (low, lines[0]))) * 1.05
    shown = [drawn(found.metric.within(v), found.metric) for v, found in (*means, *edges)]
    low, high = min(shown), max(shown)
    room = 1.0 if lines[0].metric.unit == "%" else 0.05 * abs(high) or 1.0
    return (low, high) if low < high else (low - room, high + room)


def is_logarithmic(lines: Collection[Line]) -> bool:
    """Return whether lines are drawn on a logarithmic axis: losses that are above 0 throughout."""
    finite = [v for found in lines for v in found.band.mean if math.isfinite(v)]
    return are_losses(lines) and min(finite, default=0.0) > 0


def places(length: int, *, most: int) -> list[int]:
    """Return the numbers from 1 to `length`, or the ends and evenly spaced ones between them."""
    if length <= most:
        return list(range(1, length + 1))
    return sorted({1, *whole_numbers(length, most=most), length})
