"""Small images for a page that loads nothing: PNG files inside the page's own text."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"

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
    """Returns an image as a ``data:`` address of its PNG file."""
    return f"data:image/png;base64,{b64encode(png(image)).decode('ascii')}"


def png(image: NDArray[np.uint8]) -> bytes:
    """Returns the PNG file of an image: 0 is black, 255 is white.

    Args:
        image: uint8 ``(height, width)``, or ``(height, width, 3)`` of red, green and blue; at
            least one pixel.

    Raises:
        ValueError: its type or shape is another.
    """
    axes = (image.ndim, *image.shape[2:])
    if image.dtype != "uint8" or not image.size or axes not in {(2,), (3, 3)}:
        raise ValueError(
            "an image must be uint8 (height, width) or (height, width, 3), not "
            f"{image.dtype} {image.shape}"
        )
    height, width = image.shape[:2]
    # Bits of a sample, grey or colour, the only compression and filtering, not interlaced.
    header = (width, height, 8, 0 if image.ndim == 2 else 2, 0, 0, 0)
    # Each row begins with the number of its filter; 0 leaves the pixels as they are.
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">II5B", *header)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
