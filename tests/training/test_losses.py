"""Losses and penalties against what autograd makes of their definitions."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from bakeoff.errors import ModelError, SpecError
from bakeoff.training import losses
from bakeoff.training.decision import Threshold
from bakeoff.training.losses import add_penalty_gradients, fitted_losses
from bakeoff.training.objective import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    ExponentialDecay,
    Huber,
    L1Penalty,
    L2Penalty,
    Loss,
    Objective,
    SquaredError,
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


NUMBERS = torch.tensor([1.0, -2.0, 0.5, 3.0])


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
@pytest.mark.parametrize(
    ("term", "wanted"),
    [
        (SquaredError(), lambda d: d.square().mean()),
        (AbsoluteError(), lambda d: d.abs().mean()),
        (Huber(delta=1.0), lambda d: torch.where(d.abs() < 1, d**2 / 2, d.abs() - 0.5).mean()),
    ],
)
def test_a_loss_of_numbers_takes_heads_with_and_without_an_axis(term, wanted, shape):
    label = torch.tensor([0.0, 1.0, 0.5, -1.0])
    given = term.fitted(label, (1,))(NUMBERS.reshape(shape), label)
    torch.testing.assert_close(given, wanted(NUMBERS - label))


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_logit_is_two_of_which_the_first_is_zero(shape):
    label = torch.tensor([0, 1, 1, 0])
    two = torch.stack([torch.zeros(4), NUMBERS], dim=1)
    torch.testing.assert_close(
        BinaryCrossEntropy().compute(NUMBERS.reshape(shape), label), F.cross_entropy(two, label)
    )
    decision = Threshold("y")
    heads = {"y": NUMBERS.reshape(shape)}
    assert decision.answer(heads).tolist() == two.argmax(dim=1).tolist()
    torch.testing.assert_close(decision.probabilities(heads), two.softmax(dim=1))


def test_a_threshold_moves_what_counts_as_yes():
    heads = {"y": torch.tensor([-1.0, 0.1, 2.0])}
    assert Threshold("y", at=0.8).answer(heads).tolist() == [0, 0, 1]
    assert Threshold("y", at=0.2).answer(heads).tolist() == [1, 1, 1]


def test_class_weights_and_smoothing_are_torchs(heads, labels):
    logits, label = heads["comparison"], labels["comparison"]
    term = CrossEntropy("comparison", class_weights=(1.0, 3.0), smoothing=0.1)
    wanted = F.cross_entropy(logits, label, weight=torch.tensor([1.0, 3.0]), label_smoothing=0.1)
    torch.testing.assert_close(term.fitted(label, (2,))(logits, label), wanted)
    with pytest.raises(ModelError, match="3 class weights.*2 classes"):
        CrossEntropy("comparison", class_weights=(1.0, 2.0, 3.0)).fitted(label, (2,))


class Summed(Loss):
    """The squares of all examples, which is no scalar."""

    def compute(self, output, label):
        return (output[:, 0] - label) ** 2


def test_a_loss_that_is_no_scalar_is_told(heads, labels):
    with pytest.raises(ModelError, match=r"Summed.*shape \(7,\).*mean"):
        loss(Objective(Summed(head="comparison")), heads, labels)


@pytest.mark.parametrize("given", [nn.BCELoss(), nn.BCELoss, "mse", 3])
def test_what_is_no_loss_is_refused_with_those_that_are(given):
    with pytest.raises(
        SpecError, match=r"Objective: given .*BinaryCrossEntropy\(\).*bakeoff\.Loss"
    ):
        Objective(given)
