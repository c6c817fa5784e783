"""What a trial needs on a machine that shares no files with this one, named by digests."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

from bakeoff.data.dataset import Dataset, datasets
from bakeoff.data.idx_datasets import MNIST
from bakeoff.running.worker import Arrival, Parcel
from bakeoff.study.origin import files_of, modules_of
from bakeoff.study.reads import content
from bakeoff.study.sources import user_classes
from bakeoff.study.user_module import UserModule, loader_of


@dataclass(frozen=True)
class Sources:
    """The user's files behind a trial: code, and what a study reads in its own folder.

    Attributes:
        digest: of places and contents.
        files: their contents by place, a path within one folder.
        folders: where they come from, each folder with its place.
        paths: the folders, as they were, that modules are imported from.
        elsewhere: files that a study reads outside of its folder, with their digests: they do not
            travel.
    """

    digest: str
    files: Mapping[str, bytes]
    folders: Mapping[str, str]
    paths: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...]

    def write(self, folder: Path) -> None:
        """Writes the files into a folder, which appears whole or not at all."""
        if folder.is_dir():
            return
        half = folder.with_name(f"{folder.name}-{os.getpid()}-half")
        for place, file in self.files.items():
            target = half / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file)
        half.mkdir(parents=True, exist_ok=True)
        half.rename(folder)


@dataclass(frozen=True)
class Luggage:
    """What a trial needs, as it is told to a worker.

    Attributes:
        sources: the digest of its sources; empty where it is all bakeoff's own.
        folders: as in `Sources`.
        paths: likewise.
        elsewhere: likewise.
        folder: the working folder, as it was; None where none of the files is below it.
        data: the digests of the task's datasets, in their order; empty for one that comes along.
        device: where the trial runs.
    """

    sources: str
    folders: Mapping[str, str]
    paths: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...]
    folder: str | None
    data: tuple[str, ...]
    device: str

    def missing_files(self) -> list[str]:
        """Returns the files outside of the study's folder that this machine lacks."""
        return [path for path, digest in self.elsewhere if content(path) != digest]

    def unpacked(self, parcel: Parcel, root: Path) -> Parcel:
        """Returns a trial as this machine can carry it out.

        Args:
            parcel: as it was packed.
            root: the folder of its sources.
        """
        arrival = Arrival(
            paths=tuple(self._at(path, root) for path in self.paths),
            folder=None if self.folder is None else self._at(self.folder, root),
            data=self.data,
        )
        return replace(
            parcel,
            modules=tuple(self._moved(module, root) for module in parcel.modules),
            script=None if parcel.script is None else self._at(parcel.script, root),
            home=None if parcel.home is None else self._at(parcel.home, root),
            arrival=arrival,
        )

    def _moved(self, module: UserModule, root: Path) -> UserModule:
        outside = dict(self.elsewhere)
        files = tuple(
            (path if path in outside else self._at(path, root), digest)
            for path, digest in module.files
        )
        return replace(module, path=self._at(module.path, root), files=files)

    def _at(self, path: str, root: Path) -> str:
        for folder, place in self.folders.items():
            if Path(path).is_relative_to(folder):
                return os.path.realpath(root / place / Path(path).relative_to(folder))
        return path


class Packing:
    """Finds out what trials need, each file and dataset once."""

    def __init__(self) -> None:
        self.sources: dict[str, Sources] = {}
        self.datasets: dict[str, Dataset] = {}
        self._known: dict[tuple[object, ...], Sources] = {}

    def luggage(self, parcel: Parcel) -> Luggage:
        """Returns what a trial needs; `sources` and `datasets` then hold it, by digest."""
        subject = pickle.loads(parcel.trial)
        data = {
            dataset: "" if isinstance(dataset, MNIST) else dataset.digest()
            for dataset in datasets(subject.task)
        }
        self.datasets |= {digest: dataset for dataset, digest in data.items() if digest}
        digests = tuple(data[dataset] for dataset in datasets(subject.task))
        names = tuple(dict.fromkeys(each.__module__ for each in user_classes(subject)))
        if parcel.home is None:
            return Luggage("", {}, (), (), None, digests, subject.device)
        key = (parcel.modules, parcel.script, parcel.home, names)
        if key not in self._known:
            self._known[key] = _sources(parcel, names)
        found = self._known[key]
        self.sources[found.digest] = found
        here = str(Path.cwd())
        inside = any(Path(here).is_relative_to(folder) for folder in found.folders)
        return Luggage(
            found.digest,
            found.folders,
            found.paths,
            found.elsewhere,
            here if inside else None,
            digests,
            subject.device,
        )


def _sources(parcel: Parcel, names: Iterable[str]) -> Sources:
    """Returns the files behind a trial.

    Args:
        parcel: the trial.
        names: of the modules of its classes.
    """
    home = Path(parcel.home or "")
    roots = list(parcel.modules)
    if parcel.script is not None:
        script = Path(parcel.script)
        roots.append(UserModule("__main__", str(script), script.read_text(encoding="utf-8")))
    imported = files_of(name for name in names if _is_imported(name))
    for module in roots:
        imported |= modules_of(module)
    files = {Path(module.path): module.text.encode() for module in roots}
    files |= {path: path.read_bytes() for path in imported.values()}
    read = {path: digest for module in roots for path, digest in module.files if digest}
    elsewhere = {path: d for path, d in read.items() if not Path(path).is_relative_to(home)}
    for path in map(Path, read.keys() - elsewhere.keys()):
        listed = path.iterdir() if path.is_dir() else [path]
        files |= {each: each.read_bytes() for each in listed if each.is_file()}
    paths = {path.parents[len(PurePosixPath(p).parts) - 1] for p, path in imported.items()}
    # A relative path that the code opens is looked for in the working folder.
    here = Path.cwd()
    folders: dict[str, str] = {}
    apart = {Path(module.path).parent for module in roots}
    for folder in (here if home.is_relative_to(here) else home, *sorted(paths | apart)):
        if not any(folder.is_relative_to(other) for other in folders):
            folders[str(folder)] = str(len(folders))
    placed = {_place(path, folders): file for path, file in sorted(files.items())}
    told = [[place, sha256(file).hexdigest()] for place, file in sorted(placed.items())]
    return Sources(
        sha256(repr([told, sorted(folders.items())]).encode()).hexdigest(),
        placed,
        folders,
        tuple(sorted(map(str, paths))),
        tuple(elsewhere.items()),
    )


def _is_imported(name: str) -> bool:
    """Whether a module is imported by its name, not read from a study's file or a script."""
    return name not in {"__main__", "__mp_main__"} and loader_of(sys.modules.get(name)) is None


def _place(path: Path, folders: Mapping[str, str]) -> str:
    for folder, place in folders.items():
        if path.is_relative_to(folder):
            return f"{place}/{path.relative_to(folder).as_posix()}"
    raise ValueError(f"{path} lies in none of {', '.join(folders)}")
