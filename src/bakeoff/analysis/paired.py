"""Figures of several variants round by round, from the rounds that all of them have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeAlias

from bakeoff.analysis.contrast import Unit, unit_of
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.study.measured import CurveSplit
from bakeoff.study.published import Quantity
from bakeoff.training.history import History

Reading: TypeAlias = Callable[[History], float | None]
"""A reading: a trial's figure, or None without one."""


@dataclass(frozen=True)
class PairedFigures:
    """The figures of several variants in the rounds that can be compared.

    Attributes:
        rounds: their numbers, from 0; for folds, those of the draws.
        rows: one for each of them, a figure for each variant; infinite if a trial diverged.
        diverged: trials among them that diverged; the reading gives their value.
        left_out: rounds that have run for all variants and give no figure.
        unit: the unit of a row.
    """

    rounds: tuple[int, ...]
    rows: tuple[tuple[float, ...], ...]
    diverged: int = 0
    left_out: int = 0
    unit: Unit = "round"

    def gains(self, metric: Metric) -> list[float]:
        """Returns by how much the first figure of each round is better than the second.

        Two that diverged in one round tie.
        """
        return [gain(metric, first, second) for first, second in self.rows]


def gain(metric: Metric, first: float, second: float) -> float:
    """Returns by how much one value is better than another, 0 if both are the worst of all."""
    return 0.0 if first == second else metric.gain(first, second)


def paired(results: Results, readings: Sequence[tuple[str, Reading]]) -> PairedFigures:
    """Returns the figures of variants in the rounds that all of them have run.

    Folds of one draw share most of their training examples, so they do not count as rounds: the
    figures of each draw whose folds have all run are averaged.

    Args:
        results: of a study, maybe partly run.
        readings: variants' names, each with its reading; a name may occur twice.
    """
    rows: dict[int, tuple[float, ...]] = {}
    diverged, left_out = 0, 0
    columns = (results.histories[name] for name, _ in readings)
    # A variant may have fewer rounds than another.
    for number, histories in enumerate(zip(*columns, strict=False)):
        ran = [history for history in histories if history is not None]
        if len(ran) < len(histories):
            continue
        figures = [read(h) for h, (_, read) in zip(ran, readings, strict=True)]
        row = [figure for figure in figures if figure is not None]
        if len(row) < len(figures):
            left_out += 1
            continue
        rows[number] = tuple(row)
        diverged += sum(history.status == "diverged" for history in ran)
    folds = folds_of(results.study.task)
    if folds > 1:
        rows = _by_draw(rows, folds)
    return PairedFigures(tuple(rows), tuple(rows.values()), diverged, left_out, unit_of(folds))


def _by_draw(rows: dict[int, tuple[float, ...]], folds: int) -> dict[int, tuple[float, ...]]:
    draws = {number // folds for number in rows}
    means = {}
    for draw in sorted(draws):
        whole = [rows[n] for n in range(draw * folds, (draw + 1) * folds) if n in rows]
        if len(whole) == folds:
            means[draw] = tuple(fmean(values) for values in zip(*whole, strict=True))
    return means


def figure(quantity: Quantity, metric: Metric, *, diverged: float | None = None) -> Reading:
    """Returns the reading of a quantity.

    A diverged trial counts as `diverged`: by default as worse than every other.
    """
    counts = -metric.sign * math.inf if diverged is None else diverged

    def read(history: History) -> float | None:
        return counts if history.status == "diverged" else value_of(history, quantity)

    return read


def moved(metric: str, split: CurveSplit, after_epoch: int) -> Reading:
    """Returns the reading of how much higher a curve ends than it was after an epoch.

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
    """Returns the reading of the mean over the first batches, worse than any if it diverged."""

    def read(history: History) -> float | None:
        if history.status == "diverged":
            return -metric.sign * math.inf
        curve = history.curves.get("batch", {}).get(history.metric, ())[:iterations]
        return sum(curve) / iterations if len(curve) == iterations else None

    return read
