"""One trial from initial weights to its history."""

from __future__ import annotations

import copy
import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bakeoff.errors import ModelError
from bakeoff.models.modules import members
from bakeoff.spec import plain_number
from bakeoff.training.augmentation import Batch, augmented
from bakeoff.training.averaging import fold_in, renew_norm
from bakeoff.training.checkpoint import Checkpoint, TrainingState
from bakeoff.training.evaluate import (
    answers,
    averaged,
    chance_of,
    forward,
    forward_all,
    measure,
    parts,
    training_curves,
)
from bakeoff.training.history import History, Status
from bakeoff.training.losses import FittedLoss, add_penalty_gradients, fitted_losses, loss
from bakeoff.training.network import Prepared, batch_norm_told, bears_fast_form, prepare, seeded
from bakeoff.training.optimizers import SGD
from bakeoff.training.schedules import Constant
from bakeoff.training.steps import build_steps, scale_rate
from bakeoff.training.stopping import best_of
from bakeoff.training.workload import Workload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.metric import Metric
    from bakeoff.training.augmentation import Augmentation
    from bakeoff.training.averaging import Averaging
    from bakeoff.training.optimizers import Stepper
    from bakeoff.training.schedules import Schedule, Watched
    from bakeoff.training.stopping import Stopping
    from bakeoff.training.workload import Stage

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
    keep: Callable[[Workload, nn.Module], None] | None = None,
) -> History:
    """Trains one network and returns its history; all global generators are left as they were.

    Args:
        workload: what is trained, on what.
        seed: of the generators of torch, Python and numpy while the model is built.
        noise: of the same while it is trained: of dropout, and whatever else it draws.
        device: a torch device.
        checkpoint: keeps the state of a long trial between epochs, and gives it back.
        fast: what `bears_fast_form` tells of the network; None to ask it.
        keep: is called with the final network, whose answers the history holds; not if training
            diverges.

    Raises:
        ModelError: the model lacks a head, or gives one of the wrong shape; two of its builds share
            a tensor; it cannot be trained as it is, or on batches of this size.
    """
    workload = workload.on(device)
    if fast is None:
        fast = bears_fast_form(workload, seed=seed, device=device)
    with seeded(seed):
        prepared = prepare(workload, device=device, fast=fast)
    with seeded(noise), batch_norm_told():
        history = _train(workload, prepared, checkpoint, keep)
    return replace(history, notes=prepared.notes, initial_weights=prepared.initial_weights)


