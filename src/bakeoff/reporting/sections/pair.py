"""Two variants head to head: the lead, and the examples on which only one is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isinf

from bakeoff.analysis.answers.agreement import Disagreement, GivenAnswer, Who
from bakeoff.analysis.statistics.binomial import share_interval
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.claims.head_to_head import Contender, Duel, HeadToHead
from bakeoff.data.metric import Metric
from bakeoff.data.task import Task
from bakeoff.reporting.charts.leads import KEYS, leads
from bakeoff.reporting.palette import Style
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
    Table,
    Terms,
)
from bakeoff.reporting.sections.examples import answer_text, noun, pictures, truth_text
from bakeoff.reporting.sections.results import count, measured
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.numbers import (
    NOTHING,
    SELECTIONS,
    apart,
    counted,
    differences_in,
    in_unit,
    listed,
    number,
    share_of,
    spans,
)
from bakeoff.reporting.text.verdicts import TESTS, diverging_words
from bakeoff.reporting.text.words import Printing, named

FIRST, SECOND = KEYS.values()
"""The colours and dashes of A and B."""

EXAMPLES = 4
"""The number of test examples that a terminal shows of those that only one gets right."""

SIDES: tuple[Who, ...] = ("first", "second")


def notices(found: HeadToHead) -> tuple[Notice, ...]:
    """Returns which rounds are left out, which a reader must know before the numbers."""
    return tuple(Notice("caution", title, text) for title, text in _remarks(found))


def headline(found: HeadToHead) -> str:
    """Returns the result of the shared rounds at the final epoch, in a sentence or two."""
    duel = found.final
    if duel.evidence.estimate is None:
        both = f"{named(found.first.name)} and {named(found.second.name)}"
        what = f"a test {found.metric.words}"
        return f"There is no {duel.contrast.unit} in which both {both} have {what}."
    if not any(duel.leads):
        return f"{_level(found)}."
    lead = _lead(found)
    if duel.p is None:
        if duel.evidence.n < FEWEST:
            return f"{lead}. Fewer than {FEWEST} {duel.contrast.unit}s: no verdict is given."
        return f"{lead}. The verdict comes when all rounds asked for have run."
    told = f" (95% interval {_ends(duel)}; {_p(duel)} {_family(found)})"
    return f"{lead}{told}." if duel.decided else f"Undecided: {lead}{told}."


def difference(found: HeadToHead) -> Section:
    """Returns the two variants, their figures, and the tests."""
    blocks = (_contenders(found), duels_table(found))
    return Section("difference", "Difference", blocks)


def by_round(found: HeadToHead) -> Section | None:
    """Returns the chart of the leads and each round's figures; None without a shared round."""
    figure = leads(found, rounds_table(found))
    return None if figure is None else Section("rounds", _title(found), (figure,))


def rounds_brief(found: HeadToHead) -> Section | None:
    """Returns the figures of each round for a terminal."""
    return Section("rounds", _title(found), (rounds_table(found),)) if found.final.rounds else None


def agreement(found: HeadToHead) -> Section | None:
    """Returns how many test examples each gets right, and some on which only one is right."""

    def shown(examples: Sequence[Disagreement]) -> tuple[Block, ...]:
        cards = tuple(_card(one, found.task) for one in examples)
        return (Paragraph(_alone(found, examples)), Gallery(cards))

    return _agreement(found, shown)


def agreement_brief(found: HeadToHead) -> Section | None:
    """Returns the same for a terminal: a few examples, in a line each."""

    def shown(examples: Sequence[Disagreement]) -> tuple[Block, ...]:
        few = examples[:EXAMPLES]
        lines = tuple(_example(one, found.task) for one in few)
        return (Paragraph(_alone(found, few)), Items(lines))

    return _agreement(found, shown)


def method(found: HeadToHead) -> Section:
    """Returns what each statistic means."""
    return Section("method", "Reading the numbers", (Terms(_method(found), long=True),))


WHOLE: tuple[Callable[[HeadToHead], Section | None], ...] = (
    difference,
    by_round,
    agreement,
    method,
)
BRIEF: tuple[Callable[[HeadToHead], Section | None], ...] = (
    difference,
    rounds_brief,
    agreement_brief,
)


