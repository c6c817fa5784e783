"""What is trained is the network that was written, in the fastest form that it bears."""

import dataclasses
import itertools
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from bakeoff.data.splits import RoundData
from bakeoff.errors import ModelError
from bakeoff.models.layers import BatchNorm, Conv, Flatten, Layer, Linear, ReLU
from bakeoff.models.network import Head, ModelSpec, Network, PerImage
from bakeoff.training.loop import train
from bakeoff.training.network import bears_fast_form, trainable, weights_digest
from bakeoff.training.optimizers import SGD, Adagrad, Optimizer


def small(*first, width=8):
    return nn.Sequential(
        *first, nn.Flatten(), nn.Linear(392, width), nn.ReLU(), nn.Linear(width, 2)
    )


class Viewing(nn.Module):
    """The classic: it reads its convolution's output as one row in memory."""

    def __init__(self):
        super().__init__()
        self.front = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.back = nn.Linear(4 * 144, 2)

    def forward(self, x):
        return self.back(self.front(x).view(-1, 4 * 144))


class Striding(nn.Module):
    """It gives something else where its input lies otherwise in memory."""

    def __init__(self):
        super().__init__()
        self.front = nn.Conv2d(2, 4, 3)
        self.back = nn.Linear(4 * 144, 2)

    def forward(self, x):
        x = self.front(x)
        return self.back(x.flatten(1) * (2 if x.stride()[1] == 1 else 1))


class Constant(nn.Module):
    def forward(self, x):
        return torch.tensor([[0.0, 1.0]]).expand(len(x), 2)


class Detaching(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = small()

    def forward(self, x):
        return self.net(x).detach()


def frozen():
    return small().requires_grad_(False)


def lazy():
    return nn.Sequential(
        nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)
    )


def sharing():
    return nn.Sequential(nn.Flatten(), SHARED, nn.Linear(8, 2))


def sharing_a_view():
    net = small()
    net[1].weight = nn.Parameter(TABLE[:8])
    return net


def sharing_a_buffer():
    net = small()
    net.register_buffer("mean", TABLE[0])
    return net


def deep():
    blocks = [(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()) for _ in range(16)]
    return nn.Sequential(
        nn.Conv2d(2, 4, 3), *itertools.chain(*blocks), nn.Flatten(), nn.Linear(4 * 144, 2)
    )


class Remembering(nn.Module):
    """It makes tensors on its way, whose type is torch's default."""

    def __init__(self, dtype=None):
        super().__init__()
        self.dtype = dtype
        self.front = nn.Conv2d(2, 4, 3)
        self.rows = nn.RNN(48, 4, batch_first=True)
        self.back = nn.Linear(4, 2)

    def forward(self, x):
        x = self.front(x).transpose(1, 2).flatten(2)
        return self.back(self.rows(x, torch.zeros(1, len(x), 4, dtype=self.dtype))[0][:, -1])


def sharing_an_attribute():
    net = small()
    net.table = TABLE
    return net


def sparse():
    net = small()
    net.register_buffer("mask", torch.eye(3).to_sparse())
    return net


SHARED = nn.Linear(392, 8)
TABLE = torch.randn(20, 392)

MODELS = {
    "viewing": Viewing,
    "striding": Striding,
    "norm": lambda: small(nn.BatchNorm2d(2), nn.ReLU()),
    "norm of features": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(392, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)
    ),
    "dropout": lambda: small(nn.Conv2d(2, 2, 1), nn.Dropout(0.5), nn.Dropout2d(0.2)),
    "lazy": lazy,
    "deep": deep,
    "remembering": Remembering,
    "remembering in float32": lambda: Remembering(torch.float32),
    "constant": Constant,
    "frozen": frozen,
    "detaching": Detaching,
    "sharing": sharing,
    "sharing a view": sharing_a_view,
    "sharing a buffer": sharing_a_buffer,
    "sharing an attribute": sharing_an_attribute,
    "sparse": sparse,
}


class Own(ModelSpec):
    what: str

    def build(self):
        return MODELS[self.what]()


