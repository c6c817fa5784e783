"""Studies whose errors are made up, round by round, with claims about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network, PerImage
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from made_history import made

TASK = DigitPairs(train=400, validation=0, test=100)
SIAMESE = Network(PerImage(Linear(10), Head("digits"), shared=False), Linear(2), Head("comparison"))
BOTH = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
PARAMETERS = 2 * 1970 + 42
"""197 * 20 weights and biases for the digits' logits, and 21 * 2."""

DIVERGED = made(test=(), status="diverged")

Errors = Sequence[float | None | History]

BASE = [0.152, 0.147, 0.161, 0.139, 0.155, 0.148, 0.150, 0.158]


def less(errors: Sequence[float], *by: float) -> list[float]:
    """Return errors that are lower, each by its own."""
    return [round(error - each, 6) for error, each in zip(errors, by, strict=True)]


LOWER = less(BASE, 0.051, 0.049, 0.047, 0.050, 0.055, 0.048, 0.052, 0.046)
SAME = less(BASE, 0.004, -0.003, 0.001, -0.002, 0.003, -0.004, 0.002, -0.001)
TWICE = {"a": LOWER, "b": BASE}


def variant(name: str) -> Variant:
    """Return a variant; one called batch or batches is recorded by iterations."""
    record = "iterations" if name.startswith("batch") else "epochs"
    return Variant(
        name=name,
        model=SIAMESE,
        objective=BOTH,
        # Variants whose errors are made up differ in something.
        optimizer=Adam(lr=1e-3 + sum(map(ord, name)) / 1e6 + len(name)),
        recipe=Recipe(epochs=4, batch=100, record=record),
    )


def results(
    errors: Mapping[str, Errors], *tests: ClaimTest, rounds: int | None = None, **fields: Any
) -> Results:
    """Return results of a study with these errors and with claims X0, X1 and so on.

    Args:
        errors: by variant's name; rounds that lack have not run.
        tests: one for each claim.
        rounds: of the study; None for as many as there are errors.
        fields: of the study.
    """
    places = {name: tuple(map(history, given)) for name, given in errors.items()}
    number = rounds or max(map(len, places.values()))
    claims = tuple(Claim(id=f"X{n}", quote="It is so.", test=test) for n, test in enumerate(tests))
    given = {"name": "s", "task": TASK, "variants": tuple(map(variant, errors))}
    study = Study(**given | {"rounds": number, "claims": claims} | fields)
    filled = {name: there + (None,) * (number - len(there)) for name, there in places.items()}
    return Results(study, study, Overrides(), filled)


def history(error: float | None | History) -> History | None:
    """Return a finished trial with this error, or what is a history already."""
    return made(test=(error,)) if isinstance(error, float) else error


def judged(test: ClaimTest, **errors: Errors) -> Verdict:
    """Return the verdict on the only claim of a study with these errors."""
    (found,) = verdicts(results(errors, test))
    return found


def shortened(whole: Results, by: Overrides) -> Results:
    """Return what of some results a shortened study shows."""
    study = whole.study.overridden(by)
    histories = {v.name: whole.histories[v.name][: study.rounds_of(v)] for v in study.variants}
    return replace(whole, study=study, overrides=by, histories=histories)
