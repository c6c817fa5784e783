"""A study's results for a terminal: the table, the verdicts, the gravest of the audit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import comparison_table
from bakeoff.claims.verdicts import Outcome
from bakeoff.reporting.grids import compact_grid
from bakeoff.reporting.judgements import failed, judgements, remarks, rule, tally, untested
from bakeoff.reporting.prose import data_remarks, heading, notices
from bakeoff.reporting.searches import search_sections
from bakeoff.reporting.wording import counted

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, Group
    from rich.table import Table
    from rich.text import Text

COLOURS: dict[Outcome, str] = {
    "supported": "green",
    "contradicted": "red",
    "undecided": "yellow",
}

SHOWN = 3
"""Remarks of the audit that are told; the others are counted."""


NARROW, FEW = 64, 3
"""A terminal of fewer characters in a line gets so many columns of the table."""


def as_terminal(results: Results) -> Group:
    """Return the main table for rich to print, what is wrong with it, and the verdicts under it."""
    from rich.console import Group

    return Group(_Fitting(results), *_verdicts(results), *_audit(results))


def as_text(results: Results, *, width: int = 100) -> str:
    """Return the same as plain text of so many columns."""
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=width, no_color=True).print(as_terminal(results))
    return text.getvalue().rstrip()


@dataclass(frozen=True)
class _Fitting:
    """The main table, in as many columns as there is room for."""

    results: Results

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        yield _table(self.results, most=FEW if options.max_width < NARROW else None)


def _table(results: Results, *, most: int | None) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = compact_grid(comparison_table(results))
    caption = Text(" ".join((f"{grid.caption}.", *data_remarks(results))))
    for search in search_sections(results):
        caption.append(f"\nSearch {search.name}: ", style="bold").append(search.text)
    for notice in notices(results):
        caption.append(f"\n{notice.title}: ", style="bold yellow").append(notice.text)
    table = Table(
        title=Text(heading(results), style="bold"),
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in grid.columns[:most]:
        # Headings break between their words, figures never; names give way first.
        heads = column.name.replace(" (", "\n(")
        if column.kind == "text":
            table.add_column(heads, overflow="fold", min_width=10)
        else:
            style = "bold" if column.kind == "key" else ""
            table.add_column(heads, justify="right", style=style, no_wrap=True)
    for row in grid.rows:
        # As `Text`, a name like "[red]" is a name and not a colour.
        table.add_row(*(Text(cell) for cell in row[:most]))
    return table


def _verdicts(results: Results) -> Iterator[Text | Table]:
    """Yield a line for each claim: its verdict, and the evidence beside it."""
    from rich.table import Table
    from rich.text import Text

    judged = judgements(results)
    if judged:
        yield Text(f"\nVerdicts: {tally(judged)}", style="bold")
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in judged:
            first, *others = one.lines
            words = Text.assemble((one.outcome, f"bold {COLOURS[one.outcome]}"), f": {first}")
            for line in others:
                words.append(f"\n{line}")
            table.add_row(Text(one.id, style="bold"), words)
        yield table
        yield Text(rule(judged, results), style="dim")
        for line in failed(results):
            yield Text(line, style="dim")
    if left_out := untested(results):
        yield Text(left_out)


def _audit(results: Results) -> Iterator[Text]:
    """Yield the gravest remarks, and how many more there are."""
    from rich.text import Text

    found = remarks(results)
    for number, one in enumerate(found[:SHOWN]):
        lead = "\n" if number == 0 else ""
        yield Text.assemble((f"{lead}{one.title} ({one.severity}): ", "bold"), one.text)
    if found[SHOWN:]:
        yield Text(f"And {counted(len(found) - SHOWN, 'more remark')} in the report.")
