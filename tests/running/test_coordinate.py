"""A run answers every trial once, whatever goes wrong on the way."""

import threading
from collections import Counter
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor

import pytest
import running_fakes as fakes

from bakeoff.errors import RunError, StoreError
from bakeoff.models.network import ModelSpec
from bakeoff.running import coordinate
from bakeoff.running.coordinate import Interrupted, run_trials
from bakeoff.running.events import (
    Answered,
    Damaged,
    Failed,
    Forecast,
    PlannedTrials,
    Retrying,
    Started,
    Waiting,
)
from bakeoff.running.owner import Owner
from bakeoff.running.store import Store

TRIALS = fakes.some_trials()
ROUND_1 = [key for key, trial in TRIALS.items() if trial.round == 1]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(coordinate, "_POLL", 0.02)


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def counts(outcome):
    progress = outcome.progress
    return progress.known, progress.answered, progress.by_others, progress.failed


def in_thread(call):
    thread = threading.Thread(target=call)
    thread.start()
    return thread


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_every_trial_runs_once_and_is_stored(run, store, tmp_path, jobs):
    outcome, events = run(TRIALS, jobs=jobs)
    assert counts(outcome) == (0, 6, 0, 0)
    assert Counter(fakes.executed(tmp_path)) == dict.fromkeys(TRIALS, 1)
    stored = store.histories(TRIALS)
    for key, trial in TRIALS.items():
        assert stored[key].round == trial.round
        assert stored[key].history.curves == fakes.history(trial).curves
    assert of(events, PlannedTrials) == [PlannedTrials(6, 0)]
    assert sorted(event.key for event in of(events, Started)) == sorted(TRIALS)
    assert sorted(event.key for event in of(events, Answered)) == sorted(TRIALS)
    assert outcome.progress.running == frozenset()
    assert of(events, Forecast)[0].seconds_left is None
    assert of(events, Forecast)[-1].seconds_left is not None


def test_a_finished_run_does_nothing_and_a_longer_one_only_what_is_missing(run, tmp_path):
    run(TRIALS)
    outcome, events = run(TRIALS)
    assert (counts(outcome), events) == ((6, 0, 0, 0), [PlannedTrials(6, 6)])
    outcome, _ = run(fakes.some_trials(rounds=5))
    assert counts(outcome) == (6, 4, 0, 0)
    assert len(fakes.executed(tmp_path)) == 10


def test_a_run_of_nothing_is_over_at_once(run):
    outcome, events = run({})
    assert (counts(outcome), events) == ((0, 0, 0, 0), [PlannedTrials(0, 0)])


def test_rounds_go_one_after_the_other_the_most_arithmetic_first(run, tmp_path):
    run(TRIALS, jobs=1)
    rounds = [
        (TRIALS[key].setup.model.parameters(), TRIALS[key].round)
        for key in fakes.executed(tmp_path)
    ]
    large, small = sorted({size for size, _ in rounds}, reverse=True)
    assert rounds[0] == (large, 0)
    assert sorted(rounds, key=lambda one: one[1]) == rounds
    assert {size for size, _ in rounds} == {large, small}


def test_what_was_measured_counts_more_than_arithmetic(run, store, tmp_path):
    trials = fakes.some_trials(rounds=4)
    small = min(trial.setup.model.parameters() for trial in trials.values())
    for key, trial in trials.items():
        if trial.round == 3:
            is_small = trial.setup.model.parameters() == small
            store.add(key, trial, fakes.answer_to(trial, seconds=9.0 if is_small else 1.0))
    run(TRIALS, jobs=1)
    sizes = [TRIALS[key].setup.model.parameters() for key in fakes.executed(tmp_path)]
    assert sizes[::2] == [small] * 3


def test_a_failing_trial_is_noted_and_does_not_stop_its_siblings(run, store):
    outcome, events = run(TRIALS, work=fakes.faulty_in_round_1)
    assert counts(outcome) == (0, 4, 0, 2)
    assert set(outcome.failures) == set(ROUND_1)
    for key in ROUND_1:
        assert "ZeroDivisionError: no such luck" in outcome.failures[key]
        assert store.failures(ROUND_1)[key].message == outcome.failures[key]
    assert {event.attempt for event in of(events, Failed)} == {1}


