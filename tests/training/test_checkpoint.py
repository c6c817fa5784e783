"""A trial that is cut off goes on from its last state, to the same numbers."""

import pickle
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from bakeoff.data.tasks import DigitPairs
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.layers import BatchNorm, Conv, Dropout, Flatten, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, Network, PerImage
from bakeoff.training import loop
from bakeoff.training.augmentation import (
    Affine,
    Crop,
    Elastic,
    Erasing,
    Flip,
    Mixup,
    SwapImages,
    Views,
)
from bakeoff.training.averaging import EMA, SWA
from bakeoff.training.checkpoint import Checkpoint, TrainingState
from bakeoff.training.loop import train
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    ParameterGroup,
    RAdam,
    RMSprop,
)
from bakeoff.training.recipe import Phase, Recipe
from bakeoff.training.schedules import Cosine, OneCycle, ReduceOnPlateau, StepDecay, Warmup
from bakeoff.training.stopping import Patience

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


class Planted:
    def __reduce__(self):
        return pytest.fail, ("a pickle was run",)


@pytest.fixture
def long(workload):
    return replace(workload, model=NETWORK, recipe=Recipe(epochs=5, batch=16))


@pytest.fixture
def cut_off(monkeypatch):
    """Make training fail at the beginning of the epoch given."""

    def cut(epoch):
        real = loop._train_epoch

        def train_epoch(workload, net, optimizer, progress, losses):
            if progress.epoch == epoch:
                raise CutOffError
            return real(workload, net, optimizer, progress, losses)

        monkeypatch.setattr(loop, "_train_epoch", train_epoch)
        return real

    return cut


def without_seconds(history):
    answers = {name: values.tolist() for name, values in history.answers.items()}
    return history.status, history.curves, history.final, history.parameters, answers


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

    def train_epoch(workload, net, optimizer, progress, losses):
        seen.append(progress.epoch)
        return real(workload, net, optimizer, progress, losses)

    monkeypatch.setattr(loop, "_train_epoch", train_epoch)
    again = train(workload, seed=3, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert seen == [3, 4]
    assert without_seconds(again) == without_seconds(whole)
    assert again.seconds > 0


DIGITS = Objective(CrossEntropy("digits"), CrossEntropy("comparison"))

INGREDIENTS = {
    "step decay": Recipe(epochs=5, batch=16, schedule=StepDecay(every=0.4, factor=0.1)),
    "cosine": Recipe(epochs=5, batch=16, schedule=Cosine()),
    "one cycle": Recipe(epochs=5, batch=16, schedule=OneCycle()),
    "warm-up": Recipe(epochs=5, batch=16, schedule=Warmup(0.3, then=Cosine())),
    "plateau": Recipe(
        epochs=5, batch=16, schedule=ReduceOnPlateau(factor=0.5, patience=1, metric="loss")
    ),
    "plateau on train": Recipe(
        epochs=5,
        batch=16,
        schedule=Warmup(2, then=ReduceOnPlateau(patience=1, metric="loss", split="train")),
    ),
    "clip": Recipe(epochs=5, batch=16, clip=0.5),
    "patience": Recipe(epochs=5, batch=16, stopping=Patience(epochs=1, metric="loss")),
    "patience on train": Recipe(
        epochs=5, batch=16, stopping=Patience(epochs=2, metric="loss", split="train")
    ),
    "warps": Recipe(
        epochs=5,
        batch=16,
        augmentation=(
            Affine(rotation=10, shift=0.1, scale=0.1, shear=5),
            Elastic(),
            Crop(padding=1),
            Flip(),
            Erasing(),
        ),
    ),
    "swap": Recipe(epochs=5, batch=16, augmentation=(SwapImages(),), record="iterations"),
    "mixup": Recipe(epochs=5, batch=16, augmentation=(Mixup(alpha=0.5),)),
    "ema": Recipe(epochs=5, batch=16, averaging=EMA(decay=0.9)),
    "swa": Recipe(epochs=5, batch=16, averaging=SWA(start=0.3)),
    "ema and patience": Recipe(
        epochs=5, batch=16, averaging=EMA(), stopping=Patience(epochs=1, metric="loss")
    ),
    "phase": Recipe(
        epochs=2,
        batch=16,
        before=(
            Phase(objective=DIGITS, epochs=2, optimizer=SGD(lr=0.1, momentum=0.9)),
            Phase(objective=CrossEntropy("digits"), epochs=1, schedule=Cosine()),
        ),
        averaging=EMA(decay=0.9),
        stopping=Patience(epochs=1, metric="loss"),
    ),
    "views": Recipe(epochs=5, batch=16, views=Views(augmentation=(Affine(shift=0.1),), number=3)),
}
MODELS = {
    "network": Network(
        *(PerImage(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Flatten()), Dropout(0.3)),
        *(PerImage(Linear(10), Head("digits")), Flatten(), Linear(2), Head("comparison")),
    ),
}
MODELS["ensemble"] = Ensemble(model=MODELS["network"], members=2)
GROUPED = AdamW(
    lr=1e-2,
    groups=(
        ParameterGroup(name="*.bias", weight_decay=0.0),
        ParameterGroup(layer="Conv2d", lr=1e-3),
        ParameterGroup(layer="BatchNorm*", lr=0.0),
    ),
)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ingredient", INGREDIENTS)
@pytest.mark.parametrize("epoch", [2, 3])
def test_every_ingredient_goes_on_from_every_epoch_to_the_same_end(
    long, cut_off, tmp_path, monkeypatch, ingredient, model, epoch
):
    recipe = INGREDIENTS[ingredient]
    workload = replace(
        long,
        model=MODELS[model],
        objective=DIGITS,
        recipe=recipe,
        optimizer=GROUPED if ingredient in {"phase", "clip"} else AdamW(lr=1e-2),
        images=2,
        swap=DigitPairs().swapped,
    )
    whole = train(workload, seed=3)
    if len(whole.curves["test"]["loss"]) <= epoch:
        pytest.skip("it has stopped by then")
    file = tmp_path / "key.safetensors"
    real = cut_off(epoch)
    with pytest.raises(CutOffError):
        train(workload, seed=3, checkpoint=Checkpoint(file, key="key", patience=0.0))
    monkeypatch.setattr(loop, "_train_epoch", real)
    assert file.exists()
    again = train(workload, seed=3, checkpoint=Checkpoint(file, key="key", patience=0.0))
    assert without_seconds(again) == without_seconds(whole)


def test_the_state_is_weights_and_text_and_no_pickle(long, cut_off, tmp_path):
    file = tmp_path / "key.safetensors"
    cut_off(2)
    with pytest.raises(CutOffError):
        train(long, seed=0, checkpoint=Checkpoint(file, key="key", patience=0.0))
    with safe_open(file, framework="pt") as opened:
        assert set(opened.metadata()) == {"bakeoff", "digest"}
        assert {name.split(".")[0] for name in opened.keys()} == {"net", "optimizer", "random"}  # noqa: SIM118
    assert [path.name for path in tmp_path.iterdir()] == ["key.safetensors"]


def flip(file, place):
    data = bytearray(file.read_bytes())
    data[place] ^= 4
    file.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: flip(file, -1),  # Of a tensor.
        lambda file: flip(file, file.read_bytes().index(b"curves") + 40),
        lambda file: file.write_bytes(pickle.dumps(Planted())),
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
