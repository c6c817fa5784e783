"""The assumptions of a study."""

from __future__ import annotations

from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Items, Paragraph, Section


def section(page: Page) -> Section | None:
    """Returns the study's assumptions; None without any."""
    study = page.results.study
    if not study.assumptions:
        return None
    lead = (
        "The source leaves these points open; this study settles them as follows."
        if study.source
        else "The study assumes the following."
    )
    return Section("assumptions", "Assumptions", (Paragraph(lead), Items(study.assumptions)))
