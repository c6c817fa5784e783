"""A forest plot: the paired differences behind a study's claims, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bakeoff.analysis.results import Results
from bakeoff.claims.pairs import Difference, claimed_differences, differences_from
from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.forest_marks import ForestMarks
from bakeoff.reporting.figures.forest_words import (
    CLAIM_WORDS,
    PLAIN_WORDS,
    interval_words,
    outcome_words,
    pair_words,
    sized,
)
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import NOTHING, counted, differences_in

MOST = 20
"""The most differences drawn; the table has all."""


def forest_figure(results: Results) -> Figure | None:
    """Return the differences that the claims rest on, None where no two variants share a round.

    Where claims compare no variants in pairs, every variant stands against the study's first:
    which is the best is known from these rounds alone, and differences from it would flatter it.
    """
    rows = claimed_differences(results)
    claimed = any(row.evidence.estimate is not None for row in rows)
    reference = results.study.variants[0].name
    if not claimed:
        rows = differences_from(results, reference)
    metric = results.study.metric
    # One axis has one scale.
    measured = [
        row for row in rows if row.evidence.estimate is not None and row.contrast.metric == metric
    ]
    if not measured:
        return None
    shown = drawn_rows(measured)
    words, title = (CLAIM_WORDS, "Claim") if claimed else (PLAIN_WORDS, "")
    marks = ForestMarks(tuple(shown), words, title)
    sentences = [*_reading(marks, "" if claimed else reference)]
    if others := sum(row.evidence.estimate is not None for row in rows) - len(measured):
        sentences.append(f"{counted(others, 'difference')} in other figures: see the table.")
    if len(shown) < len(measured):
        further = counted(len(measured) - len(shown), "further difference")
        sentences.append(f"{further}, the clearest of claims with many, stand in the table alone.")
    return Figure(
        name="forest",
        title="Paired differences",
        description=" ".join(sentences),
        chart=marks.chart(results.label),
        grid=_grid(rows, metric, claimed=claimed),
    )


def drawn_rows(rows: Sequence[Difference], most: int = MOST) -> list[Difference]:
    """Return the rows without the clearest ones of the claims that have the most of them.

    No claim loses its last row before every other has but one.
    """
    shown = list(rows)
    while len(shown) > most:
        by_claim: dict[str, list[Difference]] = {}
        for row in shown:
            by_claim.setdefault(row.outcomes[0][0], []).append(row)
        largest = max(len(group) for group in by_claim.values())
        group = next(group for group in by_claim.values() if len(group) == largest)
        shown.remove(max(group, key=lambda row: row.clearness))
    return shown


def _reading(marks: ForestMarks, reference: str) -> Iterator[str]:
    """Yield how to read what is drawn, in sentences."""
    rows = marks.rows
    what = f"test {rows[0].contrast.metric.words}"
    yield (
        f"A mark for the typical difference in {what} over the rounds that both variants of a pair "
        "have run, from six rounds on with its 95% interval: right of 0 the first is better, left "
        "of it the second."
    )
    if reference:
        yield (
            f"Every variant is held against {reference}, the study's first. Filled marks are told "
            "apart by signed-rank tests at 5%, corrected by Holm's method over all variants."
        )
    else:
        yield (
            "Before each pair stand the claims that rest on it; the mark shows the verdict of the "
            "first that is decided. A claim may need several comparisons, and is one of several "
            "claims tested: an interval clear of 0 does not decide it by itself."
        )
    if any(row.bounds for row in rows):
        yield "A dashed line is the least gain that a claim speaks of."
    if any(row.margins for row in rows):
        yield "A grey band is the margin within which a claim takes two variants to be equal."
    if marks.is_cut:
        yield "An arrow marks an interval that goes on beyond the axis."
    if any(row.diverged for row in rows):
        yield "A diverged trial counts as worse than any."


def _grid(rows: Sequence[Difference], metric: Metric, *, claimed: bool) -> Grid:
    held = any(row.bounds or row.margins for row in rows)
    columns = [
        Column("First vs second", "text"),
        Column("First better by", "key"),
        Column("95% interval"),
        *([Column("Claimed")] if held else []),
        Column("Rounds"),
        Column("Claims" if claimed else "Told apart", "text"),
    ]
    return Grid(
        caption=_caption(metric),
        columns=tuple(columns),
        rows=tuple(
            (
                pair_words(row),
                sized(row.evidence.estimate, row),
                interval_words(row),
                *([_held(row)] if held else []),
                _rounds(row),
                outcome_words(row) if claimed else PLAIN_WORDS[row.outcome],
            )
            for row in rows
        ),
    )


def _caption(metric: Metric) -> str:
    unit = f", in {differences_in(metric)}" if metric.unit else ""
    return (
        f"Paired differences in test {metric.words}, final epoch{unit}, where nothing else is said"
    )


def _held(row: Difference) -> str:
    bounds = [f"above {sized(bound, row).lstrip('+')}" for bound in row.bounds]
    margins = [
        f"{sized(centre, row) if centre else 'within '}±{sized(margin, row).lstrip('+')}"
        for centre, margin in row.margins
    ]
    return ", ".join([*bounds, *margins]) or NOTHING


def _rounds(row: Difference) -> str:
    rounds = f"{len(row.figures)}"
    return f"{rounds}, {counted(row.diverged, 'diverged trial')}" if row.diverged else rounds
