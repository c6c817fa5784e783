"""Stores and runs of trials that cost nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import running_fakes as fakes

from bakeoff.running.coordinate import run_trials
from bakeoff.running.store import Store


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "bakeoff.db") as opened:
        yield opened


@pytest.fixture
def run(store, tmp_path):
    """Run trials in this process; returns the outcome and the events."""

    def run(trials, *, work=fakes.quick, jobs=2, listen=None, store=store):
        events = []

        def hear(event):
            events.append(event)
            if listen is not None:
                listen(event)

        with ThreadPoolExecutor(jobs) as executor:
            outcome = run_trials(
                trials,
                store,
                jobs=jobs,
                executor=executor,
                work=work,
                listen=hear,
            )
        return outcome, events

    return run
