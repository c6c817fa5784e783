"""A store gives back what it was given, once for each trial."""

import math
import sqlite3
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import running_fakes as fakes
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bakeoff.errors import StoreError
from bakeoff.running.cost import MeasuredCost, workload
from bakeoff.running.records import Answer, RunRecord
from bakeoff.running.rows import arrays_from_bytes, arrays_to_bytes
from bakeoff.running.standing import Standing, standings
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides
from bakeoff.training.history import History

TRIALS = fakes.some_trials()
KEY, TRIAL = next(iter(TRIALS.items()))
COUNTER = count()

names = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1, max_size=8)
curves = st.dictionaries(
    names, st.dictionaries(names, st.lists(st.floats(), max_size=5).map(tuple), max_size=3)
)
dtypes = st.sampled_from(["uint8", "int64", "float32", "float64", "bool"])
answers = st.dictionaries(
    st.sampled_from(["answer", "probability", "digits", "file", "x.y"]),
    dtypes.flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))
    ),
)
histories = st.builds(
    History,
    status=st.sampled_from(["finished", "diverged"]),
    curves=curves,
    parameters=st.integers(0, 2**62),
    seconds=st.floats(0, allow_infinity=False),
    answers=answers,
    chance=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("store") / "bakeoff.db") as opened:
        yield opened


def same_float(a, b):
    return math.isnan(a) and math.isnan(b) if math.isnan(a) else (a.hex() == b.hex())


@given(history=histories)
@example(history=History("finished", {}, 0, 0.0, {}, chance=-0.0))
def test_a_history_comes_back_to_the_bit(shared_store, history):
    key = f"key {next(COUNTER)}"
    shared_store.add(key, TRIAL, Answer(history, fakes.ENVIRONMENT, {"a": 1}))
    back = shared_store.histories([key])[key].history
    assert (back.status, back.parameters) == (history.status, history.parameters)
    assert (back.seconds, back.chance) == (history.seconds, history.chance)
    assert {s: set(m) for s, m in back.curves.items()} == {
        s: set(m) for s, m in history.curves.items()
    }
    for split, metrics in history.curves.items():
        for metric, values in metrics.items():
            found = back.curves[split][metric]
            assert isinstance(found, tuple)
            assert len(found) == len(values)
            assert all(same_float(a, b) for a, b in zip(values, found, strict=True))
    assert set(back.answers) == set(history.answers)
    for name, array in history.answers.items():
        assert back.answers[name].dtype == array.dtype
        assert back.answers[name].shape == array.shape
        assert back.answers[name].tobytes() == array.tobytes()


def test_a_row_says_what_ran_where_and_when(store):
    before = datetime.now(UTC).replace(microsecond=0)
    assert store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    found = store.histories([KEY])[KEY]
    assert (found.key, found.round, found.environment) == (KEY, TRIAL.round, fakes.ENVIRONMENT)
    assert before <= found.finished_at <= datetime.now(UTC)
    row = raw(store, "SELECT description, code, torch, device FROM trials")[0]
    assert row == (
        row[0],
        repr(TRIAL.setup),
        fakes.ENVIRONMENT.torch,
        fakes.ENVIRONMENT.device,
    )
    assert '"results_version"' in row[0]


