"""Schedules: what the learning rate is multiplied by, step by step.

A schedule is a pure function of the step and of how many there are; one that watches a curve is a
function of the curve as well. It speaks of shares of the whole training, so that it fits any number
of epochs: one that is shortened with `--epochs` runs through the same rates, faster. A checkpoint
holds nothing of it, for nothing has to be held.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from pydantic import Field, field_validator

from bakeoff.spec import PositiveInt, Spec

Factor = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, lt=1)]

ROUNDING = 1e-9
"""Shares of steps are rounded: the third step of ten is at 0.30000000000000004 of them, or so."""

WatchedSplit: TypeAlias = Literal["validation", "train"]


class Watched(NamedTuple):
    """A curve that training itself goes by: never one on test.

    Attributes:
        split: on which it is measured after each epoch.
        metric: ``loss`` or the name of one of the task's metrics; empty for its first.

    Example:
        >>> watched = Patience(epochs=5, split="train", metric="loss").watched()
        >>> watched.split, watched.metric
        ('train', 'loss')
    """

    split: WatchedSplit
    metric: str


class Schedule(Spec, ABC):
    """How the learning rate changes as training goes on. Subclass it with `rate`.

    Example:
        >>> class Linear(Schedule):
        ...     '''From the optimizer's rate down to nothing, in a straight line.'''
        ...     def rate(self, step, steps):
        ...         return 1 - step / steps
        >>> [Linear().rate(step, 4) for step in range(4)]
        [1.0, 0.75, 0.5, 0.25]
    """

    @abstractmethod
    def rate(self, step: int, steps: int) -> float:
        """Returns what the optimizer's learning rate is multiplied by: a number, 0 or more.

        Args:
            step: of the optimizer, one for each batch, from 0 up to `steps` - 1.
            steps: of the whole training, all its epochs.
        """

    def misfit(self, steps: int) -> str:  # noqa: ARG002
        """Returns why a training of so many steps cannot follow it; empty where it can.

        Args:
            steps: of the whole training, all its epochs.
        """
        return ""

    def watched(self) -> Watched | None:
        """Returns the curve that `reduction` is given, None for none."""
        return None

    def reduction(self, scores: tuple[float, ...]) -> float:  # noqa: ARG002
        """Returns what the learning rate of an epoch is multiplied by besides; 1 by default.

        Args:
            scores: of the watched curve after each epoch so far, the highest the best.
        """
        return 1.0


class Constant(Schedule):
    """The optimizer's own rate from first to last: what a recipe has by default.

    Example:
        >>> Constant().rate(70, 100)
        1.0
    """

    def rate(self, step: int, steps: int) -> float:  # noqa: ARG002
        """Returns 1."""
        return 1.0


class StepDecay(Schedule):
    """The rate is multiplied by `factor` each time a share of the training has passed.

    Attributes:
        every: the share of all steps; ``10 / 30`` for every 10 of 30 epochs.
        factor: above 0 and up to 1.

    Example:
        >>> thirds = StepDecay(every=1 / 3, factor=0.5)
        >>> [thirds.rate(step, 6) for step in range(6)]
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    every: Share
    factor: Annotated[float, Field(gt=0, le=1)]

    def rate(self, step: int, steps: int) -> float:
        """Returns the factor, once for each share that has passed."""
        return float(self.factor ** math.floor(step / (self.every * steps) + ROUNDING))


class Cosine(Schedule):
    """The rate falls along half a cosine (Loshchilov & Hutter 2017), without restarts.

    Attributes:
        final: the share of the rate that is reached when training ends.

    Example:
        >>> [round(Cosine().rate(step, 4), 3) for step in range(4)]
        [1.0, 0.854, 0.5, 0.146]
    """

    final: Factor = 0.0

    def rate(self, step: int, steps: int) -> float:
        """Returns a value from 1, at the first step, to `final`, right after the last."""
        return _between(1.0, self.final, step / steps)


