"""Claims about curves along the training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.data.task import Task
from bakeoff.spec import PositiveInt
from bakeoff.study.claims import ClaimTest
from bakeoff.study.figures import Curve
from bakeoff.study.measured import LOSS, curve_missing
from bakeoff.study.variant import Variant
from bakeoff.training.history import SplitName

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class _AfterEpoch(ClaimTest):
    named = ("variant",)
    variant: str = Field(kw_only=False)
    after_epoch: PositiveInt
    metric: str = ""
    split: SplitName = "test"

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curve."""
        return (Curve(self.metric, self.split),)

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the curve, or end before the epoch."""
        if reason := curve_missing(self.metric, self.split, variant, task):
            yield "metric", reason
        if self.after_epoch >= variant.recipe.all_epochs:
            yield "after_epoch", f"it is trained for {variant.recipe.all_epochs} epochs alone"


class RisesAgain(_AfterEpoch):
    """A curve ends above its value after some epoch: the test loss of a network that overfits.

    Example:
        >>> RisesAgain("large", after_epoch=10)
        RisesAgain('large', after_epoch=10)
    """

    metric: str = LOSS

    def judge(self, results: Results) -> Part:
        """Returns how much higher the curve ends."""
        from bakeoff.claims.judge import change

        return change(
            results,
            self.variant,
            metric=self.metric,
            split=self.split,
            after_epoch=self.after_epoch,
        )


class StandsStill(_AfterEpoch):
    """A curve ends within a margin of its value after some epoch.

    Example:
        >>> StandsStill("small", after_epoch=20, margin=0.005)
        StandsStill('small', after_epoch=20, margin=0.005)
    """

    margin: float

    def judge(self, results: Results) -> Part:
        """Returns how much higher the curve ends."""
        from bakeoff.claims.judge import change

        return change(
            results,
            self.variant,
            metric=self.metric,
            split=self.split,
            after_epoch=self.after_epoch,
            margin=self.margin,
        )


class LearnsFaster(ClaimTest):
    """A variant is typically better over its first training batches.

    Attributes:
        variant: the faster one.
        than: the slower one.
        iterations: the number of batches, from the first.

    Example:
        >>> LearnsFaster("batch norm", than="plain", iterations=100)
        LearnsFaster('batch norm', than='plain', iterations=100)
    """

    named = ("variant", "than")
    variant: str = Field(kw_only=False)
    than: str
    iterations: PositiveInt

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The figures of each batch."""
        return (Curve("", "batch"),)

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the batches' figures."""
        if reason := curve_missing("", "batch", variant, task):
            yield "variant", reason
        recipe = variant.recipe
        steps = recipe.epoch_steps(task.sizes["train"]) * recipe.all_epochs
        if self.iterations > steps:
            yield "iterations", f"it is trained on {steps} batches alone"

    def judge(self, results: Results) -> Part:
        """Returns the difference over the first batches."""
        from bakeoff.claims.judge import speed

        return speed(results, self.variant, self.than, self.iterations)
