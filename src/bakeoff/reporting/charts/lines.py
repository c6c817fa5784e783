"""Lines along the training in one chart, or in several on one scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Band, band_of
from bakeoff.data.metric import Metric
from bakeoff.reporting.charts import kit
from bakeoff.reporting.section import Column, Figure, Keys, Number, Row, TableBlock
from bakeoff.study.measured import LOSS, CurveSplit
from bakeoff.study.variant import Variant

POINTS, ROWS = 300, 60
"""The most points of a line, and the most rows of a table, along the training."""


@dataclass(frozen=True)
class Line:
    """A curve of a variant.

    Attributes:
        metric: the metric of the values.
        band: their mean over finished trials with one standard deviation; None without any.
        broken: the values of each trial that diverged.
    """

    metric: Metric
    band: Band | None
    broken: tuple[tuple[float, ...], ...]

    @property
    def length(self) -> int:
        """The number of places along the training."""
        return max(map(len, (*self.broken, self.band.mean if self.band else ())))


@dataclass(frozen=True)
class Chart:
    """The contents of one chart.

    Attributes:
        name: of the figure.
        title: of the figure.
        caption: of the figure.
        metric: of its first line; charts of one metric share a scale.
        lines: by name; lines without a key stand only in the table.
        says: the title of the axis of values; empty if the chart's title says it.
        step: the title of the axis along the training: ``"Epoch"`` or ``"Iteration"``.
    """

    name: str
    title: str
    caption: str
    metric: Metric
    lines: dict[str, Line] = field(default_factory=dict)
    says: str = ""
    step: str = "Epoch"


@dataclass(frozen=True)
class Axis:
    """The range of an axis of values."""

    low: float
    high: float
    log: bool

    def shown(self, value: float, metric: Metric) -> float:
        """Returns the place of a value; a value beyond the scale is drawn at its edge."""
        on_axis = kit.drawn(metric.within(value), metric)
        return float(f"{min(max(on_axis, self.low), self.high):.5g}")

    def ticks(self) -> dict[str, Any]:
        """Returns the ticks of a logarithmic axis: 1, 2, 5, 10, or Vega's own."""
        if not self.log:
            return {}
        first, last = (math.floor(math.log10(end)) for end in (self.low, self.high))
        digits = (1, 2, 5) if last - first < 3 else (1,)
        steps = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in digits]
        within = [step for step in steps if self.low <= step <= self.high]
        return {"format": ".4~g"} | ({"values": within} if len(within) > 2 else {})


