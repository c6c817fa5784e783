"""Mean ranks of variants, and groups without a significant difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bakeoff.analysis import ranks as analysis
from bakeoff.analysis.ranks import Ranks
from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Cell, Column, Figure, Number, TableBlock
from bakeoff.reporting.text.cells import p_text
from bakeoff.reporting.text.numbers import counted, listed

MOST, MOST_GROUPS = 30, 12
"""The most variants drawn, the best ones; and the most groups drawn as lines."""

_ALIKE, _WORSE = "best, or not significantly different", "worse than the best"


def ranks(results: Results) -> Figure | None:
    """Returns the ranks of final test values, None if `analysis.ranks` has none."""
    ranking = analysis.ranks(results)
    if ranking is None:
        return None
    metric = results.study.metric
    table = _table(ranking, metric)
    return Figure(
        name="ranks",
        title="Mean ranks, and significant differences",
        caption=f"Each point is a variant's mean rank by test {metric.words} over "
        f"{counted(len(ranking.rounds), ranking.unit)}; 1 is the best.",
        chart=_chart(ranking, table, results.label),
        table=table,
        reading=" ".join(_reading(ranking)),
    )


def _groups(ranking: Ranks) -> tuple[tuple[int, ...], ...]:
    """Returns the groups that are drawn and numbered: all or none."""
    few = len(ranking.variants) <= MOST and len(ranking.groups) <= MOST_GROUPS
    return ranking.groups if few else ()


def _chart(ranking: Ranks, table: TableBlock, label: str) -> Any:
    import altair as alt

    shown, groups = ranking.variants[:MOST], _groups(ranking)
    last = ranking.means[len(shown) - 1]
    step = 0.04 * last
    records: list[kit.Record] = [
        {
            "variant": name,
            "mean": mean,
            "standing": _ALIKE if place in ranking.best else _WORSE,
        }
        for place, (name, mean) in enumerate(zip(shown, ranking.means, strict=False))
    ]
    members: list[kit.Record] = [
        {"variant": ranking.variants[place], "group": number, "at": last + step * (number + 0.5)}
        for number, group in enumerate(groups, start=1)
        for place in group
    ]
    span = (1 - step, last + step * (len(groups) + 1))
    title = f"Mean rank over {counted(len(ranking.rounds), ranking.unit)}, 1 is the best"
    ticks = {"tickMinStep": 1, "tickCount": 8, "format": "d"}
    x = {field: kit.values(field, title, span, **ticks) for field in ("mean", "at")}
    y = kit.rows("variant", shown)

    dots = kit.chart(records).mark_point(size=80, strokeWidth=2, opacity=1)
    lines = kit.chart(members).mark_line(
        strokeWidth=2, color=PAGE.quiet, point={"color": PAGE.quiet, "size": 40}
    )
    layers = [
        dots.encode(
            x=x["mean"],
            y=y,
            stroke=kit.words(
                alt.Stroke, "standing", {_ALIKE: PAGE.accent, _WORSE: PAGE.quiet}, columns=1
            ),
            fill=kit.words(
                alt.Fill, "standing", {_ALIKE: PAGE.accent, _WORSE: PAGE.paper}, columns=1
            ),
        ),
        *([lines.encode(x=x["at"], y=y, detail="group:N")] if members else []),
        kit.hover_rows(table, dict(zip(shown, table.rows, strict=False)), y),
    ]
    return kit.layered(layers, "Mean ranks", label, 24 * len(shown))


def _reading(ranking: Ranks) -> Iterator[str]:
    unit = ranking.unit
    yield (
        f"The variants are ranked in each {unit} by their final test value. {ranking.apart} of "
        f"{counted(ranking.pairs, 'pair')} differ by the signed-rank test at 5%, with Holm's "
        "correction over all pairs."
    )
    if _groups(ranking):
        yield (
            "A line on the right joins variants without a significant difference, with a dot for "
            "each of them. Its place along the axis has no meaning."
        )
    elif ranking.groups or ranking.pairs < len(ranking.variants) * (len(ranking.variants) - 1) // 2:
        yield "There are too many variants to join those without a significant difference by lines."
    if len(ranking.variants) > MOST:
        yield f"The {MOST} best of {len(ranking.variants):,} are drawn; the table has all."
    if ranking.friedman is not None:
        yield f"Friedman's test of equal ranks: {p_text(ranking.friedman)}."
    yield f"The {unit}s are of one task: the ranks say nothing about other tasks."
    if ranking.diverged:
        verb = "is" if ranking.diverged == 1 else "are"
        yield f"Diverged trials rank as the worst; there {verb} {ranking.diverged:,}."
    if ranking.left_out:
        more = len(ranking.left_out) - MOST
        some = [*ranking.left_out[:MOST], *([f"{more:,} more"] if more > 0 else [])]
        yield f"Variants with fewer {unit}s are left out: {listed(some)}."


def _table(ranking: Ranks, metric: Metric) -> TableBlock:
    groups = _groups(ranking)

    def of(place: int) -> Cell:
        return ", ".join(f"{n}" for n, group in enumerate(groups, 1) if place in group) or None

    numbered = "; variants of one group do not differ significantly" if groups else ""
    return TableBlock.of(
        "ranks",
        f"Mean ranks by final test {metric.words} over "
        f"{counted(len(ranking.rounds), ranking.unit)}, 1 is the best{numbered}",
        range(len(ranking.variants)),
        (Column("Variant", "text"), lambda place: ranking.variants[place]),
        (Column("Mean rank"), lambda place: Number(round(ranking.means[place], 2))),
        (
            Column("Best, or not significantly different", "text"),
            lambda place: "yes" if place in ranking.best else "no",
        ),
        *([(Column("Groups", "text", weight=1), of)] if groups else []),
        sortable=True,
    )
