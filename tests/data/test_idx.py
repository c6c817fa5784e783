from __future__ import annotations

import gzip
import hashlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from idx_files import encode

from bakeoff.data.idx import Kind, parse_idx, read_idx
from bakeoff.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)

images = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=6))
labels = arrays(np.uint8, array_shapes(min_dims=1, max_dims=1, max_side=40))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def fault(path: Path, kind: Kind) -> str:
    with pytest.raises(DataError) as caught:
        read_idx(path, kind)
    assert str(path) in str(caught.value)
    return str(caught.value)


@given(images)
def test_images_come_back_as_written(array):
    np.testing.assert_array_equal(parse_idx(encode(array), "images", "x"), array)


@given(labels)
def test_labels_come_back_as_written(array):
    np.testing.assert_array_equal(parse_idx(encode(array), "labels", "x"), array)


@given(images, st.data())
def test_any_truncation_is_refused(array, data):
    whole = encode(array)
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DataError, match=r"truncated|not an IDX file"):
        parse_idx(whole[:end], "images", "x")


@given(st.binary(max_size=64), st.sampled_from(["images", "labels"]))
def test_arbitrary_bytes_are_read_or_refused_as_data(data, kind):
    with suppress(DataError):
        assert encode(parse_idx(data, kind, "x")) == data


@given(labels, st.data())
def test_any_damage_to_a_gzipped_file_is_refused_or_harmless(tmp_path_factory, array, data):
    packed = bytearray(gzip.compress(encode(array), mtime=0))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    path = written(tmp_path_factory.getbasetemp() / "labels", bytes(packed))
    with suppress(DataError):
        np.testing.assert_array_equal(read_idx(path, "labels"), array)


@pytest.mark.parametrize("name", ["file", "file.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_gzip_is_told_by_content_and_not_by_name(tmp_path, name, pack):
    path = written(tmp_path / name, pack(encode(LABELS)))
    np.testing.assert_array_equal(read_idx(path, "labels"), LABELS)


def test_what_is_read_cannot_be_written_to(tmp_path):
    assert not read_idx(written(tmp_path / "file", encode(IMAGES)), "images").flags.writeable


def test_a_truncated_gzip_file(tmp_path):
    data = gzip.compress(encode(IMAGES))
    sentence = fault(written(tmp_path / "file.gz", data[:-9]), "images")
    assert "truncated" in sentence
    assert "fetch the file again" in sentence


def test_a_gzip_file_whose_checksum_is_wrong(tmp_path):
    data = bytearray(gzip.compress(encode(IMAGES)))
    data[-8] ^= 1
    sentence = fault(written(tmp_path / "file.gz", bytes(data)), "images")
    assert "corrupt" in sentence
    assert "CRC" in sentence


def test_a_gzip_file_whose_stream_is_damaged(tmp_path):
    data = bytearray(gzip.compress(encode(IMAGES)))
    data[10] = 0xFF
    assert "corrupt" in fault(written(tmp_path / "file.gz", bytes(data)), "images")


def test_a_truncated_plain_file_tells_both_sizes(tmp_path):
    sentence = fault(written(tmp_path / "file", encode(IMAGES)[:-5]), "images")
    assert "truncated" in sentence
    assert "2 x 3 x 4 pixels, 24 bytes in all, and 19 follow" in sentence


def test_a_file_that_ends_within_its_header(tmp_path):
    assert "within its header of 16" in fault(
        written(tmp_path / "file", encode(IMAGES)[:9]), "images"
    )


def test_trailing_bytes(tmp_path):
    sentence = fault(written(tmp_path / "file", encode(LABELS) + b"\0\0"), "labels")
    assert "has bytes after its end" in sentence
    assert "5 labels, 5 bytes in all, and 7 follow" in sentence


def test_an_empty_file(tmp_path):
    assert "it is empty" in fault(written(tmp_path / "file", b""), "labels")


def test_a_file_of_another_format(tmp_path):
    sentence = fault(written(tmp_path / "file", b"\x89PNG\r\n\x1a\n"), "images")
    assert "starts with the bytes 89 50 4e 47; images start with 00 00 08 03" in sentence


def test_values_of_another_type(tmp_path):
    sentence = fault(written(tmp_path / "file", encode(LABELS, kind=0x0D)), "labels")
    assert "float32 (0x0d)" in sentence
    assert "unsigned bytes (0x08)" in sentence


@pytest.mark.parametrize(
    ("array", "kind", "held"), [(IMAGES, "labels", "images"), (LABELS, "images", "labels")]
)
def test_a_mislabelled_file(tmp_path, array, kind, held):
    sentence = fault(written(tmp_path / "file", encode(array)), kind)
    assert f"holds {held}" in sentence
    assert f"where {kind}" in sentence
    assert "swapped" in sentence


def test_a_wrong_number_of_dimensions(tmp_path):
    sentence = fault(written(tmp_path / "file", encode(IMAGES[..., None, None])), "images")
    assert "an array of dimension 5, where images, of dimension 3" in sentence


def test_a_file_that_is_not_there(tmp_path):
    assert "cannot be read: No such file" in fault(tmp_path / "file", "images")


def test_a_file_that_differs_from_the_one_expected_tells_both_hashes(tmp_path):
    data = encode(LABELS)
    path = written(tmp_path / "file", data)
    right, other = hashlib.sha256(data).hexdigest(), "0" * 64
    np.testing.assert_array_equal(read_idx(path, "labels", sha256=right), LABELS)
    with pytest.raises(DataError, match=f"file.*{right}.*expected {other}.*install bakeoff again"):
        read_idx(path, "labels", sha256=other)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_absurd_dimensions_are_refused_before_any_memory_is_taken(tmp_path, pack):
    path = tmp_path / "images"
    path.write_bytes(pack(b"\0\0\x08\x03" + b"\xff" * 12 + b"\0" * 100))
    with pytest.raises(DataError, match="4,294,967,295 x 4,294,967,295|would unpack to"):
        read_idx(path, "images")


def test_no_more_is_unpacked_than_the_header_announces(tmp_path):
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x02" + bytes(30_000_000)))
    with pytest.raises(DataError, match="2 labels, 2 bytes in all, and [0-9,]{1,5} follow"):
        read_idx(path, "labels")


@pytest.mark.parametrize("place", range(16))
def test_no_flipped_bit_of_a_header_goes_unnoticed(tmp_path, place):
    whole = b"\0\0\x08\x03\0\0\0\x02\0\0\0\x03\0\0\0\x05" + bytes(30)
    path = tmp_path / "images"
    for bit in range(8):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        with pytest.raises(DataError):
            read_idx(path, "images")
