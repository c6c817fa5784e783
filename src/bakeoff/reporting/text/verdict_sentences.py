"""Verdicts in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.results import Results
from bakeoff.analysis.scope import scope_of
from bakeoff.analysis.statistics.binomial import share_interval
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.statistics.typical import detectable
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.claims.parts import (
    Choice,
    Counted,
    Leaf,
    Measured,
    Method,
    NotChosen,
    RoundsWon,
    SameTrials,
    Share,
    Sizes,
)
from bakeoff.claims.verdicts import Verdict, family, rounds_asked
from bakeoff.data.metric import MINUS
from bakeoff.reporting.section import Number
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.numbers import (
    capital,
    counted,
    differences_in,
    in_unit,
    listed,
    share_of,
)
from bakeoff.reporting.text.scope_sentences import needed_words, scope_words
from bakeoff.reporting.text.words import (
    Printing,
    called,
    figure_words,
    identical_words,
    named,
)
from bakeoff.study.search import word

TICKS = {True: "\N{CHECK MARK}", False: "\N{BALLOT X}", None: "?"}
"""The sign before a comparison: it is as the claim needs it, it is not, or it is open."""

ON_THE_LINE = 0.1
"""A difference lies on the line claimed if its interval reaches no further to both sides of that
line than this share of what is claimed."""

SHOWN = 3
"""The most comparisons that a short text gives one by one."""

_ADD = "--until-decided (in Python: run_until_decided)"
"""How rounds are added."""


def sentence(verdict: Verdict) -> str:
    """Returns the evidence for a verdict: a sentence for each comparison, and what is missing."""
    return " ".join([*comparisons(verdict), *_missing(verdict), *_asides(verdict)])


def short(verdict: Verdict) -> tuple[str, ...]:
    """Returns the evidence for a table, line by line.

    It gives up to three comparisons in full. If there are more, it gives up to three that are not
    as claimed, or the first three if all are, and counts the others.
    """
    holds, sentences = verdict.holds, comparisons(verdict)
    shown = list(range(len(sentences)))
    if len(sentences) > SHOWN:
        telling = [place for held in (False, None) for place in shown if holds[place] is held]
        shown = sorted((telling or shown)[:SHOWN])
    rest = [held for place, held in enumerate(holds) if place not in shown]
    last = [*_counted_rest(rest), *_missing(verdict), *_asides(verdict)]
    lines = [sentences[place] for place in shown]
    if len(lines) == 1 and not rest:
        return (" ".join([*lines, *last]),)
    return (*lines, " ".join(last)) if last else tuple(lines)


def comparisons(verdict: Verdict) -> tuple[str, ...]:
    """Returns a sentence for each comparison, with its sign if there are several."""
    pairs = list(zip(verdict.comparisons, verdict.holds, strict=True))
    if len(pairs) == 1:
        return tuple(f"{leaf_words(leaf, holds)}." for leaf, holds in pairs)
    return tuple(f"{TICKS[holds]} {leaf_words(leaf, holds)}." for leaf, holds in pairs)


def _counted_rest(rest: list[bool | None]) -> list[str]:
    """Returns the number of comparisons not given in full, by outcome."""
    words = {True: "as claimed", None: "open", False: "not as claimed"}
    numbers = {held: rest.count(held) for held in words if held in rest}
    if not numbers:
        return []
    if len(numbers) == 1:
        ((held, number),) = numbers.items()
        return [f"And {number} more, {'all ' if number > 1 else ''}{words[held]}."]
    parts = ", ".join(f"{number} {words[held]}" for held, number in numbers.items())
    return [f"And {len(rest)} more: {parts}."]


def leaf_words(leaf: Leaf, holds: bool | None) -> str:
    """Returns the evidence of a comparison, measured or counted, without a full stop."""
    if isinstance(leaf, Counted):
        return _counted(leaf)
    if not leaf.rounds:
        names = " and ".join(map(named, leaf.variants[:2]))
        them = "figures of both" if len(leaf.variants) > 1 else "a figure"
        return f"{names}: no {leaf.contrast.unit} has {them} yet"
    match leaf:
        case Share():
            text, evidence = _share(leaf)
        case Measured() if leaf.contrast.kind == "order":
            text, evidence = _order(leaf)
        case Measured() if leaf.contrast.kind == "level":
            text, evidence = _level(leaf)
        case Measured():
            text, evidence = _difference(leaf, holds)
    bracket = f" ({'; '.join(evidence)})" if evidence else ""
    return f"{text}{bracket}{_conclusion(leaf, holds)}"


def gap(leaf: Measured, claims: int) -> float | None:
    """Returns the difference that these rounds detect 80% of the time, in the metric's unit.

    It is None for fewer than six rounds, and for too few rounds for the number of claims. It is
    None too if all figures are equal or a trial diverged, for then their spread is not known.
    """
    if not all(map(isfinite, leaf.figures)):
        return None
    sds = detectable(len(leaf.figures), claims)
    return sds * leaf.evidence.sd if sds is not None and leaf.evidence.sd else None


def _difference(leaf: Measured, holds: bool | None) -> tuple[str, list[str]]:
    """Returns the size of a difference in words, and its evidence; likewise the following."""
    evidence, rounds = leaf.evidence, counted(len(leaf.figures), leaf.contrast.unit)
    if not any(leaf.figures):
        return _lead(leaf, holds), [rounds]
    sign = -1 if (evidence.estimate or 0.0) < 0 else 1
    inside = []
    # If most trials diverged, both ends are infinite and say nothing more.
    if evidence.interval is not None and any(map(isfinite, evidence.interval)):
        inside.append(_interval(leaf, sign))
    won = sum(sign * figure > 0 for figure in leaf.figures)
    return _lead(leaf, holds), [*inside, f"in {won} of {rounds}"]


def _interval(leaf: Measured, sign: int = 1) -> str:
    scale, ends = Printing.of(leaf.contrast), leaf.evidence.interval
    low, high = sorted(sign * end for end in ends or (0.0, 0.0))
    decimals = scale.decimals(ends)
    return f"95% interval {scale.number(low, decimals)} to {scale.number(high, decimals)}"


class _Phrases(NamedTuple):
    """Phrases for a difference; `_SIZE` stands for its size."""

    ahead: str
    behind: str
    level: str
    equal: str
    won: str = ""
    lost: str = ""


_SIZE = "\0"


def _phrases(contrast: Contrast) -> _Phrases:
    name, metric = named(contrast.variants[0]), contrast.metric
    if contrast.kind == "change":
        curve = f"{name} has a {contrast.split} {metric.words} that"
        after = f"after epoch {contrast.after_epoch}"
        return _Phrases(
            f"{curve} rises {after} by {_SIZE}",
            f"{curve} falls {after} by {_SIZE}",
            f"{curve} is level {after}",
            f"{curve} ends as it was {after}",
        )
    if contrast.kind == "figures":
        figure = figure_words(contrast.quantity, metric)
        other = figure_words(*contrast.than) if contrast.than else ""
        better, worse = ("higher", "lower") if metric.direction == "higher" else ("lower", "higher")
        return _Phrases(
            f"{name} has a {figure} {better} than its {other} by {_SIZE}",
            f"{name} has a {figure} {worse} than its {other} by {_SIZE}",
            f"{name} has a {figure} level with its {other}",
            f"{name} has the same {figure} and {other}",
        )
    other, where = named(contrast.variants[1]), called(contrast)
    what = f"{metric.words}{where}" if contrast.kind == "speed" else where.removeprefix(" in ")
    return _Phrases(
        f"{name} is {_SIZE} ahead of {other}{where}",
        f"{name} is {_SIZE} behind {other}{where}",
        f"{name} and {other} are level{where}",
        f"{name} and {other} have the same {what or f'test {metric.words}'}",
        f"{name} beats {other}{where} by {_SIZE}",
        f"{name} loses to {other}{where} by {_SIZE}",
    )


def _lead(leaf: Measured, holds: bool | None) -> str:
    """Returns which variant is ahead, and by how much, or that chance could explain it.

    The word is "beats" only if the claim asks for that and is decided.
    """
    phrases, scale = _phrases(leaf.contrast), Printing.of(leaf.contrast)
    if not any(round(value, DECIMALS) if isfinite(value) else value for value in leaf.figures):
        return f"{phrases.equal} in every {leaf.contrast.unit}"
    estimate = leaf.evidence.estimate or 0.0
    plain, interval = leaf.margin is None and not leaf.bound, leaf.evidence.interval
    if math.isinf(estimate) and phrases.won:
        verb = "beats" if plain and holds is not None else "is ahead of"
        return diverging_words(leaf.contrast, leaf.figures, verb)
    by_chance = (
        holds is None and leaf.sides("signed_rank").two_sided > ALPHA and len(leaf.rounds) >= FEWEST
    )
    chance = ", which chance could explain" if plain and by_chance else ""
    decimals = scale.decimals(interval)
    if scale.number(abs(estimate), decimals).strip("0.") == "":
        return f"{phrases.level}{chance}"
    ahead, behind = phrases.ahead, phrases.behind
    if plain and holds is not None:
        ahead, behind = phrases.won or ahead, phrases.lost or behind
    phrase = ahead if estimate > 0 else behind
    return phrase.replace(_SIZE, scale.sized(abs(estimate), decimals)) + chance


def diverging_words(contrast: Contrast, leads: Sequence[float], verb: str) -> str:
    """Returns the words for a lead that comes from divergence, without a full stop."""
    won, lost = leads.count(math.inf), leads.count(-math.inf)
    ahead, behind = map(named, contrast.variants[:: 1 if won > lost else -1])
    return (
        f"{ahead} {verb} {behind}{called(contrast)} because {behind} diverged in "
        f"{max(won, lost)} of {counted(len(leads), contrast.unit)}"
    )


def _level(leaf: Measured) -> tuple[str, list[str]]:
    contrast, evidence = leaf.contrast, leaf.evidence
    estimate, scale = evidence.estimate or 0.0, Printing.of(contrast)
    size = scale.sized(estimate, scale.decimals(evidence.interval))
    has = f"has a {figure_words(contrast.quantity, contrast.metric)} of {size}"
    text = f"{named(contrast.variants[0])} typically {'diverges' if math.isinf(estimate) else has}"
    inside = [] if evidence.interval is None else [_interval(leaf)]
    return text, [*inside, counted(len(leaf.figures), contrast.unit)]


def _order(leaf: Measured) -> tuple[str, list[str]]:
    contrast, metric = leaf.contrast, leaf.contrast.metric
    start, end = named(contrast.variants[0]), named(contrast.variants[-1])
    whole = sum(round(figure, DECIMALS) == 1 for figure in leaf.figures)
    return (
        f"The {metric.words} {Printing(metric).rises} from {start} to {end} all the way in "
        f"{whole} of {counted(len(leaf.figures), contrast.unit)}",
        [
            f"typical rank correlation {cells.text(Number(leaf.evidence.estimate, 'effect'))}, "
            "where 1 is perfect order"
        ],
    )


def _share(leaf: Share) -> tuple[str, list[str]]:
    contrast, n, k = leaf.contrast, len(leaf.outcomes), sum(leaf.outcomes)
    event = "learns nothing"
    if contrast.kind == "wins":
        event = f"is better than {named(contrast.variants[1])}{called(contrast)}"
    text = f"{named(contrast.variants[0])} {event} in {k} of {counted(n, contrast.unit)}"
    return text, [_share_words(k, n)] if n >= FEWEST else []


def _conclusion(leaf: Measured | Share, holds: bool | None) -> str:
    """Returns whether a comparison itself is as stated, even if its claim negates it."""
    if len(leaf.rounds) < FEWEST or not (goal := _goal(leaf)):
        return ""
    if holds is None:
        return f"; it is open whether that is {goal}"
    return f", {'' if leaf.sides('signed_rank').leaning else 'not '}{goal}"


def _goal(leaf: Measured | Share) -> str:
    """Returns what a claim states of a comparison; empty if it is just a difference."""
    if isinstance(leaf, Share):
        return f"more than {100 * leaf.share:g}% of all"
    contrast, scale = leaf.contrast, Printing.of(leaf.contrast)
    if contrast.kind == "order":
        return "in order on the whole"
    bound = scale.sized(leaf.bound)
    if leaf.margin is not None:
        margin = Printing(contrast.metric).sized(leaf.margin)
        if not leaf.bound and not contrast.is_level:
            return f"less than {margin}"
        return f"within {margin} of the {'' if contrast.is_level else 'gain of '}{bound} claimed"
    if contrast.is_level:
        return f"{leaf.asserted} {bound}"
    return f"a gain of more than {bound}" if leaf.bound else ""


def _counted(leaf: Counted) -> str:
    match leaf.fact:
        case SameTrials():
            return identical_words(leaf.variants)
        case NotChosen(name=name):
            return f"{named(name)} is not known yet: its search has not chosen a candidate"
        case Sizes():
            return _sizes(leaf.fact)
        case RoundsWon():
            return _won(leaf, leaf.fact)
        case Choice():
            return _choice(leaf.fact)
        case _:
            return str(leaf.fact)


def _sizes(fact: Sizes) -> str:
    span = f"{fact.low:,} to {fact.high:,}"
    outside = {name: max(fact.low - n, n - fact.high) for name, n in fact.sizes}
    name, excess = max(outside.items(), key=lambda item: item[1])
    if excess > 0:
        return f"{named(name)} has {dict(fact.sizes)[name]:,} parameters, outside {span}"
    numbers = [n for _, n in fact.sizes]
    low, high = min(numbers), max(numbers)
    return f"{f'{low:,}' if low == high else f'{low:,} to {high:,}'} parameters, within {span}"


def _won(leaf: Counted, fact: RoundsWon) -> str:
    first, second = map(named, leaf.variants)
    won, unit = fact.wins, fact.contrast.unit
    rounds = counted(won.rounds, unit)
    if not won.rounds:
        return f"{first} and {second}: no {unit} has figures of both, of {leaf.needed:,} needed"
    text = f"{first} is better than {second}{called(fact.contrast)} in {won.won} of {rounds}"
    if leaf.holds is False:
        return text
    if leaf.holds is None:
        return f"{text}; {leaf.needed:,} are needed"
    return f"{text} ({_share_words(won.won, won.rounds)})" if won.rounds >= FEWEST else text


def _share_words(successes: int, rounds: int) -> str:
    low, high = share_interval(successes, rounds) or (0.0, 1.0)
    return f"95% interval {100 * low:.0f}% to {100 * high:.0f}% of all"


def _choice(fact: Choice) -> str:
    if fact.tried < fact.declared:
        whole = counted(fact.declared, "candidate")
        return f"{fact.tried} of {whole} are in this run's search {named(fact.search)}"
    if not fact.chosen:
        trials = counted(fact.expected, "trial")
        return f"{fact.answered:,} of {trials} of the search {named(fact.search)} have run"
    values = dict(fact.chosen)
    choices = [
        f"{name.replace('_', ' ')} {word(values[name])}"
        f"{'' if values[name] == claimed else f' (claimed: {word(claimed)})'}"
        for name, claimed in fact.claimed
    ]
    text = f"{named(fact.search)}: the search chose {', '.join(choices)}"
    if set(fact.claimed) <= set(fact.chosen):
        return text
    rounds = counted(fact.rounds, "round")
    if fact.lead is None or fact.metric is None:
        return f"{text}; no candidate as claimed finished all of its {rounds}"
    size = Printing(fact.metric).sized(fact.lead, 1 if fact.metric.unit == "%" else 4)
    return (
        f"{text}, {size} ahead of the best candidate as claimed in {rounds}; the luckiest of "
        f"{counted(fact.tried, 'candidate')} may lead by as much"
    )


def _missing(verdict: Verdict) -> list[str]:
    """Returns the reason why a claim is undecided."""
    match verdict.reason:
        case "few":
            unit = next((leaf.contrast.unit for leaf in _tested(verdict)), "round")
            return [f"Fewer than {FEWEST} {unit}s: no verdict is given."]
        case "unfinished":
            return ["The verdict comes when all rounds asked for have run."]
        case "family":
            return [
                "This would decide the claim if it were tested alone; it does not decide it among "
                f"the {verdict.family} claims that are tested together."
            ]
        case "open" if verdict.method == "signed_rank":
            return _more_rounds(verdict)
        case _:
            return []


def _more_rounds(verdict: Verdict) -> list[str]:
    open_leaves = [leaf for leaf in verdict.unsettled if isinstance(leaf, Measured)]
    gaps = [(leaf, gap(leaf, verdict.family)) for leaf in open_leaves]
    known = [
        (leaf, size) for leaf, size in gaps if size is not None and leaf.contrast.kind != "order"
    ]
    if not known:
        return [f"{_ADD} adds rounds."]
    leaf, size = max(known, key=lambda each: each[1])
    if _on_the_line(leaf):
        return [
            f"The difference lies on the line claimed, to within {ON_THE_LINE:.0%} of what is "
            "claimed: more rounds would add little."
        ]
    rounds = counted(len(leaf.figures), leaf.contrast.unit)
    shown = Printing(leaf.contrast.metric).sized(float(f"{size:.1g}"))
    line = " from what is claimed" if leaf.bound or leaf.margin is not None else ""
    return [f"{rounds} can detect a difference of about {shown}{line}; {_ADD} adds more."]


def _on_the_line(leaf: Measured) -> bool:
    """Returns whether the whole interval is near an end of what is claimed, if that has a size."""
    ends, size = [leaf.bound], abs(leaf.bound)
    if leaf.margin is not None:
        ends, size = [leaf.bound - leaf.margin, leaf.bound + leaf.margin], leaf.margin
    low, high = leaf.evidence.interval or (-math.inf, math.inf)
    near = ON_THE_LINE * size
    return any(end - near <= low <= end <= high <= end + near for end in ends)


def _tested(verdict: Verdict) -> list[Measured | Share]:
    return [leaf for leaf in verdict.comparisons if not isinstance(leaf, Counted)]


def _asides(verdict: Verdict) -> list[str]:
    asides = []
    for leaf in _tested(verdict):
        if leaf.diverged and isinstance(leaf, Measured):
            trials = counted(leaf.diverged, "diverged trial")
            counts = "counts" if leaf.diverged == 1 else "count"
            # Only a claim of chance gives a diverged trial a value.
            at_chance = leaf.contrast.kind == "level" and all(map(isfinite, leaf.figures))
            value = "chance" if at_chance else "worse than any other"
            asides.append(f"{trials} {counts} as {value}.")
        if isinstance(leaf, Measured) and leaf.left_out:
            rounds = counted(leaf.left_out, "round")
            asides.append(f"{rounds} {'has' if leaf.left_out == 1 else 'have'} no such figure.")
    return list(dict.fromkeys(asides))


TESTS: dict[Method, str] = {
    "signed_rank": "signed-rank test",
    "always_valid": "always-valid test",
    "always_valid_after_verdict": "always-valid test, p doubled",
}


def tests(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Returns the p-values and the rounds of a verdict, as terms and values."""
    facts = []
    if verdict.p is not None:
        adjusted = f"p, adjusted for {counted(verdict.family, 'claim')}"
        facts = [
            (f"p, {_test(verdict)}", cells.text(Number(verdict.p, "p"))),
            (adjusted, cells.text(Number(verdict.adjusted, "p"))),
        ]
    if verdict.rounds is not None:
        facts.append(("Rounds", f"{verdict.rounds:,}"))
    return tuple(facts)


