"""Objectives at work: a loss from heads and labels, and the gradients of penalties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from bakeoff.training.objective import CrossEntropy, L1Penalty, L2Penalty, Objective


def loss(
    objective: Objective, heads: Mapping[str, Tensor], labels: Mapping[str, Tensor], epoch: int
) -> Tensor:
    """Return the weighted sum of the objective's losses, a scalar; penalties are left out.

    Args:
        objective: what is minimised.
        heads: logits by name, ``(N, classes)`` or ``(N, K, classes)``.
        labels: int64 by name, ``(N,)`` or ``(N, K)``.
        epoch: from 0; weights may change with it.
    """
    terms = [
        _cross_entropy(term, heads[term.head], labels[term.target], epoch)
        for term in objective.losses()
    ]
    return torch.stack(terms).sum() if len(terms) > 1 else terms[0]


def _cross_entropy(term: CrossEntropy, logits: Tensor, label: Tensor, epoch: int) -> Tensor:
    positions = label[0].numel()
    mean = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), label.reshape(-1))
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
