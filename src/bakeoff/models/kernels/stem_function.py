"""`stem` as a differentiable function of torch tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

from bakeoff.models.kernels import forward
from bakeoff.models.kernels import stem as kernels
from bakeoff.models.kernels import stem_algebra as algebra
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

Statistics: TypeAlias = Running | tuple[Tensor, Tensor] | None
"""What normalises: the batch, which moves `Running`; a mean and a variance; nothing."""


class _Stem(Function):
    @staticmethod
    def forward(
        ctx: Any,
        filters: Tensor,
        bias: Tensor | None,
        weight: Tensor | None,
        shift: Tensor | None,
        x: Tensor,
        statistics: Statistics,
        eps: float,
        relu: bool,
    ) -> Tensor:
        after = After(relu, pool=True)
        taps = _taps(filters)
        biases = _biases(bias, taps)
        n, channels, height, width = x.shape
        out = new_images(n, len(taps), (height - 2) // 2, (width - 2) // 2, x)
        which = new_places(out)
        ctx.batch, ctx.centre = None, np.zeros(channels, taps.dtype)
        if weight is None or shift is None or statistics is None:
            line = forward.identity(array(out))
        else:
            if isinstance(statistics, Running):
                ctx.centre = vector(x.mean((0, 2, 3)))
                ctx.batch = _patch_moments(x, ctx.centre)
                mean, variance = algebra.moments(taps, biases, *ctx.batch)
                running = vector(statistics.mean), vector(statistics.variance)
                windows = n * (height - 2) * (width - 2)
                forward.move(running, mean, variance, statistics.factor, windows)
            else:
                mean, variance = map(vector, statistics)
            line = forward.table(mean, variance, vector(weight), vector(shift), eps)
        how = biases, line, after.floor(x), (0,) * channels
        kernels.convolve(array(x), taps, *how, array(out), which.numpy())
        ctx.save_for_backward(filters, bias, weight, shift, x, which)
        ctx.line, ctx.eps, ctx.after = line, eps, after
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Gradients:
        *parameters, x, which = ctx.saved_tensors
        if torch.is_grad_enabled():
            gradient = differentiable(ctx, _plain(ctx, x), tuple(parameters), gradients[0])
            return *gradient, *[None] * 4
        filters, bias, *_ = parameters
        taps = _taps(filters)
        upstream = gradient_array(gradients[0])
        sums = kernels.gradient_sums(array(x), ctx.centre, upstream, which.numpy())
        of_filters = torch.empty_like(filters, memory_format=torch.channels_last)
        of_vectors = [filters.new_empty(len(taps)) for _ in range(3)]
        of_bias, of_weight, of_shift = map(vector, of_vectors)
        results = _taps(of_filters), of_bias, of_weight, of_shift
        if ctx.batch is None:
            algebra.gradients(sums, taps, _biases(bias, taps), ctx.line, *results)
        else:
            mean, covariance = ctx.batch
            algebra.normalised_gradients(sums, taps, mean, covariance, ctx.line, *results)
        pairs = zip(parameters, (of_filters, *of_vectors), strict=True)
        return *(None if own is None else gradient for own, gradient in pairs), *[None] * 4


stem: Callable[
    [
        Tensor,
        Tensor | None,
        Tensor | None,
        Tensor | None,
        Tensor,
        Statistics,
        float,
        bool,
    ],
    Tensor,
] = _Stem.apply
"""The pooled output for filters, bias, norm's weight and bias, x, statistics, eps, and ReLU or not.

The filters are ``(C, channels, 3, 3)``, moved by one place, the images not padded; `x` is
channels-last, 4x4 or larger, and gets no gradient.
"""


def _taps(filters: Tensor) -> Array:
    # (C, K), the same memory where the layout is channels-last.
    return gradient_array(filters.detach()).reshape(len(filters), -1)


def _biases(bias: Tensor | None, taps: Array) -> Array:
    return np.zeros(len(taps), taps.dtype) if bias is None else vector(bias)


def _patch_moments(x: Tensor, centre: Array) -> tuple[Array, Array]:
    patches = torch.from_numpy(kernels.patches(array(x), centre))
    return algebra.patch_moments((patches @ patches.t()).numpy(), centre)


def _plain(ctx: Any, x: Tensor) -> Callable[..., Tensor]:
    def plain(
        filters: Tensor, bias: Tensor | None, weight: Tensor | None, shift: Tensor | None
    ) -> Tensor:
        y = functional.conv2d(x, filters, bias)
        if ctx.batch is not None:
            y = functional.batch_norm(y, None, None, weight, shift, training=True, eps=ctx.eps)
        elif weight is not None and shift is not None:
            mean, inverse = torch.from_numpy(ctx.line[:2, :, None, None])
            y = (y - mean) * inverse * weight[:, None, None] + shift[:, None, None]
        return ctx.after.plain(y)  # type: ignore[no-any-return]

    return plain
