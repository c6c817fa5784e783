"""The figures that a study declares, drawn from its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.reporting.charts.factor import factor
from bakeoff.reporting.charts.learning_curves import declared_curves
from bakeoff.reporting.charts.spread import boxes, rounds
from bakeoff.reporting.charts.structure import structures
from bakeoff.reporting.charts.view import View
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Block, Figure, Paragraph, Section
from bakeoff.study.figures import (
    BoxFigure,
    CurvesFigure,
    FactorFigure,
    RoundsFigure,
    StructureFigure,
)


def section(page: Page) -> Section | None:
    """Returns the figures that the source shows, from this study's trials; None without any."""
    lead = (
        "The figures of the source, drawn from the trials of this study."
        if page.results.study.source
        else "The figures that the study declares, drawn from its trials."
    )
    blocks = tuple(declared_figures(page.results))
    return (
        Section("figures", "Figures of the report", (Paragraph(lead), *blocks)) if blocks else None
    )


def declared_figures(results: Results) -> Iterator[Block]:
    """Yields the figures that the study declares, without those whose trials have not run.

    Raises:
        TypeError: nothing draws such a figure.
    """
    for spec in results.study.figures:
        kind = next((kind for kind in type(spec).__mro__ if kind in DRAW), None)
        if kind is None:
            raise TypeError(f"{type(spec).__name__} has no drawing")
        if block := DRAW[kind](spec, results):
            yield block


def _of_view(draw: Callable[..., Figure | None]) -> Callable[[Any, Results], Figure | None]:
    return lambda spec, results: draw(
        View.of_some(results, spec.shown, spec.quantity), name=spec.name, title=spec.title
    )


DRAW: Mapping[type, Callable[[Any, Results], Block | None]] = {
    StructureFigure: structures,
    CurvesFigure: declared_curves,
    FactorFigure: factor,
    BoxFigure: _of_view(boxes),
    RoundsFigure: _of_view(rounds),
}
"""The function that draws each kind of figure."""
