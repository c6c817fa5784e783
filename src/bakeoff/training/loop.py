"""One trial from initial weights to its history."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bakeoff.errors import ModelError
from bakeoff.spec import plain_number
from bakeoff.training.checkpoint import Checkpoint, TrainingState
from bakeoff.training.evaluate import answers, chance_of, forward, forward_all, measure, parts
from bakeoff.training.history import History, Status
from bakeoff.training.losses import FittedLoss, add_penalty_gradients, fitted_losses, loss
from bakeoff.training.network import batch_norm_told, bears_fast_form, prepare, seeded
from bakeoff.training.optimizers import SGD
from bakeoff.training.schedules import Constant
from bakeoff.training.steps import scale_rate
from bakeoff.training.stopping import best_of
from bakeoff.training.workload import Workload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.metric import Metric
    from bakeoff.training.optimizers import Stepper

EVALUATION_BATCH = 100
"""Examples per forward pass of an evaluation; small enough that activations stay in the cache."""


def train(
    workload: Workload,
    *,
    seed: int,
    noise: int = 0,
    device: str = "cpu",
    checkpoint: Checkpoint | None = None,
    fast: bool | None = None,
) -> History:
    """Train one network and return its history; all global generators are left as they were.

    Args:
        workload: what is trained, on what.
        seed: of the generators of torch, Python and numpy while the model is built.
        noise: of the same while it is trained: of dropout, and whatever else it draws.
        device: a torch device.
        checkpoint: keeps the state of a long trial between epochs, and gives it back.
        fast: what `bears_fast_form` tells of the network; None to ask it.

    Raises:
        ModelError: the model lacks a head, or gives one of the wrong shape; two of its builds share
            a tensor; it cannot be trained as it is, or on batches of this size.
    """
    workload = workload.on(device)
    if fast is None:
        fast = bears_fast_form(workload, seed=seed, device=device)
    with seeded(seed):
        prepared = prepare(workload, device=device, fast=fast)
    parameters = [p for p in prepared.net.parameters() if p.requires_grad]
    # Most optimizers refuse to have nothing to train; ours then does nothing.
    optimizer = (workload.optimizer if parameters else SGD(lr=1.0)).build(prepared.net.parameters())
    with seeded(noise), batch_norm_told():
        history = _train(workload, prepared.net, optimizer, checkpoint)
    return replace(history, notes=prepared.notes, initial_weights=prepared.initial_weights)


def _train(
    workload: Workload, net: nn.Module, optimizer: Stepper, checkpoint: Checkpoint | None
) -> History:
    recipe, first = workload.recipe, workload.metrics[0]
    chance = chance_of(workload, first) if first in workload.measured else None
    losses = fitted_losses(workload.objective, workload.data.train.labels, workload.classes)
    progress = checkpoint.restore(net, optimizer) if checkpoint else TrainingState()
    # From here: what comes before is setting up, once per process for the most part.
    started = time.perf_counter() - progress.seconds
    parameters = sum(p.numel() for p in net.parameters() if p.requires_grad)
    by_epoch = [m for m in workload.measured if m.quick or m is first]
    answered: dict[str, NDArray[np.generic]] = {}
    final: dict[str, dict[str, float]] = {}
    status: Status = "finished"
    while progress.epoch < recipe.epochs:
        steps = _train_epoch(workload, net, optimizer, progress.epoch, losses)
        heads = _evaluate(workload, net)
        ends = _losses(workload, heads, progress.epoch, losses)
        progress.seconds = time.perf_counter() - started
        if not all(math.isfinite(value) for value in (*ends.values(), *steps["loss"])):
            status = "diverged"
            break
        measured = _measured(workload, heads, by_epoch)
        found: dict[str, dict[str, tuple[float, ...]]] = {
            split: {name: (value,) for name, value in {"loss": end, **measured[split]}.items()}
            for split, end in ends.items()
        }
        progress.seconds = time.perf_counter() - started
        progress.add(found if recipe.record == "epochs" else {**found, "batch": steps})
        progress.epoch += 1
        if not (_stops(workload, net, progress) or progress.epoch == recipe.epochs):
            if checkpoint and checkpoint.is_due(progress, recipe.epochs):
                checkpoint.save(net, optimizer, progress)
        else:
            later = [m for m in workload.measured if m not in by_epoch]
            final, heads = _final(workload, net, progress, heads, later, losses)
            answered = answers(
                heads["test"],
                objective=workload.objective,
                decision=workload.decision,
                scale=workload.data.scale,
            )
            progress.seconds = time.perf_counter() - started
            break
    return History(
        status,
        progress.curves,
        parameters,
        progress.seconds,
        answered,
        final={split: values for split, values in final.items() if values},
        metric=first.name,
        direction=first.direction,
        chance=chance,
    )


def _scores(workload: Workload, progress: TrainingState) -> tuple[float, ...]:
    """Returns what a recipe that stops early goes by: after each epoch, the higher the better.

    Raises:
        ModelError: it is not measured on validation after each epoch.
    """
    stopping, measured = workload.recipe.stopping, {m.name: m for m in workload.measured}
    name = (stopping.metric if stopping else "") or workload.metrics[0].name
    values = progress.curves.get("validation", {}).get(name, ())
    if not values:
        raise ModelError(
            f"{stopping!r} goes by {name} on validation, which is not measured after each epoch; "
            f"measured on {', '.join(progress.curves)}: {', '.join(progress.curves['test'])}"
        )
    sign = measured[name].sign if name in measured else -1
    return tuple(-math.inf if math.isnan(value) else sign * value for value in values)


def _stops(workload: Workload, net: nn.Module, progress: TrainingState) -> bool:
    """Keeps the weights if they are the best so far; returns whether the recipe ends training."""
    if workload.recipe.stopping is None:
        return False
    scores = _scores(workload, progress)
    if best_of(scores) == len(scores) - 1:
        progress.best = copy.deepcopy(net.state_dict())
    return bool(workload.recipe.stopping.stops(scores))


def _final(
    workload: Workload,
    net: nn.Module,
    progress: TrainingState,
    heads: dict[str, dict[str, Tensor]],
    later: Sequence[Metric],
    losses: Sequence[FittedLoss],
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, Tensor]]]:
    """Restores the best weights, if a recipe asks for it; returns final figures, and heads.

    Args:
        workload: what is trained.
        net: after the last epoch.
        progress: with the best weights.
        heads: on every split, after the last epoch.
        later: what is measured after the last epoch alone.
        losses: fitted to the round.
    """
    last = progress.epoch - 1
    best = last if workload.recipe.stopping is None else best_of(_scores(workload, progress))
    if best == last:
        return _measured(workload, heads, later), heads
    net.load_state_dict(progress.best)
    heads = _evaluate(workload, net)
    measured = _measured(workload, heads, workload.measured)
    ends = _losses(workload, heads, best, losses)
    return {split: {"loss": ends[split], **found} for split, found in measured.items()}, heads


def _losses(
    workload: Workload,
    heads: Mapping[str, Mapping[str, Tensor]],
    epoch: int,
    losses: Sequence[FittedLoss],
) -> dict[str, float]:
    """Return the loss on each evaluated split."""
    splits = workload.data.splits()
    with torch.inference_mode():
        return {
            name: loss(losses, found, splits[name].labels, epoch).item()
            for name, found in heads.items()
        }


def _measured(
    workload: Workload, heads: Mapping[str, Mapping[str, Tensor]], metrics: Sequence[Metric]
) -> dict[str, dict[str, float]]:
    """Return the value of each metric on each evaluated split."""
    splits = workload.data.splits()
    return {name: measure(workload, found, splits[name], metrics) for name, found in heads.items()}


def _train_epoch(
    workload: Workload,
    net: nn.Module,
    optimizer: Stepper,
    epoch: int,
    fitted: Sequence[FittedLoss],
) -> dict[str, tuple[float, ...]]:
    """Take one pass over the training split; return each batch's loss, and metric if recorded."""
    recipe, split, metric = workload.recipe, workload.data.train, workload.metrics[0]
    net.train(recipe.train_mode_epochs is None or epoch < recipe.train_mode_epochs)
    records = recipe.record == "iterations"
    recorded = [metric] if metric in workload.measured else []
    # A network without trainable parameters, a constant say, is measured like any other.
    trains = any(p.requires_grad for p in net.parameters())
    used = {term.target for term, _ in fitted}
    if records:
        used |= set(split.labels)
    losses: list[Tensor] = []
    values: list[float] = []
    batches = _batches(workload, epoch)
    for batch, rate in zip(batches, _rates(workload, epoch, len(batches)), strict=True):
        heads = forward(
            net, split.inputs[batch], target=workload.target, precision=recipe.precision
        )
        labels = {name: split.labels[name][batch] for name in used}
        value = loss(fitted, heads, labels, epoch)
        optimizer.zero_grad()
        if trains:
            check_attached(value)
            value.backward()  # type: ignore[no-untyped-call]
        add_penalty_gradients(workload.objective, net.parameters())
        if recipe.clip is not None:
            nn.utils.clip_grad_norm_(list(net.parameters()), recipe.clip)
        if rate is not None:
            scale_rate(optimizer, rate)
        optimizer.step()
        losses.append(value.detach())
        if records:
            part = replace(split, labels=labels)
            detached = {name: head.detach() for name, head in heads.items()}
            values += measure(workload, detached, part, recorded).values()
    found = {"loss": tuple(torch.stack(losses).tolist())}
    return found | ({metric.name: tuple(values)} if values else {})


