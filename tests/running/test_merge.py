"""Stores merged: counted, never overwritten, and refused whole where one cannot be trusted."""

import io
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import running_fakes as fakes
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.errors import StoreError
from bakeoff.inference.use_cost import MeasuredUse, UseCost
from bakeoff.running import store as store_module
from bakeoff.running.merge import Contradiction, Merged, merge
from bakeoff.running.records import RunRecord
from bakeoff.running.rows import row_digest
from bakeoff.running.schema import SCHEMA
from bakeoff.running.store import Store
from bakeoff.study.reads import content as digest_of
from bakeoff.study.study import Overrides

TRIALS = fakes.some_trials()
(KEY, TRIAL), (OTHER_KEY, OTHER), *_ = TRIALS.items()
RUN = RunRecord("fake", Overrides(), "cpu", None, fakes.DATA, datetime(2026, 1, 2, tzinfo=UTC))


def made(path, numbers, **fields):
    """Write a store of some of the trials, by number; other fields are those of its answers."""
    with Store.open(path) as store:
        for number in numbers:
            key, trial = list(TRIALS.items())[number]
            store.add(key, trial, replace(fakes.answer_to(trial), **fields))
    return path


def otherwise(trial, by=0.25):
    """Return an answer whose test error is another in epoch 2."""
    answer = fakes.answer_to(trial)
    curves = {split: dict(values) for split, values in answer.history.curves.items()}
    first, second = curves["test"]["error"]
    curves["test"]["error"] = (first, second + by)
    return replace(answer, history=replace(answer.history, curves=curves))


def content(path, keys=TRIALS):
    with Store.read(path) as store:
        return {key: each.history.curves for key, each in store.histories(keys).items()}


def altered(path, *statements):
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(*([statement] if isinstance(statement, str) else statement))
        db.commit()


