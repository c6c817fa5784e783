"""Two variants head to head: the lead, and the examples on which only one is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import isinf

from bakeoff.analysis.answers.agreement import Disagreement, GivenAnswer, Who
from bakeoff.analysis.statistics.binomial import share_interval
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.claims.head_to_head import Duel, HeadToHead
from bakeoff.data.task import Task
from bakeoff.reporting.charts.leads import KEYS, leads
from bakeoff.reporting.section import (
    Block,
    Card,
    Cell,
    Column,
    Gallery,
    Interval,
    Items,
    Notice,
    Number,
    Paragraph,
    Reply,
    Row,
    Section,
    TableBlock,
    Terms,
)
from bakeoff.reporting.sections.examples import answer_text, noun, pictures, truth_text
from bakeoff.reporting.text.cells import mean_cell, p_text
from bakeoff.reporting.text.numbers import (
    NOTHING,
    SELECTIONS,
    apart,
    counted,
    differences_in,
    in_unit,
    number,
    share_of,
    spans,
)
from bakeoff.reporting.text.verdict_sentences import TESTS, diverging_words
from bakeoff.reporting.text.words import Printing, named

EXAMPLES = 4
"""The number of test examples that a terminal shows of those that only one gets right."""

SIDES: tuple[Who, ...] = ("first", "second")


def notices(pair: HeadToHead) -> tuple[Notice, ...]:
    """Returns which rounds are left out, which a reader must know before the numbers."""
    return tuple(Notice("caution", title, text) for title, text in _remarks(pair))


def headline(pair: HeadToHead) -> str:
    """Returns the result of the shared rounds at the final epoch, in a sentence or two."""
    duel = pair.final
    if duel.evidence.estimate is None:
        both = f"{named(pair.first.name)} and {named(pair.second.name)}"
        what = f"a test {pair.metric.words}"
        return f"There is no {duel.contrast.unit} in which both {both} have {what}."
    if not any(duel.leads):
        return f"{_level(pair)}."
    lead = _lead(pair)
    if duel.p is None:
        if duel.evidence.n < FEWEST:
            return f"{lead}. Fewer than {FEWEST} {duel.contrast.unit}s: no verdict is given."
        return f"{lead}. The verdict comes when all rounds asked for have run."
    p = p_text(duel.adjusted).replace(" ", "\N{NO-BREAK SPACE}")
    evidence = f" (95% interval {_ends(duel)}; {p} {_family(pair)})"
    return f"{lead}{evidence}." if duel.decided else f"Undecided: {lead}{evidence}."


def difference(pair: HeadToHead) -> Section:
    """Returns the two variants, their figures, and the tests."""
    return Section("difference", "Difference", (_contenders(pair), duels_table(pair)))


def by_round(pair: HeadToHead) -> Section | None:
    """Returns the chart of the leads and each round's figures; None without a shared round."""
    figure = leads(pair, rounds_table(pair))
    return None if figure is None else Section("rounds", _title(pair), (figure,))


def rounds_brief(pair: HeadToHead) -> Section | None:
    """Returns the figures of each round for a terminal."""
    return Section("rounds", _title(pair), (rounds_table(pair),)) if pair.final.rounds else None


def agreement(pair: HeadToHead, *, brief: bool = False) -> Section | None:
    """Returns how many test examples each gets right, and some on which only one is right.

    The brief section gives a few of these, in a line each.
    """
    table = fourfold_table(pair)
    if table is None:
        return None
    blocks: list[Block] = [table]
    for side in SIDES:
        examples = [each for each in pair.agreement.disagreements if each.right == side]
        examples = examples[:EXAMPLES] if brief else examples
        if examples:
            blocks.append(Paragraph(_alone(pair, examples)))
            blocks.append(
                Items(tuple(_example(each, pair.task) for each in examples))
                if brief
                else Gallery(tuple(_card(each, pair.task) for each in examples))
            )
    return Section("agreement", "Agreement", tuple(blocks))


def method(pair: HeadToHead) -> Section:
    """Returns what each statistic means."""
    return Section("method", "Reading the numbers", (Terms(_method(pair), long=True),))


WHOLE: tuple[Callable[[HeadToHead], Section | None], ...] = (
    difference,
    by_round,
    agreement,
    method,
)
BRIEF: tuple[Callable[[HeadToHead], Section | None], ...] = (
    difference,
    rounds_brief,
    partial(agreement, brief=True),
)


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
        f"Test {metric.words}{in_unit(metric)}, over the {unit.lower()}s that both have run",
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
        f"Who is right on the {mean.examples:,.0f} test {noun(pair.task)}s, {where}",
        (Column("", "text"), Column("B right"), Column("B wrong")),
        (Row(("A right", both, first)), Row(("A wrong", second, neither))),
    )


def _title(pair: HeadToHead) -> str:
    points = ", in points" if pair.metric.unit == "%" else ""
    return f"Lead of A in each {pair.final.contrast.unit}{points}"


def _contenders(pair: HeadToHead) -> TableBlock:
    names = [f"A  {pair.first.name}", f"B  {pair.second.name}"]
    return TableBlock(
        "variants",
        "The two variants",
        (Column("Variant", "text"), Column("Parameters"), Column("s/trial")),
        tuple(
            Row((name, Number(each.parameters, "count"), Number(each.seconds, "seconds")))
            for name, each in zip(names, (pair.first, pair.second), strict=True)
        ),
        dict(zip(names, KEYS.values(), strict=True)),
    )


