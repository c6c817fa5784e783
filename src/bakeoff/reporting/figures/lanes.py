"""Variants below one another, each in a lane with its name on top: names of any length fit."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from bakeoff.reporting.figures.figure import Record, inline

if TYPE_CHECKING:
    import altair as alt

LANE_HEIGHT = 54
"""Pixels of a lane."""

NAME, UPPER, LOWER = 0.26, 0.58, 0.82
"""Where things stand in a lane: 0 is its top, 1 its bottom."""


def lane(field: str, names: Collection[str]) -> alt.Y:
    """Return the encoding of a field that counts lanes from the top, with no axis drawn."""
    import altair as alt

    scale = alt.Scale(domain=[len(names), 0], nice=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=None)


def value_axis(field: str, title: str) -> alt.X:
    """Return the encoding of a figure in percent, with as many ticks as there is room for."""
    import altair as alt

    return alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(zero=False, nice=True, padding=8),
        axis=alt.Axis(grid=True, labelFlush=False, tickCount=alt.ExprRef("width / 80")),
    )


def name_layers(names: Collection[str]) -> list[alt.Chart]:
    """Return the names, and a line above each lane but the first."""
    import altair as alt

    labels: list[Record] = [{"name": n, "y": place + NAME} for place, n in enumerate(names)]
    edges: list[Record] = [{"y": place} for place in range(1, len(labels))]
    width = alt.ExprRef("width")
    text = alt.Chart(inline(labels)).mark_text(
        align="left", baseline="middle", fontSize=12, limit=width
    )
    rules = alt.Chart(inline(edges)).mark_rule()
    return [
        rules.encode(y=lane("y", names)),
        text.encode(x=alt.value(0), y=lane("y", names), text="name:N"),
    ]


def lanes_height(names: Collection[str]) -> int:
    """Return the height of all lanes, in pixels."""
    return LANE_HEIGHT * len(names)
