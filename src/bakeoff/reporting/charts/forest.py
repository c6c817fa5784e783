"""A forest plot: the paired differences behind a study's claims, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.claims.pairs import Difference, claimed_differences, differences_from
from bakeoff.claims.verdicts import Outcome, Verdict
from bakeoff.data.metric import Metric
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Cell, Column, Figure, Interval, Number, Row, TableBlock
from bakeoff.reporting.text.cells import text
from bakeoff.reporting.text.numbers import counted, differences_in
from bakeoff.reporting.text.words import Printing, called

MOST = 20
"""The most differences drawn; the table has all."""

_CLAIMED: dict[Outcome, str] = {
    "supported": "supported",
    "contradicted": "contradicted",
    "undecided": "undecided",
}
_PLAIN: dict[Outcome, str] = {
    "supported": "first better",
    "contradicted": "second better",
    "undecided": "not significant",
}
_COLOURS = (PAGE.supported, PAGE.contradicted, PAGE.undecided)
_SHAPES = ("circle", "square", "diamond")


def forest(results: Results, judged: Iterable[Verdict]) -> Figure | None:
    """Returns the differences behind the claims, None if no two variants share a round.

    If no claim compares variants in pairs, every variant is compared with the study's first. It is
    not compared with the best: the same rounds say which that is, and would flatter it.
    """
    every = claimed_differences(judged)
    claimed = any(row.evidence.estimate is not None for row in every)
    reference = results.study.variants[0].name
    if not claimed:
        every = differences_from(results, reference)
    metric = results.study.metric
    # One axis has one scale.
    measured = [
        row for row in every if row.evidence.estimate is not None and row.contrast.metric == metric
    ]
    if not measured:
        return None
    words = _CLAIMED if claimed else _PLAIN
    shown = drawn_rows(measured)
    reading = [*_reading(shown, "" if claimed else reference)]
    if others := sum(row.evidence.estimate is not None for row in every) - len(measured):
        reading.append(f"The table alone has {counted(others, 'difference')} in other metrics.")
    if further := len(measured) - len(shown):
        reading.append(
            f"The table alone has {counted(further, 'more difference')}: the clearest ones "
            "of the claims that have the most."
        )
    table = _table(every, words, metric, claimed=claimed)
    told = {_label(row): cells for row, cells in zip(every, table.rows, strict=True)}
    return Figure(
        name="forest",
        title="Paired differences",
        caption=f"Each mark is the typical difference of two variants in test {metric.words}, and "
        f"its line is the 95% interval, in {differences_in(metric)}.",
        chart=_chart(shown, words, table, told, results.label),
        table=table,
        reading=" ".join(reading),
    )


def drawn_rows(rows: Sequence[Difference], most: int = MOST) -> list[Difference]:
    """Returns at most so many rows: the clearest rows of the claims with the most rows are dropped.

    No claim loses its last row before every other claim has only one.
    """
    shown = list(rows)
    while len(shown) > most:
        by_claim: dict[str, list[Difference]] = {}
        for row in shown:
            by_claim.setdefault(row.outcomes[0][0], []).append(row)
        largest = max(by_claim.values(), key=len)
        shown.remove(max(largest, key=lambda row: row.clearness))
    return shown


def _chart(
    shown: Sequence[Difference],
    words: dict[Outcome, str],
    table: TableBlock,
    told: Mapping[str, Row],
    label: str,
) -> Any:
    import altair as alt

    bounds: list[kit.Record] = []
    bands: list[kit.Record] = []
    held: list[float] = []
    for row in shown:
        for at in _as_drawn(row, row.bounds):
            bounds.append({"row": _label(row), "from": at})
            held.append(at)
        for ends in _margins(row):
            low, high = _as_drawn(row, ends)
            bands.append({"row": _label(row), "from": low, "to": high})
            held += low, high
    reach = [end for row in shown for end in _marks(row)]
    span = kit.span(reach, origin=0.0, reach=8, also=held)
    records: list[kit.Record] = []
    arrows: list[kit.Record] = []
    for row in shown:
        named = {"row": _label(row), "outcome": words[row.outcome]}
        record, beyond = kit.placed(named, _marks(row), span)
        records.append(record)
        arrows += beyond
    outcomes = {row.outcome for row in shown}

    def by_outcome(channel: Any, looks: Sequence[str]) -> Any:
        look = {words[o]: look for o, look in zip(words, looks, strict=True) if o in outcomes}
        return kit.words(channel, "outcome", look)

    side = "\N{LEFTWARDS ARROW} second better · first better \N{RIGHTWARDS ARROW}"
    x = {field: kit.values(field, side, span) for field in ("from", "at")}
    y = kit.rows("row", [_label(row) for row in shown])
    colour = by_outcome(alt.Color, _COLOURS)

    tall: Any = {"y": y.bandPosition(0.1), "y2": alt.Y2("row:N", bandPosition=0.9)}
    layers = [
        kit.chart(bands).mark_rect(fillOpacity=0.18).encode(x=x["from"], x2="to:Q", **tall),
        kit.chart([{"from": 0}]).mark_rule(color=PAGE.quiet).encode(x=x["from"]),
        kit.chart(records)
        .mark_rule(strokeWidth=3)
        .encode(x=x["from"], x2="to:Q", y=y, color=colour),
        kit.chart(records)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(x=x["at"], y=y, color=colour, shape=by_outcome(alt.Shape, _SHAPES)),
        kit.chart(arrows)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(x=x["at"], y=y, color=colour, shape=alt.Shape("arrow:N", scale=None)),
        kit.chart(bounds)
        .mark_rule(color=PAGE.ink, strokeWidth=2, strokeDash=[3, 2])
        .encode(x=x["from"], **tall),
        kit.hover_rows(table, {_label(row): told[_label(row)] for row in shown}, y),
    ]
    filled = [layer for layer in layers if layer.data.values]
    return kit.layered(filled, "Paired differences", label, kit.ROW * len(shown))


def _reading(shown: Sequence[Difference], reference: str) -> Iterator[str]:
    unit = shown[0].contrast.unit
    yield (
        "The first variant is better right of 0, the second left of 0. The difference is taken "
        f"over the {unit}s that both have run; six {unit}s or more give an interval."
    )
    if reference:
        yield (
            f"Every variant is compared with {reference}, the study's first, by a signed-rank test "
            "at 5% with Holm's correction over all of these tests."
        )
    else:
        yield (
            "The claims about a pair stand before it, and the mark shows their verdict if all have "
            "the same. An interval that excludes 0 does not decide a claim by itself: a claim "
            "may need several comparisons, and is one of several claims."
        )
    if any(row.bounds for row in shown):
        yield "A dashed line is the least gain that a claim states."
    if any(row.margins for row in shown):
        yield "A grey band is the margin within which a claim holds two variants equal."
    yield "An arrow at the edge marks a value or an interval that continues beyond the axis."
    if any(row.diverged for row in shown):
        yield "A diverged trial counts as worse than any other."


def _table(
    rows: Sequence[Difference], words: dict[Outcome, str], metric: Metric, *, claimed: bool
) -> TableBlock:
    fields: list[tuple[Column, Callable[[Difference], Cell]]] = [
        (Column("First vs second", "text"), _pair),
        (Column("First better by"), lambda row: _number(row, row.evidence.estimate)),
        (Column("95% interval"), lambda row: _interval(row, row.evidence.interval)),
    ]
    if any(row.bounds for row in rows):
        bounds = Column("Claimed bound", weight=1)
        fields.append((bounds, lambda row: _one([_number(row, bound) for bound in row.bounds])))
    if any(row.margins for row in rows):
        within = Column("Claimed: within", weight=1)
        fields.append((within, lambda row: _one([_interval(row, e) for e in _margins(row)])))
    rounds = Column(f"{rows[0].contrast.unit.capitalize()}s")
    fields.append((rounds, lambda row: Number(row.evidence.n, "count")))
    if any(row.diverged for row in rows):
        diverged = Column("Diverged trials", weight=2)
        fields.append((diverged, lambda row: Number(row.diverged, "count")))
    claims = Column("Claims" if claimed else "Result", "text")
    fields.append((claims, lambda row: _outcomes(row, words)))
    unit = f", in {differences_in(metric)}" if metric.unit else ""
    caption = f"Paired differences in test {metric.words}{unit}, unless stated otherwise"
    return TableBlock.of("forest", caption, rows, *fields, sortable=True)


def _one(cells: Sequence[Number | Interval]) -> Cell:
    """Returns the cell itself for one, text for several, None for none."""
    return cells[0] if len(cells) == 1 else "; ".join(map(text, cells)) or None


def _number(row: Difference, value: float | None) -> Number:
    within = None if value is None else Printing.of(row.contrast).within(value)
    return Number(within, "difference", row.contrast.metric)


def _interval(row: Difference, ends: tuple[float, float] | None) -> Interval:
    scale = Printing.of(row.contrast)
    within = None if ends is None else (scale.within(ends[0]), scale.within(ends[1]))
    return Interval(within, "difference", row.contrast.metric)


def _margins(row: Difference) -> list[tuple[float, float]]:
    return [(centre - margin, centre + margin) for centre, margin in row.margins]


def _marks(row: Difference) -> tuple[float, ...]:
    """Returns estimate and ends as an axis has them; without an interval the estimate alone."""
    return _as_drawn(row, (row.evidence.estimate or 0.0, *(row.evidence.interval or ())))


def _as_drawn(row: Difference, values: Sequence[float]) -> tuple[float, ...]:
    scale = Printing.of(row.contrast)
    return tuple(kit.drawn(scale.within(value), scale.metric) for value in values)


def _pair(row: Difference) -> str:
    return f"{row.first} vs {row.second}{called(row.contrast)}"


def _label(row: Difference) -> str:
    """Returns ``"Z2, Z3: BN vs DP"`` in two lines."""
    claims = ", ".join(name for name, _ in row.outcomes if name)
    first = f"{claims}: {row.first}" if claims else row.first
    return f"{first}\nvs {row.second}{called(row.contrast)}"


def _outcomes(row: Difference, words: dict[Outcome, str]) -> str:
    """Returns ``"Z2 supported, Z3 undecided"``."""
    return ", ".join(f"{name} {words[outcome]}".strip() for name, outcome in row.outcomes)
