"""The meaning of a report's numbers."""

from __future__ import annotations

from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Section, Terms
from bakeoff.reporting.text.method_notes import method_notes


def section(page: Page) -> Section:
    """Returns a note for each statistic that the report shows."""
    methods = [page.pair.method] if page.pair else [verdict.method for verdict in page.verdicts]
    notes = method_notes(
        page.results.study,
        pair=page.pair is not None,
        always_valid=any(method.startswith("always_valid") for method in methods),
        differences=len(page.results.study.variants) > 1,
        ranks=len(page.results.study.variants) > 2,
        published=page.table.has_published,
    )
    return Section("method", "Reading the numbers", (Terms(tuple(notes), long=True),))
