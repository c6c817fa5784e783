"""Batch norm, ReLU and pooling of images as one module: one pass over memory instead of three.

On a CPU these layers cost a small network more than its convolutions, and nearly all of it is
memory traffic. `block` gives the module. It runs the compiled `kernels`, in training and in
evaluation, where `_fits` says that they apply, and torch's own operations everywhere else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from bakeoff.models.kernels.functions import After, Running, affine, batch_norm

_WINDOW = 2  # the pooling window that the kernels know


def block(norm: int | None, *, relu: bool, pool: int | None) -> nn.Module:
    """Return batch norm, then ReLU, then max-pooling of images, any of them left out.

    Max-pooling before ReLU is the same function, so the order of these two does not matter.

    Args:
        norm: the number of channels to normalise; None for no batch norm.
        relu: whether ReLU follows.
        pool: the side of the pooling window, windows not overlapping; None for no pooling.

    Returns:
        A module that maps ``(N, C, H, W)`` to ``(N, C, H // pool, W // pool)`` and gives what
        torch's modules give one after the other, up to rounding. With `norm` it is a
        `torch.nn.BatchNorm2d`, its parameters and buffers under their usual names.
    """
    if norm is not None:
        return FusedNorm(norm, relu=relu, pool=pool)
    if pool == _WINDOW:
        return FusedPool(relu=relu)
    rest: list[nn.Module] = [nn.ReLU()] if relu else []
    return nn.Sequential(*rest, *([] if pool is None else [nn.MaxPool2d(pool)]))


class FusedNorm(nn.BatchNorm2d):
    """Batch normalisation, then ReLU and max-pooling where asked for."""

    def __init__(
        self,
        channels: int,
        *,
        relu: bool = False,
        pool: int | None = None,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
    ) -> None:
        super().__init__(channels, eps=eps, momentum=momentum)
        self.relu = relu
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, C, H // pool, W // pool)`` for ``(N, C, H, W)``."""
        after = After(self.relu, self.pool == _WINDOW)
        mean, variance = self.running_mean, self.running_var
        # One value in a channel has no variance: torch says so better.
        alone = self.training and x.numel() == self.num_features
        if mean is None or variance is None or alone or not _fits(x, after, self.weight, mean):
            y = super().forward(x)
            y = functional.relu(y) if self.relu else y
            return y if self.pool is None else functional.max_pool2d(y, self.pool)
        x = x.contiguous(memory_format=torch.channels_last)
        y = (
            batch_norm(x, self.weight, self.bias, self.eps, self._count(mean, variance), after)
            if self.training
            else affine(x, self.weight, self.bias, (mean, variance), self.eps, after)
        )
        return y if self.pool is None or after.pool else functional.max_pool2d(y, self.pool)

    def extra_repr(self) -> str:
        """Return the settings, in the constructor's words."""
        norm = super().extra_repr()  # type: ignore[no-untyped-call]
        return f"{norm}, relu={self.relu}, pool={self.pool}"

    def _count(self, mean: Tensor, variance: Tensor) -> Running:
        batches = self.num_batches_tracked
        if batches is not None:
            batches.add_(1)
        if self.momentum is not None:
            return Running(mean, variance, self.momentum)
        return Running(mean, variance, 1.0 if batches is None else 1 / int(batches))


class FusedPool(nn.Module):
    """Max-pooling of 2x2 windows, after ReLU where asked for."""

    def __init__(self, *, relu: bool = False) -> None:
        super().__init__()
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, C, H // 2, W // 2)`` for ``(N, C, H, W)``."""
        after = After(self.relu, pool=True)
        if not _fits(x, after):
            return functional.max_pool2d(functional.relu(x) if self.relu else x, _WINDOW)
        x = x.contiguous(memory_format=torch.channels_last)
        return affine(x, None, None, None, 0.0, after)

    def extra_repr(self) -> str:
        """Return the settings, in the constructor's words."""
        return f"relu={self.relu}"


def _fits(x: Tensor, after: After, *vectors: Tensor) -> bool:
    """Whether the kernels can take `x` with these parameters and buffers, one for a channel."""
    return (
        x.dim() == 4
        and x.dtype in {torch.float32, torch.float64}
        and x.device.type == "cpu"
        # The kernels check nothing: a wrong size would read and write other memory.
        and all(
            each.dtype == x.dtype and each.device == x.device and each.numel() == x.shape[1]
            for each in vectors
        )
        and x.numel() > 0
        and (not after.pool or min(x.shape[2:]) >= _WINDOW)
        # Arrays cannot be taken from what stands for a tensor, nor traced by a compiler.
        and type(x) in {Tensor, nn.Parameter}
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
    )
