"""The audit in sentences: each finding holds its numbers and names, in the report's own measure."""

from __future__ import annotations

from typing import get_args

import pytest
import sample_results as sample

from accurate import accurate
from bakeoff.analysis.audit.audit import AuditFinding, Case, Kind, audit
from bakeoff.analysis.audit.curves import Flattery, Overfit, Unconverged
from bakeoff.analysis.audit.fairness import Identical, OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import ChoiceOnTest, SearchChoice, UnequalTuning
from bakeoff.analysis.summary import Summary, summary
from bakeoff.data.metric import MINUS
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Notice
from bakeoff.reporting.text.audit_notices import TITLES, notice
from bakeoff.study.published import Quantity
from bakeoff.study.study import Overrides, Study
from bakeoff.training.finding import Finding as Doubt

GAIN = summary([0.019, 0.019, 0.02, 0.02, 0.021, 0.021])
GAINED, ROUNDS, DRAWS = "2.00 points", "95% 1.91 to 2.09, 6 rounds", "95% 1.91 to 2.09, 6 draws"
LESS = summary([-0.019, -0.019, -0.02, -0.02, -0.021, -0.021])
ONE = summary([0.02])
UNCLEAR = summary([-0.03, -0.02, -0.01, 0.02, 0.03, 0.04])
RISE, STANDS = summary([0.2, 0.3]), summary([0.001, 0.002])
BEST = Quantity(selection="best_on_test")
NONE = summary([])


def said(kind: Kind, *cases: Case, study: Study = sample.STUDY) -> Notice:
    return notice(AuditFinding(kind, "caution", cases), study)


def habit(name: str, difference: Summary, other: str = "B") -> OddHabit:
    return OddHabit(name, "evaluate_in_train_mode", None, other, difference)


def flattery(name: str, gain: Summary, other: Summary | None, **fields) -> Flattery:
    return Flattery(name, gain, other, published=False, **fields)


