"""Objectives: sums of losses, each tying a head to a label, and of penalties."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import Field

from bakeoff.data.metric import LabelKind
from bakeoff.errors import ModelError, SpecError
from bakeoff.spec import Fraction, NonNegativeFloat, PositiveFloat, Spec
from bakeoff.training.decision import Decision, LargestLogit, Threshold, Value

if TYPE_CHECKING:
    from torch import Tensor

Compute: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"
"""A scalar from a head's output and a label."""

Shape: TypeAlias = tuple[int, ...]


class ExponentialDecay(Spec):
    """A weight that starts at `initial` and is multiplied by `factor` after every epoch.

    Example:
        >>> [ExponentialDecay(initial=1.0, factor=0.5).at(epoch) for epoch in range(3)]
        [1.0, 0.5, 0.25]
    """

    initial: NonNegativeFloat
    factor: Annotated[float, Field(gt=0, le=1)]

    def at(self, epoch: int) -> float:
        """Returns the weight in an epoch, counted from 0."""
        return float(self.initial * self.factor**epoch)


class Loss(Spec, ABC):
    """How far a head's output is from a label. Subclass it with `compute`.

    Attributes:
        head: whose output; empty for the head of the task's target.
        label: of which name; None for the head's own.
        weight: what the loss is multiplied by; it may change with the epoch.

    Class attributes:
        kind: the labels that it is for, ``classes`` or ``numbers``; None for both.
        takes_soft_labels: whether its gradient is linear in the label, so that to mix the losses
            of two labels is to train on their mixture, as `Mixup` does.

    Example:
        >>> class Focal(Loss):
        ...     '''Cross-entropy that counts easy examples less (Lin et al. 2017).'''
        ...     kind = "classes"
        ...     gamma: float = 2.0
        ...     def compute(self, output, label):
        ...         from torch.nn.functional import cross_entropy
        ...         each = cross_entropy(output, label, reduction="none")
        ...         return ((1 - (-each).exp()) ** self.gamma * each).mean()
        >>> Objective(Focal(gamma=1.0))
        Objective(Focal(gamma=1.0))
    """

    kind: ClassVar[LabelKind | None] = None
    takes_soft_labels: ClassVar[bool] = False

    head: str = Field(default="", kw_only=False)
    label: str | None = None
    weight: NonNegativeFloat | ExponentialDecay = 1.0

    @abstractmethod
    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Returns the mean loss of a batch, a scalar that gradients flow through.

        Args:
            output: the head's, ``(N, ...)``, float32.
            label: int64 classes or float32 numbers, ``(N,)`` or ``(N, K)``.
        """

    def fitted(self, labels: Tensor, shape: Shape) -> Compute:  # noqa: ARG002
        """Returns what computes the loss on a round; by default `compute`.

        Args:
            labels: of the training split.
            shape: of the label's head, as `Task.labels` has it.
        """
        return self.compute

    def head_shapes(self, label: Shape) -> tuple[Shape, ...] | None:  # noqa: ARG002
        """Returns the shapes that the head may have, without the batch axis; None for any.

        Args:
            label: the shape of the label's head, as `Task.labels` has it.
        """
        return None

    def decision(self) -> Decision | None:
        """Returns how a head that is trained so is usually read; None where nothing is usual."""
        return None

    def averaged(self, outputs: Tensor) -> Tensor:
        """Returns the output that stands for several of one example: by default their mean.

        Args:
            outputs: of several views, or of the members of an ensemble, ``(several, N, ...)``.
        """
        return outputs.mean(0)

    @property
    def target(self) -> str:
        """The name of the label."""
        return self.label or self.head

    def weight_at(self, epoch: int) -> float:
        """Returns the weight in an epoch, counted from 0."""
        return self.weight.at(epoch) if isinstance(self.weight, ExponentialDecay) else self.weight


class UsualLoss(Loss):
    """Cross-entropy where the task's target is a class, squared error where it is a number."""

    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Raises an error: a study replaces it before anything is trained."""
        raise NotImplementedError("a study replaces the usual loss by that of its task")


class CrossEntropy(Loss):
    """Cross-entropy of a head's logits against the label of the same name, or of another.

    Logits ``(N, classes)`` against labels ``(N,)`` count their mean. Logits ``(N, K, classes)``
    against ``(N, K)`` count the sum over the K positions of the means: two digits, two losses.

    Attributes:
        balanced: weight each class by ``(N / classes) / count``, its count among the N labels of
            the training split, and take the weighted mean (King & Zeng 2001): rare classes then
            count as much. A class that does not occur has weight 0.
        class_weights: one for each class, by which the mean is weighted; empty for none.
        smoothing: the share of each label that is spread over all classes (Szegedy et al. 2016).

    Example:
        >>> CrossEntropy(smoothing=0.1)
        CrossEntropy(smoothing=0.1)
        >>> Objective(CrossEntropy("comparison"), CrossEntropy("digits", weight=0.5))
        Objective(CrossEntropy('comparison'), CrossEntropy('digits', weight=0.5))
    """

    kind = "classes"
    takes_soft_labels = True

    balanced: bool = False
    class_weights: tuple[NonNegativeFloat, ...] = ()
    smoothing: Fraction = 0.0

    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Returns the mean over examples, summed over positions."""
        return self._mean(output, label, None)

    def fitted(self, labels: Tensor, shape: Shape) -> Compute:
        """Returns what computes the loss with the weights of the classes."""
        import torch

        if not self.balanced and not self.class_weights:
            return self.compute
        weights = torch.ones(shape[-1])
        if self.class_weights:
            if len(self.class_weights) != shape[-1]:
                raise ModelError(
                    f"{self!r} has {len(self.class_weights)} class weights; the label "
                    f"{self.target!r} has {shape[-1]} classes"
                )
            weights = torch.tensor(self.class_weights)
        if self.balanced:
            counts = torch.bincount(labels.reshape(-1), minlength=shape[-1]).double()
            share = labels.numel() / shape[-1]
            weights = weights * torch.where(counts > 0, share / counts, 0.0).float()
        weights = weights.to(labels.device)
        return lambda output, label: self._mean(output, label, weights.to(output.dtype))

    def head_shapes(self, label: Shape) -> tuple[Shape, ...]:
        """Returns the label's own: a logit for each class."""
        return (label,)

    def decision(self) -> Decision:
        """Returns the class with the largest logit."""
        return LargestLogit(self.head)

    def averaged(self, outputs: Tensor) -> Tensor:
        """Returns the logarithm of the mean probability of each class."""
        return outputs.log_softmax(-1).logsumexp(0) - math.log(len(outputs))

    def _mean(self, logits: Tensor, label: Tensor, weights: Tensor | None) -> Tensor:
        from torch.nn.functional import cross_entropy

        mean = cross_entropy(
            logits.reshape(-1, logits.shape[-1]),
            label.reshape(-1),
            weight=weights,
            label_smoothing=self.smoothing,
        )
        # The mean over N * K items, times K, is the sum of the K means.
        positions = label[0].numel()
        return mean if positions == 1 else mean * positions


