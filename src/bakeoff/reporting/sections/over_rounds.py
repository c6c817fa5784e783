"""The figures of single rounds."""

from __future__ import annotations

from bakeoff.reporting.charts.spread import boxes, rounds
from bakeoff.reporting.charts.view import View
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Section


def section(page: Page) -> Section | None:
    """Returns each round's figures by variant and round by round; None before any has run."""
    view = View.of_all(page.results)
    blocks = tuple(figure for figure in (boxes(view), rounds(view)) if figure is not None)
    return Section("over-rounds", "Rounds", blocks) if blocks else None
