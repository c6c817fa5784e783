"""What a figure is, and the parts that several figures share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from bakeoff.analysis.table import Measure
from bakeoff.reporting.grids import Grid
from bakeoff.reporting.palette import LIGHT, PAGE, chart_config, styles
from bakeoff.study.study import Study, names

if TYPE_CHECKING:
    import altair as alt

Value: TypeAlias = str | int | float | None
Record: TypeAlias = Mapping[str, Value | Sequence[Value]]
"""One row of a chart's data; lists are for charts that flatten them."""

SVG_WIDTH = 640

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
        spec: dict[str, Any] = self.chart.to_dict()
        for key in ("$schema", "title"):
            spec.pop(key, None)
        return spec | {
            "config": chart_config(PAGE, legend=False),
            "autosize": FIT,
            "description": self.description,
        }


def svg(chart: alt.LayerChart) -> str:
    """Return a chart as an SVG document in the light theme, with a legend."""
    import vl_convert

    spec = chart.properties(width=SVG_WIDTH).to_dict()
    spec["config"] = chart_config(LIGHT, legend=True) | {"background": LIGHT.paper}
    return str(vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version()))


def vega_lite_version() -> str:
    """Return the version of Vega-Lite that altair writes, as vl-convert names it: ``"6.4"``."""
    import altair as alt

    return ".".join(str(alt.SCHEMA_VERSION).removeprefix("v").split(".")[:2])


def inline(records: Iterable[Record]) -> alt.InlineData:
    """Return records as data that travels inside the chart."""
    import altair as alt

    return alt.InlineData(values=[dict(record) for record in records])


def colour(study: Study, *, legend: bool = True) -> alt.Color:
    """Return the encoding of the field ``variant`` by colour, the same in all figures."""
    import altair as alt

    encoding = alt.Color("variant:N", scale=alt.Scale(domain=names(study.variants)), title=None)
    return encoding if legend else encoding.legend(None)


def dash(study: Study) -> alt.StrokeDash:
    """Return the encoding of the field ``variant`` by dashes, where colours do not suffice."""
    import altair as alt

    domain = names(study.variants)
    dashes = [list(style.dash) or [1, 0] for style in styles(tuple(domain)).values()]
    return alt.StrokeDash("variant:N", scale=alt.Scale(domain=domain, range=dashes), title=None)


def hover_bands(grid: Grid) -> alt.Chart:
    """Return a band for each row of a grid, which reads out the row on hovering.

    The grid's first column holds the places on the x axis, whole numbers, and its heading is the
    axis's title.
    """
    import altair as alt

    title = grid.columns[0].name
    over = alt.selection_point(on="pointerover", clear="pointerout", fields=["c0"], empty=False)
    # Vega-Lite's `nearest` would do with fewer marks, but reads out "undefined" for any text.
    records: list[Record] = [
        {
            **{f"c{i}": cell for i, cell in enumerate(row)},
            "from": int(row[0]) - 0.5,
            "to": int(row[0]) + 0.5,
        }
        for row in grid.rows
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


def in_percent(value: float | None, metric: str, measure: Measure) -> float | None:
    """Return a curve's value as drawn: losses as they are, errors in percent of the measure."""
    if value is None or metric == "loss":
        return value
    return round(100 * (value if measure == "error" else 1 - value), 6)