def test_answers_made_of_python_objects_are_refused(store):
    history = History("finished", {}, 1, 1.0, {"answer": np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        store.add(KEY, TRIAL, Answer(history, fakes.ENVIRONMENT, {}))
    assert store.known([KEY]) == set()


def test_the_first_answer_to_a_trial_stays(store):
    assert store.add(KEY, TRIAL, fakes.answer_to(TRIAL, seconds=1.0))
    assert not store.add(KEY, TRIAL, fakes.answer_to(TRIAL, seconds=2.0))
    assert store.histories([KEY])[KEY].history.seconds == 1.0


def test_only_what_is_asked_for_and_stored_is_known(store):
    keys = [f"key {number}" for number in range(1203)]
    for key in keys[::400]:
        store.add(key, TRIAL, fakes.answer_to(TRIAL))
    store.add("another", TRIAL, fakes.answer_to(TRIAL))
    assert store.known(keys) == set(keys[::400])
    assert set(store.histories(keys)) == set(keys[::400])
    assert store.known([]) == set()


def test_seconds_are_summed_over_finished_trials_of_a_workload(store):
    for number, (key, trial) in enumerate(TRIALS.items()):
        store.add(key, trial, fakes.answer_to(trial, seconds=float(number)))
    history = History("diverged", {"train": {"loss": ()}}, 10, 1.0)
    diverged = Answer(history, fakes.ENVIRONMENT, {})
    store.add("diverged", TRIAL, diverged)
    first, second = dict.fromkeys(workload(trial) for trial in TRIALS.values())
    assert store.measured([first, second, "unheard of"]) == {
        first: MeasuredCost(0.0 + 2 + 4, 3),
        second: MeasuredCost(1.0 + 3 + 5, 3),
    }


def test_failed_attempts_are_counted_and_the_last_is_told(store):
    assert [store.fail(KEY, "first"), store.fail("other", "x"), store.fail(KEY, "last")] == [
        1,
        1,
        2,
    ]
    failure = store.failures([KEY, "never"])[KEY]
    assert (failure.attempts, failure.message) == (2, "last")
    assert set(store.failures([KEY, "never"])) == {KEY}


def test_runs_come_back_in_order(store):
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    records = [
        RunRecord("dong", Overrides(), "cpu", None, fakes.DATA, at),
        RunRecord("x", Overrides(rounds=2, only=("a", "b")), "cuda", Path("/data"), "e" * 64, at),
    ]
    for record in records:
        store.record_run(record, {KEY: TRIAL})
    assert store.runs() == records


def test_a_run_asked_for_again_replaces_its_record(store):
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = RunRecord("dong", Overrides(), "cpu", None, fakes.DATA, at)
    again = RunRecord("dong", Overrides(), "cpu", None, fakes.DATA, at.replace(year=2027))
    store.record_run(first, {KEY: TRIAL, "other": TRIAL})
    store.record_run(again, {KEY: TRIAL})
    assert store.runs() == [again]
    assert [planned.key for planned in store.planned(again)] == [KEY]


def test_a_run_recorded_by_an_earlier_version_is_the_same_run(store):
    # Later versions know more ways to shorten a run, and write more fields.
    run = RunRecord("dong", Overrides(), "cpu", None, fakes.DATA, datetime(2026, 1, 2, tzinfo=UTC))
    store.record_run(run, {KEY: TRIAL, "other": TRIAL})
    with sqlite3.connect(store.path) as db:
        db.execute("""UPDATE runs SET digest = NULL, shortening = '{"rounds":null,"only":[]}'""")
    assert [planned.key for planned in store.planned(run)] == [KEY, "other"]
    store.record_run(run, {KEY: TRIAL})
    assert store.runs() == [run]
    assert [planned.key for planned in store.planned(run)] == [KEY]


def test_a_runs_standing_counts_its_answered_trials_and_reckons_the_rest(store):
    run = RunRecord("dong", Overrides(), "cpu", None, fakes.DATA, datetime(2026, 1, 2, tzinfo=UTC))
    store.record_run(run, {KEY: TRIAL, "other": TRIAL, "third": TRIAL})
    assert standings(store, jobs=2) == [Standing(run, 3, 0, None)]
    answer = fakes.answer_to(TRIAL)
    store.add(KEY, TRIAL, answer)
    left = answer.history.seconds
    assert standings(store, jobs=1) == [Standing(run, 3, 1, pytest.approx(2 * left))]
    assert standings(store, jobs=2) == [Standing(run, 3, 1, pytest.approx(left))]


def test_a_store_keeps_its_content_when_closed(tmp_path):
    path = tmp_path / "with space, 100% and ?.db"
    with Store.open(path) as store:
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with Store.open(path) as store:
        assert store.known([KEY]) == {KEY}
    with Store.read(path) as store:
        assert store.known([KEY]) == {KEY}
        with pytest.raises(StoreError, match="cannot be written"):
            store.fail(KEY, "x")


def test_a_reader_sees_what_a_writer_has_stored_meanwhile(store):
    with Store.read(store.path) as reader:
        assert reader.known([KEY]) == set()
        store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
        assert reader.known([KEY]) == {KEY}


def test_an_answer_whose_writing_is_cut_short_is_not_there(store):
    def write():
        with store._writing():
            store._db.execute("INSERT INTO failures VALUES (?, 1, '', '', NULL)", (KEY,))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert store.failures([KEY]) == {}
    assert store.fail(KEY, "later") == 1


def raw(store, query):
    with sqlite3.connect(store.path) as db:
        rows = db.execute(query).fetchall()
    db.close()
    return rows


def test_answers_stay_packed_until_they_are_looked_at():
    answers = {
        "answer": np.arange(6, dtype=np.int64),
        "digits": np.asfortranarray(np.arange(12).reshape(6, 2)),
        "probability": np.array(0.5, np.float32),
    }
    read = arrays_from_bytes(arrays_to_bytes(answers))
    assert read
    assert list(read) == list(answers)
    assert len(read) == len(answers)
    assert "answer" in read
    assert "other" not in read
    for name, array in answers.items():
        assert (read[name].dtype, read[name].tolist()) == (array.dtype, array.tolist())
        assert read[name] is not read[name]
    assert read.get("other") is None
    assert arrays_from_bytes(arrays_to_bytes({})) == {}
    with pytest.raises(ValueError, match="no npz file"):
        arrays_from_bytes(b"something else")
