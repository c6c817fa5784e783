"""What is said of each kind of claim; `golden/sentences.txt` shows it."""

import csv
import io
import json
import re
from typing import Any

import pytest
from made_claims import (
    BAD,
    ERRORS,
    EVERY,
    FEW,
    GAINS,
    GOOD,
    MANY,
    NONE,
    errors,
    judged,
    numbers,
    situations,
    thousands,
)

from bakeoff.analysis.statistics.typical import typical
from bakeoff.claims.composed import AllOf
from bakeoff.claims.differences import Better, Equivalent
from bakeoff.claims.levels import Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.metrics import MAE, R2
from bakeoff.reporting.page import Page
from bakeoff.reporting.reports import report
from bakeoff.reporting.section import Figure, Items, TableBlock, walk
from bakeoff.reporting.sections.verdicts import evidence_table, verdicts_table
from bakeoff.reporting.text import cells
from bakeoff.reporting.write import as_text, render
from bakeoff.study.claims import ClaimTest

SITUATIONS = situations()


@pytest.mark.parametrize("verdict", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_beats_and_open_are_said_by_the_verdict(verdict: Verdict) -> None:
    text = verdict.sentence

    assert text.endswith(".")
    if not isinstance(verdict.claim.test, AllOf) and len(verdict.comparisons) == 1:
        assert bool(re.search("beats|loses to", text)) <= (verdict.outcome != "undecided")
        assert ("it is open" in text) <= (verdict.outcome == "undecided")
    assert not re.search(r"\bnan\b|\binf\b|None", text)
    assert not re.search("would (probably )?settle|would be likely", text)


def test_the_size_told_is_the_typical_difference() -> None:
    ((leaf,),) = (one.comparisons for one in judged(ERRORS, Better("good", than="bad")))
    found = typical(GAINS)

    assert leaf.evidence.estimate == pytest.approx(found.estimate)  # type: ignore[union-attr]
    assert leaf.evidence.interval == pytest.approx(found.interval)  # type: ignore[union-attr]


def test_every_comparison_is_in_the_details_whatever_the_sentence_tells() -> None:
    results = errors({"good": GOOD, **MANY}, Better("good", than=tuple(MANY)))
    (verdict,) = verdicts(results)

    table = evidence_table(verdict)
    assert table is not None
    assert [cells.text(row.cells[0])[0] for row in table.rows] == ["✓"] * len(MANY)
    (row,) = verdicts_table(Page(results)).rows
    (told,) = (block.texts for block in row.detail if isinstance(block, Items))
    assert len(told) == len(MANY)
    assert render(results, "md").count("\n- ✓ good beats v") == len(MANY)
    (kept,) = json.loads(render(results, "json"))["verdicts"]
    assert kept["sentence"].count("✓") == len(kept["comparisons"]) == len(MANY)


CLAIMS = tuple(test for test in EVERY if test.needs_rounds)


def test_fewer_than_6_rounds_have_no_interval_in_any_format() -> None:
    results = errors(FEW, *CLAIMS, epochs=(0.5,))

    assert {one.outcome for one in verdicts(results) if not one.is_counted} == {"undecided"}
    for found in verdicts(results):
        assert "interval" not in found.sentence
        assert found.is_counted or found.p is None
    blocks = [block for s in report(results).sections for block in walk(s.blocks)]
    tables = [b for b in blocks if isinstance(b, TableBlock)]
    tables += [block.table for block in blocks if isinstance(block, Figure)]
    intervals = [
        cells.text(cell)
        for table in tables
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        if "interval" in column.name
    ]
    assert set(intervals) == {cells.NOTHING}
    for text in (render(results, "md"), render(results, "tex"), as_text(results)):
        # A caption may say what an interval would be; no cell holds one.
        assert not re.search(r"95% (interval )?\d|95\\% (interval )?\d|\d to [^\w ]?\d+\.\d", text)
    rows = list(csv.DictReader(io.StringIO(render(results, "csv-summary"))))
    assert (
        {row["measured_low95"] for row in rows} == {row["measured_high95"] for row in rows} == {""}
    )
    told = _intervals(json.loads(render(results, "json")))
    assert told == [None] * len(told) != []


def _intervals(value: Any) -> list[Any]:
    """Return everything under a name of an interval."""
    if isinstance(value, list):
        return [found for item in value for found in _intervals(item)]
    if not isinstance(value, dict):
        return []
    own = [item for name, item in value.items() if name.endswith("interval95")]
    return own + [found for item in value.values() for found in _intervals(item)]


MOST_DIVERGED = {"good": GOOD, "bad": [*BAD[:2], *NONE[2:]], "like": NONE}


@pytest.mark.parametrize("test", CLAIMS, ids=repr)
def test_most_rounds_diverged_are_told_in_words(test: ClaimTest) -> None:
    for values in (MOST_DIVERGED, {**MOST_DIVERGED, "good": NONE, "bad": GOOD}):
        (found,) = judged(values, test, epochs=(0.5,))
        assert not re.search(r"\bnan\b|\binf\b|None", found.sentence)


@pytest.mark.parametrize("format", ["md", "tex", "json", "csv", "csv-summary", "summary", "html"])
def test_most_rounds_diverged_print_in_every_format(format: Any) -> None:
    unbounded = (
        Better("good", than="bad"),
        Reaches("bad", value=20.0),
        Equivalent("bad", "like", margin=0.1),
        Ordered(("like", "bad", "good")),
    )
    for results in (
        errors(MOST_DIVERGED, *CLAIMS, epochs=(0.5,)),
        numbers((MAE(), R2()), MOST_DIVERGED, *unbounded),
    ):
        text = render(results, format)
        if format in {"json", "summary"}:
            json.loads(text, parse_constant=lambda name: pytest.fail(name))
        elif format != "html":
            assert not re.search(r"\bnan\b|\binf\b", text)


def test_a_metric_without_percent_and_bounds_speaks_of_no_points_and_no_percent() -> None:
    results = thousands()

    for verdict in verdicts(results):
        assert not re.search("point|%", verdict.sentence.replace("95% interval", ""))
    for format in ("md", "tex"):
        assert "points" not in render(results, format).split("Audit")[0]  # type: ignore[arg-type]
