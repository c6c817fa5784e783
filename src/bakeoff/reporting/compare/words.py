"""What there is to say of two variants head to head, the same in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, isinf

from bakeoff.analysis.answers.agreement import Disagreement
from bakeoff.analysis.statistics.shares import share_interval
from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.head_to_head import Contender, Duel, HeadToHead
from bakeoff.data.metric import MINUS, Metric
from bakeoff.reporting.compare.strip import Strip
from bakeoff.reporting.gallery import noun
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.text.verdicts import diverging_words
from bakeoff.reporting.text.words import Scale, named
from bakeoff.reporting.wording import (
    NOTHING,
    SELECTIONS,
    apart,
    counted,
    difference,
    in_unit,
    integer,
    listed,
    mean_sd,
    number,
    seconds,
)

NO_BREAK = "\N{NO-BREAK SPACE}"


def headline(found: HeadToHead) -> str:
    """Return what the shared rounds say after the final epoch, in a sentence or two."""
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
    told = f" (95% interval {_ends(duel, found.metric)}; {_p_told(duel)} {family_words(found)})"
    return f"{lead}{told}." if duel.decided else f"Undecided: {lead}{told}."


def family_words(found: HeadToHead) -> str:
    """Return of how many comparisons the pair is one."""
    if found.family == 1:
        return "alone"
    return f"as one of {counted(found.family, 'claim' if found.named else 'pair')}"


def remarks(found: HeadToHead) -> list[str]:
    """Return what a reader must know before the numbers: which rounds are not among them."""
    told = [f"This is not the study as declared: {found.label}."] if found.label else []
    first, second = ("A", found.first), ("B", found.second)
    if found.same_trials:
        told.append("A and B are one network, trained alike under two names: each trial is both's.")
    if found.first.rounds != found.second.rounds:
        few, many = sorted((first, second), key=lambda one: one[1].rounds)
        told.append(
            f"{few[0]} is trained for {counted(few[1].rounds, 'round')} and {many[0]} for "
            f"{many[1].rounds:,}: only those of {few[0]} are compared."
        )
    for letter, contender in (first, second):
        told += _left_out(letter, contender, found.rounds)
    return told


def duels_grid(found: HeadToHead) -> Grid:
    """Return the figures and what they prove, a column for each way to choose the epoch."""
    metric, unit = found.metric, found.final.contrast.unit.capitalize()
    where = f"over the {unit.lower()}s that both have run"
    rows: list[tuple[str, Callable[[Duel], str]]] = [
        (f"{unit}s compared", lambda duel: f"{duel.evidence.n:,}"),
        ("A, mean (sd)", lambda duel: mean_sd(duel.first.mean, duel.first.sd, metric)),
        ("B, mean (sd)", lambda duel: mean_sd(duel.second.mean, duel.second.sd, metric)),
        (
            "Typical lead of A" + ", points" * (metric.unit == "%"),
            lambda duel: _typical(duel, metric),
        ),
        ("95% interval", lambda duel: _interval(duel.evidence.interval, metric)),
        ("p", lambda duel: p_value(duel.p)),
        (f"p, {family_words(found)}", lambda duel: p_value(duel.adjusted)),
        ("Mean lead of A", lambda duel: difference(duel.evidence.mean, metric)),
        ("95% t-interval", lambda duel: _interval(duel.evidence.t_interval, metric)),
        (f"{unit}s won by A", _won),
        ("Share won, 95% interval", _share),
        ("Effect size d", _effect),
    ]
    return Grid(
        caption=f"Test {metric.words}{in_unit(metric)}, {where}",
        columns=(
            Column("", "text"),
            *(
                Column(SELECTIONS[duel.contrast.quantity.selection].capitalize())
                for duel in found.duels
            ),
        ),
        rows=tuple((name, *(cell(duel) for duel in found.duels)) for name, cell in rows),
    )


def fourfold_grid(found: HeadToHead) -> Grid | None:
    """Return how many test examples each gets right, None where they share no round."""
    mean = found.agreement.mean
    if mean is None:
        return None
    n = len(found.agreement.rounds)
    where = f"mean of {n:,} rounds" if n > 1 else "in 1 round"
    decimals = 1 if n > 1 else 0
    return Grid(
        caption=f"Who is right on the {mean.examples:,.0f} test {noun(found.task)}s, {where}",
        columns=(Column("", "text"), Column("B right"), Column("B wrong")),
        rows=(
            ("A right", f"{mean.both:,.{decimals}f}", f"{mean.first:,.{decimals}f}"),
            ("A wrong", f"{mean.second:,.{decimals}f}", f"{mean.neither:,.{decimals}f}"),
        ),
    )


def alone_words(found: HeadToHead, shown: Sequence[Disagreement]) -> str:
    """Return how often one of the two alone was right, and which examples of it are shown.

    Args:
        found: the two variants.
        shown: one or more that the same one gets right.
    """
    letter = "A" if shown[0].right == "first" else "B"
    times = sum(getattr(one, shown[0].right) for one in found.agreement.rounds)
    rounds = counted(len(found.agreement.rounds), "round")
    orders = []
    if any(one.tested > 1 for one in shown):
        orders.append("it was so in the most rounds")
    if any(one.first.probability is not None for one in shown):
        orders.append("the two were most sure of opposite answers")
    where = f" where {', then where '.join(orders)}" if orders else ""
    return (
        f"In {rounds} {letter} alone was right {counted(int(times), 'time')}. Shown: "
        f"{counted(len(shown), noun(found.task))}{where}."
    )


def facts(contender: Contender) -> str:
    """Return a variant's size and time: ``"69,849 parameters, 16.8 s a trial"``."""
    told = []
    if contender.parameters is not None:
        told.append(f"{integer(contender.parameters)} parameters")
    if contender.seconds is not None:
        told.append(f"{seconds(contender.seconds)} s a trial")
    return ", ".join(told)


