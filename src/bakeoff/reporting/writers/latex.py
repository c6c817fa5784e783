"""A report's tables as LaTeX, in the style of booktabs, for a paper to read in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from textwrap import wrap

from bakeoff.reporting.section import (
    Badge,
    Block,
    Cell,
    Column,
    Notice,
    Number,
    Paragraph,
    Report,
    Row,
    TableBlock,
)
from bakeoff.reporting.text import cells
from bakeoff.reporting.writers.columns import fitting

PACKAGES = "booktabs,longtable,tabularx"

SHORT = {"text": 14, "number": 24}
"""Characters of a column that stays on one line, by its kind; the cells of wider ones fold."""

LINE = 88
"""Characters of a line of footnote size, about, in an article of one column."""

HEAD = 9
"""Characters of a line of a heading."""

MOST_LINES = 40
"""Estimated lines of a table that floats; longer tables break across pages."""

FOLD = 36
"""Characters of a line of a folded cell, about."""

FOLDED = 0.78
"""Share of the line that all folded columns take of a table that breaks across pages."""

MANY = 8
"""Columns of a table; with more they stand closer."""


def as_latex(report: Report, label: str = "") -> str:
    r"""Returns the tables as LaTeX that ``\input`` reads into a document.

    The packages that the document must load are named in a comment on top. Each table has a
    label, ``tab:dong-results``. Paragraphs of a section stand below its first table; notices, as
    those of the audit, make one table.

    Args:
        report: whose tables are written.
        label: how the run differs from the study as declared; every caption says so.
    """
    return "\n".join(_lines(report, label)) + "\n"


def _lines(report: Report, label: str) -> Iterator[str]:
    yield f"% {' '.join(report.title.split())}: tables, written by bakeoff."
    yield rf"% Into the document's preamble: \usepackage{{{PACKAGES}}}"
    yield "% A longtable, which breaks across pages, stands in documents of one column only."
    for notice in report.notices:
        yield from ("", rf"\noindent\textbf{{{tex(notice.title)}.}} {tex(notice.text)}")
    study = re.sub(r"[^A-Za-z0-9]+", "-", report.name)
    run = f" (run as {label})" if label else ""
    for section in report.sections:
        below = [block.text for block in section.blocks if isinstance(block, Paragraph)]
        for table in _tables(section.blocks, section.anchor, section.title):
            caption = table.caption or section.title
            titled = replace(table, caption=f"{caption.rstrip('.')}{run}.")
            yield ""
            shown, dropped = fitting(titled, LINE, gap=1)
            fits = replace(
                titled,
                columns=tuple(table.columns[place] for place in shown),
                rows=tuple(Row(tuple(row.cells[place] for place in shown)) for row in table.rows),
            )
            remarks = [*below, dropped] if dropped else below
            yield from latex_table(fits, f"tab:{study}-{table.name}", remarks)
            below = []


def _tables(blocks: Iterable[Block], anchor: str, title: str) -> Iterator[TableBlock]:
    notices = [block for block in blocks if isinstance(block, Notice)]
    if notices:
        columns = (Column("Finding", "text"), Column("Weight", "text"), Column("Detail", "text"))
        rows = tuple(Row((n.title, Badge(n.tone, n.tone), n.text)) for n in notices)
        yield TableBlock(anchor, title, columns, rows)
    yield from (block for block in blocks if isinstance(block, TableBlock))


def latex_table(table: TableBlock, label: str, below: Sequence[str] = ()) -> Iterator[str]:
    """Yields the lines of a table, with its caption above it and paragraphs below it."""
    yield from (_breaking if _lines_of(table) > MOST_LINES else _floating)(table, label, below)


def _floating(table: TableBlock, label: str, below: Sequence[str]) -> Iterator[str]:
    folded = _folded(table)
    name, width = ("tabularx", r"{\linewidth}") if any(folded) else ("tabular", "")
    specs = (
        r">{\raggedright\arraybackslash}X" if fold else _side(column)
        for column, fold in zip(table.columns, folded, strict=True)
    )
    gap = 4 if len(table.columns) <= MANY else 3
    yield r"\begin{table}[htbp]\setlength{\belowcaptionskip}{4pt}"
    yield rf"  \centering\footnotesize\setlength{{\tabcolsep}}{{{gap}pt}}"
    yield rf"  \caption{{{tex(table.caption)}}}\label{{{label}}}"
    yield rf"  \begin{{{name}}}{width}{{@{{}}{''.join(specs)}@{{}}}}"
    yield r"    \toprule"
    yield f"    {_head(table.columns)}"
    yield r"    \midrule"
    yield from (f"    {row}" for row in _rows(table))
    yield r"    \bottomrule"
    yield rf"  \end{{{name}}}"
    if below:
        # In a box: paragraphs would be centred line by line.
        yield r"  \par\smallskip\parbox{\linewidth}{\raggedright"
        yield from (rf"    {tex(text)}\par" for text in below)
        yield "  }"
    yield r"\end{table}"


def _breaking(table: TableBlock, label: str, below: Sequence[str]) -> Iterator[str]:
    specs = (
        rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}" if share else _side(column)
        for column, share in zip(table.columns, _shares(table), strict=True)
    )
    yield r"\begingroup\footnotesize\setlength{\tabcolsep}{4pt}\setlength{\LTcapwidth}{\linewidth}"
    yield rf"\begin{{longtable}}{{@{{}}{''.join(specs)}@{{}}}}"
    yield rf"  \caption{{{tex(table.caption)}}}\label{{{label}}}\\"
    for end in (r"\endfirsthead", r"\endhead"):
        yield rf"  \toprule {_head(table.columns)} \midrule {end}"
    yield r"  \bottomrule \endlastfoot"
    yield from (f"  {row}" for row in _rows(table))
    yield r"\end{longtable}"
    yield from (rf"\noindent {tex(text)}\par" for text in below)
    yield r"\endgroup"


def _head(columns: Sequence[Column]) -> str:
    return " & ".join(map(_stacked, columns)) + r" \\"


def _stacked(column: Column) -> str:
    """Returns a heading, a long one in several lines, the last of which is level with others."""
    name = column.short or column.name
    lines = wrap(name, HEAD, break_long_words=False)
    if len(lines) < 2:
        return tex(name)
    stacked = r"\\ ".join(map(tex, lines))
    return rf"\shortstack[{_side(column)}]{{{stacked}}}"


def _rows(table: TableBlock) -> Iterator[str]:
    columns = (
        map(_word, cells_of) if column.align == "text" else _aligned(cells_of)
        for column, cells_of in zip(table.columns, _cells(table), strict=True)
    )
    # Sentences of one row and the next need some space between them.
    prose = all(column.align == "text" for column in table.columns)
    for number, texts in enumerate(zip(*columns, strict=True)):
        space = r"\addlinespace " if prose and number else ""
        yield rf"{space}{' & '.join(texts)} \\"


def _word(cell: Cell) -> str:
    return tex(cells.text(cell))


def _aligned(column: Sequence[Cell]) -> Iterator[str]:
    """Yields the cells of a column of figures, which stand with their points below each other.

    Empty space stands for what a figure lacks of the widest fraction and bracket in its column.
    """
    parts = [
        (*cells.parts(cell)[0].partition("."), cells.parts(cell)[1])
        if isinstance(cell, Number) and cell.value is not None
        else None
        for cell in column
    ]
    fraction = max((f"{p[1]}{p[2]}" for p in parts if p), key=len, default="")
    bracket = max((f" {p[3]}" for p in parts if p and p[3]), key=len, default="")
    for cell, part in zip(column, parts, strict=True):
        if part is None:
            yield _word(cell)
            continue
        whole, point, decimals, sd = part
        aside = f" {sd}" if sd else ""
        number = f"{tex(whole)}{tex(point + decimals)}"
        if isinstance(cell, Number) and cell.mark:
            number = rf"\textbf{{{number}}}"
        yield f"{number}{_space(fraction, point + decimals)}{_space(bracket, aside)}{_bound(aside)}"


def _space(widest: str, text: str) -> str:
    """Returns empty space as wide as what a text lacks of the widest."""
    if not text:
        return rf"\phantom{{{_bound(widest)}}}" if widest else ""
    lacking = len(widest) - len(text)
    return rf"\phantom{{{'0' * lacking}}}" if lacking else ""


def _bound(text: str) -> str:
    """Returns a text that starts with a space, which then breaks no line."""
    return f"~{tex(text)}" if text.startswith(" ") else tex(text)


def _cells(table: TableBlock) -> list[tuple[Cell, ...]]:
    return list(zip(*(row.cells for row in table.rows), strict=True)) or [() for _ in table.columns]


def _folded(table: TableBlock) -> list[bool]:
    return [
        max((len(cells.text(cell)) for cell in cells_of), default=0) > SHORT[column.align]
        for column, cells_of in zip(table.columns, _cells(table), strict=True)
    ]


def _shares(table: TableBlock) -> list[float]:
    """Returns each folded column's share of the line, by the square root of what it holds; or 0."""
    pairs = zip(_cells(table), _folded(table), strict=True)
    sizes = [
        sum(len(cells.text(cell)) for cell in column) ** 0.5 if fold else 0.0
        for column, fold in pairs
    ]
    return [FOLDED * size / (sum(sizes) or 1) for size in sizes]


