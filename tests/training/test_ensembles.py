"""An ensemble is its members, trained apart, and answers by their mean."""

import doctest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import bakeoff
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import ModelError, SpecError
from bakeoff.models import ensemble
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.estimator import Estimator
from bakeoff.models.layers import BatchNorm, Conv, Dropout, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, ModelSpec, Network
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training import loop
from bakeoff.training.augmentation import Affine, Mixup
from bakeoff.training.averaging import EMA, SWA
from bakeoff.training.loop import train
from bakeoff.training.network import built
from bakeoff.training.objective import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    L2Penalty,
    Objective,
)
from bakeoff.training.optimizers import SGD, AdamW, ParameterGroup
from bakeoff.training.recipe import Recipe

MEMBER = Network(
    *(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Linear(2), Head("comparison"))
)


class Begun(ModelSpec):
    """The member of an ensemble that stands at a place, by itself."""

    place: int
    members: int

    def build(self):
        net = built(Ensemble(model=MEMBER, members=self.members), (2, 14, 14), "cpu")
        return list(net.members)[self.place]


@pytest.fixture
def probabilities(monkeypatch):
    """Train, and return the history and the test probabilities of the first class."""

    def run(workload):
        seen, real = [], loop.answers

        def noting(workload, heads):
            seen.append(heads["comparison"].softmax(-1)[:, 0].numpy())
            return real(workload, heads)

        monkeypatch.setattr(loop, "answers", noting)
        history = train(workload, seed=3)
        monkeypatch.setattr(loop, "answers", real)
        return history, seen[0]

    return run


RECIPES = [
    Recipe(epochs=3, batch=16),
    Recipe(epochs=3, batch=16, clip=0.05),
    Recipe(epochs=3, batch=16, averaging=EMA(decay=0.8), augmentation=(Affine(shift=0.1),)),
    Recipe(epochs=3, batch=16, averaging=SWA(start=0.3), augmentation=(Mixup(),)),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=repr)
def test_members_are_those_trained_apart_and_answer_by_the_mean(workload, probabilities, recipe):
    whole = replace(
        workload,
        model=Ensemble(model=MEMBER, members=3),
        recipe=recipe,
        objective=Objective(CrossEntropy("comparison"), L2Penalty(1e-3)),
    )
    history, together = probabilities(whole)
    apart = [
        probabilities(replace(whole, model=Begun(place=place, members=3))) for place in range(3)
    ]
    mean = np.mean([each for _, each in apart], axis=0)
    assert np.allclose(together, mean, atol=1e-5)
    assert len({tuple(each.round(4)) for _, each in apart}) == 3
    assert history.parameters == sum(one.parameters for one, _ in apart)
    sure = np.abs(mean - 0.5) > 1e-4
    answer = (mean < 0.5).astype(int)
    assert np.array_equal(history.answers["answer"][sure], answer[sure])
    label = workload.data.test.labels["comparison"].numpy()
    right = np.where(label == 0, mean, 1 - mean)
    assert history.value("test", "loss") == pytest.approx(-np.log(right).mean(), abs=1e-4)


def test_members_have_dropout_of_their_own(workload):
    dropping = Network(Linear(32), ReLU(), Dropout(0.5), Linear(2), Head("comparison"))

    class Alike(ModelSpec):
        def build(self):
            torch.manual_seed(0)
            return dropping.build()

    masks = []

    def noting(module, inputs, output):
        if module.training:
            masks.append(output == 0)

    class Noted(Alike):
        def build(self):
            net = super().build()
            for module in net.modules():
                if isinstance(module, nn.Dropout):
                    module.register_forward_hook(noting)
            return net

    train(replace(workload, model=Ensemble(model=Noted(), members=2)), seed=0, fast=False)
    one, other = masks[-2:]
    assert not torch.equal(one, other)


def test_parameters_and_arithmetic_are_those_of_all_members():
    found = Ensemble(model=MEMBER, members=5)
    assert found.parameters() == 5 * MEMBER.parameters()
    assert found.multiply_adds() == 5 * MEMBER.multiply_adds()
    assert found.head_names() == {"comparison"}
    assert sum(p.numel() for p in found.build().parameters()) == found.parameters()


def test_the_examples_in_the_docstrings_run():
    found = doctest.testmod(ensemble)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("head", [(), (3,)])
