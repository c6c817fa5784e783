"""Objectives at work: a loss from heads and labels, and the gradients of penalties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from bakeoff.errors import ModelError
from bakeoff.training.objective import Compute, L1Penalty, L2Penalty, Loss, Objective


class FittedLoss(NamedTuple):
    """A loss of an objective, and what computes it on a round."""

    term: Loss
    compute: Compute


def fitted_losses(
    objective: Objective, labels: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[FittedLoss, ...]:
    """Returns the losses of an objective, ready for a round.

    Args:
        objective: what is minimised.
        labels: of the training split, by name.
        shapes: of each label's head, without the batch axis.
    """
    return tuple(
        FittedLoss(term, term.fitted(labels[term.target], shapes[term.target]))
        for term in objective.losses()
    )


def loss(
    losses: Sequence[FittedLoss],
    heads: Mapping[str, Tensor],
    labels: Mapping[str, Tensor],
    epoch: int,
) -> Tensor:
    """Returns the weighted sum of losses, a scalar; penalties are left out.

    Args:
        losses: what `fitted_losses` gives.
        heads: outputs by name, ``(N, ...)``.
        labels: by name, ``(N,)`` or ``(N, K)``.
        epoch: from 0; weights may change with it.

    Raises:
        ModelError: a loss is no scalar.
    """
    terms = []
    for term, compute in losses:
        value = compute(heads[term.head], labels[term.target])
        if not isinstance(value, Tensor) or value.dim():
            given = (
                f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else value
            )
            raise ModelError(
                f"the loss {term!r} gives {given}; it must give a scalar tensor: take the mean "
                "over the batch"
            )
        weight = term.weight_at(epoch)
        terms.append(value if weight == 1.0 else value * weight)
    return torch.stack(terms).sum() if len(terms) > 1 else terms[0]


@torch.no_grad()
def add_penalty_gradients(objective: Objective, parameters: Iterable[nn.Parameter]) -> None:
    """Adds the penalties' exact derivatives to the gradients: 2 f w for L2, f sign(w) for L1.

    It is what autograd would add, without a graph over every parameter.
    """
    penalties = [term for term in objective.terms if isinstance(term, L1Penalty | L2Penalty)]
    if not penalties:
        return
    with_gradient: list[Tensor] = [p for p in parameters if p.grad is not None]
    gradients = [p.grad for p in with_gradient if p.grad is not None]
    for term in penalties:
        match term:
            case L2Penalty(factor=factor):
                torch._foreach_add_(gradients, with_gradient, alpha=2 * factor)
            case L1Penalty(factor=factor):
                torch._foreach_add_(gradients, torch._foreach_sign(with_gradient), alpha=factor)
            case _:
                pass
