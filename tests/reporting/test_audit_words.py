"""The audit in sentences: each finding with its size, in the report's own measure."""

from __future__ import annotations

from typing import get_args

import pytest
import sample_results as sample
from bakeoff.reporting.audit import TITLES, Remark, findings, remark

from accurate import accurate
from bakeoff.analysis.audit.audit import Case, Finding, Kind, audit
from bakeoff.analysis.audit.curves import Flattery, Overfit, Unconverged
from bakeoff.analysis.audit.fairness import Identical, OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import Choice, ChoiceOnTest, UnequalTuning
from bakeoff.analysis.summary import Summary, summary
from bakeoff.data.metric import MINUS
from bakeoff.study.published import Quantity
from bakeoff.study.study import Shortening, Study
from bakeoff.training.finding import Finding as Doubt

GAIN = summary([0.019, 0.019, 0.02, 0.02, 0.021, 0.021])
ONE = summary([0.02])
UNCLEAR = summary([-0.03, -0.02, -0.01, 0.02, 0.03, 0.04])
BEST = Quantity(selection="best_on_test")


def said(kind: Kind, *cases: Case, study: Study = sample.STUDY) -> Remark:
    return remark(Finding(kind, "caution", cases), study)


SIZED: list[tuple[Kind, tuple[Case, ...], str]] = [
    (
        "identical",
        (Identical(("CNN", "A, B", "MLP")),),
        "CNN, “A, B” and MLP are the same network trained in the same way: one trial in each "
        "round, so that no claim between them can be settled.",
    ),
    (
        "flattery",
        (Flattery("CNN", GAIN, ONE, published=False),),
        "CNN, read at its best epoch on test, is 2.00 points (95% 1.91 to 2.09, 6 rounds) better "
        "there than at the final epoch and 2.00 points (1 round) better than at the best on "
        "validation.",
    ),
    (
        "published_flattery",
        (Flattery("A, B", ONE, None, published=True),),
        "“A, B”, published at its best epoch on test, is 2.00 points (1 round) better there than "
        "at the final epoch.",
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, GAIN, GAIN, rounds=((13, 0.09), (7, 0.048))),),
        "CNN improved its test error by 2.00 points (95% 1.91 to 2.09, 6 rounds) in the last 5 "
        "epochs over the 5 before, most in round 13 (9.00 points) and round 7 (4.80 points), and "
        "its training loss was still falling.",
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, summary([-0.05, 0.04]), GAIN, rounds=((2, 0.04),)),),
        "CNN was still learning in round 2 (4.00 points), if not on average.",
    ),
    (
        "overfit",
        (Overfit("CNN", 19, summary([0.2, 0.3]), summary([0.001, 0.002])),),
        "CNN has its lowest test loss after epoch 19 and ends at 1.25 times that (2 rounds), while "
        "its test error gets 0.15 points worse.",
    ),
    (
        "flattery",
        (Flattery("CNN", GAIN, ONE, published=False, unit="draw"),),
        "CNN, read at its best epoch on test, is 2.00 points (95% 1.91 to 2.09, 6 draws) better "
        "there than at the final epoch and 2.00 points (1 draw) better than at the best on "
        "validation.",
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, GAIN, GAIN, rounds=((13, 0.09),), unit="draw"),),
        "CNN improved its test error by 2.00 points (95% 1.91 to 2.09, 6 draws) in the last 5 "
        "epochs over the 5 before, most in round 13 (9.00 points), and its training loss was still "
        "falling.",
    ),
    (
        "unconverged",
        (Unconverged("CNN", 5, summary([]), summary([]), rounds=((2, 0.04),), unit="draw"),),
        "CNN was still learning in round 2 (4.00 points).",
    ),
    (
        "overfit",
        (Overfit("CNN", 19, summary([0.2, 0.3]), summary([0.001, 0.002]), unit="draw"),),
        "CNN has its lowest test loss after epoch 19 and ends at 1.25 times that (2 draws), while "
        "its test error gets 0.15 points worse.",
    ),
    (
        "odd_habit",
        (OddHabit("CNN", "evaluate_in_train_mode", None, "MLP", GAIN, unit="draw"),),
        "CNN is tested in training mode, dropout on, which changes its test error by +2.00 points "
        "(95% +1.91 to +2.09, 6 draws) against MLP.",
    ),
    (
        "overlap",
        (Doubt("overlap", split="test", count=5, size=0.025, places=((3, 7), (8, 7), (12, 0))),),
        "5 test examples of round 1 (2.50%) have the inputs of a training example, so that knowing "
        "them by heart counts as right: among them test example 3 is training example 7, 8 is 7 "
        "and 12 is 0, counted from 0.",
    ),
    (
        "batch_dependence",
        (Doubt("batch_dependence", "A, B", part="y", size=0.034),),
        "“A, B” gives examples other answers in a batch than one by one, in evaluation mode, by "
        "3.4% of the largest at the head 'y': its figures hang on what stands beside an example, "
        "or on chance.",
    ),
    (
        "unrepeatable",
        (Doubt("unrepeatable", "CNN", part="gradients", size=1.23e-7),),
        "CNN gives other gradients when a training step is taken again with the same seed, by "
        "1.2e-05% of the largest: its figures cannot be repeated.",
    ),
    (
        "diverged",
        (Diverged("CNN", (2, 4), ran=11),),
        "CNN diverged in 2 of 11 rounds (2 and 4), and its means are over the others.",
    ),
    (
        "diverged",
        (Diverged("CNN", (1, 2, 3), ran=3),),
        "CNN diverged in 3 of 3 rounds (1, 2 and 3), and has no means.",
    ),
    (
        "few_rounds",
        (FewRounds("CNN", 3, 3), FewRounds("MLP", 3, 3), FewRounds("ResNet", 1, 15)),
        "Fewer than 6 rounds give no verdict: CNN and MLP have 3 and ResNet has run 1 of 15.",
    ),
    (
        "uneven_rounds",
        (UnevenRounds("CNN", ran=5, asked=5, most=15),),
        "CNN has run for 5 rounds, others for up to 15; only the rounds of both make pairs.",
    ),
    (
        "unequal_sizes",
        (UnequalSizes("MLP", 43_018, "AlexNet", 1_771_018),),
        "AlexNet has 1,771,018 parameters, 41.2 times the 43,018 of MLP.",
    ),
    (
        "unequal_setting",
        (UnequalSetting("epochs", ((1, ("a", "b", "c", "d")), (10, ("e",)))),),
        "4 variants train for 1 epoch and e for 10 epochs.",
    ),
    (
        "unequal_tuning",
        (
            UnequalTuning(
                (Choice("A", "s", 300, "search"), Choice("{B}", "t", 40, "source")), ("C", "D")
            ),
        ),
        "Searches try 300 candidates for A, 40 for {B} (the published choice) and none for C and "
        "D.",
    ),
    (
        "choice_on_test",
        (ChoiceOnTest("LeNet", 16, BEST, decides=False, gain=0.0143, variants=()),),
        "LeNet, a search among 16 candidates, also shows the choice by test error, best epoch on "
        "test; what it chooses looks 1.43 points better than what is chosen without.",
    ),
    (
        "odd_habit",
        (OddHabit("A", "evaluate_in_train_mode", None, "B", GAIN),),
        "A is tested in training mode, dropout on, which changes its test error by +2.00 points "
        "(95% +1.91 to +2.09, 6 rounds) against B.",
    ),
    (
        "odd_habit",
        (OddHabit("A", "evaluate_in_train_mode", None, "B", UNCLEAR),),
        "A is tested in training mode, dropout on: its test error differs by +0.50 points (95% "
        f"{MINUS}2.52 to +3.52, 6 rounds) from that of B, which chance could explain.",
    ),
    (
        "odd_habit",
        (OddHabit("A", "train_mode_epochs", 2, "B", summary([0.03, 0.03])),),
        "A trains in evaluation mode after 2 epochs: its test error differs by +3.00 points (2 "
        "rounds) from that of B.",
    ),
    (
        "odd_habit",
        (OddHabit("A", "train_mode_epochs", 1, "", summary([])),),
        "A trains in evaluation mode after 1 epoch; what that does is not measured here.",
    ),
]


