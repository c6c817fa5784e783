"""Batch norm after a convolution, from the moments of the convolution's input.

With p a patch of the input, w a filter and z = w . p + bias, over all places of all images,

    mean(z) = w . mean(p) + bias        variance(z) = w . cov(p) w

so the statistics need no z. With y = (z - mean(z)) / std(z), and g the gradient of the result
weight * y + shift, nonzero only where pooling picked,

    gradient of w = weight / std(z) * (sum(g * (p - mean(p))) - sum(g * y) / std(z) * cov(p) w)

needs no z elsewhere. The bias, which the normalisation takes away again, has a gradient of zero.
Filters are ``(C, K)``, a patch has K values.
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, compiled, inlined

MEAN, INVERSE_STD, SCALE, SHIFT = range(4)  # as in `forward`


@compiled
def patch_moments(products: Array, centre: Array) -> tuple[Array, Array]:
    """Returns the mean ``(K,)`` and the covariance ``(K, K)`` of the patches, both float64.

    `products` is of `patches` with itself, ``(K + 1, K + 1)``.
    """
    size = products.shape[0] - 1
    n = np.float64(products[size, size])
    mean = np.empty(size, np.float64)
    covariance = np.empty((size, size), np.float64)
    for i in range(size):
        mean[i] = products[size, i] / n
    for i in range(size):
        for j in range(size):
            covariance[i, j] = products[i, j] / n - mean[i] * mean[j]
    for i in range(size):
        mean[i] += centre[i % centre.size]
    return mean, covariance


@compiled
def moments(filters: Array, bias: Array, mean: Array, covariance: Array) -> tuple[Array, Array]:
    """Returns the mean and the variance of z, float64 ``(C,)`` each."""
    count, size = filters.shape
    means = np.empty(count, np.float64)
    variances = np.empty(count, np.float64)
    for c in range(count):
        means[c] = bias[c]
        variance = 0.0
        for i in range(size):
            means[c] += mean[i] * filters[c, i]
            variance += filters[c, i] * _turned(covariance, filters, c, i)
        variances[c] = 0 if variance < 0 else variance
    return means, variances


@compiled
def gradients(
    sums: tuple[Array, Array],
    filters: Array,
    bias: Array,
    line: Array,
    of_filters: Array,
    of_bias: Array,
    of_weight: Array,
    of_shift: Array,
) -> None:
    """Writes the gradients of all parameters where the statistics are constants."""
    products, totals = sums
    for c in range(filters.shape[0]):
        scale = line[SCALE, c]
        value = totals[c] * (np.float64(bias[c]) - line[MEAN, c])
        for i in range(filters.shape[1]):
            of_filters[c, i] = scale * products[c, i]
            value += products[c, i] * filters[c, i]
        of_bias[c] = scale * totals[c]
        of_weight[c] = value * line[INVERSE_STD, c]
        of_shift[c] = totals[c]


@compiled
def normalised_gradients(
    sums: tuple[Array, Array],
    filters: Array,
    mean: Array,
    covariance: Array,
    line: Array,
    of_filters: Array,
    of_bias: Array,
    of_weight: Array,
    of_shift: Array,
) -> None:
    """Writes the gradients of all parameters where the statistics are the batch's own."""
    products, totals = sums
    for c in range(filters.shape[0]):
        inverse = np.float64(line[INVERSE_STD, c])
        value = 0.0
        for i in range(filters.shape[1]):
            value += inverse * filters[c, i] * (products[c, i] - totals[c] * mean[i])
        for i in range(filters.shape[1]):
            rest = value * inverse * _turned(covariance, filters, c, i)
            of_filters[c, i] = line[SCALE, c] * (products[c, i] - totals[c] * mean[i] - rest)
        of_bias[c] = 0
        of_weight[c] = value
        of_shift[c] = totals[c]


@inlined
def _turned(covariance: Array, filters: Array, c: int, i: int) -> float:
    total = 0.0
    for j in range(filters.shape[1]):
        total += covariance[i, j] * filters[c, j]
    return total
