"""Markdown: text that prints as it reads, and tables whose rows are whole."""

import unicodedata

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.reporting.section import Fold, Heading, Paragraph, Report, Section
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


def test_a_heading_over_what_is_for_pages_alone_is_left_out() -> None:
    blocks = (Heading("Folded"), Fold("x", (Paragraph("y"),)), Heading("Said"), Paragraph("z"))

    text = as_markdown(Report("n", "t", "", (), "o", (Section("a", "A", blocks),)))

    assert [line for line in text.splitlines() if line.startswith("###")] == ["### Said"]
