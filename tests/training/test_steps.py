"""Our optimizers are torch's own, to the bit."""

import subprocess
import sys

import pytest
import torch
from torch import nn, optim

from bakeoff.errors import SpecError
from bakeoff.training.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RAdam, RMSprop


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))


def trained(optimizer_of):
    model = net()
    idle = nn.Parameter(torch.ones(3))
    optimizer = optimizer_of([*model.parameters(), idle])
    for step in range(20):
        torch.manual_seed(step)
        optimizer.zero_grad()
        model(torch.randn(6, 2, 8, 8)).square().mean().backward()
        optimizer.step()
    assert idle.tolist() == [1, 1, 1]
    return [p.detach() for p in model.parameters()]


@pytest.mark.parametrize(
    ("ours", "torchs"),
    [
        (Adam(lr=1e-2), lambda p: optim.Adam(p, lr=1e-2, fused=True)),
        (
            Adam(lr=1e-2, weight_decay=0.1),
            lambda p: optim.Adam(p, lr=1e-2, weight_decay=0.1, fused=True),
        ),
        (SGD(lr=0.1), lambda p: optim.SGD(p, lr=0.1, fused=True)),
        (
            SGD(lr=0.1, momentum=0.9, weight_decay=0.01),
            lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, fused=True),
        ),
        (
            SGD(lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
            lambda p: optim.SGD(
                p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True, fused=True
            ),
        ),
        (Adagrad(lr=0.1), lambda p: optim.Adagrad(p, lr=0.1, fused=True)),
        (AdamW(lr=1e-2), lambda p: optim.AdamW(p, lr=1e-2, fused=True)),
        (
            AdamW(lr=1e-2, weight_decay=0.1),
            lambda p: optim.AdamW(p, lr=1e-2, weight_decay=0.1, fused=True),
        ),
        (RAdam(lr=1e-2), lambda p: optim.RAdam(p, lr=1e-2)),
        (
            RAdam(lr=1e-2, weight_decay=0.1),
            lambda p: optim.RAdam(p, lr=1e-2, weight_decay=0.1),
        ),
        (RMSprop(lr=1e-2), lambda p: optim.RMSprop(p, lr=1e-2)),
        (
            RMSprop(lr=1e-2, smoothing=0.9, momentum=0.5, weight_decay=0.1),
            lambda p: optim.RMSprop(p, lr=1e-2, alpha=0.9, momentum=0.5, weight_decay=0.1),
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, Optimizer) else "torch",
)
def test_every_step_is_torchs_own_to_the_bit(ours, torchs):
    for one, other in zip(trained(ours.build), trained(torchs), strict=True):
        assert torch.equal(one, other)


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(SpecError, match="SGD.nesterov: given True with momentum 0.0; .* above 0"):
        SGD(lr=0.1, nesterov=True)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RAdam", "RMSprop"])
def test_stepping_does_not_import_the_compiler(name):
    code = (
        f"import sys, torch; from bakeoff import {name}; p = torch.nn.Parameter(torch.ones(2)); "
        f"s = {name}(lr=0.1).build([p]); p.sum().backward(); s.step(); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
