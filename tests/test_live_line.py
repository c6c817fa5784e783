"""A run in a notebook shows one line, and nothing of it elsewhere."""

from bakeoff.api import live
from bakeoff.api.live import LiveLine, live_line
from bakeoff.running.coordinate import ignore
from bakeoff.running.events import Answered, Failed, Forecast, Named, PlannedTrials, Started
from made_history import made

HISTORY = made(test=[0.1])


class Output:
    """An output of a cell: what was shown first, and every update."""

    def __init__(self):
        self.shown, self.updates = [], []

    def show(self, data):
        self.shown.append(data["text/plain"])
        return self

    def update(self, data, *, raw):
        assert raw
        self.updates.append(data["text/plain"])


def told(*events):
    output = Output()
    line = LiveLine(output.show)
    for event in events:
        line(event)
    return output


NAMED = Named({"1": "s: a, round 1", "2": "s: b, round 1"})


def test_a_run_is_one_output_that_says_what_is_at_work(monkeypatch):
    monkeypatch.setattr(live, "_PAUSE", -1)
    output = told(
        NAMED,
        PlannedTrials(2, 0),
        Started("1"),
        Forecast(65.0),
        Answered("1", HISTORY),
        Failed("2", "it broke", 1),
    )
    assert output.shown == ["0 of 2 trials"]
    assert output.updates[:2] == [
        "0 of 2 trials: s: a, round 1",
        "0 of 2 trials, 1 min 5 s left: s: a, round 1",
    ]
    assert output.updates[-1].startswith("1 of 2 trials, 1 failed, ")


def test_a_run_that_trains_nothing_says_so():
    assert told(NAMED, PlannedTrials(2, 2)).shown == ["2 trials, all stored already"]


def test_a_later_stage_of_a_run_goes_on_in_the_same_output():
    output = told(NAMED, PlannedTrials(1, 0), Answered("1", HISTORY), PlannedTrials(2, 1))
    assert len(output.shown) == 1
    assert output.updates[-1] == "1 of 2 trials"


def test_updates_between_pauses_are_left_out():
    events = [event for _ in range(100) for event in (Started("1"), Forecast(1.0))]
    output = told(NAMED, PlannedTrials(2, 0), *events)
    assert len(output.updates) < 100


def test_a_script_shows_nothing():
    assert live_line() is ignore
