"""What a report is made of: sections of blocks, which every writer walks.

A section holds paragraphs, tables and figures. A cell of a table holds a value with its metric;
the writer that prints it makes the text (`text.cells`), so that percent, signs and decimals are
made in one place, a page can sort by the value, and LaTeX can align the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from bakeoff.data.metric import Metric
from bakeoff.reporting.images import Thumbnail
from bakeoff.reporting.palette import Style

if TYPE_CHECKING:
    import altair as alt

Tone: TypeAlias = Literal[
    "plain", "supported", "contradicted", "undecided", "grave", "caution", "note"
]
"""How grave something is; writers give each a colour and a sign."""

Kind: TypeAlias = Literal["level", "difference", "count", "seconds", "p", "share", "effect"]
"""What a number is: a metric's value, a difference of two, or a number without a metric."""

Keys: TypeAlias = Mapping[str, Style]
"""Names that a figure or a table tells apart, each with its colour and dash."""


@dataclass(frozen=True)
class Number:
    """A number and what it is of.

    Attributes:
        value: in the metric's own unit, an error of 10% as 0.1; None if there is none.
        kind: what it is; it says how the number prints.
        metric: whose value, or difference of values, it is; None for the other kinds.
        sd: its standard deviation, in the same unit; None for none.
        mark: whether it stands out: the best of its column, say.
    """

    value: float | None
    kind: Kind = "level"
    metric: Metric | None = None
    sd: float | None = None
    mark: bool = False


@dataclass(frozen=True)
class Interval:
    """Between which values something lies; both ends may be infinite."""

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
    """A word that leads somewhere: to an anchor of this page, or to another page."""

    text: str
    href: str


Cell: TypeAlias = str | Number | Interval | Badge | Link | None
"""What stands in a table; None is printed as a dash."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        align: ``text`` or ``number``.
        short: the heading where there is little room; empty for the same.
        weight: how soon a narrow writer drops it, the highest first; 0 is always shown.
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
        detail: what stands behind it, folded on a page.
        summary: what the fold is called.
        anchor: where links to it lead; empty for none.
    """

    cells: tuple[Cell, ...]
    detail: tuple[Block, ...] = ()
    summary: str = "More"
    anchor: str = ""


@dataclass(frozen=True)
class Table:
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
    """Terms with what each is, or means."""

    pairs: tuple[tuple[str, str], ...]
    long: bool = False


@dataclass(frozen=True)
class Code:
    """Code, as it is written."""

    title: str
    text: str


@dataclass(frozen=True)
class Notice:
    """Something that a reader must know, with how grave it is.

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
    """How many there are of each outcome, and which.

    Attributes:
        outcomes: each with the links to what has it, or, without links, their number.
    """

    outcomes: tuple[tuple[Badge, int, tuple[Link, ...]], ...]


@dataclass(frozen=True)
class Figure:
    """A chart, and the same in words and numbers for those who cannot see it.

    Attributes:
        name: unique in a report; letters, digits and dashes.
        title: what it shows.
        caption: what the marks are, in one sentence.
        reading: how to read it further, in a few sentences; maybe empty.
        chart: as wide as what holds it; titled.
        table: the numbers drawn.
        keys: what a legend must tell; empty if names stand in the chart.
    """

    name: str
    title: str
    caption: str
    chart: alt.LayerChart
    table: Table
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
        keys: what the legend tells; empty for none.
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
    """What a variant, or several, answered to an example.

    Attributes:
        answer: as short as the truth is.
        detail: who gave it, or how sure they were; maybe empty.
        right: whether it is the truth.
        letter: what the variant is called here; empty if it is told in `detail`.
        style: its colour, where it has a letter.
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
        where: which round tested it.
        replies: what was answered.
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
    """What a page shows when it is asked for."""

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
    | Table
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
        source: where its claims come from; maybe empty.
        notices: what stands between its numbers and the study as declared.
        opening: the first paragraph.
        sections: in order; none is empty.
        keys: the variants' colours.
    """

    name: str
    title: str
    source: str
    notices: tuple[Notice, ...]
    opening: str
    sections: tuple[Section, ...]
    keys: Keys = field(default_factory=dict)


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yields blocks and those within them, in order."""
    for block in blocks:
        yield block
        match block:
            case Fold():
                yield from walk(block.blocks)
            case Panels():
                yield from block.figures
            case Table():
                for row in block.rows:
                    yield from walk(row.detail)
            case _:
                pass


def figures(report: Report) -> list[Figure]:
    """Returns all figures of a report, in order."""
    blocks = (block for section in report.sections for block in walk(section.blocks))
    return [block for block in blocks if isinstance(block, Figure)]
