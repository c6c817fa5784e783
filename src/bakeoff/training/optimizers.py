"""Optimizers as frozen specs, built with torch's fused implementations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bakeoff.spec import Fraction, NonNegativeFloat, PositiveFloat, Spec

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer as TorchOptimizer


class Optimizer(Spec, ABC):
    """How parameters follow their gradients."""

    @abstractmethod
    def build(self, parameters: Iterable[nn.Parameter]) -> TorchOptimizer:
        """Return a torch optimizer over the parameters."""


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum; weight decay is added to gradients."""

    lr: PositiveFloat
    momentum: Fraction = 0.0
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> TorchOptimizer:
        """Return a `torch.optim.SGD`."""
        from torch import optim

        return optim.SGD(
            parameters,
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            fused=True,
        )


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015) with betas 0.9 and 0.999; weight decay is added to gradients."""

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> TorchOptimizer:
        """Return a `torch.optim.Adam`."""
        from torch import optim

        return optim.Adam(parameters, lr=self.lr, weight_decay=self.weight_decay, fused=True)


class Adagrad(Optimizer):
    """Adagrad (Duchi et al. 2011)."""

    lr: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> TorchOptimizer:
        """Return a `torch.optim.Adagrad`."""
        from torch import optim

        return optim.Adagrad(parameters, lr=self.lr, weight_decay=self.weight_decay, fused=True)