def _lines_of(table: TableBlock) -> int:
    return sum(max(-(-len(cells.text(cell)) // FOLD) for cell in row.cells) for row in table.rows)


def _side(column: Column) -> str:
    return "l" if column.align == "text" else "r"


# Text that prints the same.

_ASCII = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textquoteleft{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # After a row's end, `[` and `*` would be taken for its arguments.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}

_SIGNS = {
    "\N{MINUS SIGN}": "$-$",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{NOT EQUAL TO}": r"$\neq$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{INFINITY}": r"$\infty$",
    "\N{CHECK MARK}": r"$\surd$",
    "\N{BALLOT X}": r"$\times$",
}

KNOWN = "\u00a0\u2011–—‘’“”…†‡§±×·°←→µ²³"  # noqa: RUF001
"""Signs that LaTeX knows by itself (since 2020), beside letters."""

_SMALL = (
    "ALPHA BETA GAMMA DELTA EPSILON ZETA ETA THETA IOTA KAPPA LAMDA MU NU XI PI RHO SIGMA TAU "
    "UPSILON PHI CHI PSI OMEGA"
)
_CAPITAL = "GAMMA DELTA THETA LAMDA XI PI SIGMA UPSILON PHI PSI OMEGA"
_GREEK = {
    unicodedata.lookup(f"GREEK {size} LETTER {name}"): f"$\\{spelt(name.replace('MDA', 'MBDA'))}$"
    for size, spelt, names in (("SMALL", str.lower, _SMALL), ("CAPITAL", str.title, _CAPITAL))
    for name in names.split()
}

_UNKNOWN = "ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ"
"""Latin letters that pdfLaTeX does not know unless a document asks for T1 fonts."""

_WRITTEN = _ASCII | _SIGNS | _GREEK
_LIGATURE = re.compile(r"(?<=([-,']))(?=\1)")
_TEX_QUOTED = re.compile(r"``(.+?)''")
_OPENING = re.compile(r"(?:^|(?<=[\s(\[{<\-/\u2013\u2014\u2018\u201c]))\"(?=\S)")


def tex(text: str) -> str:
    """Returns text in LaTeX: special characters escaped, signs as macros or formulas, one line.

    Accented Latin letters stay as they are. A character that pdfLaTeX does not know is written as
    its code point, ``{[}U+1F600{]}``.
    """
    line = _curled(" ".join(text.replace("\0", " ").split()))
    return "".join(map(_character, _LIGATURE.sub("\0", line)))


def _curled(line: str) -> str:
    """Returns a line with its double quotation marks opening and closing, also those of TeX."""
    line = _TEX_QUOTED.sub("\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", line)
    line = _OPENING.sub("\N{LEFT DOUBLE QUOTATION MARK}", line)
    return line.replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}")


def _character(sign: str) -> str:
    if sign == "\0":
        # Between two hyphens, commas or apostrophes, which TeX would make one sign.
        return "{}"
    if sign in _WRITTEN:
        return _WRITTEN[sign]
    if sign in KNOWN or (sign.isascii() and sign.isprintable()):
        return sign
    if sign.isalpha() and "\u00c0" <= sign <= "\u017f" and sign not in _UNKNOWN:
        return sign
    return f"{{[}}U+{ord(sign):04X}{{]}}"
