"""The records of the store: answers, failures, and requested runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
        history: the trial's history.
        environment: the machine and the versions.
        description: the trial's description, as `Trial.described`; its hash is the trial's key.
        reads: the files that the user's code read meanwhile, each with its digest; a path in the
            study's folder is relative to it.
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
class Size:
    """What a trial's rows hold, and what it took to train; `bytes` counts every row of its key."""

    bytes: int
    seconds: float


@dataclass(frozen=True)
class Origin:
    """An answered trial's initial weights, empty if unknown, and its environment."""

    initial_weights: str
    environment: Environment

    def is_like(self, here: Environment) -> bool:
        """Whether the same network, built in this environment, should have the same weights."""
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
    """A requested run; if it is requested again, the new record replaces this one.

    Attributes:
        study: the name of the study.
        overrides: the changes to the study.
        device: where trials ran.
        directory: the folder given as `data`; None if none was given.
        data: the digest of the task's data.
        started_at: the start, in UTC.
        origin: the path of the study's file; empty for a study that comes with bakeoff, None where
            it is unknown.
    """

    study: str
    overrides: Overrides
    device: str
    directory: Path | None
    data: str
    started_at: datetime
    origin: str | None = None

    def repeats(self, other: RunRecord) -> bool:
        """Returns whether it requests what another did, at whatever time, of the same study.

        An unknown file is taken for any.
        """
        is_known = None not in {self.origin, other.origin}
        origin = self.origin if is_known else other.origin
        return replace(self, started_at=other.started_at, origin=origin) == other

    @property
    def is_deleted(self) -> bool:
        """Whether the study's file is known, and is not there any more."""
        # Of a path from somebody else's store, this raises no error.
        return bool(self.origin) and not os.path.exists(self.origin or "")  # noqa: PTH110


@dataclass(frozen=True)
class Planned:
    """A trial of a run: its key, its cost, and whether it is answered.

    Attributes:
        key: the trial's key.
        workload: equal for trials that do the same arithmetic.
        multiply_adds: the multiply-adds of the whole trial; None if unknown.
        answered: whether the store has its answer.
    """

    key: str
    workload: str
    multiply_adds: int | None
    answered: bool
