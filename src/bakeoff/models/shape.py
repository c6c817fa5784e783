"""The shape of one example as it passes through a network, without the batch axis."""

from __future__ import annotations

from typing import TypeAlias

from bakeoff.errors import SpecError

Shape: TypeAlias = tuple[int, ...]
"""``(features,)``, ``(channels, height, width)``, or ``(images, ...)`` after `PerImage`."""


class ShapeError(SpecError):
    """A layer cannot take the shape it is given."""


def image(layer: object, shape: Shape) -> tuple[int, int, int]:
    """Returns the shape as ``(channels, height, width)``.

    Raises:
        ShapeError: the shape has no height and width.
    """
    if len(shape) != 3:
        raise ShapeError(f"{layer!r} needs an image (channels, height, width); it is given {shape}")
    return shape[0], shape[1], shape[2]


def window(layer: object, size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """Returns how many places a window of `kernel` takes along an axis of `size`.

    Raises:
        ShapeError: the window is larger than the padded axis.
    """
    if size + 2 * padding < kernel:
        raise ShapeError(
            f"{layer!r}: its window of {kernel} is larger than its input of {size}"
            + (f" padded to {size + 2 * padding}" if padding else "")
        )
    return (size + 2 * padding - kernel) // stride + 1


def count(shape: Shape) -> int:
    """Returns the number of values in an example of this shape."""
    total = 1
    for size in shape:
        total *= size
    return total
