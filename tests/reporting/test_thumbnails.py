"""Small images inside a page: any reader of PNG files finds the same pixels in them."""

import struct
import zlib
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from bakeoff.reporting.thumbnails import MOST, SIGNATURE, data_uri, png, thumbnail


def chunks(data):
    """Return the parts of a PNG file by name, their checksums tested."""
    assert data[:8] == SIGNATURE
    found, place = {}, 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (told,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert told == zlib.crc32(kind + body)
        found[kind] = body
        place += 12 + length
    return found


sides = st.integers(1, 30)


@given(arrays.arrays(np.uint8, st.tuples(sides, sides) | st.tuples(sides, sides, st.just(3))))
def test_a_file_has_the_images_pixels(image):
    found = chunks(png(image))

    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    height, width = image.shape[:2]
    kind = 2 if image.ndim == 3 else 0
    assert struct.unpack(">II5B", found[b"IHDR"]) == (width, height, 8, kind, 0, 0, 0)
    with Image.open(BytesIO(png(image))) as opened:
        assert np.array_equal(np.asarray(opened), image)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 3), np.float32),
        np.zeros(3, np.uint8),
        np.zeros((1, 2, 4), np.uint8),
        np.zeros((0, 3), np.uint8),
    ],
    ids=["float", "one axis", "four colours", "empty"],
)
def test_anything_else_is_refused(image):
    with pytest.raises(ValueError, match=r"must be uint8 \(height, width\)"):
        png(image)


def test_a_thumbnail_has_its_image_and_words_for_it():
    pixels = np.arange(14 * 10, dtype=np.uint8).reshape(14, 10)

    found = thumbnail(pixels, "Image of a 7")

    assert (found.alt, found.width, found.height) == ("Image of a 7", 10, 14)
    assert found.source == data_uri(pixels)
    assert b64decode(found.source.removeprefix("data:image/png;base64,")) == png(pixels)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_large_image_is_shown_small(height, width):
    found = thumbnail(np.zeros((height, width, 3), np.uint8), "")

    assert min(found.height, found.width) >= 1
    assert max(found.height, found.width) <= MOST
    if max(height, width) <= MOST:
        assert (found.height, found.width) == (height, width)
