"""Everything the command does, as functions: run studies, read their results, write reports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.data.archive import archive_digest, open_archive
from bakeoff.errors import BakeoffError, RunError
from bakeoff.reporting.write import Format, render
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Event
from bakeoff.running.machine import check_device, check_jobs, cores
from bakeoff.running.pool import leave_if_worker
from bakeoff.running.records import RunRecord, Stored
from bakeoff.running.store import Store
from bakeoff.study.study import Shortening, Study
from bakeoff.study.trial import Device, Trial, trials

DEFAULT_STORE = Path("bakeoff.db")


class TrialsFailed(BakeoffError):  # noqa: N818
    """Some trials gave no answer; all others are stored, and a later run tries these again."""

    def __init__(self, failures: Sequence[str], results: Sequence[Results]) -> None:
        super().__init__("\n".join(failures))
        self.failures = tuple(failures)
        self.results = tuple(results)


@dataclass(frozen=True)
class Plan:
    """A study as it is asked for: what is changed of it, on which data, on which device.

    Attributes:
        declared: the study as its author wrote it.
        shortening: what is changed of it.
        device: where trials run.
        directory: the folder of the image archive, None for the packaged MNIST.
    """

    declared: Study
    shortening: Shortening = Shortening()
    device: Device = "cpu"
    directory: Path | None = None

    @property
    def study(self) -> Study:
        """The study as it will run."""
        return self.declared.shortened(self.shortening)

    def labelled_trials(self) -> dict[str, tuple[str, Trial]]:
        """Return the trials by key, each with a label to show: variant and round, from 1."""
        data = archive_digest(self.directory)
        found: dict[str, tuple[str, Trial]] = {}
        for variant, trial in trials(self.study, data=data, device=self.device):
            label = f"{self.declared.name}: {variant.name}, round {trial.round + 1}"
            found.setdefault(trial.key(), (label, trial))
        return found

    def record(self) -> RunRecord:
        """Return the note that the store keeps of the run."""
        return RunRecord(
            study=self.declared.name,
            shortening=self.shortening,
            device=self.device,
            directory=self.directory,
            data=archive_digest(self.directory),
            started_at=datetime.now(UTC),
        )


def run(
    study: Study,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    only: Collection[str] = (),
    jobs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    executor: Executor | None = None,
) -> Results:
    """Train what the store does not know of a study, and return all its results.

    Args:
        study: what to compare.
        rounds: run so many rounds instead of the study's; the results are marked as shortened.
        epochs: train so many epochs instead of each recipe's; likewise.
        only: run these variants alone; likewise.
        jobs: trials at work at a time; None for one per core. Numbers do not depend on it.
        device: ``cpu`` or ``cuda``.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: runs the trials instead of worker processes on this machine.

    Raises:
        StudyError: `only` names a variant that the study lacks.
        DataError: the archive is missing, damaged, or too small.
        StoreError: the store cannot be opened or written.
        RunError: `jobs` is below 1, or there is no such device.
        TrialsFailed: some trials raised an error; all others are stored.
        Interrupted: the user stopped the run; what was answered is stored.
    """
    plan = plan_of(study, rounds=rounds, epochs=epochs, only=only, device=device, data=data)
    return run_plans([plan], jobs=jobs, store=Path(store), executor=executor)[0]


def results(
    study: Study,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    only: Collection[str] = (),
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
) -> Results:
    """Return what the store knows of a study, without training; the arguments are those of `run`.

    Raises:
        StudyError: `only` names a variant that the study lacks.
        DataError: the archive is missing or damaged.
        StoreError: the store does not exist or cannot be read.
    """
    plan = plan_of(study, rounds=rounds, epochs=epochs, only=only, device=device, data=data)
    with Store.read(Path(store)) as opened:
        return read_results(plan, opened)


def report(results: Results, path: Path | str, format: Format = "html") -> Path:
    """Write a report and return its path.

    Args:
        results: from `run` or `results`.
        path: the file to write.
        format: ``html``, ``md``, ``csv`` or ``json``.

    Raises:
        RunError: the file cannot be written, or is a store.
    """
    target = Path(path)
    if _is_database(target):
        raise RunError(f"{target} is a store of results; give the report another file.")
    text = render(results, format)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"the report cannot be written to {target}: {error.strerror}; give another file."
        ) from None
    return target


def plan_of(
    study: Study,
    *,
    rounds: int | None,
    epochs: int | None,
    only: Collection[str],
    device: Device,
    data: Path | str | None,
) -> Plan:
    """Return the plan that the arguments of `run` ask for.

    Raises:
        SpecError: `rounds` or `epochs` is below 1.
        StudyError: `only` names a variant that the study lacks.
    """
    shortening = Shortening(rounds=rounds, epochs=epochs, only=tuple(only))
    plan = Plan(study, shortening, device, Path(data).resolve() if data is not None else None)
    _ = plan.study  # An unknown variant is refused before anything is opened.
    return plan


def run_plans(
    plans: Sequence[Plan],
    *,
    jobs: int | None,
    store: Path,
    executor: Executor | None = None,
    listen: Callable[[Event], None] | None = None,
) -> list[Results]:
    """Run several studies as one: the workers are shared, and the longest trials go first.

    Raises:
        BakeoffError: as `run` does.
    """
    leave_if_worker()
    jobs = cores() if jobs is None else jobs
    check_jobs(jobs)
    for plan in plans:
        check_device(plan.device)
        _check_data(plan)
    by_plan = [(plan, {k: t for k, (_, t) in plan.labelled_trials().items()}) for plan in plans]
    wanted = {key: trial for _, its in by_plan for key, trial in its.items()}
    directories = {plan.directory for plan in plans}
    if len(directories) > 1:
        raise RunError("studies that run together must use the same data.")
    with Store.open(store) as opened:
        for plan, its in by_plan:
            opened.record_run(plan.record(), its)
        outcome = run_trials(
            wanted,
            opened,
            jobs=jobs,
            directory=directories.pop() if directories else None,
            executor=executor,
            listen=listen or _silence,
        )
        answered = [read_results(plan, opened) for plan in plans]
    if outcome.failures:
        raise TrialsFailed(_grouped(plans, outcome.failures), answered)
    return answered


def read_results(plan: Plan, store: Store) -> Results:
    """Return what an open store knows of a plan."""
    study = plan.study
    data = archive_digest(plan.directory)
    keyed = [(v, t.round, t.key()) for v, t in trials(study, data=data, device=plan.device)]
    stored = store.histories(key for _, _, key in keyed)
    histories = {
        variant.name: tuple(
            stored[key].history if key in stored else None
            for of, _, key in keyed
            if of.name == variant.name
        )
        for variant in study.variants
    }
    return Results(
        study=study,
        declared=plan.declared,
        shortening=plan.shortening,
        histories=histories,
        environments=_environments(stored.values()),
        store=str(store.path),
        finished=max((one.finished_at for one in stored.values()), default=None),
    )


def _environments(stored: Collection[Stored]) -> tuple[dict[str, object], ...]:
    distinct: dict[str, dict[str, object]] = {}
    for one in stored:
        facts = asdict(one.environment)
        distinct.setdefault(repr(facts), facts)
    return tuple(distinct.values())


def _check_data(plan: Plan) -> None:
    """Decode the archive once, before workers need it, and refuse one that is too small."""
    archive = open_archive(plan.directory)
    plan.study.task.check(archive)


def _grouped(plans: Sequence[Plan], failures: Mapping[str, str]) -> list[str]:
    """Return one sentence for each message, naming the trials that it ended."""
    labels = {k: label for plan in plans for k, (label, _) in plan.labelled_trials().items()}
    by_message: dict[str, list[str]] = {}
    for key, message in failures.items():
        by_message.setdefault(message, []).append(labels[key])
    return [
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {message}"
        for message, names in by_message.items()
    ]


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False


def _silence(event: Event) -> None:
    """Listen to nothing."""
