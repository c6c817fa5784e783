"""Verdicts in plain sentences."""

from __future__ import annotations

import math

from bakeoff.analysis.parts import FEWEST, Counted, Leaf, Measured, Ranked, Unit
from bakeoff.analysis.power import MOST_ROUNDS
from bakeoff.study.claim_curves import RisesAgain, StandsStill
from bakeoff.study.published import Quantity

MINUS = "\N{MINUS SIGN}"

_METRICS = {"error": "", "digit_error": "digit ", "top5_error": "top-5 "}
_SELECTIONS = {
    "final": "",
    "best_on_test": " at its best epoch on test",
    "best_on_validation": " at its best epoch on validation",
}
_DECIMALS = (1, 3)


def gain_words(first: str, second: str, where: str = "") -> tuple[str, str]:
    """Return what to say before the size of a gain, and of a loss: ``"BN beats DP by"``."""
    one, other = named(first), named(second)
    return f"{one} beats {other}{where} by", f"{one} loses to {other}{where} by"


def level_words(name: str, quantity: Quantity, measure: str) -> tuple[str, str]:
    """Return what to say before a variant's error or accuracy."""
    words = f"{named(name)} has a {figure_words(quantity, measure)} of"
    return words, words


def lower_words(name: str, of: Quantity, than: Quantity) -> tuple[str, str]:
    """Return what to say before the difference of two figures of one variant."""
    lower, higher = figure_words(of, "error"), figure_words(than, "error")
    start, end = f"{named(name)} has a {lower}", f"than its {higher} by"
    return f"{start} lower {end}", f"{start} higher {end}"


def moved_words(test: RisesAgain | StandsStill) -> tuple[str, str]:
    """Return what to say before how far a curve rises, or falls."""
    curve = f"{test.split} {test.metric.replace('_', ' ').replace('top5', 'top-5')}"
    start, end = f"{named(test.variant)} has a {curve} that", f"after epoch {test.after_epoch} by"
    return f"{start} rises {end}", f"{start} falls {end}"


def called(quantity: Quantity) -> str:
    """Return where one variant beats another, empty for the final test error."""
    return "" if quantity == Quantity() else f" in {figure_words(quantity, 'error')}"


def figure_words(quantity: Quantity, measure: str) -> str:
    """Return ``"test digit error"``, with its epoch where that is not the last."""
    metric, chosen = _METRICS[quantity.metric], _SELECTIONS[quantity.selection]
    return f"{quantity.split} {metric}{measure}{chosen}"


def named(name: str) -> str:
    """Return a variant's name, in quotation marks where a comma could part it."""
    return (
        f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
        if "," in name
        else name
    )


def counted(n: int, noun: str) -> str:
    """Return ``"1 round"`` or ``"15 rounds"``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def percent(share: float) -> str:
    """Return ``"82%"`` for 0.82, rounded down: it is a lower bound."""
    return f"{math.floor(100 * share)}%"


def whole_sentence(hangs_on: Leaf, comparisons: int, *, settled: bool, needed: int | None) -> str:
    """Return the evidence for a verdict in one sentence, and what must be added in others.

    Args:
        hangs_on: what decides, or is least clear.
        comparisons: of how many that must all hold it is one; 1 where it decides alone.
        settled: whether there is a verdict.
        needed: rounds altogether that would settle what is undecided; None for never.
    """
    text = leaf_words(hangs_on)
    if comparisons > 1:
        everything = "Both" if comparisons == 2 else f"All {comparisons}"
        lead = f"{everything} comparisons hold; " if settled else f"Of {comparisons} comparisons "
        text = f"{lead}the least clear: {text}"
    if not settled and not isinstance(hangs_on, Counted) and len(hangs_on.rounds) >= FEWEST:
        text += (
            f"; not even {MOST_ROUNDS:,} rounds would be likely to settle it"
            if needed is None
            else f"; about {needed:,} rounds would settle it"
        )
    return " ".join([f"{text}.", *_asides(hangs_on)])


def alone_words(claims: int) -> str:
    """Return what to add where a claim is undecided only for being one of several."""
    return f" By itself it would be decided; as one of {claims} claims tested here it is not."


def leaf_words(leaf: Leaf) -> str:
    """Return what a part's rounds show, without a full stop."""
    match leaf:
        case Counted(text=text):
            return text
        case _ if not leaf.rounds:
            names = " and ".join(map(named, leaf.variants[:2]))
            them = "them" if len(leaf.variants) > 1 else "it"
            return f"{names}: no round tells of {them} yet, and at least {FEWEST} are needed"
        case Ranked():
            text = _ranked_words(leaf)
        case Measured():
            text = _tested_words(leaf)
    return f"{text}; at least {FEWEST} rounds are needed" if len(leaf.rounds) < FEWEST else text


