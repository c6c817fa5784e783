"""Tools of all charts: data, scales and marks over Altair, and charts as SVG."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from bakeoff.data.metric import Metric
from bakeoff.reporting.palette import LIGHT, PAGE, chart_config
from bakeoff.reporting.section import Figure, Keys, Number, Panels, Row, TableBlock
from bakeoff.reporting.text.cells import text

if TYPE_CHECKING:
    import altair as alt

Item: TypeAlias = str | int | float | None
Record: TypeAlias = Mapping[str, Item | Sequence[Item]]
"""One row of a chart's data; lists are for charts that flatten them."""

SVG_WIDTH, PANEL_WIDTH = 640, 320
"""Pixels of a chart in a file, and of one of several side by side."""

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that a string of an expression cannot hold, or that are invisible."""

_NO_WORD = re.compile(r"\W")
_CLIP = re.compile(r'(?<=id="clip)\d+(?=")|(?<=url\(#clip)\d+(?=\))')
_VARIABLE = re.compile(r'"var\(--([a-z0-9-]+)\)"')

FIT = {"type": "fit-x", "contains": "padding"}
"""Charts fill the given width, including labels, and take the height that they need."""


def page_spec(figure: Figure) -> dict[str, Any]:
    """Returns a figure's chart for a page, which has its own title, legend and configuration."""
    # Validation against the schema would take a third of the time of a page.
    spec = figure.chart.to_dict(validate=False)
    for key in ("$schema", "title"):
        spec.pop(key, None)
    for layer in spec["layer"]:
        # The charts of a page share its legend for lines.
        for channel in layer.get("encoding", {}).values():
            if isinstance(channel, dict) and "symbolType" in (channel.get("legend") or {}):
                channel["legend"] = None
    return spec | {"autosize": FIT, "description": figure.caption}


def svg(chart: alt.LayerChart) -> str:
    """Returns a chart as an SVG document in the light theme, with a legend."""
    spec = chart.properties(width=SVG_WIDTH).to_dict()
    return spec_svg(spec)


def spec_svg(spec: dict[str, Any]) -> str:
    """Returns a chart's specification as an SVG document in the light theme, with a legend."""
    import vl_convert

    config = chart_config(LIGHT, legend=True) | {"background": LIGHT.paper}
    colours = LIGHT.variables()
    painted = json.loads(
        _VARIABLE.sub(
            lambda variable: json.dumps(colours.get(variable[1], variable[0].strip('"'))),
            json.dumps(spec),
        )
    )
    drawing = vl_convert.vegalite_to_svg(
        painted | {"config": config}, vl_version=vega_lite_version()
    )
    # Vega numbers clips over all its drawings; here they are numbered from 1.
    clips = dict.fromkeys(_CLIP.findall(drawing))
    numbers = {clip: str(number) for number, clip in enumerate(clips, start=1)}
    return _CLIP.sub(lambda clip: numbers[clip[0]], drawing)


def vega_lite_version() -> str:
    """Returns the version of Vega-Lite that altair writes, as vl-convert names it: ``"6.4"``."""
    import altair as alt

    return ".".join(str(alt.SCHEMA_VERSION).removeprefix("v").split(".")[:2])


def chart(records: Iterable[Record]) -> Any:
    """Returns a chart of records, which travel inside it, for a mark to be put on."""
    import altair as alt

    data = alt.InlineData(values=[])
    # Altair checks what it is constructed with: 40,000 records for 6 seconds, in 370 MB.
    data.values = [dict(record) for record in records]
    return alt.Chart(data)


def words(channel: Any, field: str, looks: Mapping[str, str], *, columns: int = 3) -> Any:
    """Returns the encoding of the words of a field by colours or shapes, with a legend on top."""
    import altair as alt

    scale = alt.Scale(domain=list(looks), range=list(looks.values()))
    return channel(f"{field}:N", scale=scale, legend=alt.Legend(orient="top", columns=columns))


def colour(keys: Keys, *, legend: bool = True) -> alt.Color:
    """Returns the encoding of the field ``variant`` by colour."""
    import altair as alt

    encoding = alt.Color("variant:N", scale=colour_scale(keys), title=None)
    return encoding if legend else encoding.legend(None)


def colour_scale(keys: Keys) -> alt.Scale:
    """Returns the scale from names to the theme's colours."""
    import altair as alt

    return alt.Scale(domain=list(keys), range=[PAGE.series[key.colour] for key in keys.values()])


