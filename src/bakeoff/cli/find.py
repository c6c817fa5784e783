"""Studies by their names on the command line: a built-in's name, or a Python file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import StudyError, unknown
from bakeoff.studies import LISTED

if TYPE_CHECKING:
    from bakeoff.study.study import Study


def find(named: str) -> Study:
    """Returns the built-in study of a name, or the study of a file whose path ends in ``.py``.

    Raises:
        StudyError: no built-in study has this name, or the file does not define a study.
    """
    for listed in LISTED:
        if listed.name == named:
            return listed.study()
    if named.endswith(".py") or Path(named).exists():
        from bakeoff.study.load import load

        return load(Path(named))
    known = unknown("study", named, (listed.name for listed in LISTED))
    raise StudyError(f"{known} For a study of your own, give its file: path/to/study.py.")


def chosen_studies(named: list[str], all_studies: bool) -> list[Study]:
    """Returns the studies that are named, each once.

    Raises:
        StudyError: --all and a name are given, or neither.
    """
    if all_studies and named:
        raise StudyError(f"--all means every built-in study; leave out {named[0]} or --all.")
    if not (all_studies or named):
        known = ", ".join(listed.name for listed in LISTED)
        raise StudyError(
            f"no study is named; give one or more of {known}, a Python file, or --all."
        )
    if all_studies:
        return [listed.study() for listed in LISTED]
    return [find(name) for name in dict.fromkeys(named)]
