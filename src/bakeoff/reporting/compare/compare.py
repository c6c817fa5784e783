"""Two variants head to head for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, TypeAlias

from bakeoff.analysis.answers.agreement import Answered, Disagreement
from bakeoff.claims.head_to_head import Contender, HeadToHead
from bakeoff.data.metric import MINUS
from bakeoff.data.task import Task
from bakeoff.reporting.compare.strip import DRAWN, TYPED, strip_lines
from bakeoff.reporting.compare.words import (
    NO_BREAK,
    alone_words,
    duels_grid,
    facts,
    fourfold_grid,
    headline,
    lead_strip,
    remarks,
    strip_title,
)
from bakeoff.reporting.gallery import AT_MOST, answer_text, truth_text
from bakeoff.reporting.grids import Grid
from bakeoff.reporting.wording import NOTHING

if TYPE_CHECKING:
    from rich.text import Text

WIDTH, NARROWEST = 72, 40
"""Columns, at most, and at least: a narrower window breaks the lines."""

CELL, LABEL = 20, 32
"""Columns of a cell with figures, and of what a row is called."""

EXAMPLES = 4
"""How many test examples are told of that one alone gets right."""

_TYPED = {
    MINUS: "-",
    NOTHING: "-",
    NO_BREAK: " ",
    AT_MOST: "<=",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
}
"""What stands for the characters of figures and names where they cannot be written."""

Styled: TypeAlias = Iterator[tuple[str, str]]
"""Lines, each with its style."""


def as_terminal(found: HeadToHead, *, width: int = WIDTH, encoding: str = "utf-8") -> Text:
    """Return the comparison as text of at most 72 columns, for rich to print.

    Args:
        found: the two variants.
        width: of the terminal, in columns; in fewer than 72 tables are parted or folded.
        encoding: of the terminal; where it lacks the characters of the plot, ASCII stands for
            them, and a question mark for what it cannot write of a name.
    """
    from rich.text import Text

    typed = not _knows(encoding)
    text = Text(no_wrap=True)
    for line, style in _lines(found, max(NARROWEST, min(WIDTH, width)), typed=typed):
        text.append(f"{_written(line, encoding) if typed else line}\n", style=style)
    text.rstrip()
    return text


def _lines(found: HeadToHead, width: int, *, typed: bool) -> Styled:
    for letter, contender in (("A", found.first), ("B", found.second)):
        yield from _styled(_named(letter, contender, width), "bold")
    yield "", ""
    yield from _styled(wrap(headline(found), width), "")
    for remark in remarks(found):
        yield from _styled(wrap(remark, width), "yellow")
    yield "", ""
    yield from _table(duels_grid(found), width)
    strip = lead_strip(found)
    if strip is not None:
        yield "", ""
        yield strip_title(found.metric, found.final.contrast.unit), "dim"
        yield from _styled(strip_lines(strip, width=width, glyphs=TYPED if typed else DRAWN), "")
    grid = fourfold_grid(found)
    if grid is not None:
        yield "", ""
        yield from _table(grid, width)
    yield from _examples(found, width)


def _named(letter: str, contender: Contender, width: int) -> list[str]:
    told = contender.name
    if facts(contender):
        told += f" ({facts(contender)})"
    return wrap(told, width, initial_indent=f"{letter}  ", subsequent_indent="   ")


def _table(grid: Grid, width: int) -> Styled:
    """Yield a table, or, where it is too wide, one for each of its columns."""
    yield from _styled(wrap(grid.caption, width), "dim")
    columns = range(1, len(grid.columns))
    cells = {column: _cell_width(grid, column) for column in columns}
    label = max(len(row[0]) for row in grid.rows)
    if width >= LABEL + CELL * len(columns):
        yield from _rows(grid, dict.fromkeys(columns, CELL), min(LABEL, width))
    elif width >= label + sum(cells.values()):
        yield from _rows(grid, cells, label)
    else:
        for column in columns:
            if column > 1:
                yield "", ""
            yield from _rows(grid, {column: cells[column]}, width - cells[column])


def _cell_width(grid: Grid, column: int) -> int:
    words = grid.columns[column].name.split()
    return 2 + max(map(len, [*words, *(row[column] for row in grid.rows)]))


def _rows(grid: Grid, cells: Mapping[int, int], label: int) -> Styled:
    """Yield some columns of a table, each so wide, with the names of the rows folded."""
    heads = {column: wrap(grid.columns[column].name, wide - 2) for column, wide in cells.items()}
    deep = max(map(len, heads.values()))
    for line in range(deep):
        parts = (
            f"{head[line - deep + len(head)] if line >= deep - len(head) else '':>{cells[column]}}"
            for column, head in heads.items()
        )
        yield f"{'':<{label}}{''.join(parts)}", "dim"
    for row in grid.rows:
        name, *more = wrap(row[0], label) or [""]
        figures = "".join(f"{row[column]:>{wide}}" for column, wide in cells.items())
        yield f"{name:<{label}}{figures}", ""
        yield from _styled((f"  {line}" for line in more), "")


def _examples(found: HeadToHead, width: int) -> Styled:
    """Yield a few of the test examples that one of the two alone gets right."""
    for who in ("first", "second"):
        shown = [one for one in found.agreement.disagreements if one.right == who][:EXAMPLES]
        if shown:
            yield "", ""
            yield from _styled(wrap(alone_words(found, shown), width), "dim")
            for one in shown:
                yield from _styled(wrap(_example(one, found.task), width), "")


def _example(one: Disagreement, task: Task) -> str:
    truth = truth_text(task, one)
    replies = (
        f"{letter} {answer_text(task, given.answer, one.classes)}{_sure(given)}"
        for letter, given in (("A", one.first), ("B", one.second))
    )
    return f"{truth}   {'   '.join(replies)}   round {one.round + 1}"


def _sure(given: Answered) -> str:
    return "" if given.probability is None else f"{given.probability:>5.0%}"


def _styled(lines: Iterable[str], style: str) -> Styled:
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
