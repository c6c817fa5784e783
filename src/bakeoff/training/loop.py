"""One trial from initial weights to its history."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from bakeoff.data.splits import RoundData, Split
from bakeoff.training.evaluate import answers, check_heads, forward, forward_all, metrics
from bakeoff.training.history import History
from bakeoff.training.losses import add_penalty_gradients, loss

if TYPE_CHECKING:
    import numpy as np
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


def train(setting: Setting, *, seed: int, device: str = "cpu") -> History:
    """Train one network and return its history; torch's global generator is left as it was.

    Args:
        setting: what is trained, on what.
        seed: of initial weights and dropout.
        device: a torch device.

    Raises:
        ModelError: the model lacks a head, or gives one of the wrong shape.
    """
    setting = replace(setting, data=_moved(setting.data, device))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
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
        # From here: what comes before is setting up, once per process for the most part.
        started = time.perf_counter()
        history = _train(setting, net, optimizer)
    return replace(history, seconds=time.perf_counter() - started)


def _train(setting: Setting, net: nn.Module, optimizer: Stepper) -> History:
    recipe, splits = setting.recipe, setting.data.splits()
    curves: dict[str, dict[str, tuple[float, ...]]] = {name: {} for name in splits}
    parameters = sum(p.numel() for p in net.parameters())
    heads: dict[str, dict[str, Tensor]] = {}
    for epoch in range(recipe.epochs):
        finite = _train_epoch(setting, net, optimizer, epoch)
        heads = _evaluate(setting, net)
        found = {
            name: metrics(
                heads[name],
                split,
                objective=setting.objective,
                decision=setting.decision,
                target=setting.target,
                epoch=epoch,
            )
            for name, split in splits.items()
        }
        if not finite or not all(math.isfinite(figures["loss"]) for figures in found.values()):
            return History("diverged", curves, parameters, seconds=0.0)
        for name, figures in found.items():
            for metric, value in figures.items():
                curves[name][metric] = (*curves[name].get(metric, ()), value)
    final = answers(heads["test"], objective=setting.objective, decision=setting.decision)
    return History("finished", curves, parameters, seconds=0.0, answers=final)


def _train_epoch(setting: Setting, net: nn.Module, optimizer: Stepper, epoch: int) -> bool:
    """Take one pass over the training split; return whether every loss was finite."""
    recipe, split = setting.recipe, setting.data.train
    net.train(recipe.train_mode_epochs is None or epoch < recipe.train_mode_epochs)
    total = torch.zeros((), device=split.inputs.device)
    used = {term.target for term in setting.objective.losses()}
    for batch in _batches(setting, epoch):
        heads = forward(net, split.inputs[batch], target=setting.target, precision=recipe.precision)
        labels = {name: split.labels[name][batch] for name in used}
        value = loss(setting.objective, heads, labels, epoch)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        add_penalty_gradients(setting.objective, net.parameters())
        optimizer.step()
        total += value.detach()
    return math.isfinite(total.item())


def _batches(setting: Setting, epoch: int) -> list[Tensor]:
    inputs, recipe = setting.data.train.inputs, setting.recipe
    if recipe.shuffle:
        order = torch.from_numpy(setting.order(epoch)).to(inputs.device)
    else:
        order = torch.arange(len(inputs), device=inputs.device)
    batches = [order[start : start + recipe.batch] for start in range(0, len(order), recipe.batch)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        # Batch norm over features cannot train on one example: it joins the batch before.
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def _evaluate(setting: Setting, net: nn.Module) -> dict[str, dict[str, Tensor]]:
    """Return the heads on every split."""
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
    precision = setting.recipe.precision
    return {
        name: forward_all(
            net, split.inputs, target=setting.target, batch=batch, precision=precision
        )
        for name, split in setting.data.splits().items()
    }


def _moved(data: RoundData, device: str) -> RoundData:
    def move(split: Split) -> Split:
        labels = {name: label.to(device) for name, label in split.labels.items()}
        return replace(split, inputs=split.inputs.to(device), labels=labels)

    validation = move(data.validation) if data.validation is not None else None
    return RoundData(train=move(data.train), validation=validation, test=move(data.test))
