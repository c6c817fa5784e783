"""Optimizers as frozen specs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, Self

from pydantic import model_validator

from bakeoff.spec import Fraction, NonNegativeFloat, PositiveFloat, Spec

if TYPE_CHECKING:
    from torch import nn


class Stepper(Protocol):
    """What training needs of an optimizer at work; those of `torch.optim` have it too."""

    def zero_grad(self) -> None:
        """Forgets all gradients."""

    def step(self) -> object:
        """Changes the parameters along their gradients."""


class ParameterGroup(Spec):
    """Parameters with a learning rate or a weight decay of their own.

    A parameter belongs to the first group that it fits; the others follow the optimizer itself.

    Attributes:
        name: of the parameters, as the built network's `named_parameters` has them, with ``*`` for
            anything: ``*.bias``.
        layer: the class of the torch module that holds them, likewise: ``BatchNorm*``.
        lr: instead of the optimizer's; 0 freezes them. None for the optimizer's.
        weight_decay: likewise.

    Example:
        >>> Adam(lr=1e-3, groups=(ParameterGroup(layer="Conv2d", lr=1e-4),))
        Adam(groups=(ParameterGroup(layer='Conv2d', lr=0.0001),), lr=0.001)
    """

    name: str = "*"
    layer: str = "*"
    lr: NonNegativeFloat | None = None
    weight_decay: NonNegativeFloat | None = None

    @model_validator(mode="after")
    def _changes(self) -> Self:
        if self.lr is None and self.weight_decay is None:
            raise ValueError("ParameterGroup: give it an lr or a weight_decay of its own")
        return self


class Optimizer(Spec, ABC):
    """How parameters follow their gradients. Subclass it to bring another.

    Attributes:
        groups: parameters with rates of their own; they need the fields that they set, `lr` and
            `weight_decay`.

    Example:
        >>> network = Network(Linear(3), Head("label"), input=(4,))
        >>> Variant(name="a", model=network, optimizer=SGD(lr=0.1)).optimizer.lr
        0.1
    """

    groups: tuple[ParameterGroup, ...] = ()

    @model_validator(mode="after")
    def _has_what_groups_set(self) -> Self:
        for group in self.groups:
            for name in ("lr", "weight_decay"):
                if getattr(group, name) is not None and name not in type(self).model_fields:
                    raise ValueError(
                        f"{type(self).__name__}.groups: {group!r} sets {name}, which "
                        f"{type(self).__name__} does not have"
                    )
        return self

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the optimizer at work on the parameters."""


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum; weight decay is added to gradients.

    Attributes:
        lr: what a gradient is multiplied by.
        momentum: the share of the last step that the next one keeps.
        weight_decay: the share of a parameter that is added to its gradient.
        nesterov: look ahead along the momentum (Nesterov 1983; Sutskever et al. 2013).

    Example:
        >>> SGD(lr=0.1, momentum=0.9, nesterov=True)
        SGD(lr=0.1, momentum=0.9, nesterov=True)
    """

    lr: PositiveFloat
    momentum: Fraction = 0.0
    weight_decay: NonNegativeFloat = 0.0
    nesterov: bool = False

    @model_validator(mode="after")
    def _has_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError(
                "SGD.nesterov: given True with momentum 0.0; it looks ahead along the momentum, "
                "which must be above 0: SGD(lr=0.1, momentum=0.9, nesterov=True)"
            )
        return self

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the steps of `torch.optim.SGD`."""
        from bakeoff.training.steps import SGDSteps

        return SGDSteps(
            parameters,
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
        )


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015) with betas 0.9 and 0.999; weight decay is added to gradients.

    Example:
        >>> Adam(lr=1e-3)
        Adam(lr=0.001)
        >>> Adam(lr=1e-3, groups=(ParameterGroup(layer="BatchNorm", weight_decay=0.0),))
        Adam(groups=(ParameterGroup(layer='BatchNorm', weight_decay=0.0),), lr=0.001)
    """

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the steps of `torch.optim.Adam`."""
        from bakeoff.training.steps import AdamSteps

        return AdamSteps(parameters, lr=self.lr, weight_decay=self.weight_decay)


class AdamW(Optimizer):
    """Adam whose weight decay shrinks parameters, apart from gradients (Loshchilov & Hutter 2019).

    Attributes:
        lr: the size of a step.
        weight_decay: each step first shrinks parameters by `lr` times this.

    Example:
        >>> AdamW(lr=1e-3, weight_decay=0.05)
        AdamW(lr=0.001, weight_decay=0.05)
    """

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.01

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the steps of `torch.optim.AdamW`."""
        from bakeoff.training.steps import AdamSteps

        return AdamSteps(parameters, lr=self.lr, weight_decay=self.weight_decay, decoupled=True)


class RAdam(Optimizer):
    """Adam with its first steps rectified (Liu et al. 2020), so that it needs no warm-up.

    Betas are 0.9 and 0.999; weight decay is added to gradients.

    Example:
        >>> RAdam(lr=1e-3)
        RAdam(lr=0.001)
    """

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the steps of `torch.optim.RAdam`."""
        from bakeoff.training.steps import RAdamSteps

        return RAdamSteps(parameters, lr=self.lr, weight_decay=self.weight_decay)


class RMSprop(Optimizer):
    """Gradients divided by the root of their mean square (Hinton 2012).

    Attributes:
        lr: the size of a step.
        smoothing: the share of the mean square that the next step keeps; torch calls it alpha.
        momentum: the share of the last step that the next one keeps.
        weight_decay: the share of a parameter that is added to its gradient.

    Example:
        >>> RMSprop(lr=1e-3, momentum=0.9)
        RMSprop(lr=0.001, momentum=0.9)
    """

    lr: PositiveFloat
    smoothing: Fraction = 0.99
    momentum: Fraction = 0.0
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the steps of `torch.optim.RMSprop`."""
        from bakeoff.training.steps import RMSpropSteps

        return RMSpropSteps(
            parameters,
            lr=self.lr,
            smoothing=self.smoothing,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
        )


class Adagrad(Optimizer):
    """Adagrad (Duchi et al. 2011).

    Example:
        >>> Adagrad(lr=0.01)
        Adagrad(lr=0.01)
    """

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Returns the steps of `torch.optim.Adagrad`."""
        from bakeoff.training.steps import AdagradSteps

        return AdagradSteps(parameters, lr=self.lr, weight_decay=self.weight_decay)