def _family(pair: HeadToHead) -> str:
    """Returns the number of comparisons tested together, in words."""
    if pair.family == 1:
        return "alone"
    return f"as one of {counted(pair.family, 'claim' if pair.named else 'pair')}"


def _remarks(pair: HeadToHead) -> Iterator[tuple[str, str]]:
    if pair.label:
        yield "Changed run", f"This is not the study as declared: {pair.label}."
    first, second = ("A", pair.first), ("B", pair.second)
    if pair.same_trials:
        yield (
            "One network",
            "A and B are one network, trained in the same way under two names: they share each "
            "trial.",
        )
    if pair.first.rounds != pair.second.rounds:
        few, many = sorted((first, second), key=lambda side: side[1].rounds)
        yield (
            "Uneven rounds",
            f"{few[0]} is trained for {counted(few[1].rounds, 'round')} and {many[0]} for "
            f"{many[1].rounds:,}: only the rounds of {few[0]} are compared.",
        )
    for letter, contender in (first, second):
        missing = [place for place in contender.missing if place < pair.rounds]
        if missing:
            yield (
                "Incomplete",
                f"Not run yet for {letter}, and left out: round{'s' * (len(missing) > 1)} "
                f"{spans(missing)}.",
            )
        diverged = [place for place in contender.diverged if place < pair.rounds]
        if diverged:
            yield (
                "Diverged",
                f"{letter} diverged in round{'s' * (len(diverged) > 1)} {spans(diverged)}: the "
                "trial counts as worse than any other and is in no mean.",
            )


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
        f"{counted(len(shown), noun(pair.task))}{where}."
    )


def _level(pair: HeadToHead) -> str:
    """Returns the words for two variants that are level in every round."""
    n, unit = pair.final.evidence.n, pair.final.contrast.unit
    rounds = f"the 1 shared {unit}" if n == 1 else f"each of {n:,} shared {unit}s"
    names = f"{named(pair.first.name)} and {named(pair.second.name)}"
    return f"{names} have the same test {pair.metric.words} in {rounds}"


def _lead(pair: HeadToHead) -> str:
    """Returns which variant is typically ahead, and by how much."""
    duel, metric = pair.final, pair.metric
    ahead, behind = named(pair.first.name), named(pair.second.name)
    estimate = duel.evidence.estimate or 0.0
    if isinf(estimate):
        verb = "beats" if duel.decided else "is ahead of"
        return diverging_words(duel.contrast, duel.leads, verb)
    where = f"test {metric.words} in {counted(duel.evidence.n, f'shared {duel.contrast.unit}')}"
    lead = Printing(metric).within(abs(estimate))
    size = apart(lead, metric)
    if not number(lead, metric).strip("0."):
        return f"{ahead} and {behind} are level in {where}"
    if estimate < 0:
        ahead, behind = behind, ahead
    if duel.decided:
        return f"{ahead} beats {behind} by {size} of {where}"
    chance = ", which chance could explain" if duel.p is not None and duel.p > ALPHA else ""
    return f"{ahead} is ahead of {behind} by {size} of {where}{chance}"


def _ends(duel: Duel) -> str:
    """Returns the interval of the lead of the variant that is ahead."""
    metric = duel.contrast.metric
    low, high = duel.evidence.interval or (0.0, 0.0)
    low, high = (-high, -low) if (duel.evidence.estimate or 0.0) < 0 else (low, high)
    return f"{number(low, metric)} to {number(high, metric)}"


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


def _method(pair: HeadToHead) -> tuple[tuple[str, str], ...]:
    metric = pair.metric
    better = "higher" if metric.direction == "higher" else "lower"
    unit = f"The {differences_in(metric)} by which" if metric.unit else "The amount by which"
    return (
        (
            "Lead of A",
            f"{unit} the {metric.words} of A is {better} than that of B in the same "
            "round; below 0, B is better. Both see the same examples in a round, so that what "
            "makes these hard or easy cancels out.",
        ),
        (
            "Typical lead",
            "The middle of the averages of all pairs of rounds. Its 95% interval holds what the "
            "signed-rank test does not reject: if everything were repeated many times, 95 in 100 "
            "of these intervals would hold the typical lead. A round in which one of the two "
            "diverged has the greatest lead of all.",
        ),
        (
            "p",
            "The chance of ranks at least as one-sided as those of the rounds' leads, if each sign "
            "were a coin toss. There is no p for fewer than 6 rounds. "
            + (
                f"It is multiplied by {pair.family:,}, for the pair is tested {_family(pair)}: "
                "among many tests some are significant by chance."
                if pair.family > 1
                else "The two are the only pair."
            )
            + (
                " It is the p of the always-valid test, which allows a look after every round."
                if pair.method != "signed_rank"
                else ""
            ),
        ),
        (
            "Rounds won",
            "The number of rounds in which A is better. The interval of the share is that of "
            "Clopper and Pearson, for the chance that A wins one more round.",
        ),
        (
            "Effect size",
            "The mean lead in standard deviations of single rounds: at 1, A wins about five "
            "rounds in six.",
        ),
    )
