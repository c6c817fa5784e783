"""Confusions of classes as heat maps, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.analysis.answers.confusion import best_variant, confusion, pair_errors
from bakeoff.analysis.results import Results
from bakeoff.data.metrics import Error
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import DigitPairs
from bakeoff.data.truth import TruthOf, drawn_task
from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.section import Column, Figure, Number, Row, TableBlock
from bakeoff.reporting.text.numbers import counted, measured_word
from bakeoff.reporting.text.words import named
from bakeoff.study.published import Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRONGEST = 0.6
"""The opacity of the largest value: on it the text keeps a contrast of 4.5 in both themes."""


def confusions(results: Results, truth: TruthOf) -> tuple[Figure, ...]:
    """Returns the confusions of the best variant; none if no round of such a task has finished.

    `DigitPairs` has two figures: the pairs of digits that the best variant compares wrongly, and
    the confusion of digits by the best of the variants that read digits.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    task, metric = drawn_task(results.study.task), results.study.metric
    is_pairs = isinstance(task, DigitPairs)
    best = f"the best by {measured_word(Quantity(), metric)}"
    figures = []
    if (
        is_pairs
        and (name := best_variant(results))
        and (pairs := pair_errors(results, truth, name))
    ):
        figures.append(
            _figure(
                "pair-errors",
                f"Wrong comparisons by pair of digits, %: {name}",
                "A cell is the share of wrong comparisons among the pairs of its two digits.",
                f"The answers are those of {counted(pairs.rounds, 'round')} of "
                f"{named(name)}, {best}.",
                ("First digit", "Second digit"),
                pairs.classes,
                pairs.wrong,
                pairs.pairs,
                results,
            )
        )
    if (name := best_variant(results, digits=is_pairs)) and (
        found := confusion(results, truth, name)
    ):
        one, many = (
            ("class", "Classes") if isinstance(task, Classification) else ("digit", "Digits")
        )
        among = " of those that read digits" if is_pairs else ""
        figures.append(
            _figure(
                "confusion",
                f"{many} shown and answered, %: {name}",
                f"A cell is the share of its row's {one} that was answered as its column's {one}.",
                "Right answers have no colour. The answers are those of "
                f"{counted(found.rounds, 'round')} of {named(name)}, {best}{among}.",
                (f"{one.capitalize()} shown", f"{one.capitalize()} answered"),
                found.classes,
                found.counts,
                np.repeat(found.counts.sum(axis=1, keepdims=True), len(found.classes), axis=1),
                results,
                right=True,
            )
        )
    return tuple(figures)


def _figure(
    name: str,
    title: str,
    caption: str,
    reading: str,
    axes: tuple[str, str],
    classes: Sequence[str],
    counts: NDArray[np.int64],
    among: NDArray[np.int64],
    results: Results,
    *,
    right: bool = False,
) -> Figure:
    """Returns a heat map of shares.

    Args:
        name: of the figure.
        title: of the figure.
        caption: of the figure.
        reading: of the figure.
        axes: what rows are, and columns.
        classes: the names of both.
        counts: the number of answers in each cell.
        among: the number that each cell is a share of.
        results: of the study.
        right: whether the diagonal is right answers, and a row all that there is of its class.
    """
    import altair as alt

    down, across = axes
    some, of = counts.tolist(), among.tolist()
    places = range(len(classes))
    shares = [[some[i][j] / of[i][j] if of[i][j] else None for j in places] for i in places]
    records: list[kit.Record] = [
        {
            "row": classes[i],
            "column": classes[j],
            "text": "" if share is None else f"{100 * share:.{1 if 0 < share < 0.0995 else 0}f}",
            "told": f"{some[i][j]:,} of {of[i][j]:,}",
            "weight": None if right and i == j else share or None,
        }
        for i in places
        for j in places
        for share in (shares[i][j],)
    ]
    scale = alt.Scale(domain=list(classes), paddingInner=0.04, paddingOuter=0)
    # Long names of columns stand aslant.
    angle = 0 if sum(map(len, classes)) <= 40 else -45
    base = alt.Chart(kit.inline(records)).encode(
        x=alt.X("column:O", title=across, scale=scale).axis(
            ticks=False, domain=False, labelOverlap=False, labelAngle=angle
        ),
        y=alt.Y("row:O", title=down, scale=scale).axis(ticks=False, domain=False),
        tooltip=kit.tooltips({"row": down, "column": across, "told": "Here"}),
    )
    strength = alt.Scale(domainMin=0, range=[0.04, STRONGEST])
    layers = [
        base.mark_rect(fill=PAGE.raised, cornerRadius=2),
        base.mark_rect(fill=PAGE.series[0], cornerRadius=2)
        .encode(fillOpacity=alt.FillOpacity("weight:Q", scale=strength, legend=None))
        .transform_filter("isValid(datum.weight)"),
        base.mark_text(fontSize=10.5).encode(text="text:N"),
    ]
    totals = (counts if right else among).sum(axis=1).tolist()
    rows = (
        Row((row, *(Number(share, metric=Error()) for share in shared), Number(total, "count")))
        for row, shared, total in zip(classes, shares, totals, strict=True)
    )
    return Figure(
        name=name,
        title=title,
        caption=f"{caption[:-1]}; a stronger colour is a larger share"
        f"{', except for right answers' if right else ''}.",
        chart=kit.layered(layers, title, results.label, 320),
        table=TableBlock(
            name=name,
            caption=f"{title}, by {down.lower()} (rows) and {across.lower()} (columns)",
            columns=(Column(down, "text"), *map(Column, classes), Column("All")),
            rows=tuple(rows),
        ),
        reading=reading,
    )
