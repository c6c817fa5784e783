"""Reports and figures, written to files."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from bakeoff.analysis.head_to_head import HeadToHead
from bakeoff.analysis.results import Results
from bakeoff.errors import RunError
from bakeoff.reporting.write import FigureFormat, Format, render


def report(results: Results | HeadToHead, path: Path | str, format: Format = "html") -> Path:
    """Write a report and return its path.

    Args:
        results: from `run` or `results`; or from `compare`, which is written as ``html`` alone.
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


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False
