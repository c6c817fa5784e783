"""Strokes become images as the dataset's own are: as large, as thick, as much in the middle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bakeoff
from bakeoff.inference.description import Inputs
from bakeoff.inference.strokes import box_of, image_of

DIGITS = Inputs(shape=(1, 28, 28), kind="bytes", ground="dark")
SEVEN = (((0.2, 0.2), (0.6, 0.2), (0.4, 0.9)),)


def moved(strokes, scale, x, y):
    return [[(a * scale + x, b * scale + y) for a, b in stroke] for stroke in strokes]


def test_the_box_of_mnist_is_20_of_28_pixels():
    images = bakeoff.MNIST().load().test.inputs[:500, 0]
    assert box_of(images, DIGITS) == 20 / 28
    assert box_of(255 - images, DIGITS.replace(ground="light")) == 20 / 28


def test_images_with_ink_anywhere_have_no_box():
    corner = np.zeros((20, 28, 28), np.uint8)
    corner[:, :5, :5] = 255
    assert box_of(corner, DIGITS) is None
    assert box_of(np.zeros_like(corner), DIGITS) is None


@given(st.floats(0.15, 1.5), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_drawing_is_the_same_wherever_and_however_large_it_is_drawn(scale, x, y):
    whole = image_of(SEVEN, DIGITS, box=20 / 28).astype(int)
    other = image_of(moved(SEVEN, scale, x, y), DIGITS, box=20 / 28).astype(int)
    # Fine pixels are drawn whole, hence a shade.
    assert np.abs(whole - other).mean() < 2


def test_a_drawing_fills_the_box_around_its_centre_of_mass():
    (image,) = image_of(SEVEN, DIGITS, box=20 / 28)
    rows = np.flatnonzero(image.any(axis=1))
    assert 20 <= np.ptp(rows) + 1 <= 21
    weights = image / image.sum()
    assert weights.sum(axis=1) @ np.arange(28) == pytest.approx(13.5, abs=0.5)
    assert weights.sum(axis=0) @ np.arange(28) == pytest.approx(13.5, abs=0.5)


def test_without_a_box_ink_stays_where_it_is_drawn_and_on_paper_it_is_dark():
    (image,) = image_of((((0.25, 0.25),),), DIGITS, box=None)
    assert np.argwhere(image == 255).mean(axis=0) == pytest.approx([6.5, 6.5], abs=0.5)
    paper = DIGITS.replace(ground="light")
    np.testing.assert_array_equal(image_of((((0.25, 0.25),),), paper, box=None)[0], 255 - image)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-4, 4), st.floats(-4, 4)), min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([None, 20 / 28]),
)
def test_any_strokes_make_an_image(strokes, box):
    image = image_of(strokes, DIGITS.replace(shape=(1, 20, 28)), box=box)
    assert (image.shape, image.dtype) == ((1, 20, 28), np.uint8)
