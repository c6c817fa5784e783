"""The tables of a report as text cells, the same for a page, a terminal and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bakeoff.analysis.contrast import unit_of
from bakeoff.analysis.summary import Summary
from bakeoff.analysis.table import Comparison, Row, Table
from bakeoff.data.metric import Metric
from bakeoff.reporting.wording import (
    NOTHING,
    SELECTIONS,
    capital,
    counted,
    difference,
    differences_in,
    half_interval,
    in_unit,
    integer,
    interval,
    listed,
    mean_sd,
    measured_word,
    number,
    on_axis,
    quantity_label,
    rounds_cell,
    seconds,
    summary_cell,
)

Kind: TypeAlias = Literal["text", "number", "key"]
"""How a column reads: words, figures, or the figures that matter most."""


@dataclass(frozen=True)
class Column:
    """A column's heading and how it reads."""

    name: str
    kind: Kind = "number"


@dataclass(frozen=True)
class Grid:
    """A table ready to print; the first column names the row.

    Attributes:
        caption: what it shows, and in which unit.
        columns: headings.
        rows: one cell for each column.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def results_grid(table: Table) -> Grid:
    """Return the main table: published beside measured, a row for each variant."""
    same = quantity_label(table.quantity, table.rows[0].main.metric) if table.quantity else ""
    columns: list[tuple[Column, Callable[[Row], str]]] = [
        (Column("Variant", "text"), lambda row: row.variant),
        (Column("Measured", "key"), lambda row: _mean(row.main)),
        (Column("sd"), lambda row: number(row.main.measured.sd, row.main.metric)),
        (Column("95% interval"), lambda row: interval(row.main.measured.interval, row.main.metric)),
        (Column("Parameters"), lambda row: integer(row.parameters)),
        (Column("s/trial"), lambda row: seconds(row.seconds)),
        (Column("Rounds"), lambda row: rounds_cell(row.rounds, row.answered, row.diverged)),
    ]
    if table.has_published:
        columns[1:1] = [(Column("Published (sd)"), lambda row: _published(row.main))]
        columns[5:5] = [
            (Column("Difference"), lambda row: difference(row.main.difference, row.main.metric))
        ]
    if not same:
        label = (
            Column("Figure", "text"),
            lambda row: quantity_label(row.main.quantity, row.main.metric),
        )
        columns.insert(1, label)
    return Grid(
        caption=_caption(same, [row.main for row in table.rows], published=table.has_published),
        columns=tuple(column for column, _ in columns),
        rows=tuple(tuple(cell(row) for _, cell in columns) for row in table.rows),
    )


def _caption(same: str, shown: Sequence[Comparison], *, published: bool) -> str:
    """Return what figures are shown, in which units: ``"Test error, final epoch, in percent"``."""
    metrics = list(dict.fromkeys(comparison.metric for comparison in shown))
    if len({metric.unit for metric in metrics}) > 1:
        return capital(same or "figures in their own units")
    unit = in_unit(metrics[0])
    apart = f"; differences in {differences_in(metrics[0])}" if published and unit else ""
    return f"{capital(same or 'figures')}{unit}{apart}"


def _span(rounds: Iterable[int]) -> str:
    """Return the rounds of all variants, from the fewest to the most where they differ."""
    found = set(rounds)
    fewest, most = min(found), max(found)
    return counted(most, "round") if fewest == most else f"{fewest:,} to {counted(most, 'round')}"


def compact_grid(table: Table) -> Grid:
    """Return the main table for 80 characters: half intervals; rounds or draws if some lack."""
    columns: list[tuple[Column, Callable[[Row], str]]] = [
        (Column("Variant", "text"), lambda row: row.variant),
        (
            Column("Measured (sd)", "key"),
            lambda row: summary_cell(row.main.measured, row.main.metric),
        ),
        (Column("95%"), lambda row: half_interval(row.main.measured.interval, row.main.metric)),
        (Column("Params"), lambda row: integer(row.parameters)),
        (Column("s/trial"), lambda row: seconds(row.seconds)),
    ]
    if table.has_published:
        columns[1:1] = [(Column("Published (sd)"), lambda row: _published(row.main))]
        columns[4:4] = [
            (Column("Diff."), lambda row: difference(row.main.difference, row.main.metric))
        ]
    if any(row.missing or row.diverged for row in table.rows):
        title = capital(f"{unit_of(table.folds)}s")
        columns.append(
            (Column(title), lambda row: f"{row.main.measured.n}/{row.rounds // table.folds}")
        )
    whole = results_grid(table)
    return Grid(
        caption=f"{whole.caption}; {_span(row.rounds for row in table.rows)}",
        columns=tuple(column for column, _ in columns),
        rows=tuple(tuple(cell(row) for _, cell in columns) for row in table.rows),
    )


def epochs_grid(table: Table) -> Grid:
    """Return the test figure at the final and the best epochs side by side, and train beside."""
    columns: list[tuple[Column, Callable[[Row], str]]] = [
        (Column("Variant", "text"), lambda row: row.variant),
        (Column("Final epoch", "key"), lambda row: summary_cell(row.final, table.metric)),
        (Column("Best on validation"), _cells(table, lambda row: row.best_on_validation)),
        (Column("Best on test"), _cells(table, lambda row: row.best_on_test)),
        (Column("Train, final epoch"), lambda row: summary_cell(row.train, table.metric)),
    ]
    for place, metric in enumerate(table.further):
        unit = "" if metric.unit == table.metric.unit else on_axis(metric)
        columns.append((Column(capital(metric.words) + unit), _further(place, metric)))
    others = f"; {listed(m.words for m in table.further)}: final epoch" if table.further else ""
    return Grid(
        caption=f"Test {table.metric.words} by the epoch it is read at, mean (sd)"
        f"{in_unit(table.metric)}{others}",
        columns=tuple(column for column, _ in columns),
        rows=tuple(tuple(cell(row) for _, cell in columns) for row in table.rows),
    )


def _further(place: int, metric: Metric) -> Callable[[Row], str]:
    return lambda row: summary_cell(row.further[place], metric)


def others_grid(table: Table) -> Grid | None:
    """Return what else was published beside its measurement, None where nothing else was."""
    rows = [
        (
            row.variant,
            measured_word(other.quantity, other.metric)
            + (f" ({other.where})" if other.where else ""),
            SELECTIONS[other.quantity.selection],
            _published(other),
            summary_cell(other.measured, other.metric),
            interval(other.measured.interval, other.metric),
            difference(other.difference, other.metric),
        )
        for row in table.rows
        for other in row.others
    ]
    columns = (
        Column("Variant", "text"),
        Column("Figure", "text"),
        Column("Read at", "text"),
        Column("Published (sd)"),
        Column("Measured (sd)", "key"),
        Column("95% interval"),
        Column("Difference"),
    )
    shown = [other for row in table.rows for other in row.others]
    if not shown:
        return None
    caption = _caption("other published figures", shown, published=True)
    return Grid(caption=caption, columns=columns, rows=tuple(rows))


def _cells(table: Table, figure: Callable[[Row], Summary]) -> Callable[[Row], str]:
    """Return how rows show a figure that the study may not measure at all."""
    there = any(figure(row).n for row in table.rows)
    # Of a trial that diverged in its first epoch alone it cannot be told what it lacks.
    lacking = any(row.answered and not figure(row).diverged for row in table.rows)
    lacks = lacking and not there
    return lambda row: NOTHING if lacks else summary_cell(figure(row), table.metric)


def _published(comparison: Comparison) -> str:
    return mean_sd(comparison.published_mean, comparison.published_sd, comparison.metric)


def _mean(comparison: Comparison) -> str:
    if comparison.measured.n == 0 and comparison.measured.diverged:
        return "diverged"
    return number(comparison.measured.mean, comparison.metric)
