"""Two variants head to head: the lead in each round."""

from __future__ import annotations

from dataclasses import replace
from math import isinf
from typing import Any

from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE, Style
from bakeoff.reporting.section import Figure, Interval, Keys, Number, Row, TableBlock
from bakeoff.reporting.text.numbers import differences_in
from bakeoff.reporting.text.words import Printing, named

A, B, LEVEL, TYPICAL = "A better", "B better", "level", "typical"
KEYS: Keys = {A: Style(0, ()), B: Style(1, ())}


def leads(pair: HeadToHead, table: TableBlock) -> Figure | None:
    """Returns the leads of the first after the final epoch, with the table of rounds.

    It is None if they share no round.
    """
    final, metric = pair.final, pair.metric
    estimate, interval = final.evidence.estimate, final.evidence.interval
    if not final.leads:
        return None
    within, unit = Printing(metric).within, final.contrast.unit
    ends = None if interval is None else (within(interval[0]), within(interval[1]))
    typical = Number(None if estimate is None else within(estimate), "difference", metric)
    rounds = [f"{place + 1}" for place in final.rounds]
    last = [Row(("Typical lead", None, None, typical))]
    if ends is not None:
        last.append(Row(("95% interval", None, None, Interval(ends, "difference", metric))))
    table = replace(table, name="leads", rows=(*table.rows, *last))
    reading = (
        f"{named(pair.first)} is A, and {named(pair.second)} is B. A is better "
        "right of 0, B left of 0."
    )
    if any(map(isinf, (*final.leads, *(ends or ())))):
        reading += " An arrow at the edge is infinite: a diverged trial is worse than any other."
    return Figure(
        name="leads",
        title=f"Lead of A in each {unit}",
        caption=f"Each point is the lead of A in one {unit}, in {differences_in(metric)}; the "
        f"diamond below is the typical lead{' with its 95% interval' if ends else ''}.",
        chart=_chart(pair, table, dict(zip(rounds, final.leads, strict=True)), typical, ends),
        table=table,
        reading=reading,
        keys=KEYS,
    )


def _chart(
    pair: HeadToHead,
    table: TableBlock,
    by_round: dict[str, float],
    typical: Number,
    ends: tuple[float, float] | None,
) -> Any:
    import altair as alt

    metric, unit = pair.metric, pair.final.contrast.unit
    lead = {name: kit.drawn(value, metric) for name, value in by_round.items()}
    middle = [] if typical.value is None else [kit.drawn(typical.value, metric)]
    reach = [*middle, *(kit.drawn(end, metric) for end in ends or ())]
    span = kit.span([*lead.values(), *reach], origin=0.0, reach=float("inf"))
    records: list[kit.Record] = []
    arrows: list[kit.Record] = []
    for name, value in lead.items():
        side = A if value > 0 else B if value < 0 else LEVEL
        record, beyond = kit.placed({"row": name, "variant": side}, [value], span)
        records.append(record)
        arrows += beyond
    below: list[kit.Record] = []
    if reach:
        record, beyond = kit.placed({"row": TYPICAL, "variant": TYPICAL}, reach, span)
        below.append(record)
        arrows += beyond

    side = "\N{LEFTWARDS ARROW} B better · A better \N{RIGHTWARDS ARROW}"
    x = {field: kit.values(field, side, span) for field in ("from", "at")}
    every = -(-len(lead) // 20)
    y = kit.rows("row", [*lead, TYPICAL], values=[*list(lead)[::every], TYPICAL])
    colours = alt.Scale(
        domain=[*KEYS, LEVEL, TYPICAL],
        range=[*(PAGE.series[key.colour] for key in KEYS.values()), PAGE.quiet, PAGE.ink],
    )
    base = {"y": y, "color": alt.Color("variant:N", scale=colours, legend=None)}

    layers = [
        kit.chart([{"from": 0}]).mark_rule(color=PAGE.quiet).encode(x=x["from"]),
        kit.chart(below).mark_rule(strokeWidth=3).encode(x=x["from"], x2="to:Q", **base),
        kit.chart(records).mark_point(filled=True, size=60, opacity=1).encode(x=x["at"], **base),
        kit.chart(below)
        .mark_point(filled=True, size=130, opacity=1, shape="diamond")
        .encode(x=x["at"], **base),
        kit.chart(arrows)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(x=x["at"], shape=alt.Shape("arrow:N", scale=None), **base),
        kit.hover_rows(table, dict(zip([*lead, TYPICAL], table.rows, strict=False)), y),
    ]
    height = 16 * (len(lead) + 1) if every == 1 else 320
    return kit.layered(layers, f"Lead of A in each {unit}", pair.results.label, height)