def dash(keys: Keys) -> alt.StrokeDash:
    """Returns the encoding of the field ``variant`` by dashes, for charts with too few colours."""
    import altair as alt

    dashes = [list(key.dash) or [1, 0] for key in keys.values()]
    return alt.StrokeDash("variant:N", scale=alt.Scale(domain=list(keys), range=dashes), title=None)


def counts(title: str, last: float, *, ticks: int, first: float = 1) -> dict[str, Any]:
    """Returns the title, the scale and the ticks of an axis of whole numbers."""
    import altair as alt

    domain = [first, last] if first < last else [first - 0.5, last + 0.5]
    return {
        "title": title,
        "scale": alt.Scale(domain=domain, nice=False),
        "axis": alt.Axis(tickMinStep=1, tickCount=ticks, format="d"),
    }


def drawn(value: float, metric: Metric) -> float:
    """Returns a value in the unit of an axis: metrics in percent are multiplied by 100."""
    return round(metric.scale * value, 6) if metric.unit == "%" else value


# Points and intervals along an axis of values, in rows of names.

ROW = 34
"""Pixels of a row: two lines of a name. Vega-Lite warns if it gets a step instead of a height."""

ACROSS, UPRIGHT = ("triangle-left", "triangle-right"), ("triangle-down", "triangle-up")
"""The arrows at both ends of an axis of values."""

_LABELS = f"max(90, 0.4 * (containerSize()[0] || {SVG_WIDTH}))"


def layered(layers: Sequence[alt.Chart], title: str, label: str, height: int) -> alt.LayerChart:
    """Returns layers as one chart, with the label of a shortened run."""
    import altair as alt

    titled = alt.TitleParams(title, subtitle=label)
    return alt.LayerChart(layer=layers, title=titled).properties(width="container", height=height)


def rows(field: str, names: Iterable[str], **axis: Any) -> alt.Y:
    """Returns the encoding of names below one another, in order; long ones end in an ellipsis.

    A line break in a name is kept.
    """
    import altair as alt

    return alt.Y(
        f"{field}:N",
        title=None,
        scale=alt.Scale(type="band", domain=list(names), padding=0.15),
        axis=alt.Axis(
            labelLimit=alt.ExprRef(_LABELS),
            labelExpr="split(datum.label, '\\n')",
            labelColor=PAGE.ink,
            **axis,
        ),
    )


def values(field: str, title: str, span: tuple[float, float], **axis: Any) -> alt.X:
    """Returns the encoding of values along an axis with exactly this span."""
    import altair as alt

    shown: dict[str, Any] = {"grid": True, "labelFlush": False}
    return alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=list(span), nice=False, zero=False),
        axis=alt.Axis(**shown | {"tickCount": alt.ExprRef("width / 80")} | axis),
    )


