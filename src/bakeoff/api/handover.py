"""A study handed on: bundled into one file with its results, and opened elsewhere."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from bakeoff.analysis.results import Results
from bakeoff.api.keep import folder_of, is_kept
from bakeoff.api.plan import DEFAULT_STORE, Plan, plan_of
from bakeoff.api.stored import nothing_stored, stored
from bakeoff.claims.key import claim_key
from bakeoff.data.dataset import datasets
from bakeoff.errors import BundleError, StoreError
from bakeoff.inference.folder import CARD, DESCRIPTION, GRAPH, WEIGHTS
from bakeoff.reporting.write import render
from bakeoff.running.manifest import (
    LOCK,
    MODELS,
    REPORT,
    RESULTS,
    SOURCE,
    Manifest,
    Need,
    unpack,
    write_bundle,
)
from bakeoff.running.merge import Merged, Part, merge
from bakeoff.running.store import Reads, Store
from bakeoff.running.subjects import subjects
from bakeoff.running.versions import requirements
from bakeoff.study.origin import imported_by, modules_of, origin_of
from bakeoff.study.reads import content
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device, homes
from bakeoff.study.user_module import UserModule


@dataclass(frozen=True)
class Bundle:
    """A bundle that was written or opened.

    Attributes:
        path: the file.
        sha256: of all its bytes, 64 hexadecimal digits.
        manifest: the study, the run, the members.
        left_out: the files that the study reads and the bundle lacks, or that are not as they were.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> asked = {"rounds": 6, "epochs": 2, "store": "irises.db"}
        >>> made = bundle(study, "handed.zip", **asked)  # doctest: +SKIP
        >>> made.path.name, len(made.sha256)  # doctest: +SKIP
        ('handed.zip', 64)
    """

    path: Path
    sha256: str
    manifest: Manifest
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """What became of a bundle that was opened.

    Attributes:
        bundle: the file.
        folder: where its members lie.
        source: the study's file there; None for a study that comes with bakeoff.
        merged: its trials in the store.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> asked = {"rounds": 6, "epochs": 2, "store": "irises.db"}
        >>> made = bundle(study, "sent.zip", **asked)  # doctest: +SKIP
        >>> opened = open_bundle("sent.zip", "sent", store="received.db")  # doctest: +SKIP
        >>> opened.merged.new  # doctest: +SKIP
        12
    """

    bundle: Bundle
    folder: Path
    source: Path | None
    merged: Merged


def bundle(
    study: Study,
    path: Path | str,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    with_data: bool = False,
    seed: int | None = None,
) -> Bundle:
    """Writes one file with a study's source, results, report, versions, and models if kept.

    The same study and store give the same bytes on the same machine. Without `rounds` and
    `epochs`, the run is meant that `report` would take. Data is named by its digest, and left out.

    Args:
        study: defined in a Python file, or one that comes with bakeoff.
        path: the file to write, a zip file.
        rounds: as in `run`; likewise the following.
        epochs: what it was run for, where it was not what each recipe says.
        device: where it ran.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        with_data: whether to take along the files that the study reads, where they lie in the
            folder of its file or below.
        seed: as in `run`.

    Raises:
        StudyError: no file defines the study, or it was edited since it was loaded.
        StoreError: the store holds no trial of it, does not exist, or cannot be read.
        BundleError: the file cannot be written, or holds something else.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> asked = {"rounds": 6, "epochs": 2, "store": "irises.db"}
        >>> bundle(study, "irises.zip", **asked).path.name  # doctest: +SKIP
        'irises.zip'
    """
    path = Path(path)
    origin = origin_of(study)
    asked = Overrides.of(rounds=rounds, epochs=epochs, seed=seed)
    plan = plan_of(study, asked, device=device, data=data)
    with Store.read(Path(store)) as opened:
        results = stored(plan, opened)
        if results is None:
            raise nothing_stored(plan, opened)
        plan = replace(plan, overrides=results.overrides)
        part, reads = _part(plan, results, opened)
    members: dict[str, bytes | Path] = _models(plan, results, Path(store))
    sources: dict[str, Path] = {}
    needs: dict[str, str] = {}
    if origin is not None:
        sources, needs = _sources(origin, plan, reads, with_data=with_data)
    members |= {f"{SOURCE}/{place}": file for place, file in sources.items()}
    members[REPORT] = render(replace(results, store=RESULTS)).encode()
    members[LOCK] = requirements(imported_by(sources.values())).encode()
    manifest = Manifest(
        study=study.name,
        source=Path(origin.path).name if origin is not None else "",
        run=results.label,
        data=results.data,
        trials=sum(map(bool, part.evidence.values())),
        needs=tuple(Need(place, digest) for place, digest in sorted(needs.items())),
        bakeoff=version("bakeoff"),
    )
    with tempfile.TemporaryDirectory() as folder:
        part_of_store = Path(folder) / RESULTS
        merge([store], part_of_store, part=part)
        with closing(sqlite3.connect(part_of_store)) as db:
            # One file, without a log beside it.
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("VACUUM")
        members[RESULTS] = part_of_store
        manifest = write_bundle(path, manifest, members)
    there = {member.path for member in manifest.files}
    there |= {str(parent) for member in there for parent in PurePosixPath(member).parents}
    left_out = tuple(n.path for n in manifest.needs if f"{SOURCE}/{n.path}" not in there)
    return Bundle(path, _sha256(path), manifest, left_out)


def _part(plan: Plan, results: Results, store: Store) -> tuple[Part, Reads]:
    """Returns the part of a store that results come from, and the files behind its answers."""
    trials = {key: trial for key, (_, trial) in plan.labelled_trials(results.study).items()}
    store.locate(homes(trials))
    answers = store.evidence(trials)
    record = plan.record()
    runs = [
        run
        for run in store.runs()
        # The study may have been moved since.
        if replace(
            run, directory=record.directory, origin=None if run.is_deleted else run.origin
        ).repeats(record)
    ]
    study = results.study
    part = Part(
        evidence={key: answers[key][0] if key in answers else "" for key in trials},
        checks=frozenset(subject.key() for subject in subjects(trials.values(), every=True)),
        claims=frozenset(claim_key(c.test, study, data=results.data) for c in study.claims),
        run=runs[-1] if runs else None,
    )
    return part, tuple(sorted({each for _, reads in answers.values() for each in reads}))


def _models(plan: Plan, results: Results, store: Path) -> dict[str, bytes | Path]:
    """Returns the files of the models that were kept of a run."""
    members: dict[str, bytes | Path] = {}
    for name, trial in plan.named_trials(results.study):
        folder = folder_of(store, plan.declared.name, name, trial)
        if is_kept(folder, trial):
            for file in (DESCRIPTION, WEIGHTS, GRAPH, CARD):
                if (folder / file).is_file():
                    members[f"{MODELS}/{folder.name}/{file}"] = folder / file
    return members


def _sources(
    origin: UserModule, plan: Plan, reads: Reads, *, with_data: bool
) -> tuple[dict[str, Path], dict[str, str]]:
    """Returns the files of a study by their paths as seen from its own, and what data it reads.

    Returns:
        The files that are taken along, and the digests of those that hold data, taken or not.
    """
    home = Path(origin.path).parent
    sources = {Path(origin.path).name: Path(origin.path), **modules_of(origin)}
    own = {path.resolve() for path in sources.values()}
    study = plan.declared
    tasks = (study.task, *(search.task for search in study.searches))
    read = {Path(place): digest for place, digest in origin.files}
    read |= {home / place: digest for place, digest in reads}
    read |= {
        file.resolve(): content(str(file.resolve()))
        for dataset in datasets(tasks)
        for file in dataset.read_from()
    }
    needs: dict[str, str] = {}
    for file, digest in read.items():
        if file in own or file == home or not digest:
            continue
        is_near = file.is_relative_to(home)
        place = file.relative_to(home).as_posix() if is_near else file.name
        if is_near and file.suffix == ".py":
            sources[place] = file
        else:
            needs[place] = digest
            if is_near and with_data:
                listed = file.iterdir() if file.is_dir() else [file]
                near = [each for each in listed if each.is_file()]
                sources |= {each.relative_to(home).as_posix(): each for each in near}
    return sources, needs


def open_bundle(
    path: Path | str, folder: Path | str | None = None, *, store: Path | str = DEFAULT_STORE
) -> Opened:
    """Unpacks a bundle into a folder, and puts its trials into a store.

    All is checked first: names, sizes, digests, the store inside. No code of it is run. Trials that
    the store has stay as they are; those in the bundle with other numbers are in ``results.db`` in
    the folder alone.

    Args:
        path: the file that `bundle` wrote.
        folder: is made, or empty; None for one here, of the file's name without its ending.
        store: the SQLite file that holds all results; a new one if there is none.

    Raises:
        BundleError: the file is no bundle, is damaged, of a later version, or made to do harm.
            Nothing is written then.
        StoreError: the store cannot be opened or written.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> asked = {"rounds": 6, "epochs": 2, "store": "irises.db"}
        >>> made = bundle(study, "given.zip", **asked)  # doctest: +SKIP
        >>> open_bundle("given.zip", "given", store="theirs.db").merged.new  # doctest: +SKIP
        12
    """
    path = Path(path)
    if not path.is_file():
        raise BundleError(f"there is no file {path}; give one that `bakeoff bundle` wrote.")
    target = Path(path.stem if folder is None else folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise BundleError(f"{target} is there already; give another folder.")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bakeoff-") as place:
            inside = Path(place) / "bundle"
            inside.mkdir()
            manifest = unpack(path, inside)
            _check_results(path, inside / RESULTS, manifest)
            if target.exists():
                target.rmdir()
            own = (target / SOURCE / manifest.source).resolve() if manifest.source else None
            (merged,) = merge([inside / RESULTS], store, origin=own)
            inside.replace(target)
    except OSError as error:
        raise BundleError(
            f"{target} cannot be written: {error.strerror}; give another folder."
        ) from None
    home = target / SOURCE
    missing = tuple(
        need.path
        for need in manifest.needs
        if content(os.path.realpath(home / need.path)) != need.digest
    )
    return Opened(
        bundle=Bundle(path, _sha256(path), manifest, missing),
        folder=target,
        source=home / manifest.source if manifest.source else None,
        merged=replace(merged, source=target / RESULTS),
    )


def _check_results(path: Path, results: Path, manifest: Manifest) -> None:
    """Refuses a bundle whose store is damaged, or about something else than it says.

    Raises:
        BundleError: as said.
    """
    with tempfile.TemporaryDirectory() as place:
        try:
            (merged,) = merge([results], Path(place) / RESULTS)
            with Store.read(results) as opened:
                studies = {run.study for run in opened.runs()}
        except StoreError as error:
            raise BundleError(f"{path}: {str(error).replace(str(results), RESULTS)}") from None
    if merged.damaged or merged.new != manifest.trials or studies - {manifest.study}:
        raise BundleError(
            f"{path}: {RESULTS} does not hold the {manifest.trials} trials of {manifest.study!r} "
            "that the manifest tells of. Nothing of it was taken; ask for another copy."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
