"""The report's own figures: each declared by the study, drawn from its results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.models.network import Network, PerImage
from bakeoff.reporting.figures.drawing import Pen, document, length, moved
from bakeoff.reporting.figures.factor import factor_figure, factor_keys
from bakeoff.reporting.figures.figure import Figure, Keys, spec_svg, svg
from bakeoff.reporting.figures.own_curves import curve_panels, curves_description
from bakeoff.reporting.figures.rounds import box_figure, rounds_figure
from bakeoff.reporting.figures.structure import structure, structure_grid
from bakeoff.reporting.figures.view import View
from bakeoff.reporting.grids import Grid
from bakeoff.reporting.palette import LIGHT, PAGE, Paint
from bakeoff.study.figures import (
    BoxFigure,
    CurvesFigure,
    FactorFigure,
    FigureSpec,
    RoundsFigure,
    StructureFigure,
)

PANEL_WIDTH = 320
"""Pixels of a panel in a file, where there are several."""

BORDER = 20
"""Pixels around and between drawings in a file."""


@dataclass(frozen=True)
class Drawing:
    """A network, drawn, and its layers in a table.

    Attributes:
        name: unique in a report.
        title: whose network it is, and how large.
        description: how to read it.
        network: what is drawn.
        grid: its layers.
    """

    name: str
    title: str
    description: str
    network: Network
    grid: Grid

    def svg(self) -> str:
        """Return the drawing for a page, in the page's colours."""
        piece = structure(self.network, Pen(PAGE))
        marks = moved(piece.marks, piece.left + 1, 1)
        return document([marks], width=piece.width + 2, height=piece.height + 2)


@dataclass(frozen=True)
class OwnFigure:
    """One of the report's figures.

    Attributes:
        name: unique in a report; files are named after it.
        title: as the report numbers and names it.
        description: what it shows and how to read it.
        panels: one chart or several; none in a figure of drawings.
        drawings: one network or several; none in a figure of charts.
        keys: what a legend must tell; empty where names stand in the figure itself.
        label: how the run differs from the study as declared, empty where it does not.
    """

    name: str
    title: str
    description: str
    panels: tuple[Figure, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    keys: Keys = field(default_factory=dict)
    label: str = ""

    def svg(self) -> str:
        """Return the whole figure as an SVG document in the light theme."""
        if self.drawings:
            return _side_by_side(self.title, self.drawings, LIGHT)
        if len(self.panels) == 1:
            return svg(self.panels[0].chart)
        return spec_svg(self._panels_spec())

    def _panels_spec(self) -> dict[str, Any]:
        import altair as alt

        charts = [
            panel.chart.properties(
                width=PANEL_WIDTH,
                # The run's label stands above all panels.
                title=alt.TitleParams(panel.chart.title.text, fontWeight="normal"),
            )
            for panel in self.panels
        ]
        title = alt.TitleParams(self.title, subtitle=self.label)
        spec: dict[str, Any] = alt.concat(*charts, columns=2, title=title).to_dict()
        return spec


def own_figures(results: Results) -> list[OwnFigure]:
    """Return the figures that the study declares, without those of which nothing has run."""
    found = (_own(figure, results) for figure in results.study.figures)
    return [figure for figure in found if figure is not None]


def _own(figure: FigureSpec, results: Results) -> OwnFigure | None:
    match figure:
        case StructureFigure():
            return _structures(figure, results)
        case CurvesFigure():
            keys, panels = curve_panels(figure, results)
            return _of_panels(figure, results, keys, panels, curves_description(figure))
        case FactorFigure():
            one = factor_figure(figure, results)
            keys = factor_keys(figure, results)
            return _of_panels(figure, results, keys, (one,) if one else ())
        case BoxFigure():
            view = View.of_some(results, figure.shown, figure.quantity)
            one = box_figure(view, name=figure.name, title=figure.title)
            return _of_panels(figure, results, {}, (one,) if one else ())
        case RoundsFigure():
            view = View.of_some(results, figure.shown, figure.quantity)
            one = rounds_figure(view, name=figure.name, title=figure.title)
            return _of_panels(figure, results, view.keys, (one,) if one else ())
        case _:
            raise TypeError(f"{type(figure).__name__} has no drawing")


def _of_panels(
    figure: FigureSpec,
    results: Results,
    keys: Keys,
    panels: tuple[Figure, ...],
    description: str = "",
) -> OwnFigure | None:
    if not panels:
        return None
    return OwnFigure(
        name=figure.name,
        title=figure.title,
        description=description if len(panels) > 1 else panels[0].description,
        panels=panels,
        keys=keys,
        label=results.label,
    )


def _has_branches(network: Network) -> bool:
    return any(isinstance(layer, PerImage) for layer in network.layers)


def _structures(figure: StructureFigure, results: Results) -> OwnFigure:
    drawings = []
    for place, name in enumerate(figure.variants):
        network = results.study.variant(name).model
        if isinstance(network, Network):
            drawings.append(
                Drawing(
                    name=f"{figure.name}--{place + 1}",
                    title=f"{name}: {network.parameters():,} parameters",
                    description=f"The layers of {name} from the input at the top to the heads.",
                    network=network,
                    grid=structure_grid(name, network),
                )
            )
    return OwnFigure(
        name=figure.name,
        title=figure.title,
        description="Values flow downwards. A box is a layer with weights, and what follows it, "
        "with the shape of what it gives and its trainable values. Rounded names in colour are "
        "heads: what the objective and the answer read."
        + (
            " Boxes without words are the second image's, dashed where its weights are the first's."
            if any(_has_branches(drawing.network) for drawing in drawings)
            else ""
        ),
        drawings=tuple(drawings),
    )


def _side_by_side(title: str, drawings: tuple[Drawing, ...], paint: Paint) -> str:
    pen = Pen(paint)
    x, top, lowest = float(BORDER), 72.0, 0.0
    marks = [pen.words(x, 30, title, size=14, bold=True)]
    for drawing in drawings:
        piece = structure(drawing.network, pen)
        width = max(piece.width, length(drawing.title, 12))
        middle = x + piece.left + (width - piece.width) / 2
        marks += [
            pen.words(x + width / 2, 58, drawing.title, size=12, anchor="middle"),
            moved(piece.marks, middle, top),
        ]
        x += width + 2 * BORDER
        lowest = max(lowest, piece.height)
    width = max(x - BORDER, length(title, 14, bold=True) + 2 * BORDER)
    return document(marks, width=width, height=top + lowest + BORDER, background=paint.paper)
