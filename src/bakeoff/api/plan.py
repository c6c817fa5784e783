"""Plans: a study as it is asked for, its trials, and what a store knows of them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bakeoff.analysis.results import FailedTrial, Results
from bakeoff.analysis.search import searched, with_winners
from bakeoff.api.shown import with_shown
from bakeoff.data.dataset import read_anew
from bakeoff.data.idx_datasets import Idx
from bakeoff.errors import RunError, StudyError
from bakeoff.running.check import subjects
from bakeoff.running.records import RunRecord, Stored
from bakeoff.running.store import Store
from bakeoff.study.search import Search
from bakeoff.study.study import QUICK, Overrides, Study
from bakeoff.study.trial import Device, Trial, homes, keys, search_trials, trials
from bakeoff.training.finding import Finding
from bakeoff.training.history import History

DEFAULT_STORE = Path("bakeoff.db")

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Plan:
    """A study as it is asked for: what is changed of it, on which data, on which device.

    Attributes:
        declared: the study as its author wrote it.
        overrides: what is changed of it.
        device: where trials run.
        directory: the folder given as `data`, None where none was.
    """

    declared: Study
    overrides: Overrides = Overrides()
    device: Device = "cpu"
    directory: Path | None = None

    @property
    def study(self) -> Study:
        """The study as it will run."""
        return self.declared.overridden(self.overrides)

    def labelled_trials(self, study: Study | None = None) -> dict[str, tuple[str, Trial]]:
        """Return the trials by key, each with a label to show: variant and round, from 1.

        Args:
            study: with what its searches proposed and chose; None for the study without it.
        """
        named = self.named_trials(study or self.study)
        found: dict[str, tuple[str, Trial]] = {}
        for key, (name, trial) in zip(keys(trial for _, trial in named), named, strict=True):
            label = f"{self.declared.name}: {name}, round {trial.round + 1}"
            found.setdefault(key, (label, trial))
        return found

    def named_trials(self, study: Study) -> list[tuple[str, Trial]]:
        """Return the trials of variants, then of candidates, each with the name of either.

        Args:
            study: whose trials.
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
        """Return the note that the store keeps of the run."""
        return RunRecord(
            study=self.declared.name,
            overrides=self.overrides,
            device=self.device,
            directory=self.directory,
            data=self.study.task.digest(),
            started_at=datetime.now(UTC),
        )


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
        RunError: `rounds` or `epochs` is below 1.
        StudyError: `only` names a variant that the study lacks, or it is no study.
    """
    check_study(study)
    read_anew()
    for name, number in (("rounds", rounds), ("epochs", epochs)):
        if isinstance(number, int) and number < 1:
            raise RunError(f"{name} is {number}; it must be 1 or more.")
    overrides = QUICK if quick else Overrides()
    asked = {"rounds": rounds, "epochs": epochs, "only": tuple(only) or None}
    overrides = overrides.replace(**{k: v for k, v in asked.items() if v is not None})
    directory = Path(data).resolve() if data is not None else None
    declared = study if directory is None else study.on(Idx(directory))
    plan = Plan(declared, overrides, device, directory)
    _ = plan.study  # An unknown variant is refused before anything is opened.
    return plan


def check_study(given: object) -> None:
    """Refuse what is no study.

    Raises:
        StudyError: it is something else: a name, or results.
    """
    if not isinstance(given, Study):
        raise StudyError(
            f"a Study is needed, not {type(given).__name__}; those built in are in "
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
) -> Results:
    """Return what the store knows of a study, without training; the arguments are those of `run`.

    Raises:
        StudyError: `only` names a variant that the study lacks.
        DataError: the data is missing or damaged.
        StoreError: the store does not exist or cannot be read.
    """
    plan = plan_of(
        study, rounds=rounds, epochs=epochs, only=only, device=device, data=data, quick=quick
    )
    with Store.read(Path(store)) as opened:
        return with_shown(read_results(plan, opened), opened)


def read_results(plan: Plan, store: Store) -> Results:
    """Return what an open store knows of a plan, with the variants that its searches chose."""
    asked = plan.study
    data = asked.task.digest()
    found: list[Stored] = []

    def read(keyed: Sequence[tuple[Name, Trial]]) -> dict[Name, list[History | None]]:
        """Return the histories of each name, round by round."""
        its_keys = keys(trial for _, trial in keyed)
        store.locate(homes(dict(zip(its_keys, (trial for _, trial in keyed), strict=True))))
        stored = store.histories(its_keys)
        found.extend(stored.values())
        by_name: dict[Name, list[History | None]] = {}
        for (name, _), key in zip(keyed, its_keys, strict=True):
            by_name.setdefault(name, []).append(stored[key].history if key in stored else None)
        return by_name

    def read_tried(search: Search, first: int) -> list[tuple[History | None, ...]]:
        """Return the histories of a search's candidates, from a place on."""
        # A candidate is known by its place: values that are equal may make different ones.
        places = {id(candidate): place for place, candidate in enumerate(search.tried)}
        tried = search_trials(asked, search, data=search.task.digest(), device=plan.device)
        named = [(places[id(candidate)], trial) for candidate, trial in tried]
        answered = read([(place, trial) for place, trial in named if place >= first])
        return [tuple(answered[place]) for place in range(first, len(search.tried))]

    searches = [searched(search, read_tried) for search in asked.searches]
    study = with_winners(asked, searches)
    keyed = [(v.name, t) for v, t in trials(study, data=data, device=plan.device)]
    histories = read(keyed)
    return Results(
        study=study,
        declared=plan.declared,
        overrides=plan.overrides,
        histories={variant.name: tuple(histories[variant.name]) for variant in study.variants},
        environments=_environments(found),
        store=str(store.path),
        finished=max((one.finished_at for one in found), default=None),
        searches=tuple(searches),
        data=data,
        failures=tuple(_failures(keyed, histories, store)),
        doubts=_doubts(keyed, store),
    )


def _doubts(keyed: Sequence[tuple[str, Trial]], store: Store) -> tuple[Finding, ...]:
    """Return what was warned of before the variants were trained."""
    first: dict[str, Trial] = {}
    for name, trial in keyed:
        first.setdefault(name, trial)
    about = [
        (subject.key(), name if subject.setup else "")
        for name, trial in first.items()
        for subject in subjects([trial])
    ]
    noted = store.checks(key for key, _ in about)
    found = (replace(each, variant=name) for key, name in about for each in noted.get(key, ()))
    return tuple(dict.fromkeys(found))


def _failures(
    keyed: Sequence[tuple[str, Trial]],
    histories: Mapping[str, Sequence[History | None]],
    store: Store,
) -> Iterator[FailedTrial]:
    """Yield the trials without an answer whose last attempt failed or whose row is damaged."""
    unanswered = [(n, trial) for n, trial in keyed if histories[n][trial.round] is None]
    missing = {
        key: (name, trial.round)
        for key, (name, trial) in zip(keys(t for _, t in unanswered), unanswered, strict=True)
    }
    found = store.failures(missing)
    for key, (name, number) in missing.items():
        if key in store.damaged:
            yield FailedTrial(name, number, "what the store holds of it is damaged")
        elif key in found:
            yield FailedTrial(name, number, found[key].message)


def _environments(stored: Collection[Stored]) -> tuple[dict[str, object], ...]:
    distinct: dict[str, dict[str, object]] = {}
    for one in stored:
        facts = asdict(one.environment)
        distinct.setdefault(repr(facts), facts)
    return tuple(distinct.values())
