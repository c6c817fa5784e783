"""What was published beside what was measured, drawn."""

from __future__ import annotations

from collections.abc import Iterator

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import Row, comparison_table
from bakeoff.report.figures.figure import Figure, Record, colour, inline
from bakeoff.report.figures.rounds import BAND_HEIGHT
from bakeoff.report.grids import results_grid
from bakeoff.report.wording import quantity_label
from bakeoff.study.study import names


def against_figure(results: Results) -> Figure | None:
    """Return both figures of each variant on one axis, None where nothing was published."""
    import altair as alt

    table = comparison_table(results)
    records = [record for row in table.rows for record in _records(row)]
    if not table.has_published or not records:
        return None
    study = results.study
    quantities = {row.main.quantity for row in table.rows}
    title = quantity_label(*quantities, table.measure) if len(quantities) == 1 else table.measure
    y = alt.Y(
        "variant:N",
        sort=names(study.variants),
        title=None,
        scale=alt.Scale(paddingInner=0.4, paddingOuter=0.2),
        axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
    )
    offset = alt.YOffset("source:N", sort=["published", "measured"])
    heading = f"{title.capitalize()}, %"
    x = alt.X(
        "low:Q",
        title=heading,
        scale=alt.Scale(zero=False, nice=True, padding=8),
        axis=alt.Axis(grid=True, tickCount=6),
    )
    base = alt.Chart(inline(records)).encode(
        y=y,
        yOffset=offset,
        color=colour(study),
        tooltip=[
            alt.Tooltip("variant:N", title="Variant"),
            alt.Tooltip("source:N", title="Figure"),
            alt.Tooltip("mean:Q", title="Mean", format=".2f"),
            alt.Tooltip("sd:Q", title="sd", format=".2f"),
            alt.Tooltip("interval:N", title="95% interval"),
        ],
    )
    measured, published = "datum.source == 'measured'", "datum.source == 'published'"
    mean = alt.X("mean:Q", title=heading)
    chart = alt.layer(
        base.mark_rule(strokeWidth=1.5).encode(x=x, x2="high:Q"),
        base.transform_filter(measured)
        .mark_rule(strokeWidth=5, strokeCap="round", opacity=0.45)
        .encode(x=alt.X("from:Q", title=heading), x2="to:Q"),
        base.transform_filter(measured)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=mean),
        base.transform_filter(published)
        .mark_point(shape="diamond", size=70, strokeWidth=2, opacity=1, style="hollow")
        .encode(x=mean),
        title=alt.TitleParams("Published and measured", subtitle=results.label or ""),
    ).properties(width="container", height=BAND_HEIGHT * len(study.variants))
    return Figure(
        name="against",
        title="Published and measured",
        description="Two marks for each variant: above, a hollow diamond for the published mean; "
        "below, a dot for the measured mean with its 95% interval as a thick line. Thin lines "
        "reach one standard deviation to each side.",
        chart=chart,
        grid=results_grid(table),
    )


def _records(row: Row) -> Iterator[Record]:
    main, measured = row.main, row.main.measured
    if main.published_mean is not None:
        yield _record(row.variant, "published", main.published_mean, main.published_sd, None)
    if measured.mean is not None:
        yield _record(row.variant, "measured", measured.mean, measured.sd, measured.interval)


def _record(
    variant: str, source: str, mean: float, sd: float | None, ends: tuple[float, float] | None
) -> Record:
    low, high = ends or (mean, mean)
    return {
        "variant": variant,
        "source": source,
        "mean": 100 * mean,
        "sd": None if sd is None else 100 * sd,
        "low": 100 * (mean - (sd or 0)),
        "high": 100 * (mean + (sd or 0)),
        "from": 100 * low,
        "to": 100 * high,
        "interval": f"{100 * low:.2f} to {100 * high:.2f}" if ends else "",
    }