@pytest.mark.parametrize(("kind", "cases", "sentence"), SIZED, ids=[row[0] for row in SIZED])
def test_a_finding_is_one_sentence_with_its_size(
    kind: Kind, cases: tuple[Case, ...], sentence: str
) -> None:
    assert said(kind, *cases) == Remark("caution", TITLES[kind], sentence, ())


def test_every_kind_has_a_title_and_a_sentence() -> None:
    assert set(TITLES) == set(get_args(Kind)) == {kind for kind, _, _ in SIZED}


OVERVIEWS = {
    "flattery": "The best epoch on test flatters 2 variants by up to 2.00 points over the final "
    "epoch, CNN most.",
    "published_flattery": "The published figures of 2 variants are read at the best epoch on test, "
    "which flatters them by up to 2.00 points over the final epoch, “A, B” most.",
    "unconverged": "2 variants were still learning: the last part of training improved the test "
    "error by up to 2.00 points, CNN most.",
    "overfit": "The test loss of 2 variants rises again, to up to 1.25 times its lowest, while the "
    "test error stands, CNN most.",
    "diverged": "Trials of 2 variants diverged, up to 2 of 11 rounds, CNN most.",
    "uneven_rounds": "2 variants have run for fewer rounds than others, down to 5 against 15; only "
    "the rounds of both make pairs.",
    "unequal_sizes": "Sizes are unequal in 2 comparisons, most where AlexNet has 41.2 times the "
    "parameters of MLP.",
    "unequal_setting": "Compared variants differ in epochs (1 to 10).",
    "unequal_tuning": "Variants are tuned unequally in 2 comparisons, by up to 300 candidates "
    "against none.",
    "choice_on_test": "2 choices are made by test figures, which flatters what they choose by "
    "up to 1.43 points.",
    "batch_dependence": "2 variants give examples other answers in a batch than one by one, in "
    "evaluation mode, “A, B” most (3.4% of the largest value).",
    "unrepeatable": "2 variants train otherwise when they are trained again with the same seed, "
    "CNN most (1.2e-05% of the largest value).",
}


