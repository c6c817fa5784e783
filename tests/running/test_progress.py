"""A run's counts follow from its events."""

import running_fakes as fakes

from bakeoff.running.events import (
    Answered,
    Failed,
    Forecast,
    PlannedTrials,
    Progress,
    Retrying,
    Started,
    Waiting,
)

HISTORY = fakes.history(next(iter(fakes.some_trials().values())))


def after(*events):
    progress = Progress()
    for event in events:
        progress = progress.after(event)
    return progress


def test_what_is_known_is_done_and_the_rest_is_missing():
    progress = after(PlannedTrials(total=5, known=2))
    assert (progress.done, progress.missing) == (2, 3)


def test_a_trial_runs_until_it_is_answered_fails_or_its_worker_dies():
    events = [PlannedTrials(9, 0), *(Started(key) for key in "abcd")]
    assert after(*events).running == set("abcd")
    progress = after(*events, Answered("a", HISTORY), Failed("b", "x", 1), Retrying("c", "x", 1))
    assert progress.running == {"d"}
    assert (progress.answered, progress.failed, progress.done, progress.missing) == (1, 1, 1, 8)


def test_answers_of_other_runs_are_counted_apart():
    progress = after(
        PlannedTrials(2, 0), Answered("a", HISTORY, by_other=True), Answered("b", HISTORY)
    )
    assert (progress.answered, progress.by_others, progress.done) == (1, 1, 2)


def test_the_last_forecast_and_wait_stand():
    progress = after(Forecast(10.0), Waiting(3), Forecast(None), Waiting(2))
    assert (progress.seconds_left, progress.waiting) == (None, 2)