def _train(
    workload: Workload,
    prepared: Prepared,
    checkpoint: Checkpoint | None,
    keep: Callable[[Workload, nn.Module], None] | None,
) -> History:
    recipe, net, first = workload.recipe, prepared.net, workload.metrics[0]
    chance = chance_of(workload, first) if first in workload.measured else None

    trainable = [p for p in net.parameters() if p.requires_grad]
    begin = functools.partial(_optimizer, workload, prepared, trainable)
    if checkpoint is None:
        progress, optimizer = TrainingState(), begin(0)
    else:
        progress, optimizer = checkpoint.restore(net, begin)
    losses = {
        stage.first: fitted_losses(stage.objective, workload.data.train.labels, workload.classes)
        for stage in workload.stages
    }
    # From here: what comes before is setting up, once per process for the most part.
    started = time.perf_counter() - progress.seconds
    parameters = sum(p.numel() for p in trainable)
    answered: dict[str, NDArray[np.generic]] = {}
    final: dict[str, dict[str, float]] = {}
    status: Status = "finished"
    while progress.epoch < recipe.all_epochs:
        epoch, stage = progress.epoch, workload.stage_at(progress.epoch)
        fitted, is_last_stage = losses[stage.first], stage == workload.stages[-1]
        if recipe.averaging is not None and is_last_stage and progress.average is None:
            progress.average = copy.deepcopy(net)
        curves = _train_epoch(workload, net, optimizer, progress, fitted)
        measured_net = net if progress.average is None else progress.average
        is_last = epoch + 1 == recipe.all_epochs
        heads = _evaluate(workload, measured_net, _inputs(workload, at_end=is_last))
        ends = _losses(workload, heads, epoch - stage.first, fitted)
        progress.seconds = time.perf_counter() - started
        if not all(math.isfinite(value) for value in (*ends.values(), *curves["train"]["loss"])):
            status = "diverged"
            break
        for split in recipe.evaluated:
            if split in heads:
                figures = _figures(workload, split, heads[split], ends[split], workload.by_epoch)
                curves[split] = {name: (value,) for name, value in figures.items()}
        progress.seconds = time.perf_counter() - started
        progress.add(curves)
        progress.epoch += 1
        ends_early = is_last_stage and _stops(workload, measured_net, progress)
        if ends_early or is_last:
            final, heads = _final(workload, measured_net, progress, heads, fitted)
            answered = answers(workload, heads["test"])
            progress.seconds = time.perf_counter() - started
            if keep is not None:
                keep(workload, measured_net)
            break
        if workload.stage_at(progress.epoch) != stage:
            optimizer = begin(progress.epoch)
        if checkpoint and checkpoint.is_due(progress, recipe.all_epochs):
            checkpoint.save(net, optimizer, progress)
    return History(
        status,
        progress.curves,
        parameters,
        progress.seconds,
        answered,
        final=final,
        metric=first.name,
        direction=first.direction,
        chance=chance,
    )


def _optimizer(
    workload: Workload, prepared: Prepared, trainable: Sequence[nn.Parameter], epoch: int
) -> Stepper:
    """Returns the optimizer of an epoch's stage as it starts."""
    for parameter in trainable:
        # Another stage may have frozen it, or left a gradient that this one does not clear.
        parameter.requires_grad_(True)
        parameter.grad = None
    if not trainable:
        # Most optimizers refuse to have nothing to train; ours then does nothing.
        return SGD(lr=1.0).build(trainable)
    stage = workload.stage_at(epoch)
    groups = prepared.groups[workload.stages.index(stage)]
    return build_steps(stage.optimizer, prepared.net, groups)


def _scores(
    workload: Workload, progress: TrainingState, watched: Watched, stage: Stage
) -> tuple[float, ...]:
    """Returns what a recipe goes by: after each epoch of a stage, the higher the better.

    Raises:
        ModelError: it is not measured after each epoch.
    """
    by_name = {m.name: m for m in workload.measured}
    name = watched.metric or workload.metrics[0].name
    curves = progress.curves.get(watched.split, {})
    values = curves.get(name, ())[stage.first :]
    if progress.epoch > stage.first and not values:
        measured = "; ".join(f"{', '.join(c)} on {split}" for split, c in progress.curves.items())
        raise ModelError(
            f"the recipe goes by {name} on {watched.split}, which is not measured after each "
            f"epoch; measured: {measured}"
        )
    sign = by_name[name].sign if name in by_name else -1
    return tuple(-math.inf if math.isnan(value) else sign * value for value in values)


def _stops(workload: Workload, net: nn.Module, progress: TrainingState) -> bool:
    """Keeps the weights if they are the best so far; returns whether the recipe ends training."""
    stopping = workload.recipe.stopping
    if stopping is None:
        return False
    scores = _scores(workload, progress, stopping.watched(), workload.stages[-1])
    if best_of(scores) == len(scores) - 1:
        progress.best = copy.deepcopy(net.state_dict())
    return stops(stopping, scores)


def stops(stopping: Stopping, scores: tuple[float, ...]) -> bool:
    """Returns whether a rule ends training after these scores.

    Raises:
        ModelError: it gives neither True nor False.
    """
    answer = plain_number(stopping.stops(scores))
    if not isinstance(answer, bool):
        raise ModelError(f"{stopping!r} gives {answer!r}; its stops must return True or False")
    return answer


