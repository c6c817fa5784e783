"""What happens during a run, and the counts that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from bakeoff.training.finding import Finding
from bakeoff.training.history import History


@dataclass(frozen=True)
class Named:
    """What to call the trials that are about to be planned: a label for each key."""

    labels: Mapping[str, str]


@dataclass(frozen=True)
class PlannedTrials:
    """The run begins; of all its trials, some are known from earlier ones."""

    total: int
    known: int


@dataclass(frozen=True)
class Damaged:
    """So many stored trials are not what was written, and count as missing."""

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
    """All that is left is being trained by other runs: so many trials."""

    count: int


@dataclass(frozen=True)
class Forecast:
    """The run's own trials will take so many seconds more, None where nothing tells."""

    seconds_left: float | None


@dataclass(frozen=True)
class Looked:
    """The claims were judged once more.

    Attributes:
        rounds: of the variants that have the most.
        decided: claims with a verdict.
        claims: all claims.
        trials: of the variants, so far.
    """

    rounds: int
    decided: int
    claims: int
    trials: int


@dataclass(frozen=True)
class Checked:
    """A study was looked over, and trained all the same; these are warnings."""

    study: str
    findings: tuple[Finding, ...]


Event: TypeAlias = (
    Checked
    | Looked
    | Named
    | Damaged
    | PlannedTrials
    | Started
    | Answered
    | Failed
    | Retrying
    | Waiting
    | Forecast
)


@dataclass(frozen=True)
class Progress:
    """Where a run stands: fold its events with `after`.

    Attributes:
        total: all trials of the run.
        known: answered before it began.
        answered: answered by it.
        by_others: answered meanwhile by other runs on the same store.
        failed: given up, by it or by others.
        running: keys of the trials at work.
        waiting: trials that only other runs are working on, when nothing else is left.
        seconds_left: as last forecast.
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
        """The number of trials that have an answer, whoever gave it."""
        return self.known + self.answered + self.by_others

    @property
    def missing(self) -> int:
        """The number of trials without an answer, failed ones included."""
        return self.total - self.done

    def after(self, event: Event) -> Progress:
        """Return the progress once an event has happened."""
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
