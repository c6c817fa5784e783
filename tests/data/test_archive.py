from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from idx_files import NAMES, assert_holds, contents, write_archive

from bakeoff.data import archive as archive_module
from bakeoff.data.archive import Archive, archive_digest, content_digest, open_archive
from bakeoff.errors import DataError

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def arrays_of(archive: Archive) -> dict[str, np.ndarray]:
    return {name: getattr(archive, name) for name in NAMES}


# The packaged MNIST.


def test_the_packaged_archive_is_mnist(mnist):
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_images.shape == (10_000, 28, 28)
    assert np.bincount(mnist.train_labels).tolist() == TRAIN_COUNTS
    assert np.bincount(mnist.test_labels).tolist() == TEST_COUNTS
    assert mnist.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert float(mnist.train_images.mean(dtype=np.float64)) == pytest.approx(33.318421, abs=1e-6)


def test_the_constant_digest_is_that_of_the_packaged_content(mnist):
    assert archive_digest() == mnist.digest == content_digest(arrays_of(mnist))


def test_arrays_are_read_only_and_mapped_from_the_cache(mnist):
    for array in arrays_of(mnist).values():
        assert not array.flags.writeable
        assert isinstance(array.base, np.memmap)


@pytest.mark.usefixtures("empty_cache")
def test_a_packaged_file_that_was_changed_is_refused(tmp_path, monkeypatch):
    changed = tmp_path / "mnist"
    shutil.copytree(archive_module._MNIST, changed)
    path = changed / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    monkeypatch.setattr(archive_module, "_MNIST", changed)
    with pytest.raises(DataError, match=r"t10k-labels.*SHA-256.*install bakeoff again"):
        open_archive()


def test_processes_that_decode_at_once_all_get_the_archive_whole(tmp_path, empty_cache):
    folder = write_archive(tmp_path / "images", contents(20_000, 2_000), packed=True)
    code = (
        "import sys, numpy; from pathlib import Path; from bakeoff.data.archive import *\n"
        "print('ready', flush=True); sys.stdin.read()\n"
        "archive = open_archive(Path(sys.argv[1]))\n"
        "print(archive.digest, int(archive.train_images.sum()))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(folder)]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 3
    for worker in workers:
        worker.stdin.close()  # lets it go
    said = {worker.stdout.read() for worker in workers}
    for worker in workers:
        worker.stdout.close()
        assert worker.wait() == 0
    expected = open_archive(folder)
    assert said == {f"{expected.digest} {int(expected.train_images.sum())}\n"}
    assert {path.suffix for path in empty_cache.rglob("*") if path.is_file()} == {".npy", ""}


# A folder of the user's.


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_is_read_as_written_first_and_later(tmp_path, packed):
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays, packed=packed)
    first, second = open_archive(folder), open_archive(folder)
    assert_holds(first, arrays)
    assert_holds(second, arrays)
    assert archive_digest(folder) == first.digest == second.digest


def test_packed_or_not_named_so_or_so_the_digest_is_that_of_the_content(tmp_path):
    arrays = contents()
    plain = write_archive(tmp_path / "plain", arrays)
    packed = write_archive(tmp_path / "packed", arrays, packed=True)
    dotted = write_archive(tmp_path / "dotted", arrays)
    emnist = write_archive(tmp_path / "emnist", arrays, packed=True)
    for path in dotted.iterdir():
        path.rename(dotted / path.name.replace("-idx", ".idx"))
    for path in emnist.iterdir():
        path.rename(emnist / ("emnist-digits-" + path.name.replace("t10k", "test")))
    digests = {archive_digest(folder) for folder in (plain, packed, dotted, emnist)}
    assert len(digests) == 1


def test_mnist_in_a_folder_is_the_packaged_archive(mnist):
    assert open_archive(archive_module._MNIST).digest == mnist.digest


@given(st.sampled_from(sorted(NAMES)), st.data())
def test_one_changed_byte_changes_the_digest(name, data):
    arrays = contents(3, 2)
    before = content_digest(arrays)
    place = data.draw(st.integers(0, arrays[name].size - 1))
    arrays[name].flat[place] ^= data.draw(st.integers(1, 255))
    assert content_digest(arrays) != before


def test_the_same_bytes_split_otherwise_have_another_digest():
    arrays = contents(40, 20)
    images = np.concatenate([arrays["train_images"], arrays["test_images"]])
    moved = arrays | {"train_images": images[:30], "test_images": images[30:]}
    assert content_digest(moved) != content_digest(arrays)


@pytest.mark.usefixtures("empty_cache")
def test_a_file_that_changes_is_noticed(tmp_path):
    folder = write_archive(tmp_path / "images", contents())
    before = open_archive(folder)
    changed = contents(seed=1)
    write_archive(folder, changed)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    after = open_archive(folder)
    assert_holds(after, changed)
    assert after.digest != before.digest
    assert archive_digest(folder) == after.digest


@pytest.mark.usefixtures("empty_cache")
def test_the_digest_of_an_unchanged_folder_is_known_without_reading_it(tmp_path, monkeypatch):
    folder = write_archive(tmp_path / "images", contents())
    digest = archive_digest(folder)
    monkeypatch.setattr(archive_module, "read_idx", None)
    assert archive_digest(folder) == digest
    assert open_archive(folder).digest == digest


def test_files_that_change_behind_an_unchanged_stamp_are_not_taken_for_the_old_ones(
    tmp_path, empty_cache, monkeypatch
):
    folder = write_archive(tmp_path / "images", contents())
    monkeypatch.setattr(archive_module, "_stamp", lambda files: "stamp")
    open_archive(folder)
    shutil.rmtree(empty_cache / "archives")
    write_archive(folder, contents(seed=1))
    with pytest.raises(DataError, match="changed while in use"):
        open_archive(folder)


def test_importing_the_module_loads_neither_torch_nor_numpy():
    code = (
        "import sys, bakeoff.data.archive as a, bakeoff.data.tasks as t\n"
        "a.archive_digest(), t.DigitPairs(), t.Digits()\n"
        "print({'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
