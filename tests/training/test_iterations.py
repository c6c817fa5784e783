"""Batches recorded one by one, balanced losses, and the five best guesses."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from bakeoff.data.metrics import Error, TopKError
from bakeoff.data.splits import RoundData, Split
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.training.decision import LargestLogit
from bakeoff.training.evaluate import measure
from bakeoff.training.loop import train
from bakeoff.training.losses import fitted_losses, loss
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.recipe import Recipe


def test_iterations_are_recorded_and_training_is_the_same(workload):
    by_epoch = train(workload, seed=0)
    recorded = replace(workload, recipe=workload.recipe.replace(record="iterations"))
    by_batch = train(recorded, seed=0)
    batches = 4  # 60 examples in batches of 16.
    assert set(by_batch.curves) == {"batch", "train", "test"}
    assert {name: len(v) for name, v in by_batch.curves["batch"].items()} == {
        "loss": 4 * batches,
        "error": 4 * batches,
    }
    assert by_batch.curves["test"] == by_epoch.curves["test"]
    assert math.isnan(by_batch.value("train", "error"))


def test_a_batch_is_measured_before_its_step(workload):
    one = replace(workload, recipe=Recipe(epochs=1, batch=60, record="iterations"))
    history = train(one, seed=0)
    torch.manual_seed(0)
    net = workload.model.build()
    with torch.no_grad():
        logits = net(workload.data.train.inputs)["comparison"]
        wrong = logits.argmax(1) != workload.data.train.labels["comparison"]
        value = F.cross_entropy(logits, workload.data.train.labels["comparison"])
    assert history.curves["batch"]["error"] == (pytest.approx(wrong.double().mean().item()),)
    assert history.curves["batch"]["loss"] == (pytest.approx(value.item(), rel=1e-5),)


def test_balanced_losses_weigh_classes_by_their_rarity():
    labels = {"digit": torch.tensor([0, 0, 0, 1])}
    objective = Objective(CrossEntropy("digit", balanced=True))
    fitted = fitted_losses(objective, labels, {"digit": (3,)})
    logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    weights = torch.tensor([4 / 3 / 3, 4 / 3, 0.0])
    wanted = F.cross_entropy(logits, torch.tensor([0, 1]), weight=weights)
    given = loss(fitted, {"digit": logits}, {"digit": torch.tensor([0, 1])}, 0)
    torch.testing.assert_close(given, wanted)


def test_balance_changes_what_is_trained(workload):
    balanced = Objective(CrossEntropy("comparison", balanced=True))
    one, other = train(workload, seed=0), train(replace(workload, objective=balanced), seed=0)
    assert one.curves["train"]["loss"] != other.curves["train"]["loss"]


@pytest.mark.parametrize("classes", [5, 6])
def test_the_class_may_be_among_the_five_best(workload, classes):
    logits = torch.arange(classes).float().expand(classes, classes)
    split = Split(torch.zeros(classes, 1), {"digit": torch.arange(classes)}, np.zeros((1, 1), int))
    metrics = [Error(), TopKError()]
    whole = replace(
        workload,
        objective=Objective(CrossEntropy("digit")),
        decision=LargestLogit("digit"),
        target="digit",
        classes={"digit": (classes,)},
        metrics=tuple(metrics),
    )
    found = measure(whole, {"digit": logits}, split, whole.measured)
    assert found["error"] == pytest.approx(1 - 1 / classes)
    # Logits grow with the class: of six, only class 0 is not among the five largest.
    assert found.get("top5_error") == (pytest.approx(1 / 6) if classes == 6 else None)


def test_digits_have_a_top_five(round_data):
    from bakeoff.training.optimizers import Adam
    from bakeoff.training.workload import Workload

    def first(split):
        return Split(
            split.inputs[:, :1], {"digit": split.labels["digits"][:, 0]}, split.items[:, :1]
        )

    data = RoundData(first(round_data.train), None, first(round_data.test))
    history = train(
        Workload(
            model=Network(Linear(10), Head("digit"), input=(1, 14, 14)),
            objective=Objective(CrossEntropy("digit")),
            decision=LargestLogit("digit"),
            optimizer=Adam(lr=1e-2),
            recipe=Recipe(epochs=3, batch=16),
            target="digit",
            classes={"digit": (10,)},
            data=data,
            order=lambda epoch: np.random.default_rng(epoch).permutation(60),
            metrics=(Error(), TopKError()),
        ),
        seed=0,
    )
    assert set(history.curves["test"]) == {"loss", "error", "top5_error"}
    errors = zip(history.curves["test"]["top5_error"], history.curves["test"]["error"], strict=True)
    assert all(top5 <= error for top5, error in errors)
