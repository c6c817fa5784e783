"""A report in the format that is asked for, or that a file's name tells."""

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff import report
from bakeoff.analysis.results import Results
from bakeoff.claims import verdicts
from bakeoff.errors import RunError
from bakeoff.reporting.reports import BRIEF, TABLES, WHOLE
from bakeoff.reporting.reports import report as made
from bakeoff.reporting.section import Figure, Panels, Report, TableBlock, walk
from bakeoff.reporting.write import as_text, render


def test_the_file_s_name_tells_the_format_and_may_not_contradict_it(tmp_path) -> None:
    results = sample.whole()
    for name, start in [
        ("r.md", "# "),
        ("r.csv", "study,"),
        ("r.json", "{"),
        ("r.tex", "% "),
        ("r.HTM", "<!doctype"),
    ]:
        path = report(results, tmp_path / name)
        assert path.read_text(encoding="utf-8").startswith(start), name
    assert '"curves"' not in report(results, tmp_path / "s.json", "summary").read_text()
    with pytest.raises(RunError, match="named as html, and csv is asked for"):
        report(results, tmp_path / "x.html", "csv")
    with pytest.raises(RunError, match=r"'\.pdf'.*\.tex"):
        report(results, tmp_path / "x.pdf")
    with pytest.raises(RunError, match="cannot be written as 'pdf'"):
        report(results, tmp_path / "x", "pdf")  # type: ignore[arg-type]
    assert not list(tmp_path.glob("x*"))


@pytest.mark.parametrize("format", ["html", "md", "tex", "json", "txt"])
def test_each_claim_is_judged_once_for_a_report(monkeypatch, format) -> None:
    asked: list[object] = []
    real = verdicts.part_of

    def counting(test, results: Results):
        asked.append(test)
        return real(test, results)

    monkeypatch.setattr(verdicts, "part_of", counting)
    results = claimed.whole()

    text = as_text(results) if format == "txt" else render(results, format)

    assert "S1" in text
    assert asked == [claim.test for claim in results.study.claims]


@pytest.mark.parametrize("format", ["html", "md", "tex", "json", "csv", "csv-summary", "txt"])
def test_a_shortened_run_says_so_and_another_does_not(format) -> None:
    short, whole = (
        as_text(results) if format == "txt" else render(results, format)
        for results in (sample.shortened(), sample.whole())
    )

    assert "2 of 15 rounds, 3 of 25 epochs" in " ".join(short.split())
    assert "of 15 rounds" not in " ".join(whole.split())


def names(report: Report) -> list[str]:
    blocks = [block for section in report.sections for block in walk(section.blocks)]
    return [block.name for block in blocks if isinstance(block, TableBlock | Figure | Panels)]


@pytest.mark.parametrize("parts", [WHOLE, TABLES, BRIEF], ids=["whole", "tables", "brief"])
@pytest.mark.parametrize(
    "results",
    [sample.whole(), sample.with_holes(), sample.empty(), claimed.whole(), claimed.answered()],
    ids=["whole", "holes", "empty", "claims", "answered"],
)
def test_what_has_a_name_is_named_once_and_no_section_is_empty(results: Results, parts) -> None:
    found = made(results, parts)

    anchors = [section.anchor for section in found.sections]
    assert len(anchors) == len(set(anchors))
    assert all(section.blocks for section in found.sections)
    assert len(names(found)) == len(set(names(found)))
