import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bakeoff.data.drawing import moments
from bakeoff.data.images import block_means

batches = arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28)))


@given(batches)
def test_a_mean_is_exactly_that_of_its_four_pixels(images):
    blocks = images.reshape(-1, 14, 2, 14, 2).astype(np.float64)
    means = block_means(images, 14)
    assert means.dtype == np.float32
    np.testing.assert_array_equal(means, blocks.mean(axis=(2, 4)), strict=False)


@given(batches)
def test_full_size_leaves_pixels_as_they_are(images):
    pixels = block_means(images, 28)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, images)


def test_pixels_keep_their_places():
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, 3, 26] = 255
    means = block_means(images, 14)
    assert means[0, 1, 13] == 63.75
    assert means.sum() == 63.75


@pytest.mark.parametrize("size", [7, 13, 56])
def test_another_size_is_refused(size):
    with pytest.raises(ValueError, match=str(size)):
        block_means(np.zeros((1, 28, 28), np.uint8), size)


@given(batches.filter(lambda images: len(images) > 0), st.sampled_from([14, 28]))
def test_moments_are_the_exact_ones_rounded_once(images, size):
    pixels = block_means(images, size)
    quarters = (4 * pixels).astype(np.int64).ravel()
    n = quarters.size
    mean = Fraction(int(quarters.sum()), 4 * n)
    variance = Fraction(int(quarters @ quarters), 16 * n) - mean * mean
    assert moments(pixels) == (float(mean), math.sqrt(float(variance)))


def test_moments_of_pixels_beyond_one_chunk():
    pixels = np.full(3 << 20, 250, np.float32)
    pixels[: 1 << 20] = 0.25
    mean, sd = moments(pixels)
    assert mean == pytest.approx((0.25 + 2 * 250) / 3, rel=1e-15)
    assert sd == pytest.approx(249.75 * 2**0.5 / 3, rel=1e-15)
