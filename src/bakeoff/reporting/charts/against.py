"""A chart of published figures beside measured ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bakeoff.analysis.comparison import ComparisonTable, VariantRow
from bakeoff.analysis.results import Results
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Column, Figure, Interval, Number, TableBlock
from bakeoff.reporting.text.cells import mean_cell
from bakeoff.reporting.text.numbers import capital, in_unit, on_axis, quantity_label


def against(results: Results, table: ComparisonTable) -> Figure | None:
    """Returns the published figure of each variant beside the measured one, None without any.

    It is None too if the values have several units, for an axis has one unit.
    """
    rows = [row for row in table.rows if row.main.published_mean is not None]
    if len({row.main.metric.unit for row in rows}) != 1:
        return None
    metric = rows[0].main.metric
    same = {row.main.quantity for row in rows}
    what = quantity_label(rows[0].main.quantity, metric) if len(same) == 1 else metric.words
    numbers = TableBlock.of(
        "against",
        f"{capital(what)}{in_unit(metric)}, mean (sd)",
        rows,
        (Column("Variant", "text"), lambda row: row.variant),
        (Column("Published"), _published),
        (Column("Measured"), lambda row: mean_cell(row.main.measured, row.main.metric)),
        (
            Column("95% interval", weight=1),
            lambda row: Interval(row.main.measured.interval, metric=row.main.metric),
        ),
        (
            Column("Difference"),
            lambda row: Number(row.main.difference, "difference", row.main.metric),
        ),
    )
    return Figure(
        name="against",
        title="Published and measured",
        caption="A diamond is the published mean, and a circle is the measured mean.",
        chart=_chart(rows, numbers, capital(what) + on_axis(metric), results.label),
        table=numbers,
        reading="A thin line extends one standard deviation to each side. A thick line is the 95% "
        "interval of the measured mean, if there are six rounds or more.",
    )


def _chart(rows: Sequence[VariantRow], table: TableBlock, heading: str, label: str) -> Any:
    import altair as alt

    records = [record for row in rows for record in _records(row)]
    measured = [record for record in records if record["source"] == "measured"]
    ends = [float(r[end]) for r in records for end in ("low", "high", "from", "to") if end in r]  # type: ignore[arg-type]
    span = kit.span(ends, origin=ends[0], reach=float("inf"))
    x = {field: kit.values(field, heading, span) for field in ("low", "from", "mean")}
    y = kit.rows("variant", [row.variant for row in rows])
    base = {
        "y": y,
        "yOffset": alt.YOffset("source:N", scale=alt.Scale(domain=["published", "measured"])),
        "color": kit.words(alt.Color, "source", {"published": PAGE.quiet, "measured": PAGE.accent}),
    }

    shape = kit.words(alt.Shape, "source", {"published": "diamond", "measured": "circle"})
    layers = [
        kit.chart(records).mark_rule(strokeWidth=1.5).encode(x=x["low"], x2="high:Q", **base),
        kit.chart(measured)
        .mark_rule(strokeWidth=5, opacity=0.45)
        .encode(x=x["from"], x2="to:Q", **base),
        kit.chart(records)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(x=x["mean"], shape=shape, **base),
        kit.hover_rows(table, {row.variant: r for row, r in zip(rows, table.rows, strict=True)}, y),
    ]
    return kit.layered(layers, "Published and measured", label, kit.ROW * len(rows))


def _records(row: VariantRow) -> Iterator[kit.Record]:
    main, metric = row.main, row.main.metric

    def record(source: str, mean: float, sd: float | None) -> dict[str, kit.Item]:
        low, high = (metric.within(mean + side * (sd or 0.0)) for side in (-1, 1))
        return {
            "variant": row.variant,
            "source": source,
            "mean": kit.drawn(metric.within(mean), metric),
            "low": kit.drawn(low, metric),
            "high": kit.drawn(high, metric),
        }

    if main.published_mean is not None:
        yield record("published", main.published_mean, main.published_sd)
    if main.measured.mean is not None:
        ends = main.measured.interval or (main.measured.mean,) * 2
        yield record("measured", main.measured.mean, main.measured.sd) | {
            "from": kit.drawn(metric.within(ends[0]), metric),
            "to": kit.drawn(metric.within(ends[1]), metric),
        }


def _published(row: VariantRow) -> Number:
    main = row.main
    return Number(main.published_mean, "level", main.metric, main.published_sd)
