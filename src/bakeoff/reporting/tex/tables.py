"""A table of text cells as LaTeX, in the style of booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.tex.text import tex

PACKAGES = "booktabs,longtable,tabularx"

SHORT = {"text": 14, "number": 24, "key": 24}
"""Characters of a column that stays on one line, by its kind; the cells of wider ones fold."""

HEAD = 9
"""Characters of a line of a heading."""

MOST_LINES = 40
"""Lines of a table that floats, as far as they can be told; longer ones break across pages."""

FOLD = 36
"""Characters of a line of a folded cell, about."""

FOLDED = 0.78
"""Share of the line that all folded columns take of a table that breaks across pages."""

MANY = 8
"""Columns of a table; with more they stand closer."""

_FIGURE = re.compile(r"([+\N{MINUS SIGN}]?[\d,]+)(\.\d+)?( \(.*\))?")


def tex_table(grid: Grid, label: str, below: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines of a table, with its caption above it and paragraphs below it.

    Args:
        grid: its cells.
        label: what the document refers to it by.
        below: paragraphs.
    """
    yield from (_breaking if _lines_of(grid) > MOST_LINES else _floating)(grid, label, below)


def _floating(grid: Grid, label: str, below: Sequence[str]) -> Iterator[str]:
    folded = _folded(grid)
    name, width = ("tabularx", r"{\linewidth}") if any(folded) else ("tabular", "")
    specs = (
        r">{\raggedright\arraybackslash}X" if fold else _side(column)
        for column, fold in zip(grid.columns, folded, strict=True)
    )
    gap = 4 if len(grid.columns) <= MANY else 3
    yield r"\begin{table}[htbp]\setlength{\belowcaptionskip}{4pt}"
    yield rf"  \centering\footnotesize\setlength{{\tabcolsep}}{{{gap}pt}}"
    yield rf"  \caption{{{tex(grid.caption)}}}\label{{{label}}}"
    yield rf"  \begin{{{name}}}{width}{{@{{}}{''.join(specs)}@{{}}}}"
    yield r"    \toprule"
    yield f"    {_head(grid.columns)}"
    yield r"    \midrule"
    yield from (f"    {row}" for row in _rows(grid))
    yield r"    \bottomrule"
    yield rf"  \end{{{name}}}"
    if below:
        # In a box: paragraphs would be centred line by line.
        yield r"  \par\smallskip\parbox{\linewidth}{\raggedright"
        yield from (rf"    {tex(text)}\par" for text in below)
        yield "  }"
    yield r"\end{table}"


def _breaking(grid: Grid, label: str, below: Sequence[str]) -> Iterator[str]:
    specs = (
        rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}" if share else _side(column)
        for column, share in zip(grid.columns, _shares(grid), strict=True)
    )
    yield r"\begingroup\footnotesize\setlength{\tabcolsep}{4pt}\setlength{\LTcapwidth}{\linewidth}"
    yield rf"\begin{{longtable}}{{@{{}}{''.join(specs)}@{{}}}}"
    yield rf"  \caption{{{tex(grid.caption)}}}\label{{{label}}}\\"
    for end in (r"\endfirsthead", r"\endhead"):
        yield rf"  \toprule {_head(grid.columns)} \midrule {end}"
    yield r"  \bottomrule \endlastfoot"
    yield from (f"  {row}" for row in _rows(grid))
    yield r"\end{longtable}"
    yield from (rf"\noindent {tex(text)}\par" for text in below)
    yield r"\endgroup"


def _head(columns: Sequence[Column]) -> str:
    return " & ".join(map(_stacked, columns)) + r" \\"


def _stacked(column: Column) -> str:
    """Return a heading, a long one in several lines, the last of which is level with others."""
    lines = wrap(column.name, HEAD, break_long_words=False)
    if len(lines) < 2:
        return tex(column.name)
    stacked = r"\\ ".join(map(tex, lines))
    return rf"\shortstack[{_side(column)}]{{{stacked}}}"


def _rows(grid: Grid) -> Iterator[str]:
    columns = (
        [tex(cell) for cell in cells] if column.kind == "text" else _aligned(cells)
        for column, cells in zip(grid.columns, _cells(grid), strict=True)
    )
    # Sentences of one row and the next need some space between them.
    prose = all(column.kind == "text" for column in grid.columns)
    for number, cells in enumerate(zip(*columns, strict=True)):
        space = r"\addlinespace " if prose and number else ""
        yield rf"{space}{' & '.join(cells)} \\"


def _aligned(cells: Sequence[str]) -> Iterator[str]:
    """Yield the cells of a column of figures, which stand with their points below each other.

    What a figure lacks of the widest fraction and the widest bracket in its column is left empty.
    """
    found = [_FIGURE.fullmatch(cell) for cell in cells]
    fraction, bracket = (
        max((match[part] or "" for match in found if match), key=len, default="") for part in (2, 3)
    )
    for cell, match in zip(cells, found, strict=True):
        if match is None:
            yield tex(cell)
        else:
            sd = match[3] or ""
            yield (
                f"{tex(match[1])}{tex(match[2] or '')}{_space(fraction, match[2] or '')}"
                f"{_space(bracket, sd)}{_bound(sd)}"
            )


def _space(widest: str, text: str) -> str:
    """Return empty space as wide as what a text lacks of the widest."""
    if not text:
        return rf"\phantom{{{_bound(widest)}}}" if widest else ""
    lacking = len(widest) - len(text)
    return rf"\phantom{{{'0' * lacking}}}" if lacking else ""


def _bound(text: str) -> str:
    """Return a text that starts with a space, which then breaks no line."""
    return f"~{tex(text)}" if text.startswith(" ") else tex(text)


def _cells(grid: Grid) -> list[tuple[str, ...]]:
    return list(zip(*grid.rows, strict=True)) or [() for _ in grid.columns]


def _folded(grid: Grid) -> list[bool]:
    return [
        max(map(len, cells), default=0) > SHORT[column.kind]
        for column, cells in zip(grid.columns, _cells(grid), strict=True)
    ]


def _shares(grid: Grid) -> list[float]:
    """Return each folded column's share of the line, by the square root of what it holds; or 0."""
    pairs = zip(_cells(grid), _folded(grid), strict=True)
    sizes = [sum(map(len, cells)) ** 0.5 if fold else 0.0 for cells, fold in pairs]
    return [FOLDED * size / (sum(sizes) or 1) for size in sizes]


def _lines_of(grid: Grid) -> int:
    return sum(max(-(-len(cell) // FOLD) for cell in row) for row in grid.rows)


def _side(column: Column) -> str:
    return "l" if column.kind == "text" else "r"
