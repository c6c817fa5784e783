"""Charts of single rounds: as boxes, and round by round."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bakeoff.analysis.summary import value_of
from bakeoff.reporting.charts import kit
from bakeoff.reporting.charts.view import View
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Cell, Column, Figure, Number, Row, TableBlock
from bakeoff.reporting.text.numbers import in_unit
from bakeoff.study.variant import Variant

MOST = 40
"""The most variants with a box; the table has all."""

FIVE = {
    "low": "Smallest",
    "q1": "Lower quartile",
    "median": "Median",
    "q3": "Upper quartile",
    "high": "Largest",
}


def boxes(view: View, *, name: str = "boxes", title: str = "") -> Figure | None:
    """Returns a box for each variant over its rounds, None if no round has a value."""
    import altair as alt

    metric = view.metric
    fives = dict(_fives(view))
    if not fives:
        return None
    drawn = view.best(MOST)
    records: list[kit.Record] = [
        {"variant": v.name, **{f: kit.drawn(x, metric) for f, x in fives[v.name].items()}}
        for v in drawn.variants
        if v.name in fives
    ]
    shown = [str(record["variant"]) for record in records]
    keys = {variant: style for variant, style in drawn.keys.items() if variant in shown}
    x = {
        field: alt.X(
            f"{field}:Q",
            title=view.axis,
            scale=alt.Scale(zero=False, nice=True, padding=8),
            axis=alt.Axis(grid=True, labelFlush=False, tickCount=alt.ExprRef("width / 80")),
        )
        for field in ("low", "q1", "median", "value")
    }
    y = alt.Y("variant:N", sort=shown, axis=None)
    base = kit.chart(records).encode(y=y, color=kit.colour(keys, legend=False))
    table = TableBlock(
        name=name,
        caption=f"{view.word} over rounds, {view.epoch}{in_unit(metric)}",
        columns=(Column("Variant", "text"), *map(Column, FIVE.values())),
        rows=tuple(
            Row((variant, *(Number(v, metric=metric) for v in five.values())))
            for variant, five in fives.items()
        ),
        sortable=True,
    )
    told = dict(zip(fives, table.rows, strict=True))
    dots = kit.chart(_points(drawn)).mark_point(filled=True, size=18, opacity=0.6, yOffset=18)
    layers = [
        # Names stand above their boxes, so that long names have room.
        base.mark_text(align="left", fontSize=12, yOffset=-16, limit=alt.ExprRef("width")).encode(
            x=alt.value(0), text="variant:N", color=alt.value(PAGE.ink)
        ),
        base.mark_rule(strokeWidth=1.5, yOffset=4).encode(x=x["low"], x2="high:Q"),
        base.mark_bar(size=16, yOffset=4, fillOpacity=0.22, strokeWidth=1.5, cornerRadius=2).encode(
            x=x["q1"],
            x2="q3:Q",
            stroke=alt.Stroke("variant:N", scale=kit.colour_scale(keys), legend=None),
        ),
        base.mark_tick(size=16, thickness=3, yOffset=4).encode(x=x["median"]),
        kit.hover_rows(table, {variant: told[variant] for variant in shown}, y),
        dots.encode(
            x=x["value"],
            y=y,
            color=kit.colour(keys, legend=False),
            tooltip=kit.tooltips({"variant": "Variant", "round": "Round", "value:Q": view.word}),
        ),
    ]
    heading = title or f"{view.word} over rounds"
    return Figure(
        name=name,
        title=heading,
        caption="A box holds the middle half of a variant's rounds, the thick line is the median, "
        "and each dot is a round.",
        chart=kit.layered(layers, heading, view.results.label, 54 * len(shown)),
        table=table,
        reading=kit.sentences(
            "The thin line extends from the smallest value to the largest.",
            view.left_out(drawn, view),
        ),
    )


def rounds(view: View, *, name: str = "rounds", title: str = "") -> Figure | None:
    """Returns every variant's value in every round, None if no round has one."""
    import altair as alt

    drawn = view.best()
    tabled = view.tabled(drawn)
    points = list(_points(drawn))
    if not points:
        return None
    keys, metric = drawn.keys, view.metric
    x = alt.X("round:Q", **kit.counts("Round", drawn.rounds + 0.5, ticks=15, first=0.5))
    # The study's own title may not say what is drawn.
    y = alt.Y(
        "value:Q",
        title=view.axis if title else None,
        scale=alt.Scale(zero=False, nice=True, padding=6),
    )
    lines = kit.chart(_points(drawn, gaps=True))
    dots = kit.chart(points).mark_point(filled=True, size=48, opacity=1)
    layers = [
        lines.mark_line(strokeWidth=1.5, opacity=0.45).encode(x=x, y=y, **kit.lines(keys)),
        dots.encode(x=x, y=y, color=kit.colour(keys)),
    ]
    if crosses := list(_crosses(drawn)):
        marks = kit.chart(crosses).mark_point(
            shape="cross", angle=45, filled=True, size=90, opacity=1
        )
        # At the bad end of the axis.
        end = alt.value(0 if metric.direction == "lower" else "height")
        layers.append(marks.encode(x=x, y=end, color=kit.colour(keys)))
    layers.append(kit.hover_places(name, _round_table(name, drawn)))
    heading = title or view.axis.replace(view.word, f"{view.word} in each round", 1)
    reading = kit.sentences(
        "All variants see the same data in a round, so dots above one another compare fairly.",
        "A cross is a trial that diverged." if crosses else "",
        view.left_out(drawn, tabled),
    )
    return Figure(
        name=name,
        title=heading,
        caption=f"Each dot is a variant's {view.word[0].lower()}{view.word[1:]} in one round.",
        chart=kit.layered(layers, heading, view.results.label, 260),
        table=_round_table(name, tabled),
        reading=reading,
        keys=keys if len(keys) > 1 else {},
    )


