"""What is taken for what, as heat maps of classes with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bakeoff.analysis.answers.confusion import (
    Confusion,
    PairErrors,
    best_variant,
    confusion,
    pair_errors,
)
from bakeoff.analysis.results import Results
from bakeoff.data.metrics import Accuracy, Error
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import DigitPairs
from bakeoff.data.truth import TruthOf, drawn_task
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Column, Figure, Row, Table, Value
from bakeoff.reporting.text.numbers import counted, measured_word
from bakeoff.reporting.text.words import named
from bakeoff.study.published import Quantity

if TYPE_CHECKING:
    import altair as alt

STRONGEST = 0.6
"""The opacity of the largest value: on it the text keeps a contrast of 4.5 in both themes."""


def confusions(results: Results, truth: TruthOf) -> tuple[Figure, ...]:
    """Return what the best variant takes for what; none where no round of such a task has finished.

    Of `DigitPairs` there are the pairs of digits that it compares wrongly and, by the best of the
    variants that read digits, what digits are taken for.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    task = drawn_task(results.study.task)
    pairs = isinstance(task, DigitPairs)
    best = f", the best by {measured_word(Quantity(), results.study.metric)}"
    figures = []
    if pairs and (name := best_variant(results)) and (wrong := pair_errors(results, truth, name)):
        figures.append(_pairs(wrong, best, results))
    if (name := best_variant(results, digits=pairs)) and (found := confusion(results, truth, name)):
        noun = "class" if isinstance(task, Classification) else "digit"
        whose = f"{best} of those that read digits" if pairs else best
        figures.append(_classes(found, noun, whose, results))
    return tuple(figures)


def _pairs(found: PairErrors, best: str, results: Results) -> Figure:
    names, places = found.classes, range(len(found.classes))
    shares = [
        [int(found.wrong[i, j]) / n if (n := int(found.pairs[i, j])) else None for j in places]
        for i in places
    ]
    title = f"Wrong comparisons by pair of digits, %: {found.variant}"
    records: list[kit.Record] = [
        {
            "row": names[i],
            "column": names[j],
            "text": "" if (share := shares[i][j]) is None else f"{100 * share:.2g}",
            "told": f"{found.wrong[i, j]:,} of {found.pairs[i, j]:,} wrong",
            "weight": share or None,
        }
        for i in places
        for j in places
    ]
    return Figure(
        name="pair-errors",
        title=title,
        caption="A cell is the share of wrong comparisons among the pairs of these two digits; "
        "the stronger its colour, the larger it is.",
        chart=_map(records, names, "First digit", "Second digit", title, results),
        table=Table(
            name="pair-errors",
            caption=f"Wrong comparisons of {found.variant} by first digit (rows) and second digit "
            "(columns), in percent of these pairs",
            columns=(Column("First", "text"), *map(Column, names)),
            rows=tuple(
                Row((name, *(Value(share, metric=Error()) for share in row)))
                for name, row in zip(names, shares, strict=True)
            ),
        ),
        reading=f"It adds up {_whose(found, best)}.",
    )


def _classes(found: Confusion, noun: str, best: str, results: Results) -> Figure:
    names, places, counts = found.classes, range(len(found.classes)), found.counts.tolist()
    shown = [max(sum(row), 1) for row in counts]
    many = "Classes" if noun == "class" else f"{noun.capitalize()}s"
    title = f"{many} by what they were taken for: {found.variant}"
    records: list[kit.Record] = [
        {
            "row": names[i],
            "column": names[j],
            "text": (f"{n}" if n < 10_000 else f"{n / 1000:.0f}k") if (n := counts[i][j]) else "",
            "told": f"{n:,} of {sum(counts[i]):,}, {100 * n / shown[i]:.2f}%",
            "weight": None if i == j or not n else n / shown[i],
        }
        for i in places
        for j in places
    ]
    return Figure(
        name="confusion",
        title=title,
        caption=f"A cell counts how often the {noun} of its row was taken for the {noun} of its "
        "column; the stronger its colour, the larger a share of its row it is.",
        chart=_map(
            records,
            names,
            f"{noun.capitalize()} shown",
            f"{noun.capitalize()} answered",
            title,
            results,
        ),
        table=Table(
            name="confusion",
            caption=f"{many} shown (rows) by what {found.variant} took them for (columns)",
            columns=(Column("Shown", "text"), *map(Column, names), Column("Right, %")),
            rows=tuple(
                Row(
                    (
                        names[i],
                        *(Value(n, "count") for n in counts[i]),
                        Value(counts[i][i] / shown[i], metric=Accuracy())
                        if sum(counts[i])
                        else None,
                    )
                )
                for i in places
            ),
        ),
        reading=f"Right answers have no colour. It adds up {_whose(found, best)}.",
    )


def _whose(found: Confusion | PairErrors, best: str) -> str:
    """Return whose rounds are drawn: ``"15 rounds of CNN, the best by test error"``."""
    return f"{counted(found.rounds, 'round')} of {named(found.variant)}{best}"


def _map(
    records: Sequence[kit.Record],
    names: Sequence[str],
    down: str,
    across: str,
    title: str,
    results: Results,
) -> alt.LayerChart:
    """Return a heat map: cells with ``row``, ``column``, ``text``, ``told`` and ``weight``."""
    import altair as alt

    scale = alt.Scale(domain=list(names), paddingInner=0.04, paddingOuter=0)
    # Long names of columns stand aslant.
    angle = 0 if sum(map(len, names)) <= 40 else -45
    base = alt.Chart(kit.inline(records)).encode(
        x=alt.X("column:O", title=across, scale=scale).axis(
            ticks=False, domain=False, labelOverlap=False, labelAngle=angle
        ),
        y=alt.Y("row:O", title=down, scale=scale).axis(ticks=False, domain=False),
        tooltip=[
            alt.Tooltip("row:O", title=down),
            alt.Tooltip("column:O", title=across),
            alt.Tooltip("told:N", title="Here"),
        ],
    )
    strength = alt.Scale(domainMin=0, range=[0.04, STRONGEST])
    layers = [
        base.mark_rect(fill=PAGE.raised, cornerRadius=2),
        base.mark_rect(fill=PAGE.series[0], cornerRadius=2)
        .encode(fillOpacity=alt.FillOpacity("weight:Q", scale=strength, legend=None))
        .transform_filter("isValid(datum.weight)"),
        base.mark_text(fontSize=10.5).encode(text="text:N"),
    ]
    return kit.layered(layers, title, results.label, 320)
