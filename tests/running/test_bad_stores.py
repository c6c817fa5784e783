"""What cannot be a store is refused in one sentence, and left as it was."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import running_fakes as fakes

from bakeoff.errors import StoreError
from bakeoff.inference.use_cost import MeasuredUse, UseCost
from bakeoff.running import schema
from bakeoff.running.owner import Owner
from bakeoff.running.rows import row_digest
from bakeoff.running.schema import SCHEMA
from bakeoff.running.store import Store

(KEY, TRIAL), (OTHER_KEY, OTHER) = list(fakes.some_trials().items())[:2]
NOBODY = 65534


def text(path):
    path.write_text("study,error\ndong,0.1\n" * 100)


def cut(path):
    Store.open(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def of_another_application(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmarks (url)")
        db.commit()


def newer(path):
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE about SET value = '9.8.7'")
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        db.commit()


def newer_and_silent(path):
    newer(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE about")


BAD_FILES = [
    (text, ["bakeoff store", "another path"]),
    (cut, ["damaged", "restore it from a copy"]),
    (of_another_application, ["another application", "give another path"]),
    (newer, ["bakeoff 9.8.7", f"schema {SCHEMA + 1}", f"up to schema {SCHEMA}", "Upgrade bakeoff"]),
    (newer_and_silent, ["bakeoff of a later version", "Upgrade bakeoff"]),
    (Path.mkdir, ["is a folder"]),
    (os.mkfifo, ["not a regular file"]),
]


@pytest.mark.parametrize("open_store", [Store.open, Store.read], ids=["open", "read"])
@pytest.mark.parametrize(
    ("make", "words"), BAD_FILES, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_is_no_store_is_refused_and_kept(tmp_path, make, words, open_store):
    path = tmp_path / "bad.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as caught:
        open_store(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("make", [lambda path: None, Path.touch], ids=["absent", "empty"])
def test_reading_where_nothing_was_stored_says_what_to_run(tmp_path, make):
    path = tmp_path / "none.db"
    make(path)
    with pytest.raises(
        StoreError, match=r"there is no store .*`bakeoff run STUDY --store .*none.db`"
    ):
        Store.read(path)
    assert path.exists() == (make is Path.touch)


def test_an_empty_file_becomes_a_store(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    with Store.open(path) as store:
        assert store.known([KEY]) == set()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing/bakeoff.db", ["there is no folder", "missing"]),
        ("file/bakeoff.db", ["there is no folder", "file"]),
        ("x" * 300, ["File name too long"]),
    ],
)
def test_a_path_that_cannot_be_is_refused(tmp_path, path, words):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / path)
    for word in words:
        assert word in str(caught.value)


def test_a_folder_that_takes_no_files_is_named():
    with pytest.raises(StoreError, match=r"/proc/bakeoff.db cannot be (opened|written)"):
        Store.open(Path("/proc/bakeoff.db"))


AS_USER = """
import os, sys
from pathlib import Path
from bakeoff.errors import StoreError
from bakeoff.running.store import Store

if os.getuid() == 0:  # Root may write anywhere.
    os.setgroups([])
    os.setgid({nobody})
    os.setuid({nobody})
path = Path(sys.argv[1])
try:
    print({code})
except StoreError as error:
    print(error)
