"""Stored trials that no study asks for: what they are, and their removal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bakeoff.api.plan import Plan, plan_of, read_results
from bakeoff.errors import BakeoffError, StoreError
from bakeoff.running.records import RunRecord
from bakeoff.running.store import Store
from bakeoff.study.study import Study
from bakeoff.study.trial import Device


@dataclass(frozen=True)
class Unasked:
    """The trials of a store that none of some studies asks for.

    Attributes:
        keys: of the trials.
        stored: the number of all trials in the store.
        bytes: what their rows hold.
        seconds: of training.
        runs: the requested runs of other studies.
    """

    keys: Collection[str]
    stored: int
    bytes: int
    seconds: float
    runs: Sequence[RunRecord]


def unasked(studies: Sequence[Study], store: Path | str) -> Unasked:
    """Returns the stored trials that none of some studies asks for.

    A study asks for its trials as declared, and for those of each run of it that was requested:
    shortened, until decided, on other data. What a run asked for that cannot be known any more, as
    where its data is gone, counts as asked for, too.

    Raises:
        StoreError: the store does not exist or cannot be read.
        DataError: the data of a study is missing or damaged.
    """
    with Store.read(Path(store)) as opened:
        records = opened.runs()
        own = [(study, _own(plan_of(study), records)) for study in studies]
        asked = {key for study, runs in own for key in _asked(study, runs, opened)}
        kept = [record for _, runs in own for record in runs]
        sizes = opened.sizes()
    left = {key: size for key, size in sizes.items() if key not in asked}
    return Unasked(
        keys=left.keys(),
        stored=len(sizes),
        bytes=sum(size.bytes for size in left.values()),
        seconds=sum(size.seconds for size in left.values()),
        runs=[record for record in records if record not in kept],
    )


def prune(store: Path | str, what: Unasked) -> tuple[int, int]:
    """Removes trials from a store, with the notes of their failures and of other studies' runs.

    What was checked and measured of models stays, and so do the notes of shown verdicts.

    Args:
        store: the SQLite file that holds all results.
        what: from `unasked`.

    Returns:
        The bytes of the file before and after.

    Raises:
        StoreError: a run is at work on the store, or it cannot be written.
    """
    path = Path(store)
    with Store.open(path) as opened:
        if opened.is_in_use():
            raise StoreError(
                f"a run is at work on the store {path}, and could lose trials; prune it when the "
                "run has ended."
            )
        opened.fold()
        before = path.stat().st_size
        opened.remove(what.keys, what.runs)
    return before, path.stat().st_size


def _own(plan: Plan, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Returns the runs of a plan's study, and those that may be: of a file that is not there."""
    return [
        record
        for record in records
        if record.study == plan.declared.name
        and (
            None in {record.origin, plan.origin}
            or record.origin == plan.origin
            or record.is_deleted
        )
    ]


def _asked(study: Study, records: Sequence[RunRecord], store: Store) -> Iterator[str]:
    """Yields the keys of the trials that a study asks for."""
    yield from _keys(plan_of(study), store)
    for record in records:
        keys: Collection[str] = [trial.key for trial in store.planned(record)]
        device: Device = "cuda" if record.device == "cuda" else "cpu"
        with suppress(BakeoffError):
            plan = plan_of(study, record.overrides, device=device, data=record.directory)
            keys = _keys(plan, store)
        yield from keys


def _keys(plan: Plan, store: Store) -> Collection[str]:
    return plan.labelled_trials(read_results(plan, store).study).keys()
