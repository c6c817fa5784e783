"""Groups of parameters have rates of their own: torch's param_groups, to the bit."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from bakeoff.errors import ModelError, SpecError
from bakeoff.models.layers import BatchNorm, Conv, Flatten, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, Network, PerImage
from bakeoff.training import loop
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
from bakeoff.training.recipe import Recipe
from bakeoff.training.schedules import Cosine
from bakeoff.training.steps import build_steps, grouped

SIAMESE = Network(
    # Large enough that its first convolution is absorbed by the block behind it.
    PerImage(Conv(32, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Linear(10)),
    Head("digits"),
    *(Flatten(), Linear(8), ReLU(), Linear(2), Head("comparison")),
)

NAMES = {name for name, _ in SIAMESE.build().named_parameters()}
CONV, NORM = "chain.0.chain.0", "chain.0.chain.1"


class Torchs(Optimizer):
    """torch's own class, with its param_groups."""

    lr: float
    kind: str = "adamw"
    decay: float = 0.0

    def build(self, parameters):
        if self.kind == "adamw":
            return torch.optim.AdamW(parameters, lr=self.lr, weight_decay=self.decay, fused=True)
        return torch.optim.SGD(
            parameters, lr=self.lr, momentum=0.9, weight_decay=self.decay, fused=True
        )


def plain_net():
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(576, 2))
    )


GROUPS = (
    ParameterGroup(layer="BatchNorm*", weight_decay=0.0),
    ParameterGroup(name="*.bias", lr=0.02, weight_decay=0.0),
    ParameterGroup(layer="Conv2d", lr=0.005),
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            AdamW(lr=0.01, weight_decay=0.1, groups=GROUPS),
            lambda groups: torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1, fused=True),
        ),
        (
            SGD(lr=0.01, momentum=0.9, weight_decay=0.1, groups=GROUPS),
            lambda groups: torch.optim.SGD(
                groups, lr=0.01, momentum=0.9, weight_decay=0.1, fused=True
            ),
        ),
    ],
    ids=["AdamW", "SGD"],
)
def test_groups_are_torchs_to_the_bit(ours, theirs, round_data):
    mine, its = plain_net(), plain_net()
    stepper = build_steps(ours, mine, grouped(mine, ours.groups))
    conv, norm, linear = its[0], its[1], its[4]
    optimizer = theirs(
        [
            {"params": list(norm.parameters()), "weight_decay": 0.0},
            {"params": [conv.bias, linear.bias], "lr": 0.02, "weight_decay": 0.0},
            {"params": [conv.weight], "lr": 0.005},
            {"params": [linear.weight]},
        ]
    )
    split = round_data.train
    for _ in range(20):
        for net, steps in ((mine, stepper), (its, optimizer)):
            steps.zero_grad()
            nn.functional.cross_entropy(net(split.inputs), split.labels["comparison"]).backward()
            steps.step()
    for (name, one), (_, other) in zip(
        mine.named_parameters(), its.named_parameters(), strict=True
    ):
        assert torch.equal(one, other), name


@pytest.fixture
def ends(monkeypatch):
    """Train, and return the weights at the beginning and at the end, and the history."""

    def run(workload):
        kept, real = [], loop._train_epoch

        def epoch(workload, net, *rest):
            if not kept:
                kept.append({n: p.detach().clone() for n, p in net.state_dict().items()})
            found = real(workload, net, *rest)
            kept[1:] = [{n: p.detach().clone() for n, p in net.state_dict().items()}]
            return found

        monkeypatch.setattr(loop, "_train_epoch", epoch)
        history = train(workload, seed=0)
        monkeypatch.setattr(loop, "_train_epoch", real)
        return (*kept, history)

    return run


@pytest.fixture
def siamese(workload):
    return replace(
        workload,
        model=SIAMESE,
        objective=Objective(CrossEntropy("comparison"), CrossEntropy("digits")),
        recipe=Recipe(epochs=3, batch=16, clip=1.0, schedule=Cosine()),
    )


KINDS = [
    SGD(lr=0.1, momentum=0.9, weight_decay=0.1),
    Adam(lr=0.01, weight_decay=0.1),
    AdamW(lr=0.01),
    RAdam(lr=0.01),
    RMSprop(lr=0.01, momentum=0.5),
    Adagrad(lr=0.01),
]


