"""What in the trials warns against the conclusions."""

from __future__ import annotations

from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Paragraph, Section
from bakeoff.reporting.text.audit import notice
from bakeoff.reporting.text.numbers import counted

SHOWN = 3
"""Findings that a terminal tells; the others are counted."""


def section(page: Page) -> Section | None:
    """Returns the findings of the audit, the gravest first; None before anything has run."""
    if not page.results.answered:
        return None
    notices = tuple(notice(finding, page.results.study) for finding in page.findings)
    nothing = Paragraph("Nothing in the trials warns against the figures.")
    return Section("audit", "Audit", notices or (nothing,))


def brief(page: Page) -> Section | None:
    """Returns the gravest findings, and how many more there are; None for none."""
    shown = [notice(finding, page.results.study) for finding in page.findings[:SHOWN]]
    more = len(page.findings) - len(shown)
    rest = [Paragraph(f"And {counted(more, 'more finding')} in the report.")] if more else []
    return Section("audit", "Audit", (*shown, *rest)) if shown else None
