"""Forward passes: statistics, normalisation, activation and 2x2 pooling, channels innermost.

Images are ``(N, H, W, C)``. `line` is the ``(4, C)`` table of `table`. Activation is a `floor`:
values at or below it become it, so 0 is ReLU, and NaN, which nothing is below, is no activation.
`which` holds for every pooled value the place of its maximum in the window, in reading order, 0 to
3, or `NOWHERE` where the floor took its place. An odd height or width leaves its last line out of
pooling, not out of the statistics.

Every inner loop runs over channels, its loads unconditional, and stores to one or two arrays: the
compiler turns such loops into vector instructions. Passes that treat all places alike take several
places for one row of channels where these are few (`_places_abreast`).
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, Bytes, Real, compiled, inlined

NOWHERE = 4
MEAN, INVERSE_STD, SCALE, SHIFT = range(4)
_CHUNK = 128  # rows summed in the arrays' own type before they join a float64 total


@compiled
def batch_norm(
    x: Array,
    weight: Array,
    bias: Array,
    running: tuple[Array, Array],
    factor: float,
    eps: float,
    floor: Real,
    out: Array,
) -> Array:
    """Normalises by the statistics of `x`, and activate.

    Args:
        x: images.
        weight: the scale of each channel.
        bias: the shift of each channel.
        running: running mean and variance, moved towards those of `x`.
        factor: by how much of the way.
        eps: added to the variance.
        floor: of the activation.
        out: filled with the result, as large as `x`.

    Returns:
        The table of the normalisation, for the backward pass.
    """
    channels = weight.size
    n = x.size // channels
    abreast = _places_abreast(n, channels)
    rows = x.reshape(n // abreast, abreast * channels)
    centre = _centre(x.reshape(n, channels))
    centres = _tiled(centre.reshape(1, channels), abreast)[0]
    sums = np.zeros((2, centres.size), np.float64)
    for first in range(0, len(rows), _CHUNK):
        _accumulate(rows, first, min(first + _CHUNK, len(rows)), centres, sums)
    mean, variance = _moments(sums, centre, n)
    move(running, mean, variance, factor, n)
    line = table(mean, variance, weight, bias, eps)
    affine(x, line, floor, out)
    return line


@compiled
def batch_norm_pool(
    x: Array,
    weight: Array,
    bias: Array,
    running: tuple[Array, Array],
    factor: float,
    eps: float,
    floor: Real,
    picked: Array,
    which: Bytes,
    out: Array,
) -> Array:
    """Normalises by the statistics of `x`, activate and pool: as `batch_norm`, reading `x` once.

    The maximum of a window is found before the scale is known, for its sign is enough.

    Args:
        x: images.
        weight: the scale of each channel.
        bias: the shift of each channel.
        running: running mean and variance, moved towards those of `x`.
        factor: by how much of the way.
        eps: added to the variance.
        floor: of the activation.
        picked: filled with the values pooled, as they are in `x`: ``(N, H // 2, W // 2, C)``.
        which: filled with their places, whatever the floor.
        out: filled with the result, as large as `picked`.

    Returns:
        The table of the normalisation, for the backward pass.
    """
    channels = weight.size
    n = x.size // channels
    size = n // len(x)
    abreast = _places_abreast(n, channels)
    rows = x.reshape(n // abreast, abreast * channels)
    centre = _centre(x.reshape(n, channels))
    centres = _tiled(centre.reshape(1, channels), abreast)[0]
    sums = np.zeros((2, centres.size), np.float64)
    sign = np.empty(channels, x.dtype)
    for c in range(channels):
        sign[c] = -1 if weight[c] < 0 else 1
    # Few images at a time, so that pooling finds them in the cache where the sums left them.
    step = max(1, _CHUNK // size)
    while step * size % abreast:
        step += 1
    for first in range(0, len(x), step):
        last = min(first + step, len(x))
        _accumulate(rows, first * size // abreast, last * size // abreast, centres, sums)
        _pick(x, first, last, sign, picked, which)
    mean, variance = _moments(sums, centre, n)
    move(running, mean, variance, factor, n)
    line = table(mean, variance, weight, bias, eps)
    affine(picked, line, floor, out)
    return line


@compiled
def move(running: tuple[Array, Array], mean: Array, variance: Array, factor: float, n: int) -> None:
    """Moves the running statistics towards those of a batch with n values in a channel, n > 1.

    As torch does: the variance given is biased, the running one is not.
    """
    for c in range(mean.size):
        running[0][c] += factor * (mean[c] - running[0][c])
        running[1][c] += factor * (variance[c] * n / (n - 1) - running[1][c])


@compiled
def table(mean: Array, variance: Array, weight: Array, bias: Array, eps: float) -> Array:
    """Returns mean, 1 / std, scale and shift of each channel, in the type of `weight`.

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
def identity(x: Array) -> Array:
    """Returns the table that changes nothing, for the channels of `x`."""
    line = np.zeros((4, x.shape[3]), x.dtype)
    for c in range(x.shape[3]):
        line[INVERSE_STD, c] = 1
        line[SCALE, c] = 1
    return line


@compiled
def affine(x: Array, line: Array, floor: Real, out: Array) -> None:
    """Scales, shift and activate into `out`, as large as `x`."""
    channels = line.shape[1]
    n = x.size // channels
    abreast = _places_abreast(n, channels)
    rows = x.reshape(n // abreast, abreast * channels)
    result = out.reshape(rows.shape)
    wide = _tiled(line, abreast)
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            value = rows[r, c] * wide[SCALE, c] + wide[SHIFT, c]
            result[r, c] = floor if value <= floor else value


@compiled
def affine_pool(x: Array, line: Array, floor: Real, out: Array, which: Bytes) -> None:
    """Scales, shift, activate and pool into `out`, the places into `which`."""
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
def affine_max(x: Array, line: Array, floor: Real, out: Array) -> None:
    """Does what `affine_pool` does where nobody asks for the places."""
    images, height, width, channels = out.shape
    for n in range(images):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    scale = line[SCALE, c]
                    shift = line[SHIFT, c]
                    best = x[n, 2 * h, 2 * w, c] * scale + shift
                    value = x[n, 2 * h, 2 * w + 1, c] * scale + shift
                    best = value if _wins(value, best) else best
                    value = x[n, 2 * h + 1, 2 * w, c] * scale + shift
                    best = value if _wins(value, best) else best
                    value = x[n, 2 * h + 1, 2 * w + 1, c] * scale + shift
                    best = value if _wins(value, best) else best
                    out[n, h, w, c] = floor if best <= floor else best


@inlined
def _wins(value: Real, best: Real) -> bool:
    # torch's rule: the first of equal values stays, a NaN wins over everything before it.
    return bool(value > best or value != value)  # noqa: PLR0124


@compiled
def _pick(x: Array, first: int, last: int, sign: Array, picked: Array, which: Bytes) -> None:
    # A NaN makes the statistics of its channel NaN, so it needs no care here.
    _, height, width, channels = picked.shape
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    best = x[n, 2 * h, 2 * w, c] * sign[c]
                    place = 0
                    value = x[n, 2 * h, 2 * w + 1, c] * sign[c]
                    if value > best:
                        best = value
                        place = 1
                    value = x[n, 2 * h + 1, 2 * w, c] * sign[c]
                    if value > best:
                        best = value
                        place = 2
                    value = x[n, 2 * h + 1, 2 * w + 1, c] * sign[c]
                    if value > best:
                        best = value
                        place = 3
                    picked[n, h, w, c] = best * sign[c]
                    which[n, h, w, c] = place


@compiled
def _places_abreast(n: int, channels: int) -> int:
    # A power of two that divides n and makes rows of 65 to 128 values out of narrower ones.
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


@compiled
def _centre(rows: Array) -> Array:
    # A value near the mean of each channel: squares are summed about it, so nothing cancels.
    n = min(rows.shape[0], _CHUNK)
    total = np.zeros(rows.shape[1], np.float64)
    for r in range(n):
        for c in range(total.size):
            total[c] += rows[r, c]
    centre = np.empty(total.size, rows.dtype)
    for c in range(total.size):
        centre[c] = total[c] / n if np.isfinite(total[c]) else 0
    return centre


@compiled
def _accumulate(rows: Array, first: int, last: int, centre: Array, sums: Array) -> None:
    part = np.zeros((2, centre.size), rows.dtype)
    # Row by row, as the memory lies: several rows at once save stores and lose the prefetcher.
    for r in range(first, last):
        for c in range(centre.size):
            value = rows[r, c] - centre[c]
            part[0, c] += value
            part[1, c] += value * value
    for c in range(part.shape[1]):
        sums[0, c] += part[0, c]
        sums[1, c] += part[1, c]


@compiled
def _moments(sums: Array, centre: Array, n: int) -> tuple[Array, Array]:
    channels = centre.size
    mean = np.zeros(channels, np.float64)
    variance = np.zeros(channels, np.float64)
    for i in range(sums.shape[1]):
        mean[i % channels] += sums[0, i] / n
        variance[i % channels] += sums[1, i] / n
    for c in range(channels):
        rest = variance[c] - mean[c] * mean[c]
        variance[c] = 0 if rest < 0 else rest
        mean[c] += centre[c]
    return mean, variance
