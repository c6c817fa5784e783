"""A look at a round and at a model finds what is wrong, what is in doubt, and nothing else."""

from dataclasses import replace
from typing import ClassVar, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from bakeoff.data.splits import RoundData, Split
from bakeoff.data.task import Task
from bakeoff.errors import ModelError
from bakeoff.models.network import ModelSpec
from bakeoff.training.check import BATCH, check_model, check_round
from bakeoff.training.decision import LargestLogit
from bakeoff.training.finding import ErrorKind, Finding, refusal
from bakeoff.training.objective import Loss, Objective

SIZES = {"train": 20, "validation": 6, "test": 10}
RNG = np.random.default_rng()


class Three(Task):
    """Three classes, and a number beside them."""

    input_shape: ClassVar = (4,)
    target: ClassVar = "kind"
    labels: ClassVar = {"kind": (3,), "weight": (1,)}
    sizes: ClassVar = SIZES

    def kind(self, label):
        return "classes" if label == "kind" else "numbers"

    def draw(self, *, seed, round):
        raise NotImplementedError


def split(n, **changes):
    labels = {"kind": torch.arange(n) % 3, "weight": torch.rand(n)} | changes
    inputs = labels.pop("inputs", torch.randn(n, 4))
    given = {name: label for name, label in labels.items() if label is not None}
    return Split(inputs, given, np.arange(n)[:, None])


def look(**changed):
    """Return what is found of a round with some splits changed."""
    splits = {name: split(n) for name, n in SIZES.items()} | changed
    return check_round(Three(), RoundData(**splits))


def with_values(tensor, places, value):
    tensor = tensor.clone()
    tensor[list(places)] = value
    return tensor


