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
from idx_files import NAMES, assert_holds, contents, examples_of, write_archive

from bakeoff.data import idx_datasets as archive_module
from bakeoff.data.dataset import content_digest
from bakeoff.data.idx_datasets import MNIST, MNIST_DIGEST, Idx
from bakeoff.errors import DataError

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


# The packaged MNIST.


def test_the_packaged_archive_is_mnist(mnist):
    assert mnist.train.inputs[:, 0].shape == (60_000, 28, 28)
    assert mnist.test.inputs[:, 0].shape == (10_000, 28, 28)
    assert np.bincount(mnist.train.labels).tolist() == TRAIN_COUNTS
    assert np.bincount(mnist.test.labels).tolist() == TEST_COUNTS
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert float(mnist.train.inputs[:, 0].mean(dtype=np.float64)) == pytest.approx(
        33.318421, abs=1e-6
    )


def test_the_constant_digest_is_that_of_the_packaged_content(mnist):
    assert MNIST().digest() == MNIST_DIGEST == content_digest(mnist)
    assert content_digest(MNIST().read()) == MNIST_DIGEST


def test_arrays_are_read_only_and_mapped_from_the_cache(mnist):
    for array in mnist.arrays().values():
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
        MNIST().load()


def test_processes_that_decode_at_once_all_get_the_archive_whole(tmp_path, empty_cache):
    folder = write_archive(tmp_path / "images", contents(20_000, 2_000), packed=True)
    code = (
        "import sys, numpy; from bakeoff.data.idx_datasets import Idx\n"
        "print('ready', flush=True); sys.stdin.read()\n"
        "data = Idx(sys.argv[1])\n"
        "print(data.digest(), int(data.load().train.inputs.sum()))"
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
    expected = Idx(folder)
    assert said == {f"{expected.digest()} {int(expected.load().train.inputs.sum())}\n"}
    assert {path.suffix for path in empty_cache.rglob("*") if path.is_file()} == {".npy", ""}


# A folder of the user's.


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_is_read_as_written_first_and_later(tmp_path, packed):
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays, packed=packed)
    first, second = Idx(folder).load(), Idx(folder).load()
    assert_holds(first, arrays)
    assert_holds(second, arrays)
    assert Idx(folder).digest() == content_digest(first) == content_digest(second)


def test_packed_or_not_named_so_or_so_the_digest_is_that_of_the_content(tmp_path):
    arrays = contents()
    plain = write_archive(tmp_path / "plain", arrays)
    packed = write_archive(tmp_path / "packed", arrays, packed=True)
    dotted = write_archive(tmp_path / "dotted", arrays)
    for path in dotted.iterdir():
        path.rename(dotted / path.name.replace("-idx", ".idx"))
    digests = {Idx(folder).digest() for folder in (plain, packed, dotted)}
    assert len(digests) == 1


@pytest.mark.parametrize("prefix", ["emnist-digits-", "emnist-balanced-", "emnist-letters-"])
def test_emnists_images_are_turned_upright(tmp_path, prefix):
    arrays = contents()
    lying = {
        name: array.swapaxes(1, 2) if name.endswith("images") else array
        for name, array in arrays.items()
    }
    folder = write_archive(tmp_path / "emnist", lying, packed=True)
    for path in folder.iterdir():
        path.rename(folder / (prefix + path.name.replace("t10k", "test")))
    assert_holds(Idx(folder).load(), arrays)


@pytest.mark.usefixtures("empty_cache")
def test_images_of_any_size_channels_and_number_of_classes_are_read(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(0, 256, (300, 5, 9, 3), np.uint8),
        "train_labels": np.arange(300).astype(np.uint8) % 200,
        "test_images": rng.integers(0, 256, (20, 5, 9, 3), np.uint8),
        "test_labels": np.arange(20).astype(np.uint8),
    }
    folder = write_archive(tmp_path / "colour", arrays)
    for path in folder.glob("*idx3*"):
        path.rename(folder / path.name.replace("idx3", "idx4"))
    examples = Idx(folder).load()
    assert examples.shape == (3, 5, 9)
    assert len(examples.classes) == 200
    np.testing.assert_array_equal(
        examples.train.inputs.transpose(0, 2, 3, 1), arrays["train_images"]
    )