ONES: list[tuple[Kind, tuple[Case, ...], tuple[str, ...]]] = [
    ("identical", (Identical(("CNN", "A, B", "MLP")),), ("CNN", "“A, B”", "MLP")),
    ("flattery", (flattery("CNN", GAIN, ONE),), ("CNN", GAINED, ROUNDS, "(1 round)")),
    (
        "flattery",
        (flattery("CNN", GAIN, ONE, unit="draw"),),
        ("CNN", GAINED, DRAWS, "(1 draw)"),
    ),
    (
        "published_flattery",
        (Flattery("A, B", ONE, None, published=True),),
        ("“A, B”", "published", "2.00 points (1 round)"),
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, GAIN, GAIN, rounds=((13, 0.09), (7, 0.048))),),
        ("CNN", GAINED, ROUNDS, "last 5", "round 13 (9.00 points)", "round 7 (4.80 points)"),
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, summary([-0.05, 0.04]), GAIN, rounds=((2, 0.04),)),),
        ("CNN", "round 2 (4.00 points)", "not on average"),
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, GAIN, GAIN, rounds=((13, 0.09),), unit="draw"),),
        ("CNN", GAINED, DRAWS, "round 13 (9.00 points)"),
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, NONE, NONE, rounds=((2, 0.04),), unit="draw"),),
        ("CNN", "round 2 (4.00 points)."),
    ),
    (
        "overfit",
        (Overfit("CNN", 19, RISE, STANDS),),
        ("CNN", "epoch 19", "1.25 times", "(2 rounds)", "0.15 points worse"),
    ),
    (
        "overfit",
        (Overfit("CNN", 19, RISE, STANDS, unit="draw"),),
        ("CNN", "epoch 19", "1.25 times", "(2 draws)", "0.15 points worse"),
    ),
    (
        "overlap",
        (Doubt("overlap", split="test", count=5, size=0.025, places=((3, 7), (8, 7), (12, 0))),),
        ("5 test examples", "2.50%", "3 is training example 7", "8 is 7", "12 is 0"),
    ),
    (
        "batch_dependence",
        (Doubt("batch_dependence", "A, B", part="y", size=0.034),),
        ("“A, B”", "3.4%", "'y'"),
    ),
    (
        "unrepeatable",
        (Doubt("unrepeatable", "CNN", part="gradients", size=1.23e-7),),
        ("CNN", "gradients", "1.2e-05%"),
    ),
    ("diverged", (Diverged("CNN", (2, 4), ran=11),), ("CNN", "2 of 11 rounds (2 and 4)")),
    ("diverged", (Diverged("CNN", (1, 2, 3), ran=3),), ("3 of 3 rounds (1, 2 and 3)", "no means")),
    (
        "few_rounds",
        (FewRounds("CNN", 3, 3), FewRounds("MLP", 3, 3), FewRounds("ResNet", 1, 15)),
        ("Fewer than 6 rounds", "CNN and MLP have 3", "ResNet has run 1 of 15"),
    ),
    (
        "uneven_rounds",
        (UnevenRounds("CNN", ran=5, asked=5, most=15),),
        ("CNN has run for 5 rounds", "15"),
    ),
    (
        "unequal_sizes",
        (UnequalSizes("MLP", 43_018, "AlexNet", 1_771_018),),
        ("AlexNet has 1,771,018", "41.2 times", "43,018 of MLP"),
    ),
    (
        "unequal_setting",
        (UnequalSetting("epochs", ((1, ("a", "b", "c", "d")), (10, ("e",)))),),
        ("4 variants train for 1 epoch ", "e for 10 epochs"),
    ),
    (
        "unequal_tuning",
        (
            UnequalTuning(
                (SearchChoice("A", "s", 300, "search"), SearchChoice("{B}", "t", 40, "source")),
                ("C", "D"),
            ),
        ),
        ("300 candidates for A", "40 for {B}", "published", "none for C and D"),
    ),
    (
        "choice_on_test",
        (ChoiceOnTest("LeNet", 16, BEST, decides=False, gain=0.0143, variants=()),),
        ("LeNet", "16 candidates", "best epoch on test", "1.43 points better"),
    ),
    ("odd_habit", (habit("A", GAIN),), ("A ", "changes", "+2.00 points", "+1.91 to +2.09", "B")),
    (
        "odd_habit",
        (OddHabit("CNN", "evaluate_in_train_mode", None, "MLP", GAIN, unit="draw"),),
        ("CNN", "+2.00 points", "6 draws", "MLP"),
    ),
    (
        "odd_habit",
        (habit("A", UNCLEAR),),
        ("+0.50 points", f"{MINUS}2.52 to +3.52, 6 rounds", "chance"),
    ),
    (
        "odd_habit",
        (OddHabit("A", "train_mode_epochs", 2, "B", summary([0.03, 0.03])),),
        ("after 2 epochs", "+3.00 points (2 rounds)"),
    ),
    ("odd_habit", (OddHabit("A", "train_mode_epochs", 1, "", NONE),), ("after 1 epoch;", "not me")),
]


@pytest.mark.parametrize(("kind", "cases", "parts"), ONES, ids=[row[0] for row in ONES])
def test_a_finding_is_one_sentence_with_its_size(
    kind: Kind, cases: tuple[Case, ...], parts: tuple[str, ...]
) -> None:
    found = said(kind, *cases)

    assert (found.tone, found.title, found.details) == ("caution", TITLES[kind], ())
    for part in parts:
        assert part in found.text
    assert found.text.endswith(".")
    assert "None" not in found.text


def test_every_kind_has_a_title_and_a_sentence() -> None:
    assert set(TITLES) == set(get_args(Kind)) == {kind for kind, _, _ in ONES}


