"""A report for a terminal: its sections as text, with the table columns that fit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

from bakeoff.reporting.section import (
    Badge,
    Block,
    Cell,
    Heading,
    Items,
    Notice,
    Number,
    Paragraph,
    Report,
    TableBlock,
    Terms,
    Tone,
)
from bakeoff.reporting.text import cells
from bakeoff.reporting.writers.columns import fitting, least, widths

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table as RichTable
    from rich.text import Text

COLOURS: dict[Tone, str] = {
    "plain": "",
    "supported": "bold green",
    "contradicted": "bold red",
    "undecided": "bold yellow",
    "grave": "bold red",
    "caution": "bold yellow",
    "note": "bold",
}

GAP = 2


@dataclass(frozen=True)
class Terminal:
    """A report that rich prints; tables, paragraphs and notices, no figures."""

    report: Report

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        from rich.text import Text

        yield Text(self.report.title, style="bold")
        if self.report.source:
            yield Text(self.report.source, style="dim")
        for notice in self.report.notices:
            yield _notice(notice)
        yield Text(self.report.opening)
        for place, section in enumerate(self.report.sections):
            yield Text(f"\n{section.title}" if place else "", style="bold")
            for block in section.blocks:
                yield from _block(block, options.max_width)


def as_text(report: Report, *, width: int = 100) -> str:
    """Returns the same as plain text of the given width."""
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=width, no_color=True).print(Terminal(report))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _block(block: Block, width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    match block:
        case Paragraph():
            yield Text(block.text, style="dim" if block.aside else "")
        case Heading():
            yield Text(f"\n{block.text}", style="bold")
        case Items():
            yield from (Text(f"- {item}") for item in block.texts)
        case Terms():
            yield from (Text.assemble((f"{term}: ", "bold"), value) for term, value in block.pairs)
        case Notice():
            yield _notice(block)
        case TableBlock():
            yield from _table(block, width)
        case _:
            pass  # Figures, images and folds are for pages.


def _notice(notice: Notice) -> Text:
    from rich.text import Text

    style = COLOURS[notice.tone]
    return Text.assemble((f"{notice.title} ({notice.tone}): ", style), notice.text)


def _table(table: TableBlock, width: int) -> Iterator[RenderableType]:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown, dropped = fitting(table, width, gap=GAP)
    room = widths(table, shown, width, gap=GAP)
    # The box puts a space of its own between columns.
    printed: RichTable = RichTable(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), show_edge=False
    )
    for place in shown:
        column = table.columns[place]
        if column.align == "text":
            printed.add_column(column.name, overflow="fold", width=room.get(place))
        else:
            # Headings break between words; figures never break.
            head = fill(column.short or column.name, least(table, place))
            printed.add_column(head, justify="right", no_wrap=True)
    for row in table.rows:
        # As `Text`, a name like "[red]" is a name and not a colour.
        printed.add_row(*(_cell(row.cells[place]) for place in shown))
    yield printed
    caption = table.caption
    if dropped:
        caption = f"{caption}. {dropped}" if caption else dropped
    if caption:
        yield Text(caption, style="dim")


def _cell(cell: Cell) -> Text:
    from rich.text import Text

    if isinstance(cell, Badge):
        return Text(cell.text, style=COLOURS[cell.tone], no_wrap=True)
    return Text(cells.text(cell), style="bold" if isinstance(cell, Number) and cell.mark else "")
