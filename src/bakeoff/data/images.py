"""From bytes to the pixels that networks see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def block_means(images: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    """Shrinks images to `size` by averaging square blocks of pixels, without rounding.

    Args:
        images: ``(n, side, side)``.
        size: `side` itself, which changes nothing, or half of it, the means of 2x2 pixels.

    Returns:
        ``(n, size, size)``, values from 0 to 255.

    Raises:
        ValueError: `size` is neither.
    """
    if images.shape[1:] == (size, size):
        return images.astype(np.float32)
    if images.shape[1:] != (2 * size, 2 * size):
        raise ValueError(f"images of shape {images.shape[1:]} cannot be averaged to {size}")
    total = images[:, ::2, ::2].astype(np.uint16)
    for row, column in ((0, 1), (1, 0), (1, 1)):
        total += images[:, row::2, column::2]
    # A sum of four bytes has 10 bits, so that a quarter of it is exact in float32.
    return total.astype(np.float32) * np.float32(0.25)
