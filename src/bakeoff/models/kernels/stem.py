"""A 3x3 convolution of few input channels with all that follows it, its output never stored.

The first convolution of a network reads little and writes much: its output is worth computing
twice rather than keeping. With p a patch of the input, w a filter and z = w . p + bias, over all
places of all images,

    mean(z) = w . mean(p) + bias        variance(z) = w . cov(p) w

so batch norm's statistics need no z, and with g the gradient of z's normalised value, nonzero only
where pooling picked, and y = (z - mean(z)) / std(z),

    gradient of w = scale * (sum(g * (p - mean(p))) - sum(g * y) / std(z) * cov(p) w)

needs none elsewhere. The bias, which the normalisation takes away again, has a gradient of zero.

Images are ``(N, H, W, channels)``, filters ``(C, 3, 3, channels)`` and patches have ``K = 9 *
channels`` values; `channels` is given as a tuple of that length, for its length is known when the
kernel is compiled, and loops over it are unrolled. `line`, `floor` and `which` are as in `forward`.
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, Bytes, Real, compiled

NOWHERE = 4  # as in `forward`
INVERSE_STD, SCALE, SHIFT = 1, 2, 3
SIDE = 3
_LANES = 64  # places summed side by side, in the arrays' own type within one image


@compiled
def patch_moments(x: Array) -> tuple[Array, Array]:
    """Return the mean ``(K,)`` and the covariance ``(K, K)`` of the patches, float64."""
    images, height, width, channels = x.shape
    size = SIDE * SIDE * channels
    centre = _centre(x)
    places = (height - SIDE + 1) * (width - SIDE + 1)
    patches = np.zeros((size, (places + _LANES - 1) // _LANES * _LANES), x.dtype)
    mean = np.zeros(size, np.float64)
    products = np.zeros((size, size), np.float64)
    for n in range(images):
        _lay_out(x, n, centre, patches)
        _add_products(patches, mean, products)
    n = images * places
    for i in range(size):
        mean[i] /= n
    for i in range(size):
        for j in range(i + 1):
            products[i, j] = products[i, j] / n - mean[i] * mean[j]
            products[j, i] = products[i, j]
    for i in range(size):
        mean[i] += centre[i % channels]
    return mean, products


@compiled
def moments(
    filters: Array, bias: Array, mean: Array, covariance: Array
) -> tuple[Array, Array, Array]:
    """Return mean ``(C,)`` and variance ``(C,)`` of z, and ``cov(p) w`` ``(C, K)``, float64."""
    count = bias.size
    size = mean.size
    flat = filters.reshape(count, size)
    means = np.empty(count, np.float64)
    variances = np.empty(count, np.float64)
    turned = np.empty((count, size), np.float64)
    for c in range(count):
        total = np.float64(bias[c])
        square = 0.0
        for i in range(size):
            value = 0.0
            for j in range(size):
                value += covariance[i, j] * flat[c, j]
            turned[c, i] = value
            square += value * flat[c, i]
            total += mean[i] * flat[c, i]
        means[c] = total
        variances[c] = 0 if square < 0 else square
    return means, variances, turned
