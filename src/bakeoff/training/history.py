"""What one trial answers: its curves, what each way of stopping gives, and every test answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status: TypeAlias = Literal["finished", "diverged"]
SplitName: TypeAlias = Literal["train", "validation", "test"]
Selection: TypeAlias = Literal["final", "best_on_test", "best_on_validation"]
"""Which epoch a figure is read at: the last, or the earliest with the lowest error on a split."""

Curves: TypeAlias = Mapping[str, Mapping[str, tuple[float, ...]]]
"""Values per epoch, by split and metric: ``curves["test"]["error"][0]`` is after epoch 1.

Metrics are ``loss`` (the objective without penalties), ``error`` (fraction of wrong answers),
``digit_error`` where the network has a digit head (fraction of single digits wrong), and
``top5_error`` where it decides among more than five classes (fraction of examples whose class is
not among the five largest logits). A split ``batch``, where the recipe records iterations, has a
value for each training step instead.
"""


@dataclass(frozen=True)
class History:
    """A trial's answer.

    Attributes:
        status: ``diverged`` when a loss was not finite; the curves then end before that epoch.
        curves: values after each epoch, the network in evaluation mode.
        parameters: number of trainable values.
        seconds: wall time of training and evaluation.
        answers: the final network's answer on every test item, N of them: ``answer`` int64 (N,);
            ``probability`` float32 (N,), of the answer 1, for pairs; ``digits`` int64 (N, 2)
            where there is a digit head. Empty when the trial diverged.
        notes: sentences about how the trial ran that a reader of its numbers should know.
        initial_weights: the digest of the network's parameters and buffers before training; empty
            where it was not taken.
    """

    status: Status
    curves: Curves
    parameters: int
    seconds: float
    answers: Mapping[str, NDArray[np.generic]] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    initial_weights: str = ""

    @property
    def epochs(self) -> int:
        """The number of epochs that were finished."""
        return len(self.curves.get("test", {}).get("error", ()))

    def selected_epoch(self, selection: Selection) -> int | None:
        """Return the position of the selected epoch, from 0.

        None for a trial that diverged, and for a selection on a split the task does not draw.
        """
        if self.status == "diverged":
            return None
        if selection == "final":
            return self.epochs - 1
        split = selection.removeprefix("best_on_")
        errors = self.curves.get(split, {}).get("error", ())
        return errors.index(min(errors)) if errors else None

    def value(self, split: SplitName, metric: str, selection: Selection = "final") -> float:
        """Return one figure at the selected epoch, NaN where there is none."""
        epoch = self.selected_epoch(selection)
        values = self.curves.get(split, {}).get(metric, ())
        return values[epoch] if epoch is not None and epoch < len(values) else math.nan
