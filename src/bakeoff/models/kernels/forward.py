"""Forward passes: statistics, normalisation, activation and 2x2 pooling, channels innermost.

Images are ``(N, H, W, C)``, rows are the same memory as ``(N * H * W, C)``. `line` is the ``(4, C)``
table of `normalisation`. Activation is a `floor`: values at or below it become it, so 0 is ReLU,
and NaN, which nothing is below, is no activation. `which` holds for every pooled value the place
of its maximum in the window, in reading order, 0 to 3; `NOWHERE` where the floor took its place.

Every inner loop runs over channels and stores to one or two arrays: the compiler turns exactly
such loops into vector instructions. Odd heights and widths leave their last line out of pooling,
not out of the statistics.
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, Bytes, Real, compiled

NOWHERE = 4
MEAN, INVERSE_STD, SCALE, SHIFT = range(4)
_CHUNK = 128  # rows summed in the arrays' own type before they join a float64 total
_UNROLL = 8  # rows added to an accumulator at once: one load and store for eight values


@compiled
def statistics(rows: Array) -> Array:
    """Return float64 ``(2, C)``: the mean and the biased variance of each channel."""
    n, channels = rows.shape
    centre = _centre(rows)
    sums = np.zeros((2, channels), np.float64)
    for first in range(0, n, _CHUNK):
        _accumulate(rows, first, min(first + _CHUNK, n), centre, sums)
    return _moments(sums, centre, n)


@compiled
def statistics_and_pick(x: Array, weight: Array, picked: Array, which: Bytes) -> Array:
    """Return `statistics`, and pool before the scale is known: its sign is enough.

    Where `weight` is negative the smallest value becomes the largest. The values picked, as they
    are in `x`, go to `picked` ``(N, H // 2, W // 2, C)``, their places to `which`.
    """
    images, height, width, channels = x.shape
    size = height * width
    rows = x.reshape(images * size, channels)
    centre = _centre(rows)
    sums = np.zeros((2, channels), np.float64)
    sign = np.where(weight < 0, -1, 1).astype(x.dtype)
    # Few images at a time, so that pooling finds them in the cache where the sums left them.
    step = max(1, _CHUNK // size)
    for first in range(0, images, step):
        last = min(first + step, images)
        _accumulate(rows, first * size, last * size, centre, sums)
        _pick(x, first, last, sign, picked, which)
    return _moments(sums, centre, images * size)


@compiled
def normalisation(mean: Array, variance: Array, weight: Array, bias: Array, eps: float) -> Array:
    """Return the table of a normalisation: mean, 1 / std, scale and shift of each channel.

    ``x * scale + shift`` is the normalised ``x``. `mean` and `variance` may be of another type.
    """
    line = np.empty((4, weight.size), weight.dtype)
    for c in range(weight.size):
        inverse = 1 / np.sqrt(np.float64(variance[c]) + eps)
        line[MEAN, c] = mean[c]
        line[INVERSE_STD, c] = inverse
        line[SCALE, c] = inverse * weight[c]
        # From the scale as stored: its rounding then cancels where the mean dwarfs the std.
        line[SHIFT, c] = bias[c] - np.float64(mean[c]) * np.float64(line[SCALE, c])
    return line


@compiled
def identity(like: Array) -> Array:
    """Return the table that changes nothing, for channels on the last axis of `like`."""
    line = np.zeros((4, like.shape[-1]), like.dtype)
    line[INVERSE_STD] = 1
    line[SCALE] = 1
    return line


@compiled
def affine(rows: Array, line: Array, floor: Real, out: Array) -> None:
    """Write the normalised and activated rows to `out`."""
    n, channels = rows.shape
    for r in range(n):
        for c in range(channels):
            value = rows[r, c] * line[SCALE, c] + line[SHIFT, c]
            out[r, c] = floor if value <= floor else value


@compiled
def affine_pool(x: Array, line: Array, floor: Real, out: Array, which: Bytes) -> None:
    """Write the normalised, activated and pooled images to `out`, the places to `which`."""
    images, height, width, channels = out.shape
    for n in range(images):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    scale = line[SCALE, c]
                    shift = line[SHIFT, c]
                    best = x[n, 2 * h, 2 * w, c] * scale + shift
                    place = 0
                    value = x[n, 2 * h, 2 * w + 1, c] * scale + shift
                    if _wins(value, best):
                        best = value
                        place = 1
                    value = x[n, 2 * h + 1, 2 * w, c] * scale + shift
                    if _wins(value, best):
                        best = value
                        place = 2
                    value = x[n, 2 * h + 1, 2 * w + 1, c] * scale + shift
                    if _wins(value, best):
                        best = value
                        place = 3
                    if best <= floor:
                        best = floor
                        place = NOWHERE
                    out[n, h, w, c] = best
                    which[n, h, w, c] = place


@compiled
def _wins(value: Real, best: Real) -> bool:
    # torch's rule: the first of equal values stays, a NaN wins over everything before it.
    return value > best or value != value  # noqa: PLR0124


@compiled
def _pick(x: Array, first: int, last: int, sign: Array, picked: Array, which: Bytes) -> None:
    _, height, width, channels = picked.shape
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    best = x[n, 2 * h, 2 * w, c] * sign[c]
                    place = 0
                    value = x[n, 2 * h, 2 * w + 1, c] * sign[c]
                    if _wins(value, best):
                        best = value
                        place = 1
                    value = x[n, 2 * h + 1, 2 * w, c] * sign[c]
                    if _wins(value, best):
                        best = value
                        place = 2
                    value = x[n, 2 * h + 1, 2 * w + 1, c] * sign[c]
                    if _wins(value, best):
                        best = value
                        place = 3
                    picked[n, h, w, c] = best * sign[c]
                    which[n, h, w, c] = place


@compiled
def _centre(rows: Array) -> Array:
    # A value near the mean of each channel: squares are summed about it, so nothing cancels.
    n = min(rows.shape[0], _CHUNK)
    centre = np.zeros(rows.shape[1], rows.dtype)
    for r in range(n):
        for c in range(centre.size):
            centre[c] += rows[r, c] / n
    for c in range(centre.size):
        if not np.isfinite(centre[c]):
            centre[c] = 0
    return centre


@compiled
def _accumulate(rows: Array, first: int, last: int, centre: Array, sums: Array) -> None:
    channels = rows.shape[1]
    part = np.zeros((2, channels), rows.dtype)
    whole = first + (last - first) // _UNROLL * _UNROLL
    for r in range(first, whole, _UNROLL):
        for c in range(channels):
            total = rows[r, c] - centre[c]
            square = total * total
            for i in range(1, _UNROLL):
                value = rows[r + i, c] - centre[c]
                total += value
                square += value * value
            part[0, c] += total
            part[1, c] += square
    for r in range(whole, last):
        for c in range(channels):
            value = rows[r, c] - centre[c]
            part[0, c] += value
            part[1, c] += value * value
    for c in range(channels):
        sums[0, c] += part[0, c]
        sums[1, c] += part[1, c]


@compiled
def _moments(sums: Array, centre: Array, n: int) -> Array:
    moments = np.empty_like(sums)
    for c in range(centre.size):
        offset = sums[0, c] / n
        variance = sums[1, c] / n - offset * offset
        moments[0, c] = centre[c] + offset
        moments[1, c] = 0 if variance < 0 else variance
    return moments
