"""Where the runs of a store stand: how much is done, and how long the rest would take."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bakeoff.running.cost import Costs
from bakeoff.running.records import RunRecord
from bakeoff.running.store import Store


@dataclass(frozen=True)
class Standing:
    """One run.

    Attributes:
        run: what was asked for.
        total: its trials.
        done: how many of them are answered, whichever run did it.
        failed: how many of the others were tried, and failed.
        seconds_left: for the rest, None where nothing tells.
    """

    run: RunRecord
    total: int
    done: int
    seconds_left: float | None
    failed: int = 0


def standings(store: Store, *, jobs: int) -> list[Standing]:
    """Return where each run of a store stands, the latest asked for last.

    Args:
        store: open to read.
        jobs: how many trials the time left is reckoned to run at a time.
    """
    return [_standing(store, run, jobs) for run in store.runs()]


def _standing(store: Store, run: RunRecord, jobs: int) -> Standing:
    trials = store.planned(run)
    missing = [trial for trial in trials if not trial.answered]
    arithmetic = {trial.workload: trial.multiply_adds for trial in trials}
    costs = Costs(arithmetic, store.measured(arithmetic))
    left = costs.time_left(Counter(trial.workload for trial in missing), (), jobs)
    failed = len(store.failures(trial.key for trial in missing))
    return Standing(run, len(trials), len(trials) - len(missing), left, failed)
