"""The figures that a study declares, drawn from its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.reporting.charts.curves import own_curves
from bakeoff.reporting.charts.factor import factor
from bakeoff.reporting.charts.rounds import boxes, rounds
from bakeoff.reporting.charts.structure import structures
from bakeoff.reporting.charts.view import View
from bakeoff.reporting.section import Block, Figure
from bakeoff.study.figures import (
    BoxFigure,
    CurvesFigure,
    FactorFigure,
    FigureSpec,
    RoundsFigure,
    StructureFigure,
)


def own(results: Results) -> tuple[Block, ...]:
    """Returns the figures that the study declares, without those whose trials have not run.

    Raises:
        TypeError: nothing draws such a figure.
    """
    found = (_drawn(spec, results) for spec in results.study.figures)
    return tuple(block for block in found if block is not None)


def _drawn(spec: FigureSpec, results: Results) -> Block | None:
    for kind in type(spec).__mro__:
        if kind in DRAW:
            return DRAW[kind](spec, results)
    raise TypeError(f"{type(spec).__name__} has no drawing")


def _viewed(draw: Callable[..., Figure | None]) -> Callable[[Any, Results], Figure | None]:
    """Returns the function that draws a declared figure of a view."""
    return lambda spec, results: draw(
        View.of_some(results, spec.shown, spec.quantity), name=spec.name, title=spec.title
    )


DRAW: Mapping[type, Callable[[Any, Results], Block | None]] = {
    StructureFigure: structures,
    CurvesFigure: own_curves,
    FactorFigure: factor,
    BoxFigure: _viewed(boxes),
    RoundsFigure: _viewed(rounds),
}
"""The function that draws each kind of figure."""