def _test(verdict: Verdict) -> str:
    shares = {isinstance(leaf, Share) for leaf in _tested(verdict)}
    if verdict.method != "signed_rank" or shares == {False}:
        return TESTS[verdict.method]
    return "exact binomial test" if shares == {True} else "signed-rank and exact binomial tests"


def rule(judged: Sequence[Verdict], results: Results) -> str:
    """Returns the rule of the verdicts, in a sentence or two."""
    if all(verdict.adjusted is None for verdict in judged):
        return "No claim has been tested."
    size = family(results.declared)
    over = (
        f"p-values adjusted by Holm's method over the {counted(size, 'claim')} that the study "
        "declares"
        if size > 1
        else "one claim is declared, so that its p-value is not adjusted"
    )
    methods = {verdict.method for verdict in judged if verdict.adjusted is not None}
    how = "signed-rank test of the typical paired difference"
    if "signed_rank" not in methods:
        how = "always-valid test of paired rounds, which allows a look after every round"
    elif len(methods) > 1:
        how += ", or the always-valid test where rounds were added after a look"
    if "always_valid_after_verdict" in methods:
        how += ", p doubled where a verdict was shown before"
    if any(isinstance(leaf, Share) for verdict in judged for leaf in verdict.comparisons):
        how += ", exact binomial test of shares of rounds"
    if sum(verdict.adjusted is not None for verdict in judged) < size:
        over += " (those that this run does not test count with p = 1)"
    text = f"Rule: {how}; {over}; decided at 5%. {scope_words(scope_of(results))}"
    declared = results.declared
    few = max((verdict.rounds or 0 for verdict in judged), default=0) < rounds_asked(declared)
    return f"{text} {needed_words(declared)}" if few else text


