"""One report, in whichever format it is asked for."""

from __future__ import annotations

from typing import Literal, TypeAlias

from bakeoff.analysis.results import Results

Format: TypeAlias = Literal["html", "md", "csv", "json", "summary"]
FigureFormat: TypeAlias = Literal["svg", "png"]


def render(results: Results, format: Format = "html") -> str:
    """Return the report's text.

    Args:
        results: a study's answers, whole or not.
        format: ``html`` for a self-contained page, ``md`` for Markdown tables, ``csv`` for the
            comparison table, ``json`` for every trial's curves, ``summary`` for the same
            without them.
    """
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