def _final(
    workload: Workload,
    net: nn.Module,
    progress: TrainingState,
    heads: dict[str, dict[str, Tensor]],
    losses: Sequence[FittedLoss],
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, Tensor]]]:
    """Restores the best weights and takes views, if asked to; returns all final figures, and heads.

    Args:
        workload: what is trained.
        net: that is measured, after the last epoch.
        progress: with the best weights.
        heads: on the splits that were evaluated after the last epoch.
        losses: fitted to the round.
    """
    recipe, stage = workload.recipe, workload.stages[-1]
    last = best = progress.epoch - 1
    if recipe.stopping is not None:
        scores = _scores(workload, progress, recipe.stopping.watched(), stage)
        best = stage.first + best_of(scores)
    inputs = _inputs(workload, at_end=True)
    if best != last:
        net.load_state_dict(progress.best)
    if best != last or heads.keys() != inputs.keys():
        # All of them anew: what is drawn in training mode on one depends on those before it.
        heads = _evaluate(workload, net, inputs)
    if recipe.views is not None:
        heads = _views(workload, net, heads)
    ends = _losses(workload, heads, best - stage.first, losses)
    figures = {
        split: _figures(workload, split, outputs, ends[split], workload.measured)
        for split, outputs in heads.items()
    }
    return figures, heads


def _views(
    workload: Workload, net: nn.Module, heads: dict[str, dict[str, Tensor]]
) -> dict[str, dict[str, Tensor]]:
    """Returns the heads on every split, averaged over views of each example.

    Args:
        workload: whose recipe has views.
        net: that is measured.
        heads: of the examples as they are, the first view.
    """
    views = workload.recipe.views
    assert views is not None
    seen = {name: [outputs] for name, outputs in heads.items()}
    for number in range(1, views.number):
        inputs = {}
        for name, split in workload.data.splits().items():
            if name in seen:
                draws = generators(workload, views.augmentation, "views", name, number)
                batches = (
                    # Copies, for a user's own may work in place.
                    augmented(Batch(part.clone(), {}, workload.images), views.augmentation, draws)
                    for part in torch.split(split.inputs, EVALUATION_BATCH)
                )
                inputs[name] = torch.cat([batch.inputs for batch in batches])
        for name, outputs in _evaluate(workload, net, inputs).items():
            seen[name].append(outputs)
    return {name: _averaged(workload, outputs) for name, outputs in seen.items()}