def duels_table(found: HeadToHead) -> Table:
    """Returns the figures and the tests, with a column for each way to choose the epoch."""
    metric, unit = found.metric, found.final.contrast.unit.capitalize()
    points = ", points" if metric.unit == "%" else ""
    rows: list[tuple[str, Callable[[Duel], Cell]]] = [
        (f"{unit}s compared", lambda duel: count(duel.evidence.n)),
        ("A, mean (sd)", lambda duel: measured(duel.first, metric)),
        ("B, mean (sd)", lambda duel: measured(duel.second, metric)),
        (
            f"Typical lead of A{points}",
            lambda duel: Number(duel.evidence.estimate, "difference", metric),
        ),
        ("95% interval", lambda duel: Interval(duel.evidence.interval, "difference", metric)),
        (f"p, {TESTS[found.method]}", lambda duel: Number(duel.p, "p")),
        (f"p, {_family(found)}", lambda duel: Number(duel.adjusted, "p")),
        ("Mean lead of A", lambda duel: Number(duel.evidence.mean, "difference", metric)),
        ("95% t-interval", lambda duel: Interval(duel.evidence.t_interval, "difference", metric)),
        (f"{unit}s won by A", _won),
        ("Share won, 95% interval", _share),
        ("Effect size d", lambda duel: Number(duel.evidence.effect, "effect")),
    ]
    return Table(
        "duels",
        f"Test {metric.words}{in_unit(metric)}, over the {unit.lower()}s that both have run",
        (
            Column("", "text"),
            *(Column(SELECTIONS[d.contrast.quantity.selection].capitalize()) for d in found.duels),
        ),
        tuple(Row((name, *(cell(duel) for duel in found.duels))) for name, cell in rows),
    )


def rounds_table(found: HeadToHead) -> Table:
    """Returns the figures of both in each round, and the lead of A."""
    duel, metric = found.final, found.metric
    return Table(
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
                    _figure(first, metric),
                    _figure(second, metric),
                    Number(lead, "difference", metric),
                )
            )
            for place, (first, second), lead in zip(
                duel.rounds, duel.figures, duel.leads, strict=True
            )
        ),
    )


def fourfold_table(found: HeadToHead) -> Table | None:
    """Returns how many test examples each gets right, None if they share no round."""
    mean = found.agreement.mean
    if mean is None:
        return None
    n = len(found.agreement.rounds)
    where = f"mean of {n:,} rounds" if n > 1 else "in 1 round"
    decimals = 1 if n > 1 else 0

    def examples(value: float) -> str:
        return f"{value:,.{decimals}f}"

    return Table(
        "agreement",
        f"Who is right on the {mean.examples:,.0f} test {noun(found.task)}s, {where}",
        (Column("", "text"), Column("B right"), Column("B wrong")),
        (
            Row(("A right", examples(mean.both), examples(mean.first))),
            Row(("A wrong", examples(mean.second), examples(mean.neither))),
        ),
    )


def _agreement(
    found: HeadToHead, shown: Callable[[Sequence[Disagreement]], tuple[Block, ...]]
) -> Section | None:
    table = fourfold_table(found)
    if table is None:
        return None
    sides = ([one for one in found.agreement.disagreements if one.right == who] for who in SIDES)
    examples = (block for side in sides if side for block in shown(side))
    return Section("agreement", "Agreement", (table, *examples))


def _title(found: HeadToHead) -> str:
    points = ", in points" if found.metric.unit == "%" else ""
    return f"Lead of A in each {found.final.contrast.unit}{points}"


def _contenders(found: HeadToHead) -> Table:
    def row(letter: str, one: Contender) -> Row:
        return Row((f"{letter}  {one.name}", count(one.parameters), Number(one.seconds, "seconds")))

    return Table(
        "variants",
        "The two variants",
        (Column("Variant", "text"), Column("Parameters"), Column("s/trial")),
        (row("A", found.first), row("B", found.second)),
        {f"A  {found.first.name}": FIRST, f"B  {found.second.name}": SECOND},
    )


def _family(found: HeadToHead) -> str:
    """Returns the number of comparisons tested together, in words."""
    if found.family == 1:
        return "alone"
    return f"as one of {counted(found.family, 'claim' if found.named else 'pair')}"


def _remarks(found: HeadToHead) -> Iterator[tuple[str, str]]:
    if found.label:
        yield "Changed run", f"This is not the study as declared: {found.label}."
    first, second = ("A", found.first), ("B", found.second)
    if found.same_trials:
        yield (
            "One network",
            "A and B are one network, trained in the same way under two names: they share each "
            "trial.",
        )
    if found.first.rounds != found.second.rounds:
        few, many = sorted((first, second), key=lambda one: one[1].rounds)
        yield (
            "Uneven rounds",
            f"{few[0]} is trained for {counted(few[1].rounds, 'round')} and {many[0]} for "
            f"{many[1].rounds:,}: only the rounds of {few[0]} are compared.",
        )
    for letter, contender in (first, second):
        missing = [place for place in contender.missing if place < found.rounds]
        if missing:
            yield (
                "Incomplete",
                f"Not run yet for {letter}, and left out: round{'s' * (len(missing) > 1)} "
                f"{spans(missing)}.",
            )
        diverged = [place for place in contender.diverged if place < found.rounds]
        if diverged:
            yield (
                "Diverged",
                f"{letter} diverged in round{'s' * (len(diverged) > 1)} {spans(diverged)}: the "
                "trial counts as worse than any other and is in no mean.",
            )


