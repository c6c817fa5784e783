"""Rounds at which a verdict was first shown: the first stays, and no report fails for a note."""

import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import datetime

import pytest
import running_fakes as fakes
from test_bad_stores import as_user

from bakeoff.running import store as module
from bakeoff.running.store import Store

(KEY, TRIAL) = next(iter(fakes.some_trials().items()))


def test_what_was_shown_first_stays(store):
    assert store.first_shown([]) == {}
    assert store.note_shown({"a": 10, "b": 12})
    assert store.note_shown({"a": 20, "b": 6, "c": 20})
    assert store.first_shown(["a", "b", "c", "d"]) == {"a": 10, "b": 12, "c": 20}
    assert store.note_shown({})
    with Store.read(store.path) as reader:
        assert reader.first_shown({"a", "d"}) == {"a": 10}
    (row, *_) = store._rows("SELECT * FROM shown", ())
    assert datetime.fromisoformat(row["shown_at"])


def test_more_claims_than_one_statement_takes_are_noted_at_once(store):
    shown = {f"claim {number}": number for number in range(1203)}
    assert store.note_shown(shown)
    assert store.first_shown(shown) == shown


def test_a_store_that_is_only_read_takes_the_note(store):
    store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    with Store.read(store.path) as reader:
        assert reader.note_shown({"a": 10})
        assert reader.first_shown(["a"]) == {"a": 10}
        assert reader.known([KEY]) == {KEY}
    assert store.first_shown(["a"]) == {"a": 10}


def test_notes_are_all_there_or_none(store, monkeypatch):
    insert = "CREATE TRIGGER full BEFORE INSERT ON shown WHEN NEW.key = 'b' BEGIN {} END"
    store._db.execute(insert.format("SELECT RAISE(ABORT, 'no room');"))
    assert not store.note_shown({"a": 1, "b": 2, "c": 3})
    assert store.first_shown(["a", "b", "c"]) == {}


def note(path, number):
    """Note many claims, each with the number of the process, as soon as all processes are there."""
    (path.parent / f"ready {number}").touch()
    while len(list(path.parent.glob("ready *"))) < 2:
        time.sleep(0.001)
    with Store.read(path) as store:
        noted = [store.note_shown({f"claim {n}": number, "all": number}) for n in range(50)]
        return noted, store.first_shown(["all", *(f"claim {n}" for n in range(50))])


def test_two_processes_at_once_agree_on_what_was_first(tmp_path):
    path = tmp_path / "bakeoff.db"
    Store.open(path).close()
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(note, path, number) for number in (10, 20)]
        (one_noted, one), (other_noted, other) = (job.result() for job in jobs)
    assert all(one_noted + other_noted)
    assert one == other
    assert len(one) == 51
    assert set(one.values()) <= {10, 20}


def test_a_locked_store_is_not_waited_for_long(store, monkeypatch):
    monkeypatch.setattr(module, "_BRIEF", 0.05)
    assert store.note_shown({"a": 10})
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not store.note_shown({"b": 10})
        assert store.note_shown({"a": 20})  # It is noted already: there is nothing to write.
        other.rollback()
    assert store.first_shown(["a", "b"]) == {"a": 10}


def test_a_store_without_write_permission_is_reported_without_the_note(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    path = folder / "bakeoff.db"
    with Store.open(path) as store:
        store.note_shown({"a": 10})
    path.chmod(0o444)
    folder.chmod(0o555)
    code = "[Store.read(path).note_shown(each) for each in ({'a': 20}, {'b': 20})]"
    assert as_user(path, code) == "[True, False]\n"
    assert as_user(path, "Store.read(path).first_shown(['a', 'b'])") == "{'a': 10}\n"
    folder.chmod(0o755)


@pytest.mark.parametrize("open_store", [Store.open, Store.read])
def test_a_note_makes_no_store_where_the_file_is_gone(tmp_path, open_store):
    path = tmp_path / "bakeoff.db"
    Store.open(path).close()
    with open_store(path) as store:
        path.unlink()
        assert not store.note_shown({"a": 10})
    assert not path.exists()