class Made(Layer):
    """A layer of the user's own within a network of bakeoff's layers, features behind it."""

    what: str

    def output(self, shape):
        return (math.prod(shape),) if self.what == "viewing" else shape

    def build(self, shape):
        return LAYERS[self.what](shape)


class AsRow(nn.Module):
    def forward(self, x):
        return x.view(len(x), -1)


class Halving(nn.Module):
    def forward(self, x):
        return x.mul_(0.5)


def shared_norm(shape):
    return NORMS.setdefault(shape, nn.BatchNorm2d(shape[0]))


NORMS = {}
LAYERS = {
    "viewing": lambda _: AsRow(),
    "in place": lambda _: Halving(),
    "sharing": shared_norm,
    "norm": lambda shape: nn.BatchNorm2d(shape[0]),
}


class Subclass(Network):
    """A network that builds something else than its layers."""

    def build(self):
        return Viewing()


def layered(workload, *layers, **recipe):
    model = Network(*layers, Linear(2), Head("comparison"))
    return dataclasses.replace(workload, model=model, recipe=workload.recipe.replace(**recipe))


def changed(workload, what, **recipe):
    return dataclasses.replace(
        workload, model=Own(what=what), recipe=workload.recipe.replace(**recipe)
    )


def plain(workload, *, epochs, clip=None):
    """Return the training losses that plain torch gives, a batch at a time."""
    torch.manual_seed(7)
    net = workload.model.build()
    optimizer = torch.optim.Adam(net.parameters(), lr=workload.optimizer.lr)
    split, found = workload.data.train, []
    for epoch in range(epochs):
        net.train()
        order = torch.from_numpy(workload.order(epoch))
        for batch in order.split(workload.recipe.batch):
            loss = nn.functional.cross_entropy(
                net(split.inputs[batch]), split.labels["comparison"][batch]
            )
            optimizer.zero_grad()
            loss.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
            found.append(loss.item())
    return found


@pytest.mark.parametrize("what", ["viewing", "striding", "norm", "norm of features", "lazy"])
def test_an_own_network_trains_as_in_plain_torch(workload, what):
    workload = changed(workload, what, record="iterations", epochs=3, batch=15)
    history = train(workload, seed=7)
    assert history.curves["batch"]["loss"] == pytest.approx(plain(workload, epochs=3), rel=1e-4)


def test_a_gradient_is_clipped_as_in_plain_torch(workload):
    workload = changed(workload, "norm", record="iterations", epochs=3, batch=15, clip=0.01)
    losses = train(workload, seed=7).curves["batch"]["loss"]
    assert losses == pytest.approx(plain(workload, epochs=3, clip=0.01), rel=1e-4)
    assert losses != pytest.approx(plain(workload, epochs=3), rel=1e-4)


@pytest.mark.parametrize(
    ("what", "told"),
    [("viewing", True), ("striding", True), ("norm", False), ("dropout", False), ("lazy", False)],
)
def test_a_network_that_does_not_bear_the_fast_form_is_left_and_that_is_told(workload, what, told):
    first, second = (train(changed(workload, what), seed=7) for _ in range(2))
    assert len(first.notes) == told
    # What was found for the first holds for the second.
    assert dataclasses.replace(second, seconds=0, answers={}) == dataclasses.replace(
        first, seconds=0, answers={}
    )


IN_NETWORKS = {
    "layer": (Conv(4, kernel=3), Made(what="viewing")),
    "layer for each image": (
        PerImage(Conv(4, kernel=3), Made(what="viewing"), Linear(4)),
        Flatten(),
    ),
    "layer for each image, unshared": (
        PerImage(Conv(4, kernel=3), Made(what="viewing"), Linear(4), shared=False),
        Flatten(),
    ),
}


@pytest.mark.parametrize("where", [*IN_NETWORKS, "subclass"])
def test_a_layer_that_does_not_bear_the_fast_form_is_found_in_a_network_of_layers(workload, where):
    if where == "subclass":
        model = Subclass(Linear(2), Head("comparison"))
        given = dataclasses.replace(workload, model=model)
        same = changed(workload, "viewing")
    else:
        given = layered(workload, *IN_NETWORKS[where])
        flat = [layer_with(layer, Flatten()) for layer in IN_NETWORKS[where]]
        same = layered(workload, *flat)
    history = train(given, seed=7)
    assert len(history.notes) == 1
    expected = train(same, seed=7).curves["train"]["loss"]
    assert history.curves["train"]["loss"] == pytest.approx(expected, rel=1e-4)