def redone(path, **columns):
    """Set columns of every trial, with digests that fit them."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        for row in db.execute("SELECT * FROM trials").fetchall():
            new = dict(row) | columns
            for name in (*columns, "digest"):
                value = row_digest(new) if name == "digest" else columns[name]
                db.execute(f"UPDATE trials SET {name} = ? WHERE key = ?", (value, row["key"]))
        db.commit()


def test_new_and_same_trials_are_counted(tmp_path):
    a, b = made(tmp_path / "a.db", [0, 1, 2]), made(tmp_path / "b.db", [2, 3])
    before = a.read_bytes(), b.read_bytes()
    merged = merge([a, b], tmp_path / "all.db")
    assert merged == (Merged(a, 3, 0), Merged(b, 1, 1))
    assert content(tmp_path / "all.db") == content(a) | content(b)
    assert (a.read_bytes(), b.read_bytes()) == before
    assert merge([a, b], tmp_path / "all.db") == (Merged(a, 0, 3), Merged(b, 0, 2))


@settings(max_examples=15)
@given(parts=st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=3), order=st.randoms())
def test_the_order_of_stores_that_agree_does_not_matter(tmp_path_factory, parts, order):
    folder = tmp_path_factory.mktemp("stores")
    paths = [made(folder / f"{n}.db", part) for n, part in enumerate(parts)]
    merged = merge(paths, folder / "one.db")
    order.shuffle(paths)
    merge(paths, folder / "two.db")
    whole = set().union(*parts)
    assert content(folder / "one.db") == content(folder / "two.db")
    assert len(content(folder / "one.db")) == sum(each.new for each in merged) == len(whole)
    assert sum(each.same for each in merged) == sum(map(len, parts)) - len(whole)


def test_other_numbers_are_shown_and_overwrite_nothing(tmp_path):
    a, b = made(tmp_path / "a.db", [0, 1]), tmp_path / "b.db"
    with Store.open(b) as store:
        store.add(KEY, TRIAL, otherwise(TRIAL))
        store.add(OTHER_KEY, OTHER, fakes.answer_to(OTHER, seconds=9.0))
    before = content(a)
    (merged,) = merge([b], a)
    assert (merged.new, merged.same) == (0, 1)
    (one,) = merged.contradictions
    assert isinstance(one, Contradiction)
    assert (one.key, one.round, one.setup) == (KEY, TRIAL.round, repr(TRIAL.setup))
    (difference,) = one.differences
    assert (difference.what, difference.epoch) == ("test error", 2)
    assert difference.largest == pytest.approx(0.25)
    assert content(a) == before
    # Of two that contradict each other, the earlier stays.
    first, second = merge([b, a], tmp_path / "all.db")
    assert (first.new, len(second.contradictions)) == (2, 1)
    assert content(tmp_path / "all.db")[KEY] == content(b)[KEY]


def test_other_first_weights_are_a_contradiction(tmp_path):
    history = replace(fakes.history(TRIAL), initial_weights="a" * 64)
    a = made(tmp_path / "a.db", [0], history=history)
    b = made(tmp_path / "b.db", [0], history=replace(history, initial_weights="b" * 64))
    (merged,) = merge([b], a)
    assert merged.contradictions[0].differences[0].what == "initial weights"


def test_answers_to_other_files_stand_beside_each_other(tmp_path):
    for name, text in (("a", "1"), ("b", "2")):
        (tmp_path / name).write_text(text)
    reads = {n: (("width", digest_of(str(tmp_path / n))),) for n in "ab"}
    a = made(tmp_path / "a.db", [0], reads=reads["a"])
    b = tmp_path / "b.db"
    with Store.open(b) as store:
        store.add(KEY, TRIAL, replace(otherwise(TRIAL), reads=reads["b"]))
    assert merge([b], a) == (Merged(b, 1, 0),)
    for name, changed in (("a", 0.0), ("b", 0.25)):
        (tmp_path / "width").write_text((tmp_path / name).read_text())
        with Store.read(a) as store:
            store.locate({KEY: str(tmp_path)})
            error = store.histories([KEY])[KEY].history.value("test")
        assert error == pytest.approx(TRIAL.round / 100 + changed)


def test_damaged_rows_are_left_out_and_mended(tmp_path):
    a, b = made(tmp_path / "a.db", [0, 1]), made(tmp_path / "b.db", [0])
    altered(a, ("UPDATE trials SET final = '{}', seconds = 7 WHERE key = ?", (KEY,)))
    assert merge([a], tmp_path / "all.db") == (Merged(a, 1, 0, damaged=(KEY,)),)
    assert merge([b], a) == (Merged(b, 1, 0),)
    assert content(a).keys() == {KEY, OTHER_KEY}


def bomb():
    """Return a file of arrays that is small, and large unpacked."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("answer.npy", "w", force_zip64=True) as entry,
    ):
        np.lib.format.write_array_header_1_0(
            entry, {"descr": "|u1", "fortran_order": False, "shape": (1 << 30,)}
        )
        for _ in range(1 << 6):
            entry.write(bytes(1 << 24))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "fine"},
        {"curves": "[" * 100_000},
        {"curves": "[]"},
        {"notes": "[1]"},
        {"answers": b"none"},
        {"answers": bomb()},
        {"evidence": "e" * 64},
        {"description": '{"another": "trial"}'},
        {"round": "first"},
        {"machine": "{}"},
        {"finished_at": "noon"},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_rows_that_say_what_no_trial_does_are_damaged(tmp_path, columns):
    a = made(tmp_path / "a.db", [0])
    redone(a, **columns)
    assert merge([a], tmp_path / "all.db") == (Merged(a, 0, 0, damaged=(KEY,)),)
    assert content(tmp_path / "all.db") == {}


def test_superseded_rows_stay_behind(tmp_path):
    a = made(tmp_path / "a.db", [0, 1])
    with Store.open(a) as store:
        store.supersede([KEY], "other weights")
    assert merge([a], tmp_path / "all.db") == (Merged(a, 1, 0),)


def test_notes_are_taken_along_and_the_earlier_counts(tmp_path):
    a, b, both = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "all.db"
    for path, at, rounds in ((a, "2026-01-03", 9), (b, "2026-01-01", 6)):
        made(path, [0])
        with Store.open(path) as store:
            store.record_run(RUN, {KEY: TRIAL})
            store.note_check(KEY, ())
            store.fail(OTHER_KEY, f"failed {rounds}")
            store.note_shown({"claim": rounds, f"only {rounds}": rounds})
        altered(path, ("UPDATE shown SET shown_at = ?, digest = NULL", (at,)))
    with Store.open(b) as store:
        store.record_run(replace(RUN, study="second"), {KEY: TRIAL, OTHER_KEY: OTHER})
    for order in ([a, b], [b, a]):
        both.unlink(missing_ok=True)
        merge(order, both)
        with Store.read(both) as store:
            keys = ["claim", "only 9", "only 6"]
            assert store.first_shown(keys) == {"claim": 6, "only 9": 9, "only 6": 6}
            assert [run.study for run in store.runs()] == ["fake", "second"]
            assert [len(store.planned(run)) for run in store.runs()] == [1, 2]
            assert store.checks([KEY]) == {KEY: ()}
            assert store.failures([OTHER_KEY])[OTHER_KEY].attempts == 1