def _tested_words(leaf: Measured) -> str:
    mean = leaf.evidence.mean or 0.0
    decimals, flipped = _decimals(leaf.evidence.interval), mean < 0
    parts = [f"{leaf.below if flipped else leaf.above} {_size(abs(mean), leaf.unit, decimals)}"]
    inside = []
    if leaf.evidence.interval is not None:
        low, high = leaf.evidence.interval
        ends = (-high, -low) if flipped else (low, high)
        inside.append("95% interval " + " to ".join(_number(end, decimals) for end in ends))
    inside.append(_rounds(leaf, flipped=flipped))
    parts.append(f" ({'; '.join(inside)})")
    if leaf.equivalence is not None:
        margin = _size(leaf.equivalence.margin, "loss" if leaf.unit == "loss" else "points")
        chance = f"; chance is {_size(leaf.bound, leaf.unit)}, give or take {margin}"
        parts.append(chance if leaf.unit == "percent" else f"; the margin is {margin}")
    elif leaf.bound:
        parts.append(f"; the bound is {_size(leaf.bound, leaf.unit)}")
    return "".join(parts)


def _ranked_words(leaf: Ranked) -> str:
    trend = leaf.trend
    start, end = named(leaf.variants[0]), named(leaf.variants[-1])
    inside = f"mean rank correlation {_number(trend.mean or 0.0, 2)}"
    return (
        f"The error falls from {start} to {end} all the way in {trend.ordered} of "
        f"{counted(trend.rounds, 'round')} ({inside})"
    )


def _rounds(leaf: Measured, *, flipped: bool) -> str:
    rounds = counted(len(leaf.figures), "round")
    if leaf.unit == "percent":
        return rounds
    sign = -1 if flipped else 1
    return f"{sum(sign * figure > 0 for figure in leaf.figures)} of {rounds}"


def _asides(leaf: Leaf) -> list[str]:
    if isinstance(leaf, Counted):
        return []
    asides = []
    if leaf.diverged:
        trials = counted(leaf.diverged, "diverged trial")
        as_chance = isinstance(leaf, Measured) and leaf.unit == "percent" and leaf.equivalence
        what = "chance" if as_chance else "wrong on every example"
        asides.append(f"{trials} {'counts' if leaf.diverged == 1 else 'count'} as {what}.")
    if leaf.left_out:
        rounds = counted(leaf.left_out, "round")
        asides.append(f"{rounds} {'has' if leaf.left_out == 1 else 'have'} no such figure.")
    return asides


def _size(value: float, unit: Unit, decimals: int | None = None) -> str:
    number = f"{value:g}" if decimals is None else _number(value, decimals)
    match unit:
        case "points":
            return f"{number} point{'' if number == '1' else 's'}"
        case "percent":
            return f"{number}%"
        case "loss":
            return number


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def _decimals(interval: tuple[float, float] | None) -> int:
    """Return as many decimals as show two digits of an interval's width, within reason."""
    least, most = _DECIMALS
    width = 0.0 if interval is None else interval[1] - interval[0]
    if width <= 0:
        return 2
    return min(most, max(least, 1 - math.floor(math.log10(width))))
