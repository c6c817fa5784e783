"""What the functions share: tensors as arrays, and torch's own way for what arrays cannot do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from bakeoff.models.kernels.compiler import Array, Real

Gradients: TypeAlias = tuple[Tensor | None, ...]


class After(NamedTuple):
    """What follows scale and shift: ReLU, and the maximum of each 2x2 window."""

    relu: bool
    pool: bool

    def floor(self, x: Tensor) -> Real:
        """Returns the value that kernels let nothing fall below, in the type of `x`."""
        value = 0.0 if self.relu else math.nan
        return np.float32(value) if x.dtype == torch.float32 else np.float64(value)

    def plain(self, y: Tensor) -> Tensor:
        """Returns what torch makes of `y`."""
        y = functional.relu(y) if self.relu else y
        return functional.max_pool2d(y, 2) if self.pool else y


class Running(NamedTuple):
    """Running statistics ``(C,)`` each, and the weight of a new batch in them."""

    mean: Tensor
    variance: Tensor
    factor: float


def array(x: Tensor) -> Array:
    """Returns the memory of channels-last images as ``(N, H, W, C)``."""
    images: Array = x.detach().permute(0, 2, 3, 1).numpy()
    return images


def vector(x: Tensor) -> Array:
    """Returns the memory of a parameter or buffer ``(C,)``."""
    values: Array = x.detach().numpy()
    return values


def gradient_array(x: Tensor) -> Array:
    """Returns a gradient of images, in whatever layout it comes, as ``(N, H, W, C)``."""
    return array(x.contiguous(memory_format=torch.channels_last))


def new_images(n: int, channels: int, height: int, width: int, like: Tensor) -> Tensor:
    """Returns channels-last images, not filled, of the type of `like`."""
    size = (n, channels, height, width)
    return torch.empty(size, dtype=like.dtype, memory_format=torch.channels_last)


def new_places(out: Tensor) -> Tensor:
    """Returns the uint8 ``(N, H, W, C)``, not filled, that pooling into `out` fills."""
    n, channels, height, width = out.shape
    return torch.empty((n, height, width, channels), dtype=torch.uint8)


def differentiable(
    ctx: Any, plain: Callable[..., Tensor], inputs: tuple[Tensor | None, ...], gradient: Tensor
) -> Gradients:
    """Returns the gradients of the first inputs, such that they have gradients in their turn.

    Torch's own operations are run again, on the graph of the inputs.

    Args:
        ctx: of the function, which tells the inputs that need a gradient.
        plain: the function of `inputs`, in torch's operations.
        inputs: as they were given to the function, from the first on.
        gradient: of the output.
    """
    needed = ctx.needs_input_grad[: len(inputs)]
    wanted = [x for x, need in zip(inputs, needed, strict=True) if need and x is not None]
    gradients = iter(torch.autograd.grad(plain(*inputs), wanted, gradient, create_graph=True))
    return tuple(next(gradients) if need else None for need in needed)
