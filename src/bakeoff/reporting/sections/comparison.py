"""The comparison of variants: paired differences, cost, ranks."""

from __future__ import annotations

from bakeoff.reporting.charts.critical_difference import ranks
from bakeoff.reporting.charts.forest import forest
from bakeoff.reporting.charts.tradeoff import tradeoffs
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Block, Panels, Section


def section(page: Page) -> Section | None:
    """Returns the charts of differences, cost and ranks; None if nothing is compared."""
    costs = tradeoffs(page.results)
    charts: tuple[Block | None, ...] = (
        forest(page.results, page.verdicts),
        Panels("costs", "", "", costs, costs[0].keys) if costs else None,
        ranks(page.results),
    )
    blocks = tuple(chart for chart in charts if chart is not None)
    return Section("comparison", "Comparison", blocks) if blocks else None
