"""A look at a round, and at a model on one small batch of it, before anything is trained."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bakeoff.data.tasks import KFold
from bakeoff.models.modules import members
from bakeoff.training.augmentation import Batch, augmented
from bakeoff.training.evaluate import check_heads, forward
from bakeoff.training.finding import Finding
from bakeoff.training.loop import (
    batch_loss,
    check_attached,
    generators,
    rates,
    share_of,
    stops,
)
from bakeoff.training.losses import fitted_losses
from bakeoff.training.network import batch_norm_told, built, check_apart, seeded, weights_digest
from bakeoff.training.schedules import Constant
from bakeoff.training.steps import build_steps, grouped, scale_rate

if TYPE_CHECKING:
    from bakeoff.data.splits import RoundData, Split
    from bakeoff.data.task import Task
    from bakeoff.training.workload import Workload

BATCH = 8
"""Examples that a model is tried on."""

_CLOSE = 1e-3
"""Relative difference up to which two answers are the same but for rounding."""

_NAMED = 3
"""Examples that are named one by one."""


def check_round(task: Task, data: RoundData) -> tuple[Finding, ...]:
    """Returns what is wrong with a round; where nothing is, what of test stands in training too.

    Args:
        task: whose round it is.
        data: as drawn.
    """
    splits = data.splits()
    sizes = {name: len(split.inputs) for name, split in splits.items()}
    findings = [
        Finding("sizes", split=name, given=(given,), allowed=(allowed,))
        for name in dict.fromkeys((*task.sizes, *sizes))
        if (given := sizes.get(name, 0)) != (allowed := task.sizes.get(name, 0))
        and not isinstance(task, KFold)  # Whose folds have as many examples as groups allow.
    ]
    for name, split in splits.items():
        findings += _of_split(task, name, split)
    return tuple(findings or _overlap(data.train.inputs, data.test.inputs))


def _of_split(task: Task, name: str, split: Split) -> Iterator[Finding]:
    examples = len(split.inputs)
    inputs = (examples, *task.input_shape)
    yield from _of_values(name, "inputs", split.inputs, (inputs,), "float32")
    for label, head in task.labels.items():
        if label not in split.labels:
            yield Finding("missing", split=name, part=label, given=tuple(split.labels))
            continue
        values, shape = split.labels[label], (examples, *head)
        if task.kind(label) == "classes":
            wrong = list(_of_values(name, label, values, (shape[:-1],), "int64"))
            yield from wrong or _of_classes(name, label, values, head[-1])
        else:
            shapes = (shape[:-1], shape) if head[-1:] == (1,) else (shape,)
            yield from _of_values(name, label, values, shapes)


def _of_values(
    split: str, part: str, values: Tensor, shapes: tuple[tuple[int, ...], ...], dtype: str = ""
) -> Iterator[Finding]:
    """Yields what is wrong with inputs or labels: another type or shape, no numbers.

    Args:
        split: whose they are.
        part: what they are called.
        values: as drawn.
        shapes: that they may have.
        dtype: that they must have; empty for any.
    """
    is_tensor = isinstance(values, Tensor)
    given = str(values.dtype).removeprefix("torch.") if is_tensor else type(values).__qualname__
    if not is_tensor or given != (dtype or given):
        needed = dtype if is_tensor else "torch tensors"
        yield Finding("type", split=split, part=part, given=(given,), allowed=(needed,))
    elif tuple(values.shape) not in shapes:
        shape, allowed = str(tuple(values.shape)), tuple(map(str, shapes))
        yield Finding("shape", split=split, part=part, given=(shape,), allowed=allowed)
    elif values.is_floating_point():
        finite = torch.isfinite(values).reshape(len(values), -1).all(dim=1)
        if count := int((~finite).sum()):
            given_ = (len(values),)
            yield Finding("not_finite", split=split, part=part, given=given_, count=count)


def _of_classes(split: str, label: str, values: Tensor, classes: int) -> Iterator[Finding]:
    outside = (values < 0) | (values >= classes)
    if outside.any():
        yield Finding(
            "range",
            split=split,
            part=label,
            given=(int(values.min()), int(values.max())),
            allowed=(0, classes - 1),
            count=int(outside.sum()),
        )


def _overlap(train: Tensor, test: Tensor) -> Iterator[Finding]:
    """Yields the examples of test whose inputs stand in training too, if there are any."""
    places: dict[bytes, int] = {}
    for place, content in enumerate(_contents(train)):
        places.setdefault(content, place)
    shared = [
        (n, places[content]) for n, content in enumerate(_contents(test)) if content in places
    ]
    if shared:
        share, named = len(shared) / len(test), tuple(shared[:_NAMED])
        yield Finding("overlap", split="test", count=len(shared), size=share, places=named)


def _contents(inputs: Tensor) -> Iterator[bytes]:
    for example in inputs.reshape(len(inputs), -1).cpu().numpy():
        yield hashlib.blake2b(example.tobytes(), digest_size=16).digest()


def check_model(workload: Workload, *, seed: int, device: str) -> tuple[Finding, ...]:
    """Returns what is wrong with a model, or in doubt, after two runs of the same step.

    The step is taken as the recipe says: on examples that are augmented, with the losses of all
    phases. Then its schedules, its rules and its optimizers are asked what they would do.

    Args:
        workload: with a sound round.
        seed: of all generators.
        device: a torch device.

    Raises:
        ModelError: it lacks a head, or gives one of the wrong shape; two of its builds share a
            tensor; it cannot be trained; a part of the recipe gives what it must not.
        Exception: whatever its code raises.
    """
    workload = workload.on(device)
    first, second = (_step(workload, seed=seed, device=device) for _ in range(2))
    check_apart(first.net, second.net)
    if not math.isfinite(first.loss):
        return (Finding("loss", given=(str(first.loss),)),)
    _check_recipe(workload, second.net)
    return (*_unlike(first, second), *_dependence(workload, first.net))


@dataclass(frozen=True)
class _Step:
    net: nn.Module
    weights: str
    loss: float
    answers: dict[str, Tensor]
    gradients: dict[str, Tensor]


def _step(workload: Workload, *, seed: int, device: str) -> _Step:
    split, recipe = workload.data.train, workload.recipe
    with seeded(seed):
        net = built(workload.model, workload.shape, device)
    weights = weights_digest(net)
    with seeded(seed), batch_norm_told():
        labels = {name: label[:BATCH].clone() for name, label in split.labels.items()}
        batch = Batch(split.inputs[:BATCH].clone(), labels, workload.images, swap=workload.swap)
        draws = generators(workload, recipe.augmentation, "augmentation", 0)
        batch = augmented(batch, recipe.augmentation, draws)
        heads = _answers(workload, net.train(), batch.inputs)
        value = torch.stack(
            [
                batch_loss(
                    fitted_losses(stage.objective, split.labels, workload.classes), heads, batch, 0
                )
                for stage in workload.stages
            ]
        ).sum()
        parameters = {name: p for name, p in net.named_parameters() if p.requires_grad}
        if parameters:
            check_attached(value)
            value.backward()  # type: ignore[no-untyped-call]
    gradients = {n: p.grad.to_dense() for n, p in parameters.items() if p.grad is not None}
    answers = {name: head.detach() for name, head in heads.items()}
    return _Step(net, weights, value.item(), answers, gradients)


def _answers(workload: Workload, net: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """Returns the heads that are used, for a batch that the network may change."""
    for member in members(net)[1:]:
        check_heads(workload, forward(member, inputs.clone(), target=workload.target), len(inputs))
    heads = forward(net, inputs.clone(), target=workload.target)
    check_heads(workload, heads, len(inputs))
    return {name: heads[name] for name in workload.heads}


def _check_recipe(workload: Workload, net: nn.Module) -> None:
    """Ask all that steers training what it would do.

    Raises:
        ModelError: something gives what it must not.
    """
    recipe, split = workload.recipe, workload.data.train
    steps = recipe.epoch_steps(len(split.inputs))
    trains = any(p.requires_grad for p in net.parameters())
    for stage in workload.stages:
        names = grouped(net, stage.optimizer.groups)
        if trains:
            stepper = build_steps(stage.optimizer, net, names)
            if type(stage.schedule) is not Constant:
                scale_rate(stepper, 1.0)
        for epoch in range(stage.epochs):
            rates(stage.schedule, epoch, steps, stage.epochs, (0.0,) * epoch)
    if recipe.stopping is not None:
        stops(recipe.stopping, (0.0,))
    if recipe.averaging is not None:
        for step in range(steps * recipe.epochs):
            share_of(recipe.averaging, step, steps * recipe.epochs, steps)
    if recipe.views is not None:
        draws = generators(workload, recipe.views.augmentation, "views", "train", 1)
        seen = Batch(split.inputs[:BATCH].clone(), {}, workload.images)
        augmented(seen, recipe.views.augmentation, draws)


def _unlike(one: _Step, other: _Step) -> Iterator[Finding]:
    """Yields what first came out otherwise in the second of two equal steps, if anything did."""
    if one.weights != other.weights:
        yield Finding("unrepeatable", part="weights", size=math.inf)
        return
    for part in ("answers", "gradients"):
        size = _difference(getattr(one, part), getattr(other, part))
        if size != 0:
            yield Finding("unrepeatable", part=part, size=size)
            return


def _dependence(workload: Workload, net: nn.Module) -> Iterator[Finding]:
    """Yields the head, or ``answers``, that differs for examples alone and in a batch, if any."""
    inputs = workload.data.train.inputs[:BATCH]
    net.eval()
    with torch.no_grad():
        together = _answers(workload, net, inputs)
        try:
            alone = [_answers(workload, net, inputs[n : n + 1]) for n in range(len(inputs))]
        except Exception:  # Whatever its code raises.
            yield Finding("batch_dependence", size=math.inf)
            return
    sizes = {
        head: _difference({head: answer}, {head: torch.cat([each[head] for each in alone])})
        for head, answer in together.items()
    }
    head = max(sizes, key=lambda head: sizes[head])
    if not sizes[head] <= _CLOSE:
        yield Finding("batch_dependence", part=head, size=sizes[head])
        return
    # The heads are alike; a decision may still read the examples together.
    decision = workload.decision
    answers = decision.answer(together)
    apart = torch.cat([decision.answer(each) for each in alone])
    if decision.kind == "classes" and (changed := int((answers != apart).sum())):
        yield Finding("batch_dependence", part="answers", size=changed / len(answers))


def _difference(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """Returns the largest difference of tensors by name, relative to the largest value."""
    if {n: t.shape for n, t in one.items()} != {n: t.shape for n, t in other.items()}:
        return math.inf
    if not one:
        return 0.0
    first, second = (torch.cat([each[n].flatten() for n in one]) for each in (one, other))
    if torch.equal(first, second):
        return 0.0
    return float((first - second).abs().max() / first.abs().max())
