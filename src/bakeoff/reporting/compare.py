"""Two variants head to head for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from bakeoff.analysis.head_to_head import Contender, HeadToHead
from bakeoff.reporting.compare_words import (
    NO_BREAK,
    duels_grid,
    facts,
    fourfold_grid,
    headline,
    lead_strip,
    remarks,
)
from bakeoff.reporting.grids import Grid
from bakeoff.reporting.strip import DRAWN, TYPED, strip_lines
from bakeoff.reporting.wording import MINUS, NOTHING

if TYPE_CHECKING:
    from rich.text import Text

WIDTH = 72
"""Columns, at most."""

CELL, LABEL = 20, 32
"""Columns of a cell with figures, and of what a row is called."""

_TYPED = {
    MINUS: "-",
    NOTHING: "-",
    NO_BREAK: " ",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
}
"""What stands for the characters of figures and names where they cannot be written."""


def as_terminal(found: HeadToHead, *, encoding: str = "utf-8") -> Text:
    """Return the comparison as text of at most 72 columns, for rich to print.

    Args:
        found: the two variants.
        encoding: of the terminal; where it lacks the characters of the plot, ASCII stands for
            them, and a question mark for what it cannot write of a name.
    """
    from rich.text import Text

    typed = not _knows(encoding)
    text = Text(no_wrap=True)
    for line, style in _lines(found, typed=typed):
        text.append(f"{_written(line, encoding) if typed else line}\n", style=style)
    text.rstrip()
    return text


def _lines(found: HeadToHead, *, typed: bool) -> Iterator[tuple[str, str]]:
    """Yield lines, each with its style."""
    for letter, contender in (("A", found.first), ("B", found.second)):
        yield from _styled(_named(letter, contender), "bold")
    yield "", ""
    yield from _styled(wrap(headline(found), WIDTH), "")
    for remark in remarks(found):
        yield from _styled(wrap(remark, WIDTH), "yellow")
    yield "", ""
    yield from _table(duels_grid(found))
    strip = lead_strip(found)
    if strip is not None:
        yield "", ""
        yield "Lead of A in each round, in points", "dim"
        yield from _styled(strip_lines(strip, width=WIDTH, glyphs=TYPED if typed else DRAWN), "")
    grid = fourfold_grid(found)
    if grid is not None:
        yield "", ""
        yield from _table(grid)


def _named(letter: str, contender: Contender) -> list[str]:
    told = contender.name
    if facts(contender):
        told += f" ({facts(contender)})"
    return wrap(told, WIDTH, initial_indent=f"{letter}  ", subsequent_indent="   ")


def _table(grid: Grid) -> Iterator[tuple[str, str]]:
    yield from _styled(wrap(grid.caption, WIDTH), "dim")
    columns = len(grid.columns) - 1
    first = min(WIDTH - columns * CELL, LABEL)
    heads = [wrap(column.name, CELL - 2) for column in grid.columns[1:]]
    deep = max(map(len, heads))
    for row in range(deep):
        cells = [(["", "", *head])[len(head) + 2 - deep + row] for head in heads]
        yield _row("", cells, first), "dim"
    for name, *cells in grid.rows:
        yield _row(name, cells, first), ""


def _row(name: str, cells: Iterable[str], first: int) -> str:
    return f"{name:<{first}}" + "".join(f"{cell:>{CELL}}" for cell in cells)


def _styled(lines: Iterable[str], style: str) -> Iterator[tuple[str, str]]:
    return ((line, style) for line in lines)


def _knows(encoding: str) -> bool:
    """Return whether an encoding has all characters that the text is made of."""
    try:
        "".join((*vars(DRAWN).values(), *_TYPED)).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _written(line: str, encoding: str) -> str:
    for character, typed in _TYPED.items():
        line = line.replace(character, typed)
    try:
        return line.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return line.encode("ascii", "replace").decode("ascii")
