"""How long trials take: guessed from their arithmetic, corrected by those that have run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bakeoff.spec import canonical, digest
from bakeoff.study.trial import Trial

_GUESS = 1e-10
"""Seconds per multiply-add before anything has run; only the order of trials hangs on it."""


@dataclass(frozen=True)
class MeasuredCost:
    """Seconds of trials that have run, in all, and their number."""

    seconds: float
    trials: int

    def __add__(self, other: MeasuredCost) -> MeasuredCost:
        return MeasuredCost(self.seconds + other.seconds, self.trials + other.trials)


@dataclass(frozen=True)
class Costs:
    """What is known of the time that each workload takes.

    Attributes:
        arithmetic: multiply-adds of one trial of a workload, None where unknown.
        measured: the workloads of which some trial has run.
    """

    arithmetic: Mapping[str, int | None]
    measured: Mapping[str, MeasuredCost]

    def after(self, workload: str, seconds: float) -> Costs:
        """Return the costs with one more trial measured."""
        before = self.measured.get(workload, MeasuredCost(0.0, 0))
        total = before + MeasuredCost(seconds, 1)
        return replace(self, measured={**self.measured, workload: total})

    def seconds(self, workload: str) -> float | None:
        """Return the expected seconds of one trial, None where nothing tells."""
        if workload in self.measured:
            measured = self.measured[workload]
            return measured.seconds / measured.trials
        work, rate = self.arithmetic[workload], self._rate()
        return None if work is None or rate is None else work * rate

    def rank(self, workload: str) -> float:
        """Return a figure that is the greater, the sooner a trial should start.

        A workload of which nothing is known ranks highest: it may be the longest.
        """
        expected = self.seconds(workload)
        if expected is not None:
            return expected
        work = self.arithmetic[workload]
        return math.inf if work is None else work * _GUESS

    def time_left(
        self, pending: Mapping[str, int], running: Iterable[tuple[str, float]], jobs: int
    ) -> float | None:
        """Return the seconds until all is done, None where some workload's time is unknown.

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

    def _rate(self) -> float | None:
        """Return seconds per multiply-add over all that has run, None before anything has."""
        seconds, work = 0.0, 0
        for workload, measured in self.measured.items():
            arithmetic = self.arithmetic.get(workload)
            if arithmetic is not None:
                seconds += measured.seconds
                work += arithmetic * measured.trials
        return seconds / work if work else None


def workload(trial: Trial) -> str:
    """Return what is equal for trials that do the same arithmetic: all but round, seed and data."""
    return digest([canonical(trial.task), canonical(trial.setup), trial.device])


def arithmetic(trial: Trial) -> int | None:
    """Return the trial's multiply-adds, None where its model does not tell them."""
    try:
        return trial.multiply_adds()
    except Exception:
        # It is a user's own count that fails; the order of trials is not worth a failed run.
        return None
