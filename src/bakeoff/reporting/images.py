"""Small grey images for a page that loads nothing: PNG files inside the page's own text."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"

# Bits of a sample, grey without alpha, the only compression and filtering, not interlaced.
_FORMAT = (8, 0, 0, 0, 0)


@dataclass(frozen=True)
class Thumbnail:
    """An image for a page.

    Attributes:
        source: its pixels, as a ``data:`` address.
        alt: what it shows, for those who do not see it.
        width: in pixels.
        height: in pixels.
    """

    source: str
    alt: str
    width: int
    height: int


def thumbnails(pixels: NDArray[np.uint8], digits: Sequence[int]) -> tuple[Thumbnail, ...]:
    """Return the images of one example, each with its class as alternative text.

    Args:
        pixels: uint8 ``(images, height, width)``.
        digits: the class of each.
    """
    _, height, width = pixels.shape
    return tuple(
        Thumbnail(data_uri(image), f"Image of a {digit}", width, height)
        for image, digit in zip(pixels, digits, strict=True)
    )


def data_uri(image: NDArray[np.uint8]) -> str:
    """Return an image, uint8 ``(height, width)``, as a ``data:`` address of its PNG file."""
    return f"data:image/png;base64,{b64encode(png(image)).decode('ascii')}"


def png(image: NDArray[np.uint8]) -> bytes:
    """Return the PNG file of a grey image: 0 is black, 255 is white.

    Args:
        image: uint8 ``(height, width)``, at least one pixel.

    Raises:
        ValueError: it is not of that kind.
    """
    if image.ndim != 2 or image.dtype != "uint8" or not image.size:
        raise ValueError(f"an image must be uint8 (height, width), not {image.dtype} {image.shape}")
    height, width = image.shape
    # Each row begins with the number of its filter; 0 leaves the pixels as they are.
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">II5B", width, height, *_FORMAT)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
