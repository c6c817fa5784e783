"""The kernels as differentiable functions of torch tensors.

All take images ``(N, C, H, W)`` on the CPU, channels-last and not empty, float32 or float64, and
parameters of the same type: what `bakeoff.models.fused` sees to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

from bakeoff.models.kernels import backward, forward
from bakeoff.models.kernels.compiler import Array, Real

Gradients: TypeAlias = tuple[Tensor | None, ...]


class After(NamedTuple):
    """What follows scale and shift: ReLU, and the maximum of each 2x2 window."""

    relu: bool
    pool: bool


class Running(NamedTuple):
    """Running statistics ``(C,)`` each, and the weight of a new batch in them."""

    mean: Tensor
    variance: Tensor
    factor: float


class _BatchNorm(Function):
    """Normalisation by the batch's own statistics, then activation and pooling."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        eps: float,
        running: Running,
        after: After,
    ) -> Tensor:
        """Return the output and update `running`; a channel has two values or more."""
        out, floor = _output(x, after), _floor(x, after)
        moved = running.mean.numpy(), running.variance.numpy()
        given = _array(x), _vector(weight), _vector(bias), moved, running.factor, eps, floor
        if after.pool:
            picked, which = torch.empty_like(out), _places(out)
            ctx.line = forward.batch_norm_pool(*given, _array(picked), which.numpy(), _array(out))
            ctx.save_for_backward(x, weight, bias, picked, which)
        else:
            ctx.line = forward.batch_norm(*given, _array(out))
            ctx.save_for_backward(x, weight, bias)
        ctx.eps, ctx.after = eps, after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        """Return the gradients of x, weight and bias."""
        x, weight, bias, *pooled = ctx.saved_tensors
        if torch.is_grad_enabled():

            def plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                y = functional.batch_norm(x, None, None, weight, bias, training=True, eps=ctx.eps)
                return _followed(y, ctx.after)

            return *_differentiable(ctx, plain, (x, weight, bias), gradients[0]), *[None] * 3
        of_x, of_weight, of_bias = (torch.empty_like(each) for each in (x, weight, bias))
        images, given, floor = _array(x), _gradient(gradients[0]), _floor(x, ctx.after)
        results = of_weight.numpy(), of_bias.numpy(), _array(of_x)
        if pooled:
            picked, which = _array(pooled[0]), pooled[1].numpy()
            backward.batch_norm_pool(images, given, picked, which, ctx.line, floor, *results)
        else:
            backward.batch_norm(images, given, ctx.line, floor, *results)
        return of_x, of_weight, of_bias, None, None, None


class _Affine(Function):
    """Scale and shift by given statistics, or none of it, then activation and pooling."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        statistics: tuple[Tensor, Tensor] | None,
        eps: float,
        after: After,
    ) -> Tensor:
        """Return the output; nothing is scaled and shifted where weight, bias or both lack."""
        images, out, floor = _array(x), _output(x, after), _floor(x, after)
        if weight is None or bias is None or statistics is None:
            ctx.line = forward.identity(images)
        else:
            mean, variance = (each.numpy() for each in statistics)
            ctx.line = forward.table(mean, variance, _vector(weight), _vector(bias), eps)
        which = None
        if after.pool:
            which = _places(out)
            forward.affine_pool(images, ctx.line, floor, _array(out), which.numpy())
        else:
            forward.affine(images, ctx.line, floor, _array(out))
        ctx.save_for_backward(x, weight, bias, which)
        ctx.after = after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        """Return the gradients of x, weight and bias."""
        x, weight, bias, which = ctx.saved_tensors
        if torch.is_grad_enabled():
            mean, inverse = torch.from_numpy(ctx.line[:2, :, None, None])

            def plain(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
                if weight is not None and bias is not None:
                    x = (x - mean) * inverse * weight[:, None, None] + bias[:, None, None]
                return _followed(x, ctx.after)

            return *_differentiable(ctx, plain, (x, weight, bias), gradients[0]), *[None] * 3
        given, line, floor = _gradient(gradients[0]), ctx.line, _floor(x, ctx.after)
        of_x = torch.empty_like(x)
        kept = _array(x)
        if which is None:
            backward.affine(kept, given, line, floor, _array(of_x))
        else:
            backward.affine_pool(given, which.numpy(), line, _array(of_x))
        if weight is None:
            return of_x, *[None] * 5
        if which is not None:
            picked = np.empty_like(given)
            backward.pick(kept, which.numpy(), picked)
            kept = picked
        of_weight, of_bias = torch.empty_like(weight), torch.empty_like(bias)
        backward.parameters(kept, given, line, floor, of_weight.numpy(), of_bias.numpy())
        return of_x, of_weight, of_bias, None, None, None


batch_norm: Callable[[Tensor, Tensor, Tensor, float, Running, After], Tensor] = _BatchNorm.apply
"""The output for x, weight, bias and eps, by the batch's own statistics, which move `Running`.

There are two values or more in a channel.
"""

affine: Callable[
    [Tensor, Tensor | None, Tensor | None, tuple[Tensor, Tensor] | None, float, After], Tensor
] = _Affine.apply
"""The output for x, weight, bias, mean and variance, and eps; no normalisation without them."""


def _array(x: Tensor) -> Array:
    # The memory itself as (N, H, W, C); gradients are off wherever this is called.
    array: Array = x.permute(0, 2, 3, 1).numpy()
    return array


def _gradient(x: Tensor) -> Array:
    return _array(x.contiguous(memory_format=torch.channels_last))


def _vector(parameter: Tensor) -> Array:
    vector: Array = parameter.detach().numpy()
    return vector


def _output(x: Tensor, after: After) -> Tensor:
    n, channels, height, width = x.shape
    size = (height // 2, width // 2) if after.pool else (height, width)
    return torch.empty((n, channels, *size), dtype=x.dtype, memory_format=torch.channels_last)


def _places(out: Tensor) -> Tensor:
    n, channels, height, width = out.shape
    return torch.empty((n, height, width, channels), dtype=torch.uint8)


def _floor(x: Tensor, after: After) -> Real:
    value = 0.0 if after.relu else math.nan
    return np.float32(value) if x.dtype == torch.float32 else np.float64(value)


def _followed(y: Tensor, after: After) -> Tensor:
    y = functional.relu(y) if after.relu else y
    return functional.max_pool2d(y, 2) if after.pool else y


def _differentiable(
    ctx: Any, plain: Callable[..., Tensor], inputs: tuple[Tensor, ...], gradient: Tensor
) -> Gradients:
    # For gradients of gradients: torch's own operations again, on the graph of the inputs.
    needed = ctx.needs_input_grad[: len(inputs)]
    wanted = [each for each, need in zip(inputs, needed, strict=True) if need]
    found = iter(torch.autograd.grad(plain(*inputs), wanted, gradient, create_graph=True))
    return tuple(next(found) if need else None for need in needed)