def _alone(found: HeadToHead, shown: Sequence[Disagreement]) -> str:
    """Returns how often only one of the two was right, and which of these examples are shown.

    Args:
        found: the two variants.
        shown: one or more that the same one gets right.
    """
    letter = "A" if shown[0].right == "first" else "B"
    times = sum(getattr(one, shown[0].right) for one in found.agreement.rounds)
    rounds = counted(len(found.agreement.rounds), "round")
    orders = []
    if any(one.tested > 1 for one in shown):
        orders.append("this happened in the most rounds")
    if any(one.first.probability is not None for one in shown):
        orders.append("both were most certain of opposite answers")
    where = f" where {', then where '.join(orders)}" if orders else ""
    return (
        f"In {rounds} only {letter} was right {counted(int(times), 'time')}. Shown: "
        f"{counted(len(shown), noun(found.task))}{where}."
    )


def _level(found: HeadToHead) -> str:
    """Returns the words for two variants that are level in every round."""
    told, names = found.final.evidence, (named(found.first.name), named(found.second.name))
    unit = found.final.contrast.unit
    rounds = f"the 1 shared {unit}" if told.n == 1 else f"each of {told.n:,} shared {unit}s"
    return f"{listed(names)} have the same test {found.metric.words} in {rounds}"


def _lead(found: HeadToHead) -> str:
    """Returns which variant is typically ahead, and by how much."""
    duel, metric = found.final, found.metric
    ahead, behind = named(found.first.name), named(found.second.name)
    estimate = duel.evidence.estimate or 0.0
    if isinf(estimate):
        verb = "beats" if duel.decided else "is ahead of"
        return diverging_words(duel.contrast, duel.leads, verb)
    where = f"test {metric.words} in {counted(duel.evidence.n, f'shared {duel.contrast.unit}')}"
    size = apart(Printing(metric).within(abs(estimate)), metric)
    if not number(Printing(metric).within(abs(estimate)), metric).strip("0."):
        return f"{ahead} and {behind} are level in {where}"
    if estimate < 0:
        ahead, behind = behind, ahead
    if duel.decided:
        return f"{ahead} beats {behind} by {size} of {where}"
    by_chance = duel.p is not None and duel.p > ALPHA
    chance = ", which chance could explain" if by_chance else ""
    return f"{ahead} is ahead of {behind} by {size} of {where}{chance}"


def _ends(duel: Duel) -> str:
    """Returns the interval of the lead of the variant that is ahead."""
    metric = duel.contrast.metric
    low, high = duel.evidence.interval or (0.0, 0.0)
    low, high = (-high, -low) if (duel.evidence.estimate or 0.0) < 0 else (low, high)
    return f"{number(low, metric)} to {number(high, metric)}"


def _p(duel: Duel) -> str:
    p = cells.text(Number(duel.adjusted, "p"))
    return f"p {p if p.startswith('<') else f'= {p}'}".replace(" ", "\N{NO-BREAK SPACE}")


def _figure(value: float, metric: Metric) -> Cell:
    return "diverged" if isinf(value) else Number(value, "level", metric)


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


def _example(one: Disagreement, task: Task) -> str:
    replies = (
        f"{letter} {answer_text(task, given.answer, one.classes)}"
        + ("" if given.probability is None else f" {given.probability:.0%}")
        for letter, given in (("A", one.first), ("B", one.second))
    )
    return f"{truth_text(task, one)}: {', '.join(replies)} (round {one.round + 1})"


def _card(one: Disagreement, task: Task) -> Card:
    where = f"Round {one.round + 1}"
    if one.tested > 1:
        where += f"; the same in {one.times} of {one.tested} rounds"
    right = one.right == "first"

    def reply(letter: str, style: Style, given: GivenAnswer, *, right: bool) -> Reply:
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


def _detail(given: GivenAnswer, classes: tuple[str, ...]) -> str:
    parts = []
    if given.probability is not None:
        parts.append(f"{given.probability:.0%}")
    if given.digits is not None:
        parts.append(f"read {', '.join(classes[digit] for digit in given.digits)}")
    return ", ".join(parts)


def _method(found: HeadToHead) -> tuple[tuple[str, str], ...]:
    metric = found.metric
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
                f"It is multiplied by {found.family:,}, for the pair is tested {_family(found)}: "
                "among many tests some are significant by chance."
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
            "The number of rounds in which A is better. The interval of the share is that of "
            "Clopper and Pearson, for the chance that A wins one more round.",
        ),
        (
            "Effect size",
            "The mean lead in standard deviations of single rounds: at 1, A wins about five "
            "rounds in six.",
        ),
    )
