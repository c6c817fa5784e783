"""The words that verdicts are put in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bakeoff.data.metric import MINUS, Metric
from bakeoff.study.claim_curves import RisesAgain, StandsStill
from bakeoff.study.published import Quantity

_SELECTIONS = {
    "final": "",
    "best_on_test": " at its best epoch on test",
    "best_on_validation": " at its best epoch on validation",
}
_DECIMALS = (1, 3)
_ABSURD = 1e6


@dataclass(frozen=True)
class Scale:
    """What figures are of, and how they are printed: values of a metric, or differences of such.

    Figures are as printed: fractions in percent, or in percentage points.

    Attributes:
        metric: whose values they are.
        is_level: whether they are values of one variant, not differences.
    """

    metric: Metric
    is_level: bool = False

    @property
    def factor(self) -> float:
        """What a value in the metric's unit is multiplied by."""
        return self.metric.scale

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which values a figure lies, as printed."""
        least, most = self.metric.bounds
        low = -math.inf if least is None else self.factor * least
        high = math.inf if most is None else self.factor * most
        return (low, high) if self.is_level else (low - high, high - low)

    @property
    def rises(self) -> str:
        """What the metric does where it gets better."""
        return "rises" if self.metric.direction == "higher" else "falls"

    def decimals(self, interval: tuple[float, float] | None) -> int:
        """Return as many decimals as show two digits of an interval's width, within reason."""
        least, most = _DECIMALS if self.metric.unit == "%" else (0, 6)
        width = 0.0 if interval is None else interval[1] - interval[0]
        if width <= 0 or not math.isfinite(width):
            return 2 if self.metric.unit == "%" else 4
        return min(most, max(least, 1 - math.floor(math.log10(width))))

    def sized(self, value: float, decimals: int | None = None) -> str:
        """Return ``"1 point"``, ``"15.0%"`` or ``"0.35"``; without decimals as many as it takes."""
        text = f"{value:g}" if decimals is None else number(value, decimals)
        if self.metric.unit != "%":
            return f"{text} {self.metric.unit}".rstrip()
        return f"{text}%" if self.is_level else f"{text} point{'' if text == '1' else 's'}"


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


def gain_words(first: str, second: str, where: str, what: str) -> Words:
    """Return what to say of how much better the first is.

    Args:
        first: a variant's name.
        second: another's.
        where: what is compared, where it is not the study's first metric on test at the end.
        what: what is compared.
    """
    one, other = named(first), named(second)
    return Words(
        f"{one} beats {other}{where} by",
        f"{one} loses to {other}{where} by",
        f"{one} and {other} are level{where}",
        f"{one} and {other} have the same {what}",
    )


def level_words(name: str, quantity: Quantity, metric: Metric) -> Words:
    """Return what to say before a variant's figure."""
    words = f"{named(name)} has a {figure_words(quantity, metric)} of"
    return Words(words, words)


def better_words(name: str, of: tuple[Quantity, Metric], than: tuple[Quantity, Metric]) -> Words:
    """Return what to say of the difference of two figures of one variant."""
    one, other = figure_words(*of), figure_words(*than)
    start, end = f"{named(name)} has a {one}", f"than its {other} by"
    better, worse = ("higher", "lower") if of[1].direction == "higher" else ("lower", "higher")
    return Words(
        f"{start} {better} {end}",
        f"{start} {worse} {end}",
        f"{start} level with its {other}",
        f"{named(name)} has the same {one} and {other}",
    )


def moved_words(test: RisesAgain | StandsStill, metric: Metric) -> Words:
    """Return what to say of how far a curve rises, or falls."""
    curve = f"{test.split} {metric.words}"
    after = f"after epoch {test.after_epoch}"
    start = f"{named(test.variant)} has a {curve} that"
    return Words(
        f"{start} rises {after} by",
        f"{start} falls {after} by",
        f"{start} is level {after}",
        f"{start} ends as it was {after}",
    )


def called(quantity: Quantity, metric: Metric) -> str:
    """Return where one variant beats another, empty for the study's metric on test at the end."""
    return "" if quantity == Quantity() else f" in {figure_words(quantity, metric)}"


def figure_words(quantity: Quantity, metric: Metric) -> str:
    """Return ``"test digit error"``, with its epoch where that is not the last."""
    return f"{quantity.split} {metric.words}{_SELECTIONS[quantity.selection]}"


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


def gain_question(by: float, scale: Scale) -> str:
    """Return what is open where one variant is to beat another by so much."""
    if not by:
        return "which of the two is better"
    return f"whether the first is better by {scale.sized(by)} or more"


def level_question(bound: float, scale: Scale) -> str:
    """Return what is open where a figure is to reach a bound."""
    more = "more" if scale.metric.direction == "higher" else "less"
    return f"whether it is {scale.sized(bound)} or {more}"


def chance_question(chance: float, margin: float, scale: Scale) -> str:
    """Return what is open where a figure is said to be that of chance."""
    apart = Scale(scale.metric).sized(margin)
    return f"whether that is chance ({scale.sized(chance)}, give or take {apart})"


def equal_question(margin: float, scale: Scale) -> str:
    """Return what is open where two variants are said to be equal within a margin."""
    return f"whether they are less than {scale.sized(margin)} apart"


def still_question(margin: float, scale: Scale) -> str:
    """Return what is open where a curve is said to stand still within a margin."""
    return f"whether it moves by less than {scale.sized(margin)}"


def number(value: float, decimals: int) -> str:
    """Return a number, from a million on as a power of ten: ``"6.7e35"``."""
    if abs(value) >= _ABSURD:
        digits, power = f"{value:.1e}".replace("-", MINUS).split("e+")
        return f"{digits}e{int(power)}"
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def worst(metric: Metric) -> str:
    """Return what a diverged trial counts as: ``"the worst error, 100%"``."""
    if metric.worst is None:
        return f"the worst {metric.words} measured"
    value = Scale(metric, is_level=True).sized(metric.scale * metric.worst)
    return f"the worst {metric.words}, {value}"
