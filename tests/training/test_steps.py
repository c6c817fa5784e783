"""Our optimizers are torch's own, to the bit."""

import subprocess
import sys

import pytest
import torch
from torch import nn, optim

from bakeoff.training.optimizers import SGD, Adagrad, Adam, Optimizer


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))


def trained(optimizer_of):
    model = net()
    idle = nn.Parameter(torch.ones(3))
    optimizer = optimizer_of([*model.parameters(), idle])
    for step in range(5):
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
        (Adagrad(lr=0.1), lambda p: optim.Adagrad(p, lr=0.1, fused=True)),
    ],
    ids=lambda value: repr(value) if isinstance(value, Optimizer) else "torch",
)
def test_every_step_is_torchs_own_to_the_bit(ours, torchs):
    for one, other in zip(trained(ours.build), trained(torchs), strict=True):
        assert torch.equal(one, other)


def test_stepping_does_not_import_the_compiler():
    code = (
        "import sys, torch; from bakeoff import Adam; p = torch.nn.Parameter(torch.ones(2)); "
        "s = Adam(lr=0.1).build([p]); p.sum().backward(); s.step(); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
