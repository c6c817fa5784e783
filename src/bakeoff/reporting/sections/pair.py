"""Two variants head to head: the lead, and the examples on which only one is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isinf

from bakeoff.analysis.answers.agreement import Disagreement, GivenAnswer, Who
from bakeoff.analysis.statistics.binomial import share_interval
from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.head_to_head import Duel, HeadToHead
from bakeoff.claims.parts import Measured
from bakeoff.data.task import Task
from bakeoff.reporting.charts.leads import KEYS, leads
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Block,
    Card,
    Cell,
    Column,
    Gallery,
    Interval,
    Items,
    Number,
    Paragraph,
    Reply,
    Row,
    Section,
    TableBlock,
)
from bakeoff.reporting.sections.examples import answer_text, noun, pictures, truth_text
from bakeoff.reporting.text.cells import mean_cell, p_text
from bakeoff.reporting.text.numbers import (
    NOTHING,
    SELECTIONS,
    capital,
    counted,
    in_unit,
    measured_word,
    share_of,
)
from bakeoff.reporting.text.verdict_sentences import TESTS, leaf_words
from bakeoff.reporting.text.words import named

EXAMPLES = 4
"""The number of test examples that a terminal shows of those that only one gets right."""

SIDES: tuple[Who, ...] = ("first", "second")


def headline(pair: HeadToHead) -> str:
    """Returns the result of the shared rounds at the final epoch, in a sentence or two."""
    duel, contrast = pair.final, pair.final.contrast
    leaf = Measured(contrast, "above", duel.leads, duel.rounds, duel.evidence)
    holds = True if duel.decided else None
    if (duel.evidence.estimate or 0.0) < 0:
        # The sentence begins with the variant that is ahead.
        leads = tuple(-lead for lead in duel.leads)
        turned = replace(contrast, variants=contrast.variants[::-1])
        leaf = Measured(turned, "above", leads, duel.rounds, evidence(leads))
    what = f"{capital(measured_word(contrast.quantity, pair.metric))}: {leaf_words(leaf, holds)}"
    if duel.p is not None:
        # A result that is level in every round needs no p-value.
        tested = f"; {p_text(duel.adjusted)} {_family(pair)}" if any(duel.leads) else ""
        return f"{'' if duel.decided else 'Undecided. '}{what}{tested}."
    if len(duel.leads) < FEWEST:
        return f"{what}. Fewer than {FEWEST} {contrast.unit}s: no verdict is given."
    return f"{what}. The verdict comes when all rounds asked for have run."


def difference(page: Page) -> Section | None:
    """Returns the figures of a pair, and the tests."""
    if page.pair is None:
        return None
    return Section("difference", "Difference", (duels_table(page.pair),))


def by_round(page: Page) -> Section | None:
    """Returns the chart of the leads and each round's figures; None without a shared round."""
    figure = leads(page.pair, rounds_table(page.pair)) if page.pair else None
    return Section("rounds", figure.title, (figure,)) if figure else None


def rounds_brief(page: Page) -> Section | None:
    """Returns the figures of each round for a terminal."""
    pair = page.pair
    if pair is None or not pair.final.rounds:
        return None
    return Section("rounds", f"Each {pair.final.contrast.unit}", (rounds_table(pair),))


def agreement(page: Page, *, brief: bool = False) -> Section | None:
    """Returns how many test examples each gets right, and some on which only one is right.

    The brief section gives a few of these, in a line each.
    """
    pair, task = page.pair, page.results.study.task
    table = fourfold_table(pair) if pair else None
    if pair is None or table is None:
        return None
    blocks: list[Block] = [table]
    for side in SIDES:
        examples = [each for each in pair.agreement.disagreements if each.right == side]
        examples = examples[:EXAMPLES] if brief else examples
        if examples:
            blocks.append(Paragraph(_alone(pair, examples)))
            blocks.append(
                Items(tuple(_example(each, task) for each in examples))
                if brief
                else Gallery(tuple(_card(each, task) for each in examples))
            )
    return Section("agreement", "Agreement", tuple(blocks))


def agreement_brief(page: Page) -> Section | None:
    """Returns the agreement for a terminal."""
    return agreement(page, brief=True)


def duels_table(pair: HeadToHead) -> TableBlock:
    """Returns the figures and the tests, with a column for each way to choose the epoch."""
    metric, unit = pair.metric, pair.final.contrast.unit.capitalize()
    points = ", points" if metric.unit == "%" else ""
    rows: list[tuple[str, Callable[[Duel], Cell]]] = [
        (f"{unit}s compared", lambda duel: Number(duel.evidence.n, "count")),
        ("A, mean (sd)", lambda duel: mean_cell(duel.first, metric)),
        ("B, mean (sd)", lambda duel: mean_cell(duel.second, metric)),
        (
            f"Typical lead of A{points}",
            lambda duel: Number(duel.evidence.estimate, "difference", metric),
        ),
        ("95% interval", lambda duel: Interval(duel.evidence.interval, "difference", metric)),
        (f"p, {TESTS[pair.method]}", lambda duel: Number(duel.p, "p")),
        (f"p, {_family(pair)}", lambda duel: Number(duel.adjusted, "p")),
        ("Mean lead of A", lambda duel: Number(duel.evidence.mean, "difference", metric)),
        ("95% t-interval", lambda duel: Interval(duel.evidence.t_interval, "difference", metric)),
        (f"{unit}s won by A", _won),
        ("Share won, 95% interval", _share),
        ("Effect size d", lambda duel: Number(duel.evidence.effect, "effect")),
    ]
    return TableBlock(
        "duels",
        f"A is {named(pair.first)}, B is {named(pair.second)}. Test {metric.words}"
        f"{in_unit(metric)}, over the {unit.lower()}s that both have run",
        (
            Column("", "text"),
            *(Column(SELECTIONS[d.contrast.quantity.selection].capitalize()) for d in pair.duels),
        ),
        tuple(Row((name, *(cell(duel) for duel in pair.duels))) for name, cell in rows),
    )


