"""What a figure is, and the parts that several figures share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.titles import with_safe_titles
from bakeoff.reporting.grids import Grid
from bakeoff.reporting.palette import LIGHT, PAGE, Style, chart_config

if TYPE_CHECKING:
    import altair as alt

Value: TypeAlias = str | int | float | None
Record: TypeAlias = Mapping[str, Value | Sequence[Value]]
"""One row of a chart's data; lists are for charts that flatten them."""

Keys: TypeAlias = Mapping[str, Style]
"""The names that a figure tells apart, and by which colours and dashes."""

SVG_WIDTH = 640

_NO_WORD = re.compile(r"\W")
_CLIP = re.compile(r'(?<=id="clip)\d+(?=")|(?<=url\(#clip)\d+(?=\))')
_VARIABLE = re.compile(r'"var\(--([a-z0-9-]+)\)"')

FIT = {"type": "fit-x", "contains": "padding"}
"""Charts take the width that they are given, labels included, and the height that they need."""


@dataclass(frozen=True)
class Figure:
    """A chart, and the same in words and numbers for those who cannot see it.

    Attributes:
        name: unique in a report; letters, digits and dashes.
        title: what it shows.
        description: what it looks like and how to read it, in a sentence or two.
        chart: as wide as what holds it; titled.
        grid: the numbers drawn.
    """

    name: str
    title: str
    description: str
    chart: alt.LayerChart
    grid: Grid

    def page_spec(self) -> dict[str, Any]:
        """Return the chart for a page that has the title, a legend and colours of its own."""
        # Validating against the schema takes a third of the time that a page takes.
        spec = with_safe_titles(self.chart.to_dict(validate=False))
        for key in ("$schema", "title"):
            spec.pop(key, None)
        return spec | {
            "config": chart_config(PAGE, legend=False),
            "autosize": FIT,
            "description": self.description,
        }


def svg(chart: alt.LayerChart) -> str:
    """Return a chart as an SVG document in the light theme, with a legend."""
    spec = chart.properties(width=SVG_WIDTH).to_dict()
    return spec_svg(spec)


def spec_svg(spec: dict[str, Any]) -> str:
    """Return a chart's specification as an SVG document in the light theme, with a legend."""
    import vl_convert

    config = chart_config(LIGHT, legend=True) | {"background": LIGHT.paper}
    painted = json.loads(_VARIABLE.sub(_on_light, json.dumps(with_safe_titles(spec))))
    whole = painted | {"config": config}
    return _numbered(vl_convert.vegalite_to_svg(whole, vl_version=vega_lite_version()))


def _numbered(svg: str) -> str:
    """Return an SVG with its clips numbered from 1: Vega numbers them over all its drawings."""
    found = {clip: str(number + 1) for number, clip in enumerate(dict.fromkeys(_CLIP.findall(svg)))}
    return _CLIP.sub(lambda clip: found[clip[0]], svg)


def _on_light(variable: re.Match[str]) -> str:
    return json.dumps(LIGHT.variables().get(variable[1], variable[0].strip('"')))


def vega_lite_version() -> str:
    """Return the version of Vega-Lite that altair writes, as vl-convert names it: ``"6.4"``."""
    import altair as alt

    return ".".join(str(alt.SCHEMA_VERSION).removeprefix("v").split(".")[:2])


def inline(records: Iterable[Record]) -> alt.InlineData:
    """Return records as data that travels inside the chart."""
    import altair as alt

    return alt.InlineData(values=[dict(record) for record in records])


def colour(keys: Keys, *, legend: bool = True) -> alt.Color:
    """Return the encoding of the field ``variant`` by colour."""
    import altair as alt

    encoding = alt.Color("variant:N", scale=colour_scale(keys), title=None)
    return encoding if legend else encoding.legend(None)


def colour_scale(keys: Keys) -> alt.Scale:
    """Return the scale from names to the theme's colours."""
    import altair as alt

    return alt.Scale(domain=list(keys), range=[PAGE.series[key.colour] for key in keys.values()])


def dash(keys: Keys) -> alt.StrokeDash:
    """Return the encoding of the field ``variant`` by dashes, where colours do not suffice."""
    import altair as alt

    dashes = [list(key.dash) or [1, 0] for key in keys.values()]
    return alt.StrokeDash("variant:N", scale=alt.Scale(domain=list(keys), range=dashes), title=None)


def hover_bands(grid: Grid, name: str) -> alt.Chart:
    """Return a band for each row of a grid, which reads out the row on hovering.

    The grid's first column holds the places on the x axis, whole numbers in their order, and its
    heading is the axis's title. Charts that stand in one drawing need bands of different names.
    """
    import altair as alt

    title = grid.columns[0].name
    over = alt.selection_point(
        name=f"over_{_NO_WORD.sub('_', name)}",
        on="pointerover",
        clear="pointerout",
        fields=["c0"],
        empty=False,
    )
    # Vega-Lite's `nearest` would do with fewer marks, but reads out "undefined" for any text.
    places = [int(row[0]) for row in grid.rows]
    between = [(one + other) / 2 for one, other in pairwise(places)]
    edges = [places[0] - 0.5, *between, places[-1] + 0.5]
    records: list[Record] = [
        {**{f"c{i}": cell for i, cell in enumerate(row)}, "from": start, "to": end}
        for row, (start, end) in zip(grid.rows, pairwise(edges), strict=True)
    ]
    band: alt.Chart = (
        alt.Chart(inline(records))
        .mark_rect(clip=True, strokeWidth=0)
        .encode(
            x=alt.X("from:Q", title=title),
            x2="to:Q",
            fillOpacity=alt.when(over).then(alt.value(0.12)).otherwise(alt.value(0)),
            tooltip=[
                alt.Tooltip(f"c{i}:N", title=column.name) for i, column in enumerate(grid.columns)
            ],
        )
        .add_params(over)
    )
    return band


def whole_numbers(last: int, *, most: int) -> list[int]:
    """Return ticks from 1 to `last`, or multiples of 2, 5, 10 and so on if these are too many."""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(step for step in steps if last // step <= most)
    return list(range(step, last + 1, step))


def drawn(value: float, metric: Metric) -> float:
    """Return a value as an axis has it: fractions of metrics in percent are multiplied by 100."""
    return round(metric.scale * value, 6) if metric.unit == "%" else value
