"""JSON: everything but single answers, as fractions; `golden/shortened.json` shows it."""

import json
from dataclasses import replace

import claimed_results as claimed
import pytest
import sample_results as sample
from made_claims import errors

from bakeoff.analysis.audit.audit import audit
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.claims.curves import RisesAgain
from bakeoff.claims.differences import Better
from bakeoff.claims.parts import Measured
from bakeoff.claims.verdicts import verdicts
from bakeoff.reporting.text.audit_notices import notice
from bakeoff.reporting.write import render
from bakeoff.study.claims import Claim


def test_json_gives_back_every_curve_and_every_round() -> None:
    results = sample.with_holes()

    report = json.loads(render(results, "json"))

    assert report["counts"] == {"expected": 45, "answered": 42, "missing": 3, "diverged": 1}
    assert report["seconds"] == results.seconds
    assert len(report["trials"]) == 45
    for trial, (variant, number, history) in zip(report["trials"], results.places(), strict=True):
        assert (trial["variant"], trial["round"]) == (variant.name, number + 1)
        if history is None:
            assert trial["status"] == "missing"
            continue
        assert trial["status"] == history.status
        assert trial["curves"] == {
            split: {metric: list(values) for metric, values in metrics.items()}
            for split, metrics in history.curves.items()
        }
        final = history.curves["test"]["error"][-1] if history.status == "finished" else None
        assert trial["test_error_final"] == final


def test_a_summary_holds_the_curves_that_claims_read_and_no_others() -> None:
    claims = (
        Claim(id="R", quote="It overfits.", test=RisesAgain("CNN", after_epoch=1)),
        Claim(id="B", quote="It is better.", test=Better("CNN", than="Baseline")),
    )
    results = sample.whole(sample.STUDY.replace(claims=claims))
    trials = json.loads(render(results, "summary"))["trials"]

    assert {trial["variant"] for trial in trials if "curves" in trial} == {"CNN"}
    for number, history in enumerate(results.histories["CNN"]):
        (trial,) = [t for t in trials if (t["variant"], t["round"]) == ("CNN", number + 1)]
        assert history is not None
        assert trial["curves"] == {"test": {"loss": list(history.curves["test"]["loss"])}}


def test_json_says_which_trials_ended_near_chance() -> None:
    results = sample.with_holes()
    name, (first, second, *others) = next(iter(results.histories.items()))
    assert first is not None
    assert second is not None
    error = first.value("test")
    told = (replace(first, chance=error), replace(second, chance=second.value("test") + 0.1))
    results = replace(results, histories={**results.histories, name: (*told, *others)})

    report = json.loads(render(results, "json"))

    trials = [trial for trial in report["trials"] if trial["variant"] == name]
    assert [trial["near_chance"] for trial in trials[:2]] == [True, False]
    for trial in report["trials"]:
        if trial["status"] == "diverged":
            assert trial["near_chance"] is False
        elif (trial["variant"], trial["round"]) not in {(name, 1), (name, 2)}:
            assert trial.get("near_chance") is None  # It was not kept by an earlier version.


@pytest.mark.parametrize("format", ["json", "summary"])
def test_json_gives_each_verdict_with_its_evidence_as_fractions(format) -> None:
    results = claimed.whole()
    found = verdicts(results)

    report = json.loads(render(results, format))

    for one, verdict in zip(report["verdicts"], found, strict=True):
        assert (one["id"], one["outcome"]) == (verdict.claim.id, verdict.outcome)
        assert one["quote"] == verdict.claim.quote
        assert one["sentence"] == verdict.sentence
        assert (one["p"], one["adjusted"]) == (verdict.p, verdict.adjusted)
        assert (one["reason"], one["family"]) == (verdict.reason, 4)
        assert [leaf["holds"] for leaf in one["comparisons"]] == list(verdict.holds)


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


def test_json_tells_an_open_end_from_a_missing_interval() -> None:
    values: dict[str, list[float | None]] = {"good": [0.1] * 7 + [None], "bad": [0.2] * 8}
    tests = Better("good", than="bad"), Better("good", than="bad", by=0.05)
    whole = json.loads(render(errors(values, *tests), "json"))["verdicts"]
    short = {name: figures[:3] for name, figures in values.items()}
    few = json.loads(render(errors(short, *tests), "json"))["verdicts"]

    for verdict in whole:
        (told,) = verdict["comparisons"]
        assert told["figures"][-1] == "-Infinity"
        assert float(told["typical_interval95"][0]) == float("-inf")
        assert told["typical_interval95"][1] == pytest.approx(0.1)
    assert few[0]["comparisons"][0]["typical_interval95"] is None


def test_json_holds_every_case_of_the_audit() -> None:
    results = replace(sample.with_holes(), study=claimed.STUDY, declared=claimed.STUDY)
    found = audit(results, groups=[claim.variants() for claim in claimed.CLAIMS])

    told = json.loads(render(results, "json"))["audit"]

    assert [(one["kind"], one["severity"]) for one in told] == [
        (one.kind, one.severity) for one in found
    ]
    assert [len(one["cases"]) for one in told] == [len(one.cases) for one in found]
    assert [one["text"] for one in told] == [notice(one, results.study).text for one in found]
    (broken,) = (one for one in told if one["kind"] == "diverged")
    assert broken["cases"][0]["variant"] == "CNN"
    assert broken["cases"][0]["rounds"] == [7]
