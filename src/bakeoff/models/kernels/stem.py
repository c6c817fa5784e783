"""A 3x3 convolution of few input channels with all that follows it, its output never stored.

These are the passes over images; `stem_algebra` has what batch norm makes of their results. Images
are ``(N, H, W, channels)``, filters ``(C, K)``, their K = 9 * channels values in the order of rows,
columns and channels, as are those of a patch of the input. `line`, `floor` and `which` are as in
`forward`.
"""

from __future__ import annotations

import numpy as np

from bakeoff.models.kernels.compiler import Array, Bytes, Real, compiled, inlined

SIDE = 3
NOWHERE = 4  # as in `forward`
SCALE, SHIFT = 2, 3
_CHUNK = 1024  # places, about, summed in the arrays' own type before they join a float64 total


@compiled
def patches(x: Array, centre: Array) -> Array:
    """Returns the patches minus `centre` (channels,) as columns over ones: ``(K + 1, n)``.

    The product of the result with its transpose holds their sums and their sums of products.
    """
    images, height, width, channels = x.shape
    size = SIDE * SIDE * channels
    columns = width - SIDE + 1
    windows = (height - SIDE + 1) * columns
    result = np.ones((size + 1, images * windows), x.dtype)
    tap = 0
    for i in range(SIDE):
        for j in range(SIDE):
            for a in range(channels):
                for n in range(images):
                    for h in range(height - SIDE + 1):
                        start = n * windows + h * columns
                        for w in range(columns):
                            result[tap, start + w] = x[n, h + i, w + j, a] - centre[a]
                tap += 1
    return result


@compiled
def convolve(
    x: Array,
    filters: Array,
    bias: Array,
    line: Array,
    floor: Real,
    channels: tuple[int, ...],
    out: Array,
    which: Bytes,
) -> None:
    """Convolves, scale, shift, activate and pool into `out`, the places into `which`.

    `channels` is any tuple of as many numbers as `x` has channels: the length of a tuple is known
    when the kernel is compiled, and the loop over the taps is unrolled.
    """
    images, height, width, count = out.shape
    taps, shift = _scaled(filters, bias, line)
    for n in range(images):
        for h in range(height):
            for w in range(width):
                for c in range(count):
                    first = shift[c]
                    second = shift[c]
                    third = shift[c]
                    fourth = shift[c]
                    for i in range(SIDE):
                        for j in range(SIDE):
                            for a in range(len(channels)):
                                tap = taps[(i * SIDE + j) * len(channels) + a, c]
                                first += tap * x[n, 2 * h + i, 2 * w + j, a]
                                second += tap * x[n, 2 * h + i, 2 * w + j + 1, a]
                                third += tap * x[n, 2 * h + i + 1, 2 * w + j, a]
                                fourth += tap * x[n, 2 * h + i + 1, 2 * w + j + 1, a]
                    best = first
                    place = 0
                    if _wins(second, best):
                        best = second
                        place = 1
                    if _wins(third, best):
                        best = third
                        place = 2
                    if _wins(fourth, best):
                        best = fourth
                        place = 3
                    if best <= floor:
                        best = floor
                        place = NOWHERE
                    out[n, h, w, c] = best
                    which[n, h, w, c] = place


@compiled
def gradient_sums(x: Array, centre: Array, gradient: Array, which: Bytes) -> tuple[Array, Array]:
    """Returns the sums over places of g * p, ``(C, K)``, and of g, ``(C,)``, both float64.

    `centre` (channels,) is taken from `x` while single values are summed, lest they cancel later.
    """
    images, height, width, count = gradient.shape
    channels = x.shape[3]
    size = SIDE * SIDE * channels
    products = np.zeros((count, size), np.float64)
    totals = np.zeros(count, np.float64)
    part = np.zeros((size + 1, count), x.dtype)
    g = np.empty((4, count), x.dtype)
    step = max(1, _CHUNK // (4 * height * width))
    for n in range(images):
        for h in range(height):
            for w in range(width):
                _spread(gradient, which, n, h, w, g)
                for c in range(count):
                    part[size, c] += g[0, c] + g[1, c] + g[2, c] + g[3, c]
                for i in range(SIDE):
                    for a in range(channels):
                        _add_row(
                            x, centre, n, 2 * h + i, 2 * w, a, g, part, i * SIDE * channels + a
                        )
        if (n + 1) % step == 0 or n + 1 == images:
            for c in range(count):
                totals[c] += part[size, c]
                part[size, c] = 0
                for i in range(size):
                    products[c, i] += part[i, c]
                    part[i, c] = 0
    for c in range(count):
        for i in range(size):
            products[c, i] += totals[c] * centre[i % channels]
    return products, totals


@compiled
def _scaled(filters: Array, bias: Array, line: Array) -> tuple[Array, Array]:
    # The filters in columns and the shifts, such that what they give is normalised.
    count, size = filters.shape
    taps = np.empty((size, count), filters.dtype)
    shift = np.empty(count, filters.dtype)
    for c in range(count):
        shift[c] = bias[c] * line[SCALE, c] + line[SHIFT, c]
        for i in range(size):
            taps[i, c] = filters[c, i] * line[SCALE, c]
    return taps, shift


@inlined
def _wins(value: Real, best: Real) -> bool:
    return bool(value > best or value != value)  # noqa: PLR0124  # as in `forward`


@inlined
def _add_row(
    x: Array,
    centre: Array,
    n: int,
    row: int,
    column: int,
    channel: int,
    g: Array,
    part: Array,
    tap: int,
) -> None:
    # Three taps of a row at once: they share the gradients and most of the inputs.
    following = tap + x.shape[3]
    last = following + x.shape[3]
    x0 = x[n, row, column, channel] - centre[channel]
    x1 = x[n, row, column + 1, channel] - centre[channel]
    x2 = x[n, row, column + 2, channel] - centre[channel]
    x3 = x[n, row, column + 3, channel] - centre[channel]
    y0 = x[n, row + 1, column, channel] - centre[channel]
    y1 = x[n, row + 1, column + 1, channel] - centre[channel]
    y2 = x[n, row + 1, column + 2, channel] - centre[channel]
    y3 = x[n, row + 1, column + 3, channel] - centre[channel]
    for c in range(part.shape[1]):
        g0 = g[0, c]
        g1 = g[1, c]
        g2 = g[2, c]
        g3 = g[3, c]
        value = part[tap, c]
        value += g0 * x0
        value += g1 * x1
        value += g2 * y0
        part[tap, c] = value + g3 * y1
        value = part[following, c]
        value += g0 * x1
        value += g1 * x2
        value += g2 * y1
        part[following, c] = value + g3 * y2
        value = part[last, c]
        value += g0 * x2
        value += g1 * x3
        value += g2 * y2
        part[last, c] = value + g3 * y3


@inlined
def _spread(gradient: Array, which: Bytes, n: int, h: int, w: int, g: Array) -> None:
    # Two arrays are stored to in a loop, not four: see `forward`.
    zero = gradient.dtype.type(0)
    for c in range(gradient.shape[3]):
        value = gradient[n, h, w, c]
        place = which[n, h, w, c]
        g[0, c] = value if place == 0 else zero
        g[1, c] = value if place == 1 else zero
    for c in range(gradient.shape[3]):
        value = gradient[n, h, w, c]
        place = which[n, h, w, c]
        g[2, c] = value if place == 2 else zero
        g[3, c] = value if place == 3 else zero