def test_what_stands_for_several_outputs_is_the_mean_probability(head):
    outputs = torch.randn(4, 20, *head, dtype=torch.float64)
    if head:
        found = CrossEntropy("h").averaged(outputs).softmax(-1)
        expected = outputs.softmax(-1).mean(0)
    else:
        found = BinaryCrossEntropy("h").averaged(outputs).sigmoid()
        expected = outputs.sigmoid().mean(0)
    assert torch.allclose(found, expected)
    assert torch.allclose(Huber("h").averaged(outputs), outputs.mean(0))


def test_outputs_that_are_very_sure_stay_numbers():
    sure = torch.tensor([[-200.0], [-300.0]])
    assert torch.isfinite(BinaryCrossEntropy("h").averaged(sure)).all()
    logits = torch.tensor([[[0.0, 300.0]], [[0.0, 200.0]]])
    assert torch.isfinite(CrossEntropy("h").averaged(logits)).all()


def test_groups_hold_the_parameters_of_every_member(workload):
    grouped = SGD(lr=0.1, groups=(ParameterGroup(layer="Conv2d", lr=0.0),))
    ensemble = Ensemble(model=MEMBER, members=2)
    found = train(replace(workload, model=ensemble, optimizer=grouped), seed=0)
    assert found.parameters == ensemble.parameters()
    wrong = AdamW(lr=0.1, groups=(ParameterGroup(name="members.2.*", lr=0.0),))
    with pytest.raises(ModelError, match="no parameter fits"):
        train(replace(workload, model=ensemble, optimizer=wrong), seed=0)


def variant(model, **fields):
    return Variant(name="a", model=model, recipe=Recipe(epochs=1, batch=10), **fields)


PAIRS = DigitPairs(train=40, validation=10, test=20)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Ensemble(model=MEMBER, members=1), r"Ensemble\.members: given 1"),
        (
            lambda: Ensemble(model=Ensemble(model=MEMBER), members=2),
            r"Ensemble\.model: given Ensemble\(",
        ),
        (lambda: Ensemble(model=estimator()), "must be a network: an estimator has ensembles of"),
        (
            lambda: variant(
                Ensemble(model=MEMBER),
                objective=Objective(CrossEntropy("comparison"), CrossEntropy("digits")),
            ),
            "reads the head 'digits'",
        ),
        (
            lambda: Study(name="s", task=PAIRS, variants=(variant(Ensemble(model=THREE)),)),
            r"head 'comparison' has shape \(N, 3\); .* needs \(N, 2\)",
        ),
        (
            lambda: Study(name="s", task=PAIRS, variants=(variant(Ensemble(model=SMALL)),)),
            r"takes inputs of shape \(1, 28, 28\); DigitPairs gives \(2, 14, 14\)",
        ),
    ],
)
def test_what_cannot_be_an_ensemble_is_a_sentence_when_declared(make, words):
    with pytest.raises(SpecError, match=words):
        make()


def estimator():
    from sklearn.linear_model import LogisticRegression

    return Estimator(LogisticRegression())


THREE = Network(Linear(3), Head("comparison"))
SMALL = Network(Linear(2), Head("comparison"), input=(1, 28, 28))


class Tuple(ModelSpec):
    """Each member gives what no decision reads."""

    what: str

    def build(self):
        what = self.what

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = nn.Linear(392, 2)

            def forward(self, x):
                y = self.linear(x.flatten(1))
                return {"tuple": (y, y), "argmax": {"comparison": y.argmax(1)}}[what]

        return Net()


@pytest.mark.parametrize(
    ("what", "words"),
    [("tuple", "the model gives 'tuple'"), ("argmax", r"head 'comparison' is torch\.int64")],
)
def test_members_that_give_no_heads_are_told_as_any_network(workload, what, words):
    found = Ensemble(model=Tuple(what=what))
    with pytest.raises(ModelError, match=words):
        train(replace(workload, model=found), seed=0)
    study = Study(name="s", task=PAIRS, variants=(variant(found),))
    with ThreadPoolExecutor(1) as executor:
        (error,) = bakeoff.check(study, executor=executor)
    assert error.kind == "code"
    assert words.split(r"\.")[0].split(" is ")[0] in error.message