def layer_with(layer, flat):
    """Return a layer with bakeoff's own in place of the one that views."""
    if isinstance(layer, Made):
        return flat
    if isinstance(layer, PerImage):
        return PerImage(*(layer_with(one, flat) for one in layer.layers), shared=layer.shared)
    return layer


def test_a_layer_that_bears_the_fast_form_gets_it(workload):
    own, ours = (
        train(layered(workload, Conv(4, kernel=3), norm, ReLU()), seed=7)
        for norm in (Made(what="norm"), BatchNorm())
    )
    assert own.notes == ()
    assert own.curves == ours.curves


def test_a_layer_made_once_is_refused(workload):
    with pytest.raises(ModelError, match="share 'chain.0.weight'"):
        train(layered(workload, Made(what="sharing")), seed=7)


@pytest.mark.parametrize("training", [False, True])
def test_a_layer_that_works_in_place_leaves_the_data_as_it_was(workload, training):
    def cut(split):  # Of one channel: both layouts of memory are the same.
        return dataclasses.replace(split, inputs=split.inputs[:, :1].clone())

    data = RoundData(train=cut(workload.data.train), validation=None, test=cut(workload.data.test))
    before = [split.inputs.clone() for split in (data.train, data.test)]
    given = layered(workload, Made(what="in place"), evaluate_in_train_mode=training)
    model = Network(*given.model.layers, input=(1, 14, 14))
    train(dataclasses.replace(given, model=model, data=data), seed=7)
    assert all(map(torch.equal, before, (data.train.inputs, data.test.inputs)))


@pytest.mark.parametrize(
    ("what", "bears"),
    [
        ("deep", True),
        ("remembering", True),
        ("remembering in float32", True),
        ("viewing", False),
        ("striding", False),
    ],
)
def test_whether_a_network_bears_the_fast_form_does_not_hang_on_its_weights(workload, what, bears):
    workload = changed(workload, what, batch=60)
    default = torch.get_default_dtype()
    assert {bears_fast_form(workload, seed=seed, device="cpu") for seed in range(8)} == {bears}
    assert torch.get_default_dtype() == default


@pytest.mark.parametrize("what", ["norm", "dropout", "lazy", "viewing"])
def test_trying_a_network_leaves_no_trace_in_its_trial(workload, what):
    workload = changed(workload, what)
    fast = bears_fast_form(workload, seed=7, device="cpu")
    tried, untried = (train(workload, seed=7, fast=given) for given in (None, fast))
    assert untried.curves == tried.curves
    assert untried.initial_weights == tried.initial_weights


@pytest.mark.parametrize(
    "what", ["sharing", "sharing a view", "sharing a buffer", "sharing an attribute"]
)
def test_builds_that_share_a_tensor_are_refused_before_training(workload, what):
    before = SHARED.weight.detach().clone(), TABLE.clone()
    name = {"sharing a buffer": "mean", "sharing an attribute": "table"}.get(what, "1.weight")
    for _ in range(2):
        with pytest.raises(ModelError, match=f"share '{name}'"):
            train(changed(workload, what), seed=7)
    assert torch.equal(SHARED.weight, before[0])
    assert torch.equal(TABLE, before[1])


@pytest.mark.parametrize("what", ["constant", "frozen"])
def test_a_network_without_trainable_parameters_is_measured(workload, what):
    history = train(changed(workload, what), seed=7)
    assert history.status == "finished"
    assert history.parameters == 0
    (error,) = set(history.curves["test"]["error"])
    if what == "constant":
        labels = workload.data.test.labels["comparison"]
        assert error == (labels == 0).double().mean().item()


class TorchSGD(Optimizer):
    def build(self, parameters):
        return torch.optim.SGD([p for p in parameters if p.requires_grad], lr=0.1)


