"""Early stopping: training ends by what validation says, and the best weights answer."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.data.metrics import Accuracy, Error, LogLoss
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import ModelError, SpecError
from bakeoff.models.layers import BatchNorm, Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training import stopping
from bakeoff.training.checkpoint import Checkpoint
from bakeoff.training.loop import train
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from bakeoff.training.stopping import Patience, Stopping

NETWORK = Network(Linear(32), BatchNorm(), ReLU(), Linear(2), Head("comparison"))


class After(Stopping):
    """A user's own: so many epochs."""

    epochs: int

    def stops(self, scores):
        return len(scores) == self.epochs


@pytest.fixture
def long(workload):
    """It overfits: its validation loss is lowest after a few epochs."""
    return replace(
        workload,
        model=NETWORK,
        optimizer=Adam(lr=1e-2),
        recipe=Recipe(epochs=40, batch=16),
        metrics=(Error(), LogLoss()),
    )


def stopped(workload, rule):
    return replace(workload, recipe=workload.recipe.replace(stopping=rule))


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=30), st.integers(1, 10))
def test_patience_ends_when_no_score_was_better_for_so_long(scores, epochs):
    before, since = scores[:-epochs], scores[-epochs:]
    assert Patience(epochs=epochs).stops(tuple(scores)) is (
        bool(before) and max(since) <= max(before)
    )


def test_the_examples_in_the_docstrings_run():
    found = doctest.testmod(stopping)
    assert found.attempted > 0
    assert found.failed == 0


def test_training_ends_early_and_the_best_weights_give_all_final_figures(long):
    long = replace(long, recipe=long.recipe.replace(evaluate=("train", "validation", "test")))
    whole = train(long, seed=0)
    history = train(stopped(long, Patience(epochs=3, metric="loss")), seed=0)
    losses = history.curves["validation"]["loss"]
    best = losses.index(min(losses))
    assert history.status == "finished"
    assert history.epochs == best + 4 < whole.epochs
    for split, curves in history.curves.items():
        for name, values in curves.items():
            assert values == whole.curves[split][name][: history.epochs]
            assert history.value(split, name) == values[best]
    wrong = history.answers["answer"] != long.data.test.labels["comparison"].numpy()
    assert wrong.mean() == history.value("test")
    # Measured once, on the weights that were restored.
    shorter = replace(long, recipe=long.recipe.replace(epochs=best + 1))
    assert history.value("test", "log_loss") == train(shorter, seed=0).value("test", "log_loss")


def test_weights_are_restored_where_nothing_stops_before_the_last_epoch(long):
    short = replace(long, recipe=long.recipe.replace(epochs=12))
    history = train(stopped(short, Patience(epochs=40, metric="loss")), seed=0)
    losses = history.curves["validation"]["loss"]
    assert history.epochs == 12
    assert history.value("validation", "loss") == min(losses) < losses[-1]


def test_without_an_epoch_better_than_the_last_nothing_is_restored(long):
    one = replace(long, recipe=long.recipe.replace(epochs=1))
    history = train(stopped(one, Patience(epochs=3)), seed=0)
    plain = train(one, seed=0)
    assert (history.final, history.epochs) == (plain.final, 1)
    assert history.curves["test"] == plain.curves["test"]


@pytest.mark.parametrize("metric", [Error(), Accuracy()])
def test_the_first_metric_decides_in_its_own_direction(long, metric):
    history = train(stopped(replace(long, metrics=(metric,)), Patience(epochs=2)), seed=0)
    values = history.curves["validation"][metric.name]
    best = (max if metric.direction == "higher" else min)(values)
    assert history.value("validation") == best
    assert history.epochs == min(40, values.index(best) + 3)


def test_a_rule_of_ones_own_decides(long):
    assert train(stopped(long, After(epochs=7)), seed=0).epochs == 7


def test_a_trial_cut_off_remembers_its_best_weights(long, tmp_path, monkeypatch):
    workload = stopped(long, Patience(epochs=3, metric="loss"))
    whole = train(workload, seed=0)
    path = tmp_path / "key.safetensors"
    saved = Checkpoint.save

    def save_and_stop(checkpoint, net, optimizer, progress):
        saved(checkpoint, net, optimizer, progress)
        # After the best epoch, before the last.
        if progress.epoch == whole.epochs - 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        train(workload, seed=0, checkpoint=Checkpoint(path, key="k", patience=0.0))
    again = train(workload, seed=0, checkpoint=Checkpoint(path, key="k", patience=0.0))
    assert again.curves == whole.curves
    assert again.final == whole.final
    assert np.array_equal(again.answers["probability"], whole.answers["probability"])


def test_batches_are_recorded_as_far_as_it_went(long):
    recorded = replace(long, recipe=long.recipe.replace(record="iterations"))
    history = train(stopped(recorded, After(epochs=5)), seed=0)
    assert len(history.curves["batch"]["loss"]) == 5 * 4


def test_it_stops_by_training_where_the_task_draws_no_validation(long, round_data):
    blind = replace(long, data=replace(round_data, validation=None))
    rule = Patience(epochs=1, metric="loss", split="train")
    history = train(stopped(replace(blind, optimizer=Adam(lr=0.1)), rule), seed=0)
    losses = history.curves["train"]["loss"]
    best = losses.index(min(losses))
    assert history.epochs == best + 2 < 40
    assert history.value("train", "loss") == losses[best]
    assert "validation" not in history.curves


def test_rules_of_train_are_declared_where_there_is_no_validation():
    rule = Patience(epochs=3, metric="loss", split="train")
    variant = Variant(name="a", model=NETWORK, recipe=Recipe(epochs=9, stopping=rule))
    Study(name="s", task=DigitPairs(train=20, validation=0, test=10), variants=(variant,))


@pytest.mark.parametrize("value", [None, 1, "no", float("nan")])
def test_what_is_neither_true_nor_false_is_told(long, value):
    class Odd(Stopping):
        def stops(self, scores):  # noqa: ARG002
            return value

    with pytest.raises(ModelError, match=r"Odd\(\) gives .*; its stops must return True or False"):
        train(stopped(long, Odd()), seed=0)


def test_numpys_truth_is_truth(long):
    class Flat(Stopping):
        def stops(self, scores):
            return np.ptp(scores[-2:]) == 0

    assert train(stopped(long, Flat()), seed=0).epochs == 1


def test_without_validation_it_is_refused(long, round_data):
    blind = replace(long, data=replace(round_data, validation=None))
    with pytest.raises(ModelError, match="goes by error on validation, which is not measured"):
        train(stopped(blind, Patience(epochs=3)), seed=0)


@pytest.mark.parametrize(
    ("validation", "rule", "words"),
    [
        (
            0,
            Patience(epochs=3),
            r"'a' goes by Patience\(epochs=3\): .* the task draws train, test alone",
        ),
        (5, Patience(epochs=3, metric="eror"), "'eror'; did you mean 'error'"),
        (5, Patience(epochs=3, metric="digit_error"), "it has no digit_error"),
    ],
)
def test_a_study_refuses_what_cannot_be_watched(validation, rule, words):
    variant = Variant(name="a", model=NETWORK, recipe=Recipe(epochs=9, stopping=rule))
    task = DigitPairs(train=20, validation=validation, test=10)
    with pytest.raises(SpecError, match=words):
        Study(name="s", task=task, variants=(variant,))
