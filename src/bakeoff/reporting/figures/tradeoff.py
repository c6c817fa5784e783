"""What accuracy costs: the final test figure against parameters, and against seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean

from bakeoff.analysis.contrast import unit_of
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.front import pareto_front
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.analysis.table import FINAL
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.tradeoff_marks import Spent, TradeoffMarks
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.palette import styles
from bakeoff.reporting.wording import capital, in_unit, integer, interval, listed, number, seconds
from bakeoff.study.study import names
from bakeoff.study.variant import Variant

NEARLY = 1.25
"""Costs of which the largest is below this times the smallest are not worth a figure."""


@dataclass(frozen=True)
class _Cost:
    """What is paid for accuracy.

    Attributes:
        name: of the figure.
        title: as an axis and a table call it.
        fewer: what it means to pay less.
        printed: how an amount is written.
        remark: what is to be known of it, a sentence; maybe empty.
    """

    name: str
    title: str
    fewer: str
    printed: Callable[[float], str]
    remark: str = ""


def tradeoff_figures(results: Results) -> tuple[Figure, ...]:
    """Return every variant's final test figure against its parameters, and against its seconds.

    There is no figure of a cost that hardly differs, and none for fewer than two variants with
    results. Diverged trials have no figure.
    """
    parameters = _Cost("parameters", "Parameters", "fewer parameters", lambda n: integer(round(n)))
    time = _Cost("seconds", "Seconds per trial", "fewer seconds", seconds, _timing(results))
    by_parameters, by_seconds = [], []
    for variant in results.study.variants:
        there = [history for history in results.of(variant) if history is not None]
        mean = _figures(results, variant)
        if there and mean.n:
            if there[0].parameters is not None:
                by_parameters.append(Spent(variant.name, mean, float(there[0].parameters)))
            by_seconds.append(Spent(variant.name, mean, fmean(h.seconds for h in there)))
    pairs = ((parameters, by_parameters), (time, by_seconds))
    return tuple(
        _figure(cost, tuple(spent), results) for cost, spent in pairs if _is_worth_it(spent)
    )


def _is_worth_it(spent: list[Spent]) -> bool:
    costs = [each.cost for each in spent]
    return len(costs) > 1 and min(costs) > 0 and max(costs) >= NEARLY * min(costs)


def _figures(results: Results, variant: Variant) -> Summary:
    """Return a variant's final test figures; diverged trials have none."""
    return summarise(results.of(variant), FINAL, folds=folds_of(results.study.task))


def _figure(cost: _Cost, spent: tuple[Spent, ...], results: Results) -> Figure:
    metric = results.study.metric
    front = pareto_front([(each.cost, -metric.sign * each.mean) for each in spent])
    keys = styles(tuple(names(results.study.variants)))
    title = f"Test {metric.words} against {cost.title.lower()}"
    marks = TradeoffMarks(cost.title, spent, front, keys, metric, cost.printed)
    return Figure(
        name=f"tradeoff-{cost.name}",
        title=title,
        description=" ".join(_reading(cost, marks, results)),
        chart=marks.chart(title, results.label),
        grid=_grid(cost, spent, front, metric),
    )


def _reading(cost: _Cost, marks: TradeoffMarks, results: Results) -> Iterator[str]:
    """Yield how to read what is drawn, in sentences."""
    metric = results.study.metric
    better = f"a {'higher' if metric.direction == 'higher' else 'lower'} {metric.words}"
    yield (
        f"A dot for each variant: its mean test {metric.words} at the final epoch, with the 95% "
        f"interval over {unit_of(folds_of(results.study.task))}s, against {cost.title.lower()} on "
        "a logarithmic axis. Filled dots, "
        f"joined by a line, are the front: no other variant has {better} for {cost.fewer}, or as "
        "few. It goes by means alone, and small steps along it may be chance."
    )
    if cost.remark:
        yield cost.remark
    if marks.is_cut:
        yield "Triangles at the edge stand for variants far beyond it."
    if marks.cuts_intervals:
        yield (
            "An interval that ends at the edge goes on beyond it: few rounds have long ones. The "
            "table gives it whole."
        )
    if any(history.status == "diverged" for history in results.answered_histories()):
        yield "Trials that diverged are left out."


def _timing(results: Results) -> str:
    """Return on what the seconds were measured."""
    machines = [f"{each.get('processor', '')}" for each in results.environments]
    known = [machine for machine in dict.fromkeys(machines) if machine]
    where = f" ({listed(known)})" if known else ""
    return (
        "Seconds are wall time, training and evaluation together, on what this study ran on"
        f"{where}: elsewhere they differ, and so may the front."
    )


def _grid(cost: _Cost, spent: tuple[Spent, ...], front: tuple[int, ...], metric: Metric) -> Grid:
    return Grid(
        caption=f"Test {metric.words}, final epoch{in_unit(metric)}, against {cost.title.lower()}",
        columns=(
            Column("Variant", "text"),
            Column(cost.title),
            Column(capital(metric.words), "key"),
            Column("95% interval"),
            Column("Rounds"),
            Column("On the front", "text"),
        ),
        rows=tuple(
            (
                each.variant,
                cost.printed(each.cost),
                number(each.found.mean, metric),
                interval(each.found.interval, metric),
                f"{each.found.n}",
                "yes" if place in front else "no",
            )
            for place, each in enumerate(spent)
        ),
    )
