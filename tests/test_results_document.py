"""RESULTS.md and the files in results/ are of one run, and nothing in the document is typed."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from bakeoff.studies import BUILT_IN, REPORTS

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "RESULTS.md").read_text(encoding="utf-8")
KEPT = [study for study in BUILT_IN if (ROOT / "results" / f"{study.name}.json").exists()]


def load_tool(name):
    spec = importlib.util.spec_from_file_location(f"{name}_tool", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tool():
    return load_tool("results")


@pytest.fixture(params=KEPT, ids=lambda study: study.name)
def study(request):
    return request.param


def kept(study):
    return json.loads((ROOT / "results" / f"{study.name}.json").read_text(encoding="utf-8"))


def declared_since(study):
    """Return the variants that were declared after the run that is kept."""
    return {v.name for v in study.variants} - {row["variant"] for row in kept(study)["table"]}


def test_the_document_is_what_the_kept_results_make(tool):
    assert tool.text(ROOT / "results") == DOCUMENT


def test_every_report_and_nothing_undeclared_is_kept():
    files = {path.stem for path in (ROOT / "results").glob("*.json")}
    assert {study.name for study in REPORTS} <= files == {study.name for study in KEPT}


def test_every_study_is_kept_whole(study):
    report = kept(study)
    assert report["study"]["shortened"] == ""
    assert report["counts"]["missing"] == 0
    assert report["counts"]["answered"] == report["counts"]["expected"]
    assert report["study"]["assumptions"] == list(study.assumptions)


def test_every_published_figure_stands_there_as_declared(study):
    rows = {row["variant"]: row["comparisons"] for row in kept(study)["table"]}
    for variant in study.variants:
        declared = [(p.mean, p.sd) for p in variant.published]
        if variant.name in declared_since(study):
            assert not declared, variant.name
            continue
        found = [(c["published_mean"], c["published_sd"]) for c in rows[variant.name]]
        assert declared == [pair for pair in found if pair[0] is not None]


def test_every_far_figure_has_a_note(tool, study):
    for row in kept(study)["table"]:
        if any(tool.is_far(c) for c in row["comparisons"] if c["published_mean"] is not None):
            assert row["note"], row["variant"]


def test_a_star_stands_at_every_far_figure_and_nowhere_else(tool):
    reports = [kept(study) for study in KEPT]
    far = sum(tool.is_far(one) for report in reports for _, one in tool.comparisons(report))
    assert len(re.findall(r"\d\* \|", DOCUMENT)) == far


def test_every_claim_as_declared_has_a_verdict(study):
    found = kept(study)["verdicts"]

    assert [(v["id"], v["quote"], v["note"]) for v in found] == [
        (claim.id, claim.quote, claim.note) for claim in study.claims
    ]


def test_a_claim_on_what_the_run_lacks_is_undecided_and_listed(study):
    found = {verdict["id"]: verdict for verdict in kept(study)["verdicts"]}
    for claim in study.claims:
        if declared_since(study) & set(claim.variants()):
            assert found[claim.id]["lacks"], claim.id
    for verdict in found.values():
        if lacks := verdict.get("lacks"):
            assert (verdict["outcome"], verdict["adjusted"]) == ("undecided", None)
            assert lacks in verdict["sentence"]
            (line,) = re.findall(rf"- .*\b{verdict['id']}\b.*: (.*)", DOCUMENT)
            assert line == lacks


def test_the_document_says_that_verdicts_are_newer_than_the_trials():
    newer = any(kept(study).get("rejudged") for study in KEPT)

    assert ("trials ran before the claims were read again" in DOCUMENT) is newer


def test_judging_the_kept_trials_again_changes_nothing(study):
    tool = load_tool("rejudge")
    held = kept(study)
    if held.get("rejudged"):
        assert tool.rewritten(held, tool.judged(study, held)) == held
