from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bakeoff.data.cache import Arrays, cached_arrays, read_note, write_note


def never_made() -> Arrays:
    raise AssertionError("what is whole in the cache is not made again")


@pytest.mark.usefixtures("empty_cache")
def test_a_reader_sees_arrays_whole_while_others_write_them_again():
    arrays = {name: np.arange(5000, dtype=np.uint8) for name in ("a", "b")}
    cached_arrays("key", ["a", "b"], lambda: arrays, lambda _: True)

    def rewrite(_: int) -> None:
        cached_arrays("key", ["a", "b"], lambda: arrays, lambda _: False)

    reads = 0
    with ThreadPoolExecutor(2) as pool:
        writes = [pool.submit(rewrite, n) for n in range(30)]
        while not all(write.done() for write in writes) or reads < 30:
            for name, found in cached_arrays("key", ["a", "b"], never_made, lambda _: True).items():
                np.testing.assert_array_equal(found, arrays[name])
            reads += 1
    for write in writes:
        write.result()


@pytest.mark.usefixtures("empty_cache")
def test_what_was_mapped_stays_as_it_was_when_the_cache_is_made_anew():
    old, new = ({"a": np.full(5000, value, np.uint8)} for value in (1, 2))
    before = cached_arrays("key", ["a"], lambda: old, lambda _: True)
    after = cached_arrays("key", ["a"], lambda: new, lambda found: found["a"][0] == 2)
    assert set(before["a"].tolist()) == {1}
    assert set(after["a"].tolist()) == {2}


@pytest.mark.usefixtures("empty_cache")
def test_a_note_is_read_as_written_last():
    assert read_note("key") is None
    for text in ("one", "zwölf", ""):
        write_note("key", text)
        assert read_note("key") == text
    assert read_note("other") is None


def test_the_cache_folder_may_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BAKEOFF_CACHE", "~/cache")
    write_note("key", "text")
    assert (tmp_path / "cache" / "notes" / "key").read_text() == "text"
