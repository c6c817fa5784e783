"""The comparisons behind a claim as one table."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.parts import Counted, Leaf, Measured, Method, Share, Tested
from bakeoff.data.metric import MINUS
from bakeoff.reporting.compare.words import p_value
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.text.verdicts import TICKS
from bakeoff.reporting.text.words import Scale, subject
from bakeoff.reporting.wording import NOTHING, differences_in, in_unit, listed

COLUMNS = (
    Column("Comparison", "text"),
    Column("Claimed"),
    Column("Typical", "key"),
    Column("95% interval"),
    Column("p"),
    Column("Mean (sd)"),
    Column("95% t-interval"),
    Column("Rounds as claimed"),
    Column("Effect size"),
)


def evidence_grid(
    leaves: Iterable[Leaf], holds: Iterable[bool | None], method: Method
) -> Grid | None:
    """Return a row for each comparison of a claim; None where everything is counted.

    Figures and intervals are as their metric prints them: in percentage points where two errors
    are compared, in percent with the sign where one variant is. An order is shown by its rank
    correlation, a share by what part of the rounds went so.

    Args:
        leaves: the comparisons, and what was counted.
        holds: for each, whether it is as the claim needs it; None where it is open.
        method: of the p-values, each of its own comparison, alone.
    """
    rows = [
        _row(leaf, good, method)
        for leaf, good in zip(leaves, holds, strict=True)
        if not isinstance(leaf, Counted)
    ]
    if not rows:
        return None
    return Grid(caption=_caption(tested(leaves)), columns=COLUMNS, rows=tuple(rows))


def tested(leaves: Iterable[Leaf]) -> list[Tested]:
    """Return the comparisons that are tested, not counted."""
    return [leaf for leaf in leaves if not isinstance(leaf, Counted)]


def _caption(leaves: list[Tested]) -> str:
    parts = []
    plain = [leaf for leaf in leaves if isinstance(leaf, Measured)]
    scales = dict.fromkeys(
        Scale.of(leaf.contrast) for leaf in plain if leaf.contrast.kind != "order"
    )
    apart = dict.fromkeys(differences_in(scale.metric) for scale in scales if not scale.is_level)
    if apart:
        parts.append(f"differences in {listed(apart)}, above 0 where the first is better")
    units = dict.fromkeys(in_unit(scale.metric) for scale in scales if scale.is_level)
    if any(units):
        parts.append(f"figures of one variant{listed(unit for unit in units if unit)[1:]}")
    if any(leaf.contrast.kind == "order" for leaf in plain):
        parts.append("orders by their rank correlation in a round, 1 where it is perfect")
    if len(plain) < len(leaves):
        parts.append("shares in percent of all rounds")
    if not parts:
        parts.append("figures as they are")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}"


def _row(leaf: Tested, holds: bool | None, method: Method) -> tuple[str, ...]:
    compared = f"{TICKS[holds]} {subject(leaf.contrast)}"
    few = len(leaf.rounds) < FEWEST
    p = p_value(None if few else leaf.sides(method).two_sided)
    if isinstance(leaf, Share):
        n, k = len(leaf.outcomes), sum(leaf.outcomes)
        return (
            compared,
            f"above {100 * leaf.share:g}%",
            f"{100 * k / n:.0f}%" if n else NOTHING,
            NOTHING,
            p,
            NOTHING,
            NOTHING,
            f"{k} of {n}",
            NOTHING,
        )
    found, cell = leaf.evidence, _Cell(leaf)
    return (
        compared,
        _claimed(leaf),
        cell.number(found.estimate),
        cell.interval(found.interval),
        p,
        cell.mean_sd(found.mean, found.sd),
        cell.interval(found.t_interval),
        _as_claimed(leaf),
        signed(found.effect),
    )


class _Cell:
    """How the figures of a comparison are printed."""

    def __init__(self, leaf: Measured) -> None:
        self.scale, self.is_order = Scale.of(leaf.contrast), leaf.contrast.kind == "order"

    def number(self, value: float | None) -> str:
        """Return ``"+2.47"`` points, ``"97.62%"``, or a rank correlation."""
        if value is None:
            return NOTHING
        if self.is_order:
            return signed(value)
        metric, value = self.scale.metric, self.scale.within(value)
        if self.scale.is_level:
            return f"{metric.printed(value)}{metric.unit if math.isfinite(value) else ''}"
        return metric.printed_difference(value)

    def interval(self, ends: tuple[float, float] | None) -> str:
        """Return both ends, as far as they can be: ``"+0.68 to +4.26"``."""
        if ends is None:
            return NOTHING
        low, high = map(self.number, ends)
        return f"{low.removesuffix(self.scale.metric.unit)} to {high}"

    def mean_sd(self, mean: float | None, sd: float | None) -> str:
        """Return ``"+2.47 (1.10)"``."""
        if sd is None:
            return self.number(mean)
        plain = f"{sd:.2f}" if self.is_order else self.scale.metric.printed(sd)
        return f"{self.number(mean)} ({plain})"


def _claimed(leaf: Measured) -> str:
    metric = leaf.contrast.metric
    sign = metric.unit if leaf.contrast.is_level else ""
    bound = f"{round(metric.scale * leaf.bound, 10):g}".replace("-", MINUS)
    if leaf.margin is not None:
        return f"{bound} ± {round(metric.scale * leaf.margin, 10):g}{sign}"
    return f"{leaf.asserted} {bound}{sign}"


def _as_claimed(leaf: Measured) -> str:
    """Return in how many rounds the figure is as claimed: ``"14 of 15"``."""
    if leaf.margin is not None:
        kept = sum(abs(figure - leaf.bound) < leaf.margin for figure in leaf.figures)
    else:
        wins = leaf.evidence.wins
        kept = wins.lost if leaf.asserted == "below" else wins.won
    return f"{kept} of {len(leaf.figures):,}"


def signed(value: float | None, *, decimals: int = 2) -> str:
    """Return ``"+0.42"``; a dash for None."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:+.{decimals}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", MINUS)
