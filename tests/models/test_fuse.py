"""Fusing changes which module computes, and nothing that can be seen but rounding."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from bakeoff.models.fuse import fuse
from bakeoff.models.fused import FusedConv, FusedNorm, FusedPool
from bakeoff.studies import BUILT_IN, dinh_herve


def kinds(net):
    return [type(module) for module in net]


@pytest.mark.parametrize(
    ("modules", "wanted"),
    [
        (
            (nn.Conv2d(1, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
            (FusedConv, FusedNorm, nn.Identity, nn.Identity),
        ),
        (
            (nn.Conv2d(64, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
            (nn.Conv2d, FusedNorm, nn.Identity, nn.Identity),
        ),
        ((nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten()), (FusedNorm, nn.Identity, nn.Flatten)),
        ((nn.ReLU(), nn.MaxPool2d(2), nn.ReLU()), (FusedPool, nn.Identity, nn.ReLU)),
        (
            (nn.MaxPool2d(2), nn.BatchNorm2d(4), nn.BatchNorm2d(4), nn.MaxPool2d(2)),
            (FusedPool, FusedNorm, FusedNorm, nn.Identity),
        ),
        # What the kernels do not do stays as it was.
        ((nn.ReLU(), nn.MaxPool2d(3)), (nn.ReLU, nn.MaxPool2d)),
        ((nn.MaxPool2d(2, stride=1),), (nn.MaxPool2d,)),
        ((nn.BatchNorm1d(4), nn.ReLU()), (nn.BatchNorm1d, nn.ReLU)),
        ((nn.BatchNorm2d(4, affine=False),), (nn.BatchNorm2d,)),
        ((nn.ReLU(),), (nn.ReLU,)),
        ((), ()),
    ],
)
def test_runs_of_what_the_kernels_do_become_one_block(modules, wanted):
    net = nn.Sequential(*modules)
    fuse(net)
    assert kinds(net) == list(wanted)


def test_a_module_that_somebody_watches_is_left_alone():
    net = nn.Sequential(nn.BatchNorm2d(4), nn.ReLU())
    net[0].register_forward_hook(lambda *_: None)
    fuse(net)
    assert kinds(net) == [nn.BatchNorm2d, nn.ReLU]


class CallsItsParts(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))

    def forward(self, x):
        return self.parts[0](x)


def test_a_sequential_whose_parts_somebody_may_call_is_left_alone():
    net = nn.Sequential(CallsItsParts())
    fuse(net)
    assert kinds(net[0].parts) == [nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]


@pytest.mark.parametrize(
    ("variant", "shape"),
    [
        pytest.param(variant, study.task.input_shape, id=f"{study.name} {variant.name}")
        for study in BUILT_IN
        for variant in study.variants
    ],
)
def test_built_in_networks_keep_their_state_and_their_answers(variant, shape):
    torch.manual_seed(0)
    plain = variant.model.build()
    torch.manual_seed(0)
    fused = variant.model.build()
    fuse(fused)
    assert {n: v.shape for n, v in plain.state_dict().items()} == {
        n: v.shape for n, v in fused.state_dict().items()
    }
    x = torch.randn(9, *shape)
    exact = deepcopy(plain).double()
    has_dropout = any(isinstance(module, nn.Dropout) for module in plain.modules())
    for mode in (True, False):
        torch.manual_seed(1)
        wanted = plain.train(mode)(x)
        torch.manual_seed(1)
        found = fused.train(mode)(x)
        # A hundred layers magnify rounding: fused ones may add as much as plain ones do.
        heads = wanted if has_dropout and mode else exact.train(mode)(x.double())
        for name, head in wanted.items():
            rounding = (head - heads[name]).detach().abs().max().item()
            torch.testing.assert_close(found[name], head, rtol=1e-4, atol=1e-4 + 4 * rounding)
    references = (plain if has_dropout else exact).buffers()
    buffers = zip(plain.named_buffers(), fused.buffers(), references, strict=True)
    for (name, one), other, reference in buffers:
        rounding = (one - reference).abs().max().item()
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-4 + 4 * rounding, msg=name)


def test_settings_of_a_batch_norm_are_kept():
    net = nn.Sequential(nn.BatchNorm2d(3, eps=0.1, momentum=0.5))
    norm = net[0]
    fuse(net)
    assert (net[0].eps, net[0].momentum) == (0.1, 0.5)
    assert net[0].weight is norm.weight
    assert net[0].running_mean is norm.running_mean


def test_fused_networks_give_the_gradients_of_plain_ones():
    model = dinh_herve.siamese_convnet_shared
    gradients = []
    for with_fuse in (False, True):
        torch.manual_seed(0)
        net = model.build().double().train()
        if with_fuse:
            fuse(net)
        net(torch.randn(6, 2, 14, 14, dtype=torch.float64))["digits"].square().sum().backward()
        gradients.append({n: p.grad for n, p in net.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, msg=name)


class Doubling(nn.ReLU):
    def forward(self, x):
        return super().forward(x) * 2


def halved(module):
    forward = module.forward
    module.forward = lambda x: forward(x) / 2
    return module


def watched(module, kind):
    """Return a module with a hook that changes what passes, and so shows if it is left out."""
    match kind:
        case "forward":
            module.register_forward_hook(lambda _, __, y: y * 0.5)
        case "forward pre":
            module.register_forward_pre_hook(lambda _, x: (x[0] * 0.5,))
        case "forward with keywords":
            module.register_forward_hook(lambda _, __, ___, y: y * 0.5, with_kwargs=True)
        case "backward":
            module.register_full_backward_hook(lambda _, x, __: (x[0] * 0.5,))
        case "backward pre":
            module.register_full_backward_pre_hook(lambda _, y: (y[0] * 0.5,))
    return module


HOOKS = ("forward", "forward pre", "forward with keywords", "backward", "backward pre")


def some_module(draw, channels, side):
    """Return a module that keeps the shape, or a convolution or pooling, and the shape after it."""
    kind = draw(
        st.sampled_from(
            ["norm", "norm", "relu", "relu", "pool", "conv", "conv", "point", "gelu", "other"]
        )
    )
    conv = kind == "conv" and side >= 5
    out = draw(st.sampled_from([3, 40])) if conv else channels
    made = {
        "norm": lambda: nn.BatchNorm2d(
            channels,
            momentum=draw(st.sampled_from([0.1, None])),
            affine=draw(st.booleans()),
        ),
        "relu": lambda: nn.ReLU(inplace=draw(st.booleans())),
        "pool": lambda: nn.MaxPool2d(2) if side >= 2 else nn.GELU(),
        "conv": lambda: nn.Conv2d(channels, out, 3) if conv else nn.GELU(),
        "point": lambda: nn.Conv2d(channels, channels, 1),
        "gelu": nn.GELU,
        "other": lambda: draw(st.sampled_from([Doubling, nn.Identity, nn.Tanh]))(),
    }[kind]()
    return made, out, side - 2 if conv else side // 2 if type(made) is nn.MaxPool2d else side


@st.composite
def sequentials(draw, channels, side, depth=0):
    """Return a Sequential, some of its modules twice in it, and the shape after it."""
    modules = []
    for _ in range(draw(st.integers(1, 7))):
        keeping = [m for m, taken, given in modules if taken == given == (channels, side)]
        again = bool(keeping) and draw(st.integers(0, 3)) == 0
        if again:
            module, after = draw(st.sampled_from(keeping)), (channels, side)
        elif depth < 2 and draw(st.integers(0, 5)) == 0:
            module, after = draw(sequentials(channels, side, depth + 1))
        else:
            module, *after = some_module(draw, channels, side)
        if not again and draw(st.integers(0, 7)) == 0:
            module = draw(st.sampled_from([halved, *(partial(watched, kind=k) for k in HOOKS)]))(
                module
            )
        modules.append((module, (channels, side), tuple(after)))
        channels, side = after
    return nn.Sequential(*(module for module, _, _ in modules)), (channels, side)


def passes(net, x):
    """Return what a step of training and an evaluation show of a network."""
    net.train()
    y = net(x)
    (y * torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view_as(y)).sum().backward()
    found = [y.detach(), *(p.grad for p in net.parameters()), *net.buffers()]
    with torch.inference_mode():
        return [*found, net.eval()(x)]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_fusing_never_changes_what_is_computed(data):
    torch.manual_seed(0)
    first = data.draw(st.sampled_from([nn.Conv2d(1, 40, 3), nn.Conv2d(1, 40, 1)]))
    rest, _ = data.draw(sequentials(40, 9 - first.kernel_size[0] + 1))
    plain = nn.Sequential(first, *rest).double()
    fused = deepcopy(plain)
    # A patched forward is bound to the module that it was taken from.
    for ours, other in zip(plain.modules(), fused.modules(), strict=True):
        if "forward" in vars(other):
            del other.forward
            halved(other)
        assert type(ours) is type(other)
    fuse(fused)
    x = torch.randn(4, 1, 9, 9, dtype=torch.float64)
    try:
        wanteds = passes(plain, x.clone())
    except RuntimeError:  # Torch allows no full backward hook before what works in place.
        assume(False)
    # The gradient of a bias before batch norm is nothing but rounding: it has the others' scale.
    scale = max(1.0, *(float(each.abs().max()) for each in wanteds if each is not None))
    for wanted, found in zip(wanteds, passes(fused, x.clone()), strict=True):
        assert (found is None) == (wanted is None)
        if wanted is not None:
            torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-6 * scale)