def _averaged(workload: Workload, outputs: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Returns the heads that stand for those of several views, or members of an ensemble."""
    if len(outputs) == 1:
        return outputs[0]
    with torch.inference_mode():
        return averaged(workload.losses, outputs)


def generators(
    workload: Workload, augmentations: Sequence[Augmentation], *names: object
) -> list[torch.Generator]:
    """Returns a generator for each augmentation, of its place and some names alone."""
    return [
        torch.Generator().manual_seed(workload.stream((*names, place)))
        for place, _ in enumerate(augmentations)
    ]


def _losses(
    workload: Workload,
    heads: Mapping[str, Mapping[str, Tensor]],
    epoch: int,
    losses: Sequence[FittedLoss],
) -> dict[str, float]:
    """Returns the loss on each evaluated split."""
    splits = workload.data.splits()
    with torch.inference_mode():
        return {
            name: loss(losses, outputs, splits[name].labels, epoch).item()
            for name, outputs in heads.items()
        }


def _figures(
    workload: Workload,
    split: str,
    heads: Mapping[str, Tensor],
    end: float,
    metrics: Sequence[Metric],
) -> dict[str, float]:
    """Returns the loss on a split, as `_losses` gives it, and the value of each metric."""
    return {"loss": end, **measure(workload, heads, workload.data.splits()[split], metrics)}


def _train_epoch(
    workload: Workload,
    net: nn.Module,
    optimizer: Stepper,
    progress: TrainingState,
    fitted: Sequence[FittedLoss],
) -> dict[str, dict[str, tuple[float, ...]]]:
    """Takes a pass over the training split; returns what its batches say of the training.

    Each batch is measured as it is trained on, before its step: augmented, with dropout. The curves
    of ``train`` get their means, those of ``batch`` each of them, if the recipe records iterations.
    """
    recipe, split = workload.recipe, workload.data.train
    epoch, stage = progress.epoch, workload.stage_at(progress.epoch)
    net.train(recipe.train_mode_epochs is None or epoch < recipe.train_mode_epochs)
    parameters, nets = list(net.parameters()), members(net)
    # A network without trainable parameters, a constant say, is measured like any other.
    trains = any(p.requires_grad for p in parameters)
    draws = generators(workload, recipe.augmentation, "augmentation", epoch)
    losses: list[Tensor] = []
    heads: list[dict[str, Tensor]] = []
    labels: list[Mapping[str, Tensor]] = []
    mixed, read = False, workload.heads
    order = _batches(workload, epoch)
    steps, taken = len(order) * stage.epochs, (epoch - stage.first) * len(order)
    rates = _rates(workload, progress, stage, len(order))
    share = 1.0
    for step, (places, rate) in enumerate(zip(order, rates, strict=True), start=taken):
        batch = Batch(
            _taken(split.inputs, places),
            {name: _taken(label, places) for name, label in split.labels.items()},
            workload.images,
            swap=workload.swap,
        )
        batch = augmented(batch, recipe.augmentation, draws)
        outputs = [
            forward(member, batch.inputs, target=workload.target, precision=recipe.precision)
            for member in nets
        ]
        each = [batch_loss(fitted, output, batch, epoch - stage.first) for output in outputs]
        value = functools.reduce(torch.add, each)
        # Copies, for a head may be a view of weights, which the step changes.
        copies = [{name: output[name].detach().clone() for name in read} for output in outputs]
        heads.append(_averaged(workload, copies))
        labels.append(batch.labels)
        mixed = mixed or bool(batch.partners)
        optimizer.zero_grad()
        if trains:
            check_attached(value)
            value.backward()  # type: ignore[no-untyped-call]
        add_penalty_gradients(stage.objective, parameters)
        if recipe.clip is not None:
            for member in nets:
                nn.utils.clip_grad_norm_(list(member.parameters()), recipe.clip)
        if rate is not None:
            scale_rate(optimizer, rate)
        optimizer.step()
        if recipe.averaging is not None and progress.average is not None:
            share = share_of(recipe.averaging, step, steps, len(order))
            fold_in(progress.average, net, share)
        losses.append(value.detach() / len(each) if len(each) > 1 else value.detach())
    if recipe.averaging is not None and recipe.averaging.renews_norm and share < 1:
        assert progress.average is not None
        renew_norm(progress.average, [split.inputs[places] for places in order])
    # No answer to mixed examples is right.
    return training_curves(workload, torch.stack(losses).tolist(), [] if mixed else heads, labels)


def _taken(values: Tensor, places: Tensor) -> Tensor:
    """Returns the rows at some places: what indexing gives, in a fraction of its time."""
    # Of other layouts, indexing keeps the order of the axes in memory.
    return values.index_select(0, places) if values.is_contiguous() else values[places]


def share_of(averaging: Averaging, step: int, steps: int, epoch_steps: int) -> float:
    """Returns the share of the new weights in the average.

    Raises:
        ModelError: it is no number from 0 to 1.
    """
    share = plain_number(averaging.share(step, steps, epoch_steps))
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ModelError(
            f"{averaging!r} gives {share!r} at step {step} of {steps}; its share must return a "
            "number from 0 to 1"
        )
    return share


def batch_loss(
    fitted: Sequence[FittedLoss], heads: Mapping[str, Tensor], batch: Batch, epoch: int
) -> Tensor:
    """Returns the loss of a batch; of mixed examples, that of both labels by their shares."""
    value = loss(fitted, heads, batch.labels, epoch)
    if not batch.partners:
        return value
    return batch.share * value + (1 - batch.share) * loss(fitted, heads, batch.partners, epoch)


def _rates(
    workload: Workload, progress: TrainingState, stage: Stage, steps: int
) -> list[float] | list[None]:
    """Returns what the learning rate is multiplied by at each step of an epoch, None for nothing.

    Args:
        workload: what is trained.
        progress: at the beginning of the epoch.
        stage: with the schedule.
        steps: of an epoch.

    Raises:
        ModelError: the schedule gives no number, or one below 0.
    """
    if type(stage.schedule) is Constant:
        return [None] * steps
    watched = stage.schedule.watched()
    scores = _scores(workload, progress, watched, stage) if watched else ()
    return rates(stage.schedule, progress.epoch - stage.first, steps, stage.epochs, scores)


def rates(
    schedule: Schedule, epoch: int, steps: int, epochs: int, scores: tuple[float, ...]
) -> list[float]:
    """Returns what the learning rate is multiplied by at each step of an epoch.

    Args:
        schedule: that is followed.
        epoch: from 0.
        steps: of an epoch.
        epochs: that it lasts.
        scores: of the curve that it watches, after each epoch so far.

    Raises:
        ModelError: the schedule gives no number, or one below 0.
    """
    total = steps * epochs
    places = range(epoch * steps, (epoch + 1) * steps)
    given = [(f"step {step} of {total}", schedule.rate(step, total)) for step in places]
    if schedule.watched() is not None:
        given.append((f"the scores {scores}", schedule.reduction(scores)))
    factors = [plain_number(factor) for _, factor in given]
    for (where, _), factor in zip(given, factors, strict=True):
        if not isinstance(factor, int | float) or not 0 <= factor < math.inf:
            raise ModelError(
                f"the schedule {schedule!r} gives {factor!r} at {where}; it must give a number, 0 "
                "or more, by which the learning rate is multiplied"
            )
    reduction = factors[-1] if len(factors) > steps else 1.0
    return [float(factor * reduction) for factor in factors[:steps]]


def check_attached(value: Tensor) -> None:
    """Refuses a loss that no gradient flows through.

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


def _inputs(workload: Workload, *, at_end: bool) -> dict[str, Tensor]:
    """Returns the inputs of the splits that are evaluated after an epoch, or at the end."""
    recipe, splits = workload.recipe, workload.data.splits()
    asked = recipe.evaluated_at_end if at_end else recipe.evaluated
    return {name: split.inputs for name, split in splits.items() if name in asked}


def _evaluate(
    workload: Workload, net: nn.Module, inputs: Mapping[str, Tensor]
) -> dict[str, dict[str, Tensor]]:
    """Returns the heads on the inputs of each split."""
    recipe = workload.recipe
    if recipe.evaluate_in_train_mode:
        # Its batch statistics and dropout masks must leave no trace in training: it sees the test.
        buffers = [buffer.clone() for buffer in net.buffers()]
        with torch.random.fork_rng():
            heads = _heads(workload, net.train(), inputs, batch=recipe.batch)
        for buffer, before in zip(net.buffers(), buffers, strict=True):
            buffer.copy_(before)
        return heads
    return _heads(workload, net.eval(), inputs, batch=EVALUATION_BATCH)


def _heads(
    workload: Workload, net: nn.Module, inputs: Mapping[str, Tensor], *, batch: int
) -> dict[str, dict[str, Tensor]]:
    target, precision = workload.target, workload.recipe.precision
    return {
        name: _averaged(
            workload,
            [
                forward_all(member, examples, target=target, batch=batch, precision=precision)
                for member in members(net)
            ],
        )
        for name, examples in inputs.items()
    }
