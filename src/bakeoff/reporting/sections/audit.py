"""The audit: reasons in the trials to doubt the conclusions."""

from __future__ import annotations

from bakeoff.analysis.failures import failures
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Block, Notice, Paragraph, Section
from bakeoff.reporting.text.audit_notices import notice, unmeasured
from bakeoff.reporting.text.numbers import counted
from bakeoff.reporting.text.scope_sentences import failures_lines

SHOWN = 3
"""Findings that a terminal shows; the others are counted."""


def section(page: Page) -> Section | None:
    """Returns the findings of the audit, the gravest first; None before anything has run."""
    if not page.results.answered:
        return None
    notices = [notice(finding, page.results.study) for finding in page.findings]
    nothing = Paragraph("The audit found nothing in the trials against the figures.")
    blocks: tuple[Block, ...] = (*notices, *_failed(page)) or (nothing,)
    if text := unmeasured(page.results.study):
        blocks += (Paragraph(text, aside=True),)
    return Section("audit", "Audit", blocks)


def brief(page: Page) -> Section | None:
    """Returns the gravest findings, and how many more there are; None for none."""
    shown = [notice(finding, page.results.study) for finding in page.findings[:SHOWN]]
    more = len(page.findings) - len(shown)
    rest = [Paragraph(f"And {counted(more, 'more finding')} in the report.")] if more else []
    blocks: tuple[Block, ...] = (*shown, *rest, *_failed(page))
    return Section("audit", "Audit", blocks) if blocks else None


def _failed(page: Page) -> tuple[Notice, ...]:
    """Returns how often trials fail, for the variants that have failed trials."""
    every = (failures(page.results, name) for name in page.results.histories)
    lines = failures_lines([each for each in every if each is not None and each.failed])
    return (Notice("caution", "Learnt nothing", " ".join(lines)),) if lines else ()
