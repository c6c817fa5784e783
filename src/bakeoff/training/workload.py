"""What a trial trains, on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.data.metric import Metric
from bakeoff.data.metrics import Error
from bakeoff.data.splits import RoundData, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.models.network import ModelSpec
    from bakeoff.training.decision import Decision
    from bakeoff.training.objective import Objective
    from bakeoff.training.optimizers import Optimizer
    from bakeoff.training.recipe import Recipe


@dataclass(frozen=True)
class Workload:
    """What a trial trains, on what.

    Attributes:
        target: the label that the decision answers.
        classes: the shape of a head for each label, without the batch axis.
        data: the round's splits.
        order: the training examples' order in an epoch, int64 ``(N,)``, from the epoch (from 0).
        metrics: what is measured; the first chooses the best epochs.
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

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example, without the batch axis."""
        return tuple(self.data.train.inputs.shape[1:])

    @property
    def heads(self) -> tuple[str, ...]:
        """The names of the heads that the losses and the decision read, each once."""
        read = (*(term.head for term in self.objective.losses()), self.decision.head)
        return tuple(dict.fromkeys(read))

    def on(self, device: str) -> Workload:
        """Return the workload with its data on a torch device."""

        def move(split: Split) -> Split:
            labels = {name: label.to(device) for name, label in split.labels.items()}
            return replace(split, inputs=split.inputs.to(device), labels=labels)

        data = self.data
        validation = None if data.validation is None else move(data.validation)
        moved = replace(data, train=move(data.train), validation=validation, test=move(data.test))
        return replace(self, data=moved)

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