class BinaryCrossEntropy(Loss):
    """Cross-entropy of one logit against a yes-or-no label: a head of shape (N,) or (N, 1).

    Attributes:
        positive_weight: what examples of class 1 count by.

    Example:
        >>> import torch
        >>> loss = BinaryCrossEntropy(positive_weight=2.0)
        >>> round(float(loss.compute(torch.tensor([0.0, 3.0]), torch.tensor([0, 1]))), 3)
        0.395
    """

    kind = "classes"
    takes_soft_labels = True

    positive_weight: PositiveFloat = 1.0

    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Returns the mean over examples."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        weight = output.new_tensor(self.positive_weight)
        logits = output.reshape(label.shape)
        return binary_cross_entropy_with_logits(logits, label.to(output.dtype), pos_weight=weight)

    def head_shapes(self, label: Shape) -> tuple[Shape, ...]:
        """Returns that of one logit, for a label of two classes; none for any other."""
        return ((1,), ()) if label == (2,) else ()

    def decision(self) -> Decision:
        """Returns 1 where the probability is above a half."""
        return Threshold(self.head)

    def averaged(self, outputs: Tensor) -> Tensor:
        """Returns the logit of the mean probability."""
        from torch.nn.functional import logsigmoid

        yes, no = (logsigmoid(each).logsumexp(0) for each in (outputs, -outputs))
        return yes - no


