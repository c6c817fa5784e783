"""One report, in whichever format it is asked for."""

from __future__ import annotations

from typing import Literal, TypeAlias

from bakeoff.analysis.head_to_head import HeadToHead
from bakeoff.analysis.results import Results
from bakeoff.errors import RunError

Format: TypeAlias = Literal["html", "md", "csv", "json", "summary"]
FigureFormat: TypeAlias = Literal["svg", "png"]


def render(results: Results | HeadToHead, format: Format = "html") -> str:
    """Return the report's text.

    Args:
        results: a study's answers, whole or not; or two of its variants head to head, which are
            written as ``html`` alone.
        format: ``html`` for a self-contained page, ``md`` for Markdown tables, ``csv`` for the
            comparison table, ``json`` for every trial's curves, ``summary`` for the same
            without them.

    Raises:
        RunError: two variants head to head are not written in this format.
    """
    if isinstance(results, HeadToHead):
        return _page_of_two(results, format)
    match format:
        case "html":
            from bakeoff.reporting.html import as_html

            return as_html(results)
        case "md":
            from bakeoff.reporting.markdown import as_markdown

            return as_markdown(results)
        case "csv":
            from bakeoff.reporting.export import as_csv

            return as_csv(results)
        case "json":
            from bakeoff.reporting.export import as_json

            return as_json(results)
        case "summary":
            from bakeoff.reporting.export import as_summary

            return as_summary(results)


def _page_of_two(found: HeadToHead, format: Format) -> str:
    from bakeoff.reporting.compare_html import as_page

    if format != "html":
        raise RunError(f"a comparison of two variants is not written as {format}; ask for html.")
    return as_page(found)
