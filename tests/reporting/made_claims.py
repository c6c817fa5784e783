"""Made-up rounds of variants with claims of every kind, for the tests of what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import RisesAgain, StandsStill
from bakeoff.claims.differences import BestOf, Better, BetterBy, Equivalent
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.judge import difference
from bakeoff.claims.levels import AtChance, Near, Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.metric import Metric
from bakeoff.data.metrics import MAE, R2
from bakeoff.data.supervised import Regression
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.objective import Objective, SquaredError
from made_duel import several

NAN = float("nan")
DIVERGED = History("diverged", {"test": {"error": (0.5,)}}, 100, 2.0)
"""A trial that diverged after its first epoch."""

GOOD = [0.10, 0.11, 0.09, 0.12, 0.08, 0.105, 0.095, 0.115, 0.085, 0.10]
GAINS = [0.05, 0.06, 0.055, 0.045, 0.07, 0.04, 0.052, 0.058, 0.049, 0.051]
"""By how much "bad" errs more than "good"; "like" errs more in every other round alone."""

BAD = [round(value + gain, 4) for value, gain in zip(GOOD, GAINS, strict=True)]
LIKE = [
    round(value + (gain if place % 2 else -gain), 4)
    for place, (value, gain) in enumerate(zip(GOOD, GAINS, strict=True))
]
ERRORS = {"good": GOOD, "bad": BAD, "like": LIKE}
FEW = {name: values[:5] for name, values in ERRORS.items()}
NONE = [None] * 10
STUCK = [*[0.5, 0.51, 0.49, 0.5, 0.505, 0.495, 0.5, 0.5], None, None]
MANY = {f"v{n:02}": [round(value + n / 500, 4) for value in BAD] for n in range(12)}
BEATEN = {**MANY, **{v: [value - 0.09 for value in MANY[v]] for v in ("v03", "v07")}}
"""MANY, of which two are better than "good"."""


class Halves(ClaimTest):
    """A kind of a user's own: a variant errs in 4 points less than another."""

    named = ("variant", "than")
    variant: str
    than: str

    def judge(self, results: Results) -> Any:
        return difference(results, self.variant, self.than, by=0.04)


EVERY: tuple[ClaimTest, ...] = (
    Better("good", than="bad"),
    Better("bad", than="good"),
    Better("good", than="like"),
    Better("like", than="good"),
    Better("good", than="bad", by=0.03),
    Better("good", than="bad", by=0.08),
    Better("good", than="bad", by=0.05),
    BetterBy("good", than="bad", about=0.05, margin=0.02),
    BetterBy("good", than="bad", about=0.1, margin=0.02),
    BetterBy("good", than="like", about=0.05, margin=0.02),
    BestOf("good", among=("good", "bad")),
    Equivalent("good", "bad", margin=0.1),
    Equivalent("good", "bad", margin=0.01),
    Equivalent("good", "like", margin=0.01),
    Reaches("good", value=0.15),
    Reaches("bad", value=0.1),
    Near("good", value=0.11, margin=0.03),
    Near("good", value=0.3, margin=0.03),
    Near("good", value=0.1, margin=0.004),
    AtChance("good", value=0.5, margin=0.1),
    WinsMostRounds("good", loser="bad", share=0.6),
    WinsMostRounds("bad", loser="good"),
    WinsMostRounds("good", loser="like"),
    WinsEveryRound("good", loser="bad"),
    WinsEveryRound("good", loser="like"),
    Collapses("good"),
    Ordered(("bad", "good")),
    Ordered(("good", "bad")),
    Ordered(("good", "like")),
    RisesAgain("good", after_epoch=1, metric="error"),
    StandsStill("good", after_epoch=1, margin=0.5),
    Not(Better("good", than="bad", by=0.08)),
    Not(Better("good", than="bad")),
    ParametersWithin(("good",), low=1, high=9000),
    ParametersWithin(("good",), low=1, high=9),
    AllOf(Better("good", than=("bad", "like")), Better("bad", than="good")),
    Halves(variant="good", than="bad"),
)
"""Claims of each kind, with each outcome that it can have."""

OF_NUMBERS: tuple[ClaimTest, ...] = (
    Better("good", than="bad"),
    Better("good", than="bad", by=10.0),
    Better("good", than="bad", by=50.0),
    BetterBy("good", than="bad", about=50.0, margin=20.0),
    Equivalent("good", "like", margin=20.0),
    Reaches("good", value=150.0),
    Near("good", value=100.0, margin=30.0),
    Ordered(("bad", "good")),
)


