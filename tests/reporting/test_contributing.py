"""The section, the chart and the format that CONTRIBUTING shows do what it says."""

import re
from pathlib import Path
from types import ModuleType

import pytest
import sample_results as sample

from bakeoff.reporting.charts.kit import svg
from bakeoff.reporting.page import Page
from bakeoff.reporting.reports import WHOLE, report
from bakeoff.reporting.writers.html import as_html
from bakeoff.reporting.writers.markdown import as_markdown

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def module(name: str) -> ModuleType:
    """Return what the file of this name, as CONTRIBUTING prints it, defines."""
    found = re.search(rf"`reporting/\w+/{name}\.py`:\n\n```python\n(.*?)```", TEXT, re.S)
    assert found, name
    made = ModuleType(name)
    exec(compile(found[1], name, "exec"), vars(made))
    return made


def test_a_section_in_the_list_is_in_the_report() -> None:
    text = as_markdown(report(sample.whole(), [*WHOLE, module("slowest").section]))

    table = text.partition("## The slowest")[2]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")][2:]
    seconds = [float(row[2]) for row in rows]
    assert len(seconds) == len(sample.STUDY.variants)
    assert seconds == sorted(seconds, reverse=True)


def test_a_chart_is_drawn_with_its_numbers() -> None:
    figure = module("sizes").sizes(Page(sample.whole()))

    assert [row.cells[0] for row in figure.table.rows] == [v.name for v in sample.STUDY.variants]
    assert "NaN" not in svg(figure.chart)


@pytest.mark.parametrize("results", [sample.whole(), sample.empty()], ids=["whole", "empty"])
def test_a_format_walks_the_sections(results) -> None:
    made = report(results, WHOLE)

    text = module("plain").as_plain(made)

    assert text.startswith(f"{made.title}\n\n{made.opening}\n\n")
    assert "The source leaves these points open" in text
    assert as_html(made)
