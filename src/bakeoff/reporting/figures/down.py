"""Marks placed by the pixel from a figure's top, where lanes have heights of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bakeoff.reporting.figures.drawing import WIDTH_OF_A_LETTER
from bakeoff.reporting.figures.figure import Record, inline

if TYPE_CHECKING:
    import altair as alt

SIZE = 12
"""Pixels of a name's letters."""

LINE = 15
"""Pixels from one line of a name to the next."""


def down(field: str, height: int) -> alt.Y:
    """Return the encoding of a field that counts pixels from the top, with no axis drawn."""
    import altair as alt

    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)


def edges(places: Sequence[float], height: int) -> alt.Chart:
    """Return a line across the figure at each of the places."""
    import altair as alt

    records: list[Record] = [{"y": place} for place in places]
    rules: alt.Chart = alt.Chart(inline(records)).mark_rule().encode(y=down("y", height))
    return rules


def hover_lanes(records: list[Record], height: int, tooltip: list[alt.Tooltip]) -> alt.Chart:
    """Return a band over each lane, from ``top`` to ``bottom``, which reads the lane out.

    A field ``place`` tells the lanes apart.
    """
    import altair as alt

    over = alt.selection_point(
        name="over_lane", on="pointerover", clear="pointerout", fields=["place"], empty=False
    )
    band: alt.Chart = (
        alt.Chart(inline(records))
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.value(0),
            x2=alt.value("width"),
            y=down("top", height),
            y2="bottom:Q",
            fillOpacity=alt.when(over).then(alt.value(0.1)).otherwise(alt.value(0)),
            tooltip=tooltip,
        )
        .add_params(over)
    )
    return band


def letters(width: float, *, size: float = SIZE) -> int:
    """Return how many letters of a usual mixture stand in so many pixels."""
    return int(width / (WIDTH_OF_A_LETTER * size))


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many letters, what is left out shown by an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
