"""Normalisation, activation and pooling as differentiable functions of torch tensors.

They take images ``(N, C, H, W)`` on the CPU, channels-last and not empty, float32 or float64, and
parameters of the same type: what `bakeoff.models.fused` sees to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

from bakeoff.models.kernels import backward, forward
from bakeoff.models.kernels.compiler import Array
from bakeoff.models.kernels.tensors import (
    After,
    Gradients,
    Running,
    array,
    differentiable,
    gradient_array,
    new_images,
    new_places,
    vector,
)


class _BatchNorm(Function):
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
        out = _output(x, after)
        moved = vector(running.mean), vector(running.variance)
        how = running.factor, eps, after.floor(x)
        arguments = array(x), vector(weight), vector(bias), moved, *how
        if after.pool:
            picked, which = torch.empty_like(out), new_places(out)
            ctx.line = forward.batch_norm_pool(*arguments, array(picked), which.numpy(), array(out))
            ctx.save_for_backward(x, weight, bias, picked, which)
        else:
            ctx.line = forward.batch_norm(*arguments, array(out))
            ctx.save_for_backward(x, weight, bias)
        ctx.eps, ctx.after = eps, after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        x, weight, bias, *pooled = ctx.saved_tensors
        if torch.is_grad_enabled():

            def plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
                y = functional.batch_norm(x, None, None, weight, bias, training=True, eps=ctx.eps)
                return ctx.after.plain(y)  # type: ignore[no-any-return]

            return *differentiable(ctx, plain, (x, weight, bias), gradients[0]), *[None] * 3
        of_x, of_weight, of_bias = (torch.empty_like(each) for each in (x, weight, bias))
        upstream, line, floor = gradient_array(gradients[0]), ctx.line, ctx.after.floor(x)
        results = vector(of_weight), vector(of_bias), array(of_x)
        if pooled:
            picked, which = array(pooled[0]), pooled[1].numpy()
            backward.batch_norm_pool(array(x), upstream, picked, which, line, floor, *results)
        else:
            backward.batch_norm(array(x), upstream, line, floor, *results)
        return of_x, of_weight, of_bias, None, None, None


class _Affine(Function):
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
        out, floor = _output(x, after), after.floor(x)
        ctx.line = _line(x, weight, bias, statistics, eps)
        which = None
        if after.pool:
            which = new_places(out)
            forward.affine_pool(array(x), ctx.line, floor, array(out), which.numpy())
        else:
            forward.affine(array(x), ctx.line, floor, array(out))
        ctx.save_for_backward(x, weight, bias, which)
        ctx.after = after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        x, weight, bias, which = ctx.saved_tensors
        if torch.is_grad_enabled():
            mean, inverse = torch.from_numpy(ctx.line[:2, :, None, None])

            def plain(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
                if weight is not None and bias is not None:
                    x = (x - mean) * inverse * weight[:, None, None] + bias[:, None, None]
                return ctx.after.plain(x)  # type: ignore[no-any-return]

            return *differentiable(ctx, plain, (x, weight, bias), gradients[0]), *[None] * 3
        upstream, line, floor = gradient_array(gradients[0]), ctx.line, ctx.after.floor(x)
        of_x = torch.empty_like(x)
        inputs = array(x)
        if which is None:
            backward.affine(inputs, upstream, line, floor, array(of_x))
        else:
            backward.affine_pool(upstream, which.numpy(), line, array(of_x))
        if weight is None:
            return of_x, *[None] * 5
        if which is not None:
            inputs = np.empty_like(upstream)
            backward.pick(array(x), which.numpy(), inputs)
        of_weight, of_bias = torch.empty_like(weight), torch.empty_like(bias)
        backward.parameters(inputs, upstream, line, floor, vector(of_weight), vector(of_bias))
        return of_x, of_weight, of_bias, None, None, None


batch_norm: Callable[[Tensor, Tensor, Tensor, float, Running, After], Tensor] = _BatchNorm.apply
"""The output for x, weight, bias and eps, by the batch's own statistics, which move `Running`.

There are two values or more in a channel.
"""


def affine(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    statistics: tuple[Tensor, Tensor] | None,
    eps: float,
    after: After,
) -> Tensor:
    """Returns the output for mean, variance and eps; no normalisation without them."""
    if torch.is_grad_enabled():
        result: Tensor = _Affine.apply(x, weight, bias, statistics, eps, after)  # type: ignore[no-untyped-call]
        return result
    out, floor = _output(x, after), after.floor(x)
    line = _line(x, weight, bias, statistics, eps)
    if after.pool:
        forward.affine_max(array(x), line, floor, array(out))
    else:
        forward.affine(array(x), line, floor, array(out))
    return out


def _line(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    statistics: tuple[Tensor, Tensor] | None,
    eps: float,
) -> Array:
    if weight is None or bias is None or statistics is None:
        return forward.identity(array(x))
    mean, variance = map(vector, statistics)
    return forward.table(mean, variance, vector(weight), vector(bias), eps)


def _output(x: Tensor, after: After) -> Tensor:
    n, channels, height, width = x.shape
    if after.pool:
        return new_images(n, channels, height // 2, width // 2, x)
    return new_images(n, channels, height, width, x)