def rounds_table(pair: HeadToHead) -> TableBlock:
    """Returns the figures of both in each round, and the lead of A."""
    duel, metric = pair.final, pair.metric
    return TableBlock(
        "rounds",
        f"Test {metric.words}, final epoch{in_unit(metric)}, and leads",
        (
            Column(duel.contrast.unit.capitalize(), "text"),
            Column("A"),
            Column("B"),
            Column("Lead of A"),
        ),
        tuple(
            Row(
                (
                    str(place + 1),
                    *("diverged" if isinf(v) else Number(v, metric=metric) for v in figures),
                    Number(lead, "difference", metric),
                )
            )
            for place, figures, lead in zip(duel.rounds, duel.figures, duel.leads, strict=True)
        ),
    )


def fourfold_table(pair: HeadToHead) -> TableBlock | None:
    """Returns how many test examples each gets right, None if they share no round."""
    mean = pair.agreement.mean
    if mean is None:
        return None
    n = len(pair.agreement.rounds)
    where, decimals = (f"mean of {n:,} rounds", 1) if n > 1 else ("in 1 round", 0)
    both, first, second, neither = (
        f"{value:,.{decimals}f}" for value in (mean.both, mean.first, mean.second, mean.neither)
    )
    return TableBlock(
        "agreement",
        f"Who is right on the {mean.examples:,.0f} test {noun(pair.results.study.task)}s, {where}",
        (Column("", "text"), Column("B right"), Column("B wrong")),
        (Row(("A right", both, first)), Row(("A wrong", second, neither))),
    )


def _family(pair: HeadToHead) -> str:
    """Returns the number of comparisons tested together, in words."""
    if pair.family == 1:
        return "alone"
    return f"as one of {counted(pair.family, 'claim' if pair.named else 'pair')}"


def _alone(pair: HeadToHead, shown: Sequence[Disagreement]) -> str:
    """Returns how often only one of the two was right, and which of these examples are shown."""
    letter = "A" if shown[0].right == "first" else "B"
    alone = sum(getattr(fourfold, shown[0].right) for fourfold in pair.agreement.rounds)
    rounds = counted(len(pair.agreement.rounds), "round")
    orders = []
    if any(example.tested > 1 for example in shown):
        orders.append("this happened in the most rounds")
    if any(example.first.probability is not None for example in shown):
        orders.append("both were most certain of opposite answers")
    where = f" where {', then where '.join(orders)}" if orders else ""
    return (
        f"In {rounds} only {letter} was right {counted(int(alone), 'time')}. Shown: "
        f"{counted(len(shown), noun(pair.results.study.task))}{where}."
    )


def _won(duel: Duel) -> str:
    wins = duel.evidence.wins
    if not wins.rounds:
        return NOTHING
    return f"{share_of(wins.won, wins.rounds)}{f', {wins.tied} tied' if wins.tied else ''}"


def _share(duel: Duel) -> str:
    wins = duel.evidence.wins
    if wins.rounds < FEWEST:
        return NOTHING
    low, high = share_interval(wins.won, wins.rounds) or (0.0, 1.0)
    return f"{wins.won / wins.rounds:.0%} ({low:.0%} to {high:.0%})"


def _example(example: Disagreement, task: Task) -> str:
    replies = (
        f"{letter} {answer_text(task, reply.answer, example.classes)}"
        + ("" if reply.probability is None else f" {reply.probability:.0%}")
        for letter, reply in (("A", example.first), ("B", example.second))
    )
    return f"{truth_text(task, example)}: {', '.join(replies)} (round {example.round + 1})"


def _card(example: Disagreement, task: Task) -> Card:
    where = f"Round {example.round + 1}"
    if example.tested > 1:
        where += f"; the same in {example.times} of {example.tested} rounds"
    replies = tuple(
        Reply(
            answer_text(task, reply.answer, example.classes),
            _detail(reply, example.classes),
            example.right == side,
            letter,
            style,
        )
        for letter, style, side, reply in zip(
            "AB", KEYS.values(), SIDES, (example.first, example.second), strict=True
        )
    )
    return Card(pictures(task, example), truth_text(task, example), where, replies)


def _detail(reply: GivenAnswer, classes: tuple[str, ...]) -> str:
    parts = []
    if reply.probability is not None:
        parts.append(f"{reply.probability:.0%}")
    if reply.digits is not None:
        parts.append(f"read {', '.join(classes[digit] for digit in reply.digits)}")
    return ", ".join(parts)
