"""A history knows whether its trial learnt anything."""

import math

import pytest

from bakeoff.training.history import History


@pytest.mark.parametrize(
    ("value", "direction", "chance", "near"),
    [
        (0.50, "lower", 0.45, True),
        (0.45, "lower", 0.45, True),
        (0.44, "lower", 0.45, False),
        (0.55, "higher", 0.55, True),
        (0.56, "higher", 0.55, False),
        (0.50, "lower", None, False),
        (math.nan, "lower", 0.45, False),
        (math.nan, "higher", 0.45, False),
    ],
)
def test_no_better_than_chance_may_be_is_near_it(value, direction, chance, near):
    by_epochs = History(
        *("finished", {"test": {"auc": (0.1, value)}}, 1, 1.0),
        metric="auc", direction=direction, chance=chance,
    )  # fmt: skip
    once = History(
        *("finished", {}, 1, 1.0),
        final={"test": {"auc": value}}, metric="auc", direction=direction, chance=chance,
    )  # fmt: skip
    for history in (by_epochs, once):
        assert (history.near_chance, history.collapsed) == (near, near)


def test_a_diverged_trial_is_counted_once():
    history = History("diverged", {"test": {"error": (0.5,)}}, 1, 1.0, chance=0.45)
    assert (history.near_chance, history.collapsed) == (False, True)
