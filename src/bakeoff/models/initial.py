"""Initial weights other than torch's defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.spec import PositiveFloat, Spec

if TYPE_CHECKING:
    from torch import nn


class NormalWeights(Spec):
    """Weights of linear and convolution layers from a normal distribution, their biases zero.

    The mean is 0; the standard deviation is `sd`, or where it is None ``sqrt(2 / inputs)`` of each
    layer, which keeps the variance through ReLUs (He et al. 2015).

    Example:
        >>> Network(Linear(3), Head("label"), input=(4,), initial=NormalWeights(sd=0.01)).initial
        NormalWeights(sd=0.01)
    """

    sd: PositiveFloat | None = None

    def apply(self, net: nn.Module) -> None:
        """Draws the weights anew from torch's global generator."""
        from torch import nn

        for module in net.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                if self.sd is None:
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                else:
                    nn.init.normal_(module.weight, std=self.sd)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
