"""Optimizers as frozen specs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from bakeoff.spec import Fraction, NonNegativeFloat, PositiveFloat, Spec

if TYPE_CHECKING:
    from torch import nn


class Stepper(Protocol):
    """What training needs of an optimizer at work; those of `torch.optim` have it too."""

    def zero_grad(self) -> None:
        """Forget all gradients."""

    def step(self) -> object:
        """Change the parameters along their gradients."""


class Optimizer(Spec, ABC):
    """How parameters follow their gradients. Subclass it to bring another."""

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Return the optimizer at work on the parameters."""


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum; weight decay is added to gradients."""

    lr: PositiveFloat
    momentum: Fraction = 0.0
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Return the steps of `torch.optim.SGD`."""
        from bakeoff.training.steps import SGDSteps

        return SGDSteps(
            parameters, lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay
        )


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015) with betas 0.9 and 0.999; weight decay is added to gradients."""

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Return the steps of `torch.optim.Adam`."""
        from bakeoff.training.steps import AdamSteps

        return AdamSteps(parameters, lr=self.lr, weight_decay=self.weight_decay)


class Adagrad(Optimizer):
    """Adagrad (Duchi et al. 2011)."""

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> Stepper:
        """Return the steps of `torch.optim.Adagrad`."""
        from bakeoff.training.steps import AdagradSteps

        return AdagradSteps(parameters, lr=self.lr, weight_decay=self.weight_decay)
