"""The formats of reports and figures, and their suffixes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from bakeoff.errors import RunError

Format: TypeAlias = Literal["html", "md", "tex", "csv", "csv-summary", "json", "summary"]
FigureFormat: TypeAlias = Literal["svg", "png"]

SUFFIXES: dict[str, tuple[Format, ...]] = {
    ".html": ("html",),
    ".htm": ("html",),
    ".md": ("md",),
    ".tex": ("tex",),
    ".csv": ("csv", "csv-summary"),
    ".json": ("json", "summary"),
}
"""What a file's name says of its format, what is meant by the name alone first."""


def format_of(path: Path, asked: Format | None = None) -> Format:
    """Returns the format of a report.

    Args:
        path: the file's.
        asked: a format that is asked for by name; None for what the file's name ends in, or,
            where it ends in nothing, ``html``.

    Raises:
        RunError: the name tells no format and none is asked for, or another than is asked for.
    """
    check_known(asked)
    named = SUFFIXES.get(path.suffix.lower())
    if asked is None and named is None and path.suffix:
        known = ", ".join(SUFFIXES)
        raise RunError(
            f"no format is written as {path.suffix!r} ({path}). Known: {known}; or name the "
            "format as well."
        )
    if asked is not None and named is not None and asked not in named:
        raise RunError(
            f"{path} is named as {named[0]}, and {asked} is asked for; leave out the format, or "
            "give the file another name."
        )
    return asked or (named[0] if named else "html")


def check_known(format: Format | None) -> None:
    """Refuses an unknown format.

    Raises:
        RunError: it is not known.
    """
    known = get_args(Format)
    if format is not None and format not in known:
        raise RunError(f"a report cannot be written as {format!r}. Known: {', '.join(known)}.")
