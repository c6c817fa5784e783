"""What the store holds: answers, failures, and the runs that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bakeoff.running.machine import Environment
from bakeoff.spec import Json
from bakeoff.study.study import Overrides
from bakeoff.training.history import History


@dataclass(frozen=True)
class Answer:
    """A trial answered by a worker.

    Attributes:
        history: what the trial gave.
        environment: where it ran.
        description: what ran, as `Trial.described`; the trial's key is its hash.
        reads: the files that the user's code read meanwhile, each with its digest; a path in the
            study's folder is given as seen from there.
    """

    history: History
    environment: Environment
    description: Mapping[str, Json]
    reads: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stored:
    """An answered trial as the store holds it; `round` counts from 0, `finished_at` is in UTC."""

    key: str
    round: int
    history: History
    environment: Environment
    finished_at: datetime


@dataclass(frozen=True)
class Origin:
    """What an answered trial started from, and where; the weights are empty if not known."""

    initial_weights: str
    environment: Environment

    def is_like(self, here: Environment) -> bool:
        """Whether the same network, built here, should start from the same weights."""
        own = self.environment
        return bool(self.initial_weights) and (own.torch, own.processor, own.device) == (
            here.torch,
            here.processor,
            here.device,
        )


@dataclass(frozen=True)
class Failure:
    """The last failed attempt at a trial; `attempts` counts all of them, `at` is in UTC."""

    key: str
    attempts: int
    message: str
    at: datetime


@dataclass(frozen=True)
class RunRecord:
    """A run that was asked for; asked for again, it replaces the earlier record.

    Attributes:
        study: its name.
        overrides: what was changed of it.
        device: where trials ran.
        directory: the folder given as `data`, None where none was.
        data: the digest of the task's data.
        started_at: in UTC.
    """

    study: str
    overrides: Overrides
    device: str
    directory: Path | None
    data: str
    started_at: datetime


@dataclass(frozen=True)
class Planned:
    """A trial of a run: its key, what it costs, and whether it is answered.

    Attributes:
        key: the trial's.
        workload: equal for trials that do the same arithmetic.
        multiply_adds: of the whole trial, None where unknown.
        answered: whether the store has its answer.
    """

    key: str
    workload: str
    multiply_adds: int | None
    answered: bool
