"""Small images for a page that loads nothing: PNG files inside the page's own text."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 128
"""Pixels of a thumbnail's longer side."""


@dataclass(frozen=True)
class Thumbnail:
    """An image for a page.

    Attributes:
        source: its pixels, as a ``data:`` address.
        alt: the text for readers who do not see it.
        width: in pixels.
        height: in pixels.
        ink: whether it is white ink on black, which the light theme inverts.
    """

    source: str
    alt: str
    width: int
    height: int
    ink: bool = False


def thumbnail(image: NDArray[np.uint8], alt: str, *, ink: bool = False) -> Thumbnail:
    """Returns an image for a page; a large one keeps every second pixel, or third, and so on.

    Args:
        image: uint8 ``(height, width)``, or ``(height, width, 3)`` in colour.
        alt: what it shows.
        ink: whether it is white ink on black.
    """
    step = -(-max(image.shape[:2]) // MOST)
    small = image[::step, ::step]
    return Thumbnail(data_uri(small), alt, small.shape[1], small.shape[0], ink)


def data_uri(image: NDArray[np.uint8]) -> str:
    """Returns an image as a ``data:`` address of its PNG file; 0 is black, 255 is white."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(image).save(file, "png", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode('ascii')}"