def span(
    values: Iterable[float], *, origin: float, reach: float = 4, also: Iterable[float] = ()
) -> tuple[float, float]:
    """Returns the span of an axis: the origin and all values, without outliers.

    An outlier is much farther from the origin than most other values.

    Args:
        values: as drawn; infinite ones are beyond every axis.
        origin: a value near most others.
        reach: the greatest distance from it, as a multiple of that of most others.
        also: finite values that the axis always spans.
    """
    finite = [value for value in values if math.isfinite(value)]
    far = sorted(abs(value - origin) for value in finite) or [0.0]
    most = (reach * far[3 * len(far) // 4] if len(far) > 3 else 0.0) or far[-1]
    near = [origin, *also, *(value for value in finite if abs(value - origin) <= most)]
    low, high = min(near), max(near)
    margin = 0.05 * (high - low) or max(abs(origin), 1.0) / 20
    return low - margin, high + margin


def clamped(value: float, span: tuple[float, float]) -> float:
    """Returns the nearest value on an axis."""
    return min(max(value, span[0]), span[1])


def placed(
    record: Record,
    marks: Sequence[float],
    span: tuple[float, float],
    shapes: tuple[str, str] = ACROSS,
) -> tuple[Record, list[Record]]:
    """Returns a record with the places of a value and its interval, and one for each arrow.

    The value is in the field ``at``, None beyond the axis; the interval is in ``from`` and ``to``.
    An arrow stands ``at`` each end of the axis that something lies beyond, its shape in ``arrow``.

    Args:
        record: the other fields.
        marks: the value, then the ends of its interval if it has one; maybe infinite.
        span: of the axis.
        shapes: of the arrows at the lower end and at the upper one.
    """
    low, high = min(marks), max(marks)
    at = marks[0] if span[0] <= marks[0] <= span[1] else None
    ends = {"from": clamped(low, span), "to": clamped(high, span)}
    sides = ((span[0], low < span[0]), (span[1], high > span[1]))
    arrows: list[Record] = [
        {**record, "at": edge, "arrow": shape}
        for (edge, beyond), shape in zip(sides, shapes, strict=True)
        if beyond
    ]
    return {**record, "at": at, **ends}, arrows


def tooltips(titles: Mapping[str, str]) -> list[alt.Tooltip]:
    """Returns tooltips: fields, each under a title; a field like ``"mean:Q"`` is a number."""
    import altair as alt

    return [
        alt.Tooltip(field, title=expressible(title), format=".4~g")
        if field.endswith(":Q")
        else alt.Tooltip(f"{field}:N", title=expressible(title))
        for field, title in titles.items()
    ]


def expressible(title: str) -> str:
    """Returns a title escaped for a tooltip, which then shows it as it is.

    Vega-Lite writes titles of tooltips into a string of an expression, and escapes quotation marks
    only. A line break is shown as a space.
    """
    return _BREAKS.sub(" ", title).replace("\\", "\\\\")


def hover_rows(table: TableBlock, rows: Mapping[str, Row], y: alt.Y) -> Any:
    """Returns an invisible band over each row of a chart, which reads out a row of its table.

    Args:
        table: of the figure.
        rows: of the table, by the names of the chart's rows.
        y: the encoding of these names.
    """
    field = y.shorthand.removesuffix(":N")
    records = [{field: name, **_cells(row)} for name, row in rows.items()]
    told = _columns(table)
    if all(record["c0"] == record[field] for record in records):
        # The name of the row is there already.
        told[:1] = tooltips({field: table.columns[0].name})
        records = [{k: text for k, text in record.items() if k != "c0"} for record in records]
    return chart(records).mark_rect(opacity=0).encode(y=y, tooltip=told)


def _cells(row: Row) -> dict[str, str]:
    return {f"c{place}": text(cell) for place, cell in enumerate(row.cells)}


def _columns(table: TableBlock) -> list[alt.Tooltip]:
    return tooltips({f"c{place}": column.name for place, column in enumerate(table.columns)})


def lines(keys: Keys) -> dict[str, Any]:
    """Returns the encodings of lines by colour and dash, with a legend that shows both."""
    import altair as alt

    legend = alt.Legend(
        symbolType="stroke", symbolStrokeWidth=2, symbolSize=400, columns=2, labelLimit=260
    )
    return {"color": colour(keys).legend(legend), "strokeDash": dash(keys).legend(legend)}


def hover_places(name: str, table: TableBlock) -> Any:
    """Returns a band for each row of a table, which reads out the row on hovering.

    Vega-Lite's `nearest` would do with fewer marks, but reads out "undefined" for any text.

    Args:
        name: of the figure; charts that stand in one drawing need bands of different names.
        table: its first column holds places on the x axis, whole numbers in their order.
    """
    import altair as alt

    at = [
        cell.value
        for row in table.rows
        if isinstance(cell := row.cells[0], Number) and cell.value is not None
    ]
    ends = [at[0] - 0.5, *((low + high) / 2 for low, high in pairwise(at)), at[-1] + 0.5]
    records: list[Record] = [
        {**_cells(row), "from": start, "to": end}
        for row, (start, end) in zip(table.rows, pairwise(ends), strict=True)
    ]
    over = alt.selection_point(
        name=f"over_{_NO_WORD.sub('_', name)}",
        on="pointerover",
        clear="pointerout",
        fields=["c0"],
        empty=False,
    )
    return (
        chart(records)
        .mark_rect(clip=True, strokeWidth=0)
        .encode(
            x=alt.X("from:Q", title=table.columns[0].name),
            x2="to:Q",
            fillOpacity=alt.when(over).then(alt.value(0.12)).otherwise(alt.value(0)),
            tooltip=_columns(table),
        )
        .add_params(over)
    )


def panels_svg(panels: Panels) -> str:
    """Returns figures that are one as an SVG document, side by side above one legend."""
    import altair as alt

    if len(panels.figures) == 1:
        return svg(panels.figures[0].chart)
    titles = [figure.chart.title for figure in panels.figures]
    charts = [
        # The note on the run stands once, above all panels.
        figure.chart.properties(
            width=PANEL_WIDTH, title=alt.TitleParams(t.text, fontWeight="normal")
        )
        for figure, t in zip(panels.figures, titles, strict=True)
    ]
    title = alt.TitleParams(panels.title, subtitle=titles[0].subtitle)
    return spec_svg(alt.concat(*charts, columns=2, title=title).to_dict())


def sentences(*texts: str) -> str:
    """Returns the sentences that are not empty, one after the other."""
    return " ".join(filter(None, texts))
