"""Small images inside a page: any reader of PNG files finds the same pixels in them."""

import struct
import zlib
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bakeoff.reporting.images import SIGNATURE, data_uri, png, thumbnails


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


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30))))
def test_a_file_has_the_images_pixels(image):
    found = chunks(png(image))

    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    height, width = image.shape
    assert struct.unpack(">II5B", found[b"IHDR"]) == (width, height, 8, 0, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    assert np.array_equal(rows[:, 1:], image)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 3), np.float32),
        np.zeros((1, 2, 3), np.uint8),
        np.zeros((0, 3), np.uint8),
    ],
    ids=["float", "three axes", "empty"],
)
def test_anything_else_is_refused(image):
    with pytest.raises(ValueError, match=r"must be uint8 \(height, width\)"):
        png(image)


def test_an_example_has_an_image_for_each_digit_with_words_for_it():
    pixels = np.arange(2 * 14 * 14, dtype=np.uint8).reshape(2, 14, 14)

    first, second = thumbnails(pixels, (7, 0))

    assert (first.alt, second.alt) == ("Image of a 7", "Image of a 0")
    assert (first.width, first.height) == (14, 14)
    assert second.source == data_uri(pixels[1])
    assert b64decode(second.source.removeprefix("data:image/png;base64,")) == png(pixels[1])
