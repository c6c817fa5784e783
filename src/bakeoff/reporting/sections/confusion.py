"""Which classes are taken for which."""

from __future__ import annotations

from bakeoff.reporting.charts.confusion import confusions
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Panels, Section


def section(page: Page) -> Section | None:
    """Returns the confusion of classes; None where the right answers are not at hand."""
    found = () if page.truth is None else confusions(page.results, page.truth)
    panels = Panels("confusions", "", "", found)
    return Section("confused", "What is taken for what", (panels,)) if found else None
