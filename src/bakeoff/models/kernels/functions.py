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
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

from bakeoff.models.kernels import backward, forward
from bakeoff.models.kernels.compiler import Array, Real

Gradients: TypeAlias = tuple[Tensor | None, ...]


class After(NamedTuple):
    """What follows scale and shift: ReLU, and the maximum of each 2x2 window."""

    relu: bool
    pool: bool


class Running(NamedTuple):
    """Running statistics ``(C,)`` each, and the weight that a new batch has in them."""

    mean: Tensor
    variance: Tensor
    factor: float

    def update(self, moments: Array, n: int) -> None:
        """Take in the mean and the biased variance of n values in each channel."""
        news = (moments[0], moments[1] * (n / (n - 1)))
        for running, new in zip((self.mean, self.variance), news, strict=True):
            values = running.numpy()
            values *= 1 - self.factor
            values += self.factor * new


class BatchNorm(Function):
    """Normalisation by the batch's own statistics, then activation and pooling."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        eps: float,
        running: Running | None,
        after: After,
    ) -> Tensor:
        """Return the output, and update `running`; a channel has two values or more."""
        images, scale, shift = _array(x), weight.detach().numpy(), bias.detach().numpy()
        floor, out = _floor(x, after), _output(x, after)
        if after.pool:
            picked, which = torch.empty_like(out), _places(out)
            rows = _rows(picked)
            moments = forward.statistics_and_pick(images, scale, _array(picked), which.numpy())
        else:
            picked, which = None, None
            rows = _rows(x)
            moments = forward.statistics(rows)
        if running is not None:
            running.update(moments, images.size // scale.size)
        line = forward.normalisation(moments[0], moments[1], scale, shift, eps)
        forward.affine(rows, line, floor, _rows(out))
        ctx.save_for_backward(x, weight, bias, picked, which)
        ctx.line, ctx.eps, ctx.after = line, eps, after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        """Return the gradients of x, weight and bias."""
        x, weight, bias, picked, which = ctx.saved_tensors
        if torch.is_grad_enabled():

            def plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                y = F.batch_norm(x, None, None, weight, bias, training=True, eps=ctx.eps)
                return _followed(y, ctx.after)

            return *_differentiable(ctx, plain, (x, weight, bias), gradients[0]), *[None] * 3
        line, floor = ctx.line, _floor(x, ctx.after)
        given, rows = _array(gradients[0]), _rows(gradients[0])
        sums = backward.gradient_sums(_rows(x if picked is None else picked), rows, line, floor)
        result = None
        if ctx.needs_input_grad[0]:
            result = torch.empty_like(x)
            table = backward.coefficients(sums, line, x.numel() // len(weight))
            if which is None:
                backward.norm(_rows(x), rows, line, floor, table, _rows(result))
            else:
                places, to = which.numpy(), _array(result)
                backward.norm_pool(_array(x), given, places, line, floor, table, to)
        return result, *_parameter_gradients(sums, weight), None, None, None


class Affine(Function):
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
        """Return the output; scale and shift are skipped where there is no weight."""
        images = _array(x)
        if weight is None or bias is None or statistics is None:
            line = forward.identity(images)
        else:
            mean, variance = (each.numpy() for each in statistics)
            scale, shift = weight.detach().numpy(), bias.detach().numpy()
            line = forward.normalisation(mean, variance, scale, shift, eps)
        floor, out, which = _floor(x, after), _output(x, after), None
        if after.pool:
            which = _places(out)
            forward.affine_pool(images, line, floor, _array(out), which.numpy())
        else:
            forward.affine(_rows(x), line, floor, _rows(out))
        ctx.save_for_backward(x, weight, bias, which)
        ctx.line, ctx.after = line, after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        """Return the gradients of x, weight and bias."""
        x, weight, bias, which = ctx.saved_tensors
        line, floor = ctx.line, _floor(x, ctx.after)
        if torch.is_grad_enabled():
            mean, inverse = torch.from_numpy(line[:2, :, None, None])

            def plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                if weight is None:
                    return _followed(x, ctx.after)
                y = (x - mean) * inverse * weight[:, None, None] + bias[:, None, None]
                return _followed(y, ctx.after)

            return *_differentiable(ctx, plain, (x, weight, bias), gradients[0]), *[None] * 3
        given, rows = _array(gradients[0]), _rows(gradients[0])
        result = None
        if ctx.needs_input_grad[0]:
            result = torch.empty_like(x)
            if which is None:
                backward.affine(_rows(x), rows, line, floor, _rows(result))
            else:
                backward.affine_pool(given, which.numpy(), line, _array(result))
        if weight is None or not any(ctx.needs_input_grad[1:3]):
            return result, *[None] * 5
        picked = x
        if which is not None:
            picked = torch.empty_like(gradients[0], memory_format=torch.channels_last)
            backward.pick(_array(x), which.numpy(), _array(picked))
        sums = backward.gradient_sums(_rows(picked), rows, line, floor)
        return result, *_parameter_gradients(sums, weight), None, None, None


def _array(x: Tensor) -> Array:
    # (N, H, W, C): the same memory where the layout is channels-last, else a copy.
    array: Array = x.detach().permute(0, 2, 3, 1).contiguous().numpy()
    return array


def _rows(x: Tensor) -> Array:
    return _array(x).reshape(-1, x.shape[1])


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


def _parameter_gradients(sums: Array, weight: Tensor) -> tuple[Tensor, Tensor]:
    of_bias, of_weight = torch.from_numpy(sums).to(weight.dtype)
    return of_weight, of_bias


def _followed(y: Tensor, after: After) -> Tensor:
    y = F.relu(y) if after.relu else y
    return F.max_pool2d(y, 2) if after.pool else y


def _differentiable(
    ctx: Any, plain: Callable[..., Tensor], inputs: tuple[Tensor, ...], gradient: Tensor
) -> Gradients:
    # For gradients of gradients: torch's own operations again, on the graph of the inputs.
    wanted = [each for each, need in zip(inputs, ctx.needs_input_grad, strict=False) if need]
    found = iter(torch.autograd.grad(plain(*inputs), wanted, gradient, create_graph=True))
    return tuple(next(found) if need else None for need in ctx.needs_input_grad[:3])