def line_of(
    results: Results,
    variant: Variant,
    metric: Metric,
    split: CurveSplit,
    *,
    window: int = 1,
    last_epoch: bool = False,
) -> Line | None:
    """Returns a variant's curve, None if no trial has it.

    Args:
        results: of the study.
        variant: the variant.
        metric: the metric of the curve.
        split: the split on which it is measured.
        window: the number of values, up to each one, that are averaged.
        last_epoch: whether only the values of the last epoch's batches are returned.
    """
    finished, broken = [], []
    for history in filter(None, results.of(variant)):
        values = running_mean(history.curves.get(split, {}).get(metric.name, ()), window)
        if not any(map(math.isfinite, values)):
            continue
        if history.status == "finished":
            # Trials that stop early differ in their epochs.
            epochs = (history.epochs or variant.recipe.all_epochs) if last_epoch else 1
            finished.append(values[-(len(values) // epochs) :])
        elif not last_epoch:
            # A trial that diverged before the last epoch has nothing to show of it.
            broken.append(values)
    if not finished and not broken:
        return None
    return Line(metric, band_of(finished) if finished else None, tuple(broken))


def running_mean(values: tuple[float, ...], window: int) -> tuple[float, ...]:
    """Returns the mean of each value and up to `window` - 1 values before it."""
    if window == 1:
        return values
    return tuple(
        math.fsum(part) / len(part)
        for end in range(1, len(values) + 1)
        if (part := values[max(end - window, 0) : end])
    )


def figures(
    charts: Sequence[Chart], keys: Keys, results: Results, further: Sequence[str] = ()
) -> tuple[Figure, ...]:
    """Returns the figures of charts that have a line to draw; those of one metric share a scale.

    Lines without a key stand in the tables alone; further sentences are for all figures.
    """
    drawn = [
        (chart, lines)
        for chart in charts
        if (lines := {name: line for name, line in chart.lines.items() if name in keys})
    ]
    scales = {
        chart.metric: _scale(
            [x for c, ls in drawn if c.metric == chart.metric for x in ls.values()]
        )
        for chart, _ in drawn
    }
    reading = kit.sentences(
        "A dotted line is a trial that diverged, and the cross marks its end. If it leaves the "
        "axis, it runs along the edge."
        if any(line.broken for _, lines in drawn for line in lines.values())
        else "",
        *further,
    )
    return tuple(
        _figure(chart, lines, scales[chart.metric], keys, results, reading)
        for chart, lines in drawn
    )


def _scale(lines: Sequence[Line]) -> Axis:
    """Returns the scale of lines of one unit; diverged trials count only if there are no others.

    It is logarithmic for losses that are always above 0.
    """
    metric, bands = lines[0].metric, [line.band for line in lines if line.band]
    broken = [value for line in lines for trial in line.broken for value in trial]
    means = [value for band in bands for value in band.mean] or broken
    reached = [value for band in bands for edge in (band.low, band.high) for value in edge]
    low, high = (
        end(kit.drawn(metric.within(v), metric) for v in (*means, *reached) if math.isfinite(v))
        for end in (min, max)
    )
    if metric.name == LOSS and (least := min(filter(math.isfinite, means))) > 0:
        # A band may reach below 0, where a logarithmic axis ends.
        return Axis(max(least, 1e-6) / 1.15, max(high, 1e-6) * 1.05, log=True)
    if low < high:
        return Axis(low, high, log=False)
    room = 1.0 if metric.unit == "%" else 0.05 * abs(high) or 1.0
    return Axis(low - room, high + room, log=False)


def _figure(
    chart: Chart,
    lines: Mapping[str, Line],
    scale: Axis,
    keys: Keys,
    results: Results,
    reading: str,
) -> Figure:
    import altair as alt

    length = max(line.length for line in lines.values())
    x = alt.X("place:Q", **kit.counts(chart.step, length, ticks=6))
    kind: dict[str, Any] = {"type": "log"} if scale.log else {"type": "linear", "zero": False}
    y_scale = alt.Scale(domain=[scale.low, scale.high], nice=not scale.log, **kind)
    axis = alt.Axis(tickCount=5, **scale.ticks())
    mean, low = (
        alt.Y(f"{field}:Q", title=chart.says or None, scale=y_scale, axis=axis)
        for field in ("mean", "low")
    )
    along = kit.chart(_means(lines, scale)).transform_flatten(["place", "mean", "low", "high"])
    # A single epoch has no area.
    band = along.mark_area(opacity=0.16)
    if length == 1:
        band = along.mark_rule(strokeWidth=6, opacity=0.3)
    layers = [
        band.encode(x=x, y=low, y2="high:Q", color=kit.colour(keys)),
        along.mark_line(strokeWidth=2, point=length == 1).encode(x=x, y=mean, **kit.lines(keys)),
    ]
    broken = list(_broken(lines, scale))
    if broken:
        trials = kit.chart(broken).encode(x=x, y=mean, color=kit.colour(keys))
        last = trials.transform_filter("datum.last")
        layers += [
            trials.mark_line(strokeWidth=1, strokeDash=[2, 3]).encode(detail="trial:N"),
            last.mark_point(shape="cross", angle=45, filled=True, size=70, opacity=1),
        ]
    return Figure(
        name=chart.name,
        title=chart.title,
        caption=chart.caption,
        chart=kit.layered(
            [*layers, kit.hover_places(chart.name, _table(chart, lines))],
            chart.title,
            results.label,
            220,
        ),
        table=_table(chart, chart.lines),
        reading=kit.sentences("The axis of the loss is logarithmic." if scale.log else "", reading),
    )


def positions(length: int, *, most: int) -> list[int]:
    """Returns the numbers from 1 to `length`, or the ends and round, even steps between them."""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(step for step in steps if length // step <= most)
    return sorted({1, *range(step, length + 1, step), length})


def _means(lines: Mapping[str, Line], scale: Axis) -> Iterator[kit.Record]:
    for name, line in lines.items():
        if line.band is None:
            continue
        # A single round has no spread: its band is as thin as its line.
        points = [
            (place, mean, sd if math.isfinite(sd) else 0.0)
            for place in positions(len(line.band.mean), most=POINTS)
            if math.isfinite(mean := line.band.mean[place - 1])
            for sd in (line.band.sd[place - 1],)
        ]
        yield {
            "variant": name,
            "place": [place for place, _, _ in points],
            "mean": [scale.shown(mean, line.metric) for _, mean, _ in points],
            "low": [scale.shown(mean - sd, line.metric) for _, mean, sd in points],
            "high": [scale.shown(mean + sd, line.metric) for _, mean, sd in points],
        }


def _broken(lines: Mapping[str, Line], scale: Axis) -> Iterator[kit.Record]:
    for name, line in lines.items():
        for trial, values in enumerate(line.broken):
            at = [p for p in positions(len(values), most=POINTS) if math.isfinite(values[p - 1])]
            for place in at:
                yield {
                    "variant": name,
                    "trial": f"{name} {trial}",
                    "place": place,
                    "mean": scale.shown(values[place - 1], line.metric),
                    "last": place == at[-1],
                }


def _table(chart: Chart, lines: Mapping[str, Line]) -> TableBlock:
    """Returns the means of lines: a row for each place along the training."""
    at = positions(max(line.length for line in lines.values()), most=ROWS)
    return TableBlock(
        name=chart.name,
        caption=f"{chart.says or chart.title}, mean (sd) over rounds",
        columns=(Column(chart.step), *map(Column, lines)),
        rows=tuple(
            Row((Number(place, "count"), *(_cell(line, place) for line in lines.values())))
            for place in at
        ),
    )


def _cell(line: Line, place: int) -> Number | None:
    band = line.band
    if band is None or place > len(band.mean) or not math.isfinite(band.mean[place - 1]):
        return None
    sd = band.sd[place - 1]
    return Number(band.mean[place - 1], metric=line.metric, sd=sd if math.isfinite(sd) else None)
