"""The audit in sentences; `golden/findings.txt` shows them."""

from __future__ import annotations

from typing import get_args

import pytest
import sample_results as sample
from made_findings import FEW, FINDINGS, GAIN, LESS, TWICE, Unconverged, flattery, habit

from bakeoff.analysis.audit.audit import AuditFinding, Case, Kind, audit
from bakeoff.analysis.audit.fairness import OddHabit
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Notice
from bakeoff.reporting.text.audit_notices import TITLES, notice, unmeasured
from bakeoff.study.study import Overrides

TOLD = [*FINDINGS, *TWICE]


def said(kind: Kind, *cases: Case) -> Notice:
    return notice(AuditFinding(kind, "caution", cases), sample.STUDY)


@pytest.mark.parametrize(("kind", "cases"), TOLD, ids=[kind for kind, _ in TOLD])
def test_each_of_several_cases_has_a_sentence(kind: Kind, cases: tuple[Case, ...]) -> None:
    found = said(kind, *cases)

    assert (found.tone, found.title) == ("caution", TITLES[kind])
    one = len(cases) == 1 or kind == "few_rounds"
    assert found.details == (() if one else tuple(said(kind, case).text for case in cases))


def test_every_kind_is_on_the_golden_page() -> None:
    assert set(TITLES) == set(get_args(Kind)) == {kind for kind, _ in FINDINGS}


def test_only_a_wrong_mode_whose_interval_leaves_0_is_said_to_change_a_figure() -> None:
    for kind, cases in FINDINGS:
        for case in cases:
            if isinstance(case, OddHabit):
                changes = case.difference in (GAIN, LESS)
                assert ("changes" in said(kind, case).text) == changes


def test_a_study_that_compares_nothing_is_not_warned_of_few_rounds() -> None:
    def kinds(*only: str) -> set[Kind]:
        study = sample.STUDY.overridden(Overrides(rounds=2, only=only))
        return {finding.kind for finding in Page(sample.whole(study)).findings}

    assert "few_rounds" in kinds("CNN", "Baseline")
    assert "few_rounds" not in kinds("CNN")


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        ("flattery", flattery("CNN", FEW, FEW)),
        ("unconverged", Unconverged("CNN", 5, FEW, FEW, rounds=())),
        ("odd_habit", habit("CNN", FEW)),
    ],
)
def test_fewer_than_6_rounds_have_no_interval(kind: Kind, case: Case) -> None:
    assert "95%" not in said(kind, case).text


@pytest.mark.parametrize(
    "results", [sample.whole(), sample.with_holes(), sample.shortened(), sample.empty()]
)
def test_any_study_can_be_told_of(results) -> None:
    for finding in audit(results):
        found = notice(finding, results.study)
        assert found.title
        for sentence in (found.text, *found.details):
            assert sentence.endswith(".")
            assert "None" not in sentence


def test_the_audit_names_what_it_cannot_tell_for_want_of_curves() -> None:
    assert unmeasured(sample.STUDY) == ""
    first, *others = sample.STUDY.variants
    at_end = first.replace(recipe=first.recipe.replace(evaluate=()))
    text = unmeasured(sample.STUDY.replace(variants=(at_end, *others)))
    assert first.name in text
    assert "not measured on test" in text
    assert not any(variant.name in text for variant in others)