def thousands() -> Results:
    """Return results of a metric without percent and bounds, with claims of each kind."""
    values = {name: [1000 * value for value in each] for name, each in ERRORS.items()}
    return numbers((MAE(), R2()), values, *OF_NUMBERS)


def situations() -> dict[str, Verdict]:
    """Return what is told of a claim alone, of one among many, and of trials that diverged."""
    better = Better("good", than="bad")
    among = Better("good", than=tuple(MANY))
    family = (Reaches("good", value=0.1 + n / 1e4) for n in range(30))
    huge = {"good": [1000 * value for value in GOOD], "bad": [*[150.0] * 3, *NONE[3:]]}
    endless = numbers((MAE(), R2()), huge, better)
    made = {repr(test): judged(ERRORS, test, epochs=(0.5,)) for test in EVERY}
    made |= {
        "five rounds": judged(FEW, better),
        "among 31 claims": judged(ERRORS, better, *family),
        "many, all as claimed": judged({"good": GOOD, **MANY}, among),
        "many, one open": judged({"good": GOOD, **MANY, "v05": LIKE}, among),
        "many, two not as claimed": judged({"good": GOOD, **BEATEN, "v05": LIKE}, among),
        "many, five open": judged(
            {"good": GOOD, **MANY, **{f"v{n:02}": [v + n / 1e4 for v in LIKE] for n in range(5)}},
            among,
        ),
        "two diverged": judged({"good": GOOD, "bad": [*BAD[:8], None, None]}, better),
        "most diverged": judged({"good": GOOD, "bad": [*BAD[:2], *NONE[2:]]}, better),
        "most diverged, without bounds": verdicts(endless),
        "one of few diverged": judged({"bad": [*BAD[:4], *NONE[4:]]}, Reaches("bad", value=0.2)),
        "chance": judged({"good": STUCK}, AtChance("good", value=0.5, margin=0.1)),
        "nothing has run": judged({"good": [NAN] * 6, "bad": [NAN] * 6}, better),
    }
    made |= {f"numbers: {one.claim.test!r}": (one,) for one in verdicts(thousands())}
    return {title: found[0] for title, found in made.items()}


def judged(
    values: Mapping[str, Sequence[float | None]], *tests: ClaimTest, epochs: Sequence[float] = ()
) -> tuple[Verdict, ...]:
    """Return a verdict on each test, as claims of one study of errors."""
    return verdicts(errors(values, *tests, epochs=epochs))


def errors(
    values: Mapping[str, Sequence[float | None]], *tests: ClaimTest, epochs: Sequence[float] = ()
) -> Results:
    """Return results of variants with these final test errors, a round each.

    Args:
        values: by variant; None where it diverged, NaN where it has not run.
        tests: the claims C1, C2 and so on.
        epochs: the test errors after the epochs before the last.
    """
    results = several(
        {name: [_trial("error", value, epochs) for value in each] for name, each in values.items()}
    )
    return _claimed(results, tests)


def numbers(
    metrics: tuple[Metric, ...], values: Mapping[str, Sequence[float | None]], *tests: ClaimTest
) -> Results:
    """Return results of variants that answer numbers, with these final test values."""
    inputs, answers = np.zeros((60, 4), np.float32), np.arange(60.0)
    sides = ((inputs[:40], answers[:40]), (inputs[40:], answers[40:]))
    data = Cached.of(examples_of(*sides, source="made"))
    first = metrics[0]
    variants = tuple(
        Variant(
            name=name,
            model=Network(Flatten(), Linear(place + 2), Linear(1), Head("label"), input=(4,)),
            objective=Objective(SquaredError("label")),
            rounds=len(each),
        )
        for place, (name, each) in enumerate(values.items())
    )
    study = Study(
        name="numbers",
        task=Regression(data, train=40, test=20, metrics=metrics),
        variants=variants,
        rounds=max(map(len, values.values())),
    )
    histories = {
        name: tuple(
            h and replace(h, metric=first.name, direction=first.direction)
            for h in (_trial(first.name, value, ()) for value in each)
        )
        for name, each in values.items()
    }
    return _claimed(Results(study, study, Overrides(), histories), tests)


def _trial(metric: str, value: float | None, epochs: Sequence[float]) -> History | None:
    if value is None:
        return replace(DIVERGED, curves={"test": {metric: (0.5,)}})
    if np.isnan(value):
        return None
    return History("finished", {"test": {metric: (*epochs, value)}}, 100, 2.0)


def _claimed(results: Results, tests: Sequence[ClaimTest]) -> Results:
    claims = tuple(
        Claim(id=f"C{n}", quote=f"Claim {n}.", test=test) for n, test in enumerate(tests, start=1)
    )
    study = results.study.replace(claims=claims)
    return replace(results, study=study, declared=study)
