from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from idx_files import NAMES, assert_holds, contents, encode, write_archive

from bakeoff.data.idx_datasets import Idx
from bakeoff.errors import DataError


def refused(folder: Path, *parts: str) -> None:
    """Both ways of looking at a folder must fail with one sentence that has all parts."""
    for look in (Idx.load, Idx.digest):
        with pytest.raises(DataError) as caught:
            look(Idx(folder))
        for part in parts:
            assert part in str(caught.value)


def test_a_folder_that_does_not_exist(tmp_path):
    refused(tmp_path / "nowhere", str(tmp_path / "nowhere"), "does not exist")


def test_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "file").touch()
    refused(tmp_path / "file", "is a file; give the folder that holds the four IDX files")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named_with_what_the_folder_holds(tmp_path, name):
    folder = write_archive(tmp_path / "images", contents())
    (folder / NAMES[name]).rename(folder / "something.else")
    split, kind = name.split("_")
    held = [NAMES[other] for other in NAMES if other != name]
    refused(folder, f"lacks the {split} {kind} (", NAMES[name], ".gz", "something.else", *held)


def test_an_empty_folder_lacks_all_four(tmp_path):
    refused(tmp_path, *NAMES.values(), "the folder holds no files")


def test_two_data_sets_are_not_mixed(tmp_path):
    folder = write_archive(tmp_path / "images", contents())
    path = folder / NAMES["test_labels"]
    path.rename(folder / "emnist-digits-test-labels-idx1-ubyte")
    refused(folder, "lacks the test labels (t10k-labels-idx1-ubyte")


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_named(tmp_path, name):
    folder = write_archive(tmp_path / "images", contents())
    path = folder / NAMES[name]
    os.truncate(path, path.stat().st_size - 1)
    refused(folder, str(folder / NAMES[name]), "truncated")


def test_images_and_labels_swapped(tmp_path):
    folder = write_archive(tmp_path / "images", contents())
    first, second = folder / NAMES["test_images"], folder / NAMES["test_labels"]
    first.rename(tmp_path / "held")
    second.rename(first)
    (tmp_path / "held").rename(second)
    refused(folder, str(first), "holds labels", "where images", "swapped")


@pytest.mark.parametrize("split", ["train", "test"])
def test_counts_that_differ(tmp_path, split):
    arrays = contents(40, 20)
    arrays[f"{split}_labels"] = arrays[f"{split}_labels"][:-1]
    count = {"train": 40, "test": 20}[split]
    folder = write_archive(tmp_path / "images", arrays)
    names = NAMES[f"{split}_images"], NAMES[f"{split}_labels"]
    refused(folder, f"holds {count} images", f"{count - 1} labels", *names)


def test_a_data_set_without_images(tmp_path):
    folder = write_archive(tmp_path / "images", contents(40, 0))
    refused(folder, NAMES["test_images"], "holds no images")


def test_an_unpacked_file_is_taken_before_a_packed_one(tmp_path):
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    (folder / f"{NAMES['test_labels']}.gz").write_bytes(gzip.compress(encode(np.zeros(20))))
    assert_holds(Idx(folder).load(), arrays)
