"""The page over several studies: what each was, and what its numbers allow one to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.claims.verdicts import Outcome
from bakeoff.reporting.judgements import SYMBOLS, Judgement, judgements, untested
from bakeoff.reporting.palette import DARK, LIGHT
from bakeoff.reporting.prose import Notice, heading, notices
from bakeoff.reporting.templating import environment
from bakeoff.reporting.wording import counted, duration
from bakeoff.study.study import Study


@dataclass(frozen=True)
class Line:
    """A claim, and where on its study's page it stands."""

    href: str
    judged: Judgement


@dataclass(frozen=True)
class Entry:
    """A study of which something has run.

    Attributes:
        name: its name, which is also where on the index it stands.
        title: its title, or again its name.
        source: where its claims come from; maybe empty.
        href: its page, beside the index.
        trials: how many have run.
        rounds: how many each variant runs for.
        seconds: what its trials took.
        notices: what stands between its numbers and the study as declared.
        untested: how many claims the run cannot test, in words; maybe empty.
        lines: its claims, in order.
    """

    name: str
    title: str
    source: str
    href: str
    trials: str
    rounds: str
    seconds: str
    notices: list[Notice]
    untested: str
    lines: tuple[Line, ...]

    def of(self, outcome: Outcome) -> list[Line]:
        """Return the claims of one outcome."""
        return [line for line in self.lines if line.judged.outcome == outcome]


@dataclass(frozen=True)
class Index:
    """What the template shows."""

    heading: str
    opening: str
    entries: tuple[Entry, ...]
    not_run: tuple[Study, ...]
    symbols: dict[Outcome, str]

    def total(self, outcome: Outcome) -> int:
        """Return how many claims of all studies have an outcome."""
        return sum(len(entry.of(outcome)) for entry in self.entries)


def as_index(studies: Sequence[tuple[Study, Results | None]]) -> str:
    """Return the page over studies, which links to theirs: ``NAME.html``, in the same folder.

    Args:
        studies: each with its results, or None where nothing of it has run.
    """
    template = environment().get_template("index.html.j2")
    return template.render(page=_page(studies), light=LIGHT.variables(), dark=DARK.variables())


def _page(studies: Sequence[tuple[Study, Results | None]]) -> Index:
    entries = tuple(_entry(results) for _, results in studies if results is not None)
    return Index(
        heading="What the numbers allow one to say"
        if any(entry.lines for entry in entries)
        else "Studies",
        opening=_opening(entries),
        entries=entries,
        not_run=tuple(study for study, results in studies if results is None),
        symbols=SYMBOLS,
    )


def _opening(entries: Iterable[Entry]) -> str:
    told = list(entries)
    claims = sum(len(entry.lines) for entry in told)
    words = "1 study" if len(told) == 1 else f"{len(told):,} studies"
    if not claims:
        return f"{words}, without claims to judge."
    return (
        f"{words}, {counted(claims, 'claim')}. Each claim is held against trials that "
        "were run anew: supported, contradicted, or left undecided by so many rounds."
    )


def _entry(results: Results) -> Entry:
    study = results.study
    href = f"{study.name}.html"
    judged = judgements(results)
    return Entry(
        name=study.name,
        title=heading(results),
        source=study.source,
        href=href,
        trials=f"{results.answered:,} of {results.expected:,}"
        if results.missing
        else f"{results.expected:,}",
        rounds=f"{study.rounds:,}",
        seconds=duration(results.seconds),
        notices=notices(results),
        untested=untested(results),
        lines=tuple(Line(f"{href}#claim-{n}", one) for n, one in enumerate(judged, start=1)),
    )
