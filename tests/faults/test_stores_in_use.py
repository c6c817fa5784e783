"""A store is one file, that can be copied while it is written to; who holds it is waited for."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import running_fakes as fakes

from bakeoff import backup
from bakeoff.errors import StoreError
from bakeoff.running import coordinate
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Answered, Held
from bakeoff.running.owner import Owner
from bakeoff.running.store import Store

TRIALS = fakes.some_trials(rounds=2)
KEY, TRIAL = next(iter(TRIALS.items()))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bakeoff.db"


def stored(path):
    with Store.read(path) as store:
        return store.known(TRIALS)


def run(store, *, work=fakes.quick, listen=lambda event: None):
    with ThreadPoolExecutor(1) as executor:
        return run_trials(TRIALS, store, jobs=1, executor=executor, work=work, listen=listen)


def test_its_file_is_whole_after_each_fold(path):
    with Store.open(path) as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        store.fold()
        alone = shutil.copy(path, path.with_name("alone.db"))
        assert stored(path.with_name(alone.name)) == {KEY}


def test_a_reader_leaves_no_file_and_folds_what_a_killed_run_left(path, tmp_path):
    with Store.open(path) as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        left = tmp_path / "left"
        left.mkdir()
        for file in tmp_path.glob("bakeoff.db*"):
            shutil.copy(file, left)
    assert (left / "bakeoff.db-wal").stat().st_size > 0
    assert stored(left / "bakeoff.db") == {KEY}
    assert [file.name for file in left.iterdir()] == ["bakeoff.db"]


def test_a_backup_of_a_store_in_use_is_whole_and_has_no_leases(path, tmp_path):
    with Store.open(path) as store:
        store.claim("other", Owner.here())
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        copy = backup(path, tmp_path / "copy.db")
        assert stored(copy) == {KEY}
        with Store.read(copy) as opened:
            assert not opened.is_leased()
        with pytest.raises(StoreError, match="exists already"):
            backup(path, copy)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bakeoff.db", "copy.db"]


def test_a_backup_that_cannot_be_written_leaves_nothing(path, tmp_path):
    Store.open(path).close()
    with pytest.raises(StoreError):
        backup(path, tmp_path / "none" / "copy.db")
    assert [file.name for file in tmp_path.iterdir()] == ["bakeoff.db"]


def test_a_process_in_the_midst_of_a_write_is_waited_for_and_told(path):
    Store.open(path).close()
    waits = []
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:

        def waiting(holders):
            waits.append(holders)
            if len(waits) == 3:
                other.execute("COMMIT")

        other.execute("BEGIN IMMEDIATE")
        with Store.open(path, patience=0.01, waiting=waiting) as store:
            assert store.claim(KEY, Owner.here()) == "ours"
    assert waits == [()] * 3


def test_the_holders_of_leases_are_named_to_who_waits(path):
    here, waits = Owner.here(), []
    with Store.open(path) as first:
        first.claim(KEY, here)
        first._db.execute("BEGIN IMMEDIATE")

        def waiting(holders):
            waits.append(holders)
            first._db.execute("COMMIT")

        Store.open(path, patience=0.01, waiting=waiting).close()
    assert waits == [(here,)]


class Full:
    """A disk on which the store cannot grow for a while."""

    def __init__(self, store, monkeypatch, *, times):
        self.left, self.add = times, store.add
        monkeypatch.setattr(store, "add", self)

    def __call__(self, *args):
        self.left -= 1
        if self.left >= 0:
            raise StoreError("the disk is full.")
        return self.add(*args)


def test_a_finished_trial_is_held_until_it_can_be_stored(path, monkeypatch, tmp_path):
    events = []
    with Store.open(path) as store:
        Full(store, monkeypatch, times=2)
        outcome = run(store, listen=events.append)
        assert store.known(TRIALS) == set(TRIALS)
    assert outcome.progress.answered == len(TRIALS)
    assert [event.count for event in events if isinstance(event, Held)] == [1]
    assert sorted(fakes.executed(tmp_path)) == sorted(TRIALS)


def test_at_the_end_it_is_written_elsewhere_and_named(path, monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(coordinate.tempfile, "gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr(coordinate, "_PATIENCE", 0)
    with Store.open(path) as store:
        Full(store, monkeypatch, times=100)
        with pytest.raises(StoreError, match="disk is full") as error:
            run(store)
    (rescued,) = elsewhere.iterdir()
    assert f"bakeoff merge {rescued} -o " in str(error.value)
    assert len(stored(rescued)) == len(fakes.executed(tmp_path)) > 0


def test_so_it_is_after_an_interrupt(path, monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(coordinate.tempfile, "gettempdir", lambda: str(elsewhere))

    def stop(event):
        if isinstance(event, Held):
            raise KeyboardInterrupt

    with Store.open(path) as store:
        Full(store, monkeypatch, times=100)
        with pytest.raises(StoreError, match="disk is full"):
            run(store, listen=stop)
    (rescued,) = elsewhere.iterdir()
    assert len(stored(rescued)) == 1


def test_an_interrupt_ends_a_wait_for_another_process(path, monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(coordinate.tempfile, "gettempdir", lambda: str(elsewhere))
    locked = threading.Event()

    def waiting(holders):
        if not locked.is_set():
            locked.set()
            raise KeyboardInterrupt

    with (
        Store.open(path, patience=0.01, waiting=waiting) as store,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):

        def lock(event):
            if isinstance(event, Answered):
                other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError, match="locked by another program"):
            run(store, listen=lock)
        assert len(store.known(TRIALS)) == 1
