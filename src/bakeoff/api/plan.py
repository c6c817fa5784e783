"""Plans: a study as requested, its trials, and the results that a store holds of them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bakeoff.analysis.results import FailedTrial, Results
from bakeoff.analysis.search_results import SearchResults, searched, with_winners
from bakeoff.api.shown import with_shown
from bakeoff.api.use import read_use
from bakeoff.data.dataset import read_anew
from bakeoff.data.idx_datasets import Idx
from bakeoff.errors import StudyError
from bakeoff.running.records import RunRecord, Stored
from bakeoff.running.store import Store
from bakeoff.running.subjects import subjects
from bakeoff.study.apart import told_apart
from bakeoff.study.origin import file_of
from bakeoff.study.search import Search
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device, Trial, homes, keys, search_trials, trials
from bakeoff.training.finding import Finding
from bakeoff.training.history import History

DEFAULT_STORE = Path("bakeoff.db")

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Plan:
    """A study as requested: the changes to it, the data, the device.

    Attributes:
        declared: the study as its author wrote it.
        overrides: the changes to it.
        device: where trials run.
        directory: the folder given as `data`; None if none was given.
        origin: the path of the study's file, as `file_of`.
        apart: what tells it from other studies of its name; empty where no other has it.
    """

    declared: Study
    overrides: Overrides = Overrides()
    device: Device = "cpu"
    directory: Path | None = None
    origin: str | None = None
    apart: str = ""

    @property
    def name(self) -> str:
        """The study's name, with what tells it from others: ``small (anna/study.py)``."""
        return f"{self.declared.name} ({self.apart})" if self.apart else self.declared.name

    @property
    def study(self) -> Study:
        """The study as it will run."""
        return self.declared.overridden(self.overrides)

    def labelled_trials(self, study: Study | None = None) -> dict[str, tuple[str, Trial]]:
        """Returns the trials by key, each with a label: its variant and its round, from 1.

        Args:
            study: with what its searches proposed and chose; None for the study without it.
        """
        named = self.named_trials(study or self.study)
        labels: dict[str, tuple[str, Trial]] = {}
        for key, (name, trial) in zip(keys(trial for _, trial in named), named, strict=True):
            label = f"{self.name}: {name}, round {trial.round + 1}"
            labels.setdefault(key, (label, trial))
        return labels

    def named_trials(self, study: Study) -> list[tuple[str, Trial]]:
        """Returns the trials of variants, then of candidates, each with its name.

        Args:
            study: the study of the trials.
        """
        data = study.task.digest()
        named = [
            (variant.name, trial) for variant, trial in trials(study, data=data, device=self.device)
        ]
        for search in study.searches:
            digest = search.task.digest()
            tried = search_trials(study, search, data=digest, device=self.device)
            named += [(f"{search.name} ({c.label})", trial) for c, trial in tried]
        return named

    def record(self) -> RunRecord:
        """Returns the record of the run for the store."""
        return RunRecord(
            study=self.declared.name,
            overrides=self.overrides,
            device=self.device,
            directory=self.directory,
            data=self.study.task.digest(),
            started_at=datetime.now(UTC),
            origin=self.origin,
        )


def plan_of(
    study: Study,
    overrides: Overrides = Overrides(),
    *,
    device: Device = "cpu",
    data: Path | str | None = None,
) -> Plan:
    """Returns the plan for the arguments of `run`.

    Raises:
        StudyError: `overrides` name a variant that the study lacks, or it is no study.
    """
    check_study(study)
    read_anew()
    directory = Path(data).resolve() if data is not None else None
    declared = study if directory is None else study.on(Idx(directory))
    plan = Plan(declared, overrides, device, directory, file_of(study))
    _ = plan.study  # An unknown variant is refused before anything is opened.
    return plan


def named_apart(plans: Sequence[Plan]) -> list[Plan]:
    """Returns plans of several studies, those of one name told apart by their files."""
    ends = told_apart([(plan.declared.name, plan.origin) for plan in plans])
    return [replace(plan, apart=end) for plan, end in zip(plans, ends, strict=True)]


def check_study(value: object) -> None:
    """Refuses a value that is no study.

    Raises:
        StudyError: it is something else, for example a name, or results.
    """
    if not isinstance(value, Study):
        raise StudyError(
            f"a Study is needed, not {type(value).__name__}; those built in are in "
            "bakeoff.studies: from bakeoff.studies import dong; dong.study."
        )


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
    seed: int | None = None,
) -> Results:
    """Returns a study's results from the store, without training; the arguments are those of `run`.

    Raises:
        StudyError: `only` names a variant that the study lacks.
        DataError: the data is missing or damaged.
        StoreError: the store does not exist or cannot be read.

    Example:
        >>> from table import study  # examples/table.py
        >>> ran = run(study, rounds=6, epochs=2, store="irises.db")
        >>> results(study, rounds=6, epochs=2, store="irises.db")
        <Results irises: 2 variants, 12 of 12 trials>
    """
    asked = Overrides.of(rounds=rounds, epochs=epochs, only=only, quick=quick, seed=seed)
    plan = plan_of(study, asked, device=device, data=data)
    with Store.read(Path(store)) as opened:
        return with_shown(read_results(plan, opened), opened)