def _fives(view: View) -> Iterator[tuple[str, dict[str, float]]]:
    """Yields each variant that has values, with their five-number summary."""
    for variant in view.variants:
        histories = view.results.of(variant)
        if values := [v for h in histories if (v := value_of(h, view.quantity)) is not None]:
            five = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
            yield variant.name, dict(zip(FIVE, five, strict=True))


def _points(view: View, *, gaps: bool = False) -> Iterator[kit.Record]:
    for variant, number, history in view.trials():
        value = value_of(history, view.quantity)
        if value is not None or gaps:
            shown = None if value is None else kit.drawn(value, view.metric)
            yield {"variant": variant.name, "round": number + 1, "value": shown}


def _crosses(view: View) -> Iterator[kit.Record]:
    # The crosses of one round stand side by side, so that none hides another.
    step = 0.6 / len(view.variants)
    shifts = {v.name: (place + 0.5) * step - 0.3 for place, v in enumerate(view.variants)}
    for variant, number, history in view.trials():
        if history is not None and history.status == "diverged":
            yield {"variant": variant.name, "round": number + 1 + shifts[variant.name]}


def _round_table(name: str, view: View) -> TableBlock:
    return TableBlock(
        name=name,
        caption=f"{view.word} in each round, {view.epoch}{in_unit(view.metric)}",
        columns=(Column("Round"), *(Column(variant.name) for variant in view.variants)),
        rows=tuple(
            Row((Number(n + 1, "count"), *(_cell(view, v, n) for v in view.variants)))
            for n in range(view.rounds)
        ),
    )


def _cell(view: View, variant: Variant, number: int) -> Cell:
    """Returns a trial's value, or why it has none; None if the variant has no such round."""
    histories = view.results.of(variant)
    if number >= len(histories):
        return None
    if (history := histories[number]) is None:
        return "not run"
    value = value_of(history, view.quantity)
    return history.status if value is None else Number(value, metric=view.metric)
