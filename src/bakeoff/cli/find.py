"""Studies by their names on the command line: a built-in's name, a Python file, a folder."""

from __future__ import annotations

import ast
import os
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import StudyError, unknown
from bakeoff.studies import LISTED

if TYPE_CHECKING:
    from bakeoff.study.study import Study


@dataclass(frozen=True)
class Found:
    """The studies that were named.

    Attributes:
        studies: those that could be loaded, one at least.
        broken: the others, each as it was named, with its error.
        is_one: whether a single study was named, and no folder.
    """

    studies: tuple[Study, ...]
    broken: tuple[tuple[str, StudyError], ...]
    is_one: bool


def find(named: str, store: Path | None = None) -> Study:
    """Returns the built-in study of a name, or the study of a file whose path ends in ``.py``.

    Args:
        named: the name or the path.
        store: where runs of a file that is not there any more may be noted.

    Raises:
        StudyError: no built-in study has this name, or the file does not define a study.
    """
    for listed in LISTED:
        if listed.name == named:
            return listed.study()
    path = Path(named)
    if store is not None and not path.exists():
        _check_not_deleted(path, store)
    if named.endswith(".py") or path.exists():
        from bakeoff.study.load import load

        return load(path)
    known = unknown("study", named, (listed.name for listed in LISTED))
    raise StudyError(f"{known} For a study of your own, give its file: path/to/study.py.")


def find_all(named: Sequence[str], *, built_in: bool, store: Path | None = None) -> Found:
    """Returns the studies that are named, each once; a folder means those in it and below.

    One that cannot be loaded does not hinder the others.

    Args:
        named: names, paths of files, paths of folders.
        built_in: whether every built-in study is asked for, by --all.
        store: as in `find`.

    Raises:
        StudyError: --all and a name are given, or neither; or none of the studies can be loaded,
            and the message has a line for each.
    """
    if built_in and named:
        raise StudyError(f"--all means every built-in study; leave out {named[0]} or --all.")
    if not (built_in or named):
        known = ", ".join(listed.name for listed in LISTED)
        raise StudyError(
            f"no study is named; give one or more of {known}, a Python file, a folder of them, or "
            "--all."
        )
    if built_in:
        return Found(tuple(listed.study() for listed in LISTED), (), is_one=False)
    folders = [name for name in named if not _is_built_in(name) and Path(name).is_dir()]
    if len(set(named)) == 1 and not folders:
        return Found((find(named[0], store),), (), is_one=True)
    studies: dict[str, Study] = {}
    broken: dict[str, StudyError] = {}
    for each in _each(named, folders):
        # One file may be named in several ways.
        place = each if _is_built_in(each) else str(Path(each).resolve())
        if place in studies or place in broken:
            continue
        try:
            if each in folders:
                raise StudyError(
                    f"the folder {each} holds no study; put Python files that define `study` there."
                )
            studies[place] = find(each, store)
        except StudyError as error:
            broken[place] = error
    if not studies:
        raise StudyError("\n".join(map(str, broken.values())))
    return Found(tuple(studies.values()), tuple(broken.items()), is_one=False)


def _is_built_in(named: str) -> bool:
    return any(listed.name == named for listed in LISTED)


def _each(named: Sequence[str], folders: Sequence[str]) -> Iterator[str]:
    """Yields names and files; for a folder, those in it and below that are to define a study.

    A module beside a study that one of them imports is none. That is known once the studies are
    loaded: the files that do not bind `study` come last, and are looked at then. A folder without
    Python files is yielded itself.
    """
    for name in named:
        files = _python_files(Path(name)) if name in folders else []
        if not files:
            yield name
            continue
        others = [file for file in files if not _binds_study(file)]
        yield from (str(file) for file in files if file not in others)
        imported = {getattr(module, "__file__", None) for module in tuple(sys.modules.values())}
        yield from (str(file) for file in others if str(file.resolve()) not in imported)


def _python_files(folder: Path) -> list[Path]:
    """Returns the Python files in a folder and below; names that begin with . or _ are left out.

    So are environments, which hold packages.
    """
    files: list[Path] = []
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if name[0] not in "._"]
        if "pyvenv.cfg" in names:
            below.clear()
            continue
        files += [
            Path(place, name) for name in names if name.endswith(".py") and name[0] not in "._"
        ]
    return sorted(files)


def _binds_study(file: Path) -> bool:
    """Returns whether a file binds the name `study`; one that cannot be read may well."""
    try:
        with tokenize.open(file) as opened:
            tree = ast.parse(opened.read())
    except (OSError, SyntaxError, ValueError):
        return True
    return any(
        (isinstance(node, ast.Name) and node.id == "study" and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.alias) and "study" in {node.name, node.asname})
        for node in ast.walk(tree)
    )


def _check_not_deleted(path: Path, store: Path) -> None:
    """Refuses a file of which a store notes runs, and which is not there any more.

    Raises:
        StudyError: as said.
    """
    # Only here, so that `bakeoff list` starts fast.
    from bakeoff.running.store import Store

    if not store.exists():
        return
    with Store.read(store) as opened:
        runs = [run for run in opened.runs() if run.origin == str(path.resolve())]
    if runs:
        raise StudyError(
            f"{path} was deleted or moved since it ran as the study {runs[-1].study!r}. Its trials "
            f"are still in the store {store}: put the file back, or give its new path."
        )
