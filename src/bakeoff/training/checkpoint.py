"""A long trial's state between two epochs, in a file: training goes on from it to the same end."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from bakeoff.data.files import write_whole
from bakeoff.training.steps import GroupedSteps, Steps

if TYPE_CHECKING:
    from bakeoff.training.optimizers import Stepper

PATIENCE = 60.0
"""Seconds that a trial must be expected to take for its state to be worth keeping."""

_PAUSE = 10.0
"""Seconds of training between two saves, at least."""


@dataclass
class TrainingState:
    """How far a trial is.

    Attributes:
        curves: values after each finished epoch, by split and metric.
        epoch: epochs finished.
        seconds: spent on them.
        best: the weights and buffers of the best epoch, where a recipe stops early.
        average: the network whose weights are the average, where they are averaged.
    """

    curves: dict[str, dict[str, tuple[float, ...]]] = field(default_factory=dict)
    epoch: int = 0
    seconds: float = 0.0
    best: dict[str, Tensor] = field(default_factory=dict)
    average: nn.Module | None = None

    def add(self, values: dict[str, dict[str, tuple[float, ...]]]) -> None:
        """Appends values to the curves."""
        for split, metrics in values.items():
            curves = self.curves.setdefault(split, {})
            for metric, new in metrics.items():
                curves[metric] = (*curves.get(metric, ()), *new)


class Checkpoint:
    """Where a trial's state is kept, and when.

    The file is safetensors: weights, buffers, the best of them where training stops early, their
    average where there is one, the optimizer's tensors, torch's generator; and as text the curves
    and the generators of Python and numpy; and a digest of it all. What a module of one's own keeps
    outside its parameters and buffers is not in it. An optimizer that is neither bakeoff's nor
    torch's is not kept, and such a trial begins anew.
    """

    def __init__(self, path: Path, *, key: str, patience: float = PATIENCE) -> None:
        """Names the file.

        Args:
            path: of the file, which need not exist.
            key: of the trial; a file of another is ignored.
            patience: seconds that a trial must be expected to take to be kept.
        """
        self.path, self.key, self.patience = path, key, patience
        self._saved_at = 0.0

    def is_due(self, progress: TrainingState, epochs: int) -> bool:
        """Returns whether the state after an epoch should be saved."""
        left = epochs - progress.epoch
        expected = progress.seconds / progress.epoch * epochs
        pause = min(_PAUSE, self.patience)
        return left > 0 and expected > self.patience and progress.seconds - self._saved_at >= pause

    def save(self, net: nn.Module, optimizer: Stepper, progress: TrainingState) -> None:
        """Writes the state; a crash meanwhile leaves the file of before.

        A folder that cannot be written costs the checkpoint, not the trial.
        """
        from safetensors.torch import save

        kept = _optimizer_state(optimizer)
        if kept is None:
            return
        tensors = {f"net.{name}": tensor for name, tensor in net.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in progress.best.items()}
        if progress.average is not None:
            average = progress.average.state_dict()
            tensors |= {f"average.{name}": tensor for name, tensor in average.items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in kept.items()}
        tensors |= {f"random.{name}": tensor for name, tensor in _torch_generators().items()}
        # Shared or strided tensors cannot be saved as they lie; clones are neither.
        plain = {
            name: t.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, t in tensors.items()
        }
        note = {
            "key": self.key,
            "epoch": progress.epoch,
            "seconds": progress.seconds,
            "curves": progress.curves,
            "python": random.getstate(),
            "numpy": _numpy_state(),
        }
        text = json.dumps(note)
        data = save(plain, metadata={"bakeoff": text, "digest": _digest(plain, text)})
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, data)
            self._saved_at = progress.seconds

    def restore(
        self, net: nn.Module, build: Callable[[int], Stepper]
    ) -> tuple[TrainingState, Stepper]:
        """Brings a network and the generators to the state; returns it, and the optimizer.

        Where none is kept, or it is damaged or of another trial, everything stays as it is, and
        nothing has been done yet.

        Args:
            net: newly built.
            build: gives the optimizer of an epoch, from 0, as it starts.
        """
        optimizer = build(0)
        beginning = TrainingState(), optimizer
        try:
            tensors, note = _read(self.path)
            if note["key"] != self.key:
                return beginning
            curves = {
                split: {metric: tuple(values) for metric, values in metrics.items()}
                for split, metrics in note["curves"].items()
            }
            best = _part(tensors, "best")
            progress = TrainingState(curves, note["epoch"], note["seconds"], best)
            kept = _part(tensors, "optimizer")
            weights, generators = _part(tensors, "net"), _part(tensors, "random")
            if progress.epoch:
                optimizer = build(progress.epoch)
            if _optimizer_state(optimizer) is None or set(weights) != set(net.state_dict()):
                return beginning
        except (OSError, ValueError, KeyError, TypeError):
            return beginning
        _load_optimizer(optimizer, kept)
        net.load_state_dict(weights)
        if average := _part(tensors, "average"):
            progress.average = copy.deepcopy(net)
            progress.average.load_state_dict(average)
        torch.set_rng_state(generators["cpu"])
        if "cuda" in generators:
            torch.cuda.set_rng_state(generators["cuda"])
        version, internal, gauss = note["python"]
        random.setstate((version, tuple(internal), gauss))
        _set_numpy_state(note["numpy"])
        self._saved_at = progress.seconds
        return progress, optimizer


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            text, digest = (file.metadata()[name] for name in ("bakeoff", "digest"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    if _digest(tensors, text) != digest:
        raise ValueError("the state is not what was written")
    return tensors, json.loads(text)


def _digest(tensors: dict[str, Tensor], text: str) -> str:
    """Returns the SHA-256 of a state: its tensors' names, types, shapes and bytes, and its text."""
    whole = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        whole.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return whole.hexdigest()


