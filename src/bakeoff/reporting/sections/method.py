"""The meaning of a report's numbers."""

from __future__ import annotations

from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Section, Terms
from bakeoff.reporting.text.method_notes import method_notes


def section(page: Page) -> Section:
    """Returns a note for each statistic that the report shows."""
    notes = method_notes(
        page.results.study,
        always_valid=any(verdict.method.startswith("always_valid") for verdict in page.verdicts),
        differences=len(page.results.study.variants) > 1,
        ranks=len(page.results.study.variants) > 2,
        published=page.table.has_published,
    )
    return Section("method", "Reading the numbers", (Terms(tuple(notes), long=True),))