def _rates(workload: Workload, epoch: int, steps: int) -> list[float] | list[None]:
    """Returns what the learning rate is multiplied by at each step of an epoch, None for nothing.

    Args:
        workload: with the schedule.
        epoch: from 0.
        steps: of an epoch.

    Raises:
        ModelError: the schedule gives no number, or one below 0.
    """
    schedule, total = workload.recipe.schedule, steps * workload.recipe.epochs
    if type(schedule) is Constant:
        return [None] * steps
    rates = []
    for step in range(epoch * steps, (epoch + 1) * steps):
        rate = plain_number(schedule.rate(step, total))
        if not isinstance(rate, int | float) or not 0 <= rate < math.inf:
            raise ModelError(
                f"the schedule {schedule!r} gives {rate!r} at step {step} of {total}; it must give "
                "a number, 0 or more, by which the learning rate is multiplied"
            )
        rates.append(float(rate))
    return rates


def check_attached(value: Tensor) -> None:
    """Refuse a loss that no gradient flows through.

    Raises:
        ModelError: as said.
    """
    if not value.requires_grad:
        raise ModelError(
            "the loss does not depend on the network's parameters, so they cannot be trained; its "
            "forward detaches the output (detach, argmax, no_grad, numpy), or does not use them"
        )


def _batches(workload: Workload, epoch: int) -> list[Tensor]:
    inputs, recipe = workload.data.train.inputs, workload.recipe
    if recipe.shuffle:
        order = torch.from_numpy(workload.order(epoch)).to(inputs.device)
    else:
        order = torch.arange(len(inputs), device=inputs.device)
    return [order[part] for part in parts(len(order), recipe.batch, joined=True)]


def _evaluate(workload: Workload, net: nn.Module) -> dict[str, dict[str, Tensor]]:
    """Return the heads on every split that is evaluated."""
    recipe = workload.recipe
    if recipe.evaluate_in_train_mode:
        # Its batch statistics and dropout masks must leave no trace in training: it sees the test.
        buffers = [buffer.clone() for buffer in net.buffers()]
        with torch.random.fork_rng():
            heads = _heads(workload, net.train(), batch=recipe.batch)
        for buffer, before in zip(net.buffers(), buffers, strict=True):
            buffer.copy_(before)
        return heads
    return _heads(workload, net.eval(), batch=EVALUATION_BATCH)


def _heads(workload: Workload, net: nn.Module, *, batch: int) -> dict[str, dict[str, Tensor]]:
    recipe = workload.recipe
    return {
        name: forward_all(
            net, split.inputs, target=workload.target, batch=batch, precision=recipe.precision
        )
        for name, split in workload.data.splits().items()
        if name != "train" or recipe.record == "epochs"
    }
