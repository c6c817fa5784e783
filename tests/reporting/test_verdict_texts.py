"""Verdicts and audit in Markdown, in a terminal, and in JSON."""

import io
import json
from dataclasses import replace

import claimed_results as claimed
import pytest
import sample_results as sample
from bakeoff.reporting.judgements import remarks
from bakeoff.reporting.terminal import SHOWN, as_terminal
from rich.console import Console

from bakeoff import report
from bakeoff.analysis.audit.audit import audit
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.claims.parts import Measured
from bakeoff.claims.verdicts import verdicts
from bakeoff.errors import RunError
from bakeoff.reporting.write import render

OUTCOMES = ["supported", "contradicted", "undecided", "supported", "supported"]


def printed(results: Results, width: int) -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(as_terminal(results))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_markdown_opens_with_the_verdicts_then_the_audit_then_the_tables() -> None:
    text = render(claimed.whole(), "md")

    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:3] == ["## Verdicts", "## Audit", "## Results"]
    rows = [line for line in text.splitlines() if line.startswith("| S")]
    assert [row.split(" | ")[1] for row in rows] == OUTCOMES
    found = remarks(claimed.whole())
    assert [line for line in text.splitlines() if line.startswith(f"- {found[0].severity}: **")]


def test_markdown_of_a_study_without_claims_has_no_verdicts() -> None:
    assert "## Verdicts" not in render(sample.whole(), "md")


@pytest.mark.parametrize("width", [80, 40])
def test_the_terminal_lists_each_verdict_under_the_table(width: int) -> None:
    lines = printed(claimed.whole(), width)

    assert all(len(line) <= width for line in lines)
    assert not any("…" in line for line in lines)
    told = [line for line in lines if line[:3] in {f"S{n} " for n in range(1, 6)}]
    assert [line.split()[1].rstrip(":") for line in told] == OUTCOMES
    sentences = " ".join(" ".join(lines).split())
    assert all(verdict.sentence in sentences for verdict in verdicts(claimed.whole()))
    assert all(variant.name.split()[0] in sentences for variant in claimed.STUDY.variants)


def test_the_terminal_tells_the_gravest_of_the_audit_and_counts_the_rest() -> None:
    results = sample.with_holes()
    found = remarks(results)
    assert len(found) > SHOWN

    text = " ".join(" ".join(printed(results, 80)).split())

    assert all(one.text in text for one in found[:SHOWN])
    assert not any(one.text in text for one in found[SHOWN:])
    left = len(found) - SHOWN
    assert f"And {left} more remark{'s' if left > 1 else ''} in the report." in text


@pytest.mark.parametrize("format", ["json", "summary"])
def test_json_gives_each_verdict_with_its_evidence_as_fractions(format) -> None:
    results = claimed.whole()
    found = verdicts(results)

    report = json.loads(render(results, format))

    assert report["schema_version"] == 3
    assert [one["id"] for one in report["verdicts"]] == ["S1", "S2", "S3", "S4", "S5"]
    assert [one["outcome"] for one in report["verdicts"]] == OUTCOMES
    for one, verdict in zip(report["verdicts"], found, strict=True):
        assert one["quote"] == verdict.claim.quote
        assert one["sentence"] == verdict.sentence
        assert (one["p"], one["adjusted"]) == (verdict.p, verdict.adjusted)
        assert (one["reason"], one["family"]) == (verdict.reason, 4)
        assert [leaf["holds"] for leaf in one["comparisons"]] == list(verdict.holds)
    kinds = [[leaf["kind"] for leaf in one["comparisons"]] for one in report["verdicts"]]
    assert kinds[2:] == [["difference", "difference"], ["counted"], ["order"]]
    assert [one["method"] for one in report["verdicts"]][2:4] == ["signed_rank", "count"]


def test_json_tells_a_lead_by_the_figures_that_make_it() -> None:
    results = claimed.whole()
    (leaf,) = verdicts(results)[0].comparisons
    assert isinstance(leaf, Measured)

    (told,) = json.loads(render(results, "json"))["verdicts"][0]["comparisons"]

    better, worse = (results.histories[name] for name in told["variants"])
    leads = [
        b.value("test", "error") - a.value("test", "error")
        for a, b in zip(better, worse, strict=True)
        if a is not None and b is not None
    ]
    assert told["kind"] == "difference"
    assert told["figures"] == pytest.approx(leads)
    assert told["mean"] == pytest.approx(sum(leads) / len(leads))
    assert told["n"] == told["above"] + told["tied"] + told["below"] == len(told["rounds"]) == 15
    assert told["typical"] == leaf.evidence.estimate
    assert told["typical_interval95"] == list(leaf.evidence.interval or ())
    assert told["interval95"] == list(leaf.evidence.t_interval or ())
    assert told["p"] == signed_rank(leads).two_sided
    assert (told["sd"], told["effect_size"]) == (leaf.evidence.sd, leaf.evidence.effect)
    assert told["rounds"][0] == 1


def test_json_keeps_bounds_and_margins_in_the_unit_of_the_figures() -> None:
    gain, same = json.loads(render(claimed.whole(), "json"))["verdicts"][2]["comparisons"]

    assert (gain["asserted"], gain["bound"], gain["margin"]) == ("above", pytest.approx(0.05), None)
    assert (same["asserted"], same["margin"]) == ("within", pytest.approx(0.052))


def test_json_of_a_study_that_has_not_run_leaves_all_open() -> None:
    report = json.loads(render(claimed.empty(), "json"))

    assert {one["outcome"] for one in report["verdicts"][:3]} == {"undecided"}
    assert report["verdicts"][0]["p"] is None
    (told,) = report["verdicts"][0]["comparisons"]
    assert (told["n"], told["mean"], told["typical"], told["p"]) == (0, *[None] * 3)


def test_json_holds_every_case_of_the_audit() -> None:
    results = replace(sample.with_holes(), study=claimed.STUDY, declared=claimed.STUDY)
    found = audit(results, groups=[claim.variants() for claim in claimed.CLAIMS])

    told = json.loads(render(results, "json"))["audit"]

    assert [(one["kind"], one["severity"]) for one in told] == [
        (one.kind, one.severity) for one in found
    ]
    assert [len(one["cases"]) for one in told] == [len(one.cases) for one in found]
    assert [one["text"] for one in told] == [one.text for one in remarks(results)]
    (broken,) = (one for one in told if one["kind"] == "diverged")
    assert broken["cases"][0]["variant"] == "CNN"
    assert broken["cases"][0]["rounds"] == [7]


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
