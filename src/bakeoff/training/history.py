"""What one trial answers: its curves, what each way of stopping gives, and every test answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from bakeoff.data.metric import Direction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status: TypeAlias = Literal["finished", "diverged"]
SplitName: TypeAlias = Literal["train", "validation", "test"]
Selection: TypeAlias = Literal["final", "best_on_test", "best_on_validation"]
"""Which epoch a figure is read at: the last, or the earliest that is best on a split."""

Curves: TypeAlias = Mapping[str, Mapping[str, tuple[float, ...]]]
"""Values per epoch, by split and metric: ``curves["test"]["error"][0]`` is after epoch 1.

Metrics are ``loss`` (the objective without penalties) and the study's, by their names: the first,
and those that cost next to nothing. A split ``batch``, where the recipe records iterations, has a
value for each training step instead.
"""

Figures: TypeAlias = Mapping[str, Mapping[str, float]]
"""Values by split and metric: ``figures["test"]["macro_f1"]``."""


@dataclass(frozen=True)
class History:
    """A trial's answer.

    Attributes:
        status: ``diverged`` when a loss was not finite; the curves then end before that epoch.
        curves: values after each epoch that was trained, the network in evaluation mode; empty for
            a model that is not trained by epochs.
        parameters: number of trainable, or fitted, values; None where a model does not tell.
        seconds: wall time of training and evaluation.
        answers: the final network's answer on every test item, N of them: ``answer`` (N,), int64
            classes or float32 numbers, then maybe (N, outputs); ``probability`` float32 (N,), of
            the answer 1, where there are two classes; ``digits`` int64 (N, 2) where there is a
            digit head. Empty when the trial diverged.
        notes: sentences about how the trial ran that a reader of its numbers should know.
        initial_weights: the digest of the network's parameters and buffers before training; empty
            where it was not taken.
        final: what was measured once, on the final network; everything, where that is not what the
            curves end with: a recipe that stops early restores the weights of an earlier epoch, and
            one with views answers by their mean.
        metric: the name of the study's first metric, which chooses the best epochs.
        direction: which of its values are better.
        chance: the best value of it on the test split that still counts as near chance, as
            `Metric.chance` says; None where that has no meaning, or is not known.
    """

    status: Status
    curves: Curves
    parameters: int | None
    seconds: float
    answers: Mapping[str, NDArray[np.generic]] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    initial_weights: str = ""
    final: Figures = field(default_factory=dict)
    metric: str = "error"
    direction: Direction = "lower"
    chance: float | None = None

    @property
    def near_chance(self) -> bool:
        """Whether it finished, and is no better on the test split than chance may be."""
        if self.status != "finished" or self.chance is None:
            return False
        value = self.value("test")
        # A value that does not exist is not known to be near chance.
        return value <= self.chance if self.direction == "higher" else value >= self.chance

    @property
    def collapsed(self) -> bool:
        """Whether it learnt nothing: it diverged, or ended near chance."""
        return self.status == "diverged" or self.near_chance

    @property
    def epochs(self) -> int:
        """The number of epochs that were finished."""
        return len(self.curves.get("test", {}).get(self.metric, ()))

    @property
    def restored(self) -> bool:
        """Whether the final figures are not those of the last epoch, but stand in `final`."""
        return self.epochs > 0 and self.metric in self.final.get("test", {})

    def selected_epoch(self, selection: Selection) -> int | None:
        """Returns the position of the selected epoch, from 0.

        None for a trial that diverged or has no epochs, for a selection on a split the task does
        not draw, and for the final network where its figures stand in `final`.
        """
        epochs = self.epochs
        if self.status == "diverged" or not epochs:
            return None
        if selection == "final":
            return None if self.metric in self.final.get("test", ()) else epochs - 1
        split = selection.removeprefix("best_on_")
        values = self.curves.get(split, {}).get(self.metric, ())
        best = max if self.direction == "higher" else min
        return values.index(best(values)) if values else None

    def value(self, split: SplitName, metric: str = "", selection: Selection = "final") -> float:
        """Returns one figure at the selected epoch, NaN where there is none.

        Args:
            split: where it was measured.
            metric: its name; empty for the study's first.
            selection: of the epoch.
        """
        name, epoch = metric or self.metric, self.selected_epoch(selection)
        values = self.curves.get(split, {}).get(name, ())
        if epoch is not None and epoch < len(values):
            return values[epoch]
        if selection == "final" and self.status == "finished":
            return self.final.get(split, {}).get(name, math.nan)
        return math.nan


@dataclass(frozen=True)
class Difference:
    """Something in which two histories of one trial differ.

    Attributes:
        what: a curve or figure by split and metric, ``test error``, or ``status``,
            ``initial weights``, ``answer``.
        epoch: the first epoch in which a curve differs, from 1; None for what is no curve.
        largest: the largest difference of its numbers; None where they cannot be held against
            each other.
        count: how many answers differ; None for what is no answer.
    """

    what: str
    epoch: int | None = None
    largest: float | None = None
    count: int | None = None


def differences(first: History, second: History) -> tuple[Difference, ...]:
    """Returns in what two histories of one trial differ, to the bit; seconds and notes aside."""
    return tuple(_differences(first, second))


def _differences(first: History, second: History) -> Iterator[Difference]:
    import numpy as np

    if first.status != second.status:
        yield Difference("status")
    if first.initial_weights and first.initial_weights != second.initial_weights:
        yield Difference("initial weights")
    for name, one, two in (
        *_both("{} {}", first.curves, second.curves),
        *_both("final {} {}", first.final, second.final),
    ):
        a, b = np.atleast_1d(one), np.atleast_1d(two)
        if a.shape != b.shape:
            yield Difference(name)
        elif not np.array_equal(a, b, equal_nan=True):
            apart = np.nan_to_num(np.abs(a - b), nan=math.inf)
            epoch = None if name.startswith("final") else int(np.flatnonzero(apart)[0]) + 1
            yield Difference(name, epoch, float(apart.max()))
    for name in sorted(first.answers.keys() | second.answers.keys()):
        a, b = (np.asarray(each.answers.get(name, ())) for each in (first, second))
        if a.shape != b.shape:
            yield Difference(name)
        elif not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            apart = np.abs(a.astype(np.float64) - b)
            yield Difference(name, None, float(apart.max()), int((apart > 0).sum()))


def _both(
    name: str, first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Any, Any]]:
    for split in sorted(first.keys() | second.keys()):
        one, two = first.get(split, {}), second.get(split, {})
        for metric in sorted(one.keys() | two.keys()):
            yield name.format(split, metric), one.get(metric, ()), two.get(metric, ())
