"""What a trial trains, on what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakeoff.data.metric import Metric
from bakeoff.data.metrics import Error
from bakeoff.data.splits import RoundData, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from bakeoff.models.network import ModelSpec
    from bakeoff.training.decision import Decision
    from bakeoff.training.objective import Loss, Objective
    from bakeoff.training.optimizers import Optimizer
    from bakeoff.training.recipe import Recipe
    from bakeoff.training.schedules import Schedule


def stream_seed(names: tuple[object, ...]) -> int:
    """Returns a seed below 2**63 that depends on some names alone."""
    text = "/".join(map(str, names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


@dataclass(frozen=True)
class Stage:
    """Epochs that are trained with one objective.

    Attributes:
        objective: what is minimised.
        optimizer: begins anew with the stage.
        schedule: over the steps of the stage.
        first: the epoch that it begins with, from 0.
        epochs: how many it lasts.
    """

    objective: Objective
    optimizer: Optimizer
    schedule: Schedule
    first: int
    epochs: int


@dataclass(frozen=True)
class Workload:
    """What a trial trains, on what.

    Attributes:
        target: the label that the decision answers.
        classes: the shape of a head for each label, without the batch axis.
        data: the round's splits.
        order: the training examples' order in an epoch, int64 ``(N,)``, from the epoch (from 0).
        metrics: what is measured; the first chooses the best epochs.
        images: how many images an example shows.
        swap: the task's `Task.swapped`.
        stream: the seed of what is drawn under a name, ``("views",)`` say.
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
    metrics: tuple[Metric, ...] = (Error(),)
    images: int = 1
    swap: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] | None = None
    stream: Callable[[tuple[object, ...]], int] = stream_seed

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What is trained in turn: the phases of the recipe, then the objective."""
        stages: list[Stage] = []
        for phase in self.recipe.before:
            optimizer = phase.optimizer or self.optimizer
            first = sum(stage.epochs for stage in stages)
            stages.append(Stage(phase.objective, optimizer, phase.schedule, first, phase.epochs))
        recipe, first = self.recipe, sum(stage.epochs for stage in stages)
        last = Stage(self.objective, self.optimizer, recipe.schedule, first, recipe.epochs)
        return (*stages, last)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The losses of all stages, the objective's first."""
        return tuple(loss for stage in self.stages[::-1] for loss in stage.objective.losses())

    def stage_at(self, epoch: int) -> Stage:
        """Returns what is trained in an epoch, from 0."""
        return next(stage for stage in self.stages if epoch < stage.first + stage.epochs)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example, without the batch axis."""
        return tuple(self.data.train.inputs.shape[1:])

    @property
    def heads(self) -> tuple[str, ...]:
        """The names of the heads that the losses and the decision read, each once."""
        read = (*(term.head for term in self.losses), self.decision.head)
        return tuple(dict.fromkeys(read))

    def on(self, device: str) -> Workload:
        """Returns the workload with its data on a torch device."""

        def move(split: Split) -> Split:
            labels = {name: label.to(device) for name, label in split.labels.items()}
            return replace(split, inputs=split.inputs.to(device), labels=labels)

        data = self.data
        validation = None if data.validation is None else move(data.validation)
        moved = replace(data, train=move(data.train), validation=validation, test=move(data.test))
        return replace(self, data=moved)

    @property
    def by_epoch(self) -> list[Metric]:
        """The metrics that curves have: the first, and those that cost next to nothing."""
        return [m for m in self.measured if m.quick or m is self.metrics[0]]

    @property
    def measured(self) -> tuple[Metric, ...]:
        """The metrics for which the model lacks nothing."""
        labels = {term.target for term in self.objective.losses()}
        return tuple(
            metric
            for metric in self.metrics
            if not metric.lacking(
                labels=labels,
                classes=self.classes[self.target][-1],
                probabilities=self.decision.gives_probabilities,
            )
        )
