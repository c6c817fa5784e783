"""A terminal: lines that fit it, columns that are dropped by name, and nothing cut."""

import io

import claimed_results as claimed
import pytest
import sample_results as sample
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bakeoff.data.metrics import Error
from bakeoff.reporting.page import Page
from bakeoff.reporting.reports import BRIEF, report
from bakeoff.reporting.section import Cell, Column, Notice, Number, Report, Row, Section, TableBlock
from bakeoff.reporting.sections import audit
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.audit_notices import notice
from bakeoff.reporting.write import as_text
from bakeoff.reporting.writers.terminal import Terminal
from bakeoff.reporting.writers.terminal import as_text as written

LEFT_OUT = "left out for lack of width"


def alone(table: TableBlock, width: int) -> str:
    return written(Report("n", "t", "", (), "o", (Section("a", "A", (table,)),)), width=width)


def of(*columns: tuple[Column, Cell]) -> TableBlock:
    return TableBlock(
        "t", "So", tuple(c for c, _ in columns), (Row(tuple(cell for _, cell in columns)),)
    )


def level(value: float | None) -> Number:
    return Number(value, "level", Error())


def weighted(*weights: int) -> TableBlock:
    named = (Column("Name", "text"), "a variant of a name")
    return of(named, *((Column(f"Column {w}", weight=w), level(0.1 * w)) for w in weights))


@pytest.mark.parametrize("width", [30, 45, 60, 120])
def test_the_heaviest_columns_go_first_and_each_is_named(width: int) -> None:
    text = alone(weighted(1, 2, 3, 4), width)

    head = text.partition("─")[0]
    dropped = [w for w in (1, 2, 3, 4) if f"{10 * w}.00" not in text]
    assert dropped == [1, 2, 3, 4][4 - len(dropped) :]
    _, _, named = " ".join(text.split()).partition(LEFT_OUT)
    assert [w for w in (1, 2, 3, 4) if f"Column {w}" in named] == dropped
    assert (len(dropped) > 0) == (width < 60)
    assert "Name" in head


def test_what_has_no_weight_always_stays() -> None:
    assert "10.00" in alone(of((Column("N", "text"), "name"), (Column("x"), level(0.1))), 20)


def test_a_column_without_a_value_vanishes_in_silence_and_before_any_other() -> None:
    columns = [(Column("Name", "text"), "CNN"), (Column("Empty", weight=1), level(None))]
    columns += [(Column("Said", weight=2), level(0.5))]

    wide, narrow = alone(of(*columns), 80), alone(of(*columns), 16)

    for text in (wide, narrow):
        assert "Empty" not in text
        assert LEFT_OUT not in text
        assert "50.00" in text


@given(st.integers(36, 140), st.text("abc -", min_size=1, max_size=40), st.integers(0, 6))
def test_nothing_is_cut_and_no_line_is_too_long(width: int, name: str, shown: int) -> None:
    name = f"x{name}x"
    columns = [(Column(f"Number {w}", weight=w), Number(0.1, sd=0.02)) for w in range(1, shown + 1)]
    words = (Column("Against the best", "text", weight=9), "not significant")
    table = of((Column("Variant", "text"), name), *columns, words)

    text = alone(table, width)

    assert max(map(len, text.splitlines())) <= width
    head = text.partition("─")[0]
    joined = "".join(text.split())
    for letter in set(name.replace(" ", "")):
        assert joined.count(letter) >= name.count(letter)
    for column in table.columns:
        first = column.name.split()[0]
        assert (first in head) or (column.name in " ".join(text.split()).partition(LEFT_OUT)[2])
    if "Against" in head:
        assert "best" in head
        assert "significant" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_report_fits_and_every_column_is_shown_or_named(width: int) -> None:
    results = sample.with_holes()
    (table,) = (b for b in report(results, BRIEF).sections[0].blocks if isinstance(b, TableBlock))

    text = as_text(results, width=width)

    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    head = text.partition("─")[0].rpartition("\n\n")[2].split()
    _, _, named = " ".join(text.split()).partition(LEFT_OUT)
    for column in table.columns:
        words = (column.short or column.name).split()
        assert set(words) <= set(head) or column.name in named.partition("CNN")[0], column
    for name in results.histories:
        assert all(word in text for word in name.split())


def test_names_are_names_and_no_colours() -> None:
    assert "[red]x" in as_text(sample.renamed(sample.whole(), {"CNN": "[red]x"}))


def test_the_best_stands_out_where_there_are_colours() -> None:
    page = io.StringIO()
    Console(file=page, width=100, force_terminal=True, color_system="standard").print(
        Terminal(report(sample.whole(), BRIEF))
    )

    best = cells.text(report(sample.whole(), BRIEF).sections[0].blocks[0].rows[2].cells[2])  # type: ignore[union-attr]
    assert f"\x1b[1m{best}" in page.getvalue()


def test_the_gravest_findings_are_told_and_the_others_counted() -> None:
    page = Page(sample.with_holes())
    found = [notice(one, page.results.study) for one in page.findings]
    assert len(found) > audit.SHOWN

    told = audit.brief(page)

    assert told is not None
    shown = [block for block in told.blocks if isinstance(block, Notice)]
    assert shown[: audit.SHOWN] == found[: audit.SHOWN]
    assert not set(shown) & set(found[audit.SHOWN :])
    text = " ".join(as_text(page.results).split())
    assert f"And {len(found) - audit.SHOWN} more" in text


@pytest.mark.parametrize("width", [40, 80])
def test_every_verdict_is_told_whole(width: int) -> None:
    text = " ".join(as_text(claimed.whole(), width=width).split())

    for verdict in Page(claimed.whole()).verdicts:
        assert f"{verdict.claim.id} {verdict.outcome}" in text
