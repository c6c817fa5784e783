"""How long trials take: guessed from their arithmetic, corrected by those that have run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bakeoff.data.task import Task
from bakeoff.spec import canonical, digest
from bakeoff.study.trial import Setup, Trial

_GUESS = 1e-10
"""Seconds per multiply-add before anything has run; only the order of trials hangs on it."""


@dataclass(frozen=True)
class MeasuredCost:
    """The sum of the seconds of trials that have run, and their number."""

    seconds: float
    trials: int

    def __add__(self, other: MeasuredCost) -> MeasuredCost:
        return MeasuredCost(self.seconds + other.seconds, self.trials + other.trials)


@dataclass(frozen=True)
class Costs:
    """The time that each workload takes, as far as it is known.

    Attributes:
        arithmetic: multiply-adds of one trial of a workload; None if unknown.
        measured: the workloads with a trial that has run.
    """

    arithmetic: Mapping[str, int | None]
    measured: Mapping[str, MeasuredCost]

    def after(self, workload: str, seconds: float) -> Costs:
        """Returns the costs with one more trial measured."""
        before = self.measured.get(workload, MeasuredCost(0.0, 0))
        total = before + MeasuredCost(seconds, 1)
        return Costs(self.arithmetic, {**self.measured, workload: total})

    def seconds(self, workload: str) -> float | None:
        """Returns the expected seconds of one trial; None if unknown."""
        if workload in self.measured:
            measured = self.measured[workload]
            return measured.seconds / measured.trials
        work, rate = self.arithmetic[workload], self._rate
        return None if work is None or rate is None else work * rate

    def usual(self, workload: str) -> float | None:
        """Returns the expected seconds of one trial; of the slowest that has run, if unknown."""
        expected = self.seconds(workload)
        known = [cost.seconds / cost.trials for cost in self.measured.values()]
        return max(known, default=None) if expected is None else expected

    def rank(self, workload: str) -> float:
        """Returns a rank; trials of a higher rank should start sooner.

        An unknown workload ranks highest: it may be the longest.
        """
        expected = self.seconds(workload)
        if expected is not None:
            return expected
        work = self.arithmetic[workload]
        return math.inf if work is None else work * _GUESS

    def time_left(
        self, pending: Mapping[str, int], running: Iterable[tuple[str, float]], jobs: int
    ) -> float | None:
        """Returns the seconds until all is done, None where some workload's time is unknown.

        Args:
            pending: how many trials of each workload wait.
            running: the workload of each running trial, and its seconds so far.
            jobs: how many run at a time.
        """
        waits = [(self.seconds(workload), number) for workload, number in pending.items()]
        rests = [(self.seconds(workload), elapsed) for workload, elapsed in running]
        pieces: list[tuple[float, int]] = []
        for expected, number in waits:
            if expected is None:
                return None
            pieces.append((expected, number))
        for expected, elapsed in rests:
            if expected is None:
                return None
            pieces.append((max(0.0, expected - elapsed), 1))
        total = sum(seconds * number for seconds, number in pieces)
        longest = max((seconds for seconds, number in pieces if number), default=0.0)
        return max(total / jobs, longest)

    @cached_property
    def _rate(self) -> float | None:
        """Returns the seconds per multiply-add over all trials that have run; None before any."""
        seconds, work = 0.0, 0
        for workload, measured in self.measured.items():
            arithmetic = self.arithmetic.get(workload)
            if arithmetic is not None:
                seconds += measured.seconds
                work += arithmetic * measured.trials
        return seconds / work if work else None


def workload(trial: Trial) -> str:
    """Returns a digest that is equal for trials that do the same arithmetic, on whatever data."""
    return _workload(trial.task, trial.setup, trial.device)


@lru_cache(maxsize=1024)
def _workload(task: Task, setup: Setup, device: str) -> str:
    return digest([canonical(task), canonical(setup), device])


def workloads(trials: Mapping[str, Trial]) -> dict[str, tuple[str, int | None]]:
    """Returns the workload of each trial, with its arithmetic, by the trial's key.

    They are found once for all trials that share a task and a setup, as those of a variant do.
    """
    known: dict[tuple[int, int, str], tuple[str, int | None]] = {}
    found = {}
    for key, trial in trials.items():
        place = id(trial.task), id(trial.setup), trial.device
        if place not in known:
            known[place] = workload(trial), arithmetic(trial)
        found[key] = known[place]
    return found


def arithmetic(trial: Trial) -> int | None:
    """Returns the trial's multiply-adds; None if its model does not count them."""
    try:
        return trial.multiply_adds()
    except Exception:
        # A user's own count fails; the order of trials is not worth a failed run.
        return None
