"""Objectives at work: a loss from heads and labels, and the gradients of penalties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from bakeoff.training.objective import CrossEntropy, L1Penalty, L2Penalty, Objective


def loss(
    objective: Objective,
    heads: Mapping[str, Tensor],
    labels: Mapping[str, Tensor],
    epoch: int,
    balance: Mapping[str, Tensor] = MappingProxyType({}),
) -> Tensor:
    """Return the weighted sum of the objective's losses, a scalar; penalties are left out.

    Args:
        objective: what is minimised.
        heads: logits by name, ``(N, classes)`` or ``(N, K, classes)``.
        labels: int64 by name, ``(N,)`` or ``(N, K)``.
        epoch: from 0; weights may change with it.
        balance: what `class_weights` gives for the training split's labels, by label.
    """
    terms = [
        _cross_entropy(
            term,
            heads[term.head],
            labels[term.target],
            epoch,
            balance[term.target] if term.balanced else None,
        )
        for term in objective.losses()
    ]
    return torch.stack(terms).sum() if len(terms) > 1 else terms[0]


def class_weights(
    objective: Objective, labels: Mapping[str, Tensor], classes: Mapping[str, tuple[int, ...]]
) -> dict[str, Tensor]:
    """Return the weight of each class, float32 ``(classes,)``, for labels of balanced losses.

    It is ``(N / classes) / count`` (King & Zeng 2001), and 0 for a class that does not occur.

    Args:
        objective: whose balanced terms' labels are weighed.
        labels: int64 by name, of the training split.
        classes: the shape of a head for each label, without the batch axis.
    """
    found = {}
    for term in objective.losses():
        if term.balanced:
            label, number = labels[term.target].reshape(-1), classes[term.target][-1]
            counts = torch.bincount(label, minlength=number).double()
            weights = torch.where(counts > 0, len(label) / number / counts, 0.0)
            found[term.target] = weights.float()
    return found


def _cross_entropy(
    term: CrossEntropy, logits: Tensor, label: Tensor, epoch: int, weight: Tensor | None
) -> Tensor:
    positions = label[0].numel()
    mean = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), label.reshape(-1), weight=weight)
    # The mean over N * K items, times K, is the sum of the K means.
    return mean * (term.weight_at(epoch) * positions)


@torch.no_grad()
def add_penalty_gradients(objective: Objective, parameters: Iterable[nn.Parameter]) -> None:
    """Add the penalties' exact derivatives to the gradients: 2 f w for L2, f sign(w) for L1.

    It is what autograd would add, without a graph over every parameter.
    """
    with_gradient: list[Tensor] = [p for p in parameters if p.grad is not None]
    gradients = [p.grad for p in with_gradient if p.grad is not None]
    for term in objective.terms:
        match term:
            case L2Penalty(factor=factor):
                torch._foreach_add_(gradients, with_gradient, alpha=2 * factor)
            case L1Penalty(factor=factor):
                torch._foreach_add_(gradients, torch._foreach_sign(with_gradient), alpha=factor)
            case _:
                pass
