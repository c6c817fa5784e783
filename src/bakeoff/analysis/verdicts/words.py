"""The words that verdicts are put in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bakeoff.study.claim_curves import RisesAgain, StandsStill
from bakeoff.study.published import Quantity

if TYPE_CHECKING:
    from bakeoff.analysis.verdicts.parts import Unit

MINUS = "\N{MINUS SIGN}"

_METRICS = {"error": "", "digit_error": "digit ", "top5_error": "top-5 "}
_SELECTIONS = {
    "final": "",
    "best_on_test": " at its best epoch on test",
    "best_on_validation": " at its best epoch on validation",
}
_DECIMALS = (1, 3)
_ABSURD = 1e6


class Words(NamedTuple):
    """What to say of a mean.

    Attributes:
        above: before its size where it is above 0: ``"BN beats DP by"``.
        below: where it is below 0.
        level: where it is 0: ``"BN and DP are level"``; empty for what is no difference.
        equal: where all figures are 0: ``"BN and DP have the same test error"``; likewise.
    """

    above: str
    below: str
    level: str = ""
    equal: str = ""


def gain_words(first: str, second: str, where: str = "", what: str = "test error") -> Words:
    """Return what to say of how much lower the first's error is.

    Args:
        first: a variant's name.
        second: another's.
        where: what is compared, where it is not the final test error.
        what: what is compared.
    """
    one, other = named(first), named(second)
    return Words(
        f"{one} beats {other}{where} by",
        f"{one} loses to {other}{where} by",
        f"{one} and {other} are level{where}",
        f"{one} and {other} have the same {what}",
    )


def level_words(name: str, quantity: Quantity, measure: str) -> Words:
    """Return what to say before a variant's error or accuracy."""
    words = f"{named(name)} has a {figure_words(quantity, measure)} of"
    return Words(words, words)


def lower_words(name: str, of: Quantity, than: Quantity) -> Words:
    """Return what to say of the difference of two figures of one variant."""
    lower, higher = figure_words(of, "error"), figure_words(than, "error")
    start, end = f"{named(name)} has a {lower}", f"than its {higher} by"
    return Words(
        f"{start} lower {end}",
        f"{start} higher {end}",
        f"{start} level with its {higher}",
        f"{named(name)} has the same {lower} and {higher}",
    )


def moved_words(test: RisesAgain | StandsStill) -> Words:
    """Return what to say of how far a curve rises, or falls."""
    curve = f"{test.split} {test.metric.replace('_', ' ').replace('top5', 'top-5')}"
    after = f"after epoch {test.after_epoch}"
    start = f"{named(test.variant)} has a {curve} that"
    return Words(
        f"{start} rises {after} by",
        f"{start} falls {after} by",
        f"{start} is level {after}",
        f"{start} ends as it was {after}",
    )


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


def identical_words(names: Sequence[str]) -> str:
    """Return that variants are one, without a full stop."""
    *most, last = map(named, names)
    return (
        f"{', '.join(most)} and {last} are the same network trained in the same way: one trial in "
        "each round, so that no claim between them can be settled"
    )


def gain_question(by: float) -> str:
    """Return what is open where one variant is to beat another by so many points."""
    if not by:
        return "which of the two is better"
    return f"whether the first is better by {sized(by, 'points')} or more"


def level_question(bound: float, *, above: bool) -> str:
    """Return what is open where a figure is to reach a bound in percent, or to stay below it."""
    return f"whether it is {sized(bound, 'percent')} or {'more' if above else 'less'}"


def chance_question(chance: float, margin: float) -> str:
    """Return what is open where a figure is said to be that of chance, in percent and points."""
    give_or_take = f"{sized(chance, 'percent')}, give or take {sized(margin, 'points')}"
    return f"whether that is chance ({give_or_take})"


def equal_question(margin: float) -> str:
    """Return what is open where two variants are said to be equal within so many points."""
    return f"whether they are less than {sized(margin, 'points')} apart"


def still_question(margin: float, unit: Unit) -> str:
    """Return what is open where a curve is said to stand still within a margin."""
    return f"whether it moves by less than {sized(margin, unit)}"


def sized(value: float, unit: Unit, decimals: int | None = None) -> str:
    """Return ``"1 point"``, ``"15.0%"`` or ``"0.35"``; without decimals as many as it takes."""
    text = f"{value:g}" if decimals is None else number(value, decimals)
    match unit:
        case "points":
            return f"{text} point{'' if text == '1' else 's'}"
        case "percent":
            return f"{text}%"
        case "loss":
            return text


def number(value: float, decimals: int) -> str:
    """Return a number, from a million on as a power of ten: ``"6.7e35"``."""
    if abs(value) >= _ABSURD:
        digits, power = f"{value:.1e}".replace("-", MINUS).split("e+")
        return f"{digits}e{int(power)}"
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def decimals_for(interval: tuple[float, float] | None) -> int:
    """Return as many decimals as show two digits of an interval's width, within reason."""
    least, most = _DECIMALS
    width = 0.0 if interval is None else interval[1] - interval[0]
    if width <= 0 or not math.isfinite(width):
        return 2
    return min(most, max(least, 1 - math.floor(math.log10(width))))