WRONG = {
    "sizes": ({"test": split(9)}, {"split": "test", "given": (9,), "allowed": (10,)}),
    "a split left out": ({"validation": None}, {"kind": "sizes", "given": (0,), "allowed": (6,)}),
    "missing": ({"test": split(10, kind=None)}, {"part": "kind", "given": ("weight",)}),
    "type": (
        {"train": split(20, inputs=torch.randn(20, 4).double())},
        {"part": "inputs", "given": ("float64",), "allowed": ("float32",)},
    ),
    "classes as numbers": (
        {"train": split(20, kind=torch.zeros(20))},
        {"kind": "type", "part": "kind", "given": ("float32",), "allowed": ("int64",)},
    ),
    "an array": (
        {"train": split(20, kind=np.zeros(20))},
        {"kind": "type", "part": "kind", "given": ("ndarray",)},
    ),
    "shape": (
        {"test": split(10, inputs=torch.randn(10, 5))},
        {"part": "inputs", "given": ("(10, 5)",), "allowed": ("(10, 4)",)},
    ),
    "a column of classes": (
        {"test": split(10, kind=torch.zeros(10, 1).long())},
        {"kind": "shape", "part": "kind", "given": ("(10, 1)",), "allowed": ("(10,)",)},
    ),
    "too few labels": (
        {"test": split(10, weight=torch.rand(9))},
        {"kind": "shape", "part": "weight", "allowed": ("(10,)", "(10, 1)")},
    ),
    "range": (
        {"train": split(20, kind=with_values(torch.arange(20) % 3, (4, 7), 3))},
        {"split": "train", "given": (0, 3), "allowed": (0, 2), "count": 2},
    ),
    "below the range": (
        {"test": split(10, kind=with_values(torch.arange(10) % 3, (4,), -1))},
        {"kind": "range", "split": "test", "given": (-1, 2), "count": 1},
    ),
    "not_finite": (
        {"test": split(10, inputs=with_values(torch.randn(10, 4), (1, 5, 6), torch.nan))},
        {"split": "test", "part": "inputs", "given": (10,), "count": 3},
    ),
    "an infinite label": (
        {"train": split(20, weight=with_values(torch.rand(20), (3,), torch.inf))},
        {"kind": "not_finite", "split": "train", "part": "weight", "count": 1},
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_round_is_found_alone_and_told_in_a_sentence(what):
    changed, expected = WRONG[what]
    (found,) = look(**changed)
    assert {"kind": what} | expected == {
        name: getattr(found, name) for name in {"kind": what} | expected
    }
    assert found.is_error
    assert refusal(found).endswith(".")
    for value in (*expected.get("given", ()), *expected.get("allowed", ())):
        if value != 0 or found.kind != "sizes":
            assert str(value) in refusal(found)


def test_every_kind_of_error_of_data_has_a_case():
    of_data = set(get_args(ErrorKind)) - {"code", "loss"}
    assert of_data <= {expected.get("kind", what) for what, (_, expected) in WRONG.items()}


def test_a_sound_round_gives_nothing():
    assert look() == ()
    assert look(train=split(20, weight=torch.rand(20, 1))) == ()


@given(st.sets(st.integers(0, 9)), st.data())
def test_examples_of_test_that_stand_in_training_are_counted_and_named(shared, data):
    train, test = torch.randn(20, 4), torch.randn(10, 4)
    places = {n: data.draw(st.integers(0, 19)) for n in sorted(shared)}
    for n, place in places.items():
        test[n] = train[place]
    found = look(train=split(20, inputs=train), test=split(10, inputs=test))
    if not shared:
        assert found == ()
        return
    (overlap,) = found
    assert (overlap.kind, overlap.is_error) == ("overlap", False)
    assert (overlap.count, overlap.size) == (len(shared), len(shared) / 10)
    assert overlap.places == tuple(places.items())[:3]


class Net(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(392, 2))
        self.layer = nn.BatchNorm1d(392)
        if what == "own weights":
            nn.init.constant_(self.net[1].weight, float(RNG.random()))

    def forward(self, x):
        return CHANGES.get(self.what, lambda self, x: self.net(x))(self, x)


CHANGES = {
    "batch norm": lambda self, x: self.net(self.layer(x.flatten(1))),
    "dropout": lambda self, x: self.net(nn.functional.dropout(x, training=self.training)),
    "dropout left on": lambda self, x: self.net(nn.functional.dropout(x)),
    "batch mean": lambda self, x: self.net(x - x.mean(0)),
    "squeeze": lambda self, x: self.net(x).squeeze(),
    "own noise": lambda self, x: self.net(x) + float(RNG.random()),
    "own noise in training": lambda self, x: (
        self.net(x) + (float(RNG.random()) if self.training else 0.0)
    ),
    "in place": lambda self, x: self.net(x.mul_(2)),
    "not finite": lambda self, x: self.net(x).sub(100).log(),
    "argmax": lambda self, x: self.net(x).argmax(1),
    "rows": lambda self, x: self.net(x).mean(0, keepdim=True),
    "list": lambda self, x: {"comparison": [self.net(x)]},
    "pair": lambda self, x: (self.net(x), x),
    "detached": lambda self, x: self.net(x).detach(),
    "elsewhere": lambda self, x: {"other": self.net(x)},
}


class Own(ModelSpec):
    what: str

    def build(self):
        return SHARED if self.what == "shared" else Net(self.what)


SHARED = Net("shared")


def tried(workload, what, **changes):
    changed = replace(workload, model=Own(what=what), **changes)
    return check_model(changed, seed=3, device="cpu")


@pytest.mark.parametrize("what", ["fine", "batch norm", "dropout", "in place"])
def test_a_sound_model_gives_nothing_and_leaves_data_and_generators(workload, what):
    inputs, state = workload.data.train.inputs.clone(), torch.get_rng_state()
    assert tried(workload, what) == ()
    assert torch.equal(inputs, workload.data.train.inputs)
    assert torch.equal(state, torch.get_rng_state())


def test_layers_of_bakeoffs_own_give_nothing(workload):
    assert check_model(workload, seed=3, device="cpu") == ()


@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        ("batch mean", {("batch_dependence", "comparison")}),
        ("dropout left on", {("batch_dependence", "comparison")}),
        ("squeeze", {("batch_dependence", "")}),
        ("own weights", {("unrepeatable", "weights")}),
        ("own noise in training", {("unrepeatable", "answers")}),
        ("own noise", {("unrepeatable", "answers"), ("batch_dependence", "comparison")}),
        ("not finite", {("loss", "")}),
    ],
)
def test_what_is_in_doubt_of_a_model_is_found_alone(workload, what, kinds):
    found = tried(workload, what)
    assert {(each.kind, each.part) for each in found} == kinds
    assert all(each.is_error or each.size > 0 for each in found)


class AboveMean(LargestLogit):
    """Whether the first logit is above the mean of the batch."""

    def answer(self, heads):
        first = heads[self.reads][:, 0]
        return (first > first.mean()).long()


def test_a_decision_that_reads_the_batch_is_in_doubt(workload):
    changed = replace(workload, decision=AboveMean("comparison"))
    (doubt,) = check_model(changed, seed=3, device="cpu")
    assert (doubt.kind, doubt.part) == ("batch_dependence", "answers")
    assert 0 < doubt.size <= 1


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("argmax", "'comparison' is torch.int64; it must be a tensor of floating point"),
        ("rows", rf"shape \(1, 2\) for {BATCH} examples"),
        ("list", "'comparison' is list"),
        ("pair", "gives 'tuple'"),
        ("detached", "detaches"),
        ("elsewhere", "no head called 'comparison'"),
        ("shared", "two builds of the model share"),
    ],
)
def test_a_model_that_cannot_be_trained_is_refused(workload, what, words):
    with pytest.raises(ModelError, match=words):
        tried(workload, what)


class Each(Loss):
    """It forgets to take the mean."""

    def compute(self, output, label):
        return (output - label[:, None]) ** 2


def test_a_loss_that_is_no_scalar_is_refused(workload):
    with pytest.raises(ModelError, match=r"Each\(.*shape \(8, 2\).*take the mean"):
        tried(workload, "fine", objective=Objective(Each(head="comparison")))


def test_a_warning_is_no_refusal():
    with pytest.raises(ValueError, match="overlap"):
        refusal(Finding("overlap"))
