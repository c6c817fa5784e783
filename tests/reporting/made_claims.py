"""Made-up rounds of variants with claims of every kind, for the tests of what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.metric import Metric
from bakeoff.data.supervised import Regression
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.objective import Objective, SquaredError
from made_duel import several

DIVERGED = History("diverged", {"test": {"error": (0.5,)}}, 100, 2.0)
"""A trial that diverged after its first epoch."""


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