@pytest.mark.parametrize("optimizer", KINDS, ids=repr)
@pytest.mark.parametrize("layer", ["Conv2d", "BatchNorm2d"])
@pytest.mark.parametrize("fused", [True, False])
def test_a_group_with_a_rate_of_0_stays_to_the_bit(siamese, ends, optimizer, layer, fused):
    frozen = optimizer.replace(groups=(ParameterGroup(layer=layer, lr=0.0),))
    workload = replace(siamese, optimizer=frozen, recipe=siamese.recipe.replace(fused=fused))
    before, after, _ = ends(workload)
    held = {name for name in NAMES if name.startswith(CONV if layer == "Conv2d" else NORM)}
    assert len(held) == 2
    for name in NAMES - {f"{CONV}.bias"}:  # Batch norm takes it off again: it has no gradient.
        assert torch.equal(before[name], after[name]) is (name in held), name
    assert held <= {name for name in before if torch.equal(before[name], after[name])}


@pytest.mark.parametrize("layer", ["Conv2d", "BatchNorm2d", "Linear"])
def test_a_fused_network_with_groups_learns_what_torchs_own_does(siamese, ends, layer):
    groups = (ParameterGroup(layer=layer, lr=0.0), ParameterGroup(name="*.bias", lr=0.001))
    slow = replace(siamese, optimizer=SGD(lr=0.05, groups=groups))
    _, fused, _ = ends(slow)
    _, torchs, _ = ends(replace(slow, recipe=slow.recipe.replace(fused=False)))
    assert fused.keys() == torchs.keys()
    for name, value in fused.items():
        assert torch.allclose(value.float(), torchs[name].float(), atol=1e-4), name


def test_the_first_group_that_fits_has_a_parameter(ends, siamese):
    first = ParameterGroup(name="*", lr=0.0)
    found = replace(siamese, optimizer=SGD(lr=0.1, groups=(first,)))
    before, after, history = ends(found)
    assert all(torch.equal(before[name], after[name]) for name in NAMES)
    assert history.status == "finished"
    both = replace(siamese, optimizer=SGD(lr=0.1, groups=(first, ParameterGroup(lr=0.1))))
    with pytest.raises(ModelError, match="none that no other group has"):
        train(both, seed=0)


def test_groups_that_change_nothing_change_nothing(siamese):
    plain = train(replace(siamese, optimizer=SGD(lr=0.1)), seed=0)
    same = SGD(lr=0.1, groups=(ParameterGroup(layer="Linear", lr=0.1),))
    # With a clip over all: what one stepper does, two do.
    assert train(replace(siamese, optimizer=same), seed=0).curves == plain.curves


def test_a_schedule_multiplies_the_rates_of_groups_from_their_own(siamese, ends):
    groups = (ParameterGroup(layer="Linear", lr=0.02),)
    halved = replace(siamese, recipe=siamese.recipe.replace(schedule=HALF))
    own = replace(siamese, recipe=siamese.recipe.replace(schedule=ONE))
    _, one, _ = ends(replace(halved, optimizer=SGD(lr=0.1, groups=groups)))
    by_hand = (ParameterGroup(layer="Linear", lr=0.01),)
    _, other, _ = ends(replace(own, optimizer=SGD(lr=0.05, groups=by_hand)))
    assert all(torch.equal(one[name], other[name]) for name in one)


class Times(Cosine):
    factor: float

    def rate(self, step, steps):  # noqa: ARG002
        return self.factor


HALF, ONE = Times(factor=0.5), Times(factor=1.0)


def test_a_group_that_fits_no_parameter_is_told_with_what_there_is(workload):
    wrong = SGD(lr=0.1, groups=(ParameterGroup(layer="Conv3d", lr=0.0),))
    with pytest.raises(ModelError, match=r"no parameter fits ParameterGroup\(.*Conv3d.*Linear\)"):
        train(replace(workload, optimizer=wrong), seed=0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ParameterGroup(name="*"), "give it an lr or a weight_decay of its own"),
        (lambda: ParameterGroup(lr=-1.0), r"ParameterGroup\.lr"),
        (
            lambda: Torchs(lr=0.1, groups=(ParameterGroup(weight_decay=0.1),)),
            r"Torchs\.groups: .* sets weight_decay, which Torchs does not have",
        ),
    ],
)
def test_what_is_no_group_is_refused(make, words):
    with pytest.raises(SpecError, match=words):
        make()


def test_groups_of_torchs_own_class_are_built_apart(siamese, ends):
    groups = (ParameterGroup(layer="Linear", lr=0.0),)
    before, after, _ = ends(replace(siamese, optimizer=Torchs(lr=0.01, groups=groups)))
    stayed = {name for name in NAMES if torch.equal(before[name], after[name])}
    moved = {f"{CONV}.weight", f"{NORM}.weight", f"{NORM}.bias"}
    assert stayed | {f"{CONV}.bias"} == NAMES - moved