def read_results(plan: Plan, store: Store) -> Results:
    """Returns a plan's results from an open store, with the variants that its searches chose."""
    asked = plan.study
    data = asked.task.digest()
    rows: list[Stored] = []
    searches = _searches(plan, store, rows)
    study = with_winners(asked, searches, dict(plan.overrides.each))
    keyed = [(v.name, t) for v, t in trials(study, data=data, device=plan.device)]
    histories = _histories(keyed, store, rows)
    return Results(
        study=study,
        declared=plan.declared,
        overrides=plan.overrides,
        histories={variant.name: tuple(histories[variant.name]) for variant in study.variants},
        environments=tuple(asdict(each) for each in dict.fromkeys(r.environment for r in rows)),
        store=str(store.path),
        finished=max((row.finished_at for row in rows), default=None),
        searches=tuple(searches),
        data=data,
        failures=tuple(_failures(keyed, histories, store)),
        doubts=_doubts(keyed, store),
        use=read_use(study, data, store),
    )


def read_study(plan: Plan, store: Store) -> tuple[Study, bool]:
    """Returns a plan's study with what its searches proposed and chose, from an open store.

    Returns:
        The study, and whether its searches are complete.
    """
    searches = _searches(plan, store, [])
    study = with_winners(plan.study, searches, dict(plan.overrides.each))
    return study, all(search.is_complete for search in searches)


def _histories(
    keyed: Sequence[tuple[Name, Trial]], store: Store, rows: list[Stored]
) -> dict[Name, list[History | None]]:
    """Returns the histories of each name, round by round, and adds what was read to `rows`."""
    its_keys = keys(trial for _, trial in keyed)
    store.locate(homes(dict(zip(its_keys, (trial for _, trial in keyed), strict=True))))
    stored = store.histories(its_keys)
    rows.extend(stored.values())
    by_name: dict[Name, list[History | None]] = {}
    for (name, _), key in zip(keyed, its_keys, strict=True):
        by_name.setdefault(name, []).append(stored[key].history if key in stored else None)
    return by_name


def _searches(plan: Plan, store: Store, rows: list[Stored]) -> list[SearchResults]:
    """Returns the results of a plan's searches, and adds what was read to `rows`."""
    asked = plan.study

    def read_tried(search: Search, first: int) -> list[tuple[History | None, ...]]:
        """Returns the histories of a search's candidates, from a place on."""
        # A candidate is known by its place: values that are equal may make different ones.
        numbers = {id(candidate): place for place, candidate in enumerate(search.tried)}
        tried = search_trials(asked, search, data=search.task.digest(), device=plan.device)
        numbered = [(numbers[id(candidate)], trial) for candidate, trial in tried]
        wanted = [(number, trial) for number, trial in numbered if number >= first]
        answered = _histories(wanted, store, rows)
        return [tuple(answered[number]) for number in range(first, len(search.tried))]

    return [searched(search, read_tried) for search in asked.searches]


def _doubts(keyed: Sequence[tuple[str, Trial]], store: Store) -> tuple[Finding, ...]:
    """Returns the warnings from before the variants were trained."""
    first: dict[str, Trial] = {}
    for name, trial in keyed:
        first.setdefault(name, trial)
    about = [
        (subject.key(), name if subject.setup else "")
        for name, trial in first.items()
        for subject in subjects([trial])
    ]
    noted = store.checks(key for key, _ in about)
    doubts = (replace(each, variant=name) for key, name in about for each in noted.get(key, ()))
    return tuple(dict.fromkeys(doubts))


def _failures(
    keyed: Sequence[tuple[str, Trial]],
    histories: Mapping[str, Sequence[History | None]],
    store: Store,
) -> Iterator[FailedTrial]:
    """Yields the trials without an answer whose last attempt failed or whose row is damaged."""
    unanswered = [(n, trial) for n, trial in keyed if histories[n][trial.round] is None]
    missing = {
        key: (name, trial.round)
        for key, (name, trial) in zip(keys(t for _, t in unanswered), unanswered, strict=True)
    }
    failures = store.failures(missing)
    for key, (name, number) in missing.items():
        if key in store.damaged:
            yield FailedTrial(name, number, "its row in the store is damaged")
        elif key in failures:
            yield FailedTrial(name, number, failures[key].message)