class OneCycle(Schedule):
    """The rate rises along half a cosine, and falls along another (Smith & Topin 2018).

    Attributes:
        peak_at: the share of all steps after which the optimizer's rate is reached.
        start: the share of the rate at the first step.
        final: the share of the rate that is reached when training ends.

    Example:
        >>> cycle = OneCycle(peak_at=0.5, start=0.1)
        >>> [round(cycle.rate(step, 8), 3) for step in range(0, 8, 2)]
        [0.1, 0.55, 1.0, 0.5]
    """

    peak_at: Share = 0.3
    start: Factor = 0.04
    final: Factor = 0.0

    def rate(self, step: int, steps: int) -> float:
        """Returns a value from `start`, at the first step, over 1, to `final` after the last."""
        share = step / steps
        if share < self.peak_at:
            return _between(self.start, 1.0, share / self.peak_at)
        return _between(1.0, self.final, (share - self.peak_at) / (1 - self.peak_at))


class Warmup(Schedule):
    """The rate rises in a straight line; from there on another schedule has the rest of the steps.

    Attributes:
        over: how long it rises: a share of all steps, below 1, or a whole number of steps.
        then: what follows; to it the rest is the whole training.

    Example:
        >>> [round(Warmup(0.5).rate(step, 8), 3) for step in range(8)]
        [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
        >>> warm = Warmup(2, then=Cosine())
        >>> [round(warm.rate(step, 6), 3) for step in range(6)]
        [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
    """

    over: int | float = Field(kw_only=False)
    then: Schedule = Constant()

    @field_validator("over", mode="before")
    @classmethod
    def _is_a_share_or_a_number(cls, given: Any) -> Any:
        whole = isinstance(given, int) and not isinstance(given, bool) and given >= 1
        if not whole and not (isinstance(given, float) and 0 < given < 1):
            raise ValueError(
                f"given {given!r}; it must be a share of all steps, above 0.0 and below 1.0, or a "
                "whole number of steps, 1 or more"
            )
        return given

    def rate(self, step: int, steps: int) -> float:
        """Returns a value that rises to 1, then that of the other schedule."""
        rising = self._rising(steps)
        if step < rising:
            return (step + 1) / rising
        return self.then.rate(step - rising, steps - rising)

    def misfit(self, steps: int) -> str:
        """Returns a reason where there are fewer steps than it rises over."""
        if (rising := self._rising(steps)) > steps:
            return (
                f"it rises over {rising} steps, and the training has {steps}; a share of them fits "
                "a training of any length: Warmup(0.1)"
            )
        return self.then.misfit(steps - rising)

    def watched(self) -> Watched | None:
        """Returns the curve that the other schedule is given."""
        return self.then.watched()

    def reduction(self, scores: tuple[float, ...]) -> float:
        """Returns that of the other schedule."""
        return self.then.reduction(scores)

    def _rising(self, steps: int) -> int:
        return self.over if isinstance(self.over, int) else max(1, round(self.over * steps))


class ReduceOnPlateau(Schedule):
    """The rate is multiplied by `factor` when a curve has not improved for some epochs.

    Epochs are counted as `Patience` does, after a reduction anew. torch's scheduler of this name
    waits one epoch more: it is the same with a patience of one less, without a threshold.

    Attributes:
        factor: above 0 and below 1.
        patience: epochs in a row without a better value than the best before them.
        metric: ``loss`` or the name of one of the task's metrics; empty for its first.
        split: on which it is measured after each epoch.

    Example:
        >>> halves = ReduceOnPlateau(factor=0.5, patience=2)
        >>> [halves.reduction((0.7, 0.8, 0.8, 0.7, 0.6)[:epoch]) for epoch in range(6)]
        [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]
    """

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: PositiveInt = 10
    metric: str = ""
    split: WatchedSplit = "validation"

    def rate(self, step: int, steps: int) -> float:  # noqa: ARG002
        """Returns 1: the steps alone change nothing."""
        return 1.0

    def watched(self) -> Watched:
        """Returns the split and the metric."""
        return Watched(self.split, self.metric)

    def reduction(self, scores: tuple[float, ...]) -> float:
        """Returns the factor, once for each time that patience ran out."""
        best, waited, reduced = -math.inf, 0, 1.0
        for score in scores:
            best, waited = (score, 0) if score > best else (best, waited + 1)
            if waited == self.patience:
                reduced, waited = reduced * self.factor, 0
        return reduced


def _between(start: float, end: float, share: float) -> float:
    """Returns a value on half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
