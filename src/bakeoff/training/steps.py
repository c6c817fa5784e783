"""Optimizers at work, on torch's functional forms with its fused kernels.

`torch.optim`'s classes import the compiler when they first step, which costs a worker a second or
two, and walk their parameter groups in every step. The functional forms they call do neither; the
numbers are theirs to the bit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.optim.adagrad import adagrad
from torch.optim.adam import adam
from torch.optim.radam import radam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from bakeoff.errors import ModelError

if TYPE_CHECKING:
    from bakeoff.training.optimizers import Optimizer, ParameterGroup, Stepper


class Steps(ABC):
    """Follows gradients; parameters without one are left alone."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, lr: float, weight_decay: float
    ) -> None:
        self.parameters = [p for p in parameters if p.requires_grad]
        self.lr, self.weight_decay = lr, weight_decay
        self.factor = 1.0

    @property
    def rate(self) -> float:
        """The learning rate of the next step: the optimizer's own, as a schedule has it."""
        return self.lr * self.factor

    def zero_grad(self) -> None:
        """Forgets all gradients."""
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Changes the parameters along their gradients."""
        chosen = [i for i, p in enumerate(self.parameters) if p.grad is not None]
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        if chosen:
            self._follow([self.parameters[i] for i in chosen], gradients, chosen)

    def state(self) -> dict[str, Tensor]:
        """Returns the tensors that steps remember, by name: copies of none of them."""
        return {
            f"{name}.{i}": tensor
            for name, tensors in self._memory().items()
            for i, tensor in enumerate(tensors)
        }

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        """Remembers what another's `state` gave.

        Raises:
            KeyError: it is the state of other steps, or on other parameters.
        """
        for name, tensor in self.state().items():
            tensor.copy_(state[name])

    @abstractmethod
    def _memory(self) -> dict[str, list[Tensor]]:
        """Returns the lists of tensors that steps remember, by name."""

    @abstractmethod
    def _follow(self, parameters: list[Tensor], gradients: list[Tensor], at: list[int]) -> None:
        """Changes the parameters; `at` are their positions among all."""

    def _zeros(self) -> list[Tensor]:
        return [torch.zeros_like(p) for p in self.parameters]

    def _counts(self, device: str | None = None) -> list[Tensor]:
        return [torch.zeros((), device=device or p.device) for p in self.parameters]


class AdamSteps(Steps):
    """As `torch.optim.Adam`, or `AdamW`: betas 0.9 and 0.999, epsilon 1e-8."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        lr: float,
        weight_decay: float,
        decoupled: bool = False,
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay)
        self.decoupled = decoupled
        self.means, self.squares, self.counts = self._zeros(), self._zeros(), self._counts()

    def _memory(self) -> dict[str, list[Tensor]]:
        return {"mean": self.means, "square": self.squares, "count": self.counts}

    def _follow(self, parameters: list[Tensor], gradients: list[Tensor], at: list[int]) -> None:
        adam(
            parameters,
            gradients,
            [self.means[i] for i in at],
            [self.squares[i] for i in at],
            [],
            [self.counts[i] for i in at],
            fused=True,
            decoupled_weight_decay=self.decoupled,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )


class SGDSteps(Steps):
    """As `torch.optim.SGD`, without dampening."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        lr: float,
        momentum: float,
        nesterov: bool,
        weight_decay: float,
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay)
        self.momentum, self.nesterov = momentum, nesterov
        # From zero, the first step's velocity is its gradient, as torch's empty buffer makes it.
        self.velocities: list[Tensor | None] = (
            list(self._zeros()) if momentum else [None] * len(self.parameters)
        )

    def _memory(self) -> dict[str, list[Tensor]]:
        return {"velocity": [v for v in self.velocities if v is not None]}

    def _follow(self, parameters: list[Tensor], gradients: list[Tensor], at: list[int]) -> None:
        sgd(
            parameters,
            gradients,
            [self.velocities[i] for i in at],
            fused=True,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            lr=self.rate,
            dampening=0.0,
            nesterov=self.nesterov,
            maximize=False,
        )


class AdagradSteps(Steps):
    """As `torch.optim.Adagrad`, epsilon 1e-10."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, lr: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay)
        self.squares, self.counts = self._zeros(), self._counts()

    def _memory(self) -> dict[str, list[Tensor]]:
        return {"square": self.squares, "count": self.counts}

    def _follow(self, parameters: list[Tensor], gradients: list[Tensor], at: list[int]) -> None:
        adagrad(
            parameters,
            gradients,
            [self.squares[i] for i in at],
            [self.counts[i] for i in at],
            # torch has the fused kernel on CPUs only.
            fused=parameters[0].device.type == "cpu",
            lr=self.rate,
            weight_decay=self.weight_decay,
            lr_decay=0.0,
            eps=1e-10,
            maximize=False,
        )


