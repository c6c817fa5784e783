"""Losses and penalties against what autograd makes of their definitions."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from bakeoff.training import losses
from bakeoff.training.losses import add_penalty_gradients, fitted_losses
from bakeoff.training.objective import (
    CrossEntropy,
    ExponentialDecay,
    L1Penalty,
    L2Penalty,
    Objective,
)

SHAPES = {"comparison": (2,), "digits": (2, 10)}


def loss(objective, heads, labels, epoch=0):
    """Return the value of an objective that is fitted to the labels themselves."""
    return losses.loss(fitted_losses(objective, labels, SHAPES), heads, labels, epoch)


@pytest.fixture
def heads():
    torch.manual_seed(0)
    return {"comparison": torch.randn(7, 2), "digits": torch.randn(7, 2, 10)}


@pytest.fixture
def labels():
    return {"comparison": torch.arange(7) % 2, "digits": torch.arange(14).view(7, 2) % 10}


def test_a_loss_on_two_digits_is_the_sum_of_the_two_losses(heads, labels):
    both = loss(Objective(CrossEntropy("digits")), heads, labels, epoch=0)
    first, second = (F.cross_entropy(heads["digits"][:, i], labels["digits"][:, i]) for i in (0, 1))
    torch.testing.assert_close(both, first + second)


def test_terms_are_weighted_and_added(heads, labels):
    objective = Objective(CrossEntropy("comparison"), CrossEntropy("digits", weight=5.0))
    comparison = loss(Objective(CrossEntropy("comparison")), heads, labels, epoch=0)
    digits = loss(Objective(CrossEntropy("digits")), heads, labels, epoch=0)
    torch.testing.assert_close(loss(objective, heads, labels, epoch=0), comparison + 5 * digits)


def test_a_weight_may_decay_with_the_epoch(heads, labels):
    decay = ExponentialDecay(initial=4.0, factor=0.5)
    plain = loss(Objective(CrossEntropy("digits")), heads, labels, epoch=0)
    for epoch, weight in enumerate((4.0, 2.0, 1.0)):
        found = loss(Objective(CrossEntropy("digits", weight=decay)), heads, labels, epoch=epoch)
        torch.testing.assert_close(found, weight * plain)


def test_a_head_may_be_trained_on_a_label_of_another_name(heads, labels):
    objective = Objective(CrossEntropy("early", label="digits"))
    torch.testing.assert_close(
        loss(objective, {"early": heads["digits"]}, labels, epoch=0),
        loss(Objective(CrossEntropy("digits")), heads, labels, epoch=0),
    )


@pytest.mark.parametrize(
    ("penalty", "value"),
    [
        (L2Penalty(0.1), lambda p: 0.1 * p.square().sum()),
        (L1Penalty(0.01), lambda p: 0.01 * p.abs().sum()),
    ],
)
def test_penalty_gradients_are_those_of_autograd(penalty, value):
    torch.manual_seed(0)
    net, x = nn.Linear(5, 3), torch.randn(4, 5)
    (net(x).square().sum() + sum(value(p) for p in net.parameters())).backward()
    wanted = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    net(x).square().sum().backward()
    add_penalty_gradients(Objective(CrossEntropy("x"), penalty), net.parameters())
    for p, gradient in zip(net.parameters(), wanted, strict=True):
        torch.testing.assert_close(p.grad, gradient)
