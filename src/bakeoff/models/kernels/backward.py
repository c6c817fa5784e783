"""Backward passes of `forward`, in its words; `gradient` is that of the output.

With g the gradient that comes through pooling and activation, y the normalised x before scale and
shift, and means over a channel,

    gradient of x = scale * (g - mean(g) - y * mean(g * y))

which is a multiple of g, plus a multiple of x, plus a constant. Behind pooling g is zero but in one
place of four, so its sums need only the values picked, and one pass over x does the rest.
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, Bytes, Real, compiled

MEAN, INVERSE_STD, SCALE, SHIFT = range(4)  # as in `forward`
_CHUNK = 128


@compiled
def batch_norm(
    x: Array,
    gradient: Array,
    line: Array,
    floor: Real,
    of_weight: Array,
    of_bias: Array,
    out: Array,
) -> None:
    """Writes the gradients of weight, bias, and, to `out`, of `x`."""
    parameters(x, gradient, line, floor, of_weight, of_bias)
    channels = line.shape[1]
    n = x.size // channels
    abreast = _places_abreast(n, channels)
    rows = x.reshape(n // abreast, abreast * channels)
    upstream = gradient.reshape(rows.shape)
    result = out.reshape(rows.shape)
    wide = _tiled(line, abreast)
    factors = _tiled(_factors(line, of_weight, of_bias, n), abreast)
    zero = x.dtype.type(0)
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            value = rows[r, c]
            g = upstream[r, c] * wide[SCALE, c]
            g = zero if value * wide[SCALE, c] + wide[SHIFT, c] <= floor else g
            result[r, c] = value * factors[0, c] + factors[1, c] + g


@compiled
def batch_norm_pool(
    x: Array,
    gradient: Array,
    picked: Array,
    which: Bytes,
    line: Array,
    floor: Real,
    of_weight: Array,
    of_bias: Array,
    out: Array,
) -> None:
    """Writes the gradients of weight, bias, and, to `out`, of `x`."""
    parameters(picked, gradient, line, floor, of_weight, of_bias)
    images, height, width, channels = x.shape
    factors = _factors(line, of_weight, of_bias, images * height * width)
    zero = x.dtype.type(0)
    for n in range(images):
        for h in range(height):
            for w in range(width):
                if h // 2 < gradient.shape[1] and w // 2 < gradient.shape[2]:
                    place = 2 * (h % 2) + w % 2
                    for c in range(channels):
                        value = x[n, h, w, c]
                        g = gradient[n, h // 2, w // 2, c] * line[SCALE, c]
                        g = g if which[n, h // 2, w // 2, c] == place else zero
                        g = zero if value * line[SCALE, c] + line[SHIFT, c] <= floor else g
                        out[n, h, w, c] = value * factors[0, c] + factors[1, c] + g
                else:
                    for c in range(channels):
                        out[n, h, w, c] = x[n, h, w, c] * factors[0, c] + factors[1, c]


@compiled
def parameters(
    x: Array, gradient: Array, line: Array, floor: Real, of_weight: Array, of_bias: Array
) -> None:
    """Writes the gradients of weight and bias: for each channel the sums of g * y and of g.

    `x` are the values before normalisation, all or those picked; `gradient` is as large.
    """
    channels = line.shape[1]
    n = x.size // channels
    abreast = _places_abreast(n, channels)
    rows = x.reshape(n // abreast, abreast * channels)
    upstream = gradient.reshape(rows.shape)
    wide = _tiled(line, abreast)
    sums = np.zeros((2, abreast * channels), np.float64)
    for first in range(0, len(rows), _CHUNK):
        _accumulate(rows, upstream, first, min(first + _CHUNK, len(rows)), wide, floor, sums)
    for c in range(channels):
        product = 0.0
        total = 0.0
        for i in range(c, sums.shape[1], channels):
            product += sums[0, i]
            total += sums[1, i]
        of_weight[c] = line[INVERSE_STD, c] * product
        of_bias[c] = total


@compiled
def affine(x: Array, gradient: Array, line: Array, floor: Real, out: Array) -> None:
    """Writes the gradient of `x` to `out` where scale and shift are constants."""
    channels = line.shape[1]
    n = x.size // channels
    abreast = _places_abreast(n, channels)
    rows = x.reshape(n // abreast, abreast * channels)
    upstream = gradient.reshape(rows.shape)
    result = out.reshape(rows.shape)
    wide = _tiled(line, abreast)
    zero = x.dtype.type(0)
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            g = upstream[r, c] * wide[SCALE, c]
            below = rows[r, c] * wide[SCALE, c] + wide[SHIFT, c] <= floor
            result[r, c] = zero if below else g


@compiled
def affine_pool(gradient: Array, which: Bytes, line: Array, out: Array) -> None:
    """Writes the gradient of the images to `out` where scale and shift are constants."""
    zero = gradient.dtype.type(0)
    images, height, width, channels = out.shape
    for n in range(images):
        for h in range(height):
            for w in range(width):
                if h // 2 < gradient.shape[1] and w // 2 < gradient.shape[2]:
                    place = 2 * (h % 2) + w % 2
                    for c in range(channels):
                        g = gradient[n, h // 2, w // 2, c] * line[SCALE, c]
                        out[n, h, w, c] = g if which[n, h // 2, w // 2, c] == place else zero
                else:
                    for c in range(channels):
                        out[n, h, w, c] = zero


@compiled
def pick(x: Array, which: Bytes, out: Array) -> None:
    """Writes to `out` the values of `x` at the places in `which`; the first where it is nowhere."""
    images, height, width, channels = out.shape
    for n in range(images):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    place = which[n, h, w, c]
                    first = x[n, 2 * h, 2 * w, c]
                    second = x[n, 2 * h, 2 * w + 1, c]
                    third = x[n, 2 * h + 1, 2 * w, c]
                    fourth = x[n, 2 * h + 1, 2 * w + 1, c]
                    value = second if place == 1 else first
                    value = third if place == 2 else value
                    out[n, h, w, c] = fourth if place == 3 else value


@compiled
def _factors(line: Array, of_weight: Array, of_bias: Array, n: int) -> Array:
    # The factors of x and of 1 in the gradient of x, for n values in a channel.
    factors = np.empty((2, line.shape[1]), line.dtype)
    for c in range(line.shape[1]):
        scale = np.float64(line[SCALE, c]) / n
        factors[0, c] = -scale * line[INVERSE_STD, c] * of_weight[c]
        # From the factor of x as stored, as with the shift in `forward.table`.
        factors[1, c] = -scale * of_bias[c] - np.float64(factors[0, c]) * line[MEAN, c]
    return factors


@compiled
def _accumulate(
    rows: Array, upstream: Array, first: int, last: int, line: Array, floor: Real, sums: Array
) -> None:
    zero = rows.dtype.type(0)
    part = np.zeros((2, rows.shape[1]), rows.dtype)
    for r in range(first, last):
        for c in range(rows.shape[1]):
            value = rows[r, c]
            g = upstream[r, c]
            g = zero if value * line[SCALE, c] + line[SHIFT, c] <= floor else g
            part[0, c] += g * (value - line[MEAN, c])
            part[1, c] += g
    for c in range(part.shape[1]):
        sums[0, c] += part[0, c]
        sums[1, c] += part[1, c]


@compiled
def _places_abreast(n: int, channels: int) -> int:
    # As in `forward`, again for the sake of the cache: see `compiled`.
    abreast = 1
    while 2 * abreast * channels <= 128 and n % (2 * abreast) == 0:
        abreast *= 2
    return abreast


@compiled
def _tiled(line: Array, times: int) -> Array:
    lines, channels = line.shape
    wide = np.empty((lines, times * channels), line.dtype)
    for i in range(lines):
        for j in range(wide.shape[1]):
            wide[i, j] = line[i, j % channels]
    return wide
