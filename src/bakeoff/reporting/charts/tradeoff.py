"""Cost charts: the final test value against parameters, multiply-adds, and times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.front import pareto_front
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.analysis.use import use_table
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.inference.use_cost import BATCH
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import LIGHT, PAGE, styles
from bakeoff.reporting.section import Column, Figure, Interval, Keys, Kind, Number, Row, TableBlock
from bakeoff.reporting.text.cells import mean_cell, text
from bakeoff.reporting.text.numbers import capital, in_unit, listed, on_axis
from bakeoff.study.study import names

NEARLY = 1.25
"""A cost has no figure if its largest value is below this times its smallest."""


@dataclass(frozen=True)
class _Cost:
    """A cost: the name of its figure, the title of its axis, how it prints, a remark.

    The least is what its ratios are to; None for a cost without ratios.
    """

    name: str
    title: str
    kind: Kind
    remark: str = ""
    least: float | None = None

    def number(self, value: float) -> Number:
        return Number(value, self.kind, ratio=value / self.least if self.least else None)


@dataclass(frozen=True)
class _Spent:
    """A variant's final test values, and what it costs, above 0."""

    variant: str
    summary: Summary
    cost: float

    @property
    def mean(self) -> float:
        return math.nan if self.summary.mean is None else self.summary.mean


def tradeoffs(results: Results) -> tuple[Figure, ...]:
    """Returns the mean final test value of every variant against each cost.

    A cost has no figure if it hardly differs, or if fewer than two variants have it. Diverged
    trials have no value.
    """
    known = [f"{each.get('processor', '')}" for each in results.environments]
    machines = [machine for machine in dict.fromkeys(known) if machine]
    use = use_table(results)
    timed = (
        "Times are medians on one thread, from raw examples to answers, measured apart from "
        f"training on {use.processor} with torch {use.torch}."
    )
    costs = {
        _Cost("parameters", "Parameters", "count"): [],
        _Cost(
            "multiply-adds",
            "Multiply-adds",
            "count",
            "Multiply-adds are counted for the answer to one example.",
        ): [],
        _Cost("time", "Time for one example", "time", timed, use.fastest): [],
        _Cost("batch-time", f"Time for a batch of {BATCH}", "time", timed, use.fastest_batch): [],
        _Cost(
            "seconds",
            "Seconds a trial",
            "seconds",
            "Seconds are the wall time of training and evaluation on the machine of this run"
            f"{f' ({listed(machines)})' if machines else ''}; they differ on another machine.",
        ): [],
    }  # type: dict[_Cost, list[_Spent]]
    for variant, row in zip(results.study.variants, use.rows, strict=True):
        histories = [history for history in results.of(variant) if history is not None]
        summary = summarise(results.of(variant), FINAL, folds=folds_of(results.study.task))
        if summary.mean is not None:
            paid = (
                histories[0].parameters,
                row.multiply_adds,
                row.seconds,
                row.batch_seconds,
                fmean(history.seconds for history in histories),
            )
            for spent, cost in zip(costs.values(), paid, strict=True):
                if cost:
                    spent.append(_Spent(variant.name, summary, float(cost)))
    return tuple(
        _figure(cost, spent, results)
        for cost, spent in costs.items()
        if len(spent) > 1
        and max(each.cost for each in spent) >= NEARLY * min(each.cost for each in spent)
    )


def _figure(cost: _Cost, spent: Sequence[_Spent], results: Results) -> Figure:
    metric = results.study.metric
    front = pareto_front([(each.cost, -metric.sign * each.mean) for each in spent])
    every = tuple(names(results.study.variants))
    # There are colours for so many variants; for more, a tooltip names them.
    keys = styles(every) if len(every) <= len(LIGHT.series) else {}
    title = f"Test {metric.words} against {cost.title.lower()}"
    reading = [
        f"The point is the mean at the final epoch, and the line is its 95% interval. The axis of "
        f"{cost.title.lower()} is logarithmic.",
        "The filled points are the front, named if there is room: for each of them, no other "
        "variant is better and costs no more. The front compares means only, so a small step along "
        "it may be chance.",
        cost.remark,
        "An arrow at the edge marks a value or an interval that continues beyond the axis.",
    ]
    if any(history.status == "diverged" for history in results.answered_histories()):
        reading.append("Diverged trials are left out.")
    return Figure(
        name=f"tradeoff-{cost.name}",
        title=title,
        caption=f"Each point is a variant: its test {metric.words} and its {cost.title.lower()}.",
        chart=kit.layered(
            list(_layers(cost, spent, front, keys, metric)), title, results.label, 320
        ),
        table=_table(cost, spent, front, metric),
        reading=" ".join(filter(None, reading)),
        keys=keys,
    )


