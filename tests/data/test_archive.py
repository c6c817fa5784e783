from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from idx_files import NAMES, contents, encode, write_archive

from bakeoff.data import archive as archive_module
from bakeoff.data.archive import Archive, archive_digest, content_digest, open_archive
from bakeoff.errors import DataError

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def arrays_of(archive: Archive) -> dict[str, np.ndarray]:
    return {name: getattr(archive, name) for name in NAMES}


def assert_holds(archive: Archive, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(archive, name), array, strict=True)


def refused(folder: Path, *parts: str) -> None:
    """Both ways of looking at a folder must fail with one sentence that has all parts."""
    for look in (open_archive, archive_digest):
        with pytest.raises(DataError) as caught:
            look(folder)
        for part in parts:
            assert part in str(caught.value)


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


# The cache.


def cached(folder: Path, name: str) -> Path:
    (path,) = folder.glob(f"archives/*/{name}.npy")
    return path


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def spoil_header(path: Path) -> None:
    path.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr': (((" + path.read_bytes()[20:])


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def reshape(path: Path) -> None:
    array = np.load(path)
    np.save(path, array.reshape(2, -1))


def retype(path: Path) -> None:
    np.save(path, np.load(path).astype(np.int16))


def shorten(path: Path) -> None:
    np.save(path, np.load(path)[:-1])


DAMAGES = [truncate, lengthen, empty, spoil_header, zero, reshape, retype, shorten, Path.unlink]


@pytest.mark.parametrize("name", ["train_images", "test_labels"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_cache_is_made_anew(tmp_path, empty_cache, damage, name):
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    open_archive(folder)
    whole = cached(empty_cache, name).read_bytes()
    damage(cached(empty_cache, name))
    assert_holds(open_archive(folder), arrays)
    assert cached(empty_cache, name).read_bytes() == whole


@pytest.mark.parametrize("note", ["", "0" * 63, "../../elsewhere", "\udcff"])
def test_a_damaged_note_is_made_anew(tmp_path, empty_cache, note):
    folder = write_archive(tmp_path / "images", contents())
    digest = archive_digest(folder)
    (path,) = (empty_cache / "notes").iterdir()
    path.write_bytes(note.encode(errors="surrogateescape"))
    assert archive_digest(folder) == digest
    assert path.read_text() == digest


def test_where_the_cache_cannot_be_written_a_temporary_folder_serves(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    archive = open_archive(folder)
    assert_holds(archive, arrays)
    assert isinstance(archive.train_images.base, np.memmap)
    assert len(list((tmp_path / "temporary").glob("bakeoff-*/archives/*/*.npy"))) == 4
    monkeypatch.setattr(archive_module, "read_idx", None)
    assert_holds(open_archive(folder), arrays)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
def test_a_temporary_folder_of_another_user_is_not_trusted(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / f"bakeoff-{os.getuid() + 1}").mkdir()
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    me = os.getuid()
    monkeypatch.setattr("os.getuid", lambda: me + 1)
    folder = write_archive(tmp_path / "images", contents())
    assert not isinstance(open_archive(folder).train_images.base, np.memmap)
    assert not list(tmp_path.glob("bakeoff-*/*"))


def test_where_nothing_can_be_written_the_archive_is_held_in_memory(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    archive = open_archive(folder)
    assert_holds(archive, arrays)
    assert not archive.train_images.flags.writeable
    assert archive_digest(folder) == archive.digest


def test_where_the_cache_can_be_written_nothing_is_put_elsewhere(
    tmp_path, empty_cache, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    folder = write_archive(tmp_path / "images", contents())
    before = sorted(folder.iterdir())
    open_archive(folder)
    archive_digest(folder)
    assert len([path for path in empty_cache.rglob("*") if path.is_file()]) == 5
    assert not list((tmp_path / "temporary").iterdir())
    assert sorted(folder.iterdir()) == before


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, empty_cache, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    arrays = contents()
    assert_holds(open_archive(write_archive(tmp_path / "images", arrays)), arrays)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]


def test_old_leftovers_of_killed_processes_are_swept_and_young_ones_left(tmp_path, empty_cache):
    folder = write_archive(tmp_path / "images", contents())
    place = empty_cache / "archives" / open_archive(folder).digest
    old, young = place / "a.unfinished", place / "b.unfinished"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    (place / "test_labels.npy").unlink()
    open_archive(folder)
    assert not old.exists()
    assert young.exists()


# Folders and files that will not do.


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
    truncate(folder / NAMES[name])
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


def test_labels_above_nine(tmp_path):
    arrays = contents()
    arrays["train_labels"][7] = 10
    folder = write_archive(tmp_path / "images", arrays)
    refused(folder, NAMES["train_labels"], "the label 10 (item 7)", "must be 0 to 9")


def test_images_of_another_size(tmp_path):
    arrays = contents() | {"test_images": np.zeros((20, 32, 30), np.uint8)}
    folder = write_archive(tmp_path / "images", arrays)
    refused(folder, NAMES["test_images"], "32 x 30 pixels; they must be 28 x 28", "size 14")


def test_a_data_set_without_images(tmp_path):
    folder = write_archive(tmp_path / "images", contents(40, 0))
    refused(folder, NAMES["test_images"], "holds no images")


def test_an_unpacked_file_is_taken_before_a_packed_one(tmp_path):
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    (folder / f"{NAMES['test_labels']}.gz").write_bytes(gzip.compress(encode(np.zeros(20))))
    assert_holds(open_archive(folder), arrays)


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
