from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from idx_files import assert_holds, contents, write_archive

from bakeoff.data import dataset as dataset_module
from bakeoff.data import idx_datasets as archive_module
from bakeoff.data.dataset import cached_examples, content_digest
from bakeoff.data.idx_datasets import Idx


def cached(folder: Path, name: str) -> Path:
    (path,) = folder.glob(f"archives/*/{name}.npy")
    return path


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


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


DAMAGES = [
    flip,
    truncate,
    lengthen,
    empty,
    spoil_header,
    zero,
    reshape,
    retype,
    shorten,
    Path.unlink,
]


@pytest.mark.parametrize("name", ["train_inputs", "test_labels"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_cache_is_made_anew(tmp_path, empty_cache, monkeypatch, damage, name):
    # Each process looks once at all bytes.
    monkeypatch.setattr(dataset_module, "_WHOLE", set())
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    Idx(folder).load()
    whole = cached(empty_cache, name).read_bytes()
    damage(cached(empty_cache, name))
    dataset_module._WHOLE.clear()
    assert_holds(Idx(folder).load(), arrays)
    assert cached(empty_cache, name).read_bytes() == whole


@pytest.mark.parametrize("note", ["", "0" * 63, "../../elsewhere", "[]", "{}", "\udcff"])
def test_a_damaged_note_is_made_anew(tmp_path, empty_cache, note):
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    digest = Idx(folder).digest()
    for path in (empty_cache / "notes").iterdir():
        path.write_bytes(note.encode(errors="surrogateescape"))
        assert Idx(folder).digest() == digest
        assert_holds(Idx(folder).load(), arrays)


def test_where_the_cache_cannot_be_written_a_temporary_folder_serves(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    archive = Idx(folder).load()
    assert_holds(archive, arrays)
    assert isinstance(archive.train.inputs.base, np.memmap)
    assert len(list((tmp_path / "temporary").glob("bakeoff-*/archives/*/*.npy"))) == 4
    monkeypatch.setattr(archive_module, "read_idx", None)
    assert_holds(Idx(folder).load(), arrays)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
def test_a_temporary_folder_of_another_user_is_not_trusted(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / f"bakeoff-{os.getuid() + 1}").mkdir()
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    me = os.getuid()
    monkeypatch.setattr("os.getuid", lambda: me + 1)
    folder = write_archive(tmp_path / "images", contents())
    assert not isinstance(Idx(folder).load().train.inputs.base, np.memmap)
    assert not list(tmp_path.glob("bakeoff-*/*"))


def test_a_link_in_the_temporary_folder_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "elsewhere").mkdir()
    user = os.getuid() if hasattr(os, "getuid") else "cache"
    (tmp_path / f"bakeoff-{user}").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    arrays = contents()
    assert_holds(Idx(write_archive(tmp_path / "images", arrays)).load(), arrays)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_where_nothing_can_be_written_the_archive_is_held_in_memory(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    arrays = contents()
    folder = write_archive(tmp_path / "images", arrays)
    archive = Idx(folder).load()
    assert_holds(archive, arrays)
    assert not archive.train.inputs.flags.writeable
    assert Idx(folder).digest() == content_digest(archive)


def test_where_the_cache_can_be_written_nothing_is_put_elsewhere(
    tmp_path, empty_cache, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    folder = write_archive(tmp_path / "images", contents())
    before = sorted(folder.iterdir())
    assert cached_examples("0" * 64) is None
    Idx(folder).load()
    Idx(folder).digest()
    assert len([path for path in empty_cache.rglob("*") if path.is_file()]) == 6
    assert not list((tmp_path / "temporary").iterdir())
    assert sorted(folder.iterdir()) == before


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, empty_cache, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    arrays = contents()
    assert_holds(Idx(write_archive(tmp_path / "images", arrays)).load(), arrays)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]


def test_old_leftovers_of_killed_processes_are_swept_and_young_ones_left(tmp_path, empty_cache):
    folder = write_archive(tmp_path / "images", contents())
    place = empty_cache / "archives" / Idx(folder).digest()
    old, young = place / "a.unfinished", place / "b.unfinished"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    (place / "test_labels.npy").unlink()
    Idx(folder).load()
    assert not old.exists()
    assert young.exists()
