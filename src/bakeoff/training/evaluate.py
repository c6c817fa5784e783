"""What a network answers on a split, and the figures read off it."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from bakeoff.data.metric import Metric, Predictions
from bakeoff.errors import ModelError
from bakeoff.models.modules import NetworkModule
from bakeoff.training.heads import check_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.splits import Scale, Split
    from bakeoff.training.decision import Decision
    from bakeoff.training.objective import Loss, Objective
    from bakeoff.training.recipe import Precision
    from bakeoff.training.workload import Workload

DIGITS = "digits"


def forward(
    net: nn.Module, inputs: Tensor, *, target: str, precision: Precision = "float32"
) -> dict[str, Tensor]:
    """Returns a network's heads by name, in float32.

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
    """Returns the heads for all examples, computed in batches, without gradients.

    A network with code of the user's gets copies, for one that works in place would change the
    inputs.
    """
    batches = parts(len(inputs), batch, joined=net.training)
    with torch.inference_mode():
        outputs = [
            forward(net, _handed(inputs[part], net), target=target, precision=precision)
            for part in batches
        ]
    return {name: torch.cat([heads[name] for heads in outputs]) for name in outputs[0]}


def averaged(losses: Sequence[Loss], outputs: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the heads that stand for those of several views, or members of an ensemble.

    Args:
        losses: what heads are trained by; the first of a head says how it is averaged.
        outputs: heads of each view or member.
    """
    if len(outputs) == 1:
        return outputs[0]
    by_head = {loss.head: loss for loss in losses[::-1]}
    stacked = {name: torch.stack([each[name] for each in outputs]) for name in outputs[0]}
    return {
        name: by_head[name].averaged(heads) if name in by_head else heads.mean(0)
        for name, heads in stacked.items()
    }


def _handed(inputs: Tensor, net: nn.Module) -> Tensor:
    if isinstance(net, NetworkModule) and net.ours:
        return inputs
    with torch.inference_mode(False):  # As it would be in training.
        return inputs.clone()


def parts(size: int, batch: int, *, joined: bool) -> list[slice]:
    """Returns the batches that examples fall into, in their order.

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


def measure(
    workload: Workload, heads: Mapping[str, Tensor], split: Split, metrics: Sequence[Metric]
) -> dict[str, float]:
    """Returns the values of metrics on a split, by their names.

    Raises:
        ModelError: a metric gives no number.
    """
    if not metrics:
        return {}
    answered = predictions(workload, heads, split, metrics)
    return {metric.name: value_of(metric, answered) for metric in metrics}


def training_curves(
    workload: Workload,
    losses: Sequence[float],
    heads: Sequence[Mapping[str, Tensor]],
    labels: Sequence[Mapping[str, Tensor]],
) -> dict[str, dict[str, tuple[float, ...]]]:
    """Returns the values of an epoch: of `train` its mean, of `batch` those of each batch.

    Args:
        workload: what is trained; its recipe says whether each batch has values.
        losses: of each batch.
        heads: of each batch; empty where only the loss can be told.
        labels: of each batch.
    """
    split, first = workload.data.train, workload.metrics[0]
    sizes = [len(each[workload.target]) for each in labels]
    # Exactly rounded, so that it is the same in every version of Python.
    finite = all(map(math.isfinite, losses))
    mean = math.fsum(map(operator.mul, losses, sizes)) / sum(sizes) if finite else math.nan
    curves: dict[str, dict[str, tuple[float, ...]]] = {"train": {"loss": (mean,)}}
    if heads:
        whole = replace(split, labels=_joined(labels))
        measured = measure(workload, _joined(heads), whole, workload.by_epoch)
        curves["train"] |= {name: (value,) for name, value in measured.items()}
    if workload.recipe.record == "iterations":
        curves["batch"] = {"loss": tuple(losses)}
        if heads and first in workload.measured:
            each = [
                measure(workload, outputs, replace(split, labels=truth), [first])
                for outputs, truth in zip(heads, labels, strict=True)
            ]
            curves["batch"][first.name] = tuple(values[first.name] for values in each)
    return curves


def _joined(batches: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat([each[name] for each in batches]) for name in batches[0]}


def value_of(metric: Metric, predictions: Predictions) -> float:
    """Returns the value of a metric as a plain float.

    Raises:
        ModelError: it gives no number.
    """
    value = metric.compute(predictions)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ModelError(
            f"the metric {metric!r} gives {value!r}; its compute must return a number"
        ) from None


def chance_of(workload: Workload, metric: Metric) -> float | None:
    """Returns the best value of a metric on the test split that still counts as near chance.

    Raises:
        ModelError: the metric gives neither a number nor None.
    """
    labels, scale = workload.data.test.labels, workload.data.scale
    further = labels[metric.label] if metric.label else None
    truth = _in_unit(labels[workload.target], scale) if further is None else _plain(further)
    value = metric.chance(truth)
    try:
        return None if value is None or not math.isfinite(value) else float(value)
    except TypeError:
        raise ModelError(
            f"the metric {metric!r} gives {value!r} as chance; it must be a number or None"
        ) from None


def predictions(
    workload: Workload, heads: Mapping[str, Tensor], split: Split, metrics: Sequence[Metric]
) -> Predictions:
    """Returns what a network answers on a split, as far as some metrics need it.

    Args:
        workload: how heads are trained, and become answers.
        heads: outputs by name.
        split: its labels are right.
        metrics: what is going to be measured.
    """
    needs, further = {m.needs for m in metrics}, {m.label for m in metrics if m.label}
    decision, scale = workload.decision, workload.data.scale
    heads_on = {label: head_on(label, workload.objective, decision) for label in further}
    with torch.inference_mode():
        return Predictions(
            answers=_in_unit(decision.answer(heads), scale),
            target=_in_unit(split.labels[workload.target], scale),
            scores=_array(decision.scores(heads)) if "scores" in needs else None,
            probabilities=(
                _array(decision.probabilities(heads)) if "probabilities" in needs else None
            ),
            outputs={label: _plain(heads[head]) for label, head in heads_on.items()},
            labels={label: _plain(split.labels[label]) for label in further},
        )


def answers(workload: Workload, heads: Mapping[str, Tensor]) -> dict[str, NDArray[np.generic]]:
    """Returns every answer, as `History.answers` documents them."""
    decision, objective = workload.decision, workload.objective
    with torch.inference_mode():
        answer = _in_unit(decision.answer(heads), workload.data.scale)
        values: dict[str, NDArray[np.generic]] = {
            "answer": answer.astype(np.int64 if decision.kind == "classes" else np.float32)
        }
        probabilities = decision.probabilities(heads)
        if probabilities is not None and probabilities.shape[-1] == 2:
            values["probability"] = _plain(probabilities)[:, 1].astype(np.float32)
        head = head_on(DIGITS, objective, decision)
        if head:
            values[DIGITS] = _plain(heads[head].argmax(dim=-1)).astype(np.int64)
    return values


def head_on(label: str, objective: Objective, decision: Decision) -> str:
    """Returns the head that is trained on a label, the deciding one first; empty for none."""
    trained = [term.head for term in objective.losses() if label and term.target == label]
    return decision.head if decision.head in trained else next(iter(trained), "")


def _plain(values: Tensor) -> NDArray[Any]:
    return np.asarray(values.cpu().numpy())


def _array(values: Tensor | None) -> NDArray[np.floating] | None:
    return None if values is None else _plain(values)


def _in_unit(values: Tensor, scale: Scale | None) -> NDArray[np.generic]:
    return _plain(values) if scale is None else scale.restored(_plain(values))


def check_heads(workload: Workload, heads: Mapping[str, Tensor], examples: int) -> None:
    """Refuses heads that the objective or the decision cannot read.

    Args:
        workload: whose heads they are.
        heads: what `forward` gives for a batch.
        examples: how many the batch holds.

    Raises:
        ModelError: one is missing, no tensor of floating point, has another shape, or not a row for
            each example.
    """
    for name in workload.heads:
        head = heads.get(name)
        if head is None:
            continue
        if not isinstance(head, Tensor) or not head.is_floating_point():
            given = str(head.dtype) if isinstance(head, Tensor) else type(head).__name__
            raise ModelError(
                f"the model's head {name!r} is {given}; it must be a tensor of floating point: "
                "logits or numbers, without argmax or round"
            )
        if head.shape[:1] != (examples,):
            raise ModelError(
                f"the model's head {name!r} has shape {tuple(head.shape)} for {examples} examples; "
                f"its first axis must have one place for each: look for squeeze, view or flatten"
            )
    check_shapes(
        {name: tuple(head.shape[1:]) for name, head in heads.items() if isinstance(head, Tensor)},
        workload.losses,
        workload.decision,
        target=workload.target,
        labels=workload.classes,
    )
