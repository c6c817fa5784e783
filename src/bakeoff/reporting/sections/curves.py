"""Learning curves."""

from __future__ import annotations

from bakeoff.reporting.charts.learning_curves import curves
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Section


def section(page: Page) -> Section | None:
    """Returns the curves of every metric; None if nothing has a curve."""
    panels = curves(page.results)
    return Section("curves", "Learning curves", panels) if panels else None
