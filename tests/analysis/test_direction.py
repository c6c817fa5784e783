"""Whether lower or higher is better is the metric's to say: everything follows it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accurate import accurate
from bakeoff.analysis.audit.audit import audit
from bakeoff.analysis.ranks import ranks
from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried
from bakeoff.claims.curves import StandsStill
from bakeoff.claims.differences import BestOf, Better, BetterBy, BetterFigure, Equivalent
from bakeoff.claims.levels import AtChance, Near, Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import verdicts
from bakeoff.data.metrics import MAE, Accuracy
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.reporting.write import render
from bakeoff.study.claims import Claim
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from made_history import made

NAMES = ("a", "b", "c")
NET = Network(Linear(2), Head("comparison"))
BEST = Quantity(selection="best_on_test")


def of_errors(value: float) -> list[Claim]:
    tests = (
        Better("a", than="b"),
        Better("a", than=("b", "c"), by=0.02),
        BetterBy("b", than="c", about=0.05, margin=0.1),
        BestOf("b", among=NAMES),
        Equivalent("a", "b", margin=0.05),
        Ordered(("c", "b", "a")),
        WinsEveryRound("a", loser="c"),
        WinsMostRounds("b", loser="c", share=0.4),
        Collapses("b"),
        Reaches("a", value=value),
        Near("b", value=value, margin=0.15),
        AtChance("a", value=value, margin=0.1),
        BetterFigure("a", of=BEST, than=Quantity()),
        StandsStill("a", after_epoch=1, margin=0.1),
    )
    return [Claim(id=str(n), quote="q", test=test) for n, test in enumerate(tests)]


def variant(name: str) -> Variant:
    return Variant(
        name=name, model=NET, optimizer=Adam(lr=1e-3 + ord(name) / 1e5), recipe=Recipe(epochs=2)
    )


def results(errors: np.ndarray, claims: list[Claim]) -> Results:
    """Return results of two epochs; errors are ``(variants, rounds, epochs)``."""
    study = Study(
        name="s",
        task=DigitPairs(),
        rounds=errors.shape[1],
        variants=tuple(map(variant, NAMES)),
        claims=tuple(claims),
    )
    histories = {
        name: tuple(made(test=tuple(map(float, round_))) for round_ in rounds)
        for name, rounds in zip(NAMES, errors, strict=True)
    }
    return Results(study, study, Overrides(), histories)


tables = st.lists(st.integers(0, 40), min_size=3 * 7 * 2, max_size=3 * 7 * 2).map(
    lambda numbers: np.array(numbers).reshape(3, 7, 2) / 100
)


@settings(max_examples=25)
@given(tables)
def test_an_accuracy_has_the_verdicts_of_its_error(errors: np.ndarray) -> None:
    wrong = results(errors, of_errors(0.25))
    right = accurate(results(errors, of_errors(0.75)))
    for one, other in zip(verdicts(wrong), verdicts(right), strict=True):
        assert (one.outcome, one.reason, one.holds) == (other.outcome, other.reason, other.holds)
        assert one.p == pytest.approx(other.p, abs=1e-6)
    assert ranks(wrong).variants == ranks(right).variants
    assert [f.kind for f in audit(wrong)] == [f.kind for f in audit(right)]


def test_a_search_chooses_the_best_whichever_way_that_is() -> None:
    def make(lr: float) -> Variant:
        return Variant(name="x", model=NET, optimizer=Adam(lr=lr))

    for metrics, chosen in (((), 0.1), ((Accuracy(),), 0.2)):
        task = DigitPairs(metrics=metrics)
        search = Search(
            name="lr", task=task, candidates=grid(make, {"lr": (0.1, 0.2)}), choose=(Quantity(),)
        )
        low, high = (
            History("finished", {"test": {task.metric.name: (v,)}}, 1, 1.0) for v in (0.2, 0.6)
        )
        of = {"metric": task.metric.name, "direction": task.metric.direction}
        tried = tuple(
            Tried(candidate, (replace(history, **of),))
            for candidate, history in zip(search.tried, (low, high), strict=True)
        )
        found = SearchResults(search, tried).chosen(Quantity())
        assert dict(found.candidate.values) == {"lr": chosen}


class Cost(MAE):
    """An unbounded metric, for classes too."""

    kind = None


def test_a_diverged_trial_is_worse_than_any_measured_where_there_is_no_bound() -> None:
    errors = np.random.default_rng(0).uniform(5, 9, (3, 8, 2))
    plain = results(errors, [])
    task = DigitPairs(metrics=(Cost(),))
    broken = History("diverged", {}, 1, 1.0, metric="cost")
    named = {
        name: tuple(
            broken if (name, number) == ("b", 3) else _of_cost(history)
            for number, history in enumerate(histories)
        )
        for name, histories in plain.histories.items()
    }
    study = plain.study.replace(task=task, claims=tuple(of_errors(6.0)[:1]))
    found = Results(study, study, Overrides(), named)
    (verdict,) = verdicts(found)
    (leaf,) = verdict.comparisons
    gaps = errors[1, :, -1] - errors[0, :, -1]
    assert leaf.figures == pytest.approx([math.inf if n == 3 else gaps[n] for n in range(8)])
    assert leaf.diverged == 1
    # The mean describes those that ended.
    assert leaf.evidence.mean == pytest.approx(np.delete(gaps, 3).mean())
    for format in ("md", "csv", "json"):
        text = render(found, format)
        # How often trials fail is a share, whatever the metric.
        text = "\n".join(line for line in text.splitlines() if " learnt nothing" not in line)
        for share in ("95%", "80%", "5%"):
            text = text.replace(share, "")
        assert "%" not in text


def _of_cost(history: History) -> History:
    return replace(
        history, curves={"test": {"cost": history.curves["test"]["error"]}}, metric="cost"
    )
