"""What is taken for what, as heat maps of classes with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.analysis.answers.confusion import (
    Confusion,
    PairErrors,
    best_variant,
    confusion,
    pair_errors,
)
from bakeoff.analysis.results import Results
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import DigitPairs
from bakeoff.data.truth import TruthOf, drawn_task
from bakeoff.reporting.figures.figure import Figure, Record, inline
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.text.words import named
from bakeoff.reporting.wording import NOTHING, counted

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 320
"""Pixels, of ten rows."""

FLAT = 40
"""Characters in the names of all classes, beyond which those of the columns stand aslant."""

STRONGEST = 0.6
"""The opacity of the largest value: on it the text keeps a contrast of 4.5 in both themes."""


@dataclass(frozen=True)
class _Map:
    """A heat map: a cell for each row and column, painted as strongly as its `weight` says.

    Attributes:
        name: of the figure.
        title: of the figure.
        description: what it looks like.
        across: what the columns are.
        down: what the rows are.
        classes: the names of both.
        cells: with ``row``, ``column``, ``text``, ``told`` for a pointer, and ``weight``, None for
            a cell that is left unpainted.
        grid: the numbers.
    """

    name: str
    title: str
    description: str
    across: str
    down: str
    classes: tuple[str, ...]
    cells: tuple[Record, ...]
    grid: Grid


def confusion_figure(
    results: Results, truth: TruthOf, *, variant: str | None = None
) -> Figure | None:
    """Return what the best variant takes for what, or a given one.

    For `Digits` and `Classification` a map of classes by what they were taken for, for `DigitPairs`
    one of the shares of wrong comparisons by the two digits compared.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round, see
            `bakeoff.data.truth.truths_of`.
        variant: a variant's name; None for the one of the lowest mean test error after the last
            epoch.

    Returns:
        None for any other task, and where no round has finished.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    if not _is_pairs(results):
        return digits_figure(results, truth, variant=variant)
    chosen = variant or best_variant(results)
    found = None if chosen is None else pair_errors(results, truth, chosen)
    if found is None:
        return None
    return _figure(_pairs_map(found, _whose(found, "" if variant else _best(results))), results)


def digits_figure(results: Results, truth: TruthOf, *, variant: str | None = None) -> Figure | None:
    """Return what digits were taken for, by the best of the variants that name digits.

    The arguments and what is returned are those of `confusion_figure`; for `DigitPairs` it shows
    what a digit head reads, and is None without one.
    """
    pairs = _is_pairs(results)
    chosen = variant or best_variant(results, digits=pairs)
    found = None if chosen is None else confusion(results, truth, chosen)
    if found is None:
        return None
    best = f"{_best(results)} of those that read digits" if pairs else _best(results)
    noun = "Class" if isinstance(drawn_task(results.study.task), Classification) else "Digit"
    whose = _whose(found, "" if variant else best)
    return _figure(_classes_map(found, whose, noun), results)


def _is_pairs(results: Results) -> bool:
    return isinstance(drawn_task(results.study.task), DigitPairs)


def _best(results: Results) -> str:
    return f", the best by test {results.study.metric.words}"


def _whose(found: Confusion | PairErrors, best: str) -> str:
    """Return whose rounds are drawn: ``"15 rounds of CNN, the best by test error"``."""
    return f"{counted(found.rounds, 'round')} of {named(found.variant)}{best}"


def _pairs_map(found: PairErrors, whose: str) -> _Map:
    names = found.classes
    places = range(len(names))

    def cell(row: int, column: int) -> Record:
        wrong, pairs = int(found.wrong[row, column]), int(found.pairs[row, column])
        share = wrong / pairs if pairs else None
        return {
            "row": names[row],
            "column": names[column],
            "text": _short(share),
            "told": f"{wrong:,} of {pairs:,} wrong",
            "weight": share or None,
        }

    return _Map(
        name="pair-errors",
        title=f"Wrong comparisons by pair of digits, %: {found.variant}",
        description="The share of pairs compared wrongly, by the digit of the first image (rows) "
        f"and of the second (columns), in {whose}. The stronger the colour, the more.",
        across="Second digit",
        down="First digit",
        classes=names,
        cells=tuple(cell(row, column) for row in places for column in places),
        grid=Grid(
            caption=f"Pairs compared wrongly by {found.variant}, of all pairs of these digits",
            columns=(Column("First", "text"), *map(Column, names)),
            rows=tuple(
                (
                    names[row],
                    *(
                        f"{found.wrong[row, column]:,} of {found.pairs[row, column]:,}"
                        for column in places
                    ),
                )
                for row in places
            ),
        ),
    )


