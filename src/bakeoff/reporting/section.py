"""The elements of a report: sections of blocks, which every writer walks.

A section holds paragraphs, tables and figures. A cell of a table holds a value with its metric;
the writer makes its text (`text.cells`), so that percent, signs and decimals are made in one place,
a page can sort by the value, and LaTeX can align the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from bakeoff.data.metric import Metric
from bakeoff.reporting.palette import Style
from bakeoff.reporting.thumbnails import Thumbnail

if TYPE_CHECKING:
    import altair as alt

Tone: TypeAlias = Literal[
    "plain", "supported", "contradicted", "undecided", "grave", "caution", "note"
]
"""The tones of words and notices; writers give each a colour and a sign."""

Kind: TypeAlias = Literal[
    "level", "difference", "count", "seconds", "time", "bytes", "p", "share", "effect"
]
"""The kinds of number: a metric's value, a difference of two, or a number without a metric."""

ItemT = TypeVar("ItemT")

Keys: TypeAlias = Mapping[str, Style]
"""The names in a figure or a table, each with its colour and dash."""


@dataclass(frozen=True)
class Number:
    """A number with its metric.

    Attributes:
        value: in the metric's own unit, an error of 10% as 0.1; None if there is none.
        kind: its kind, which decides how it prints.
        metric: the metric of a value or a difference; None for the other kinds.
        sd: its standard deviation, in the same unit; None for none.
        mark: whether it is emphasised, for example as the best of its column.
        ratio: to the best of its column; None for none.
    """

    value: float | None
    kind: Kind = "level"
    metric: Metric | None = None
    sd: float | None = None
    mark: bool = False
    ratio: float | None = None


@dataclass(frozen=True)
class Interval:
    """An interval; both ends may be infinite."""

    ends: tuple[float, float] | None
    kind: Kind = "level"
    metric: Metric | None = None


@dataclass(frozen=True)
class Badge:
    """A word with a tone: ``supported``, ``grave``."""

    text: str
    tone: Tone


@dataclass(frozen=True)
class Link:
    """A link to an anchor of this page, or to another page."""

    text: str
    href: str


@dataclass(frozen=True)
class Ranked:
    """Words that a page sorts by a number, the lowest first."""

    text: str
    key: float


