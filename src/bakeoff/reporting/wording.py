"""Numbers and figures' names as a reader sees them; fractions become percent here, nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from bakeoff.analysis.summary import Summary
from bakeoff.analysis.table import Measure
from bakeoff.study.published import Quantity
from bakeoff.training.history import Selection

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"

SELECTIONS: dict[Selection, str] = {
    "final": "final epoch",
    "best_on_validation": "best epoch on validation",
    "best_on_test": "best epoch on test",
}


METRICS = {"error": "", "digit_error": "digit ", "top5_error": "top-5 "}
"""What a metric puts before the measure."""


def percent(fraction: float | None) -> str:
    """Return ``"13.53"`` for 0.1353, without the sign of percent; a dash for None."""
    return NOTHING if fraction is None else _minus(f"{100 * fraction:.2f}")


def points(difference: float | None) -> str:
    """Return a difference of two fractions in percentage points, signed: ``"+0.42"``."""
    return NOTHING if difference is None else _minus(f"{100 * difference:+.2f}")


def interval(ends: tuple[float, float] | None) -> str:
    """Return where an error or accuracy lies, within 0 and 1: ``"12.91 to 14.15"``, in percent.

    Few rounds have t-intervals that reach beyond what can be.
    """
    return NOTHING if ends is None else difference_interval(within_bounds(ends))


def difference_interval(ends: tuple[float, float]) -> str:
    """Return where a difference lies, whole: ``"0.91 to 1.15"``, in percentage points."""
    return f"{percent(ends[0])} to {percent(ends[1])}"


def within_bounds(ends: tuple[float, float]) -> tuple[float, float]:
    """Return the part of an interval of a fraction that is within 0 and 1."""
    low, high = (min(max(end, 0.0), 1.0) for end in ends)
    return low, high


def half_interval(ends: tuple[float, float] | None) -> str:
    """Return half the width of an interval around a mean: ``"±0.62"``, in percent."""
    return NOTHING if ends is None else f"±{percent((ends[1] - ends[0]) / 2)}"


def mean_sd(mean: float | None, sd: float | None) -> str:
    """Return ``"13.53 (1.40)"``, in percent, or the mean alone."""
    return percent(mean) if mean is None or sd is None else f"{percent(mean)} ({percent(sd)})"


def summary_cell(summary: Summary) -> str:
    """Return a sample's mean and sd in percent, ``"diverged"`` where nothing else is left."""
    if summary.n == 0 and summary.diverged:
        return "diverged"
    return mean_sd(summary.mean, summary.sd)


def integer(value: int | None) -> str:
    """Return ``"73,954"``; a dash for None."""
    return NOTHING if value is None else f"{value:,}"


def seconds(value: float | None) -> str:
    """Return ``"4.2"``, with fewer decimals where there is more before them; a dash for None."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def duration(value: float) -> str:
    """Return a time for reading: ``"0.4 s"``, ``"12 s"``, ``"3 min 20 s"``, ``"1 h 5 min"``."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def counted(n: int, noun: str) -> str:
    """Return ``"1 round"`` or ``"15 rounds"``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(parts: Iterable[str]) -> str:
    """Return ``"a, b and c"``."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def measured_word(quantity: Quantity, measure: Measure) -> str:
    """Return what is measured where: ``"test error"``, ``"test digit accuracy"``."""
    return f"{quantity.split} {METRICS[quantity.metric]}{measure}"


def quantity_label(quantity: Quantity, measure: Measure) -> str:
    """Return ``"test error, final epoch"``."""
    return f"{measured_word(quantity, measure)}, {SELECTIONS[quantity.selection]}"


def rounds_cell(rounds: int, answered: int, diverged: int) -> str:
    """Return ``"15"``, or what is wrong with it: ``"13 of 15, 1 diverged"``."""
    text = str(rounds) if answered == rounds else f"{answered} of {rounds}"
    return f"{text}, {diverged} diverged" if diverged else text


def _minus(text: str) -> str:
    # "-0.00" says that a difference has a sign that its digits do not show.
    return text.lstrip("-+") if float(text) == 0 else text.replace("-", MINUS)