@pytest.mark.parametrize("kind", OVERVIEWS)
def test_several_cases_are_one_sentence_with_the_largest_and_a_sentence_each(kind: Kind) -> None:
    cases, sentence = next((cases, text) for of, cases, text in SIZED if of == kind)

    found = said(kind, *cases, *cases)

    assert found.text == OVERVIEWS[kind]
    assert found.details == (sentence, sentence)


def habit(name: str, difference: Summary, other: str = "B") -> OddHabit:
    return OddHabit(name, "evaluate_in_train_mode", None, other, difference)


LESS = summary([-0.019, -0.019, -0.02, -0.02, -0.021, -0.021])


@pytest.mark.parametrize(
    ("cases", "overview"),
    [
        (
            (habit("C", UNCLEAR), habit("A", GAIN), habit("D", summary([0.5, 0.5]))),
            "3 variants are tested or trained in the wrong mode, which changes the test error of 1 "
            "of them by 2.00 points: A.",
        ),
        (
            (habit("E, F", LESS), habit("A", GAIN), habit("C", UNCLEAR)),
            "3 variants are tested or trained in the wrong mode, which changes the test error of 2 "
            "of them by up to 2.00 points: “E, F” and A.",
        ),
        (
            tuple(habit(f"v{n}", GAIN) for n in range(5)),
            "5 variants are tested or trained in the wrong mode, which changes the test error of 5 "
            "of them by up to 2.00 points: v0 most.",
        ),
        (
            (habit("C", UNCLEAR), habit("D", summary([0.5, 0.5])), habit("E", summary([]), "")),
            "3 variants are tested or trained in the wrong mode; whether that changes a test error "
            "is not shown.",
        ),
    ],
    ids=["one", "two", "many", "none"],
)
def test_only_wrong_modes_whose_interval_leaves_0_are_said_to_change_a_figure(
    cases: tuple[OddHabit, ...], overview: str
) -> None:
    found = said("odd_habit", *cases)

    assert found.text == overview
    assert len(found.details) == len(cases)
    for case, detail in zip(cases, found.details, strict=True):
        assert ("which changes" in detail) == (case.difference in (GAIN, LESS))


