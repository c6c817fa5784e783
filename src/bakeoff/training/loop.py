"""One trial from initial weights to its history."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from bakeoff.data.splits import RoundData, Split
from bakeoff.training.checkpoint import Checkpoint, Progress
from bakeoff.training.evaluate import answers, check_heads, forward, forward_all, metrics
from bakeoff.training.history import History
from bakeoff.training.losses import add_penalty_gradients, class_weights, loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.models.network import ModelSpec
    from bakeoff.training.decision import Decision
    from bakeoff.training.objective import Objective
    from bakeoff.training.optimizers import Optimizer, Stepper
    from bakeoff.training.recipe import Recipe

EVALUATION_BATCH = 100
"""Examples per forward pass of an evaluation; small enough that activations stay in the cache."""


@dataclass(frozen=True)
class Setting:
    """What a trial trains, on what.

    Attributes:
        target: the label that the decision answers.
        classes: the shape of a head for each label, without the batch axis.
        data: the round's splits.
        order: the training examples' order in an epoch, int64 ``(N,)``, from the epoch (from 0).
    """

    model: ModelSpec
    objective: Objective
    decision: Decision
    optimizer: Optimizer
    recipe: Recipe
    target: str
    classes: Mapping[str, tuple[int, ...]]
    data: RoundData
    order: Callable[[int], NDArray[np.int64]]


def train(
    setting: Setting, *, seed: int, device: str = "cpu", checkpoint: Checkpoint | None = None
) -> History:
    """Train one network and return its history; all global generators are left as they were.

    Args:
        setting: what is trained, on what.
        seed: of initial weights, dropout, and whatever else a model draws: of the generators of
            torch, Python and numpy.
        device: a torch device.
        checkpoint: keeps the state of a long trial between epochs, and gives it back.

    Raises:
        ModelError: the model lacks a head, or gives one of the wrong shape.
    """
    setting = replace(setting, data=_moved(setting.data, device))
    with _seeded(seed):
        net = setting.model.build().to(device)
        if setting.recipe.fused and device == "cpu":
            # Compiled kernels are loaded only where they are used.
            from bakeoff.models.fuse import fuse

            fuse(net)
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        check_heads(
            net,
            setting.data.train,
            objective=setting.objective,
            decision=setting.decision,
            target=setting.target,
            classes=setting.classes,
        )
        optimizer = setting.optimizer.build(net.parameters())
        return _train(setting, net, optimizer, checkpoint)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the global generators, and put them back as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def _train(
    setting: Setting, net: nn.Module, optimizer: Stepper, checkpoint: Checkpoint | None
) -> History:
    recipe = setting.recipe
    balance = class_weights(setting.objective, setting.data.train.labels, setting.classes)
    progress = checkpoint.restore(net, optimizer) if checkpoint else Progress()
    # From here: what comes before is setting up, once per process for the most part.
    started = time.perf_counter() - progress.seconds
    parameters = sum(p.numel() for p in net.parameters() if p.requires_grad)
    answered: dict[str, NDArray[np.generic]] = {}
    while progress.epoch < recipe.epochs:
        steps = _train_epoch(setting, net, optimizer, progress.epoch, balance)
        heads = _evaluate(setting, net)
        found = _figures(setting, heads, progress.epoch, balance)
        losses = [figures["loss"][0] for figures in found.values()]
        progress.seconds = time.perf_counter() - started
        if not all(math.isfinite(value) for value in (*losses, *steps["loss"])):
            return History("diverged", progress.curves, parameters, progress.seconds)
        progress.add(found if recipe.record == "epochs" else {**found, "batch": steps})
        progress.epoch += 1
        if checkpoint and checkpoint.is_due(progress, recipe.epochs):
            checkpoint.save(net, optimizer, progress)
        if progress.epoch == recipe.epochs:
            answered = answers(
                heads["test"], objective=setting.objective, decision=setting.decision
            )
    return History("finished", progress.curves, parameters, progress.seconds, answered)


def _figures(
    setting: Setting,
    heads: Mapping[str, Mapping[str, Tensor]],
    epoch: int,
    balance: Mapping[str, Tensor],
) -> dict[str, dict[str, tuple[float, ...]]]:
    """Return one value for each metric of each evaluated split."""
    splits = setting.data.splits()
    found = {
        name: metrics(
            heads[name],
            splits[name],
            objective=setting.objective,
            decision=setting.decision,
            target=setting.target,
            epoch=epoch,
            balance=balance,
        )
        for name in heads
    }
    return {split: {name: (v,) for name, v in values.items()} for split, values in found.items()}


def _train_epoch(
    setting: Setting,
    net: nn.Module,
    optimizer: Stepper,
    epoch: int,
    balance: Mapping[str, Tensor],
) -> dict[str, tuple[float, ...]]:
    """Take one pass over the training split; return each batch's loss, and error if recorded."""
    recipe, split = setting.recipe, setting.data.train
    net.train(recipe.train_mode_epochs is None or epoch < recipe.train_mode_epochs)
    records = recipe.record == "iterations"
    used = {term.target for term in setting.objective.losses()}
    if records:
        used.add(setting.target)
    losses: list[Tensor] = []
    errors: list[Tensor] = []
    for batch in _batches(setting, epoch):
        heads = forward(net, split.inputs[batch], target=setting.target, precision=recipe.precision)
        labels = {name: split.labels[name][batch] for name in used}
        value = loss(setting.objective, heads, labels, epoch, balance)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        add_penalty_gradients(setting.objective, net.parameters())
        optimizer.step()
        losses.append(value.detach())
        if records:
            with torch.no_grad():
                wrong = setting.decision.answer(heads) != labels[setting.target]
                errors.append(wrong.double().mean())
    found = {"loss": torch.stack(losses)} | ({"error": torch.stack(errors)} if records else {})
    return {name: tuple(values.tolist()) for name, values in found.items()}


