"""Trials that learnt nothing are counted apart, and what they would undo."""

from dataclasses import replace

import pytest

from bakeoff import DigitPairs, Head, Linear, Network
from bakeoff.analysis.failures import failures
from bakeoff.analysis.results import Results
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from made_history import made

CHANCE = 0.42


def trial(error: float | None) -> History:
    """Return a trial with a final error, diverged where there is none."""
    if error is None:
        return made(test=(), status="diverged")
    return replace(made(test=(error,)), chance=CHANCE)


def results(**errors: list[float | None]) -> Results:
    layers = Network(Linear(2), Head("comparison"))
    variants = tuple(Variant(name=name, model=layers) for name in errors)
    rounds = max(map(len, errors.values()))
    study = Study(name="s", task=DigitPairs(), rounds=rounds, variants=variants)
    return Results(
        study, study, Overrides(), {n: tuple(map(trial, each)) for n, each in errors.items()}
    )


def test_failed_trials_are_counted_by_kind_with_the_exact_interval():
    found = failures(results(a=[None, 0.45, CHANCE, *[0.1] * 12]), "a")
    assert (found.trials, found.diverged, found.near_chance, found.failed) == (15, 1, 2, 3)
    assert found.interval == pytest.approx((0.0433, 0.4809), abs=1e-4)


def test_none_failed_leaves_room_for_failures():
    found = failures(results(a=[0.1] * 15), "a")
    # 1 - 0.025^(1 / 15), as two sides share the 5%.
    assert found.interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 15)))


def test_fewer_than_six_trials_have_no_interval():
    found = failures(results(a=[0.1] * 5, b=[0.2] * 5), "a", rival="b")
    assert (found.interval, found.break_even) == (None, None)


def test_the_mean_lead_is_undone_where_failures_cost_as_much():
    found = results(a=[0.1] * 6, b=[0.14] * 6)
    # A failed trial costs 0.42 - 0.10, so 0.04 / 0.32 of them cost the lead.
    assert failures(found, "a", rival="b").break_even == pytest.approx(0.125)
    assert failures(found, "b", rival="a").break_even is None
    assert failures(found, "a").break_even is None


def test_means_leave_out_what_failed():
    found = results(a=[0.1] * 6, b=[0.14] * 5 + [None])
    assert failures(found, "a", rival="b").break_even == pytest.approx(0.125)


def test_a_variant_without_trials_has_no_failures():
    study = results(a=[0.1] * 6).study
    empty = Results(study, study, Overrides(), {"a": (None,) * 6})
    assert failures(empty, "a") is None