class RMSpropSteps(Steps):
    """As `torch.optim.RMSprop`, epsilon 1e-8, not centred."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        lr: float,
        smoothing: float,
        momentum: float,
        weight_decay: float,
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay)
        self.smoothing, self.momentum = smoothing, momentum
        # torch reads counts one by one here, which would make a GPU wait.
        self.squares, self.counts = self._zeros(), self._counts("cpu")
        self.velocities = self._zeros() if momentum else []

    def _memory(self) -> dict[str, list[Tensor]]:
        return {"square": self.squares, "velocity": self.velocities, "count": self.counts}

    def _follow(self, parameters: list[Tensor], gradients: list[Tensor], at: list[int]) -> None:
        rmsprop(
            parameters,
            gradients,
            [self.squares[i] for i in at],
            [],
            [self.velocities[i] for i in at if self.velocities],
            [self.counts[i] for i in at],
            foreach=parameters[0].device.type != "cpu",
            lr=self.rate,
            alpha=self.smoothing,
            eps=1e-8,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            centered=False,
        )


class RAdamSteps(Steps):
    """As `torch.optim.RAdam`, betas 0.9 and 0.999, epsilon 1e-8."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, lr: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay)
        # torch reads counts one by one here, which would make a GPU wait.
        self.means, self.squares, self.counts = self._zeros(), self._zeros(), self._counts("cpu")

    def _memory(self) -> dict[str, list[Tensor]]:
        return {"mean": self.means, "square": self.squares, "count": self.counts}

    def _follow(self, parameters: list[Tensor], gradients: list[Tensor], at: list[int]) -> None:
        radam(
            parameters,
            gradients,
            [self.means[i] for i in at],
            [self.squares[i] for i in at],
            [self.counts[i] for i in at],
            foreach=parameters[0].device.type != "cpu",
            beta1=0.9,
            beta2=0.999,
            lr=self.rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
        )


class GroupedSteps:
    """Several steppers as one, each on parameters of its own."""

    def __init__(self, steppers: Sequence[Stepper]) -> None:
        self.steppers = tuple(steppers)

    def zero_grad(self) -> None:
        """Forgets all gradients."""
        for stepper in self.steppers:
            stepper.zero_grad()

    def step(self) -> None:
        """Changes the parameters of all groups."""
        for stepper in self.steppers:
            stepper.step()


def grouped(net: nn.Module, groups: Sequence[ParameterGroup]) -> tuple[tuple[str, ...], ...]:
    """Returns the names of the parameters that each group holds.

    Args:
        net: as it is written, before any of its layers is replaced by a faster one.
        groups: in order.

    Raises:
        ModelError: a group holds none.
    """
    holders = {
        id(p): (f"{path}.{name}".lstrip("."), type(module).__name__)
        for path, module in net.named_modules()
        for name, p in module.named_parameters(recurse=False)
    }
    left = {name: holders[id(p)] for name, p in net.named_parameters()}
    names = []
    for group in groups:
        fitting = tuple(
            name
            for name, (_, layer) in left.items()
            if fnmatchcase(name, group.name) and fnmatchcase(layer, group.layer)
        )
        if not fitting:
            there = ", ".join(f"{name} ({layer})" for name, (_, layer) in left.items())
            raise ModelError(
                f"no parameter fits {group!r}; there are {there or 'none that no other group has'}"
            )
        for name in fitting:
            del left[name]
        names.append(fitting)
    return tuple(names)


def build_steps(optimizer: Optimizer, net: nn.Module, names: Sequence[tuple[str, ...]]) -> Stepper:
    """Returns the optimizer at work on a network, with rates of their own for its groups.

    Parameters of a group with a rate of 0 are frozen: no gradient is computed for them.

    Args:
        optimizer: with `groups`.
        net: whose parameters it changes.
        names: of the parameters of each group, as `grouped` gives them.
    """
    if not optimizer.groups:
        return optimizer.build(net.parameters())
    parameters = dict(net.named_parameters())
    steppers = []
    for group, held in zip(optimizer.groups, names, strict=True):
        own = [parameters.pop(name) for name in held]
        changes = {name: getattr(group, name) for name in ("lr", "weight_decay")}
        changes = {name: value for name, value in changes.items() if value is not None}
        if group.lr == 0:
            for parameter in own:
                parameter.requires_grad_(False)
        else:
            steppers.append(optimizer.replace(groups=(), **changes).build(own))
    if any(p.requires_grad for p in parameters.values()):
        steppers.append(optimizer.replace(groups=()).build(parameters.values()))
    return GroupedSteps(steppers)


def scale_rate(optimizer: Stepper, factor: float) -> None:
    """Multiplies the optimizer's own learning rate, for the steps that follow.

    Raises:
        ModelError: nobody knows where it keeps its rate.
    """
    if isinstance(optimizer, GroupedSteps):
        for stepper in optimizer.steppers:
            scale_rate(stepper, factor)
    elif isinstance(optimizer, Steps):
        optimizer.factor = factor
    elif isinstance(optimizer, torch.optim.Optimizer):
        for group in optimizer.param_groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"]) * factor
    else:
        raise ModelError(
            f"the optimizer builds a {type(optimizer).__name__}, whose learning rate no schedule "
            "can change; build one of torch.optim, or a bakeoff.training.steps.Steps, or give the "
            "recipe no schedule"
        )
