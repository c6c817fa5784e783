"""Cells of tables, and their text: the one place where values are printed."""

from __future__ import annotations

import math

from bakeoff.analysis.summary import Summary
from bakeoff.data.metric import MINUS, Metric
from bakeoff.reporting.section import Badge, Cell, Interval, Link, Number, Ranked
from bakeoff.reporting.text.numbers import NOTHING, brief_time, ratio, size


def mean_cell(summary: Summary, metric: Metric, *, mark: bool = False) -> Cell:
    """Returns a sample's mean and sd, or ``"diverged"`` if all trials diverged."""
    if summary.n == 0 and summary.diverged:
        return "diverged"
    return Number(summary.mean, "level", metric, summary.sd, mark)


def text(cell: Cell) -> str:
    """Returns a cell as text: ``"13.53 (1.40)"``, ``"+0.42"``, ``"0.012"``; a dash for none."""
    number, aside = parts(cell)
    return f"{number} {aside}" if aside else number


def parts(cell: Cell) -> tuple[str, str]:
    """Returns a cell's text in two parts; the second is the bracket after a number."""
    match cell:
        case None | str():
            return NOTHING if cell is None else cell, ""
        case Badge() | Link() | Ranked():
            return cell.text, ""
        case Interval():
            return _interval(cell), ""
        case Number():
            if cell.value is not None and cell.ratio is not None:
                return _number(cell.value, cell), f"({ratio(cell.ratio)})"
            if cell.value is None or cell.sd is None:
                return _number(cell.value, cell), ""
            # As many decimals as the mean has, however small the deviation is.
            spread = (
                _number(cell.sd, cell).lstrip("+")
                if cell.metric is None
                else cell.metric.printed(cell.sd, decimals=cell.metric.decimals(cell.value))
            )
            return _number(cell.value, cell), f"({spread})"


def p_text(p: float | None) -> str:
    """Returns ``"p = 0.012"`` or ``"p < 0.001"``."""
    shown = text(Number(p, "p"))
    return f"p {shown if shown.startswith('<') else f'= {shown}'}"


def sort_key(cell: Cell) -> float | str | None:
    """Returns the sort key of a cell: its value, the middle of an interval, or its text."""
    match cell:
        case Number():
            return cell.value
        case Ranked():
            return cell.key
        case Interval():
            return None if cell.ends is None else sum(cell.ends) / 2
        case None:
            return None
        case _:
            return text(cell)


def _interval(cell: Interval) -> str:
    if cell.ends is None:
        return NOTHING
    low, high = cell.ends
    if cell.metric is not None and cell.kind == "level":
        low, high = (end if math.isinf(end) else cell.metric.within(end) for end in cell.ends)
    return " to ".join(_number(end, Number(end, cell.kind, cell.metric)) for end in (low, high))


def _number(value: float | None, cell: Number) -> str:  # noqa: PLR0911
    if value is None:
        return NOTHING
    match cell.kind:
        case "level" if cell.metric is not None:
            return cell.metric.printed(value)
        case "difference" if cell.metric is not None:
            return cell.metric.printed_difference(value)
        case "count":
            return f"{value:,.0f}"
        case "seconds":
            return (
                f"{value:,.0f}"
                if value >= 100
                else f"{value:.1f}"
                if value >= 1
                else f"{value:.2f}"
            )
        case "time":
            return brief_time(value)
        case "bytes":
            return size(value)
        case "p":
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        case "share":
            return f"{100 * value:.0f}%"
        case "effect" | "difference":
            signed = f"{value:+.2f}"
            return signed.lstrip("+-") if float(signed) == 0 else signed.replace("-", MINUS)
        case _:
            return f"{value:g}".replace("-", MINUS)