def test_a_later_run_tries_failed_trials_again(run, store):
    run(TRIALS, work=fakes.faulty_in_round_1)
    outcome, events = run(TRIALS, work=fakes.faulty_in_round_1)
    assert counts(outcome) == (4, 0, 0, 2)
    assert {event.attempt for event in of(events, Failed)} == {2}
    outcome, _ = run(TRIALS)
    assert counts(outcome) == (4, 2, 0, 0)
    assert {failure.attempts for failure in store.failures(TRIALS).values()} == {2}


def test_a_diverged_trial_is_an_answer(run, store):
    outcome, _ = run(TRIALS, work=fakes.diverging)
    assert counts(outcome) == (0, 6, 0, 0)
    assert {stored.history.status for stored in store.histories(TRIALS).values()} == {"diverged"}


def test_a_trial_that_cannot_be_sent_fails_alone(run):
    class Local(ModelSpec):
        def build(self):
            raise NotImplementedError

    first = next(iter(TRIALS.values()))
    local = first.replace(setup=first.setup.replace(model=Local()))
    outcome, _ = run({**TRIALS, "local": local})
    assert counts(outcome) == (0, 6, 0, 1)
    assert "top level of a Python file" in outcome.failures["local"]


@pytest.mark.parametrize("jobs", [0, -3])
def test_jobs_below_one_are_refused_before_anything_runs(store, jobs):
    with pytest.raises(RunError, match="jobs"):
        run_trials(TRIALS, store, jobs=jobs)


def test_an_interrupt_keeps_what_is_answered_and_gives_up_the_rest(run, store):
    news = []

    def interrupt(event):
        news.append(event)
        if isinstance(event, Answered) and len(of(news, Answered)) == 1:
            raise KeyboardInterrupt

    with pytest.raises(
        Interrupted, match=r"[1-4] of 6 trials are stored; the same command"
    ) as caught:
        run(TRIALS, jobs=2, listen=interrupt)
    progress = caught.value.progress
    assert len(store.known(TRIALS)) == progress.done == progress.answered
    assert store.others(TRIALS, Owner.here()) == {}
    outcome, _ = run(TRIALS)
    assert counts(outcome) == (progress.done, 6 - progress.done, 0, 0)


def test_a_second_interrupt_ends_the_run_as_well(run, store):
    def interrupt(event):
        if isinstance(event, Answered):
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run(TRIALS, jobs=2, listen=interrupt)
    assert store.others(TRIALS, Owner.here()) == {}


def test_what_came_back_before_an_interrupt_is_stored(run, store):
    # The second trial is back, not yet stored, when the first one's news meet the interrupt.
    executor = Synchronous()

    def interrupt(event):
        if isinstance(event, Answered) and not executor.interrupted:
            executor.interrupted = True
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        run_trials(TRIALS, store, jobs=3, executor=executor, work=fakes.quick, listen=interrupt)
    # Three were at work, three more were sent as soon as these were back.
    assert caught.value.progress.done == len(store.known(TRIALS)) == 6


def test_a_listener_that_fails_ends_the_run_and_its_leases(run, store):
    def fail(event):
        if isinstance(event, Answered):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(TRIALS, listen=fail)
    assert store.others(TRIALS, Owner.here()) == {}


def test_a_store_that_fails_ends_the_run(run, store, monkeypatch):
    def full(*args):
        raise StoreError("its disk is full.")

    monkeypatch.setattr(store, "add", full)
    monkeypatch.setattr(coordinate, "_PATIENCE", 0)
    with pytest.raises(StoreError, match="full"):
        run(TRIALS)


def test_a_damaged_row_is_told_and_trained_again(run, store):
    run(TRIALS)
    store._db.execute("UPDATE trials SET seconds = seconds + 1 WHERE round = 1")
    outcome, events = run(TRIALS)
    assert of(events, Damaged) == [Damaged(len(ROUND_1))]
    assert counts(outcome) == (6 - len(ROUND_1), len(ROUND_1), 0, 0)
    assert of(run(TRIALS)[1], Damaged) == []