"""


def as_user(path, code):
    """Return what an expression over `path` prints for a user who is not root."""
    if os.getuid() == 0:
        for folder in path.parent.parents:
            if folder.name.startswith(("pytest-", "popen-", "test_")):  # Made for root alone.
                folder.chmod(folder.stat().st_mode | 0o055)
    script = AS_USER.format(nobody=NOBODY, code=code)
    command = [sys.executable, "-c", script, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_store_without_write_permission_is_read_but_not_opened(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    path = folder / "bakeoff.db"
    with Store.open(path) as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    path.chmod(0o444)
    folder.chmod(0o555)
    assert "cannot be written" in as_user(path, "Store.open(path)")
    assert "cannot be written" in as_user(folder / "new.db", "Store.open(path)")
    assert as_user(path, f"len(Store.read(path).known(['{KEY}']))") == "1\n"
    folder.chmod(0o755)


def test_a_store_in_a_folder_without_write_permission_is_not_opened(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    path = folder / "bakeoff.db"
    Store.open(path).close()
    path.chmod(0o666)
    folder.chmod(0o555)
    assert f"{folder} does not allow it" in as_user(path, "Store.open(path)")
    folder.chmod(0o755)


def test_a_store_that_another_program_locks_is_waited_for_and_then_refused(tmp_path):
    path = tmp_path / "bakeoff.db"
    with Store.open(path, patience=0.05) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (
            lambda: store.fail(KEY, "x"),
            lambda: store.claim(KEY, Owner.here()),
            lambda: store.add(KEY, TRIAL, fakes.answer_to(TRIAL)),
            lambda: Store.open(path, patience=0.05),
        ):
            with pytest.raises(StoreError, match="locked by another program"):
                write()
        assert store.known([KEY]) == set()
        other.rollback()
        assert store.fail(KEY, "x") == 1


def test_a_full_disk_is_named_and_what_was_stored_stays(tmp_path):
    with Store.open(tmp_path / "bakeoff.db") as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        (pages,) = store._db.execute("PRAGMA page_count").fetchone()
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        large = "x" * 100_000
        with pytest.raises(StoreError, match="its disk is full; make room"):
            store.fail(KEY, large)
        assert store.known([KEY]) == {KEY}


def test_a_store_deleted_while_in_use_is_noticed(tmp_path):
    path = tmp_path / "bakeoff.db"
    with Store.open(path) as store:
        path.unlink()
        with pytest.raises(StoreError, match="moved or deleted while in use"):
            store.add(KEY, TRIAL, fakes.answer_to(TRIAL))


@pytest.mark.parametrize(
    "damage",
    [
        "curves = replace(curves, '0.5', '0.4')",
        "curves = '{'",
        "answers = x'00'",
        "status = 'diverged'",
        "parameters = parameters + 1",
        "seconds = seconds * 2",
        "round = round + 1",
        "machine = '[]'",
        "finished_at = 'yesterday'",
        'reads = \'[["x", "y"]]\'',
        "initial_weights = 'x'",
        "notes = '[\"x\"]'",
        "measured = '[]'",
        "weights = x'00'",
        "chance = 0.5",
        "digest = 'x'",
    ],
)
def test_a_damaged_row_answers_no_longer_and_is_replaced(tmp_path, damage):
    with Store.open(tmp_path / "bakeoff.db") as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        store.add(OTHER_KEY, OTHER, fakes.answer_to(OTHER))
        store._db.execute(f"UPDATE trials SET {damage} WHERE key = ?", (KEY,))
        assert store.histories([KEY, OTHER_KEY]).keys() == {OTHER_KEY}
        assert store.known([KEY, OTHER_KEY]) == {OTHER_KEY}
        assert store.damaged == {KEY}
        assert store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        assert store.histories([KEY])[KEY].history.curves == fakes.history(TRIAL).curves
        assert store.damaged == set()


def test_a_row_that_cannot_be_read_is_named(tmp_path):
    with Store.open(tmp_path / "bakeoff.db") as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        store._db.execute("UPDATE trials SET machine = '[]'")
        row = dict(store._rows("SELECT * FROM trials", ())[0])
        store._db.execute("UPDATE trials SET digest = ?", (row_digest(row),))
        with pytest.raises(StoreError, match=f"damaged: trial {KEY[:12]} cannot be read"):
            store.histories([KEY])


def test_a_store_of_the_first_schema_is_told_apart(tmp_path):
    path = tmp_path / "bakeoff.db"
    with Store.open(path) as store:
        store._db.execute("PRAGMA user_version = 1")
    for open_store in (Store.open, Store.read):
        with pytest.raises(StoreError, match="schema 1.*give another path"):
            open_store(path)


def test_a_column_that_a_later_schema_adds_leaves_rows_as_they_are(tmp_path, monkeypatch):
    path = tmp_path / "bakeoff.db"
    with Store.open(path) as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    later = schema.SCHEMA + 1
    monkeypatch.setattr(schema, "SCHEMA", later)
    monkeypatch.setattr(schema, "ADDED", {later: ("ALTER TABLE trials ADD COLUMN colour TEXT",)})
    with Store.read(path) as store:
        assert store.histories([KEY]).keys() == {KEY}
        assert "colour" not in dict(store._rows("SELECT * FROM trials", ())[0])
    with Store.open(path) as store:
        assert store.histories([KEY]).keys() == {KEY}
        store.add(OTHER_KEY, OTHER, fakes.answer_to(OTHER))
        assert [row["colour"] for row in store._rows("SELECT * FROM trials", ())] == [None, None]
    with Store.open(path) as store:  # Once is enough.
        assert store.known([KEY, OTHER_KEY]) == {KEY, OTHER_KEY}


def of_schema_4(path):
    """Make a store with one answered trial, without what later schemas keep."""
    with Store.open(path) as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        store._db.execute("ALTER TABLE trials DROP COLUMN chance")
        store._db.execute("DROP TABLE shown")
        for table in ("failures", "runs", "run_trials", "checks"):
            store._db.execute(f"ALTER TABLE {table} DROP COLUMN digest")
        store._db.execute("DROP TABLE uses")
        store._db.execute("ALTER TABLE runs DROP COLUMN origin")
        store._db.execute("PRAGMA user_version = 4")


def test_a_store_of_schema_4_is_read_as_it_is_and_brought_up_to_date_to_write(tmp_path):
    path = tmp_path / "bakeoff.db"
    of_schema_4(path)
    with Store.read(path) as store:
        assert store.histories([KEY])[KEY].history.chance is None
        assert store.first_shown(["claim"]) == {}
        assert store.uses(["network"]) == []
        assert store._rows("PRAGMA user_version", ())[0][0] == 4
    chance = replace(fakes.history(OTHER), chance=0.4)
    with Store.open(path) as store:
        store.add(OTHER_KEY, OTHER, replace(fakes.answer_to(OTHER), history=chance))
        found = store.histories([KEY, OTHER_KEY])
        assert [found[key].history.chance for key in (KEY, OTHER_KEY)] == [None, 0.4]
        assert store.note_shown({"claim": 10})
        use = MeasuredUse("A processor", "2.13.0", {"network": UseCost(batch_seconds=0.25)})
        store.note_use("network", use, ())
        assert store.uses(["network"]) == [use]


def test_a_note_brings_a_store_up_to_date_that_is_only_read(tmp_path):
    path = tmp_path / "bakeoff.db"
    of_schema_4(path)
    with Store.read(path) as store:
        assert store.note_shown({"claim": 10})
        assert store.first_shown(["claim"]) == {"claim": 10}
        assert store.histories([KEY])[KEY].history.chance is None


def test_a_store_brought_up_to_date_has_the_tables_of_a_new_one(tmp_path):
    of_schema_4(tmp_path / "old.db")
    tables = {}
    for name in ("old.db", "new.db"):
        with Store.open(tmp_path / name) as store:
            found = store._rows("SELECT name FROM sqlite_master WHERE type = 'table'", ())
            tables[name] = {
                row["name"]: {
                    tuple(column)[1:]
                    for column in store._rows(f"PRAGMA table_info({row['name']})", ())
                }
                for row in found
            }
    assert tables["old.db"] == tables["new.db"]


def test_a_store_that_lacks_a_table_is_refused_when_it_is_needed(tmp_path):
    with Store.open(tmp_path / "bakeoff.db") as store:
        store._db.execute("DROP TABLE runs")
        with pytest.raises(StoreError, match="cannot be used: no such table"):
            store.runs()
