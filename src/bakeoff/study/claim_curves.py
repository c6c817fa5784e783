"""What must hold along the training for a claim to be true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bakeoff.data.task import Task
from bakeoff.spec import PositiveInt, Spec
from bakeoff.study.claim_tests import ClaimTest
from bakeoff.study.measured import LOSS, curve_missing
from bakeoff.training.history import SplitName

if TYPE_CHECKING:
    from bakeoff.study.variant import Variant


class _AfterEpoch(ClaimTest):
    named = ("variant",)
    variant: str
    after_epoch: PositiveInt
    metric: str
    split: SplitName = "test"

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yield why the variant's trials do not have the curve, or end before the epoch."""
        if reason := curve_missing(self.metric, self.split, variant, task):
            yield "metric", reason
        if self.after_epoch >= variant.recipe.epochs:
            yield "after_epoch", f"it is trained for {variant.recipe.epochs} epochs alone"


class RisesAgain(_AfterEpoch):
    """A curve ends above its value after some epoch: the test loss of a network that overfits."""

    def __init__(
        self,
        variant: str,
        *,
        after_epoch: int,
        metric: str = LOSS,
        split: SplitName = "test",
    ) -> None:
        Spec.__init__(self, variant=variant, after_epoch=after_epoch, metric=metric, split=split)


class StandsStill(_AfterEpoch):
    """A curve ends within a margin of its value after some epoch."""

    margin: float

    def __init__(
        self,
        variant: str,
        *,
        after_epoch: int,
        margin: float,
        metric: str = "",
        split: SplitName = "test",
    ) -> None:
        Spec.__init__(
            self,
            variant=variant,
            after_epoch=after_epoch,
            margin=margin,
            metric=metric,
            split=split,
        )


class LearnsFaster(ClaimTest):
    """A variant is better on average over its first training batches.

    Attributes:
        variant: the faster one.
        than: the slower one.
        iterations: over how many batches, from the first.
    """

    named = ("variant", "than")
    variant: str
    than: str
    iterations: PositiveInt

    def __init__(self, variant: str, *, than: str, iterations: int) -> None:
        Spec.__init__(self, variant=variant, than=than, iterations=iterations)

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yield why the variant's trials do not have the batches' figures."""
        if reason := curve_missing("", "batch", variant, task):
            yield "variant", reason
        steps = -(-task.sizes["train"] // variant.recipe.batch) * variant.recipe.epochs
        if self.iterations > steps:
            yield "iterations", f"it is trained on {steps} batches alone"