class TestExecutors:
    """Any executor of the standard kind may run the trials."""

    def test_one_that_calls_at_once(self, store, tmp_path):
        outcome = run_trials(
            TRIALS,
            store,
            jobs=1,
            executor=Synchronous(),
            work=fakes.quick,
        )
        assert counts(outcome) == (0, 6, 0, 0)
        assert Counter(fakes.executed(tmp_path)) == dict.fromkeys(TRIALS, 1)

    def test_one_that_is_not_shut_down_afterwards(self, store):
        with ThreadPoolExecutor(1) as executor:
            run_trials(TRIALS, store, jobs=1, executor=executor, work=fakes.quick)
            assert executor.submit(len, "abc").result() == 3

    def test_one_that_mixes_up_answers_stores_none_of_them(self, store):
        class Shifting(Synchronous):
            before: Future[object] | None = None

            def submit(self, fn, /, *args, **kwargs):
                after = super().submit(fn, *args, **kwargs)
                self.before, given = after, self.before or after
                return given

        outcome = run_trials(TRIALS, store, jobs=1, executor=Shifting(), work=fakes.quick)
        assert counts(outcome) == (0, 1, 0, 5)
        for key, stored in store.histories(TRIALS).items():
            assert stored.history.curves == fakes.history(TRIALS[key]).curves

    def test_one_that_breaks_down_is_an_error_of_the_run(self, store):
        executor = Synchronous(BrokenExecutor("a process was lost"))
        with pytest.raises(RunError, match="broke down: a process was lost"):
            run_trials(TRIALS, store, jobs=2, executor=executor, work=fakes.quick)

    def test_one_that_loses_a_call_costs_one_trial(self, store):
        outcome = run_trials(
            TRIALS,
            store,
            jobs=1,
            executor=Synchronous(ValueError("lost in the post")),
            work=fakes.quick,
        )
        assert counts(outcome) == (0, 5, 0, 1)
        assert list(outcome.failures.values()) == ["ValueError: lost in the post"]


class Synchronous(Executor):
    """Calls at once; the first call gives an error, if one is given."""

    def __init__(self, error=None):
        self.error = error
        self.interrupted = False

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        if self.error is not None:
            future.set_exception(self.error)
            self.error = None
        else:
            future.set_result(fn(*args, **kwargs))
        return future


