"""Decisions: how the heads of a network become one answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bakeoff.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor


class Decision(Spec, ABC):
    """Turns heads into an answer for each example."""

    @property
    @abstractmethod
    def head(self) -> str:
        """The name of the head that is read."""

    def head_shape(self, target: tuple[int, ...]) -> tuple[int, ...] | None:  # noqa: ARG002
        """Return the shape that the head must have, without the batch axis; None where any will do.

        Args:
            target: the shape of a head for the label that is to be answered.
        """
        return None

    def on(self, head: str) -> Decision:  # noqa: ARG002
        """Return the decision with a head where none is named; by default itself."""
        return self

    @abstractmethod
    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Return the answers, int64 ``(N,)``."""

    @abstractmethod
    def probability(self, heads: Mapping[str, Tensor]) -> Tensor | None:
        """Return the probability that the network gives to answer 1, float32 ``(N,)``.

        None where the answer is not a choice between 0 and 1.
        """


class LargestLogit(Decision):
    """The class with the largest logit of one head, ``(N, classes)``.

    Attributes:
        reads: the head; empty for that of the task's target.
    """

    reads: str = ""

    def __init__(self, reads: str = "") -> None:
        Spec.__init__(self, reads=reads)

    def on(self, head: str) -> LargestLogit:
        """Return the decision on a head where none is named."""
        return self if self.reads else LargestLogit(head)

    @property
    def head(self) -> str:
        """The head given."""
        return self.reads

    def head_shape(self, target: tuple[int, ...]) -> tuple[int, ...]:
        """Return the target's."""
        return target

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Return the position of the largest logit."""
        return heads[self.reads].argmax(dim=-1)

    def probability(self, heads: Mapping[str, Tensor]) -> Tensor | None:
        """Return the softmax probability of class 1 where there are two classes."""
        logits = heads[self.reads]
        return logits.float().softmax(dim=-1)[:, 1] if logits.shape[-1] == 2 else None


class CompareDigits(Decision):
    """1 where the first predicted digit is at most the second; reads logits ``(N, 2, 10)``."""

    reads: str = "digits"

    def __init__(self, reads: str = "digits") -> None:
        Spec.__init__(self, reads=reads)

    @property
    def head(self) -> str:
        """The head given."""
        return self.reads

    def head_shape(self, target: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ARG002
        """Return ten logits for each of two digits."""
        return (2, 10)

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Compare the two most likely digits."""
        first, second = heads[self.reads].argmax(dim=-1).unbind(dim=1)
        return (first <= second).long()

    def probability(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Return P(first <= second), the two digits' distributions taken as independent."""
        first, second = heads[self.reads].float().softmax(dim=-1).unbind(dim=1)
        # P(a <= b) = sum over a of p(a) * P(b >= a), the latter a cumulative sum from the end.
        at_least = second.flip(-1).cumsum(-1).flip(-1)
        return (first * at_least).sum(-1).clamp(0, 1)
