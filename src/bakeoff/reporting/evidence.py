"""The comparisons behind a claim as one table."""

from __future__ import annotations

from collections.abc import Iterable

from bakeoff.analysis.statistics.paired import Evidence, evidence
from bakeoff.analysis.statistics.power import MOST_ROUNDS
from bakeoff.analysis.verdicts.parts import FEWEST, Counted, Leaf, Measured, Ranked
from bakeoff.analysis.verdicts.together import plan
from bakeoff.analysis.verdicts.words import Scale, named
from bakeoff.data.metric import MINUS
from bakeoff.reporting.compare.words import p_value
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import NOTHING, capital, differences_in, in_unit, listed

ALPHA = 0.05

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

    Means and intervals are as their metric prints them: in percentage points where two errors are
    compared, in percent with the sign where one variant is. Rounds to settle a comparison are
    those of its own test at 5%, alone. An order is shown by its rank correlation and Page's test.
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
    scales = dict.fromkeys(leaf.scale for leaf in measured)
    apart = dict.fromkeys(differences_in(scale.metric) for scale in scales if not scale.is_level)
    if apart:
        parts.append(f"differences in {listed(apart)}, above 0 where the first is better")
    units = dict.fromkeys(in_unit(scale.metric) for scale in scales if scale.is_level)
    if any(units):
        parts.append(f"figures of one variant{listed(unit for unit in units if unit)[1:]}")
    ranked = [leaf for leaf in leaves if isinstance(leaf, Ranked)]
    if ranked:
        metric = ranked[0].scale
        parts.append(
            "orders by their rank correlation in a round, 1 where the "
            f"{metric.metric.words} {metric.rises} all the way, and by Page's permutation test"
        )
    if not parts:
        parts.append("figures as they are")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}"


def _row(leaf: Measured) -> tuple[str, ...]:
    found, scale = leaf.evidence, leaf.scale
    test = leaf.equivalence or found
    few = len(leaf.figures) < FEWEST
    return (
        _subject(leaf),
        _claimed(leaf),
        number(found.mean, scale),
        interval(found.interval, scale),
        interval(found.bootstrap, scale),
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
        f"{capital(leaf.scale.metric.words)} {leaf.scale.rises}: "
        + ", ".join(map(named, leaf.variants)),
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


def number(value: float | None, scale: Scale) -> str:
    """Return a mean, given as printed: ``"+2.47"`` points, or ``"97.62%"``."""
    if value is None:
        return NOTHING
    metric = scale.metric
    if scale.is_level:
        return f"{metric.printed(value / scale.factor)}{metric.unit}"
    return metric.printed_difference(value / scale.factor)


def interval(ends: tuple[float, float] | None, scale: Scale) -> str:
    """Return both ends of an interval, as far as they can be: ``"+0.68 to +4.26"``."""
    if ends is None:
        return NOTHING
    least, most = scale.bounds
    low, high = (number(min(most, max(least, end)), scale) for end in ends)
    return f"{low.removesuffix(scale.metric.unit)} to {high}"


def _subject(leaf: Measured) -> str:
    """Return what is compared: ``"BN over DP"``, ``"BN: test error"``."""
    words = leaf.above.removesuffix(" by").removesuffix(" of")
    if len(leaf.variants) > 1:
        first, second = map(named, leaf.variants[:2])
        return f"{first} over {second}{words.removeprefix(f'{first} beats {second}')}"
    name = named(leaf.variants[0])
    return f"{name}: {words.removeprefix(f'{name} has a ')}"


def _claimed(leaf: Measured) -> str:
    sign = leaf.scale.metric.unit if leaf.scale.is_level else ""
    bound = f"{leaf.bound:g}".replace("-", MINUS)
    if leaf.equivalence is not None:
        return f"{bound} ± {leaf.equivalence.margin:g}{sign}"
    return f"{leaf.asserted} {bound}{sign}"


def _won(leaf: Measured) -> str:
    if leaf.equivalence is not None and leaf.scale.is_level:
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
