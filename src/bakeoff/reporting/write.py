"""One report, in whichever format it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from bakeoff.analysis.results import Results
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.claims.verdicts import Verdict
from bakeoff.errors import RunError
from bakeoff.reporting.report import (
    BRIEF,
    TABLES,
    WHOLE,
    comparison_report,
    declaration_report,
    report,
    verdict_report,
)
from bakeoff.reporting.section import Report
from bakeoff.reporting.writers.csv import as_csv, as_csv_summary
from bakeoff.reporting.writers.html import as_fragment, as_html
from bakeoff.reporting.writers.json import as_json, as_summary
from bakeoff.reporting.writers.latex import as_latex
from bakeoff.reporting.writers.markdown import as_markdown
from bakeoff.reporting.writers.terminal import as_text as terminal_text
from bakeoff.study.study import Study

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


def as_text(results: Results | HeadToHead, *, width: int = 100) -> str:
    """Returns what a terminal shows, as plain text of so many columns."""
    if isinstance(results, HeadToHead):
        return terminal_text(comparison_report(results, brief=True), width=width)
    return terminal_text(report(results, BRIEF), width=width)


def as_notebook(shown: Results | HeadToHead | Study | Verdict) -> str:
    """Returns what a notebook shows of results, a comparison, a study or a verdict, as HTML."""
    match shown:
        case Results():
            return as_fragment(report(shown, BRIEF))
        case HeadToHead():
            return as_fragment(comparison_report(shown, brief=True))
        case Study():
            return as_fragment(declaration_report(shown))
        case Verdict():
            return as_fragment(verdict_report(shown))


def render(results: Results | HeadToHead, format: Format = "html") -> str:
    """Returns the report's text.

    Args:
        results: a study's answers, whole or not; or two of its variants head to head, which are
            written as ``html``, ``md`` or ``tex``.
        format: ``html`` for a self-contained page, ``md`` for Markdown tables, ``tex`` for
            LaTeX ones, ``csv`` for a row a trial and metric, ``csv-summary`` for a row a variant,
            ``json`` for everything but single answers, ``summary`` for the same without curves.

    Raises:
        RunError: there is no such format, or two variants head to head are not written in it.
    """
    _check_known(format)
    if isinstance(results, HeadToHead):
        if format not in PAGES:
            raise RunError(
                f"a comparison of two variants is not written as {format}; ask for "
                f"{', '.join(PAGES)}."
            )
        return PAGES[format](comparison_report(results, brief=format != "html"), results.label)
    if format in PAGES:
        parts = WHOLE if format == "html" else TABLES
        return PAGES[format](report(results, parts), results.label)
    return EXPORTS[format](results)


PAGES: dict[Format, Callable[[Report, str], str]] = {
    "html": lambda found, _: as_html(found),
    "md": lambda found, _: as_markdown(found),
    "tex": as_latex,
}
"""How reports are written. To add a format, write its file, and name it here and in `Format`."""

EXPORTS: dict[Format, Callable[[Results], str]] = {
    "csv": as_csv,
    "csv-summary": as_csv_summary,
    "json": as_json,
    "summary": as_summary,
}
"""How results are written for programs."""
