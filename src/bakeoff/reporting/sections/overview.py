"""Several studies on one page: what each ran, and the verdicts on its claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from bakeoff.analysis.results import Results
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


@dataclass(frozen=True)
class Entry:
    """A study of the overview.

    Attributes:
        study: as declared.
        results: what is stored of it; None for nothing.
        apart: what tells it from others of its name, as `told_apart`.
        stem: the name of its page, without suffix.
    """

    study: Study
    results: Results | None
    apart: str
    stem: str

    @classmethod
    def of(cls, study: Study, results: Results | None) -> Entry:
        """Returns the entry of a study whose name no other has."""
        return cls(study, results, "", study.name)

    @property
    def name(self) -> str:
        """Its name, and what tells it from others."""
        return f"{self.study.name} ({self.apart})" if self.apart else self.study.name

    @property
    def href(self) -> str:
        """The address of its page."""
        return f"{self.stem}.html"

    @cached_property
    def page(self) -> Page | None:
        """Its results, as reports read them."""
        return None if self.results is None else Page(self.results)


def notices(entries: Sequence[Entry], broken: Sequence[tuple[str, str]]) -> tuple[Notice, ...]:
    """Returns the studies of which nothing is stored, and what could not be read.

    Args:
        entries: the studies.
        broken: names of studies or files, each with the error.
    """
    names = [entry.name for entry in entries if entry.results is None]
    notes = [f"The store holds no trial of {listed(names)}."] if names else []
    texts = [*(("Not run", text) for text in notes)]
    texts += [("Left out", f"{name}: {error}") for name, error in broken]
    return tuple(Notice("caution", title, text) for title, text in texts)


def opening(entries: Sequence[Entry]) -> str:
    """Returns how many studies and claims there are."""
    pages = [entry.page for entry in entries if entry.page is not None]
    claims = sum(len(page.verdicts) for page in pages)
    studies = "1 study" if len(pages) == 1 else f"{len(pages):,} studies"
    if not claims:
        return f"{studies}, without claims to judge."
    return (
        f"{studies}, {counted(claims, 'claim')}. New trials test each claim: it is supported, "
        "contradicted, or undecided after these rounds."
    )


def sections(entries: Sequence[Entry]) -> tuple[Section, ...]:
    """Returns the table of all studies, then the claims of each."""
    pages = [entry.page for entry in entries if entry.page is not None]
    judged = any(page.verdicts for page in pages)
    totals = (tally(pages, None),) if judged else ()
    claims = (_claims(entry, entry.page) for entry in entries if entry.page is not None)
    return (Section("studies", "Studies", (*totals, _table(entries, judged=judged))), *claims)


def _table(entries: Sequence[Entry], *, judged: bool) -> TableBlock:
    def reached(entry: Entry, outcome: Outcome) -> Number:
        verdicts = entry.page.verdicts if entry.page else ()
        is_known = bool(entry.page)
        number = sum(verdict.outcome == outcome for verdict in verdicts)
        return Number(number if is_known else None, "count")

    def trials(entry: Entry) -> str:
        results = entry.results
        if results is None:
            return share_of(0, entry.study.most_trials)
        ran, needed = results.answered, results.expected
        return share_of(ran, needed) if results.missing else f"{needed:,}"

    def best(entry: Entry) -> str | None:
        return entry.page.leaders.best if entry.page and entry.page.leaders else None

    titled = any(entry.study.title for entry in entries)
    return TableBlock.of(
        "studies",
        f"The studies{', and the outcomes of their claims' if judged else ''}",
        entries,
        (
            Column("Study", "text"),
            lambda entry: Link(entry.name, entry.href) if entry.results else entry.name,
        ),
        *([(Column("Title", "text"), lambda entry: entry.study.title or None)] if titled else []),
        *(
            (Column(capital(outcome)), partial(reached, outcome=outcome))
            for outcome in (OUTCOMES if judged else ())
        ),
        (Column("Trials"), trials),
        (Column("Best variant", "text"), best),
        (
            Column("Rounds"),
            lambda entry: Number((entry.results or entry).study.rounds, "count"),
        ),
        (
            Column("Computing"),
            lambda entry: duration(entry.results.seconds) if entry.results else None,
        ),
    )


def _claims(entry: Entry, page: Page) -> Section:
    results = page.results
    rows = tuple(
        Row((Link(verdict.claim.id, f"{entry.href}#claim-{place}"), *verdict_cells(verdict)))
        for place, verdict in enumerate(page.verdicts, start=1)
    )
    source = results.study.source and f"{results.study.source.rstrip('.')}."
    caption = " ".join(text for text in (source, untested(results)) if text)
    table = TableBlock(f"claims-{entry.stem}", caption, COLUMNS, rows)
    blocks = (tally([page], entry.href), table) if rows else ()
    title = notes.heading(results)
    title = f"{title} ({entry.apart})" if entry.apart else title
    return Section(entry.stem, title, (*notes.notices(results), *blocks))
