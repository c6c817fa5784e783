"""Rounds that are added after a verdict was shown count as added, however they were asked for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

import bakeoff
from bakeoff import (
    Better,
    Claim,
    Classification,
    Estimator,
    FromFunction,
    Study,
    Variant,
    verdicts,
)


def examples():
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    return x, (x[:, 0] > 0).astype(int)


STUDY = Study(
    name="added",
    task=Classification(FromFunction(examples), train=100, test=50),
    rounds=8,
    variants=(
        Variant(name="line", model=Estimator(LogisticRegression())),
        Variant(name="constant", model=Estimator(DummyClassifier())),
    ),
    claims=(Claim(id="1", quote="It learns.", test=Better("line", than="constant")),),
)


@pytest.fixture
def run(tmp_path: Path):
    def all_of(study: Study, **asked):
        with ThreadPoolExecutor(1) as executor:
            return verdicts(bakeoff.run(study, store=tmp_path / "s.db", executor=executor, **asked))

    def call(study: Study, **asked):
        (verdict,) = all_of(study, **asked)
        return verdict.method, verdict.rounds, verdict.outcome

    call.all = all_of
    return call


def test_rounds_asked_for_at_once_are_judged_once(run):
    assert run(STUDY) == ("signed_rank", 8, "supported")
    assert run(STUDY) == ("signed_rank", 8, "supported")


def test_a_verdict_that_was_shown_makes_later_rounds_added_ones(run):
    assert run(STUDY, rounds=6) == ("signed_rank", 6, "supported")
    assert run(STUDY)[:2] == ("always_valid_after_verdict", 8)
    # What was first shown stays what it was.
    assert run(STUDY, rounds=6)[0] == "signed_rank"


def test_fewer_than_six_rounds_show_no_verdict(run):
    assert run(STUDY, rounds=5) == ("signed_rank", 5, "undecided")
    assert run(STUDY) == ("signed_rank", 8, "supported")


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 9},
        {"rounds": 9, "name": "elsewhere", "title": "of another file"},
        {
            "rounds": 9,
            "claims": (Claim(id="x", quote="Better.", test=Better("line", than="constant")),),
        },
    ],
)
def test_another_declaration_of_the_same_question_is_known(run, change):
    run(STUDY)
    assert run(STUDY.replace(**change))[:2] == ("always_valid_after_verdict", 9)


def test_another_question_is_none_that_was_shown(run):
    run(STUDY)
    other = Claim(id="1", quote="By far.", test=Better("line", than="constant", by=0.1))
    assert run(STUDY.replace(rounds=9, claims=(other,)))[:2] == ("signed_rank", 9)


def test_more_rounds_than_declared_are_added_rounds(run):
    assert run(STUDY, rounds=9)[:2] == ("always_valid", 9)


def test_a_report_alone_knows_what_was_shown(run, tmp_path):
    run(STUDY, rounds=6)
    run(STUDY)
    found = bakeoff.results(STUDY, store=tmp_path / "s.db")
    assert found.shown == {"1": 6}


def test_rounds_too_few_for_any_verdict_leave_none_that_could_be_wrong(run):
    second = Claim(id="2", quote="By far.", test=Better("line", than="constant", by=0.1))
    third = Claim(id="3", quote="So.", test=Better("constant", than="line"))
    study = STUDY.replace(rounds=9, claims=(*STUDY.claims, second, third))
    # Three claims take eight rounds.
    first = run.all(study, rounds=6)
    assert [each.method for each in first] == ["signed_rank"] * 3
    # To look again adds no round.
    again = run.all(study, rounds=6)
    assert [(each.method, each.p) for each in again] == [(each.method, each.p) for each in first]
    assert [each.method for each in run.all(study)] == ["always_valid"] * 3