def strip_title(metric: Metric, unit: str) -> str:
    """Return what the plot of the leads is called, with its unit."""
    return f"Lead of A in each {unit}" + ", in points" * (metric.unit == "%")


def lead_strip(found: HeadToHead) -> Strip | None:
    """Return the leads after the final epoch to be plotted; None without any."""
    told, scale = found.final.evidence, found.metric.scale
    finite = [lead for lead in found.final.leads if isfinite(lead)]
    if told.estimate is None or not finite:
        return None

    def printed(value: float) -> float:
        return scale * Scale(found.metric).within(value)

    return Strip(
        values=[scale * lead for lead in finite],
        typical=printed(told.estimate),
        interval=told.interval and (printed(told.interval[0]), printed(told.interval[1])),
        below="B is better",
        above="A is better",
        unit=found.final.contrast.unit,
    )


def p_value(p: float | None) -> str:
    """Return ``"0.012"`` or ``"< 0.001"``; a dash for None."""
    return NOTHING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def numbers(places: Sequence[int]) -> str:
    """Return rounds, given from 0, as read from 1: ``"2, 5 to 8 and 11"``."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    parts = []
    for run in runs:
        if len(run) > 2:
            parts.append(f"{run[0] + 1} to {run[-1] + 1}")
        else:
            parts += [str(place + 1) for place in run]
    return listed(parts)


def _left_out(letter: str, contender: Contender, rounds: int) -> list[str]:
    told = []
    missing = [place for place in contender.missing if place < rounds]
    if missing:
        told.append(
            f"Not run yet for {letter}, and left out: round{'s' * (len(missing) > 1)} "
            f"{numbers(missing)}."
        )
    diverged = [place for place in contender.diverged if place < rounds]
    if diverged:
        told.append(
            f"{letter} diverged in round{'s' * (len(diverged) > 1)} {numbers(diverged)}: worse "
            "than any figure, and in no mean."
        )
    return told


def _level(found: HeadToHead) -> str:
    """Return that the two are level in every round."""
    told, names = found.final.evidence, (named(found.first.name), named(found.second.name))
    unit = found.final.contrast.unit
    rounds = f"the 1 shared {unit}" if told.n == 1 else f"each of {told.n:,} shared {unit}s"
    return f"{listed(names)} have the same test {found.metric.words} in {rounds}"


def _lead(found: HeadToHead) -> str:
    """Return who is typically ahead, and by how much."""
    duel, metric = found.final, found.metric
    ahead, behind = named(found.first.name), named(found.second.name)
    estimate, interval = duel.evidence.estimate or 0.0, duel.evidence.interval
    if isinf(estimate):
        verb = "beats" if duel.decided else "is ahead of"
        return diverging_words(duel.contrast, duel.leads, verb)
    where = f"test {metric.words} in {counted(duel.evidence.n, f'shared {duel.contrast.unit}')}"
    size = apart(Scale(metric).within(abs(estimate)), metric)
    if not number(Scale(metric).within(abs(estimate)), metric).strip("0."):
        return f"{ahead} and {behind} are level in {where}"
    if estimate < 0:
        ahead, behind = behind, ahead
    if duel.decided:
        return f"{ahead} beats {behind} by {size} of {where}"
    by_chance = duel.p is not None and interval is not None and interval[0] <= 0 <= interval[1]
    chance = ", which chance could explain" if by_chance else ""
    return f"{ahead} is ahead of {behind} by {size} of {where}{chance}"


def _ends(duel: Duel, metric: Metric) -> str:
    """Return the interval of the lead of whoever is ahead."""
    scale = Scale(metric)
    low, high = map(scale.within, duel.evidence.interval or (0.0, 0.0))
    low, high = (-high, -low) if (duel.evidence.estimate or 0.0) < 0 else (low, high)
    return f"{number(low, metric)} to {number(high, metric)}"


def _p_told(duel: Duel) -> str:
    text = p_value(duel.adjusted)
    return f"p {text if text.startswith('<') else f'= {text}'}".replace(" ", NO_BREAK)


def _interval(ends: tuple[float, float] | None, metric: Metric) -> str:
    if ends is None:
        return NOTHING
    low, high = map(Scale(metric).within, ends)
    return f"{difference(low, metric)} to {difference(high, metric)}"


def _typical(duel: Duel, metric: Metric) -> str:
    estimate = duel.evidence.estimate
    return difference(None if estimate is None else Scale(metric).within(estimate), metric)


def _won(duel: Duel) -> str:
    wins = duel.evidence.wins
    if not wins.rounds:
        return NOTHING
    tied = f", {wins.tied} tied" if wins.tied else ""
    return f"{wins.won} of {wins.rounds:,}{tied}"


def _share(duel: Duel) -> str:
    wins = duel.evidence.wins
    if wins.rounds < FEWEST:
        return NOTHING
    low, high = share_interval(wins.won, wins.rounds) or (0.0, 1.0)
    return f"{wins.won / wins.rounds:.0%} ({low:.0%} to {high:.0%})"


def _effect(duel: Duel) -> str:
    effect = duel.evidence.effect
    return NOTHING if effect is None else _signed(effect)


def _signed(value: float) -> str:
    text = f"{value:+.2f}"
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)
