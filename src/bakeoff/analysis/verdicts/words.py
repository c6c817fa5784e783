"""Verdicts in plain sentences."""

from __future__ import annotations

import math

from bakeoff.analysis.statistics.power import MOST_ROUNDS
from bakeoff.analysis.verdicts.parts import FEWEST, Counted, Leaf, Measured, Method, Ranked, Unit
from bakeoff.analysis.verdicts.together import Hinge
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
_MOST = 100.0


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


def whole_sentence(hinge: Hinge, *, needed: int | None, method: Method) -> str:
    """Return the evidence for a verdict in one sentence, and what must be added in others.

    Args:
        hinge: what the verdict hangs on.
        needed: rounds altogether that would settle what is undecided; None for never.
        method: which p-values decide.
    """
    text = leaf_words(hinge)
    if hinge.comparisons > 1:
        everything = "Both" if hinge.comparisons == 2 else f"All {hinge.comparisons}"
        lead = (
            f"Of {hinge.comparisons} comparisons "
            if hinge.holds is None
            else f"{everything} comparisons hold; "
        )
        text = f"{lead}the least clear: {text}"
    if hinge.holds is None and _has_rounds(hinge.leaf):
        # Planned for one look after all rounds, for which fewer are enough.
        fixed = ", fixed beforehand," if method == "always_valid" else ""
        text += (
            f", and not even {MOST_ROUNDS:,} rounds{fixed} would be likely to settle it"
            if needed is None
            else f", and about {needed:,} rounds{fixed} would probably settle it"
        )
    return " ".join([f"{text}.", *_asides(hinge.leaf)])


def alone_words(claims: int) -> str:
    """Return what to add where a claim is undecided only for being one of several."""
    return (
        f" Tested alone it would be decided; one of {claims} claims tested together needs stronger "
        "evidence."
    )


def leaf_words(hinge: Hinge) -> str:
    """Return what the rounds of a verdict's part show, without a full stop."""
    leaf = hinge.leaf
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
    if len(leaf.rounds) < FEWEST:
        return f"{text}; at least {FEWEST} rounds are needed"
    return f"{text}{_conclusion(hinge)}"


def _has_rounds(leaf: Leaf) -> bool:
    return not isinstance(leaf, Counted) and len(leaf.rounds) >= FEWEST


def _conclusion(hinge: Hinge) -> str:
    """Return what follows from the figures of a part with rounds enough."""
    leaf = hinge.leaf
    if isinstance(leaf, Counted):
        return ""
    if hinge.holds is None:
        return f"; {leaf.question} is open"
    if isinstance(leaf, Ranked):
        return f"; on the whole it {'falls' if hinge.holds else 'rises'}"
    if leaf.equivalence is not None:
        return _within_words(leaf, leaf.equivalence.margin, holds=hinge.holds)
    return _bound_words(leaf, hinge)


def _within_words(leaf: Measured, margin: float, *, holds: bool) -> str:
    size = _size(margin, "loss" if leaf.unit == "loss" else "points")
    if leaf.unit == "percent":
        is_ = "is" if holds else "would be"
        return f"; chance {is_} {_size(leaf.bound, leaf.unit)}, give or take {size}"
    if len(leaf.variants) == 1:
        return f", {'less' if holds else 'more'} than {size}"
    return f"; they are {'less' if holds else 'more'} than {size} apart"


def _bound_words(leaf: Measured, hinge: Hinge) -> str:
    bound = _size(leaf.bound, leaf.unit)
    the_bound = bound if hinge.negated else f"the {bound} claimed"
    is_above = hinge.holds == (leaf.asserted == "above")
    if leaf.unit == "percent":
        return f", {'above' if is_above else 'below'} {the_bound}"
    if not leaf.bound:
        return ""
    if is_above:
        return f", more than {the_bound}"
    return f", less than {the_bound}" if leaf.mean > 0 else f"; it does not gain {the_bound}"


def gain_question(by: float) -> str:
    """Return what is open where one variant is to beat another by so many points."""
    if not by:
        return "which of the two is better"
    return f"whether the first is better by {_size(by, 'points')} or more"


def level_question(bound: float, *, above: bool) -> str:
    """Return what is open where a figure is to reach a bound in percent, or to stay below it."""
    return f"whether it is {_size(bound, 'percent')} or {'more' if above else 'less'}"


def chance_question(chance: float, margin: float) -> str:
    """Return what is open where a figure is said to be that of chance, in percent and points."""
    give_or_take = f"{_size(chance, 'percent')}, give or take {_size(margin, 'points')}"
    return f"whether that is chance ({give_or_take})"


def equal_question(margin: float) -> str:
    """Return what is open where two variants are said to be equal within so many points."""
    return f"whether they are less than {_size(margin, 'points')} apart"


def still_question(margin: float, unit: Unit) -> str:
    """Return what is open where a curve is said to stand still within a margin."""
    return f"whether it moves by less than {_size(margin, unit)}"


def _tested_words(leaf: Measured) -> str:
    mean = leaf.mean
    decimals, flipped = _decimals(leaf.evidence.interval), mean < 0
    parts = [f"{leaf.below if flipped else leaf.above} {_size(abs(mean), leaf.unit, decimals)}"]
    inside = []
    if leaf.evidence.interval is not None:
        low, high = _possible(leaf.evidence.interval, leaf.unit)
        ends = (-high, -low) if flipped else (low, high)
        inside.append("95% interval " + " to ".join(_number(end, decimals) for end in ends))
    inside.append(_rounds(leaf, flipped=flipped))
    parts.append(f" ({'; '.join(inside)})")
    return "".join(parts)


def _possible(interval: tuple[float, float], unit: Unit) -> tuple[float, float]:
    """Return an interval without what no mean can be: few rounds that differ much reach there."""
    if unit == "loss":
        return interval
    least = 0.0 if unit == "percent" else -_MOST
    low, high = (min(_MOST, max(least, end)) for end in interval)
    return low, high


def _ranked_words(leaf: Ranked) -> str:
    trend = leaf.trend
    start, end = named(leaf.variants[0]), named(leaf.variants[-1])
    inside = f"mean rank correlation {_number(trend.mean or 0.0, 2)}, where 1 is perfect order"
    return (
        f"The error falls from {start} to {end} all the way in {trend.ordered} of "
        f"{counted(trend.rounds, 'round')} ({inside})"
    )


def _rounds(leaf: Measured, *, flipped: bool) -> str:
    rounds = counted(len(leaf.figures), "round")
    if leaf.unit == "percent":
        return rounds
    sign = -1 if flipped else 1
    return f"in {sum(sign * figure > 0 for figure in leaf.figures)} of {rounds}"


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
