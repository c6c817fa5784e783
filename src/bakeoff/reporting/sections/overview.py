"""Several studies on one page: what each ran, and the verdicts on its claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from bakeoff.claims.verdicts import Outcome
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Column,
    Link,
    Notice,
    Number,
    Row,
    Section,
    TableBlock,
)
from bakeoff.reporting.sections.verdicts import COLUMNS, OUTCOMES, tally, verdict_cells
from bakeoff.reporting.text import notes
from bakeoff.reporting.text.numbers import capital, counted, duration, listed, share_of
from bakeoff.reporting.text.verdict_sentences import untested
from bakeoff.study.study import Study


def notices(not_run: Iterable[Study]) -> tuple[Notice, ...]:
    """Returns the studies of which nothing is stored."""
    names = [study.name for study in not_run]
    text = f"The store holds no trial of {listed(names)}." if names else ""
    return (Notice("caution", "Not run", text),) if names else ()


def opening(pages: Sequence[Page]) -> str:
    """Returns how many studies and claims there are."""
    claims = sum(len(page.verdicts) for page in pages)
    studies = "1 study" if len(pages) == 1 else f"{len(pages):,} studies"
    if not claims:
        return f"{studies}, without claims to judge."
    return (
        f"{studies}, {counted(claims, 'claim')}. New trials test each claim: it is supported, "
        "contradicted, or undecided after these rounds."
    )


def sections(entries: Sequence[tuple[str, Page]]) -> tuple[Section, ...]:
    """Returns the table of all studies, then the claims of each, from their titles and pages."""
    pages = [page for _, page in entries]
    judged = any(page.verdicts for page in pages)
    totals = (tally(pages, None),) if judged else ()
    claims = (_claims(title, page) for title, page in entries)
    return (Section("studies", "Studies", (*totals, _table(pages, judged=judged))), *claims)


def _table(pages: Sequence[Page], *, judged: bool) -> TableBlock:
    def reached(page: Page, outcome: Outcome) -> Number:
        return Number(sum(verdict.outcome == outcome for verdict in page.verdicts), "count")

    def trials(page: Page) -> str:
        ran, needed = page.results.answered, page.results.expected
        return share_of(ran, needed) if page.results.missing else f"{needed:,}"

    return TableBlock.of(
        "studies",
        f"The studies{', and the outcomes of their claims' if judged else ''}",
        pages,
        (
            Column("Study", "text"),
            lambda page: Link(name := page.results.study.name, f"{name}.html"),
        ),
        *(
            (Column(capital(outcome)), partial(reached, outcome=outcome))
            for outcome in (OUTCOMES if judged else ())
        ),
        (Column("Trials"), trials),
        (Column("Rounds"), lambda page: Number(page.results.study.rounds, "count")),
        (Column("Computing"), lambda page: duration(page.results.seconds)),
    )


def _claims(title: str, page: Page) -> Section:
    results = page.results
    href = f"{results.study.name}.html"
    rows = tuple(
        Row((Link(verdict.claim.id, f"{href}#claim-{place}"), *verdict_cells(verdict)))
        for place, verdict in enumerate(page.verdicts, start=1)
    )
    source = results.study.source and f"{results.study.source.rstrip('.')}."
    caption = " ".join(text for text in (source, untested(results)) if text)
    table = TableBlock(f"claims-{results.study.name}", caption, COLUMNS, rows)
    blocks = (tally([page], href), table) if rows else ()
    return Section(results.study.name, title, (*notes.notices(results), *blocks))