SEVERAL = {
    "flattery": ("2 variants", "up to 2.00 points", "CNN most"),
    "published_flattery": ("2 variants", "published", "up to 2.00 points", "“A, B” most"),
    "unconverged": ("2 variants", "up to 2.00 points", "CNN most"),
    "overfit": ("2 variants", "up to 1.25 times", "CNN most"),
    "diverged": ("2 variants", "up to 2 of 11 rounds", "CNN most"),
    "uneven_rounds": ("2 variants", "down to 5 against 15"),
    "unequal_sizes": ("2 comparisons", "AlexNet has 41.2 times", "MLP"),
    "unequal_setting": ("epochs (1 to 10)",),
    "unequal_tuning": ("2 comparisons", "up to 300 candidates against none"),
    "choice_on_test": ("2 choices", "up to 1.43 points"),
    "batch_dependence": ("2 variants", "“A, B” most", "3.4%"),
    "unrepeatable": ("2 variants", "CNN most", "1.2e-05%"),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_cases_are_one_sentence_with_the_largest_and_a_sentence_each(kind: Kind) -> None:
    cases = next(cases for of, cases, _ in ONES if of == kind)

    found = said(kind, *cases, *cases)

    for part in SEVERAL[kind]:
        assert part in found.text
    assert found.details == (said(kind, *cases).text,) * 2


@pytest.mark.parametrize(
    ("cases", "parts"),
    [
        (
            (habit("C", UNCLEAR), habit("A", GAIN), habit("D", summary([0.5, 0.5]))),
            ("3 variants", "of 1 of them by 2.00 points", ": A."),
        ),
        (
            (habit("E, F", LESS), habit("A", GAIN), habit("C", UNCLEAR)),
            ("3 variants", "of 2 of them by up to 2.00 points", ": “E, F” and A."),
        ),
        (
            tuple(habit(f"v{n}", GAIN) for n in range(5)),
            ("5 variants", "of 5 of them by up to 2.00 points", "v0 most"),
        ),
        (
            (habit("C", UNCLEAR), habit("D", summary([0.5, 0.5])), habit("E", NONE, "")),
            ("3 variants", "not shown"),
        ),
    ],
    ids=["one", "two", "many", "none"],
)
def test_only_wrong_modes_whose_interval_leaves_0_are_said_to_change_a_figure(
    cases: tuple[OddHabit, ...], parts: tuple[str, ...]
) -> None:
    found = said("odd_habit", *cases)

    for part in parts:
        assert part in found.text
    for case, detail in zip(cases, found.details, strict=True):
        assert ("which changes" in detail) == (case.difference in (GAIN, LESS))


def test_unequal_settings_are_each_told_with_their_span() -> None:
    cases = (
        UnequalSetting("batch", ((100, ("a",)), (2048, ("b",)))),
        UnequalSetting("batch", ((100, ("a",)), (200, ("c",)))),
        UnequalSetting("precision", (("bfloat16", ("a",)), ("float32", ("c",)))),
    )

    found = said("unequal_setting", *cases).text

    assert "batch size (100 to 2048) and precision (bfloat16 to float32)" in found


def test_a_study_that_compares_nothing_is_not_warned_of_few_rounds() -> None:
    def kinds(*only: str) -> set[Kind]:
        study = sample.STUDY.overridden(Overrides(rounds=2, only=only))
        return {finding.kind for finding in Page(sample.whole(study)).findings}

    assert "few_rounds" in kinds("CNN", "Baseline")
    assert "few_rounds" not in kinds("CNN")


def test_an_interval_of_differences_is_told_whole() -> None:
    wild = flattery("CNN", summary([0.1, 0.1, 0.1, 0.1, 0.1, 0.9]), None)

    assert f"95% {MINUS}10.94 to 57.61, 6 rounds" in said("flattery", wild).text


@pytest.mark.parametrize("kind", ["flattery", "unconverged", "odd_habit"])
def test_fewer_than_6_rounds_have_no_interval(kind: Kind) -> None:
    few = summary([0.01, 0.02, 0.02, 0.02, 0.03])
    cases: dict[Kind, Case] = {
        "flattery": flattery("CNN", few, few),
        "unconverged": Unconverged("CNN", 5, few, few, rounds=()),
        "odd_habit": habit("CNN", few),
    }

    text = said(kind, cases[kind]).text

    assert "2.00 points (5 rounds)" in text
    assert "95%" not in text


def test_an_accuracy_changes_the_other_way() -> None:
    worse = summary([-0.02, -0.02, -0.02, -0.03, -0.03, -0.03])
    study = accurate(sample.whole()).study

    changed = said("odd_habit", habit("A", worse), study=study).text
    late = said("unconverged", Unconverged("A", 5, ONE, ONE, rounds=()), study=study).text

    assert f"test accuracy by {MINUS}2.50 points (95% {MINUS}3.07 to {MINUS}1.93" in changed
    assert "improved its test accuracy by 2.00 points" in late


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


def test_variants_that_were_learning_in_folds_of_no_whole_draw_have_no_size() -> None:
    cnn, mlp = (
        Unconverged(name, 5, NONE, NONE, rounds=((2, 0.04),), unit="draw")
        for name in ("CNN", "MLP")
    )

    found = said("unconverged", cnn, mlp).text

    assert "2 variants" in found
    assert "CNN most" in found
    assert "point" not in found