def test_unequal_settings_are_each_told_with_their_span() -> None:
    cases = (
        UnequalSetting("batch", ((100, ("a",)), (2048, ("b",)))),
        UnequalSetting("batch", ((100, ("a",)), (200, ("c",)))),
        UnequalSetting("precision", (("bfloat16", ("a",)), ("float32", ("c",)))),
    )

    assert said("unequal_setting", *cases).text == (
        "Compared variants differ in batch size (100 to 2048) and precision (bfloat16 to float32)."
    )


def test_a_study_that_compares_nothing_is_not_warned_of_few_rounds() -> None:
    def kinds(*only: str) -> set[Kind]:
        study = sample.STUDY.shortened(Shortening(rounds=2, only=only))
        return {finding.kind for finding in findings(sample.whole(study))}

    assert "few_rounds" in kinds("CNN", "Baseline")
    assert "few_rounds" not in kinds("CNN")


def test_an_interval_of_differences_is_told_whole() -> None:
    wild = Flattery("CNN", summary([0.1, 0.1, 0.1, 0.1, 0.1, 0.9]), None, published=False)

    assert f"(95% {MINUS}10.94 to 57.61, 6 rounds)" in said("flattery", wild).text


def test_fewer_than_6_rounds_have_no_interval() -> None:
    few = summary([0.01, 0.02, 0.02, 0.02, 0.03])
    cases: list[tuple[Kind, Case]] = [
        ("flattery", Flattery("CNN", few, few, published=False)),
        ("unconverged", Unconverged("CNN", 5, few, few, rounds=())),
        ("odd_habit", habit("CNN", few)),
    ]

    for kind, case in cases:
        text = said(kind, case).text
        assert "2.00 points (5 rounds)" in text
        assert "95%" not in text


def test_an_accuracy_changes_the_other_way() -> None:
    worse = summary([-0.02, -0.02, -0.02, -0.03, -0.03, -0.03])
    late = Unconverged("A", 5, ONE, ONE, rounds=())
    study = accurate(sample.whole()).study

    assert f"test accuracy by {MINUS}2.50 points (95% {MINUS}3.07 to {MINUS}1.93, 6 rounds)" in (
        said("odd_habit", habit("A", worse), study=study).text
    )
    assert "improved its test accuracy by 2.00 points (1 round)" in (
        said("unconverged", late, study=study).text
    )


@pytest.mark.parametrize(
    "results", [sample.whole(), sample.with_holes(), sample.shortened(), sample.empty()]
)
def test_any_study_can_be_told_of(results) -> None:
    for finding in audit(results):
        found = remark(finding, results.study)
        assert found.title
        for sentence in (found.text, *found.details):
            assert sentence.endswith(".")
            assert "None" not in sentence


def test_variants_that_were_learning_in_folds_of_no_whole_draw_have_no_size() -> None:
    cnn, mlp = (
        Unconverged(name, 5, summary([]), summary([]), rounds=((2, 0.04),), unit="draw")
        for name in ("CNN", "MLP")
    )

    assert said("unconverged", cnn, mlp).text == (
        "2 variants were still learning: the last part of training improved the test error, CNN "
        "most."
    )
