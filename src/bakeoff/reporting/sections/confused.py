"""The confusion of classes."""

from __future__ import annotations

from bakeoff.reporting.charts.heatmap import confusions
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Panels, Section


def section(page: Page) -> Section | None:
    """Returns the confusion of classes; None if the right answers are not known here."""
    charts = () if page.truth is None else confusions(page.results, page.truth)
    panels = Panels("confusions", "", "", charts)
    return Section("confused", "Confused classes", (panels,)) if charts else None
