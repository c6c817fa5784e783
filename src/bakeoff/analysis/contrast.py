"""Contrasts: what a number compares. Only `reporting.text` puts them in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bakeoff.data.metric import Metric
from bakeoff.study.published import Quantity

Kind: TypeAlias = Literal[
    "difference", "level", "figures", "change", "speed", "order", "wins", "collapses"
]
"""The kinds, in order: the difference of two variants; the value of one; the difference of two
figures of one; the change of a curve; the difference of two variants over their first batches; the
agreement of several with an order; the rounds in which one beats another; the rounds in which one
learns nothing."""

Unit: TypeAlias = Literal["round", "draw"]
"""The unit of counts: rounds or, for folds, the draws whose folds are averaged."""


def unit_of(folds: int) -> Unit:
    """Returns the unit of counts, given the number of rounds that make one draw."""
    return "round" if folds == 1 else "draw"


FINAL = Quantity()


@dataclass(frozen=True)
class Contrast:
    """What a number compares.

    Attributes:
        kind: the kind of comparison.
        variants: the variants, in the order claimed.
        metric: the metric.
        quantity: the split and epoch of the figure.
        than: the other figure, if two of one variant are compared.
        split: the split of a curve.
        after_epoch: the epoch after which a curve moves.
        iterations: the number of batches, from the first.
        unit: what a figure is of: a round or a draw.
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
