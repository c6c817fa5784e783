"""A trial that is cut off goes on from its last state, to the same numbers."""

from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from bakeoff.models.layers import BatchNorm, Conv, Dropout, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.training import loop
from bakeoff.training.checkpoint import Checkpoint, TrainingState
from bakeoff.training.loop import train
from bakeoff.training.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RAdam, RMSprop
from bakeoff.training.recipe import Recipe

NETWORK = Network(
    *(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Dropout(0.3)),
    *(Linear(8), ReLU(), Linear(2), Head("comparison")),
)


class Torchs(Optimizer):
    def build(self, parameters):
        return torch.optim.AdamW(parameters, lr=1e-2)


class Own(Optimizer):
    def build(self, parameters):
        steps = SGD(lr=0.1).build(parameters)

        class Mine:
            zero_grad, step = steps.zero_grad, steps.step

        return Mine()


class CutOffError(Exception):
    pass


@pytest.fixture
def long(workload):
    return replace(workload, model=NETWORK, recipe=Recipe(epochs=5, batch=16))


@pytest.fixture
def cut_off(monkeypatch):
    """Make training fail at the beginning of the epoch given."""

    def cut(epoch):
        real = loop._train_epoch

        def train_epoch(workload, net, optimizer, now, balance):
            if now == epoch:
                raise CutOffError
            return real(workload, net, optimizer, now, balance)

        monkeypatch.setattr(loop, "_train_epoch", train_epoch)
        return real

    return cut


def without_seconds(history):
    answers = {name: values.tolist() for name, values in history.answers.items()}
    return history.status, history.curves, history.parameters, answers


@pytest.mark.parametrize(
    "optimizer",
    [
        Adam(lr=1e-2),
        SGD(lr=0.1),
        SGD(lr=0.1, momentum=0.9),
        SGD(lr=0.1, momentum=0.9, nesterov=True),
        Adagrad(lr=0.1),
        AdamW(lr=1e-2, weight_decay=0.1),
        RAdam(lr=1e-2),
        RMSprop(lr=1e-3),
        RMSprop(lr=1e-3, momentum=0.5),
        Torchs(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("record", ["epochs", "iterations"])
def test_a_trial_cut_off_ends_as_if_it_had_not_been(
    long, cut_off, tmp_path, monkeypatch, optimizer, record
):
    workload = replace(long, optimizer=optimizer, recipe=long.recipe.replace(record=record))
    whole = train(workload, seed=3)
    file = tmp_path / "deep" / "key.safetensors"
    real = cut_off(3)
    with pytest.raises(CutOffError):
        train(workload, seed=3, checkpoint=Checkpoint(file, key="key", patience=0.0))

    seen = []
    monkeypatch.setattr(loop, "_train_epoch", lambda *given: seen.append(given[3]) or real(*given))
    again = train(workload, seed=3, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert seen == [3, 4]
    assert without_seconds(again) == without_seconds(whole)
    assert again.seconds > 0


def test_the_state_is_weights_and_text_and_no_pickle(long, cut_off, tmp_path):
    file = tmp_path / "key.safetensors"
    cut_off(2)
    with pytest.raises(CutOffError):
        train(long, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    with safe_open(file, framework="pt") as opened:
        assert set(opened.metadata()) == {"bakeoff"}
        assert {name.split(".")[0] for name in opened.keys()} == {"net", "optimizer", "random"}  # noqa: SIM118
    assert [path.name for path in tmp_path.iterdir()] == ["key.safetensors"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-40]),
        lambda file: file.write_bytes(b"nothing of the kind"),
        lambda file: file.write_bytes(b""),
        lambda file: file.unlink(),
    ],
)
def test_a_damaged_state_is_as_none(long, cut_off, tmp_path, monkeypatch, damage):
    whole = train(long, seed=0)
    file = tmp_path / "key.safetensors"
    real = cut_off(2)
    with pytest.raises(CutOffError):
        train(long, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    damage(file)
    monkeypatch.setattr(loop, "_train_epoch", real)
    again = train(long, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert without_seconds(again) == without_seconds(whole)


def test_the_state_of_another_trial_is_not_taken(long, cut_off, tmp_path, monkeypatch):
    whole = train(long, seed=0)
    file = tmp_path / "key.safetensors"
    real = cut_off(2)
    with pytest.raises(CutOffError):
        train(long, seed=1, checkpoint=Checkpoint(file, key="another", patience=0.0))
    monkeypatch.setattr(loop, "_train_epoch", real)
    again = train(long, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert without_seconds(again) == without_seconds(whole)


def test_an_optimizer_of_ones_own_kind_costs_the_checkpoint_alone(long, tmp_path):
    file = tmp_path / "key.safetensors"
    workload = replace(long, optimizer=Own())
    kept = train(workload, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert without_seconds(kept) == without_seconds(train(workload, seed=0))
    assert not file.exists()


def test_a_folder_that_cannot_be_made_costs_the_checkpoint_alone(long, tmp_path):
    (tmp_path / "file").write_text("")
    file = tmp_path / "file" / "key.safetensors"
    kept = train(long, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert kept.status == "finished"


@pytest.mark.parametrize(
    ("epoch", "seconds", "due"),
    [(1, 5.9, False), (1, 6.1, False), (2, 12.1, True), (9, 54.0, False), (10, 99.0, False)],
)
def test_only_what_is_expected_to_take_a_minute_is_kept(tmp_path, epoch, seconds, due):
    checkpoint = Checkpoint(tmp_path / "x", key="key")
    assert checkpoint.is_due(TrainingState({}, epoch, seconds), epochs=10) is due