class _OfNumbers(Loss, ABC):
    kind = "numbers"

    def head_shapes(self, label: Shape) -> tuple[Shape, ...]:
        """Returns the label's; of one output, also that without an axis for it."""
        return (label, ()) if label == (1,) else (label,)

    def decision(self) -> Decision:
        """Returns the output itself."""
        return Value(self.head)


class SquaredError(_OfNumbers):
    """The mean squared difference between a head's numbers and the label's.

    Example:
        >>> import torch
        >>> float(SquaredError().compute(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0])))
        2.0
    """

    takes_soft_labels = True

    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Returns the mean over examples and outputs."""
        from torch.nn.functional import mse_loss

        return mse_loss(output.reshape(label.shape), label.to(output.dtype))


class AbsoluteError(_OfNumbers):
    """The mean absolute difference between a head's numbers and the label's.

    Example:
        >>> import torch
        >>> float(AbsoluteError().compute(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0])))
        1.0
    """

    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Returns the mean over examples and outputs."""
        from torch.nn.functional import l1_loss

        return l1_loss(output.reshape(label.shape), label.to(output.dtype))


class Huber(_OfNumbers):
    """Squared error of small differences, absolute error of large ones (Huber 1964).

    Attributes:
        delta: the difference at which one turns into the other.

    Example:
        >>> import torch
        >>> float(Huber(delta=1.0).compute(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0])))
        0.75
    """

    delta: PositiveFloat = 1.0

    def compute(self, output: Tensor, label: Tensor) -> Tensor:
        """Returns the mean over examples and outputs."""
        from torch.nn.functional import huber_loss

        return huber_loss(output.reshape(label.shape), label.to(output.dtype), delta=self.delta)


class L2Penalty(Spec):
    """Adds `factor` times the sum of squares of all parameters.

    Example:
        >>> Objective(CrossEntropy(), L2Penalty(1e-3))
        Objective(CrossEntropy(), L2Penalty(0.001))
    """

    factor: PositiveFloat = Field(kw_only=False)


class L1Penalty(Spec):
    """Adds `factor` times the sum of absolute values of all parameters.

    Example:
        >>> Objective(CrossEntropy(), L1Penalty(1e-4))
        Objective(CrossEntropy(), L1Penalty(0.0001))
    """

    factor: PositiveFloat = Field(kw_only=False)


Term: TypeAlias = Loss | L2Penalty | L1Penalty


class Objective(Spec):
    """What training minimises: the sum of its terms.

    Example:
        >>> Objective(CrossEntropy("comparison"), L2Penalty(1e-4))
        Objective(CrossEntropy('comparison'), L2Penalty(0.0001))
    """

    terms: Annotated[tuple[Term, ...], Field(min_length=1)]

    def __init__(self, *terms: Term) -> None:
        for term in terms:
            if not isinstance(term, Term):
                raise SpecError(
                    f"Objective: given {_shown(term)}; its terms are losses and penalties: "
                    "CrossEntropy(), BinaryCrossEntropy(), SquaredError() and others, L2Penalty, "
                    "L1Penalty, or a class of your own that subclasses bakeoff.Loss"
                )
        Spec.__init__(self, terms=terms)

    def on(self, head: str, *, target: str, kind: LabelKind) -> Objective:
        """Returns the objective with a head, and the label it is held against, where none is named.

        Args:
            head: the head.
            target: the label.
            kind: what the label holds.
        """
        label = None if head == target else target
        usual = SquaredError() if kind == "numbers" else CrossEntropy()
        terms = (usual if isinstance(term, UsualLoss) else term for term in self.terms)
        return Objective(
            *(
                term.replace(head=head, label=term.label or label)
                if isinstance(term, Loss) and not term.head
                else term
                for term in terms
            )
        )

    def losses(self) -> tuple[Loss, ...]:
        """Returns the terms that read a head."""
        return tuple(term for term in self.terms if isinstance(term, Loss))


def _shown(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else repr(value)