def test_the_times_of_answers_are_taken_along_by_machine_and_the_latest_counts(
    tmp_path, monkeypatch
):
    a, b, both = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "all.db"
    old, new = UseCost(0.5, 0.25, 300, 200, 100), UseCost(0.125)
    for path, day, cost, machine in ((a, 3, new, "both"), (b, 2, old, "both"), (b, 1, old, "b's")):
        monkeypatch.setattr(store_module, "_now", lambda day=day: f"2026-01-0{day}")
        with Store.open(path) as store:
            store.note_use("model", MeasuredUse(machine, "2.13.0", {"model": cost}), ())
    for order in ([a, b], [b, a]):
        both.unlink(missing_ok=True)
        merge(order, both)
        with Store.read(both) as store:
            assert store.uses(["model"]) == [
                MeasuredUse("b's", "2.13.0", {"model": old}),
                MeasuredUse("both", "2.13.0", {"model": new}),
            ]


def older(path):
    altered(
        path,
        "DROP TABLE checks",
        "DROP TABLE shown",
        "DROP TABLE uses",
        "ALTER TABLE trials DROP COLUMN chance",
        "PRAGMA user_version = 3",
    )


def test_a_store_of_an_older_schema_is_merged(tmp_path):
    a = made(tmp_path / "a.db", [0, 1])
    before = content(a)
    older(a)
    assert merge([a], tmp_path / "all.db") == (Merged(a, 2, 0),)
    assert content(tmp_path / "all.db") == before


REFUSED = {
    "newer": ((f"PRAGMA user_version = {SCHEMA + 1}",), f"up to schema {SCHEMA}"),
    "a view": (("CREATE VIEW v AS SELECT 1",), "holds 'v'"),
    "a trigger": (
        ("CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM trials; END",),
        "holds 't'",
    ),
    "trials as a view": (
        ("ALTER TABLE trials RENAME TO hidden", "CREATE VIEW trials AS SELECT * FROM hidden"),
        "holds 'trials'",
    ),
    "a computed column": (("ALTER TABLE runs ADD COLUMN x AS (1 + 1)",), "holds 'runs'"),
    "a virtual table": (("CREATE VIRTUAL TABLE f USING fts5(x)",), "holds 'f'"),
    "a column of its own": (
        (
            "ALTER TABLE failures ADD COLUMN x",
            "INSERT INTO failures VALUES ('k', 1, '', '', NULL, 2)",
        ),
        "failures cannot be read",
    ),
    "a note of another kind": (
        ("INSERT INTO shown VALUES ('k', 'many', '', NULL)",),
        "shown cannot be",
    ),
    "a cost that cannot be read": (
        ("INSERT INTO uses VALUES ('k', 'p', 't', '{\"batch_seconds\": []}', '[]', '', NULL)",),
        "uses cannot be read",
    ),
    "files of a cost that are none": (
        (
            "INSERT INTO uses VALUES"
            " ('k', 'p', 't', '{\"batch_seconds\": 0.5}', '[[1, 2]]', '', NULL)",
        ),
        "uses cannot be read",
    ),
    "a run that cannot be read": (
        ("INSERT INTO runs VALUES (1, 's', 'x', 'cpu', NULL, '', '', NULL, NULL)",),
        "runs cannot be read",
    ),
}


@pytest.mark.parametrize(("statements", "words"), REFUSED.values(), ids=REFUSED)
def test_a_store_that_cannot_be_trusted_is_refused_and_nothing_is_merged(
    tmp_path, statements, words
):
    good, bad = made(tmp_path / "good.db", [0]), made(tmp_path / "bad.db", [1])
    target = made(tmp_path / "all.db", [2])
    altered(bad, *statements)
    before = content(target)
    with pytest.raises(StoreError, match=words) as error:
        merge([good, bad], target)
    assert "bad.db" in str(error.value)
    assert content(target) == before


def test_a_store_is_not_merged_into_itself(tmp_path):
    a = made(tmp_path / "a.db", [0])
    (tmp_path / "link.db").symlink_to(a)
    with pytest.raises(StoreError, match="into itself"):
        merge([tmp_path / "link.db"], a)
    with pytest.raises(StoreError, match="there is no store"):
        merge([tmp_path / "none.db"], a)
    with pytest.raises(StoreError, match="there is no store"):
        merge([Path(tmp_path / "none.db")], tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
