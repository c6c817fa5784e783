"""Reports: lists of sections. To add a section, write its file and name it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from bakeoff.analysis.replication import replicas
from bakeoff.analysis.results import Results
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.claims.verdicts import Verdict
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Report, Section
from bakeoff.reporting.sections import (
    assumptions,
    audit,
    comparison,
    confused,
    curves,
    declaration,
    figures,
    hardest,
    method,
    over_rounds,
    overview,
    pair,
    protocol,
    results,
    searches,
    stores,
    use,
    verdicts,
)
from bakeoff.reporting.text.notes import heading, notices, opening
from bakeoff.reporting.text.scope_sentences import rounds_words
from bakeoff.reporting.text.verdict_sentences import sentence
from bakeoff.study.study import Study

Part: TypeAlias = Callable[[Page], Section | None]

WHOLE: tuple[Part, ...] = (
    verdicts.section,
    results.section,
    audit.section,
    comparison.section,
    use.section,
    curves.section,
    over_rounds.section,
    figures.section,
    searches.section,
    hardest.section,
    confused.section,
    assumptions.section,
    protocol.section,
    method.section,
)
"""The report of a study."""

TABLES: tuple[Part, ...] = (
    verdicts.section,
    audit.section,
    results.tables,
    use.section,
    searches.section,
    assumptions.section,
    protocol.section,
)
"""The same without figures, for formats that have none."""

BRIEF: tuple[Part, ...] = (results.brief, searches.brief, verdicts.brief, audit.brief)
"""The report for a terminal."""


PAIR: tuple[Part, ...] = (
    pair.difference,
    pair.by_round,
    pair.agreement,
    results.section,
    audit.section,
    curves.section,
    protocol.section,
    method.section,
)
"""The report of two variants head to head."""

PAIR_BRIEF: tuple[Part, ...] = (
    results.brief,
    pair.difference,
    pair.rounds_brief,
    pair.agreement_brief,
    audit.brief,
)
"""The same for a terminal, and for formats that have no figures."""


def report(results: Results, parts: Iterable[Part] = WHOLE) -> Report:
    """Returns the report of a study.

    Args:
        results: the study's results, maybe partly run.
        parts: its sections; those that have nothing to show are left out.
    """
    page = Page(results)
    return Report(
        name=results.study.name,
        title=heading(results),
        source=results.study.source,
        notices=notices(results),
        opening=opening(results),
        sections=_shown(part(page) for part in parts),
    )


def _shown(sections: Iterable[Section | None]) -> tuple[Section, ...]:
    return tuple(section for section in sections if section is not None)


def comparison_report(duel: HeadToHead, *, brief: bool = False) -> Report:
    """Returns the report of two variants head to head.

    The brief one is for a terminal: without figures, examples' images and method.
    """
    page = Page(duel.results, duel)
    return Report(
        name=duel.results.study.name,
        title=f"{duel.first} against {duel.second}",
        source="",
        notices=notices(duel.results),
        opening=pair.headline(duel),
        sections=_shown(part(page) for part in (PAIR_BRIEF if brief else PAIR)),
    )


def stores_report(first: Results, second: Results) -> Report:
    """Returns the report of one study in two stores: whether its trials came out the same."""
    both = replicas(first, second)
    return Report(
        name=first.study.name,
        title=f"{heading(first)}, in two stores",
        source="",
        notices=(),
        opening=stores.opening(both),
        sections=stores.sections(first, second, both),
    )


def overview_report(
    entries: Sequence[overview.Entry], broken: Sequence[tuple[str, str]] = ()
) -> Report:
    """Returns the report over several studies, which links to theirs.

    Args:
        entries: the studies, each with its results and its page.
        broken: names of studies or files that are left out, each with the error.
    """
    return Report(
        name="studies",
        title="Which claims hold",
        source="",
        notices=overview.notices(entries, broken),
        opening=overview.opening(entries),
        sections=overview.sections(entries),
    )


def declaration_report(study: Study) -> Report:
    """Returns the report of a study before it runs."""
    return Report(
        name=study.name,
        title=f"{study.name}: {study.title}" if study.title else study.name,
        source=study.source,
        notices=(),
        opening=rounds_words(study),
        sections=declaration.sections(study),
    )


def verdict_report(verdict: Verdict) -> Report:
    """Returns one verdict with its evidence."""
    blocks = verdicts.alone(verdict)
    return Report(
        name=verdict.claim.id,
        title=f"{verdict.claim.id}: {verdict.outcome}",
        source=verdict.claim.quote,
        notices=(),
        opening=sentence(verdict),
        sections=(Section("evidence", "Evidence", blocks),) if blocks else (),
    )