def untested(results: Results) -> str:
    """Returns how many of the declared claims this run cannot test; empty if it tests all."""
    left_out = len(results.declared.claims) - len(results.study.claims)
    if left_out <= 0:
        return ""
    return (
        f"{counted(left_out, 'claim')} of {len(results.declared.claims)} cannot be tested in this "
        "run, which leaves out what they compare."
    )


def claimed(leaf: Measured | Share) -> str:
    """Returns what is claimed of a comparison: ``"above 5"``, ``"2 \u00b1 1"``."""
    if isinstance(leaf, Share):
        return f"above {100 * leaf.share:g}%"
    metric = leaf.contrast.metric
    sign = metric.unit if leaf.contrast.is_level else ""
    bound = f"{round(metric.scale * leaf.bound, 10):g}".replace("-", MINUS)
    if leaf.margin is not None:
        return f"{bound} \N{PLUS-MINUS SIGN} {round(metric.scale * leaf.margin, 10):g}{sign}"
    return f"{leaf.asserted} {bound}{sign}"


def as_claimed(leaf: Measured) -> str:
    """Returns the number of rounds whose figure is as claimed: ``"14 of 15"``."""
    if leaf.margin is not None:
        number = sum(abs(figure - leaf.bound) < leaf.margin for figure in leaf.figures)
    else:
        wins = leaf.evidence.wins
        number = wins.lost if leaf.asserted == "below" else wins.won
    return share_of(number, len(leaf.figures))


def caption_of(leaves: Sequence[Measured | Share]) -> str:
    """Returns the units of a table of comparisons."""
    parts = []
    plain = [leaf for leaf in leaves if isinstance(leaf, Measured)]
    scales = dict.fromkeys(
        Printing.of(leaf.contrast) for leaf in plain if leaf.contrast.kind != "order"
    )
    apart = dict.fromkeys(differences_in(scale.metric) for scale in scales if not scale.is_level)
    if apart:
        parts.append(f"differences in {listed(apart)}, above 0 where the first is better")
    units = dict.fromkeys(in_unit(scale.metric) for scale in scales if scale.is_level)
    if any(units):
        parts.append(f"figures of one variant{listed(unit for unit in units if unit)}")
    if any(leaf.contrast.kind == "order" for leaf in plain):
        parts.append("orders by the rank correlation in a round, where 1 is perfect")
    if len(plain) < len(leaves):
        parts.append("shares in percent of all rounds")
    return capital("; ".join(parts or ["figures as they are"]))
