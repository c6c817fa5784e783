"""Weight averaging: a second set of weights, the mean of those that training goes through."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from bakeoff.spec import Fraction, Spec
from bakeoff.training.schedules import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn


class Averaging(Spec, ABC):
    """How weights are averaged as training goes on. Subclass it with `share`.

    Curves, final figures and answers are those of the average; gradients are taken at the weights
    themselves. The average begins as a copy of the initial weights.

    Class attributes:
        renews_norm: what batch norm does. False averages its running statistics as weights are;
            True gathers them anew for an average of several, in one pass over the training split
            before it is measured, not augmented (Izmailov et al. 2018).

    Example:
        >>> class Last(Averaging):
        ...     '''No average: the weights as they are.'''
        ...     def share(self, step, steps, epoch_steps):
        ...         return 1.0
        >>> Last().share(0, 10, 5)
        1.0
    """

    renews_norm: ClassVar[bool] = False

    @abstractmethod
    def share(self, step: int, steps: int, epoch_steps: int) -> float:
        """Returns the share of the new weights in the average, from 0 to 1.

        Args:
            step: that was just taken, from 0 up to `steps` - 1.
            steps: of the whole training, all its epochs.
            epoch_steps: of one epoch.
        """


class EMA(Averaging):
    """The exponential moving average of the weights after each step (Polyak & Juditsky 1992).

    Running statistics of batch norm are averaged as weights are.

    Attributes:
        decay: the share that the average keeps at a step; in the first steps less, (1 + step) /
            (10 + step), so that the initial weights are soon forgotten.

    Example:
        >>> EMA(decay=0.9).share(0, 1000, 10)
        0.9
        >>> round(EMA(decay=0.9).share(500, 1000, 10), 3)
        0.1
    """

    decay: Fraction = 0.995

    def share(self, step: int, steps: int, epoch_steps: int) -> float:  # noqa: ARG002
        """Returns what the average does not keep."""
        return 1 - min(self.decay, (1 + step) / (10 + step))


class SWA(Averaging):
    """The mean of the weights at the end of the last epochs (Izmailov et al. 2018).

    Before these the weights themselves are measured. The running statistics of batch norm are
    gathered anew for the mean.

    Attributes:
        start: the share of the training after which weights count.

    Example:
        >>> [round(SWA(start=0.5).share(step, 8, 2), 2) for step in range(8)]
        [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.5]
    """

    renews_norm = True

    start: Annotated[float, Field(ge=0, lt=1)] = 0.75

    def share(self, step: int, steps: int, epoch_steps: int) -> float:
        """Returns 1 up to the start, then 1 / n after the nth epoch, else 0."""
        first = int(self.start * steps / epoch_steps + ROUNDING)
        epochs, rest = divmod(step + 1, epoch_steps)
        if epochs < first or (epochs == first and not rest):
            return 1.0
        return 0.0 if rest else 1 / max(1, epochs - first)


def fold_in(average: nn.Module, net: nn.Module, share: float) -> None:
    """Moves an average towards a network: parameters and buffers of floating point.

    Args:
        average: of the same shape; other buffers become the network's.
        net: whose weights are new.
        share: of the new weights; 1 makes the average the network.
    """
    import torch

    if share == 0:
        return
    with torch.no_grad():
        old, new = average.state_dict(), net.state_dict()
        if share < 1:
            moved = [name for name, tensor in old.items() if tensor.is_floating_point()]
            means, values = ([each[name] for name in moved] for each in (old, new))
            torch._foreach_lerp_(means, values, share)
        for name, tensor in old.items():
            if share == 1 or not tensor.is_floating_point():
                tensor.copy_(new[name])


def renew_norm(net: nn.Module, batches: Sequence[Tensor]) -> None:
    """Gathers the running statistics of batch norm anew; dropout is on, as while training.

    Args:
        net: in whatever mode; it is in training mode afterwards.
        batches: of inputs.
    """
    import torch
    from torch.nn.modules.batchnorm import _BatchNorm

    norms = [module for module in net.modules() if isinstance(module, _BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # The plain mean over batches.
    net.train()
    with torch.random.fork_rng(), torch.no_grad():
        for inputs in batches:
            net(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
