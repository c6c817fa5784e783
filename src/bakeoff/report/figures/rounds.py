"""The final test figure of every round: as box plots, and round by round."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.analysis.table import FINAL
from bakeoff.report.figures.figure import (
    Figure,
    Record,
    colour,
    dash,
    hover_rule,
    in_percent,
    inline,
)
from bakeoff.report.grids import Column, Grid
from bakeoff.report.wording import measured_word
from bakeoff.study.study import Variant, names
from bakeoff.training.history import History

BAND_HEIGHT = 44
"""Pixels of a variant's lane where variants stand below one another."""


def box_figure(results: Results) -> Figure | None:
    """Return a box for each variant over its rounds, None where no round has a figure."""
    import altair as alt

    boxes = list(_boxes(results))
    if not boxes:
        return None
    study, word = results.study, measured_word(FINAL, results.study.measure)
    x_scale = alt.Scale(zero=False, nice=True, padding=8)
    title = f"{word.capitalize()}, final epoch, %"
    y = alt.Y(
        "variant:N",
        sort=names(study.variants),
        title=None,
        axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
    )
    tooltip = [alt.Tooltip("variant:N", title="Variant")] + [
        alt.Tooltip(f"{field}:Q", title=name, format=".2f")
        for field, name in (
            ("high", "Largest"),
            ("q3", "Upper quartile"),
            ("median", "Median"),
            ("q1", "Lower quartile"),
            ("low", "Smallest"),
        )
    ]
    base = alt.Chart(inline(boxes)).encode(y=y, color=colour(study), tooltip=tooltip)
    x = alt.X("low:Q", title=title, scale=x_scale, axis=alt.Axis(grid=True, tickCount=6))
    chart = alt.layer(
        base.mark_rule(strokeWidth=1.5).encode(x=x, x2="high:Q", color=colour(study)),
        base.mark_bar(size=18, fillOpacity=0.22, strokeWidth=1.5, cornerRadius=2).encode(
            x=alt.X("q1:Q", title=title), x2="q3:Q", stroke=_stroke(results)
        ),
        base.mark_tick(thickness=3, size=18).encode(x=alt.X("median:Q", title=title)),
        alt.Chart(inline(_points(results)))
        .mark_point(filled=True, size=16, opacity=0.55)
        .encode(
            x=alt.X("value:Q", title=title),
            y=y,
            color=colour(study),
            tooltip=[
                alt.Tooltip("variant:N", title="Variant"),
                alt.Tooltip("round:Q", title="Round"),
                alt.Tooltip("value:Q", title=word.capitalize(), format=".2f"),
            ],
        ),
        title=alt.TitleParams(f"{word.capitalize()} over rounds", subtitle=results.label or ""),
    ).properties(width="container", height=BAND_HEIGHT * len(boxes))
    return Figure(
        name="boxes",
        title=f"Spread of the {word} over rounds",
        description="A box for each variant: the line inside is the median round, the box holds "
        "the middle half of the rounds, the whiskers reach the smallest and the largest. Every dot "
        "is a round.",
        chart=chart,
        grid=_box_grid(boxes, word),
    )


def rounds_figure(results: Results) -> Figure | None:
    """Return every variant's figure in every round, None where no round has one."""
    import altair as alt

    points = list(_points(results))
    if not points:
        return None
    study, word = results.study, measured_word(FINAL, results.study.measure)
    x = alt.X(
        "round:Q",
        title="Round",
        scale=alt.Scale(domain=[0.5, study.rounds + 0.5], nice=False),
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=min(study.rounds, 15)),
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=True, padding=6))
    everything = alt.Chart(inline(_points(results, with_gaps=True)))
    chart = alt.layer(
        everything.mark_line(strokeWidth=1.5, opacity=0.45).encode(
            x=x, y=y, color=colour(study), strokeDash=dash(study)
        ),
        alt.Chart(inline(points))
        .mark_point(filled=True, size=48, opacity=1)
        .encode(x=x, y=y, color=colour(study)),
        alt.Chart(inline(_crosses(results)))
        .mark_point(shape="cross", angle=45, filled=True, size=90, opacity=1)
        .encode(x=x, y=alt.value(4), color=colour(study)),
        hover_rule(
            list(_wide_records(results)), x, ("round", "Round"), names(study.variants)
        ),
        title=alt.TitleParams(
            f"{word.capitalize()} in each round, %", subtitle=results.label or ""
        ),
    ).properties(width="container", height=260)
    return Figure(
        name="rounds",
        title=f"{word.capitalize()} in each round, %",
        description="A dot for each variant in each round, after the last epoch; in one round all "
        "variants see the same data, so dots above one another are a fair pair."
        + (" A cross at the top is a diverged trial." if results.diverged else ""),
        chart=chart,
        grid=_round_grid(results, word),
    )


def _stroke(results: Results) -> object:
    import altair as alt

    scale = alt.Scale(domain=names(results.study.variants))
    return alt.Stroke("variant:N", scale=scale, legend=None)


def _values(results: Results, variant: Variant) -> list[float]:
    found = (_value(results, history) for history in results.of(variant))
    return [value for value in found if value is not None]


def _value(results: Results, history: History | None) -> float | None:
    return in_percent(value_of(history, FINAL), "error", results.study.measure)


def _boxes(results: Results) -> Iterator[Record]:
    for variant in results.study.variants:
        if values := _values(results, variant):
            low, q1, median, q3, high = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
            yield {
                "variant": variant.name,
                "low": low,
                "q1": q1,
                "median": median,
                "q3": q3,
                "high": high,
            }


def _points(results: Results, *, with_gaps: bool = False) -> Iterator[Record]:
    for variant, number, history in results.places():
        value = _value(results, history)
        if value is not None or with_gaps:
            yield {"variant": variant.name, "round": number + 1, "value": value}


def _crosses(results: Results) -> Iterator[Record]:
    # Side by side, lest trials that diverged in the same round hide one another.
    step = 0.6 / len(results.study.variants)
    for variant, number, history in results.places():
        if history is not None and history.status == "diverged":
            place = names(results.study.variants).index(variant.name)
            yield {"variant": variant.name, "round": number + 1 + (place + 0.5) * step - 0.3}


def _wide_records(results: Results) -> Iterator[Record]:
    for number in range(results.study.rounds):
        cells = {
            f"v{i}": round_cell(results, variant, number)
            for i, variant in enumerate(results.study.variants)
        }
        yield {"round": number + 1, **cells}


def round_cell(results: Results, variant: Variant, number: int) -> str:
    """Return a trial's final test figure in percent, or why it has none."""
    history = results.of(variant)[number]
    if history is None:
        return "not run"
    value = _value(results, history)
    return history.status if value is None else f"{value:.2f}"


def _box_grid(boxes: list[Record], word: str) -> Grid:
    fields = ("low", "q1", "median", "q3", "high")
    headings = ("Smallest", "Lower quartile", "Median", "Upper quartile", "Largest")
    return Grid(
        caption=f"{word.capitalize()} over rounds, final epoch, in percent",
        columns=(Column("Variant", "text"), *(Column(name) for name in headings)),
        rows=tuple((str(box["variant"]), *(f"{box[field]:.2f}" for field in fields)) for box in boxes),
    )


def _round_grid(results: Results, word: str) -> Grid:
    study = results.study
    return Grid(
        caption=f"{word.capitalize()} in each round, final epoch, in percent",
        columns=(Column("Round", "text"), *(Column(variant.name) for variant in study.variants)),
        rows=tuple(
            (str(n + 1), *(round_cell(results, variant, n) for variant in study.variants))
            for n in range(study.rounds)
        ),
    )
