"""Stored trials trained once more: drawn alike each time, and held against what is stored."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import bakeoff
from bakeoff import DigitPairs, Head, Linear, Network, Recipe, ReLU, Study, Variant
from bakeoff.api.plan import plan_of, read_results
from bakeoff.api.verify import draw_trials
from bakeoff.errors import RunError, StoreError
from bakeoff.running.records import Answer
from bakeoff.running.store import Store


def variant(name, features, lr=1e-3):
    net = Network(Linear(features), ReLU(), Linear(2), Head("comparison"))
    recipe = Recipe(epochs=1, batch=20)
    return Variant(name=name, model=net, optimizer=bakeoff.SGD(lr=lr), recipe=recipe)


STUDY = Study(
    name="s",
    task=DigitPairs(train=40, validation=20, test=30),
    variants=(variant("a", 4), variant("b", 5), variant("wild", 6, lr=1e30)),
    rounds=4,
)


@pytest.fixture
def store(tmp_path):
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(STUDY, store=tmp_path / "s.db", executor=executor)
    return tmp_path / "s.db"


def verify(study, store, **options):
    with ThreadPoolExecutor(1) as executor:
        return bakeoff.verify(study, store=store, executor=executor, **options)


def altered(store, path, change):
    """Write a store in which one trial's answer is another, and return its key."""
    plan = plan_of(STUDY)
    with Store.read(store) as before, Store.open(path) as after:
        trials = plan.labelled_trials(read_results(plan, before).study)
        stored = before.histories(trials)
        (first, *_) = trials
        for key, (_, trial) in trials.items():
            answer = Answer(stored[key].history, stored[key].environment, trial.described())
            after.add(key, trial, change(answer) if key == first else answer)
    return first


def test_all_trials_come_out_the_same_and_the_store_stays_as_it_is(store):
    before = store.read_bytes()
    verified = verify(STUDY, store, sample=99)
    assert Counter(each.name for each in verified) == {"a": 4, "b": 4, "wild": 4}
    assert {each.round for each in verified} == {1, 2, 3, 4}
    assert all(each.is_same and each.stored == each.here for each in verified)
    assert store.read_bytes() == before


@pytest.mark.parametrize("sample", [1, 2, 3, 5, 8, 12])
def test_a_sample_is_drawn_again_and_spread_over_variants(store, sample):
    plan = plan_of(STUDY)
    drawn = draw_trials(plan, sample=sample, seed=3, store=store)
    assert len(drawn.answers) == 12
    assert len({key for _, key, _ in drawn.chosen}) == sample
    times = Counter(name for name, _, _ in drawn.chosen)
    assert max(times.values()) - min(times.values() if len(times) == 3 else [0]) <= 1
    assert draw_trials(plan, sample=sample, seed=3, store=store).chosen == drawn.chosen


def test_another_seed_draws_others(store):
    plan = plan_of(STUDY)
    draws = {draw_trials(plan, sample=3, seed=n, store=store).chosen for n in range(9)}
    assert len(draws) > 1


def test_altered_numbers_are_told_with_their_size_and_where_they_came_from(store, tmp_path):
    def change(answer):
        curves = {split: dict(values) for split, values in answer.history.curves.items()}
        curves["test"]["error"] = tuple(each + 0.5 for each in curves["test"]["error"])
        environment = replace(answer.environment, torch="1.0.0")
        return replace(
            answer, history=replace(answer.history, curves=curves), environment=environment
        )

    key = altered(store, tmp_path / "x.db", change)
    verified = {each.key: each for each in verify(STUDY, tmp_path / "x.db", sample=12)}
    assert [each.key for each in verified.values() if not each.is_same] == [key]
    (difference,) = verified[key].differences
    assert (difference.what, difference.epoch) == ("test error", 1)
    assert difference.largest == pytest.approx(0.5)
    assert verified[key].stored.torch == "1.0.0" != verified[key].here.torch


def test_verifying_shows_no_verdict(store):
    study = STUDY.replace(
        claims=(bakeoff.Claim(id="1", quote="It is.", test=bakeoff.Better("a", than="b")),)
    )
    before = store.read_bytes()
    assert verify(study, store, sample=1)[0].is_same
    assert store.read_bytes() == before


def test_a_shortened_run_is_verified_as_it_ran(tmp_path):
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(STUDY, rounds=1, only=("a",), store=tmp_path / "s.db", executor=executor)
    (verified,) = verify(STUDY, tmp_path / "s.db")
    assert (verified.name, verified.round, verified.is_same) == ("a", 1, True)


def test_what_cannot_be_verified_is_refused(store, tmp_path):
    with pytest.raises(RunError, match="sample is 0"):
        verify(STUDY, store, sample=0)
    with pytest.raises(RunError, match="jobs is 0"):
        verify(STUDY, store, jobs=0)
    with pytest.raises(StoreError, match="holds no trial of s"):
        verify(STUDY, store, epochs=9)
    with pytest.raises(StoreError, match="there is no store"):
        verify(STUDY, tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
