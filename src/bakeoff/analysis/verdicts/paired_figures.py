"""Figures of several variants round by round, from the rounds that all of them have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.data.metric import Metric
from bakeoff.study.measured import CurveSplit
from bakeoff.study.published import Quantity
from bakeoff.training.history import History

Reading: TypeAlias = Callable[[History], float | None]
"""What is read off a trial; None where it has nothing to read."""


@dataclass(frozen=True)
class PairedFigures:
    """What was read off several variants in the rounds that can be compared.

    Attributes:
        rounds: their numbers, from 0.
        rows: one for each of them, a figure for each variant.
        diverged: trials among them that diverged, and count as the reading says.
        left_out: rounds that have run for all variants and give no figure.
    """

    rounds: tuple[int, ...]
    rows: tuple[tuple[float, ...], ...]
    diverged: int = 0
    left_out: int = 0

    def gains(self, metric: Metric) -> list[float]:
        """Return by how much the first figure of each round is better than the second."""
        return [metric.gain(first, second) for first, second in self.rows]


def paired(results: Results, readings: Sequence[tuple[str, Reading]]) -> PairedFigures:
    """Return what is read off variants in the rounds that all of them have run.

    Args:
        results: of a study, maybe partly run.
        readings: variants' names, and what to read off each; one name may stand there twice.
    """
    rounds, rows, diverged, left_out = [], [], 0, 0
    places = (results.histories[name] for name, _ in readings)
    # A variant may have fewer rounds than another.
    for number, histories in enumerate(zip(*places, strict=False)):
        there = [history for history in histories if history is not None]
        if len(there) < len(histories):
            continue
        figures = [read(h) for h, (_, read) in zip(there, readings, strict=True)]
        row = [figure for figure in figures if figure is not None]
        if len(row) < len(figures):
            left_out += 1
            continue
        rounds.append(number)
        rows.append(tuple(row))
        diverged += sum(history.status == "diverged" for history in there)
    return PairedFigures(tuple(rounds), _finite(rows), diverged, left_out)


def _finite(rows: Sequence[tuple[float, ...]]) -> tuple[tuple[float, ...], ...]:
    """Return figures with the worst that was measured in place of those without end."""
    known = [value for row in rows for value in row if math.isfinite(value)] or [0.0]
    return tuple(tuple(min(max(value, min(known)), max(known)) for value in row) for row in rows)


def figure(quantity: Quantity, metric: Metric, *, diverged: float | None = None) -> Reading:
    """Return the reading of a quantity.

    A diverged trial counts as `diverged`: by default as the worst value that the metric can have,
    or, where it has no bound, as the worst that was measured.
    """
    without_end = -metric.sign * math.inf
    worst = without_end if metric.worst is None else metric.worst
    counts = worst if diverged is None else diverged

    def read(history: History) -> float | None:
        return counts if history.status == "diverged" else value_of(history, quantity)

    return read


def moved(metric: str, split: CurveSplit, after_epoch: int) -> Reading:
    """Return the reading of how much higher a curve ends than it was after an epoch.

    A diverged trial has no end to read.
    """

    def read(history: History) -> float | None:
        curve = history.curves.get(split, {}).get(metric or history.metric, ())
        if history.status == "diverged" or len(curve) <= after_epoch:
            return None
        rise = curve[-1] - curve[after_epoch - 1]
        return rise if math.isfinite(rise) else None

    return read


def early(metric: Metric, iterations: int) -> Reading:
    """Return the reading of the mean over the first batches, the worst if it diverged."""
    worst = -metric.sign * math.inf if metric.worst is None else metric.worst

    def read(history: History) -> float | None:
        if history.status == "diverged":
            return worst
        curve = history.curves.get("batch", {}).get(history.metric, ())[:iterations]
        return sum(curve) / iterations if len(curve) == iterations else None

    return read
