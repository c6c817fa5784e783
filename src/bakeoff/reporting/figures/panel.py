"""Lines along the training, drawn in one panel: means with their spread, and what diverged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.figure import (
    Figure,
    Keys,
    Record,
    colour,
    dash,
    drawn,
    hover_bands,
    inline,
    whole_numbers,
)
from bakeoff.reporting.figures.lines import Line, Range, is_logarithmic, places
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import NOTHING, in_unit, mean_sd, on_axis

if TYPE_CHECKING:
    import altair as alt

DRAWN, PRINTED = 300, 60
"""The most places along the training that a line is drawn at, and that a table has rows for."""


@dataclass(frozen=True)
class Panel:
    """What lines are drawn in.

    Attributes:
        name: of the figure.
        title: what it shows, in full.
        heading: what the page calls it, among its neighbours.
        description: what it looks like.
        places: what the values follow: ``"Epoch"`` or ``"Iteration"``.
        keys: how lines are told apart, those of its neighbours too: they share a legend.
        domain: of the values, as drawn.
        says: what the axis of values is called; empty where the title tells, with the unit.
    """

    name: str
    title: str
    heading: str
    description: str
    places: str
    keys: Keys
    domain: Range
    says: str = ""


def draw(panel: Panel, lines: Mapping[str, Line], results: Results) -> Figure:
    """Return the figure of a panel's lines, one or more, by their names among its keys."""
    import altair as alt

    length = max(len(found.band.mean) for found in lines.values())
    log = is_logarithmic(lines.values())
    x = alt.X(
        "place:Q",
        title=panel.places,
        axis=alt.Axis(values=whole_numbers(length, most=6), format="d"),
        scale=alt.Scale(domain=[1, length] if length > 1 else [0.5, 1.5], nice=False),
    )
    scale = alt.Scale(type="log" if log else "linear", domain=list(panel.domain), nice=not log)
    axis = alt.Axis(format="~g", values=_steps(panel.domain)) if log else alt.Axis(tickCount=5)
    y = alt.Y("low:Q", title=panel.says or None, scale=scale, axis=axis)
    means = alt.Chart(inline(_records(lines, panel, length))).transform_flatten(
        ["place", "mean", "low", "high"]
    )
    keys, grid = panel.keys, _grid(panel, lines, length)
    layers = [
        means.mark_area(opacity=0.16, clip=True).encode(x=x, y=y, y2="high:Q", color=colour(keys)),
        means.mark_line(strokeWidth=2, clip=True, point=length == 1).encode(
            x=x,
            y=alt.Y("mean:Q", title=panel.says or None),
            color=colour(keys),
            strokeDash=dash(keys),
        ),
        *_broken(lines, panel, x),
        hover_bands(grid, panel.name),
    ]
    unit = "" if panel.says else on_axis(_metric(lines))
    titled = alt.TitleParams(f"{panel.title}{unit}", subtitle=results.label)
    return Figure(
        name=panel.name,
        title=f"{panel.heading}{unit}",
        description=panel.description,
        chart=alt.LayerChart(layer=layers, title=titled).properties(width="container", height=220),
        grid=grid,
    )


def _steps(domain: Range) -> list[float]:
    """Return 1, 2, 5, 10 and so on within a domain: what a log axis is read by."""
    low, high = (math.floor(math.log10(end)) for end in domain)
    steps = (float(f"{digit}e{power}") for power in range(low, high + 1) for digit in (1, 2, 5))
    return [step for step in steps if domain[0] <= step <= domain[1]]


def _metric(lines: Mapping[str, Line]) -> Metric:
    """Return a metric of lines that have one unit."""
    return next(iter(lines.values())).metric


def _records(lines: Mapping[str, Line], panel: Panel, length: int) -> Iterator[Record]:
    floor = panel.domain[0] if is_logarithmic(lines.values()) else -math.inf
    for name, found in lines.items():
        band = found.band
        at = [
            place
            for place in places(length, most=DRAWN)
            if place <= len(band.mean) and math.isfinite(band.mean[place - 1])
        ]
        # A single round has no spread; its band is as thin as its line.
        edges = [
            (band.low[p - 1], band.high[p - 1])
            if math.isfinite(band.sd[p - 1])
            else (band.mean[p - 1],) * 2
            for p in at
        ]
        metric = found.metric
        shown = [[drawn(metric.within(edge), metric) for edge in pair] for pair in edges]
        means = (drawn(band.mean[p - 1], metric) for p in at)
        yield {
            "variant": name,
            "place": at,
            "mean": [_short(max(mean, floor)) for mean in means],
            "low": [_short(max(low, floor)) for low, _ in shown],
            "high": [_short(max(high, floor)) for _, high in shown],
        }


def _broken(lines: Mapping[str, Line], panel: Panel, x: alt.X) -> list[alt.Chart]:
    import altair as alt

    keys = panel.keys

    records: list[Record] = [
        {
            "variant": name,
            "round": number,
            "place": place,
            "value": _short(drawn(values[place - 1], found.metric)),
        }
        for name, found in lines.items()
        for number, values in found.broken
        for place in places(len(values), most=DRAWN)
        if math.isfinite(values[place - 1])
    ]
    if not records:
        return []
    ends = {(r["variant"], r["round"]): r for r in records}
    y = alt.Y("value:Q", title=panel.says or None)
    traces = alt.Chart(inline(records)).mark_line(strokeWidth=1, strokeDash=[2, 3], clip=True)
    marks = alt.Chart(inline(ends.values())).mark_point(
        shape="cross", angle=45, filled=True, size=70, clip=True
    )
    return [
        traces.encode(x=x, y=y, color=colour(keys), detail="round:N"),
        marks.encode(x=x, y=y, color=colour(keys)),
    ]


def _grid(panel: Panel, lines: Mapping[str, Line], length: int) -> Grid:
    unit = in_unit(_metric(lines))
    return Grid(
        caption=f"{panel.title}, mean (sd) over rounds{unit}",
        columns=(Column(panel.places, "text"), *(Column(name) for name in lines)),
        rows=tuple(
            (str(place), *(_cell(found, place) for found in lines.values()))
            for place in places(length, most=PRINTED)
        ),
    )


def _cell(found: Line, place: int) -> str:
    if place > len(found.band.mean):
        return NOTHING
    value, sd = found.band.mean[place - 1], found.band.sd[place - 1]
    if not math.isfinite(value):
        return NOTHING
    return mean_sd(value, sd if math.isfinite(sd) else None, found.metric)


def _short(value: float) -> float:
    return float(f"{value:.5g}")
