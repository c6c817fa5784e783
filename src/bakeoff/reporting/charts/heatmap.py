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

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    task, metric = drawn_task(results.study.task), results.study.metric
    is_pairs = isinstance(task, DigitPairs)
    best = f"the best by {measured_word(Quantity(), metric)}"
    figures = []
    name = best_variant(results) if is_pairs else None
    if name and (pairs := pair_errors(results, truth, name)):
        figures.append(
            _figure(
                results,
                "pair-errors",
                f"Wrong comparisons by pair of digits, %: {name}",
                "A cell is the share of wrong comparisons among the pairs of its two digits",
                f"The answers are those of {counted(pairs.rounds, 'round')} of "
                f"{named(name)}, {best}.",
                ("First digit", "Second digit"),
                pairs.classes,
                pairs.wrong,
                pairs.pairs,
            )
        )
    name = best_variant(results, digits=is_pairs)
    if name and (matrix := confusion(results, truth, name)):
        noun, nouns = "digit", "Digits"
        if isinstance(task, Classification):
            noun, nouns = "class", "Classes"
        among = " of those that read digits" if is_pairs else ""
        figures.append(
            _figure(
                results,
                "confusion",
                f"{nouns} shown and answered, %: {name}",
                f"A cell is the share of its row's {noun} that was answered as its column's {noun}",
                "Right answers have no colour. The answers are those of "
                f"{counted(matrix.rounds, 'round')} of {named(name)}, {best}{among}.",
                (f"{noun.capitalize()} shown", f"{noun.capitalize()} answered"),
                matrix.classes,
                matrix.counts,
                None,
            )
        )
    return tuple(figures)


def _figure(
    results: Results,
    name: str,
    title: str,
    caption: str,
    reading: str,
    axes: tuple[str, str],
    classes: Sequence[str],
    counts: NDArray[np.int64],
    among: NDArray[np.int64] | None,
) -> Figure:
    """Returns a heat map of the shares that counts are of other numbers.

    Without these, each row is a share of its total, and the diagonal is right answers.
    """
    import altair as alt

    down, across = axes
    right, totals = among is None, counts.sum(axis=1) if among is None else among.sum(axis=1)
    whole = np.broadcast_to(totals[:, None], counts.shape) if among is None else among
    some, of = counts.tolist(), whole.tolist()
    indices = range(len(classes))
    shares = [[some[i][j] / of[i][j] if of[i][j] else None for j in indices] for i in indices]
    records: list[kit.Record] = [
        {
            "row": classes[i],
            "column": classes[j],
            "text": "" if share is None else f"{100 * share:.{1 if 0 < share < 0.0995 else 0}f}",
            "number": f"{some[i][j]:,} of {of[i][j]:,}",
            "weight": None if right and i == j else share or None,
        }
        for i in indices
        for j in indices
        for share in (shares[i][j],)
    ]
    # Names of classes stand aslant; digits need not.
    angle = -45 if isinstance(drawn_task(results.study.task), Classification) else 0
    scale = alt.Scale(domain=list(classes), paddingInner=0.04, paddingOuter=0)
    base = kit.chart(records).encode(
        x=alt.X("column:O", title=across, scale=scale).axis(
            ticks=False, domain=False, labelOverlap=False, labelAngle=angle
        ),
        y=alt.Y("row:O", title=down, scale=scale).axis(ticks=False, domain=False),
        tooltip=kit.tooltips({"row": down, "column": across, "number": "Here"}),
    )
    strength = alt.Scale(domainMin=0, range=[0.04, STRONGEST])
    layers = [
        base.mark_rect(fill=PAGE.raised, cornerRadius=2),
        base.mark_rect(fill=PAGE.series[0], cornerRadius=2)
        .encode(fillOpacity=alt.FillOpacity("weight:Q", scale=strength, legend=None))
        .transform_filter("isValid(datum.weight)"),
        base.mark_text(fontSize=10.5).encode(text="text:N"),
    ]
    rows = (
        Row((row, *(Number(share, metric=Error()) for share in shared), Number(total, "count")))
        for row, shared, total in zip(classes, shares, totals.tolist(), strict=True)
    )
    return Figure(
        name=name,
        title=title,
        caption=f"{caption}; a stronger colour is a larger share"
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
