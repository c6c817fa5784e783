"""The standing of a store's runs: how much is done, and how long the rest would take."""

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
        run: the run as requested.
        total: the number of its trials.
        done: the number of answered trials, whichever run answered them.
        failed: the number of other trials that were tried, and failed.
        seconds_left: the time for the rest; None if unknown.
    """

    run: RunRecord
    total: int
    done: int
    seconds_left: float | None
    failed: int = 0


def standings(store: Store, *, jobs: int) -> list[Standing]:
    """Returns the standing of each run of a store, the latest run last.

    Args:
        store: the store, open to read.
        jobs: the number of trials at a time with which the time left is computed.
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