def _part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}."
    return {key[len(start) :]: t for key, t in tensors.items() if key.startswith(start)}


def _optimizer_state(optimizer: Stepper) -> dict[str, Tensor] | None:
    """Returns the optimizer's tensors by name, None where they cannot be told."""
    if isinstance(optimizer, GroupedSteps):
        states = [_optimizer_state(stepper) for stepper in optimizer.steppers]
        if any(state is None for state in states):
            return None
        named = enumerate(state or {} for state in states)
        return {f"{i}.{name}": tensor for i, state in named for name, tensor in state.items()}
    if isinstance(optimizer, Steps):
        return optimizer.state()
    if isinstance(optimizer, torch.optim.Optimizer):
        state = optimizer.state_dict()["state"]
        flat = {f"{i}.{name}": value for i, of in state.items() for name, value in of.items()}
        # Some keep numbers beside tensors; one that keeps anything else is not for this file.
        if all(isinstance(value, Tensor | int | float) for value in flat.values()):
            return {name: torch.as_tensor(value) for name, value in flat.items()}
    return None


def _load_optimizer(optimizer: Stepper, kept: dict[str, Tensor]) -> None:
    if isinstance(optimizer, GroupedSteps):
        for i, stepper in enumerate(optimizer.steppers):
            _load_optimizer(stepper, _part(kept, str(i)))
    elif isinstance(optimizer, Steps):
        optimizer.load(kept)
    elif isinstance(optimizer, torch.optim.Optimizer):
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in kept.items():
            position, _, field_name = name.partition(".")
            state.setdefault(int(position), {})[field_name] = tensor
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def _torch_generators() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _numpy_state() -> list[Any]:
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return [name, np.asarray(keys).tolist(), position, has_gauss, gauss]


def _set_numpy_state(state: list[Any]) -> None:
    name, keys, *rest = state
    np.random.set_state((name, np.array(keys, np.uint32), *rest))
