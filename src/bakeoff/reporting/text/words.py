"""Names, numbers and units in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.leaders import Leaders
from bakeoff.data.dataset import datasets
from bakeoff.data.metric import Metric
from bakeoff.reporting.section import Ranked
from bakeoff.reporting.text.numbers import SELECTIONS, capital, listed, measured_word
from bakeoff.spec import Spec
from bakeoff.study.published import Quantity

_DECIMALS = (1, 3)
_NAMED = 8


@dataclass(frozen=True)
class Printing:
    """How values of a metric, or differences of values, are printed in a sentence.

    A value is given in the metric's unit. It is printed in percent, or in percentage points, if the
    metric prints so.

    Attributes:
        metric: whose values they are.
        is_level: whether they are values of one variant, not differences.
    """

    metric: Metric
    is_level: bool = False

    @classmethod
    def of(cls, contrast: Contrast) -> Printing:
        """Returns the scale of what a contrast compares."""
        return cls(contrast.metric, contrast.is_level)

    @property
    def rises(self) -> str:
        """The verb for a metric that gets better."""
        return "rises" if self.metric.direction == "higher" else "falls"

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value that a figure can have."""
        least, most = self.metric.bounds
        low = -math.inf if least is None else least
        high = math.inf if most is None else most
        return (low, high) if self.is_level else (low - high, high - low)

    def within(self, value: float) -> float:
        """Returns the nearest possible figure; an infinite one as it is."""
        low, high = self.bounds
        return value if math.isinf(value) else min(high, max(low, value))

    def decimals(self, interval: tuple[float, float] | None) -> int:
        """Returns the decimals that show two digits of an interval's width, within limits."""
        least, most = _DECIMALS if self.metric.unit == "%" else (0, 6)
        width = 0.0 if interval is None else self.metric.scale * (interval[1] - interval[0])
        if math.isinf(width) and self.metric.unit != "%":
            # Three digits of the finite end.
            width = max((abs(end) / 10 for end in interval or () if math.isfinite(end)), default=0)
        if width <= 0 or not math.isfinite(width):
            return 2 if self.metric.unit == "%" else 4
        return min(most, max(least, 1 - math.floor(math.log10(width))))

    def number(self, value: float, decimals: int) -> str:
        """Returns a figure without its unit."""
        return self.metric.printed(self.within(value), decimals=decimals)

    def sized(self, value: float, decimals: int | None = None) -> str:
        """Returns ``"1 point"``, ``"15.0%"`` or ``"0.35"``; all digits where `decimals` is None."""
        whole = f"{round(self.metric.scale * self.within(value), 12):g}"
        text = whole if decimals is None else self.number(value, decimals)
        if self.metric.unit != "%":
            return f"{text} {self.metric.unit}".rstrip()
        return f"{text}%" if self.is_level else f"{text} point{'' if text == '1' else 's'}"


def called(contrast: Contrast) -> str:
    """Returns what a contrast compares, in words; empty for the study's metric, test, final."""
    if contrast.kind == "speed":
        return f" over the first {contrast.iterations:,} batches"
    if contrast.quantity == Quantity():
        return ""
    return f" in {figure_words(contrast.quantity, contrast.metric)}"


def figure_words(quantity: Quantity, metric: Metric) -> str:
    """Returns ``"test digit error"``, with its epoch if that is not the last."""
    where = "" if quantity.selection == "final" else f" at its {SELECTIONS[quantity.selection]}"
    return f"{measured_word(quantity, metric)}{where}"


def subject(contrast: Contrast) -> str:
    """Returns the name of a comparison in a table: ``"BN over DP"``, ``"BN: test error"``."""
    first, metric = named(contrast.variants[0]), contrast.metric
    kind = contrast.kind
    if kind in {"difference", "speed", "wins"}:
        over = "wins against" if kind == "wins" else "over"
        return f"{first} {over} {named(contrast.variants[1])}{called(contrast)}"
    if kind == "order":
        names = ", ".join(map(named, contrast.variants))
        return f"{capital(metric.words)} {Printing(metric).rises}: {names}"
    what = figure_words(contrast.quantity, metric)
    if kind == "change":
        what = f"{contrast.split} {metric.words} after epoch {contrast.after_epoch}"
    elif kind == "figures" and contrast.than:
        what = f"{what} over {figure_words(*contrast.than)}"
    elif kind == "collapses":
        what = "learns nothing"
    return f"{first}: {what}"


def named(name: str) -> str:
    """Returns a variant's name, in quotation marks if it holds a comma."""
    return quoted(name) if "," in name else name


def quoted(text: str) -> str:
    """Returns a text in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def identical_words(names: Sequence[str]) -> str:
    """Returns the words for variants that are trained alike, without a full stop."""
    return (
        f"{listed(map(named, names))} are the same model trained in the same way: they share "
        "one trial in each round, so that no claim between them can be settled"
    )


def leaders_words(leaders: Leaders | None) -> str:
    """Returns the best variant, and those that do not differ from it; empty for one variant."""
    if leaders is None:
        return ""
    best = f"{named(leaders.best)} has the best mean."
    of_pairs = f" of {leaders.pairs:,} pairs" if leaders.pairs > 1 else ""
    if leaders.few and not leaders.adjusted:
        return f"{best} Fewer than {leaders.least} {leaders.unit}s allow no test{of_pairs}."
    level, few = _some(leaders.level), _some(leaders.few)
    all_pairs = (
        f", with Holm's correction over all {leaders.pairs:,} pairs" if leaders.pairs > 1 else ""
    )
    if leaders.level:
        best += f" Its difference from {level} is not significant at 5%{all_pairs}."
    elif not leaders.few:
        best += f" It differs from every other variant at 5%{all_pairs}."
    if leaders.few:
        rounds = f"fewer than {leaders.least} {leaders.unit}s with it, too few for a test{of_pairs}"
        best += f" {few} {'shares' if len(leaders.few) == 1 else 'share'} {rounds}."
    return best


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    shown = [named(name) for name in names[:_NAMED]]
    return listed([*shown, f"{more} more"] if more > 0 else shown) if shown else ""


def standing(name: str, leaders: Leaders | None) -> Ranked | None:
    """Returns how a variant compares with the best one, sorted by p; None if it is not tested."""
    if leaders is None or name in leaders.few:
        return None
    if name == leaders.best:
        return Ranked("best", 0.0)
    words = "not significant" if name in leaders.level else "behind"
    return Ranked(words, 1 - leaders.adjusted[name])


def without_folders(code: str, spec: Spec) -> str:
    """Returns the code of a spec with the files of its datasets by name: it is read elsewhere.

    Args:
        code: of the spec.
        spec: a task, say.
    """
    for dataset in datasets(spec):
        for field in type(dataset).model_fields:
            place = getattr(dataset, field)
            if isinstance(place, str) and Path(place).is_absolute():
                code = code.replace(repr(place), repr(Path(place).name))
    return code
