"""Two variants head to head as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bakeoff.analysis.answers.agreement import Answered, Disagreement, Who
from bakeoff.analysis.head_to_head import HeadToHead
from bakeoff.data.task import Task
from bakeoff.reporting.compare.strip_svg import strip_svg
from bakeoff.reporting.compare.words import (
    alone_words,
    duels_grid,
    facts,
    fourfold_grid,
    headline,
    lead_strip,
    remarks,
    strip_title,
)
from bakeoff.reporting.gallery import Card, Reply, answer_text, noun, pictures, truth_text
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.palette import DARK, LIGHT, Style
from bakeoff.reporting.templating import environment
from bakeoff.reporting.wording import counted, difference, differences_in, in_unit, number

FIRST, SECOND = Style(0, ()), Style(1, ())
"""How A and B are told apart."""


@dataclass(frozen=True)
class Entry:
    """A variant as the page names it."""

    letter: str
    name: str
    facts: str
    style: Style


@dataclass(frozen=True)
class Gallery:
    """The examples that one of them alone gets right."""

    title: str
    text: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Page:
    """What the template shows."""

    study: str
    title: str
    opening: str
    entries: tuple[Entry, Entry]
    remarks: list[str]
    duels: Grid
    strip: str
    strip_title: str
    strip_words: str
    rounds: Grid
    noun: str
    fourfold: Grid | None
    galleries: tuple[Gallery, ...]
    methods: list[tuple[str, str]]
    store: str


def as_page(found: HeadToHead) -> str:
    """Return the page."""
    template = environment().get_template("compare.html.j2")
    return template.render(page=_page(found), light=LIGHT.variables(), dark=DARK.variables())


def _page(found: HeadToHead) -> Page:
    return Page(
        study=found.study,
        title=f"{found.first.name} against {found.second.name}",
        opening=headline(found),
        entries=(
            Entry("A", found.first.name, facts(found.first), FIRST),
            Entry("B", found.second.name, facts(found.second), SECOND),
        ),
        remarks=remarks(found),
        duels=duels_grid(found),
        strip=_strip(found),
        strip_title=strip_title(found.metric),
        strip_words=_strip_words(found),
        rounds=_rounds_grid(found),
        noun=noun(found.task),
        fourfold=fourfold_grid(found),
        galleries=tuple(_galleries(found)),
        methods=method_notes(found),
        store=found.store,
    )


def _strip(found: HeadToHead) -> str:
    strip = lead_strip(found)
    if strip is None:
        return ""
    titles = [
        f"Round {place + 1}: {difference(lead, found.metric)}"
        for place, lead in zip(found.final.rounds, found.final.leads, strict=True)
    ]
    return strip_svg(strip, titles, above=FIRST.colour, below=SECOND.colour)


def _strip_words(found: HeadToHead) -> str:
    told, metric = found.final.evidence, found.metric
    text = f"A dot for each of {counted(told.n, 'round')}, in order from top to bottom"
    if told.interval is None:
        return f"{text}."
    low, high = told.interval
    return (
        f"{text}; below them the mean, {difference(told.mean, metric)}, with its 95% interval, "
        f"{difference(low, metric)} to {difference(high, metric)}."
    )


def _rounds_grid(found: HeadToHead) -> Grid:
    duel = found.final
    rows = zip(duel.rounds, duel.figures, duel.leads, strict=True)
    return Grid(
        caption=f"Test {found.metric.words}, final epoch{in_unit(found.metric)}, and leads",
        columns=(Column("Round", "text"), Column("A"), Column("B"), Column("Lead of A")),
        rows=tuple(
            (
                str(place + 1),
                number(first, found.metric),
                number(second, found.metric),
                difference(lead, found.metric),
            )
            for place, (first, second), lead in rows
        ),
    )


def _galleries(found: HeadToHead) -> Iterable[Gallery]:
    sides: tuple[tuple[Who, str], ...] = (("first", "A"), ("second", "B"))
    for who, letter in sides:
        shown = [one for one in found.agreement.disagreements if one.right == who]
        if shown:
            yield Gallery(
                title=f"Only {letter} is right",
                text=alone_words(found, shown),
                cards=tuple(_card(one, found.task) for one in shown),
            )


def _card(one: Disagreement, task: Task) -> Card:
    where = f"Round {one.round + 1}"
    if one.tested > 1:
        where += f"; so in {one.times} of {one.tested} rounds"
    right = one.right == "first"

    def reply(letter: str, style: Style, given: Answered, *, right: bool) -> Reply:
        answer = answer_text(task, given.answer, one.classes)
        return Reply(answer, _detail(given, one.classes), right, letter, style)

    return Card(
        images=pictures(task, one),
        truth=truth_text(task, one),
        where=where,
        replies=(
            reply("A", FIRST, one.first, right=right),
            reply("B", SECOND, one.second, right=not right),
        ),
    )


def _detail(given: Answered, classes: tuple[str, ...]) -> str:
    parts = []
    if given.probability is not None:
        parts.append(f"{given.probability:.0%}")
    if given.digits is not None:
        parts.append(f"read {', '.join(classes[digit] for digit in given.digits)}")
    return ", ".join(parts)


def method_notes(found: HeadToHead) -> list[tuple[str, str]]:
    """Return what each statistic means, as terms and two sentences each."""
    metric = found.metric
    better = "higher" if metric.direction == "higher" else "lower"
    unit = f"In {differences_in(metric)}, by how much" if metric.unit else "By how much"
    return [
        (
            "Lead of A",
            f"{unit} the {metric.words} of A is {better} than that of B in the same "
            "round; below 0, B is the better. Both see the same examples in a round, so that what "
            "is hard or easy about them cancels out.",
        ),
        (
            "95% intervals",
            "Of the mean lead over endlessly many rounds: were all repeated many times, 95 in 100 "
            "such intervals would hold it. The t-interval takes leads to be normally distributed; "
            "the bootstrap (BCa) draws the rounds again instead, and is too narrow for few.",
        ),
        (
            "p, permutation test",
            "The chance of a mean lead at least as far from 0, were the two the same and the sign "
            "of each round's lead a coin's. It is exact for any distribution, and cannot fall "
            "below 5% with fewer than 6 rounds.",
        ),
        (
            "p, paired t-test",
            "The same chance where leads are normally distributed. Both are of this one "
            "comparison: who looks at many, and tells of the best, must ask for smaller ones.",
        ),
        (
            "Rounds won",
            "In how many rounds A is the better, ties counted half in the share. Its interval is "
            "Wilson's: of the chance that A wins one more round.",
        ),
        (
            "Effect size",
            "The mean lead in standard deviations of single rounds: at 1, A wins about five "
            "rounds in six. The corrected one is smaller, for few rounds flatter it.",
        ),
        (
            "Rounds to settle it",
            "With how many rounds altogether a paired t-test at 5% would tell the two apart in 8 "
            "of 10 such studies. It takes the lead and the spread seen here to be the true ones, "
            "and so is a plan, not a finding.",
        ),
    ]
