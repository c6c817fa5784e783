"""Findings of every kind of audit, for the golden page and for the tests of their words."""

from __future__ import annotations

from bakeoff.analysis.audit.audit import Case, Kind
from bakeoff.analysis.audit.curves import Flattery, Overfit, Unconverged
from bakeoff.analysis.audit.fairness import Identical, OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import ChoiceOnTest, SearchChoice, UnequalTuning
from bakeoff.analysis.summary import Summary, summary
from bakeoff.study.published import Quantity
from bakeoff.training.finding import Finding as Doubt

GAIN = summary([0.019, 0.019, 0.02, 0.02, 0.021, 0.021])
LESS = summary([-0.019, -0.019, -0.02, -0.02, -0.021, -0.021])
WILD = summary([0.1, 0.1, 0.1, 0.1, 0.1, 0.9])
FEW = summary([0.01, 0.02, 0.02, 0.02, 0.03])
ONE, PAIR, NONE = summary([0.02]), summary([0.5, 0.5]), summary([])
UNCLEAR = summary([-0.03, -0.02, -0.01, 0.02, 0.03, 0.04])
RISE, STANDS = summary([0.2, 0.3]), summary([0.001, 0.002])
BEST = Quantity(selection="best_on_test")


def habit(name: str, difference: Summary, other: str = "B", unit: str = "round") -> OddHabit:
    return OddHabit(name, "evaluate_in_train_mode", None, other, difference, unit=unit)


def flattery(name: str, gain: Summary, other: Summary | None, **fields) -> Flattery:
    return Flattery(name, gain, other, **{"published": False} | fields)


def batch(*spans: tuple[object, tuple[str, ...]]) -> UnequalSetting:
    return UnequalSetting("batch", spans)


FINDINGS: list[tuple[Kind, tuple[Case, ...]]] = [
    ("identical", (Identical(("CNN", "A, B", "MLP")),)),
    ("flattery", (flattery("CNN", GAIN, ONE),)),
    ("flattery", (flattery("CNN", GAIN, ONE, unit="draw"),)),
    ("flattery", (flattery("CNN", WILD, None),)),
    ("flattery", (flattery("CNN", FEW, FEW),)),
    ("published_flattery", (flattery("A, B", ONE, None, published=True),)),
    ("unconverged", (Unconverged("CNN", 5, GAIN, GAIN, rounds=((13, 0.09), (7, 0.048))),)),
    ("unconverged", (Unconverged("CNN", 5, summary([-0.05, 0.04]), GAIN, rounds=((2, 0.04),)),)),
    ("unconverged", (Unconverged("CNN", 5, GAIN, GAIN, rounds=((13, 0.09),), unit="draw"),)),
    ("unconverged", (Unconverged("CNN", 5, NONE, NONE, rounds=((2, 0.04),), unit="draw"),)),
    ("unconverged", (Unconverged("CNN", 5, FEW, FEW, rounds=()),)),
    ("overfit", (Overfit("CNN", 19, RISE, STANDS),)),
    ("overfit", (Overfit("CNN", 19, RISE, STANDS, unit="draw"),)),
    (
        "overlap",
        (Doubt("overlap", split="test", count=5, size=0.025, places=((3, 7), (8, 7), (12, 0))),),
    ),
    ("batch_dependence", (Doubt("batch_dependence", "A, B", part="y", size=0.034),)),
    ("unrepeatable", (Doubt("unrepeatable", "CNN", part="gradients", size=1.23e-7),)),
    ("diverged", (Diverged("CNN", (2, 4), ran=11),)),
    ("diverged", (Diverged("CNN", (1, 2, 3), ran=3),)),
    ("few_rounds", (FewRounds("CNN", 3, 3), FewRounds("MLP", 3, 3), FewRounds("ResNet", 1, 15))),
    ("uneven_rounds", (UnevenRounds("CNN", ran=5, asked=5, most=15),)),
    ("unequal_sizes", (UnequalSizes("MLP", 43_018, "AlexNet", 1_771_018),)),
    ("unequal_setting", (UnequalSetting("epochs", ((1, ("a", "b", "c", "d")), (10, ("e",)))),)),
    (
        "unequal_setting",
        (
            batch((100, ("a",)), (2048, ("b",))),
            batch((100, ("a",)), (200, ("c",))),
            UnequalSetting("precision", (("bfloat16", ("a",)), ("float32", ("c",)))),
        ),
    ),
    (
        "unequal_tuning",
        (
            UnequalTuning(
                (SearchChoice("A", "s", 300, "search"), SearchChoice("{B}", "t", 40, "source")),
                ("C", "D"),
            ),
        ),
    ),
    ("choice_on_test", (ChoiceOnTest("LeNet", 16, BEST, decides=False, gain=0.0143, variants=()),)),
    ("odd_habit", (habit("A", GAIN),)),
    ("odd_habit", (habit("CNN", GAIN, "MLP", "draw"),)),
    ("odd_habit", (habit("A", UNCLEAR),)),
    ("odd_habit", (habit("A", FEW),)),
    ("odd_habit", (OddHabit("A", "train_mode_epochs", 2, "B", summary([0.03, 0.03])),)),
    ("odd_habit", (OddHabit("A", "train_mode_epochs", 1, "", NONE),)),
    ("odd_habit", (habit("C", UNCLEAR), habit("A", GAIN), habit("D", PAIR))),
    ("odd_habit", (habit("E, F", LESS), habit("A", GAIN), habit("C", UNCLEAR))),
    ("odd_habit", tuple(habit(f"v{n}", GAIN) for n in range(5))),
    ("odd_habit", (habit("C", UNCLEAR), habit("D", PAIR), habit("E", NONE, ""))),
]
"""One kind and its cases, as each is told."""

FIRST = dict(reversed(FINDINGS))
TWICE = [
    (kind, cases * 2)
    for kind, cases in reversed(FIRST.items())
    if kind not in {"identical", "overlap", "few_rounds", "odd_habit"}
]
"""Findings of two cases."""
