"""A report as GitHub-flavoured Markdown, for a README, an issue or a notebook."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from bakeoff.reporting.section import (
    Block,
    Heading,
    Items,
    Notice,
    Paragraph,
    Report,
    TableBlock,
    Tally,
    Terms,
)
from bakeoff.reporting.text import cells

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_FIRST = re.compile(r"^([-+=>]|\d+[.)])(?=\s|$|[-=])")


def as_markdown(report: Report) -> str:
    """Returns the sections without figures and without what a page folds away."""
    return "\n".join(_lines(report)) + "\n"


def escaped(text: str) -> str:
    """Returns text that Markdown prints unchanged, in one line.

    What would begin a list, a heading or a quotation, as ``+ dropout`` or ``1. baseline``, is
    escaped, and so is what would be an entity, as ``&amp;``. Accents are composed.
    """
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    line = _ENTITY.sub(r"\\&", _SPECIAL.sub(r"\\\1", line))
    return _FIRST.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", line)


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.title)}"
    if report.source:
        yield from ("", escaped(report.source))
    for notice in report.notices:
        yield from ("", f"> {_notice(notice)}")
    yield from ("", escaped(report.opening))
    for section in report.sections:
        yield from ("", f"## {escaped(section.title)}")
        yield from _blocks(section.blocks)


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    heading: tuple[str, ...] = ()
    for block in blocks:
        if isinstance(block, Heading):
            heading = ("", f"### {escaped(block.text)}")
        elif lines := list(_block(block)):
            # A heading is left out if its blocks are only for pages.
            yield from (*heading, *lines)
            heading = ()


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield from ("", escaped(block.text))
        case Items():
            yield ""
            yield from (f"- {escaped(item)}" for item in block.texts)
        case Terms():
            yield ""
            yield from (f"- {escaped(term)}: {escaped(value)}" for term, value in block.pairs)
        case Notice():
            yield from ("", f"- {block.tone}: {_notice(block)}")
        case Tally():
            counts = (f"{number} {badge.text}" for badge, number, _ in block.outcomes if number)
            yield from ("", f"{', '.join(counts)}.")
        case TableBlock():
            yield from _table(block)
        case _:
            pass  # Folds, figures and images are for pages.


def _notice(notice: Notice) -> str:
    return f"**{escaped(notice.title)}.** {escaped(notice.text)}"


def _table(table: TableBlock) -> Iterator[str]:
    if table.caption:
        caption = escaped(table.caption)
        # A paragraph of its own need not be bold.
        yield from ("", caption if ". " in caption else f"**{caption}**")
    yield from ("", _row(escaped(column.name) for column in table.columns))
    yield _row("---" if column.align == "text" else "---:" for column in table.columns)
    for row in table.rows:
        yield _row(escaped(cells.text(cell)) for cell in row.cells)
    # The details of a row: its sentences, not its tables.
    for row in table.rows:
        items = [line for line in _blocks(row.detail) if line.startswith("- ")]
        plain = [block.text for block in row.detail if isinstance(block, Paragraph)]
        if items or plain:
            yield from ("", f"{escaped(row.summary)}:", "")
            yield from items
            yield from (f"- {escaped(text)}" for text in plain)


def _row(parts: Iterable[str]) -> str:
    return f"| {' | '.join(parts)} |"
