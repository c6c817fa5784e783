"""Two variants head to head as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from bakeoff.analysis.answers.agreement import Answered, Disagreement, Who
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.data.task import Task
from bakeoff.reporting.compare.strip_svg import strip_svg
from bakeoff.reporting.compare.words import (
    alone_words,
    duels_grid,
    facts,
    family_words,
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
from bakeoff.reporting.text.words import Scale
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
        strip_title=strip_title(found.metric, found.final.contrast.unit),
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
        f"{found.final.contrast.unit.capitalize()} {place + 1}: {difference(lead, found.metric)}"
        for place, lead in zip(found.final.rounds, found.final.leads, strict=True)
        if isfinite(lead)
    ]
    return strip_svg(strip, titles, above=FIRST.colour, below=SECOND.colour)


def _strip_words(found: HeadToHead) -> str:
    told, metric = found.final.evidence, found.metric
    rounds = counted(told.n, found.final.contrast.unit)
    text = f"A dot for each of {rounds}, in order from top to bottom"
    lost = told.n - sum(map(isfinite, found.final.leads))
    if lost:
        text += f", but for {lost} in which one diverged"
    if told.interval is None:
        return f"{text}."
    (low, high), scale = told.interval, Scale(metric)
    middle = difference(scale.within(told.estimate or 0.0), metric)
    return (
        f"{text}; below them the typical lead, {middle}, with "
        f"its 95% interval, "
        f"{difference(scale.within(low), metric)} to {difference(scale.within(high), metric)}."
    )


def _rounds_grid(found: HeadToHead) -> Grid:
    duel = found.final
    rows = zip(duel.rounds, duel.figures, duel.leads, strict=True)
    return Grid(
        caption=f"Test {found.metric.words}, final epoch{in_unit(found.metric)}, and leads",
        columns=(
            Column(duel.contrast.unit.capitalize(), "text"),
            Column("A"),
            Column("B"),
            Column("Lead of A"),
        ),
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
            "Typical lead",
            "The middle of the averages of all pairs of rounds. Its 95% interval holds what the "
            "signed-rank test does not reject: were all repeated many times, 95 in 100 such "
            "intervals would hold the typical lead. A round in which one diverged has the "
            "greatest lead of all.",
        ),
        (
            "p",
            "The chance of ranks at least as one-sided as those of the rounds' leads, were the "
            "sign of each a coin's; with fewer than 6 rounds there is none. "
            + (
                f"It is multiplied by {found.family:,}, for the pair is {family_words(found)}: "
                "who looks at many finds some by chance."
                if found.family > 1
                else "The two are the only pair."
            )
            + (
                " It is the p of the always-valid test, which allows a look after every round."
                if found.method != "signed_rank"
                else ""
            ),
        ),
        (
            "Rounds won",
            "In how many rounds A is the better. The interval of the share is that of Clopper and "
            "Pearson: of the chance that A wins one more round.",
        ),
        (
            "Effect size",
            "The mean lead in standard deviations of single rounds: at 1, A wins about five "
            "rounds in six.",
        ),
    ]
