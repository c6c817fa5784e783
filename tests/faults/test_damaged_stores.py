"""A damaged store is refused, or says which trials it lost; it never answers with other numbers."""

import random
import sqlite3
from contextlib import closing

import pytest

from bakeoff import (
    Better,
    Claim,
    DigitPairs,
    Head,
    Linear,
    Network,
    Recipe,
    Study,
    Variant,
    report,
    results,
    run,
)
from bakeoff.errors import BakeoffError
from bakeoff.running import pages
from bakeoff.running.store import Store


def variant(width):
    network = Network(Linear(width), Linear(2), Head("comparison"))
    return Variant(name=f"width {width}", model=network, recipe=Recipe(epochs=2, batch=10))


STUDY = Study(
    name="small",
    task=DigitPairs(train=40, validation=10, test=20),
    variants=(variant(2), variant(4)),
    rounds=6,
    claims=(Claim(id="wider", quote="Wider is better.", test=Better("width 4", than="width 2")),),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store of a whole run that was reported once."""
    path = tmp_path_factory.mktemp("whole") / "bakeoff.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKEOFF_CACHE", str(tmp_path_factory.mktemp("cache")))
        run(STUDY, store=path, jobs=1)
        answer(path)
        assert [file.name for file in path.parent.glob("*db*")] == ["bakeoff.db"]
        return path.read_bytes()


def answer(path):
    found = results(STUDY, store=path)
    pages = [report(found, path.with_suffix(suffix)) for suffix in (".json", ".md")]
    return "".join(page.read_text() for page in pages), found


@pytest.mark.parametrize(
    ("seed", "flips"), [(0, 60), pytest.param(1, 3_000, marks=pytest.mark.slow)]
)
def test_no_flipped_bit_changes_a_number(whole, tmp_path, seed, flips):
    path = tmp_path / "bakeoff.db"
    path.write_bytes(whole)
    expected, _ = answer(path)
    draw = random.Random(seed)
    for place in draw.sample(range(8 * len(whole)), flips):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        for suffix in ("-wal", "-shm"):
            path.with_name(f"bakeoff.db{suffix}").unlink(missing_ok=True)
        try:
            text, found = answer(path)
        except BakeoffError:
            continue
        lost = [each for each in found.failures if "damaged" in each.message]
        assert text == expected or lost, place


@pytest.mark.parametrize("table", ["failures", "runs", "run_trials", "checks", "shown"])
def test_each_row_is_what_was_written_or_is_refused(whole, tmp_path, table):
    path = tmp_path / "bakeoff.db"
    path.write_bytes(whole)
    with Store.open(path) as store:
        store.fail("k", "failed")
        store.note_check("k", ())
        changed = {"failures": "message", "checks": "findings", "shown": "rounds"}
        column = changed.get(table, "study" if table == "runs" else "workload")
        store._db.execute(f"UPDATE {table} SET {column} = {column} || '1'")
        with pytest.raises(BakeoffError, match="is damaged"):
            read(store)


def read(store):
    """Read every table but that of trials."""
    store.failures(["k"])
    store.checks(["k"])
    store.first_shown(key for (key,) in store._db.execute("SELECT key FROM shown"))
    store.planned(store.runs()[-1])


def test_a_superseded_answer_is_one_for_a_reason_in_words(whole, tmp_path):
    path = tmp_path / "bakeoff.db"
    path.write_bytes(whole)
    with Store.open(path) as store:
        keys = [key for (key,) in store._db.execute("SELECT key FROM trials")]
        store.supersede(keys[:1], "the network starts from other weights")
        store._db.execute("UPDATE trials SET superseded = x'30' WHERE key = ?", (keys[1],))
        assert store.known(keys) == set(keys[2:])
        assert store.damaged == {keys[1]}


def test_a_large_store_is_looked_at_once_until_something_else_changes_it(
    whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(pages, "_LARGE", 1)
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "bakeoff.db"
    path.write_bytes(whole)
    looks = []

    class Watched(sqlite3.Connection):
        def execute(self, statement, *values):
            looks.extend(["look"] * statement.startswith("PRAGMA integrity_check"))
            return super().execute(statement, *values)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Watched, **k))
    for number in range(3):
        with Store.open(path) as store:
            store.fail("k", f"attempt {number}")
        Store.read(path).close()
        assert len(looks) == 1
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE other (x)")
    Store.read(path).close()
    assert len(looks) == 2
    monkeypatch.setattr(pages, "_DAY", 0.0)
    Store.read(path).close()
    assert len(looks) == 3
