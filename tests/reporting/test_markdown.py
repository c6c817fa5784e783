"""Markdown: text that prints as it reads, and tables whose rows are whole."""

import unicodedata

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.audit.audit import AuditFinding
from bakeoff.analysis.results import Results
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Fold, Heading, Paragraph, Report, Section
from bakeoff.reporting.text.audit_notices import TITLES
from bakeoff.reporting.write import render
from bakeoff.reporting.writers.markdown import as_markdown, escaped


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("+ dropout", r"\+ dropout"),
        ("- bias", r"\- bias"),
        ("1. baseline", r"1\. baseline"),
        ("2) wide", r"2\) wide"),
        ("# one", r"\# one"),
        ("> 5", r"\> 5"),
        ("--- a", r"\--- a"),
        ("=== a", r"\=== a"),
        ("-0.5 of it", "-0.5 of it"),
        ("1.5 wide", "1.5 wide"),
        ("a + b - c", "a + b - c"),
        ("&amp; and &#38; & so", r"\&amp; and &\#38; & so"),
        ("a|b <i>*x*", r"a\|b \<i\>\*x\*"),
        ("`code` [x](y)", r"\`code\` \[x\](y)"),
        ("two\n lines", "two lines"),
    ],
)
def test_names_print_as_they_read(text: str, written: str) -> None:
    assert escaped(text) == written


def test_composed_and_decomposed_accents_give_one_text() -> None:
    name = "Dembélé"

    both = {
        render(sample.renamed(sample.whole(), {"CNN": unicodedata.normalize(form, name)}), "md")
        for form in ("NFC", "NFD")
    }

    (text,) = both
    assert name in text


def tables(text: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


@pytest.mark.parametrize(
    "results",
    [sample.whole(), sample.with_holes(), sample.empty(), claimed.whole()],
    ids=["whole", "holes", "empty", "claims"],
)
def test_every_row_has_a_cell_for_each_column(results: Results) -> None:
    names = {"CNN": "a|b"}
    found = tables(
        render(results if results.study.claims else sample.renamed(results, names), "md")
    )

    assert found
    for table in found:
        assert len({line.replace(r"\|", "").count("|") for line in table}) == 1


def test_sections_stand_in_their_order_and_a_study_without_claims_has_no_verdicts() -> None:
    def headings(results: Results) -> list[str]:
        lines = render(results, "md").splitlines()
        return [line.removeprefix("## ") for line in lines if line.startswith("## ")]

    assert headings(claimed.whole())[:3] == ["Verdicts", "Audit", "Results"]
    assert headings(sample.whole())[:2] == ["Audit", "Results"]


def test_the_audit_is_told_with_how_grave_each_finding_is() -> None:
    found: tuple[AuditFinding, ...] = Page(claimed.whole()).findings

    lines = render(claimed.whole(), "md").splitlines()

    for one in found:
        assert any(line.startswith(f"- {one.severity}: **{TITLES[one.kind]}.**") for line in lines)


def test_a_heading_over_what_is_for_pages_alone_is_left_out() -> None:
    blocks = (Heading("Folded"), Fold("x", (Paragraph("y"),)), Heading("Said"), Paragraph("z"))

    text = as_markdown(Report("n", "t", "", (), "o", (Section("a", "A", blocks),)))

    assert [line for line in text.splitlines() if line.startswith("###")] == ["### Said"]


def test_a_shortened_run_says_so() -> None:
    assert "2 of 15 rounds, 3 of 25 epochs" in render(sample.shortened(), "md")
    assert "hortened" not in render(sample.whole(), "md")


def test_a_study_that_has_not_run_still_has_its_published_figures() -> None:
    assert "25.04 (1.40)" in render(sample.empty(), "md")
