"""The columns of a table that fit a width."""

from __future__ import annotations

from bakeoff.reporting.section import TableBlock
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.numbers import NOTHING, counted, listed

NARROWEST = 16
"""Characters that a name keeps; columns are dropped before it is cut further."""


def fitting(table: TableBlock, width: int, *, gap: int) -> tuple[list[int], str]:
    """Returns the places of the columns that fit, and which are left out, in a sentence.

    Columns without a value go first and are not spoken of, then those of the greatest weight;
    those of weight 0 always stay. The gap between two columns is in characters, as the width.
    """
    filled = [
        place
        for place, column in enumerate(table.columns)
        if not column.weight or set(_texts(table, place)) - {"", NOTHING}
    ]
    shown = list(filled)
    while sum(least(table, place) + gap for place in shown) - gap > width:
        heaviest = max(shown, key=lambda place: (table.columns[place].weight, place))
        if not table.columns[heaviest].weight:
            break
        shown.remove(heaviest)
    gone = [table.columns[place].name for place in filled if place not in shown]
    if not gone:
        return shown, ""
    return shown, f"{counted(len(gone), 'column')} left out for lack of width: {listed(gone)}."


def least(table: TableBlock, place: int) -> int:
    """Returns the characters that a column needs: numbers stay whole, words may fold."""
    column = table.columns[place]
    longest = max(map(len, _texts(table, place)), default=0)
    head = max(map(len, (column.short or column.name).split()), default=0)
    if column.align == "text":
        return max(min(longest, NARROWEST), min(head, NARROWEST))
    return max(longest, head)


def widths(table: TableBlock, shown: list[int], width: int, *, gap: int) -> dict[int, int]:
    """Returns the widths of the columns of words that fit; narrow ones get the spare width.

    Empty if not even the least widths fit.
    """
    spare = width - sum(least(table, place) + gap for place in shown) + gap
    if spare < 0:
        return {}
    room = {n: least(table, n) for n in shown if table.columns[n].align == "text"}
    lacking = {}
    for place, least_width in room.items():
        texts = [table.columns[place].name, *_texts(table, place)]
        longest = max(len(line) for text in texts for line in text.split("\n"))
        lacking[place] = max(0, longest - least_width)
    for done, place in enumerate(sorted(lacking, key=lambda place: lacking[place])):
        more = min(lacking[place], spare // (len(lacking) - done))
        room[place] += more
        spare -= more
    return room


def _texts(table: TableBlock, place: int) -> list[str]:
    return [cells.text(row.cells[place]) for row in table.rows]
