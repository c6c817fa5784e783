"""What the source leaves unsaid, and how the study settles it."""

from __future__ import annotations

from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Items, Paragraph, Section


def section(page: Page) -> Section | None:
    """Returns the study's assumptions; None without any."""
    study = page.results.study
    if not study.assumptions:
        return None
    lead = (
        "What the source leaves unsaid, and how this study settles it."
        if study.source
        else "What else the study takes as given."
    )
    return Section("assumptions", "Assumptions", (Paragraph(lead), Items(study.assumptions)))
