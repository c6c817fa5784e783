"""Mean ranks of variants, and groups without a significant difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bakeoff.analysis.ranks import Ranks
from bakeoff.analysis.ranks import ranks as ranked
from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Cell, Column, Figure, Number, Row, TableBlock
from bakeoff.reporting.text.cells import text
from bakeoff.reporting.text.numbers import counted, listed

MOST, MOST_GROUPS = 30, 12
"""The most variants drawn, the best ones; and the most groups drawn as lines."""

_ALIKE, _WORSE = "best, or not significantly different", "worse than the best"


def ranks(results: Results) -> Figure | None:
    """Returns the ranks of final test values, None if `analysis.ranks` has none."""
    found = ranked(results)
    if found is None:
        return None
    metric = results.study.metric
    return Figure(
        name="ranks",
        title="Mean ranks, and significant differences",
        caption=f"Each point is a variant's mean rank by test {metric.words} over "
        f"{counted(len(found.rounds), found.unit)}; 1 is the best.",
        chart=_chart(found, results.label),
        table=_table(found, metric),
        reading=" ".join(_reading(found)),
    )


def _groups(found: Ranks) -> tuple[tuple[int, ...], ...]:
    """Returns the groups that are drawn and numbered: all or none."""
    few = len(found.variants) <= MOST and len(found.groups) <= MOST_GROUPS
    return found.groups if few else ()


def _chart(found: Ranks, label: str) -> Any:
    import altair as alt

    shown, groups = found.variants[:MOST], _groups(found)
    last = found.means[len(shown) - 1]
    step = 0.04 * last
    records: list[kit.Record] = [
        {
            "variant": name,
            "mean": mean,
            "rank": f"{mean:.2f}",
            "standing": _ALIKE if place in found.best else _WORSE,
        }
        for place, (name, mean) in enumerate(zip(shown, found.means, strict=False))
    ]
    members: list[kit.Record] = [
        {"variant": found.variants[place], "group": number, "at": last + step * (number + 0.5)}
        for number, group in enumerate(groups, start=1)
        for place in group
    ]
    span = (1 - step, last + step * (len(groups) + 1))
    ticks = [1, *(tick for tick in kit.whole_numbers(int(last), most=8) if tick > 1)]
    title = f"Mean rank over {counted(len(found.rounds), found.unit)}, 1 is the best"
    x = {f: kit.values(f, title, span, values=ticks, format="d") for f in ("mean", "at")}
    y = kit.rows("variant", shown)

    def standing(channel: Any, alike: str, worse: str) -> Any:
        scale = alt.Scale(domain=[_ALIKE, _WORSE], range=[alike, worse])
        return channel("standing:N", scale=scale, legend=alt.Legend(orient="top", columns=1))

    dots = alt.Chart(kit.inline(records)).mark_point(size=80, strokeWidth=2, opacity=1)
    lines = alt.Chart(kit.inline(members)).mark_line(
        strokeWidth=2, color=PAGE.quiet, point={"color": PAGE.quiet, "size": 40}
    )
    layers = [
        dots.encode(
            x=x["mean"],
            y=y,
            stroke=standing(alt.Stroke, PAGE.accent, PAGE.quiet),
            fill=standing(alt.Fill, PAGE.accent, PAGE.paper),
        ),
        *([lines.encode(x=x["at"], y=y, detail="group:N")] if members else []),
        kit.hover_rows(
            records, y, {"variant": "Variant", "rank": "Mean rank", "standing": "It is"}
        ),
    ]
    return kit.layered(layers, "Mean ranks", label, 24 * len(shown))


def _reading(found: Ranks) -> Iterator[str]:
    unit = found.unit
    yield (
        f"The variants are ranked in each {unit} by their final test value. {found.apart} of "
        f"{counted(found.pairs, 'pair')} differ by the signed-rank test at 5%, with Holm's "
        "correction over all pairs."
    )
    if _groups(found):
        yield (
            "A line on the right joins variants without a significant difference, with a dot for "
            "each of them. Its place along the axis has no meaning."
        )
    elif found.groups or found.pairs < len(found.variants) * (len(found.variants) - 1) // 2:
        yield "There are too many variants to join those without a significant difference by lines."
    if len(found.variants) > MOST:
        yield f"The {MOST} best of {len(found.variants):,} are drawn; the table has all."
    if found.friedman is not None:
        p = text(Number(found.friedman, "p"))
        yield f"Friedman's test of equal ranks: p {p if p.startswith('<') else f'= {p}'}."
    yield f"The {unit}s are of one task: the ranks say nothing about other tasks."
    if found.diverged:
        yield f"Diverged trials rank as the worst; there are {found.diverged:,}."
    if found.left_out:
        more = len(found.left_out) - MOST
        some = [*found.left_out[:MOST], *([f"{more:,} more"] if more > 0 else [])]
        yield f"Variants with fewer {unit}s are left out: {listed(some)}."


def _table(found: Ranks, metric: Metric) -> TableBlock:
    groups = _groups(found)

    def cells(place: int) -> Iterator[Cell]:
        yield found.variants[place]
        yield Number(round(found.means[place], 2))
        yield "yes" if place in found.best else "no"
        if groups:
            theirs = [f"{n}" for n, group in enumerate(groups, start=1) if place in group]
            yield ", ".join(theirs) or None

    numbered = "; variants of one group do not differ significantly" if groups else ""
    return TableBlock(
        name="ranks",
        caption=f"Mean ranks by final test {metric.words} over "
        f"{counted(len(found.rounds), found.unit)}, 1 is the best{numbered}",
        columns=(
            Column("Variant", "text"),
            Column("Mean rank"),
            Column("Best, or not significantly different", "text"),
            *([Column("Groups", "text", weight=1)] if groups else []),
        ),
        rows=tuple(Row(tuple(cells(place))) for place in range(len(found.variants))),
        sortable=True,
    )