@pytest.mark.usefixtures("empty_cache")
def test_labels_that_do_not_begin_at_0_are_counted_from_there_and_that_is_told(tmp_path):
    arrays = contents()
    shifted = {n: a + 1 if n.endswith("labels") else a for n, a in arrays.items()}
    examples = Idx(write_archive(tmp_path / "letters", shifted)).load()
    assert_holds(examples, arrays)
    assert examples.classes == tuple(map(str, range(1, 11)))
    assert len(examples.remarks) == 1
    assert Idx(write_archive(tmp_path / "digits", arrays)).load().remarks == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a | {"test_labels": a["test_labels"] + 20}, "stands on the test side alone"),
        (lambda a: {n: v * 0 if n.endswith("labels") else v for n, v in a.items()}, "class '0'"),
        (lambda a: a | {"test_images": a["test_images"][:, :14]}, "must be of"),
        (lambda a: a | {"train_labels": a["train_labels"][1:]}, "one for each image"),
        (lambda a: {n: v[:0] for n, v in a.items()}, "holds no images"),
    ],
)
@pytest.mark.usefixtures("empty_cache")
def test_files_of_no_use_are_refused(tmp_path, change, words):
    folder = write_archive(tmp_path / "images", change(contents()))
    with pytest.raises(DataError, match=words):
        Idx(folder).load()


def test_mnist_in_a_folder_is_the_packaged_archive(mnist):
    assert Idx(archive_module._MNIST).digest() == content_digest(mnist)


@given(st.sampled_from(sorted(NAMES)), st.data())
def test_one_changed_byte_changes_the_digest(name, data):
    arrays = contents(3, 2)
    before = content_digest(examples_of(arrays))
    place = data.draw(st.integers(0, arrays[name].size - 1))
    arrays[name].flat[place] ^= data.draw(st.integers(1, 255))
    assert content_digest(examples_of(arrays)) != before


def test_the_same_bytes_split_otherwise_have_another_digest():
    arrays = contents(40, 20)
    images = np.concatenate([arrays["train_images"], arrays["test_images"]])
    labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
    moved = {"train_images": images[:30], "test_images": images[30:]}
    moved |= {"train_labels": labels[:30], "test_labels": labels[30:]}
    assert content_digest(examples_of(moved)) != content_digest(examples_of(arrays))


@pytest.mark.usefixtures("empty_cache")
def test_a_file_that_changes_is_noticed(tmp_path):
    folder = write_archive(tmp_path / "images", contents())
    before = Idx(folder).load()
    changed = contents(seed=1)
    write_archive(folder, changed)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    after = Idx(folder).load()
    assert_holds(after, changed)
    assert content_digest(after) != content_digest(before)
    assert Idx(folder).digest() == content_digest(after)


@pytest.mark.usefixtures("empty_cache")
def test_the_digest_of_an_unchanged_folder_is_known_without_reading_it(tmp_path, monkeypatch):
    folder = write_archive(tmp_path / "images", contents())
    digest = Idx(folder).digest()
    monkeypatch.setattr(archive_module, "read_idx", None)
    assert Idx(folder).digest() == digest
    assert content_digest(Idx(folder).load()) == digest


def test_files_that_change_behind_an_unchanged_stamp_are_not_taken_for_the_old_ones(
    tmp_path, empty_cache, monkeypatch
):
    folder = write_archive(tmp_path / "images", contents())
    monkeypatch.setattr(Idx, "stamp", lambda self: "stamp")
    Idx(folder).load()
    shutil.rmtree(empty_cache / "archives")
    write_archive(folder, contents(seed=1))
    with pytest.raises(DataError, match="changed while in use"):
        Idx(folder).load()


def test_importing_the_module_loads_neither_torch_nor_numpy():
    code = (
        "import sys, bakeoff.data.tasks as t\n"
        "t.DigitPairs().digest(), t.Digits()\n"
        "print({'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
