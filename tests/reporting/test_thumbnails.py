"""Small images inside a page: any reader of PNG files finds the same pixels in them."""

from base64 import b64decode
from io import BytesIO

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from bakeoff.reporting.thumbnails import MOST, data_uri, thumbnail

sides = st.integers(1, 30)


@given(arrays.arrays(np.uint8, st.tuples(sides, sides) | st.tuples(sides, sides, st.just(3))))
def test_a_file_has_the_images_pixels(image):
    kind, _, text = data_uri(image).partition(",")

    assert kind == "data:image/png;base64"
    with Image.open(BytesIO(b64decode(text))) as opened:
        assert opened.format == "PNG"
        assert np.array_equal(np.asarray(opened), image)


def test_a_thumbnail_has_its_image_and_words_for_it():
    pixels = np.arange(14 * 10, dtype=np.uint8).reshape(14, 10)

    found = thumbnail(pixels, "Image of a 7")

    assert (found.alt, found.width, found.height) == ("Image of a 7", 10, 14)
    assert found.source == data_uri(pixels)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_large_image_is_shown_small(height, width):
    found = thumbnail(np.zeros((height, width, 3), np.uint8), "")

    assert min(found.height, found.width) >= 1
    assert max(found.height, found.width) <= MOST
    if max(height, width) <= MOST:
        assert (found.height, found.width) == (height, width)
