"""Everything the command does, as functions: run studies, read their results, write reports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from bakeoff.analysis.results import Results
from bakeoff.analysis.search import SearchResults, Tried, with_winners
from bakeoff.data.archive import archive_digest, open_archive
from bakeoff.errors import BakeoffError, RunError
from bakeoff.reporting.write import FigureFormat, Format, render
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Event, Named
from bakeoff.running.machine import check_device, check_jobs, cores
from bakeoff.running.pool import leave_if_worker
from bakeoff.running.records import RunRecord, Stored
from bakeoff.running.store import Store
from bakeoff.study.search import Candidate
from bakeoff.study.study import QUICK, Shortening, Study
from bakeoff.study.trial import Device, Trial, search_trials, trials
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

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

    def labelled_trials(self, study: Study | None = None) -> dict[str, tuple[str, Trial]]:
        """Return the trials by key, each with a label to show: variant and round, from 1.

        Args:
            study: with the variants that its searches chose; None for the study without them.
        """
        study = study or self.study
        data = archive_digest(self.directory)
        named = [
            (variant.name, trial) for variant, trial in trials(study, data=data, device=self.device)
        ]
        for search in study.searches:
            tried = search_trials(study, search, data=data, device=self.device)
            named += [(f"{search.name} ({c.label})", trial) for c, trial in tried]
        found: dict[str, tuple[str, Trial]] = {}
        for name, trial in named:
            label = f"{self.declared.name}: {name}, round {trial.round + 1}"
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
    quick: bool = False,
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
        quick: run one round of few epochs, examples and candidates, unless the above say
            otherwise; likewise.
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
    plan = plan_of(
        study, rounds=rounds, epochs=epochs, only=only, device=device, data=data, quick=quick
    )
    return run_plans([plan], jobs=jobs, store=Path(store), executor=executor)[0]


def results(
    study: Study,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    only: Collection[str] = (),
    quick: bool = False,
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
    plan = plan_of(
        study, rounds=rounds, epochs=epochs, only=only, device=device, data=data, quick=quick
    )
    with Store.read(Path(store)) as opened:
        return read_results(plan, opened)


def report(results: Results, path: Path | str, format: Format = "html") -> Path:
    """Write a report and return its path.

    Args:
        results: from `run` or `results`.
        path: the file to write.
        format: ``html``, ``md``, ``csv``, ``json``, or ``summary``: JSON without curves.

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


def figures(
    results: Results, directory: Path | str, format: FigureFormat = "svg"
) -> tuple[Path, ...]:
    """Write every figure of a report into a folder, and return the files' paths.

    They are named after the study and the figure, ``dinh-herve-figure-4.svg``; files of these
    names are overwritten. Figures of which no trial has run are left out.

    Args:
        results: from `run` or `results`.
        directory: the folder, made where it does not exist.
        format: ``svg`` or ``png``.

    Raises:
        RunError: the folder cannot be made or written, or there is no such format.
    """
    from bakeoff.reporting.files import write_figures

    known = get_args(FigureFormat)
    if format not in known:
        raise RunError(f"figures cannot be written as {format!r}. Known: {', '.join(known)}.")
    return write_figures(results, Path(directory), format)


def plan_of(
    study: Study,
    *,
    rounds: int | None,
    epochs: int | None,
    only: Collection[str],
    device: Device,
    data: Path | str | None,
    quick: bool = False,
) -> Plan:
    """Return the plan that the arguments of `run` ask for.

    Raises:
        SpecError: `rounds` or `epochs` is below 1.
        StudyError: `only` names a variant that the study lacks.
    """
    shortening = QUICK if quick else Shortening()
    asked = {"rounds": rounds, "epochs": epochs, "only": tuple(only) or None}
    shortening = shortening.replace(**{k: v for k, v in asked.items() if v is not None})
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
    if len({plan.directory for plan in plans}) > 1:
        raise RunError("studies that run together must use the same data.")
    with Store.open(store) as opened:
        stage = _Stage(opened, jobs=jobs, executor=executor, listen=listen or _silence)
        stage.run(plans)
        if any(plan.study.searches for plan in plans):
            # What the searches chose is known only now.
            stage.run(plans)
        answered = [read_results(plan, opened) for plan in plans]
    if stage.failures:
        raise TrialsFailed(_grouped(stage.labels, stage.failures), answered)
    return answered


class _Stage:
    """Runs what a store does not know of some plans, as far as their searches have chosen.

    Run again, it goes on with what has been chosen since; what failed is not tried again.
    """

    def __init__(
        self,
        store: Store,
        *,
        jobs: int,
        executor: Executor | None,
        listen: Callable[[Event], None],
    ) -> None:
        self.store, self.jobs, self.executor, self.listen = store, jobs, executor, listen
        self.labels: dict[str, str] = {}
        self.failures: dict[str, str] = {}

    def run(self, plans: Sequence[Plan]) -> None:
        """Run the plans' trials, unless all of them have been seen before."""
        wanted: dict[str, Trial] = {}
        seen = set(self.labels)
        for plan in plans:
            labelled = plan.labelled_trials(read_results(plan, self.store).study)
            its = {key: trial for key, (_, trial) in labelled.items()}
            self.store.record_run(plan.record(), its)
            wanted |= its
            self.labels |= {key: label for key, (label, _) in labelled.items()}
        if seen and seen == set(self.labels):
            return
        self.listen(Named(self.labels))
        outcome = run_trials(
            {key: trial for key, trial in wanted.items() if key not in self.failures},
            self.store,
            jobs=self.jobs,
            directory=plans[0].directory if plans else None,
            executor=self.executor,
            listen=self.listen,
        )
        self.failures |= outcome.failures


def read_results(plan: Plan, store: Store) -> Results:
    """Return what an open store knows of a plan, with the variants that its searches chose."""
    asked, data = plan.study, archive_digest(plan.directory)
    found: list[Stored] = []

    def read(keyed: Sequence[tuple[Variant | Candidate, Trial]]) -> dict[str, list[History | None]]:
        """Return the histories of each name, round by round."""
        keys = [trial.key() for _, trial in keyed]
        stored = store.histories(keys)
        found.extend(stored.values())
        by_name: dict[str, list[History | None]] = {}
        for (named, _), key in zip(keyed, keys, strict=True):
            place = stored.get(key)
            by_name.setdefault(_name(named), []).append(place.history if place else None)
        return by_name

    searches = []
    for search in asked.searches:
        answered = read(search_trials(asked, search, data=data, device=plan.device))
        tried = tuple(Tried(c, tuple(answered[c.label])) for c in search.tried)
        searches.append(SearchResults(search, tried))
    study = with_winners(asked, searches)
    histories = read(trials(study, data=data, device=plan.device))
    return Results(
        study=study,
        declared=plan.declared,
        shortening=plan.shortening,
        histories={variant.name: tuple(histories[variant.name]) for variant in study.variants},
        environments=_environments(found),
        store=str(store.path),
        finished=max((one.finished_at for one in found), default=None),
        searches=tuple(searches),
    )


def _name(named: Variant | Candidate) -> str:
    return named.name if isinstance(named, Variant) else named.label


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


def _grouped(labels: Mapping[str, str], failures: Mapping[str, str]) -> list[str]:
    """Return one sentence for each message, naming the trials that it ended."""
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
