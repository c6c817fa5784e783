"""One report, in whichever format it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from bakeoff.analysis.results import Results
from bakeoff.claims.head_to_head import HeadToHead
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
    """Return the format that a report is written in.

    Args:
        path: the file's.
        asked: a format that is asked for by name; None for what the file's name ends in, or,
            where it ends in nothing, ``html``.

    Raises:
        RunError: the name tells no format and none is asked for, or another than is asked for.
    """
    _check_known(asked)
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


def _check_known(format: Format | None) -> None:
    known = get_args(Format)
    if format is not None and format not in known:
        raise RunError(f"a report cannot be written as {format!r}. Known: {', '.join(known)}.")


def render(  # noqa: PLR0911
    results: Results | HeadToHead, format: Format = "html"
) -> str:
    """Return the report's text.

    Args:
        results: a study's answers, whole or not; or two of its variants head to head, which are
            written as ``html`` alone.
        format: ``html`` for a self-contained page, ``md`` for Markdown tables, ``tex`` for
            LaTeX ones, ``csv`` for a line for each trial and metric, ``csv-summary`` for one for
            each variant, ``json`` for everything, ``summary`` for the same without curves.

    Raises:
        RunError: there is no such format, or two variants head to head are not written in it.
    """
    _check_known(format)
    if isinstance(results, HeadToHead):
        return _page_of_two(results, format)
    match format:
        case "html":
            from bakeoff.reporting.html import as_html

            return as_html(results)
        case "md":
            from bakeoff.reporting.markdown import as_markdown

            return as_markdown(results)
        case "tex":
            from bakeoff.reporting.tex.tex import as_tex

            return as_tex(results)
        case "csv":
            from bakeoff.reporting.writers.csv import as_csv

            return as_csv(results)
        case "csv-summary":
            from bakeoff.reporting.writers.csv import as_csv_summary

            return as_csv_summary(results)
        case "json":
            from bakeoff.reporting.writers.json import as_json

            return as_json(results)
        case "summary":
            from bakeoff.reporting.writers.json import as_summary

            return as_summary(results)


def _page_of_two(found: HeadToHead, format: Format) -> str:
    from bakeoff.reporting.compare.page import as_page

    if format != "html":
        raise RunError(f"a comparison of two variants is not written as {format}; ask for html.")
    return as_page(found)
