"""What was published beside what was measured, drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import Row, comparison_table
from bakeoff.reporting.figures.figure import Figure, Record, colour, inline
from bakeoff.reporting.figures.lanes import (
    LOWER,
    UPPER,
    lane,
    lanes_height,
    name_layers,
    value_axis,
)
from bakeoff.reporting.grids import results_grid
from bakeoff.reporting.palette import styles
from bakeoff.reporting.wording import capital, interval, on_axis, quantity_label, within_bounds
from bakeoff.study.study import names


def against_figure(results: Results) -> Figure | None:
    """Return both figures of each variant on one axis, None where nothing was published."""
    import altair as alt

    table, study = comparison_table(results), results.study
    if not table.has_published:
        return None
    published = [
        record for place, row in enumerate(table.rows) for record in _published(row, place)
    ]
    measured = [record for place, row in enumerate(table.rows) for record in _measured(row, place)]
    keys = styles(tuple(names(study.variants)))
    common = table.quantity
    units = {row.main.metric.unit for row in table.rows}
    if len(units) > 1:
        return None  # No axis has two units.
    metric = table.rows[0].main.metric
    heading = capital(quantity_label(common, metric) if common else metric.words) + on_axis(metric)
    x = {field: value_axis(field, heading) for field in ("low", "mean", "from")}

    def base(records: Iterable[Record]) -> alt.Chart:
        return alt.Chart(inline(records)).encode(
            y=lane("y", keys),
            color=colour(keys, legend=False),
            tooltip=[
                alt.Tooltip("variant:N", title="Variant"),
                alt.Tooltip("source:N", title="Figure"),
                alt.Tooltip("mean:Q", title="Mean", format=".4~g"),
                alt.Tooltip("sd:Q", title="sd", format=".4~g"),
                alt.Tooltip("interval:N", title="95% interval"),
            ],
        )

    layers = [
        *name_layers(keys),
        base([*published, *measured]).mark_rule(strokeWidth=1.5).encode(x=x["low"], x2="high:Q"),
        base(published)
        .mark_point(shape="diamond", size=70, strokeWidth=2, opacity=1, style="hollow")
        .encode(x=x["mean"]),
    ]
    if measured:
        layers += [
            base(measured)
            .mark_rule(strokeWidth=5, strokeCap="round", opacity=0.45)
            .encode(x=x["from"], x2="to:Q"),
            base(measured).mark_point(filled=True, size=70, opacity=1).encode(x=x["mean"]),
        ]
    titled = alt.TitleParams("Published and measured", subtitle=results.label)
    return Figure(
        name="against",
        title="Published and measured",
        description="Two marks for each variant: above, a hollow diamond for the published mean; "
        "below, a dot for the measured mean, from six rounds on with its 95% interval as a thick "
        "line. Thin lines reach one standard deviation to each side.",
        chart=alt.LayerChart(layer=layers, title=titled).properties(
            width="container", height=lanes_height(keys)
        ),
        grid=results_grid(table),
    )


def _published(row: Row, place: int) -> Iterator[Record]:
    mean, sd = row.main.published_mean, row.main.published_sd
    if mean is not None:
        yield {**_record(row, "published", mean, sd), "y": place + UPPER, "interval": "not given"}


def _measured(row: Row, place: int) -> Iterator[Record]:
    found = row.main.measured
    if found.mean is not None:
        metric = row.main.metric
        low, high = within_bounds(found.interval or (found.mean, found.mean), metric)
        yield {
            **_record(row, "measured", found.mean, found.sd),
            "y": place + LOWER,
            "from": metric.scale * low,
            "to": metric.scale * high,
            "interval": interval(found.interval, metric),
        }


def _record(row: Row, source: str, mean: float, sd: float | None) -> Record:
    metric = row.main.metric
    low, high = within_bounds((mean - (sd or 0), mean + (sd or 0)), metric)
    return {
        "variant": row.variant,
        "source": source,
        "mean": metric.scale * mean,
        "sd": None if sd is None else metric.scale * sd,
        "low": metric.scale * low,
        "high": metric.scale * high,
    }
