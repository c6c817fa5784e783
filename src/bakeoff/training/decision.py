"""Decisions: how the heads of a network become one answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from bakeoff.data.metric import LabelKind
from bakeoff.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor


Shape: TypeAlias = tuple[int, ...]


class Decision(Spec, ABC):
    """Turns heads into an answer for each example. Subclass it with `answer`.

    Attributes:
        reads: the head; empty for that of the task's target.

    Class attributes:
        kind: what it answers, ``classes`` or ``numbers``.
        gives_probabilities: whether it knows the probability of each class.
        reads_batch: whether an answer depends on the other examples of a batch. Such a variant is
            not exported, and gives no answer to a single example.

    Example:
        >>> class Careful(Decision):
        ...     '''Answers 1 only where the logit is far above 0.'''
        ...     def answer(self, heads):
        ...         return (heads[self.head] > 3).long().flatten()
        >>> import torch
        >>> Careful("label").answer({"label": torch.tensor([1.0, 5.0])}).tolist()
        [0, 1]
    """

    kind: ClassVar[LabelKind] = "classes"
    gives_probabilities: ClassVar[bool] = False
    reads_batch: ClassVar[bool] = False

    reads: str = Field(default="", kw_only=False)

    @property
    def head(self) -> str:
        """The name of the head that is read."""
        return self.reads

    def head_shapes(
        self,
        labels: Mapping[str, Shape],  # noqa: ARG002
        target: str,  # noqa: ARG002
    ) -> tuple[Shape, ...] | None:
        """Returns the shapes that the head may have, without the batch axis; None for any.

        Args:
            labels: the shape of a head for each label, as `Task.labels`.
            target: the label that is to be answered.
        """
        return None

    def on(self, head: str) -> Decision:
        """Returns the decision with a head where none is named."""
        return self if self.reads else self.replace(reads=head)

    @abstractmethod
    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns the answers: int64 classes ``(N,)``, or numbers, ``(N,)`` or ``(N, outputs)``."""

    def scores(self, heads: Mapping[str, Tensor]) -> Tensor | None:
        """Returns scores ``(N, classes)``, larger for likelier classes; None where there are none.

        By default they are the probabilities.
        """
        return self.probabilities(heads)

    def probabilities(self, heads: Mapping[str, Tensor]) -> Tensor | None:  # noqa: ARG002
        """Returns the probability of each class, float32 ``(N, classes)``; None by default."""
        return None


class UsualDecision(Decision):
    """As heads are usually read that are trained by the loss of the decision's head."""

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Raises an error: a study replaces it before anything is trained."""
        raise NotImplementedError("a study replaces the usual decision by that of the loss")


class LargestLogit(Decision):
    """The class with the largest logit of one head, ``(N, classes)``.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[0.1, 2.0], [3.0, 1.0]])
        >>> LargestLogit("label").answer({"label": logits}).tolist()
        [1, 0]
    """

    gives_probabilities = True

    def head_shapes(self, labels: Mapping[str, Shape], target: str) -> tuple[Shape, ...]:
        """Returns the target's."""
        return (labels[target],)

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns the position of the largest logit."""
        return heads[self.reads].argmax(dim=-1)

    def scores(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns the logits."""
        return heads[self.reads]

    def probabilities(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns the softmax of the logits."""
        return heads[self.reads].float().softmax(dim=-1)


class Threshold(Decision):
    """1 where the probability of one logit, ``(N,)`` or ``(N, 1)``, is above a threshold.

    Attributes:
        at: the threshold.

    Example:
        >>> import torch
        >>> Threshold("label", at=0.9).answer({"label": torch.tensor([0.5, 4.0])}).tolist()
        [0, 1]
    """

    gives_probabilities = True

    at: Annotated[float, Field(gt=0, lt=1)] = 0.5

    def head_shapes(self, labels: Mapping[str, Shape], target: str) -> tuple[Shape, ...]:
        """Returns that of one logit, for a target of two classes; none for any other."""
        return ((1,), ()) if labels[target] == (2,) else ()

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns 0 or 1."""
        return (heads[self.reads].float().sigmoid().flatten() > self.at).long()

    def probabilities(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns those of 0 and of 1."""
        return _of_two(heads[self.reads].float().sigmoid().flatten())


class Value(Decision):
    """The number, or numbers, that a head gives: ``(N,)``, ``(N, 1)`` or ``(N, outputs)``.

    Example:
        >>> import torch
        >>> Value("price").answer({"price": torch.tensor([[1.5], [2.5]])}).tolist()
        [1.5, 2.5]
    """

    kind = "numbers"

    def head_shapes(self, labels: Mapping[str, Shape], target: str) -> tuple[Shape, ...]:
        """Returns the target's; of one output, also that without an axis for it."""
        shape = labels[target]
        return (shape, ()) if shape == (1,) else (shape,)

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns the head's output; of one output ``(N,)``."""
        output = heads[self.reads]
        return output.squeeze(-1) if output.dim() == 2 and output.shape[1] == 1 else output


class CompareDigits(Decision):
    """1 where the first digit is at most the second; reads logits ``(N, 2, classes)``.

    Attributes:
        by: ``digits`` compares the two most likely digits; ``probability`` answers 1 where P(first
            <= second) is a half or more, which weighs digits that are in doubt.

    Example:
        >>> import torch
        >>> logits = torch.eye(10)[torch.tensor([[3, 7], [8, 2]])]
        >>> CompareDigits("digits").answer({"digits": logits}).tolist()
        [1, 0]
    """

    gives_probabilities = True

    reads: str = Field(default="digits", kw_only=False)
    by: Literal["digits", "probability"] = "digits"

    def head_shapes(self, labels: Mapping[str, Shape], target: str) -> tuple[Shape, ...]:  # noqa: ARG002
        """Returns that of the label ``digits``, two positions of as many classes; else none."""
        return (labels["digits"],) if "digits" in labels else ()

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns 1 where the first is at most the second."""
        if self.by == "probability":
            return (self.probabilities(heads)[:, 1] >= 0.5).long()
        first, second = heads[self.reads].argmax(dim=-1).unbind(dim=1)
        return (first <= second).long()

    def probabilities(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns P(first > second) and P(first <= second), the two digits being independent."""
        first, second = heads[self.reads].float().softmax(dim=-1).unbind(dim=1)
        # P(a <= b) = sum over a of p(a) * P(b >= a), the latter a cumulative sum from the end.
        at_least = second.flip(-1).cumsum(-1).flip(-1)
        return _of_two((first * at_least).sum(-1).clamp(0, 1))


def _of_two(probability: Tensor) -> Tensor:
    """Returns the probabilities of 0 and 1, ``(N, 2)``, from that of 1, ``(N,)``."""
    import torch

    return torch.stack([1 - probability, probability], dim=-1)
