"""Fusing changes which module computes, and nothing that can be seen but rounding."""

from copy import deepcopy

import pytest
import torch
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
