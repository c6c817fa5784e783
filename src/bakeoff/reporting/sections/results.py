"""The results: published figures beside measured ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bakeoff.analysis.comparison import Comparison, VariantRow
from bakeoff.analysis.contrast import unit_of
from bakeoff.analysis.summary import Summary
from bakeoff.data.metric import Metric
from bakeoff.reporting.charts.against import against
from bakeoff.reporting.page import MANY, Page
from bakeoff.reporting.section import (
    Block,
    Cell,
    Column,
    Figure,
    Fold,
    Interval,
    Number,
    Paragraph,
    Row,
    Section,
    TableBlock,
)
from bakeoff.reporting.text.cells import mean_cell
from bakeoff.reporting.text.notes import data_remarks
from bakeoff.reporting.text.numbers import (
    SELECTIONS,
    capital,
    counted,
    differences_in,
    in_unit,
    listed,
    measured_word,
    on_axis,
    quantity_label,
    rounds_cell,
)
from bakeoff.reporting.text.words import leaders_words, standing

Field = tuple[Column, Callable[[VariantRow], Cell]]

BEST_ON = {"validation": "Best on validation", "test": "Best on test"}


def section(page: Page) -> Section:
    """Returns the main table, its chart, and the figures by the epoch at which they are read."""
    return Section("results", "Results", tuple(_blocks(page)))


def tables(page: Page) -> Section:
    """Returns the same without the chart, and with nothing folded."""
    blocks: list[Block] = []
    for block in _blocks(page):
        blocks += block.blocks if isinstance(block, Fold) else (block,)
    shown = (block for block in blocks if not isinstance(block, Figure))
    return Section("results", "Results", tuple(shown))


def brief(page: Page) -> Section:
    """Returns the main table and its first sentences, for a terminal."""
    lead = leaders_words(page.leaders)
    remarks = tuple(Paragraph(text, aside=True) for text in data_remarks(page.results))
    leads = (Paragraph(lead),) if lead and page.results.answered else ()
    return Section("results", "Results", (main_table(page), *leads, *remarks))


def main_table(page: Page) -> TableBlock:
    """Returns the published figure of each variant beside the measured one."""
    table = page.table
    same = quantity_label(table.quantity, table.rows[0].main.metric) if table.quantity else ""
    best = None
    if table.quantity is not None:
        best = _best([row.main.measured for row in table.rows], table.rows[0].main.metric)
    fields: list[Field] = [
        (Column("Variant", "text"), lambda row: row.variant),
        (
            Column("Measured (sd)"),
            lambda row: _marked(row.main.measured, row.main.metric, best),
        ),
        (
            Column("95% interval", weight=2),
            lambda row: Interval(row.main.measured.interval, "level", row.main.metric),
        ),
        (
            Column("Parameters", short="Params", weight=3),
            lambda row: Number(row.parameters, "count"),
        ),
        (Column("s/trial", weight=4), lambda row: Number(row.seconds, "seconds")),
    ]
    if table.has_published:
        fields[1:1] = [(Column("Published (sd)", weight=1), lambda row: published(row.main))]
        fields[4:4] = [
            (
                Column("Difference", short="Diff.", weight=1),
                lambda row: Number(row.main.difference, "difference", row.main.metric),
            )
        ]
    if not same:
        label = Column("Figure", "text")
        fields.insert(1, (label, lambda row: quantity_label(row.main.quantity, row.main.metric)))
    # A value that is the same in each row stands in the caption.
    uneven = any(row.missing or row.diverged for row in table.rows)
    if uneven or len({row.rounds for row in table.rows}) > 1:
        rounds = Column("Rounds", weight=0)
        fields.append((rounds, lambda row: rounds_cell(row.rounds, row.answered, row.diverged)))
    if page.leaders is not None and page.leaders.adjusted:
        against_best = Column("Against the best", "text", weight=2)
        fields.append((against_best, lambda row: standing(row.variant, page.leaders)))
    caption = _caption(same, [row.main for row in table.rows], published=table.has_published)
    run = [row.answered // table.folds for row in table.rows if row.answered]
    spans = _span(run or [0], unit_of(table.folds))
    rows = table.rows
    caption = f"{caption}; {spans}"
    return TableBlock.of("results", caption, rows, *fields, keys=page.keys, sortable=len(rows) > 2)


def published(comparison: Comparison) -> Number:
    """Returns the published mean with its sd."""
    return Number(comparison.published_mean, "level", comparison.metric, comparison.published_sd)


def epochs_table(page: Page) -> TableBlock:
    """Returns the test figure at the final and the best epochs side by side, and train beside."""
    table, metric = page.table, page.table.metric
    figures = [
        ("Final epoch", [row.final for row in table.rows], metric),
        (BEST_ON["validation"], [row.best_on_validation for row in table.rows], metric),
        (BEST_ON["test"], [row.best_on_test for row in table.rows], metric),
        ("Train, final epoch", [row.train for row in table.rows], metric),
    ]
    unmeasured = {
        (BEST_ON[split], variant.name)
        for split in BEST_ON
        for variant in page.results.study.variants
        if not (variant.model.trains_itself or split in variant.recipe.evaluated)
    }
    for place, further in enumerate(table.further):
        unit = "" if further.unit == metric.unit else on_axis(further)
        summaries = [row.further[place] for row in table.rows]
        figures.append((capital(further.words) + unit, summaries, further))
    columns = [Column("Variant", "text")]
    cells: list[list[Cell]] = [[row.variant for row in table.rows]]
    for name, summaries, of in figures:
        # A column without any figure is left out, even if trials diverged.
        if any(summary.n for summary in summaries):
            best = None if name == "Train, final epoch" else _best(summaries, of)
            columns.append(Column(name))
            cells.append(
                [
                    "not measured"
                    if (name, row.variant) in unmeasured and not summary.n
                    else _marked(summary, of, best)
                    for row, summary in zip(table.rows, summaries, strict=True)
                ]
            )
    others = f"; {listed(m.words for m in table.further)}: final epoch" if table.further else ""
    caption = f"Test {metric.words} by choice of epoch, mean (sd){in_unit(metric)}{others}"
    rows = tuple(map(Row, zip(*cells, strict=True)))
    return TableBlock("epochs", caption, tuple(columns), rows, page.keys, sortable=len(rows) > 2)


def others_table(page: Page) -> TableBlock | None:
    """Returns the other published figures beside their measurements, None without any."""
    pairs = [(row.variant, other) for row in page.table.rows for other in row.others]
    if not pairs:
        return None
    columns = (
        Column("Variant", "text"),
        Column("Figure", "text"),
        Column("Read at", "text", weight=1),
        Column("Published (sd)"),
        Column("Measured (sd)"),
        Column("95% interval", weight=2),
        Column("Difference", short="Diff."),
    )
    rows = tuple(
        Row(
            (
                variant,
                measured_word(other.quantity, other.metric)
                + (f" ({other.where})" if other.where else ""),
                SELECTIONS[other.quantity.selection],
                published(other),
                mean_cell(other.measured, other.metric),
                Interval(other.measured.interval, "level", other.metric),
                Number(other.difference, "difference", other.metric),
            )
        )
        for variant, other in pairs
    )
    shown = [other for _, other in pairs]
    caption = _caption("other published figures", shown, published=True)
    return TableBlock("others", caption, columns, rows, page.keys)


def _blocks(page: Page) -> Iterator[Block]:
    if (lead := leaders_words(page.leaders)) and page.results.answered:
        yield Paragraph(lead)
    whole = main_table(page)
    if len(whole.rows) > MANY:
        ranked = _ranked(page)[:MANY]
        best = tuple(row for name in ranked for row in whole.rows if row.cells[0] == name)
        caption = f"{whole.caption}; the {MANY} best of {len(whole.rows):,}"
        yield replace(whole, name="best", caption=caption, rows=best)
        yield Fold(f"All {len(whole.rows):,} variants", (whole,))
    else:
        yield whole
    for row in page.table.rows:
        if row.note:
            yield Paragraph(f"{row.variant}: {row.note}", aside=True)
    if (figure := against(page.results, page.table)) is not None:
        yield figure
    epochs = epochs_table(page)
    if len(epochs.columns) > 2:
        yield epochs if len(whole.rows) <= MANY else Fold(epochs.caption, (epochs,))
    if (others := others_table(page)) is not None:
        yield others


def _best(summaries: Sequence[Summary], metric: Metric) -> float | None:
    """Returns the best mean of several; None for fewer than two."""
    means = [summary.mean for summary in summaries if summary.mean is not None]
    return means[metric.best(means)] if len(means) > 1 else None


def _marked(summary: Summary, metric: Metric, best: float | None) -> Cell:
    return mean_cell(summary, metric, mark=best is not None and summary.mean == best)


def _ranked(page: Page) -> list[str]:
    sign = page.table.metric.sign
    known = [row for row in page.table.rows if row.final.mean is not None]
    return [row.variant for row in sorted(known, key=lambda row: -sign * (row.final.mean or 0.0))]


def _caption(same: str, shown: Sequence[Comparison], *, published: bool) -> str:
    """Returns what is shown, in which units: ``"Test error, final epoch, in percent"``."""
    metrics = list(dict.fromkeys(comparison.metric for comparison in shown))
    if len({metric.unit for metric in metrics}) > 1:
        return capital(same or "figures in their own units")
    unit = in_unit(metrics[0])
    apart = f"; differences in {differences_in(metrics[0])}" if published and unit else ""
    return f"{capital(same or 'figures')}{unit}{apart}"


def _span(rounds: Sequence[int], unit: str) -> str:
    """Returns the rounds of all variants, from the fewest to the most if they differ."""
    fewest, most = min(rounds), max(rounds)
    return counted(most, unit) if fewest == most else f"{fewest:,} to {counted(most, unit)}"
