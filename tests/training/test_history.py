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


def test_final_figures_stand_before_what_a_curve_ends_with():
    curves = {"train": {"loss": (0.5, 0.4), "error": (0.3, 0.2)}, "test": {"error": (0.25, 0.3)}}
    final = {"train": {"loss": 0.1, "error": 0.05}, "test": {"loss": 0.7, "error": 0.26}}
    history = History("finished", curves, 1, 1.0, final=final)
    assert [history.value(split) for split in ("train", "test")] == [0.05, 0.26]
    assert history.value("test", selection="best_on_test") == 0.25
    # Means over batches are no final figure.
    without = History("finished", curves, 1, 1.0, final={"test": final["test"]})
    assert math.isnan(without.value("train"))


def test_what_version_3_stored_is_read_as_it_was():
    curves = {"train": {"error": (0.3, 0.2)}, "test": {"error": (0.25, 0.3)}}
    old = History("finished", curves, 1, 1.0, final={"test": {"macro_f1": 0.6}})
    assert (old.value("train"), old.value("test")) == (0.2, 0.3)
    assert (old.value("test", "macro_f1"), old.epochs) == (0.6, 2)


@pytest.mark.parametrize(
    "curves",
    [
        {"train": {"loss": (0.3, 0.2)}},
        {"train": {"loss": (0.3, 0.2)}, "batch": {"loss": (0.4,) * 8}},
        {"validation": {"auc": (0.5, 0.6)}},
    ],
)
def test_epochs_are_counted_by_any_curve(curves):
    assert History("finished", curves, 1, 1.0, metric="auc").epochs == 2