class TestOthers:
    """Other runs on the same store."""

    @pytest.fixture
    def other(self, store):
        owner = Owner.here()
        with Store.open(store.path) as opened:
            yield opened, owner

    def test_trials_that_others_hold_are_waited_for(self, run, store, tmp_path):
        held, free = list(TRIALS)[:2], list(TRIALS)[2:]
        owner = Owner.here()
        for key in held:
            store.claim(key, owner)
        waiting = threading.Event()

        def finish():
            waiting.wait()
            with Store.open(store.path) as other:
                for key in held:
                    other.add(key, TRIALS[key], fakes.answer_to(TRIALS[key]))

        thread = in_thread(finish)
        outcome, events = run(
            TRIALS, listen=lambda event: waiting.set() if isinstance(event, Waiting) else None
        )
        thread.join()
        assert counts(outcome) == (0, 4, 2, 0)
        assert sorted(fakes.executed(tmp_path)) == sorted(free)
        assert {event.key for event in of(events, Answered) if event.by_other} == set(held)
        assert of(events, Waiting)[0] == Waiting(2)
        assert outcome.progress.waiting == 0

    def test_trials_that_others_give_up_are_taken_over(self, run, store, tmp_path):
        held = list(TRIALS)[:2]
        owner = Owner.here()
        for key in held:
            store.claim(key, owner)

        def give_up():
            with Store.open(store.path) as other:
                other.release(owner)

        outcome, _ = run(
            TRIALS, listen=lambda event: give_up() if isinstance(event, Waiting) else None
        )
        assert counts(outcome) == (0, 6, 0, 0)
        assert Counter(fakes.executed(tmp_path)) == dict.fromkeys(TRIALS, 1)

    def test_trials_that_fail_elsewhere_are_not_tried_again_here(self, run, store, tmp_path):
        key = next(iter(TRIALS))
        store.fail(key, "an old failure")
        owner = Owner.here()
        store.claim(key, owner)

        def fail():
            with Store.open(store.path) as other:
                other.fail(key, "it diverts")
                other.release(owner, key)

        outcome, events = run(
            TRIALS,
            listen=lambda event: fail() if event == Waiting(1) else None,
        )
        assert counts(outcome) == (0, 5, 0, 1)
        assert outcome.failures == {key: "it diverts"}
        assert of(events, Failed) == [Failed(key, "it diverts", 2, by_other=True)]
        assert key not in fakes.executed(tmp_path)

    def test_a_trial_answered_elsewhere_between_plan_and_claim_is_not_run(
        self, run, store, tmp_path
    ):
        def answer_all(event):
            if isinstance(event, PlannedTrials):
                for key, trial in TRIALS.items():
                    store.add(key, trial, fakes.answer_to(trial))

        outcome, _ = run(TRIALS, listen=answer_all)
        assert counts(outcome) == (0, 0, 6, 0)
        assert fakes.executed(tmp_path) == []

    def test_a_trial_answered_elsewhere_while_it_ran_counts_once(self, run, store):
        key = next(iter(TRIALS))

        def answer(event):
            if event == Started(key):
                store.add(key, TRIALS[key], fakes.answer_to(TRIALS[key], seconds=5.0))

        outcome, _ = run(TRIALS, listen=answer)
        assert counts(outcome) == (0, 5, 1, 0)
        assert store.histories([key])[key].history.seconds == 5.0

    def test_two_runs_in_threads_share_the_work(self, store, tmp_path):
        outcomes = []

        def one():
            with Store.open(store.path) as opened, ThreadPoolExecutor(2) as executor:
                outcomes.append(
                    run_trials(
                        fakes.some_trials(rounds=8),
                        opened,
                        jobs=2,
                        executor=executor,
                        work=fakes.quick,
                    )
                )

        for thread in [in_thread(one) for _ in range(3)]:
            thread.join()
        assert len(outcomes) == 3
        assert len(fakes.executed(tmp_path)) == len(set(fakes.executed(tmp_path))) == 16
        assert sum(outcome.progress.answered for outcome in outcomes) == 16
        assert {outcome.progress.done for outcome in outcomes} == {16}

    def test_leases_are_kept_alive_through_a_long_run(self, run, store, monkeypatch):
        beats = []
        monkeypatch.setattr(coordinate, "_BEAT", 0.03)
        monkeypatch.setattr(store, "beat", beats.append)
        run(TRIALS, jobs=1, work=fakes.slow)
        assert len(beats) >= 3


class TestWorkersThatDie:
    """With real processes."""

    def run(self, store, work):
        events = []
        outcome = run_trials(TRIALS, store, jobs=2, work=work, listen=events.append)
        return outcome, events

    def test_a_trial_whose_worker_dies_once_is_tried_again(self, store, tmp_path):
        outcome, events = self.run(store, fakes.killed_once_in_round_1)
        assert counts(outcome) == (0, 6, 0, 0)
        assert {event.key for event in of(events, Retrying)} == set(ROUND_1)
        expected = {key: 2 if key in ROUND_1 else 1 for key in TRIALS}
        assert Counter(fakes.executed(tmp_path)) == expected
        assert {failure.attempts for failure in store.failures(TRIALS).values()} == {1}

    def test_a_trial_whose_worker_dies_twice_fails_and_the_others_go_on(self, store, tmp_path):
        outcome, events = self.run(store, fakes.killed_in_round_1)
        assert counts(outcome) == (0, 4, 0, 2)
        assert set(outcome.failures) == set(ROUND_1)
        assert all("ended by SIGKILL" in message for message in outcome.failures.values())
        assert all("(2 attempts)" in message for message in outcome.failures.values())
        assert {event.attempt for event in of(events, Failed)} == {2}
        # The second attempts come last.
        executed = fakes.executed(tmp_path)
        assert set(executed[:6]) == set(TRIALS)
        assert sorted(executed[6:]) == sorted(ROUND_1)
