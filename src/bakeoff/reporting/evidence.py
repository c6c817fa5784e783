"""The comparisons behind a claim as one table."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bakeoff.analysis.statistics.paired import Evidence, evidence
from bakeoff.analysis.statistics.power import MOST_ROUNDS
from bakeoff.analysis.verdicts.parts import FEWEST, Counted, Leaf, Measured, Ranked, Unit
from bakeoff.analysis.verdicts.together import plan
from bakeoff.analysis.verdicts.words import named
from bakeoff.reporting.compare.words import p_value
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import MINUS, NOTHING

ALPHA = 0.05

_LIMITS: dict[Unit, tuple[float, float]] = {
    "points": (-100, 100),
    "percent": (0, 100),
    "loss": (-math.inf, math.inf),
}

COLUMNS = (
    Column("Comparison", "text"),
    Column("Claimed"),
    Column("Mean", "key"),
    Column("95% t-interval"),
    Column("95% bootstrap"),
    Column("Won in a round"),
    Column("Effect size"),
    Column("t-test p"),
    Column("Permutation p"),
    Column("Rounds"),
    Column("Rounds to settle"),
)


def evidence_grid(leaves: Iterable[Leaf]) -> Grid | None:
    """Return a row for each comparison of a claim; None where everything is counted.

    Means and intervals are in percentage points where two are compared, in percent with the sign
    where one variant is, losses as they are. Rounds to settle a comparison are those of its own
    test at 5%, alone. An order is shown by its rank correlation and Page's test.
    """
    found = tested(leaves)
    if not found:
        return None
    return Grid(
        caption=_caption(found),
        columns=COLUMNS,
        rows=tuple(_ranked(leaf) if isinstance(leaf, Ranked) else _row(leaf) for leaf in found),
    )


def tested(leaves: Iterable[Leaf]) -> list[Measured | Ranked]:
    """Return the comparisons that are tested, not counted."""
    return [leaf for leaf in leaves if not isinstance(leaf, Counted)]


def _caption(leaves: list[Measured | Ranked]) -> str:
    measured = [leaf for leaf in leaves if isinstance(leaf, Measured)]
    parts = []
    if any(leaf.unit == "points" for leaf in measured):
        parts.append("differences in percentage points, above 0 where the first is better")
    if any(leaf.unit == "percent" for leaf in measured):
        parts.append("figures of one variant in percent")
    if any(leaf.unit == "loss" for leaf in measured):
        parts.append("losses as they are")
    if len(measured) < len(leaves):
        parts.append(
            "orders by their rank correlation in a round, 1 where the error falls all the way, "
            "and by Page's permutation test"
        )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}"


def _row(leaf: Measured) -> tuple[str, ...]:
    found, unit = leaf.evidence, leaf.unit
    test = leaf.equivalence or found
    few = len(leaf.figures) < FEWEST
    return (
        _subject(leaf),
        _claimed(leaf),
        number(found.mean, unit),
        interval(found.interval, unit),
        interval(found.bootstrap, unit),
        _won(leaf),
        _effect(found),
        p_value(None if test.t_test is None else test.t_test.two_sided),
        NOTHING if few else p_value(test.permutation.two_sided),
        f"{len(leaf.figures):,}",
        _to_settle(leaf),
    )


def _ranked(leaf: Ranked) -> tuple[str, ...]:
    found = evidence(leaf.trend.agreement)
    return (
        "Error falls: " + ", ".join(map(named, leaf.variants)),
        "above 0",
        _signed(found.mean),
        _ends(leaf.trend.interval),
        _ends(found.bootstrap),
        _share(found),
        _effect(found),
        NOTHING,
        NOTHING if len(leaf.rounds) < FEWEST else p_value(leaf.trend.page.two_sided),
        f"{len(leaf.rounds):,}",
        _to_settle(leaf),
    )


def number(value: float | None, unit: Unit) -> str:
    """Return a mean: ``"+2.47"`` points, ``"97.62%"``, or a loss with three decimals."""
    if value is None:
        return NOTHING
    match unit:
        case "points":
            return _signed(value)
        case "percent":
            return f"{_signed(value).lstrip('+')}%"
        case "loss":
            return _signed(value, decimals=3)


def interval(ends: tuple[float, float] | None, unit: Unit) -> str:
    """Return both ends of an interval, as far as they can be: ``"+0.68 to +4.26"``."""
    if ends is None:
        return NOTHING
    least, most = _LIMITS[unit]
    low, high = (number(min(most, max(least, end)), unit) for end in ends)
    return f"{low.rstrip('%')} to {high}"


def _subject(leaf: Measured) -> str:
    """Return what is compared: ``"BN over DP"``, ``"BN: test error"``."""
    words = leaf.above.removesuffix(" by").removesuffix(" of")
    if len(leaf.variants) > 1:
        first, second = map(named, leaf.variants[:2])
        return f"{first} over {second}{words.removeprefix(f'{first} beats {second}')}"
    name = named(leaf.variants[0])
    return f"{name}: {words.removeprefix(f'{name} has a ')}"


def _claimed(leaf: Measured) -> str:
    sign = "%" if leaf.unit == "percent" else ""
    bound = f"{leaf.bound:g}".replace("-", MINUS)
    if leaf.equivalence is not None:
        return f"{bound} ± {leaf.equivalence.margin:g}{sign}"
    return f"{leaf.asserted} {bound}{sign}"


def _won(leaf: Measured) -> str:
    if leaf.equivalence is not None and leaf.unit == "percent":
        return NOTHING
    return _share(leaf.evidence, below=leaf.asserted == "below")


def _share(found: Evidence, *, below: bool = False) -> str:
    wins = found.wins
    if wins.share is None or wins.interval is None:
        return NOTHING
    low, high = wins.interval
    share = wins.share
    if below:
        share, low, high = 1 - share, 1 - high, 1 - low
    return f"{share:.0%} ({100 * low:.0f} to {high:.0%})"


def _effect(found: Evidence) -> str:
    return _signed(found.effect)


def _to_settle(leaf: Measured | Ranked) -> str:
    if len(leaf.rounds) < FEWEST:
        return f"{FEWEST} or more"
    ways = [rounds for rounds in plan(leaf, ALPHA) if rounds is not None]
    return f"{min(ways):,}" if ways else f"over {MOST_ROUNDS:,}"


def _ends(ends: tuple[float, float] | None) -> str:
    return NOTHING if ends is None else f"{_signed(ends[0])} to {_signed(ends[1])}"


def _signed(value: float | None, *, decimals: int = 2) -> str:
    if value is None:
        return NOTHING
    text = f"{value:+.{decimals}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", MINUS)
