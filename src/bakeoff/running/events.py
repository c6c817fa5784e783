"""The events of a run, and the counts that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from bakeoff.running.owner import Owner
from bakeoff.training.finding import Finding
from bakeoff.training.history import History


@dataclass(frozen=True)
class Named:
    """The labels of the trials that are about to be planned, by key."""

    labels: Mapping[str, str]


@dataclass(frozen=True)
class PlannedTrials:
    """The run begins; some of its trials are known from earlier runs."""

    total: int
    known: int


@dataclass(frozen=True)
class Damaged:
    """The number of stored trials that are damaged, and so count as missing."""

    count: int


@dataclass(frozen=True)
class Started:
    """A trial was given to a worker."""

    key: str


@dataclass(frozen=True)
class Answered:
    """A trial's history is stored, by this run or by another at work on the same store."""

    key: str
    history: History
    by_other: bool = False


@dataclass(frozen=True)
class Failed:
    """A trial gave no history; a later run tries it again. `attempt` counts from 1."""

    key: str
    message: str
    attempt: int
    by_other: bool = False


@dataclass(frozen=True)
class Retrying:
    """A trial's worker died; the trial will run once more, alone."""

    key: str
    message: str
    attempt: int


@dataclass(frozen=True)
class Waiting:
    """The number of trials left, all of which other runs are training."""

    count: int


@dataclass(frozen=True)
class Held:
    """The store cannot be written now, for a reason; so many finished trials wait for it."""

    count: int
    reason: str


@dataclass(frozen=True)
class Locked:
    """Another process holds the store in the midst of a write; these runs use the store."""

    holders: tuple[Owner, ...]


@dataclass(frozen=True)
class Late:
    """A trial has taken many times as long as expected, in seconds, and goes on."""

    key: str
    seconds: float
    expected: float


@dataclass(frozen=True)
class Logged:
    """Trials print something, and it goes to a file."""

    path: Path


@dataclass(frozen=True)
class Forecast:
    """The seconds that the run's own trials will still take; None if unknown."""

    seconds_left: float | None


@dataclass(frozen=True)
class Looked:
    """The claims were judged once more.

    Attributes:
        rounds: the rounds of the variants that have the most.
        decided: the number of claims with a verdict.
        claims: the number of all claims.
        trials: the number of the variants' trials so far.
    """

    rounds: int
    decided: int
    claims: int
    trials: int


@dataclass(frozen=True)
class Checked:
    """A check of a study gave warnings, and the run goes on."""

    study: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Timing:
    """All trials have run, and the answers of so many models are about to be timed."""

    models: int


Event: TypeAlias = (
    Checked
    | Timing
    | Looked
    | Named
    | Damaged
    | PlannedTrials
    | Started
    | Answered
    | Failed
    | Retrying
    | Held
    | Locked
    | Late
    | Logged
    | Waiting
    | Forecast
)


@dataclass(frozen=True)
class Progress:
    """The progress of a run; `after` adds an event.

    Attributes:
        total: all trials of the run.
        known: trials answered before it began.
        answered: trials that it answered.
        by_others: trials that other runs on the same store answered meanwhile.
        failed: trials that failed, in it or in other runs.
        running: keys of the trials at work.
        waiting: trials that other runs are training, if no others are left.
        seconds_left: the last forecast.
    """

    total: int = 0
    known: int = 0
    answered: int = 0
    by_others: int = 0
    failed: int = 0
    running: frozenset[str] = frozenset()
    waiting: int = 0
    seconds_left: float | None = None

    @property
    def done(self) -> int:
        """The number of trials that have an answer, from any run."""
        return self.known + self.answered + self.by_others

    @property
    def missing(self) -> int:
        """The number of trials without an answer, failed ones included."""
        return self.total - self.done

    def after(self, event: Event) -> Progress:
        """Returns the progress after an event."""
        now = self
        match event:
            case PlannedTrials(total, known):
                now = Progress(total=total, known=known)
            case Started(key):
                now = replace(now, running=now.running | {key})
            case Retrying(key):
                now = replace(now, running=now.running - {key})
            case Answered(key, _, by_other) if by_other:
                now = replace(now, running=now.running - {key}, by_others=now.by_others + 1)
            case Answered(key):
                now = replace(now, running=now.running - {key}, answered=now.answered + 1)
            case Failed(key):
                now = replace(now, running=now.running - {key}, failed=now.failed + 1)
            case Waiting(count):
                now = replace(now, waiting=count)
            case Forecast(seconds):
                now = replace(now, seconds_left=seconds)
        return now
