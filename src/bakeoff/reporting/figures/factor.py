"""A quantity against a factor: measured means with their intervals, published ones beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bakeoff.analysis.contrast import unit_of
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.data.tasks import folds_of
from bakeoff.reporting.figures.figure import Figure, Keys, Record, colour, inline
from bakeoff.reporting.figures.view import View
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.palette import PAGE, Style
from bakeoff.reporting.wording import (
    NOTHING,
    in_unit,
    interval,
    mean_sd,
    summary_cell,
    within_bounds,
)
from bakeoff.study.figures import FactorFigure

KEYS: Keys = {"measured": Style(0, ()), "published": Style(1, ())}
"""Of a figure with something published; another has the first alone."""

BESIDE = 9
"""Pixels that a published mean stands to the right of its measured one."""


def factor_figure(figure: FactorFigure, results: Results) -> Figure | None:
    """Return the figure, None where none of its trials has run."""
    import altair as alt

    view = View.of_some(results, figure.shown, figure.quantity)
    measured = list(_measured(figure, view))
    if not measured:
        return None
    published = list(_published(figure, view))
    keys = factor_keys(figure, results)
    values = [value for value, _ in figure.points]
    x = alt.X(
        "value:Q",
        title=figure.factor,
        scale=alt.Scale(nice=False, padding=24, **_kind(log=figure.log)),
        axis=alt.Axis(values=values, format="~g", labelOverlap="greedy", labelFlush=False),
    )
    says = view.axis
    y = alt.Y("low:Q", title=says, scale=alt.Scale(zero=False, nice=True, padding=6))
    mean = alt.Y("mean:Q", title=says)
    said = [
        alt.Tooltip("value:Q", title=figure.factor, format="~g"),
        alt.Tooltip("name:N", title="Variant"),
        alt.Tooltip("mean:Q", title="Mean", format=".4~g"),
        alt.Tooltip("interval:N", title="95% interval"),
        alt.Tooltip("n:Q", title="Rounds"),
    ]
    base = alt.Chart(inline(measured)).encode(x=x, color=colour(keys), tooltip=said)
    layers = [
        alt.Chart(inline(measured))
        .mark_line(strokeWidth=1.5, opacity=0.45)
        .encode(x=x, y=mean, color=colour(keys)),
        base.mark_rule(strokeWidth=5, strokeCap="round", opacity=0.45).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y=mean),
    ]
    if published:
        beside = alt.Chart(inline(published)).encode(x=x, color=colour(keys), tooltip=said[:3])
        layers += [
            beside.mark_rule(strokeWidth=1.5, xOffset=BESIDE).encode(y=y, y2="high:Q"),
            beside.mark_point(
                shape="diamond",
                size=70,
                strokeWidth=2,
                opacity=1,
                fill=PAGE.paper,
                xOffset=BESIDE,
            ).encode(y=mean),
        ]
    titled = alt.TitleParams(figure.title, subtitle=results.label)
    log = ", on a logarithmic axis" if figure.log else ""
    return Figure(
        name=figure.name,
        title=figure.title,
        description=f"{view.word} at the {view.epoch} against {figure.factor}{log}: a dot for the "
        f"mean over {unit_of(folds_of(view.results.study.task))}s, with its 95% interval as a "
        "thick line."
        + (
            " A hollow diamond beside it is the published mean, with one standard deviation to "
            "each side where it was given."
            if published
            else ""
        ),
        chart=alt.LayerChart(layer=layers, title=titled).properties(width="container", height=300),
        grid=_grid(figure, view),
    )


def factor_keys(figure: FactorFigure, results: Results) -> Keys:
    """Return what the figure tells apart: measured, and published where anything is."""
    view = View.of_some(results, figure.shown, figure.quantity)
    published = any(_given(view, name) for _, name in figure.points)
    return KEYS if published else {"measured": KEYS["measured"]}


def _kind(*, log: bool) -> dict[str, Any]:
    # A logarithmic scale has no zero to leave out, and complains of being told.
    return {"type": "log"} if log else {"type": "linear", "zero": False}


def _measured(figure: FactorFigure, view: View) -> Iterator[Record]:
    metric = view.metric
    for value, name in figure.points:
        found = _summary(view, name)
        if found.mean is not None:
            # Few rounds have intervals beyond what can be; the table gives them whole.
            low, high = within_bounds(found.interval or (found.mean, found.mean), metric)
            yield {
                "variant": "measured",
                "name": name,
                "value": value,
                "mean": metric.scale * found.mean,
                "low": metric.scale * low,
                "high": metric.scale * high,
                "interval": interval(found.interval, metric),
                "n": found.n,
            }


def _published(figure: FactorFigure, view: View) -> Iterator[Record]:
    for value, name in figure.points:
        for mean, sd in _given(view, name):
            low, high = within_bounds((mean - (sd or 0), mean + (sd or 0)), view.metric)
            yield {
                "variant": "published",
                "name": name,
                "value": value,
                "mean": view.metric.scale * mean,
                "low": view.metric.scale * low,
                "high": view.metric.scale * high,
            }


def _summary(view: View, name: str) -> Summary:
    folds = folds_of(view.results.study.task)
    return summarise(view.results.histories[name], view.quantity, folds=folds)


def _given(view: View, name: str) -> list[tuple[float, float | None]]:
    """Return the published means of the figure's quantity, with their standard deviations."""
    variant = view.results.study.variant(name)
    return [(p.mean, p.sd) for p in variant.published if p.of == view.quantity]


def _grid(figure: FactorFigure, view: View) -> Grid:
    published = any(_given(view, name) for _, name in figure.points)
    return Grid(
        caption=f"{view.word} at the {view.epoch} by {figure.factor}{in_unit(view.metric)}",
        columns=(
            Column(figure.factor, "text"),
            Column("Variant", "text"),
            *[Column("Published (sd)")] * published,
            Column("Measured (sd)", "key"),
            Column("95% interval"),
            Column("Rounds"),
        ),
        rows=tuple(_row(value, name, view, published=published) for value, name in figure.points),
    )


def _row(value: float, name: str, view: View, *, published: bool) -> tuple[str, ...]:
    found, given = _summary(view, name), _given(view, name)
    return (
        f"{value:g}",
        name,
        *[", ".join(mean_sd(*one, view.metric) for one in given) or NOTHING] * published,
        summary_cell(found, view.metric),
        interval(found.interval, view.metric),
        f"{found.n}",
    )
