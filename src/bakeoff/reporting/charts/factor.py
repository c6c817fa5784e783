"""A quantity against a factor: measured means with intervals, and published means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.data.tasks import folds_of
from bakeoff.reporting.charts import kit
from bakeoff.reporting.charts.view import View
from bakeoff.reporting.palette import PAGE, Style
from bakeoff.reporting.section import Cell, Column, Figure, Interval, Keys, Number, TableBlock
from bakeoff.reporting.text.cells import mean_cell, text
from bakeoff.reporting.text.numbers import in_unit, measured_word
from bakeoff.study.figures import FactorFigure
from bakeoff.study.published import Published


@dataclass(frozen=True)
class Point:
    """A value of the factor, with the figures of its variant."""

    value: float
    name: str
    measured: Summary
    published: tuple[Published, ...]


KEYS: Keys = {"measured": Style(0, ()), "published": Style(1, ())}
"""The keys of a figure with published means; a figure without them has only the first."""


def factor(spec: FactorFigure, results: Results) -> Figure | None:
    """Returns the figure, None if none of its trials has run."""
    import altair as alt

    view = View.of_some(results, spec.shown, spec.quantity)
    points = list(_points(spec, view))
    measured = [
        _record(view, point, "measured", at, point.measured.interval or (at, at))
        for point in points
        if (at := point.measured.mean) is not None
    ]
    if not measured:
        return None
    published = [
        _record(view, point, "published", p.mean, (p.mean - (p.sd or 0), p.mean + (p.sd or 0)))
        for point in points
        for p in point.published
    ]
    keys = KEYS if published else {"measured": KEYS["measured"]}
    # Vega-Lite warns if `zero` is given for a logarithmic scale.
    kind = {"type": "log"} if spec.log else {"type": "linear", "zero": False}
    x = alt.X(
        "value:Q",
        title=spec.factor,
        scale=alt.Scale(nice=False, padding=24, **kind),
        axis=alt.Axis(
            values=[value for value, _ in spec.points],
            format="~g",
            labelOverlap="greedy",
            labelFlush=False,
        ),
    )
    scale = alt.Scale(zero=False, nice=True, padding=6)
    low, mean = (alt.Y(f"{field}:Q", title=view.axis, scale=scale) for field in ("low", "mean"))
    tooltip = kit.tooltips(
        {"value:Q": spec.factor, "name": "Variant", "mean:Q": "Mean"}
        | {"interval": "95% interval", "n": "Rounds"}
    )
    ours = kit.chart(measured).encode(x=x, color=kit.colour(keys), tooltip=tooltip)
    layers = [
        ours.mark_line(strokeWidth=1.5, opacity=0.45).encode(y=mean),
        ours.mark_rule(strokeWidth=5, strokeCap="round", opacity=0.45).encode(y=low, y2="high:Q"),
        ours.mark_point(filled=True, size=70, opacity=1).encode(y=mean),
    ]
    if published:
        # Published means stand beside measured ones.
        theirs = kit.chart(published).encode(x=x, color=kit.colour(keys), tooltip=tooltip[:3])
        layers += [
            theirs.mark_rule(strokeWidth=1.5, xOffset=9).encode(y=low, y2="high:Q"),
            theirs.mark_point(
                shape="diamond", size=70, strokeWidth=2, opacity=1, fill=PAGE.paper, xOffset=9
            ).encode(y=mean),
        ]
    reading = kit.sentences(
        f"The axis of {spec.factor} is logarithmic." if spec.log else "",
        "Fewer than six rounds have no interval."
        if any(point.measured.interval is None for point in points)
        else "",
        "A hollow diamond is the published mean, with one standard deviation if it was given."
        if published
        else "",
    )
    return Figure(
        name=spec.name,
        title=spec.title,
        caption=f"Each dot is the mean {measured_word(spec.quantity, view.metric)} over rounds, "
        "and the thick line is its 95% interval.",
        chart=kit.layered(layers, spec.title, results.label, 300),
        table=_table(spec, view, points),
        reading=reading,
        keys=keys if published else {},
    )


def _points(spec: FactorFigure, view: View) -> Iterator[Point]:
    folds = folds_of(view.results.study.task)
    for value, name in spec.points:
        published = view.results.study.variant(name).published
        yield Point(
            value,
            name,
            summarise(view.results.histories[name], spec.quantity, folds=folds),
            tuple(p for p in published if p.of == spec.quantity),
        )


def _record(
    view: View, point: Point, source: str, mean: float, ends: tuple[float, float]
) -> kit.Record:
    metric = view.metric
    # The intervals of few rounds may reach impossible values.
    low, high = (kit.drawn(metric.within(end), metric) for end in ends)
    return {
        "variant": source,
        "name": point.name,
        "value": point.value,
        "mean": kit.drawn(mean, metric),
        "low": low,
        "high": high,
        "interval": text(Interval(point.measured.interval, metric=metric)),
        "n": point.measured.n,
    }


def _table(spec: FactorFigure, view: View, points: Sequence[Point]) -> TableBlock:
    metric, most = view.metric, max(len(point.published) for point in points)

    def published(point: Point, place: int) -> Cell:
        shown = point.published[place : place + 1]
        return Number(shown[0].mean, metric=metric, sd=shown[0].sd) if shown else None

    return TableBlock.of(
        spec.name,
        f"{view.word} at the {view.epoch} by {spec.factor}, mean (sd){in_unit(metric)}",
        points,
        (Column(spec.factor), lambda point: Number(point.value)),
        (Column("Variant", "text"), lambda point: point.name),
        *((Column("Published"), partial(published, place=place)) for place in range(most)),
        (Column("Measured"), lambda point: mean_cell(point.measured, metric)),
        (Column("95% interval"), lambda point: Interval(point.measured.interval, metric=metric)),
        (Column("Rounds"), lambda point: Number(point.measured.n, "count")),
    )