def _layers(
    cost: _Cost, spent: Sequence[_Spent], front: Sequence[int], keys: Keys, metric: Metric
) -> Iterator[Any]:
    import altair as alt

    best = spent[metric.best([each.mean for each in spent])].mean
    marks = [
        [kit.drawn(metric.within(v), metric) for v in (each.mean, *(each.summary.interval or ()))]
        for each in spent
    ]
    low, high = kit.span(
        (value for each in marks for value in each), origin=kit.drawn(best, metric)
    )
    # No axis shows impossible values.
    span = (
        kit.drawn(metric.within(low / metric.scale), metric),
        kit.drawn(metric.within(high / metric.scale), metric),
    )
    least, most = min(each.cost for each in spent), max(each.cost for each in spent)
    records: list[kit.Record] = []
    arrows: list[kit.Record] = []
    for place, (each, marked) in enumerate(zip(spent, marks, strict=True)):
        across = math.log(each.cost / least) / math.log(most / least)
        record: kit.Record = {
            "variant": each.variant,
            "cost": each.cost,
            "paid": text(cost.number(each.cost)),
            "value": text(mean_cell(each.summary, metric)),
            "interval": text(Interval(each.summary.interval, "level", metric)),
            "rounds": each.summary.n,
            "front": "yes" if place in front else "no",
            "align": "left" if across < 1 / 3 else "right",
        }
        record, beyond = kit.placed(record, marked, span, kit.UPRIGHT)
        records.append(record)
        arrows += beyond

    room = (most / least) ** 0.06
    x = alt.X(
        "cost:Q",
        title=f"{cost.title}, logarithmic",
        scale=alt.Scale(type="log", domain=[least / room, most * room], nice=False),
        axis=alt.Axis(
            labelExpr="format(datum.value, '~s') + 's'"
            if cost.kind == "time"
            else "format(datum.value, datum.value < 1e4 ? ',~g' : '~s')",
            labelOverlap="greedy",
            labelSeparation=12,
            labelFlush=False,
            tickCount=alt.ExprRef("width / 80"),
        ),
    )
    heading = f"Test {metric.words}, final epoch{on_axis(metric)}"

    def y(field: str) -> Any:
        scale = alt.Scale(domain=list(span), nice=False, zero=False)
        return alt.Y(f"{field}:Q", title=heading, scale=scale, axis=alt.Axis(tickCount=6))

    def colour(paint: str) -> Any:
        return kit.colour(keys) if keys else alt.value(paint)

    titles = {
        "variant": "Variant",
        "value": f"Test {metric.words}{on_axis(metric)}",
        "interval": "95% interval",
        "rounds": "Rounds",
        "paid": cost.title,
        "front": "On the front",
    }
    shared = {"x": x, "tooltip": kit.tooltips(titles)}

    on_front = [records[place] for place in front]
    others = [record for record in records if record["front"] == "no"]
    yield (
        kit.chart(records)
        .mark_rule(strokeWidth=1.5, opacity=0.4)
        .encode(y=y("from"), y2="to:Q", color=colour(PAGE.quiet), **shared)
    )
    yield (
        kit.chart(on_front)
        .mark_line(interpolate="step-after", strokeWidth=1.5, color=PAGE.quiet, opacity=0.6)
        .encode(x=x, y=y("at"))
    )
    point: dict[str, Any] = {"size": 80, "strokeWidth": 2, "opacity": 1}
    yield (
        kit.chart(others)
        .mark_point(style="hollow", **point)
        .encode(y=y("at"), color=colour(PAGE.quiet), **shared)
    )
    yield (
        kit.chart(on_front)
        .mark_point(filled=True, **point)
        .encode(y=y("at"), color=colour(PAGE.accent), **shared)
    )
    yield (
        kit.chart(arrows)
        .mark_point(filled=True, **point)
        .encode(
            y=y("at"), color=colour(PAGE.quiet), shape=alt.Shape("arrow:N", scale=None), **shared
        )
    )
    # No other point lies below a falling front, or above a rising one. Names that are a line
    # apart do not overlap.
    named: list[kit.Record] = []
    last = math.inf
    for record, (mean, *_) in reversed([(records[place], marks[place]) for place in front]):
        if record["at"] is not None and abs(mean - last) > (span[1] - span[0]) / 16:
            named.append(record)
            last = mean
    lower = metric.direction == "lower"
    yield (
        kit.chart(named)
        .mark_text(
            align=alt.ExprRef("datum.align"),
            baseline="top" if lower else "bottom",
            dy=8 if lower else -8,
            limit=alt.ExprRef("width / 2"),
        )
        .encode(x=x, y=y("at"), text="variant:N")
    )


def _table(
    cost: _Cost, spent: Sequence[_Spent], front: Sequence[int], metric: Metric
) -> TableBlock:
    return TableBlock(
        name=f"tradeoff-{cost.name}",
        caption=f"Test {metric.words} (sd), final epoch{in_unit(metric)}, against "
        f"{cost.title.lower()}",
        columns=(
            Column("Variant", "text"),
            Column(cost.title),
            Column(capital(metric.words)),
            Column("95% interval", weight=1),
            Column("Rounds", weight=2),
            Column("On the front", "text"),
        ),
        rows=tuple(
            Row(
                (
                    each.variant,
                    cost.number(each.cost),
                    mean_cell(each.summary, metric),
                    Interval(each.summary.interval, "level", metric),
                    Number(each.summary.n, "count"),
                    "yes" if place in front else "no",
                )
            )
            for place, each in enumerate(spent)
        ),
        sortable=True,
    )
