"""One figure of every round: as box plots, and round by round."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bakeoff.reporting.figures.figure import (
    Figure,
    Record,
    colour,
    colour_scale,
    dash,
    hover_bands,
    inline,
    whole_numbers,
)
from bakeoff.reporting.figures.lanes import (
    LOWER,
    UPPER,
    lane,
    lanes_height,
    name_layers,
    value_axis,
)
from bakeoff.reporting.figures.view import View
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import NOTHING, in_unit, on_axis
from bakeoff.study.variant import Variant

_FIVE = ("low", "q1", "median", "q3", "high")
_FIVE_NAMES = ("Smallest", "Lower quartile", "Median", "Upper quartile", "Largest")

BOX = 0.3
"""The height of a box, in lanes."""


def box_figure(view: View, *, name: str = "boxes", title: str = "") -> Figure | None:
    """Return a box for each variant over its rounds, None where no round has a figure."""
    import altair as alt

    boxes = list(_boxes(view))
    if not boxes:
        return None
    keys = view.keys
    x = {field: value_axis(field, view.axis) for field in ("low", "q1", "median", "value")}
    fields = dict(zip(_FIVE, _FIVE_NAMES, strict=True))
    base = alt.Chart(inline(boxes)).encode(
        color=colour(keys, legend=False),
        tooltip=[
            alt.Tooltip("variant:N", title="Variant"),
            *(alt.Tooltip(f"{f}:Q", title=name, format=".4~g") for f, name in fields.items()),
        ],
    )
    dots = alt.Chart(inline(_points(view))).mark_point(filled=True, size=18, opacity=0.6)
    stroke = alt.Stroke("variant:N", scale=colour_scale(keys), legend=None)
    layers = [
        *name_layers(keys),
        base.mark_rule(strokeWidth=1.5).encode(x=x["low"], x2="high:Q", y=lane("y", keys)),
        base.mark_rect(fillOpacity=0.22, strokeWidth=1.5, cornerRadius=2).encode(
            x=x["q1"], x2="q3:Q", y=lane("top", keys), y2="bottom:Q", stroke=stroke
        ),
        base.mark_rule(strokeWidth=3).encode(x=x["median"], y=lane("top", keys), y2="bottom:Q"),
        dots.encode(
            x=x["value"],
            y=lane("y", keys),
            color=colour(keys, legend=False),
            tooltip=[
                alt.Tooltip("variant:N", title="Variant"),
                alt.Tooltip("round:Q", title="Round"),
                alt.Tooltip("value:Q", title=view.word, format=".4~g"),
            ],
        ),
    ]
    heading = title or f"{view.word} over rounds"
    titled = alt.TitleParams(heading, subtitle=view.results.label)
    return Figure(
        name=name,
        title=title or f"Spread of the {view.word[0].lower()}{view.word[1:]} over rounds",
        description="A box for each variant: the line inside is the median round, the box holds "
        "the middle half of the rounds, the whiskers reach the smallest and the largest. The dots "
        "under it are the rounds.",
        chart=alt.LayerChart(layer=layers, title=titled).properties(
            width="container", height=lanes_height(keys)
        ),
        grid=_box_grid(boxes, view),
    )


def rounds_figure(view: View, *, name: str = "rounds", title: str = "") -> Figure | None:
    """Return every variant's figure in every round, None where no round has one."""
    import altair as alt

    points = list(_points(view))
    if not points:
        return None
    keys = view.keys
    grid = _round_grid(view)
    x = alt.X(
        "round:Q",
        title="Round",
        scale=alt.Scale(domain=[0.5, view.rounds + 0.5], nice=False),
        axis=alt.Axis(values=whole_numbers(view.rounds, most=15), format="d"),
    )
    # A title of the report's own may not say what is drawn.
    says = view.axis if title else None
    y = alt.Y("value:Q", title=says, scale=alt.Scale(zero=False, nice=True, padding=6))
    lines = alt.Chart(inline(_points(view, with_gaps=True))).mark_line(
        strokeWidth=1.5, opacity=0.45
    )
    dots = alt.Chart(inline(points)).mark_point(filled=True, size=48, opacity=1)
    layers = [
        lines.encode(x=x, y=y, color=colour(keys), strokeDash=dash(keys)),
        dots.encode(x=x, y=y, color=colour(keys)),
        hover_bands(grid, name),
    ]
    if crosses := list(_crosses(view)):
        marks = alt.Chart(inline(crosses)).mark_point(
            shape="cross", angle=45, filled=True, size=90, opacity=1
        )
        layers.append(marks.encode(x=x, y=alt.value(4), color=colour(keys)))
    heading = title or f"{view.word} in each round{on_axis(view.metric)}"
    titled = alt.TitleParams(heading, subtitle=view.results.label)
    return Figure(
        name=name,
        title=heading,
        description=f"A dot for each variant in each round: {grid.caption[0].lower()}"
        f"{grid.caption[1:]}. In one round all variants see the same data, so dots above one "
        "another are a fair pair."
        + (" A cross at the top is a diverged trial." if crosses else ""),
        chart=alt.LayerChart(layer=layers, title=titled).properties(width="container", height=260),
        grid=grid,
    )


def _boxes(view: View) -> Iterator[Record]:
    for place, variant in enumerate(view.variants):
        found = (view.value(history) for history in view.results.of(variant))
        if values := [value for value in found if value is not None]:
            five = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
            yield {
                "variant": variant.name,
                "y": place + UPPER,
                "top": place + UPPER - BOX / 2,
                "bottom": place + UPPER + BOX / 2,
                **dict(zip(_FIVE, five, strict=True)),
            }


def _points(view: View, *, with_gaps: bool = False) -> Iterator[Record]:
    lanes = {name: place + LOWER + 0.03 for place, name in enumerate(view.keys)}
    for variant, number, history in view.places():
        value = view.value(history)
        if value is not None or with_gaps:
            yield {
                "variant": variant.name,
                "round": number + 1,
                "value": value,
                "y": lanes[variant.name],
            }


def _crosses(view: View) -> Iterator[Record]:
    # Side by side, lest trials that diverged in the same round hide one another.
    step = 0.6 / len(view.variants)
    lanes = list(view.keys)
    for variant, number, history in view.places():
        if history is not None and history.status == "diverged":
            place = lanes.index(variant.name)
            yield {"variant": variant.name, "round": number + 1 + (place + 0.5) * step - 0.3}


def _round_cell(view: View, variant: Variant, number: int) -> str:
    """Return a trial's figure, or why it has none."""
    histories = view.results.of(variant)
    if number >= len(histories):
        return NOTHING
    history = histories[number]
    if history is None:
        return "not run"
    value = view.value(history)
    return history.status if value is None else view.printed(value)


def _box_grid(boxes: list[Record], view: View) -> Grid:
    return Grid(
        caption=f"{view.word} over rounds, {view.epoch}{in_unit(view.metric)}",
        columns=(Column("Variant", "text"), *(Column(name) for name in _FIVE_NAMES)),
        rows=tuple(
            (str(box["variant"]), *(view.printed(float(str(box[f]))) for f in _FIVE))
            for box in boxes
        ),
    )


def _round_grid(view: View) -> Grid:
    return Grid(
        caption=f"{view.word} in each round, {view.epoch}{in_unit(view.metric)}",
        columns=(Column("Round", "text"), *(Column(variant.name) for variant in view.variants)),
        rows=tuple(
            (str(n + 1), *(_round_cell(view, variant, n) for variant in view.variants))
            for n in range(view.rounds)
        ),
    )
