"""RESULTS.md and the files in results/ are of one run, and nothing in the document is typed."""

import importlib.util
import json
import re

import pytest
from scipy.stats import binom

from bakeoff.claims.verdicts import verdicts
from bakeoff.reporting.writers.json import json_verdict
from bakeoff.studies import BUILT_IN, REPORTS
from kept_results import ROOT, kept, results

DOCUMENT = (ROOT / "RESULTS.md").read_text(encoding="utf-8")
KEPT = [study for study in BUILT_IN if (ROOT / "results" / f"{study.name}.json").exists()]


@pytest.fixture(scope="module")
def tool():
    path = ROOT / "tools" / "results.py"
    spec = importlib.util.spec_from_file_location("results_tool", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=KEPT, ids=lambda study: study.name)
def study(request):
    return request.param


def rounded(verdicts):
    """Return verdicts as JSON, numbers to 12 digits: a processor adds in an order of its own."""
    return json.loads(json.dumps(verdicts), parse_float=lambda text: f"{float(text):.12g}")


def declared_since(study):
    """Return the variants that were declared after the run that is kept."""
    return {v.name for v in study.variants} - {row["variant"] for row in kept(study.name)["table"]}


def test_the_document_is_what_the_kept_results_make(tool):
    found = tool.reports_of(ROOT / "results")
    assert tool.text(found) == DOCUMENT
    assert tool.picture(found) == (ROOT / tool.PICTURE).read_text(encoding="utf-8")


def test_every_report_and_nothing_undeclared_is_kept():
    files = {path.stem for path in (ROOT / "results").glob("*.json")}
    assert {study.name for study in REPORTS} <= files == {study.name for study in KEPT}


def test_every_study_is_kept_whole(study):
    report = kept(study.name)
    assert report["study"]["shortened"] == "" or report["study"]["shortened"].endswith("decided")
    assert report["counts"]["missing"] == 0
    assert report["counts"]["answered"] == report["counts"]["expected"]
    assert report["study"]["seed"] == study.seed
    assert report["study"]["assumptions"] == list(study.assumptions)


def test_every_published_figure_stands_there_as_declared(study):
    rows = {row["variant"]: row["comparisons"] for row in kept(study.name)["table"]}
    for variant in study.variants:
        declared = [(p.mean, p.sd) for p in variant.published]
        if variant.name in declared_since(study):
            assert not declared, variant.name
            continue
        found = [(c["published_mean"], c["published_sd"]) for c in rows[variant.name]]
        assert declared == [pair for pair in found if pair[0] is not None]


def test_every_far_figure_has_a_note(tool, study):
    for row in kept(study.name)["table"]:
        if any(tool.is_far(c) for c in row["comparisons"] if c["published_mean"] is not None):
            assert row["note"], row["variant"]


def test_a_star_stands_at_every_far_figure_and_nowhere_else(tool):
    reports = [kept(study.name) for study in KEPT]
    far = sum(tool.is_far(one) for report in reports for _, one in tool.comparisons(report))
    assert len(re.findall(r"\d\* \|", DOCUMENT)) == far


def test_every_claim_as_declared_has_a_verdict(study):
    held = kept(study.name)
    found = [(v["id"], v["quote"], v["note"]) for v in held["verdicts"]]
    declared = [(claim.id, claim.quote, claim.note) for claim in study.claims]
    assert found == declared


def test_a_claim_on_what_the_run_lacks_is_undecided_and_listed(study):
    found = {verdict["id"]: verdict for verdict in kept(study.name)["verdicts"]}
    for claim in study.claims:
        if declared_since(study) & set(claim.variants()):
            assert found[claim.id]["lacks"], claim.id
    for verdict in found.values():
        if lacks := verdict.get("lacks"):
            assert (verdict["outcome"], verdict["adjusted"]) == ("undecided", None)
            assert lacks in verdict["sentence"]


def test_every_open_comparison_has_a_price(tool, study):
    held = kept(study.name)
    for verdict in held["verdicts"]:
        for leaf in verdict["comparisons"]:
            if verdict["outcome"] == "undecided" and leaf["holds"] is None:
                rounds, hours = tool.price(held, verdict, leaf)
                assert rounds > leaf["n"], verdict["id"]
                assert hours > 0, verdict["id"]


def test_the_rounds_for_a_share_see_it_in_four_of_five_studies(tool):
    verdict = {"family": 16}
    leaf = {"variants": [], "happened": 10, "n": 12, "share": 0.5}
    rounds = round(tool.price({"table": []}, verdict, leaf).rounds)
    line, share = binom(rounds, 0.5), binom(rounds, 10 / 12)
    least = next(k for k in range(rounds + 1) if line.sf(k - 1) <= 0.05 / 2 / 16)
    assert share.sf(least - 1) == pytest.approx(0.8, abs=0.05)


def test_every_verdict_comes_from_the_figures_of_the_file(study):
    held = kept(study.name)
    found = [json_verdict(verdict) for verdict in verdicts(results(study, held))]
    assert rounded(found) == rounded(held["verdicts"])


def test_a_figure_that_is_altered_alters_a_verdict(study):
    held = kept(study.name)
    if not study.claims:
        pytest.skip("no verdict comes from the file's figures")
    name = f"test_{study.metric.name}_final"
    for trial in held["trials"]:
        if trial.get(name) is not None:
            trial[name] = 1 - trial[name]
    found = [json_verdict(verdict) for verdict in verdicts(results(study, held))]
    assert rounded(found) != rounded(held["verdicts"])