@pytest.mark.parametrize("optimizer", [TorchSGD(), SGD(lr=0.1, momentum=0.9), Adagrad(lr=0.1)])
@pytest.mark.parametrize("what", ["constant", "frozen"])
def test_any_optimizer_is_given_nothing_to_train(workload, what, optimizer):
    given = dataclasses.replace(changed(workload, what), optimizer=optimizer)
    expected = train(changed(workload, what), seed=7)
    assert train(given, seed=7).curves == expected.curves


def test_a_network_may_hold_sparse_tensors(workload):
    assert train(changed(workload, "sparse"), seed=7).notes == ()


def test_a_network_whose_output_is_detached_is_told(workload):
    with pytest.raises(ModelError, match="detaches"):
        train(changed(workload, "detaching"), seed=7)


@pytest.mark.parametrize("size", [15, 16, 17, 33])
def test_every_size_of_a_split_can_be_evaluated_in_training_mode(workload, size):
    def cut(split):
        labels = {name: label[:size] for name, label in split.labels.items()}
        return dataclasses.replace(split, inputs=split.inputs[:size], labels=labels)

    data = workload.data
    workload = changed(workload, "norm of features", batch=16, evaluate_in_train_mode=True)
    data = RoundData(train=data.train, validation=cut(data.validation), test=cut(data.test))
    history = train(dataclasses.replace(workload, data=data), seed=7)
    assert history.epochs == workload.recipe.epochs


def test_batches_of_one_are_refused_with_advice_where_batch_norm_cannot_take_them(workload):
    with pytest.raises(ModelError, match="batch of 2 or more"):
        train(changed(workload, "norm of features", batch=1), seed=7)
    assert train(changed(workload, "lazy", batch=1, epochs=1), seed=7).status == "finished"


def test_the_digest_of_weights_tells_any_two_apart():
    torch.manual_seed(0)
    one, other = small(nn.BatchNorm2d(2)), small(nn.BatchNorm2d(2))
    other.load_state_dict(one.state_dict())
    assert weights_digest(one) == weights_digest(other)
    found = {weights_digest(one)}
    for tensor in itertools.chain(other.parameters(), other.buffers()):
        with torch.no_grad():
            tensor.view(-1)[0] += 1
        found.add(weights_digest(other))
    assert len(found) == 1 + len(list(one.parameters())) + len(list(one.buffers()))


def reading():
    net = small()
    assert float(net[1].weight.detach().std()) > 0
    return net


MODELS["reading a value"] = reading


@pytest.mark.parametrize(
    ("what", "count"), [("reading a value", 3162), ("lazy", 76 + 8 + 1154), ("frozen", 0)]
)
def test_parameters_are_counted_by_building_and_no_generator_moves(what, count):
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert trainable(Own(what=what), (2, 14, 14)) == count
    assert torch.equal(torch.get_rng_state(), state)


def test_lazy_layers_cannot_be_counted_without_a_shape():
    with pytest.raises(ModelError, match="lazy"):
        trainable(Own(what="lazy"))


COMPILED_BEFORE = """
import sys
sys.path[:0] = [{tests!r}]
import dataclasses
import numba.core.event as events
from bakeoff import Conv, BatchNorm, ReLU, MaxPool, Flatten, Linear, Head, Network, Recipe
from bakeoff.training import loop
from made_workload import made_round, made_workload

model = Network(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Linear(2),
                Head("comparison"))
workload = dataclasses.replace(made_workload(made_round()), model=model,
                               recipe=Recipe(epochs=1, batch=16))
inner, counts = loop._train, []


def counting(*given):
    counts.append(len(recorder.buffer))
    found = inner(*given)
    counts.append(len(recorder.buffer))
    return found


loop._train = counting
with events.install_recorder("numba:compile") as recorder:
    loop.train(workload, seed=1)
print(*counts)
"""


@pytest.mark.slow
def test_what_has_to_be_compiled_is_compiled_before_the_clock_starts(tmp_path):
    script = COMPILED_BEFORE.format(tests=str(Path(__file__).parent))
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    before, after = map(int, found.stdout.split())
    assert before == after > 0
