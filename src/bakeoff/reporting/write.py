"""One report, in any format."""

from __future__ import annotations

from collections.abc import Callable

from bakeoff.analysis.results import Results
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.claims.verdicts import Verdict
from bakeoff.errors import RunError
from bakeoff.reporting.formats import Format, check_known
from bakeoff.reporting.reports import (
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


def as_text(results: Results | HeadToHead, *, width: int = 100) -> str:
    """Returns the terminal's report as plain text of the given width."""
    if isinstance(results, HeadToHead):
        return terminal_text(comparison_report(results, brief=True), width=width)
    return terminal_text(report(results, BRIEF), width=width)


def as_notebook(shown: Results | HeadToHead | Study | Verdict) -> str:
    """Returns the HTML for a notebook of results, a comparison, a study or a verdict."""
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
    check_known(format)
    if isinstance(results, HeadToHead):
        if format not in PAGES:
            raise RunError(
                f"a comparison of two variants is not written as {format}; ask for "
                f"{', '.join(PAGES)}."
            )
        return PAGES[format](
            comparison_report(results, brief=format != "html"), results.results.label
        )
    if format in PAGES:
        parts = WHOLE if format == "html" else TABLES
        return PAGES[format](report(results, parts), results.label)
    return EXPORTS[format](results)


PAGES: dict[Format, Callable[[Report, str], str]] = {
    "html": lambda report, _: as_html(report),
    "md": lambda report, _: as_markdown(report),
    "tex": as_latex,
}
"""The writers of reports. To add a format, write its file, and name it here and in `Format`."""

EXPORTS: dict[Format, Callable[[Results], str]] = {
    "csv": as_csv,
    "csv-summary": as_csv_summary,
    "json": as_json,
    "summary": as_summary,
}
"""The writers of results for programs, which need values under fixed names and walk no sections."""
