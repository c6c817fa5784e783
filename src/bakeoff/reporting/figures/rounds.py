"""The final test figure of every round: as box plots, and round by round."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.analysis.table import FINAL
from bakeoff.reporting.figures.figure import (
    Figure,
    Record,
    colour,
    dash,
    hover_bands,
    in_percent,
    inline,
    whole_numbers,
)
from bakeoff.reporting.figures.lanes import (
    LOWER,
    UPPER,
    lane,
    lanes_height,
    name_layers,
    value_axis,
)
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import measured_word
from bakeoff.study.study import names
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

_FIVE = ("low", "q1", "median", "q3", "high")
_FIVE_NAMES = ("Smallest", "Lower quartile", "Median", "Upper quartile", "Largest")

BOX = 0.3
"""The height of a box, in lanes."""


def box_figure(results: Results) -> Figure | None:
    """Return a box for each variant over its rounds, None where no round has a figure."""
    import altair as alt

    boxes = list(_boxes(results))
    if not boxes:
        return None
    study, word = results.study, measured_word(FINAL, results.study.measure)
    x = {
        field: value_axis(field, f"{word.capitalize()}, final epoch, %")
        for field in ("low", "q1", "median", "value")
    }
    fields = dict(zip(_FIVE, _FIVE_NAMES, strict=True))
    base = alt.Chart(inline(boxes)).encode(
        color=colour(study, legend=False),
        tooltip=[
            alt.Tooltip("variant:N", title="Variant"),
            *(alt.Tooltip(f"{f}:Q", title=name, format=".2f") for f, name in fields.items()),
        ],
    )
    dots = alt.Chart(inline(_points(results))).mark_point(filled=True, size=18, opacity=0.6)
    stroke = alt.Stroke("variant:N", scale=alt.Scale(domain=names(study.variants)), legend=None)
    layers = [
        *name_layers(study),
        base.mark_rule(strokeWidth=1.5).encode(x=x["low"], x2="high:Q", y=lane("y", study)),
        base.mark_rect(fillOpacity=0.22, strokeWidth=1.5, cornerRadius=2).encode(
            x=x["q1"], x2="q3:Q", y=lane("top", study), y2="bottom:Q", stroke=stroke
        ),
        base.mark_rule(strokeWidth=3).encode(x=x["median"], y=lane("top", study), y2="bottom:Q"),
        dots.encode(
            x=x["value"],
            y=lane("y", study),
            color=colour(study, legend=False),
            tooltip=[
                alt.Tooltip("variant:N", title="Variant"),
                alt.Tooltip("round:Q", title="Round"),
                alt.Tooltip("value:Q", title=word.capitalize(), format=".2f"),
            ],
        ),
    ]
    titled = alt.TitleParams(f"{word.capitalize()} over rounds", subtitle=results.label)
    return Figure(
        name="boxes",
        title=f"Spread of the {word} over rounds",
        description="A box for each variant: the line inside is the median round, the box holds "
        "the middle half of the rounds, the whiskers reach the smallest and the largest. The dots "
        "under it are the rounds.",
        chart=alt.LayerChart(layer=layers, title=titled).properties(
            width="container", height=lanes_height(study)
        ),
        grid=_box_grid(boxes, word),
    )


def rounds_figure(results: Results) -> Figure | None:
    """Return every variant's figure in every round, None where no round has one."""
    import altair as alt

    points = list(_points(results))
    if not points:
        return None
    study, word = results.study, measured_word(FINAL, results.study.measure)
    grid = _round_grid(results, word)
    x = alt.X(
        "round:Q",
        title="Round",
        scale=alt.Scale(domain=[0.5, study.rounds + 0.5], nice=False),
        axis=alt.Axis(values=whole_numbers(study.rounds, most=15), format="d"),
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=True, padding=6))
    lines = alt.Chart(inline(_points(results, with_gaps=True))).mark_line(
        strokeWidth=1.5, opacity=0.45
    )
    dots = alt.Chart(inline(points)).mark_point(filled=True, size=48, opacity=1)
    layers = [
        lines.encode(x=x, y=y, color=colour(study), strokeDash=dash(study)),
        dots.encode(x=x, y=y, color=colour(study)),
        hover_bands(grid),
    ]
    if crosses := list(_crosses(results)):
        marks = alt.Chart(inline(crosses)).mark_point(
            shape="cross", angle=45, filled=True, size=90, opacity=1
        )
        layers.append(marks.encode(x=x, y=alt.value(4), color=colour(study)))
    titled = alt.TitleParams(f"{word.capitalize()} in each round, %", subtitle=results.label)
    return Figure(
        name="rounds",
        title=f"{word.capitalize()} in each round, %",
        description="A dot for each variant in each round, after the last epoch; in one round all "
        "variants see the same data, so dots above one another are a fair pair."
        + (" A cross at the top is a diverged trial." if results.diverged else ""),
        chart=alt.LayerChart(layer=layers, title=titled).properties(width="container", height=260),
        grid=grid,
    )


def _values(results: Results, variant: Variant) -> list[float]:
    found = (_value(results, history) for history in results.of(variant))
    return [value for value in found if value is not None]


def _value(results: Results, history: History | None) -> float | None:
    return in_percent(value_of(history, FINAL), "error", results.study.measure)


def _boxes(results: Results) -> Iterator[Record]:
    for place, variant in enumerate(results.study.variants):
        if values := _values(results, variant):
            five = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
            yield {
                "variant": variant.name,
                "y": place + UPPER,
                "top": place + UPPER - BOX / 2,
                "bottom": place + UPPER + BOX / 2,
                **dict(zip(_FIVE, five, strict=True)),
            }


def _points(results: Results, *, with_gaps: bool = False) -> Iterator[Record]:
    lanes = {name: place + LOWER + 0.03 for place, name in enumerate(results.histories)}
    for variant, number, history in results.places():
        value = _value(results, history)
        if value is not None or with_gaps:
            yield {
                "variant": variant.name,
                "round": number + 1,
                "value": value,
                "y": lanes[variant.name],
            }


def _crosses(results: Results) -> Iterator[Record]:
    # Side by side, lest trials that diverged in the same round hide one another.
    step = 0.6 / len(results.study.variants)
    for variant, number, history in results.places():
        if history is not None and history.status == "diverged":
            place = names(results.study.variants).index(variant.name)
            yield {"variant": variant.name, "round": number + 1 + (place + 0.5) * step - 0.3}


def round_cell(results: Results, variant: Variant, number: int) -> str:
    """Return a trial's final test figure in percent, or why it has none."""
    history = results.of(variant)[number]
    if history is None:
        return "not run"
    value = _value(results, history)
    return history.status if value is None else f"{value:.2f}"


def _box_grid(boxes: list[Record], word: str) -> Grid:
    return Grid(
        caption=f"{word.capitalize()} over rounds, final epoch, in percent",
        columns=(Column("Variant", "text"), *(Column(name) for name in _FIVE_NAMES)),
        rows=tuple(
            (str(box["variant"]), *(f"{box[field]:.2f}" for field in _FIVE)) for box in boxes
        ),
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
