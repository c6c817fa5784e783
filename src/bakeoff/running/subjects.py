"""The subjects of the check before training: a study's data and models, checked in workers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Executor, Future
from typing import Self

from bakeoff.data.dataset import datasets
from bakeoff.data.idx_datasets import MNIST
from bakeoff.data.task import Task
from bakeoff.errors import RunError
from bakeoff.running.flights import printed_by, result_of
from bakeoff.running.pool import WorkerDied
from bakeoff.running.worker import (
    Done,
    Fault,
    Site,
    apart,
    drawn,
    on_kept_data,
    pack,
    setting_of,
    taking_turns,
)
from bakeoff.spec import Json, NonNegativeInt, Spec, canonical, digest, is_ours
from bakeoff.study.sources import sources
from bakeoff.study.trial import RESULTS_VERSION, Device, Setup, Trial
from bakeoff.training.finding import Finding
from bakeoff.training.optimizers import SGD
from bakeoff.training.recipe import Recipe


class Subject(Spec):
    """The subject of a check: a task's data, or a model on this data.

    Attributes:
        setup: the model's setup, without optimizer and recipe where these are bakeoff's own, which
            cannot be wrong; None for the data alone.
    """

    task: Task
    seed: NonNegativeInt
    data: str
    device: Device = "cpu"
    setup: Setup | None = None

    @classmethod
    def data_of(cls, trial: Trial) -> Self:
        """Returns the data of a trial."""
        return cls(task=trial.task, seed=trial.seed, data=trial.data, device=trial.device)

    @classmethod
    def model_of(cls, trial: Trial) -> Self:
        """Returns the model of a trial, on its data."""
        setup = trial.setup
        changes: dict[str, Spec] = {}
        if is_ours(setup.optimizer) and not setup.optimizer.groups:
            changes["optimizer"] = SGD(lr=1.0)
        if is_ours(setup.recipe) and not setup.recipe.before:
            changes["recipe"] = Recipe(epochs=1)
        return cls.data_of(trial).replace(setup=setup.replace(**changes))

    def described(self) -> dict[str, Json]:
        """Returns everything that can change the findings."""
        return {
            "check": canonical(self, defaults=False),
            "sources": sources(self),
            "results_version": RESULTS_VERSION,
        }

    def key(self) -> str:
        """Returns the SHA-256 of the description, as 64 hexadecimal digits."""
        return digest(self.described())


def subjects(trials: Iterable[Trial], *, every: bool = False) -> Collection[Subject]:
    """Returns the subjects to check before some trials, each once.

    Args:
        trials: the trials of one study.
        every: whether to include bakeoff's own, which cannot be wrong: its tasks on the packaged
            digits, and its layers and losses, whose shapes a study checks itself. Whether the
            groups of an optimizer hold any parameter is known once a network is built, and whether
            a decision reads the batch is measured.
    """
    subjects: dict[Subject, None] = {}
    seen: set[tuple[int, int]] = set()
    for trial in trials:
        place = id(trial.task), id(trial.setup)
        if place in seen:
            continue
        seen.add(place)
        digits = all(isinstance(dataset, MNIST) for dataset in datasets(trial.task))
        if every or not (digits and is_ours(trial.task)):
            subjects.setdefault(Subject.data_of(trial))
        setup = trial.setup
        own = not is_ours(setup) or _has_groups(setup) or setup.decision.reads_batch
        if (every or own) and not trial.setup.model.trains_itself:
            subjects.setdefault(Subject.model_of(trial))
    return subjects


def _has_groups(setup: Setup) -> bool:
    optimizers = (setup.optimizer, *(phase.optimizer for phase in setup.recipe.before))
    return any(optimizer is not None and optimizer.groups for optimizer in optimizers)


def look_over(
    wanted: Collection[Subject], executor: Executor
) -> dict[Subject, tuple[Finding, ...]]:
    """Returns the findings of each subject; a model is not tried on wrong data.

    Args:
        wanted: the subjects to check.
        executor: does the work.

    Raises:
        RunError: workers cannot be started.
    """
    models, data = ([s for s in wanted if bool(s.setup) == is_model] for is_model in (True, False))
    findings = _sent(data, executor)
    wrong = {subject.task for subject, its in findings.items() if any(f.is_error for f in its)}
    return findings | _sent([model for model in models if model.task not in wrong], executor)


def _sent(wanted: Iterable[Subject], executor: Executor) -> dict[Subject, tuple[Finding, ...]]:
    findings: dict[Subject, tuple[Finding, ...]] = {}
    futures: dict[Subject, Future[Done[tuple[Finding, ...]] | Fault]] = {}
    for subject in wanted:
        try:
            parcel = pack(subject.key(), subject)
        except RunError as error:
            findings[subject] = (Finding("code", message=str(error)),)
        else:
            futures[subject] = executor.submit(apart, parcel, look, Site())
    for subject, future in futures.items():
        match result_of(future):
            case Done(value):
                findings[subject] = value
            case Fault(message):
                message = printed_by(future).after(message)
                findings[subject] = (Finding("code", message=message),)
            case WorkerDied() as death:
                message = printed_by(future).after(str(death))
                findings[subject] = (Finding("code", message=message),)
    return findings


def look(subject: Subject, site: Site) -> tuple[Finding, ...]:  # noqa: ARG001
    """Returns the findings of a subject; workers call it."""
    from bakeoff.training.check import check_model, check_round

    task, seed, setup = subject.task, subject.seed, subject.setup
    with taking_turns():
        classes, data = drawn(task, subject.data, seed, 0)
        if setup is None:
            return check_round(on_kept_data(task, subject.data), data)
        setting = setting_of(task, setup, classes, data, seed=seed, round=0)
        return check_model(setting, seed=seed, device=subject.device)