def _batches(setting: Setting, epoch: int) -> list[Tensor]:
    inputs, recipe = setting.data.train.inputs, setting.recipe
    if recipe.shuffle:
        order = torch.from_numpy(setting.order(epoch)).to(inputs.device)
    else:
        order = torch.arange(len(inputs), device=inputs.device)
    batches = [order[start : start + recipe.batch] for start in range(0, len(order), recipe.batch)]
    if len(batches) > 1 and len(batches[-1]) == 1 < recipe.batch:
        # Batch norm over features cannot train on one example: it joins the batch before.
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def _evaluate(setting: Setting, net: nn.Module) -> dict[str, dict[str, Tensor]]:
    """Return the heads on every split that is evaluated."""
    recipe = setting.recipe
    if recipe.evaluate_in_train_mode:
        # Its batch statistics and dropout masks must leave no trace in training: it sees the test.
        buffers = [buffer.clone() for buffer in net.buffers()]
        with torch.random.fork_rng():
            heads = _heads(setting, net.train(), batch=recipe.batch)
        for buffer, before in zip(net.buffers(), buffers, strict=True):
            buffer.copy_(before)
        return heads
    return _heads(setting, net.eval(), batch=EVALUATION_BATCH)


def _heads(setting: Setting, net: nn.Module, *, batch: int) -> dict[str, dict[str, Tensor]]:
    recipe = setting.recipe
    return {
        name: forward_all(
            net, split.inputs, target=setting.target, batch=batch, precision=recipe.precision
        )
        for name, split in setting.data.splits().items()
        if name != "train" or recipe.record == "epochs"
    }


def _moved(data: RoundData, device: str) -> RoundData:
    def move(split: Split) -> Split:
        labels = {name: label.to(device) for name, label in split.labels.items()}
        return replace(split, inputs=split.inputs.to(device), labels=labels)

    validation = move(data.validation) if data.validation is not None else None
    return RoundData(train=move(data.train), validation=validation, test=move(data.test))
