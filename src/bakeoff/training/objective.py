"""Objectives: sums of terms, each tying a head to a label with a weight that epochs may change."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bakeoff.spec import NonNegativeFloat, PositiveFloat, Spec


class ExponentialDecay(Spec):
    """A weight that starts at `initial` and is multiplied by `factor` after every epoch."""

    initial: NonNegativeFloat
    factor: Annotated[float, Field(gt=0, le=1)]

    def at(self, epoch: int) -> float:
        """Return the weight in an epoch, counted from 0."""
        return float(self.initial * self.factor**epoch)


class CrossEntropy(Spec):
    """Cross-entropy of a head's logits against the label of the same name, or of another.

    Logits ``(N, classes)`` against labels ``(N,)`` count their mean. Logits ``(N, K, classes)``
    against ``(N, K)`` count the sum over the K positions of the means: two digits, two losses.

    Attributes:
        head: whose logits; empty for the head of the task's target.
        label: of which name; None for the head's own.
        weight: what the loss is multiplied by.
        balanced: weight each class by ``(N / classes) / count``, its count among the N labels of
            the training split, and take the weighted mean: rare classes then count as much.
    """

    head: str = ""
    label: str | None = None
    weight: NonNegativeFloat | ExponentialDecay = 1.0
    balanced: bool = False

    def __init__(
        self,
        head: str = "",
        *,
        label: str | None = None,
        weight: float | ExponentialDecay = 1.0,
        balanced: bool = False,
    ) -> None:
        Spec.__init__(self, head=head, label=label, weight=weight, balanced=balanced)

    @property
    def target(self) -> str:
        """The name of the label."""
        return self.label or self.head

    def weight_at(self, epoch: int) -> float:
        """Return the weight in an epoch, counted from 0."""
        return self.weight.at(epoch) if isinstance(self.weight, ExponentialDecay) else self.weight


class L2Penalty(Spec):
    """Adds `factor` times the sum of squares of all parameters."""

    factor: PositiveFloat

    def __init__(self, factor: float) -> None:
        Spec.__init__(self, factor=factor)


class L1Penalty(Spec):
    """Adds `factor` times the sum of absolute values of all parameters."""

    factor: PositiveFloat

    def __init__(self, factor: float) -> None:
        Spec.__init__(self, factor=factor)


class Objective(Spec):
    """What training minimises: the sum of its terms."""

    terms: Annotated[tuple[CrossEntropy | L2Penalty | L1Penalty, ...], Field(min_length=1)]

    def __init__(self, *terms: CrossEntropy | L2Penalty | L1Penalty) -> None:
        Spec.__init__(self, terms=terms)

    def on(self, head: str, *, target: str) -> Objective:
        """Return the objective with a head, and the label it is held against, where none is named.

        Args:
            head: the head.
            target: the label.
        """
        label = None if head == target else target
        terms = (
            term.replace(head=head, label=term.label or label)
            if isinstance(term, CrossEntropy) and not term.head
            else term
            for term in self.terms
        )
        return Objective(*terms)

    def losses(self) -> tuple[CrossEntropy, ...]:
        """Return the terms that read a head."""
        return tuple(term for term in self.terms if isinstance(term, CrossEntropy))
