"""What a number compares: numbers and names, put in words by `reporting.text` alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bakeoff.data.metric import Metric
from bakeoff.study.published import Quantity

Kind: TypeAlias = Literal[
    "difference", "level", "figures", "change", "speed", "order", "wins", "collapses"
]
"""Of two variants: how much better the first is; of one: its value, how much better one of its
figures is than another, how much a curve moves; of two: how much better the first is over its first
batches; of several: how well they follow an order; in how many rounds one beats another; in how
many a variant learns nothing."""

Unit: TypeAlias = Literal["round", "draw"]
"""What is counted: rounds, or, of folds, the draws whose folds are averaged."""


def unit_of(folds: int) -> Unit:
    """Returns what is counted where so many rounds make one draw."""
    return "round" if folds == 1 else "draw"


FINAL = Quantity()


@dataclass(frozen=True)
class Contrast:
    """What a number compares.

    Attributes:
        kind: how.
        variants: whose figures they are, in the order claimed.
        metric: what is measured.
        quantity: where it is read.
        than: the other figure, where two of one variant are compared.
        split: of a curve.
        after_epoch: from where on a curve moves.
        iterations: over how many batches, from the first.
        unit: what a figure is of.
    """

    kind: Kind
    variants: tuple[str, ...]
    metric: Metric
    quantity: Quantity = FINAL
    than: tuple[Quantity, Metric] | None = None
    split: str = "test"
    after_epoch: int = 0
    iterations: int = 0
    unit: Unit = "round"

    @property
    def is_level(self) -> bool:
        """Whether figures are values of the metric, not differences of such."""
        return self.kind == "level"
