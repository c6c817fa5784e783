"""The figures that the study declares."""

from __future__ import annotations

from bakeoff.reporting.charts.own import own
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Paragraph, Section


def section(page: Page) -> Section | None:
    """Returns the figures that the source shows, from this study's trials; None without any."""
    found = own(page.results)
    lead = (
        "The figures of the source, drawn from the trials of this study."
        if page.results.study.source
        else "The figures that the study declares, drawn from its trials."
    )
    blocks = (Paragraph(lead), *found)
    return Section("figures", "Figures of the report", blocks) if found else None