def _classes_map(found: Confusion, whose: str, noun: str) -> _Map:
    shown, names = found.counts.sum(axis=1), found.classes
    places, many = range(len(names)), f"{noun}es" if noun.endswith("s") else f"{noun}s"

    def cell(row: int, column: int) -> Record:
        count, right = int(found.counts[row, column]), row == column
        share = count / int(shown[row]) if shown[row] else 0.0
        return {
            "row": names[row],
            "column": names[column],
            "text": _count(count) if count else "",
            "told": f"{count:,} of {int(shown[row]):,}, {100 * share:.2f}%",
            "weight": None if right or not count else share,
        }

    return _Map(
        name="confusion",
        title=f"{many} by what they were taken for: {found.variant}",
        description=f"How often each {noun.lower()} (rows) was taken for which (columns), in "
        f"{whose}. The larger a share of its {noun.lower()}, the stronger the colour; the right "
        "answers, on the diagonal, have none.",
        across=f"{noun} answered",
        down=f"{noun} shown",
        classes=names,
        cells=tuple(cell(row, column) for row in places for column in places),
        grid=Grid(
            caption=f"{many} shown (rows) by what {found.variant} took them for (columns)",
            columns=(
                Column("Shown", "text"),
                *map(Column, names),
                Column("Right"),
            ),
            rows=tuple(
                (
                    names[row],
                    *(f"{found.counts[row, column]:,}" for column in places),
                    f"{100 * found.counts[row, row] / shown[row]:.2f}%" if shown[row] else NOTHING,
                )
                for row in places
            ),
        ),
    )


def _figure(drawn: _Map, results: Results) -> Figure:
    import altair as alt

    names = list(drawn.classes)
    angle = 0 if sum(map(len, names)) <= FLAT else -45
    x = alt.X(
        "column:O",
        title=drawn.across,
        scale=alt.Scale(domain=names, paddingInner=0.04, paddingOuter=0),
        axis=alt.Axis(labelAngle=angle, ticks=False, domain=False),
    )
    y = alt.Y(
        "row:O",
        title=drawn.down,
        scale=alt.Scale(domain=names, paddingInner=0.04, paddingOuter=0),
        axis=alt.Axis(ticks=False, domain=False),
    )
    base = alt.Chart(inline(drawn.cells)).encode(x=x, y=y, tooltip=list(_tooltip(drawn)))
    largest = max((float(str(c["weight"])) for c in drawn.cells if c["weight"]), default=1.0)
    cells = base.mark_rect(fill=PAGE.series[0], cornerRadius=2).encode(
        fillOpacity=alt.FillOpacity(
            "weight:Q",
            scale=alt.Scale(domain=[0, largest], range=[0.04, STRONGEST]),
            legend=None,
        )
    )
    unpainted = base.mark_rect(fill=PAGE.raised, cornerRadius=2).transform_filter(
        "!isValid(datum.weight)"
    )
    numbers = base.mark_text(fontSize=10.5).encode(text="text:N")
    painted = cells.transform_filter("isValid(datum.weight)")
    titled = alt.TitleParams(drawn.title, subtitle=results.label)
    return Figure(
        name=drawn.name,
        title=drawn.title,
        description=drawn.description,
        chart=alt.LayerChart(layer=[unpainted, painted, numbers], title=titled).properties(
            width="container", height=HEIGHT
        ),
        grid=drawn.grid,
    )


def _tooltip(drawn: _Map) -> Iterator[alt.Tooltip]:
    import altair as alt

    yield alt.Tooltip("row:O", title=drawn.down)
    yield alt.Tooltip("column:O", title=drawn.across)
    yield alt.Tooltip("told:N", title="Here")


def _short(share: float | None) -> str:
    """Return a share in percent for a cell 28 pixels wide."""
    if share is None:
        return NOTHING
    if share == 0:
        return "0"
    return f"{100 * share:.1f}" if share < 0.0995 else f"{100 * share:.0f}"


def _count(count: int) -> str:
    """Return a count for a cell 28 pixels wide."""
    return f"{count}" if count < 10_000 else f"{count / 1000:.0f}k"
