"""Numbers and figures' names as a reader sees them; values are printed by their metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bakeoff.data.metric import Metric
from bakeoff.study.published import Quantity
from bakeoff.training.history import Selection

NOTHING = "\N{EN DASH}"

SELECTIONS: dict[Selection, str] = {
    "final": "final epoch",
    "best_on_validation": "best epoch on validation",
    "best_on_test": "best epoch on test",
}


def number(value: float | None, metric: Metric) -> str:
    """Returns ``"13.53"`` for an error of 0.1353, without its unit; a dash for None."""
    return NOTHING if value is None else metric.printed(value)


def difference(value: float | None, metric: Metric) -> str:
    """Returns a difference of two values, signed: ``"+0.42"``; a dash for None."""
    return NOTHING if value is None else metric.printed_difference(value)


def in_unit(metric: Metric) -> str:
    """Returns the unit of values, to follow their name: ``", in percent"``, or nothing."""
    return f", in {'percent' if metric.unit == '%' else metric.unit}" if metric.unit else ""


def on_axis(metric: Metric) -> str:
    """Returns the unit as the end of an axis title: ``", %"``, or nothing."""
    return f", {metric.unit}" if metric.unit else ""


def differences_in(metric: Metric) -> str:
    """Returns the unit of differences: ``"percentage points"``, or the metric's own."""
    return "percentage points" if metric.unit == "%" else metric.unit or f"units of {metric.words}"


def apart(value: float | None, metric: Metric) -> str:
    """Returns the size of a difference with its unit: ``"0.42 points"``."""
    text = number(value, metric)
    return f"{text} {'points' if metric.unit == '%' else metric.unit}".rstrip()


def capital(text: str) -> str:
    """Returns a text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def duration(value: float) -> str:
    """Returns a time for reading: ``"0.4 s"``, ``"12 s"``, ``"3 min 20 s"``, ``"1 h 5 min"``."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def brief_time(seconds: float) -> str:
    """Returns a time of an answer: ``"157 \N{MICRO SIGN}s"``, ``"1.2 ms"``, ``"14 ms"``."""
    return _in_units(1e6 * seconds, ("\N{MICRO SIGN}s", "ms", "s"))


def size(n: int | float) -> str:
    """Returns a number of bytes: ``"392 B"``, ``"1.6 kB"``, ``"298 kB"``."""
    return _in_units(n, ("B", "kB", "MB", "GB"))


def ratio(value: float) -> str:
    """Returns ``"1.4\N{MULTIPLICATION SIGN}"``."""
    return f"{_two_digits(value)}\N{MULTIPLICATION SIGN}"


def _in_units(value: float, units: Sequence[str]) -> str:
    """Returns a value in the first unit that leaves it below 1000; whole in the smallest."""
    *small, largest = units
    for unit in small:
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == units[0] else f"{_two_digits(value)} {unit}"
        value /= 1000
    return f"{_two_digits(value)} {largest}"


def _two_digits(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def counted(n: int, noun: str) -> str:
    """Returns ``"1 round"`` or ``"15 rounds"``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(parts: Iterable[str]) -> str:
    """Returns ``"a, b and c"``."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def measured_word(quantity: Quantity, metric: Metric) -> str:
    """Returns the split and metric in words: ``"test error"``, ``"test digit accuracy"``."""
    return f"{quantity.split} {metric.words}"


def quantity_label(quantity: Quantity, metric: Metric) -> str:
    """Returns ``"test error, final epoch"``."""
    return f"{measured_word(quantity, metric)}, {SELECTIONS[quantity.selection]}"


def rounds_cell(rounds: int, answered: int, diverged: int) -> str:
    """Returns ``"15"``, or what is missing: ``"13 of 15, 1 diverged"``."""
    text = str(rounds) if answered == rounds else f"{answered} of {rounds}"
    return f"{text}, {diverged} diverged" if diverged else text


def share_of(part: int, whole: int) -> str:
    """Returns ``"14 of 15"``."""
    return f"{part:,} of {whole:,}"


def spans(rounds: Sequence[int]) -> str:
    """Returns rounds, given from 0, as read from 1: ``"2, 5 to 8 and 11"``."""
    runs: list[list[int]] = []
    for place in rounds:
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