Cell: TypeAlias = str | Number | Interval | Badge | Link | Ranked | None
"""A cell of a table; None is printed as a dash."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        align: ``text`` or ``number``.
        short: the heading for narrow tables; empty for the same.
        weight: a narrow writer drops the column of the highest weight first, and never one of 0.
    """

    name: str
    align: Literal["text", "number"] = "number"
    short: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        cells: one for each column; the first names the row.
        detail: blocks that a page folds below it.
        summary: the title of the fold.
        anchor: the target of links to it; empty for none.
    """

    cells: tuple[Cell, ...]
    detail: tuple[Block, ...] = ()
    summary: str = "More"
    anchor: str = ""


@dataclass(frozen=True)
class TableBlock:
    """A table.

    Attributes:
        name: unique in a report; labels and files are named after it.
        caption: what it shows, and in which unit.
        columns: headings.
        rows: in the order declared.
        keys: colours of the names in the first column.
        sortable: whether a reader may sort a page's rows.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    keys: Keys = field(default_factory=dict)
    sortable: bool = False

    @classmethod
    def of(
        cls,
        name: str,
        caption: str,
        items: Iterable[ItemT],
        *fields: tuple[Column, Callable[[ItemT], Cell]],
        keys: Keys | None = None,
        sortable: bool = False,
    ) -> TableBlock:
        """Returns a table with a row for each item, and a column for each field.

        A field is a column with the function that gives an item's cell.
        """
        columns = tuple(column for column, _ in fields)
        rows = tuple(Row(tuple(cell(item) for _, cell in fields)) for item in items)
        return cls(name, caption, columns, rows, keys or {}, sortable)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; an aside is set smaller."""

    text: str
    aside: bool = False


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """Terms with their values or meanings."""

    pairs: tuple[tuple[str, str], ...]
    long: bool = False


@dataclass(frozen=True)
class Code:
    """Code, as it is written."""

    title: str
    text: str


@dataclass(frozen=True)
class Notice:
    """A notice for the reader, with its tone.

    Attributes:
        tone: ``grave``, ``caution`` or ``note``.
        title: two or three words.
        text: one or two sentences.
        details: a sentence for each case; maybe empty.
    """

    tone: Tone
    title: str
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tally:
    """The number of claims of each outcome, with links.

    Attributes:
        outcomes: each with its number, and with links to its claims, maybe none.
    """

    outcomes: tuple[tuple[Badge, int, tuple[Link, ...]], ...]


@dataclass(frozen=True)
class Figure:
    """A chart, with the same in words and numbers for readers who cannot see it.

    Attributes:
        name: unique in a report; letters, digits and dashes.
        title: what it shows.
        caption: what the marks are, in one sentence.
        reading: how to read it further, in a few sentences; maybe empty.
        chart: as wide as what holds it; titled.
        table: the numbers drawn.
        keys: the legend; empty if names stand in the chart.
    """

    name: str
    title: str
    caption: str
    chart: alt.LayerChart
    table: TableBlock
    reading: str = ""
    keys: Keys = field(default_factory=dict)


@dataclass(frozen=True)
class Panels:
    """Figures side by side, with one legend.

    Attributes:
        name: unique in a report; a file that holds all of them is named after it.
        title: what they show together; empty for none.
        text: how to read them; maybe empty.
        figures: one or more.
        keys: the legend; empty for none.
        file: whether the figures are one figure of a report, to be written as one file.
    """

    name: str
    title: str
    text: str
    figures: tuple[Figure, ...]
    keys: Keys = field(default_factory=dict)
    file: bool = False


@dataclass(frozen=True)
class Reply:
    """The answer of one or several variants to an example.

    Attributes:
        answer: as short as the truth.
        detail: the variants, or their probabilities; maybe empty.
        right: whether it is the truth.
        letter: the letter of the variant; empty if `detail` names it.
        style: its colour, if it has a letter.
    """

    answer: str
    detail: str
    right: bool
    letter: str = ""
    style: Style | None = None


@dataclass(frozen=True)
class Card:
    """A test example.

    Attributes:
        images: what it shows; maybe empty.
        truth: the right answer: ``"cat"``, or ``"4 > 1"`` for a pair.
        where: the round that tested it.
        replies: the answers to it.
    """

    images: tuple[Thumbnail, ...]
    truth: str
    where: str
    replies: tuple[Reply, ...]


@dataclass(frozen=True)
class Gallery:
    """Test examples, one beside the other."""

    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Fold:
    """Blocks that a page shows when the reader unfolds them."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str


Block: TypeAlias = (
    Paragraph
    | Heading
    | Items
    | Terms
    | Code
    | Notice
    | Tally
    | TableBlock
    | Figure
    | Panels
    | Gallery
    | Fold
)


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        anchor: unique in a report.
        title: its heading.
        blocks: what it holds, in order.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes:
        name: the study's.
        title: its heading.
        source: the source of its claims; maybe empty.
        notices: how the run differs from the study as declared.
        opening: the first paragraph.
        sections: in order; none is empty.
    """

    name: str
    title: str
    source: str
    notices: tuple[Notice, ...]
    opening: str
    sections: tuple[Section, ...]


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yields blocks and those within them, in order."""
    for block in blocks:
        yield block
        match block:
            case Fold():
                yield from walk(block.blocks)
            case Panels():
                yield from block.figures
            case TableBlock():
                for row in block.rows:
                    yield from walk(row.detail)
            case _:
                pass


def figures(report: Report) -> list[Figure]:
    """Returns all figures of a report, in order."""
    blocks = (block for section in report.sections for block in walk(section.blocks))
    return [block for block in blocks if isinstance(block, Figure)]
