"""Backward passes of `forward`, in its words; `gradient` is that of the block's output.

Normalisation, with n values in a channel: with g the gradient that comes through pooling and
activation, and y the normalised x before scale and shift,

    gradient of x = scale * (g - mean(g) - y * mean(g * y))

which is a multiple of g, plus a multiple of x, plus a constant: the `(3, C)` table of
`coefficients`. Behind pooling g is zero but in one place of four, so the sums need only the values
picked, and one pass over x does the rest.
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, Bytes, Real, compiled

MEAN, INVERSE_STD, SCALE, SHIFT = range(4)  # as in `forward`
_CHUNK = 128
_UNROLL = 4


@compiled
def gradient_sums(rows: Array, gradient: Array, line: Array, floor: Real) -> Array:
    """Return float64 ``(2, C)``: for each channel the sum of g and of g * y.

    They are the gradients of bias and weight. `rows` are the values before normalisation, all or
    the picked ones, `gradient` the same rows of the output's gradient.
    """
    n, channels = rows.shape
    sums = np.zeros((2, channels), np.float64)
    for first in range(0, n, _CHUNK):
        _accumulate(rows, gradient, first, min(first + _CHUNK, n), line, floor, sums)
    for c in range(channels):
        sums[1, c] *= line[INVERSE_STD, c]
    return sums


@compiled
def coefficients(sums: Array, line: Array, n: int) -> Array:
    """Return the ``(3, C)`` factors of g, of x and of 1 in the gradient of x, n rows in all."""
    table = np.empty((3, line.shape[1]), line.dtype)
    for c in range(line.shape[1]):
        scale = np.float64(line[SCALE, c])
        table[0, c] = scale
        table[1, c] = -scale * line[INVERSE_STD, c] * sums[1, c] / n
        # From the factor of x as stored, as with the shift in `normalisation`.
        table[2, c] = -scale * sums[0, c] / n - np.float64(table[1, c]) * line[MEAN, c]
    return table


@compiled
def norm(
    rows: Array, gradient: Array, line: Array, floor: Real, table: Array, out: Array
) -> None:
    """Write the gradient of `rows` to `out`."""
    zero = rows.dtype.type(0)
    n, channels = rows.shape
    for r in range(n):
        for c in range(channels):
            x = rows[r, c]
            below = x * line[SCALE, c] + line[SHIFT, c] <= floor
            g = zero if below else gradient[r, c] * table[0, c]
            out[r, c] = x * table[1, c] + table[2, c] + g


@compiled
def norm_pool(
    x: Array,
    gradient: Array,
    which: Bytes,
    line: Array,
    floor: Real,
    table: Array,
    out: Array,
) -> None:
    """Write the gradient of the images `x` to `out`; `gradient` is of the pooled size."""
    zero = x.dtype.type(0)
    images, height, width, channels = x.shape
    for n in range(images):
        for h in range(height):
            for w in range(width):
                if h // 2 < gradient.shape[1] and w // 2 < gradient.shape[2]:
                    place = 2 * (h % 2) + w % 2
                    for c in range(channels):
                        value = x[n, h, w, c]
                        g = gradient[n, h // 2, w // 2, c] * table[0, c]
                        g = g if which[n, h // 2, w // 2, c] == place else zero
                        g = zero if value * line[SCALE, c] + line[SHIFT, c] <= floor else g
                        out[n, h, w, c] = value * table[1, c] + table[2, c] + g
                else:
                    for c in range(channels):
                        out[n, h, w, c] = x[n, h, w, c] * table[1, c] + table[2, c]


@compiled
def affine(rows: Array, gradient: Array, line: Array, floor: Real, out: Array) -> None:
    """Write the gradient of `rows` to `out` where scale and shift are constants."""
    zero = rows.dtype.type(0)
    n, channels = rows.shape
    for r in range(n):
        for c in range(channels):
            below = rows[r, c] * line[SCALE, c] + line[SHIFT, c] <= floor
            out[r, c] = zero if below else gradient[r, c] * line[SCALE, c]


@compiled
def affine_pool(gradient: Array, which: Bytes, line: Array, out: Array) -> None:
    """Write the gradient of the images to `out` where scale and shift are constants."""
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
    """Write to `out` the values of `x` at the places in `which`; anything where it is nowhere."""
    images, height, width, channels = out.shape
    for n in range(images):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    place = which[n, h, w, c]
                    value = x[n, 2 * h, 2 * w, c]
                    value = x[n, 2 * h, 2 * w + 1, c] if place == 1 else value
                    value = x[n, 2 * h + 1, 2 * w, c] if place == 2 else value
                    value = x[n, 2 * h + 1, 2 * w + 1, c] if place == 3 else value
                    out[n, h, w, c] = value


@compiled
def _accumulate(
    rows: Array,
    gradient: Array,
    first: int,
    last: int,
    line: Array,
    floor: Real,
    sums: Array,
) -> None:
    zero = rows.dtype.type(0)
    channels = rows.shape[1]
    part = np.zeros((2, channels), rows.dtype)
    whole = first + (last - first) // _UNROLL * _UNROLL
    for r in range(first, whole, _UNROLL):
        for c in range(channels):
            total = zero
            product = zero
            for i in range(_UNROLL):
                x = rows[r + i, c]
                below = x * line[SCALE, c] + line[SHIFT, c] <= floor
                g = zero if below else gradient[r + i, c]
                total += g
                product += g * (x - line[MEAN, c])
            part[0, c] += total
            part[1, c] += product
    for r in range(whole, last):
        for c in range(channels):
            x = rows[r, c]
            below = x * line[SCALE, c] + line[SHIFT, c] <= floor
            g = zero if below else gradient[r, c]
            part[0, c] += g
            part[1, c] += g * (x - line[MEAN, c])
    for c in range(channels):
        sums[0, c] += part[0, c]
        sums[1, c] += part[1, c]
