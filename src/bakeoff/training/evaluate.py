"""What a network answers on a split, and the figures read off it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from bakeoff.errors import ModelError, nearest
from bakeoff.models.modules import Network
from bakeoff.training.decision import LargestLogit
from bakeoff.training.losses import loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.splits import Split
    from bakeoff.training.decision import Decision
    from bakeoff.training.objective import Objective
    from bakeoff.training.recipe import Precision

DIGITS = "digits"

_TOP = 5


def forward(
    net: nn.Module, inputs: Tensor, *, target: str, precision: Precision = "float32"
) -> dict[str, Tensor]:
    """Return a network's heads by name, in float32.

    A plain tensor counts as the head of the target's name.

    Raises:
        ModelError: the network gives neither a tensor nor tensors by name.
    """
    if precision == "float32":
        heads = net(inputs)
        if isinstance(heads, Tensor):
            return {target: heads}
        if not isinstance(heads, Mapping) or not heads:
            raise ModelError(
                f"the model gives {type(heads).__name__!r}; its forward must return a tensor, or a "
                "dictionary of tensors by the names of its heads"
            )
        return dict(heads)
    with torch.autocast(inputs.device.type, dtype=torch.bfloat16):
        heads = forward(net, inputs, target=target)
    return {name: head.float() for name, head in heads.items()}


def forward_all(
    net: nn.Module, inputs: Tensor, *, target: str, batch: int, precision: Precision = "float32"
) -> dict[str, Tensor]:
    """Return the heads for all examples, computed in batches, without gradients.

    A network with code of the user's gets copies, for one that works in place would change the
    inputs.
    """
    batches = parts(len(inputs), batch, joined=net.training)
    with torch.inference_mode():
        found = [
            forward(net, _handed(inputs[part], net), target=target, precision=precision)
            for part in batches
        ]
    return {name: torch.cat([heads[name] for heads in found]) for name in found[0]}


def _handed(inputs: Tensor, net: nn.Module) -> Tensor:
    if isinstance(net, Network) and net.ours:
        return inputs
    with torch.inference_mode(False):  # As it would be in training.
        return inputs.clone()


def parts(size: int, batch: int, *, joined: bool) -> list[slice]:
    """Return the batches that examples fall into, in their order.

    Args:
        size: the number of examples.
        batch: how many make a batch; the last one may have fewer.
        joined: whether a last batch of one example joins the one before it, for batch norm in
            training mode cannot take it.
    """
    starts = list(range(0, size, batch))
    if joined and len(starts) > 1 and size - starts[-1] == 1 < batch:
        starts.pop()
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], size], strict=True)]


def metrics(
    heads: Mapping[str, Tensor],
    split: Split,
    *,
    objective: Objective,
    decision: Decision,
    target: str,
    epoch: int,
    balance: Mapping[str, Tensor] = MappingProxyType({}),
) -> dict[str, float]:
    """Return the heads' figures on a split, as `bakeoff.training.history.Curves` names them.

    Errors are fractions of wrong answers; the digit error counts single digits.
    """
    with torch.inference_mode():
        wrong = decision.answer(heads) != split.labels[target]
        found = {
            "loss": loss(objective, heads, split.labels, epoch, balance).item(),
            "error": wrong.double().mean().item(),
        }
        logits = heads[decision.head]
        if isinstance(decision, LargestLogit) and logits.shape[-1] > _TOP:
            best = logits.topk(_TOP, dim=-1).indices
            missed = (best != split.labels[target].unsqueeze(-1)).all(dim=-1)
            found["top5_error"] = missed.double().mean().item()
        head = digit_head(objective, decision)
        if head is not None:
            wrong_digits = heads[head].argmax(dim=-1) != split.labels[DIGITS]
            found["digit_error"] = wrong_digits.double().mean().item()
    return found


def answers(
    heads: Mapping[str, Tensor], *, objective: Objective, decision: Decision
) -> dict[str, NDArray[np.generic]]:
    """Return every answer, as `History.answers` documents them."""
    with torch.inference_mode():
        found: dict[str, NDArray[np.generic]] = {
            "answer": decision.answer(heads).cpu().numpy().astype(np.int64),
        }
        probability = decision.probability(heads)
        if probability is not None:
            found["probability"] = probability.cpu().numpy().astype(np.float32)
        head = digit_head(objective, decision)
        if head is not None:
            found["digits"] = heads[head].argmax(dim=-1).cpu().numpy().astype(np.int64)
    return found


def digit_head(objective: Objective, decision: Decision) -> str | None:
    """Return the head that is trained to tell the two digits, the deciding one first, or None."""
    trained = [term.head for term in objective.losses() if term.target == DIGITS]
    if decision.head in trained:
        return decision.head
    return trained[0] if trained else None


def check_heads(
    net: nn.Module,
    split: Split,
    *,
    objective: Objective,
    decision: Decision,
    target: str,
    classes: Mapping[str, tuple[int, ...]],
) -> None:
    """Try the network on two examples.

    Raises:
        ModelError: a head that the objective or the decision reads is missing, or has a shape
            other than ``(N, *classes[label])``.
    """
    net.eval()
    heads = forward_all(net, split.inputs[:2], target=target, batch=2)
    for name in (*(term.head for term in objective.losses()), decision.head):
        if name not in heads:
            raise ModelError(
                f"the model gives no head called {name!r}{nearest(name, heads) or ';'} "
                f"it gives {', '.join(heads)}"
            )
    for term in objective.losses():
        given, needed = tuple(heads[term.head].shape[1:]), classes[term.target]
        if given != needed:
            raise ModelError(
                f"the model's head {term.head!r} has shape (N, {', '.join(map(str, given))}); "
                f"the label {term.target!r} needs (N, {', '.join(map(str, needed))})"
            )
    read, wanted = tuple(heads[decision.head].shape[1:]), decision.head_shape(classes[target])
    if wanted is not None and read != wanted:
        raise ModelError(
            f"the model's head {decision.head!r} has shape (N, {', '.join(map(str, read))}); "
            f"{decision!r} reads (N, {', '.join(map(str, wanted))})"
        )
