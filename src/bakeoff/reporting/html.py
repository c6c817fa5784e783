"""The report as one HTML file that needs no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import Table, comparison_table
from bakeoff.reporting.bundle import chart_scripts
from bakeoff.reporting.figures.against import against_figure
from bakeoff.reporting.figures.curves import CurveGroup, curve_groups
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.own import OwnFigure, own_figures
from bakeoff.reporting.figures.rounds import box_figure, rounds_figure
from bakeoff.reporting.figures.view import View
from bakeoff.reporting.grids import Grid, epochs_grid, others_grid, results_grid
from bakeoff.reporting.palette import DARK, LIGHT, Style, styles
from bakeoff.reporting.prose import (
    Notice,
    flat,
    heading,
    method_notes,
    notices,
    opening,
    protocol,
)
from bakeoff.reporting.searches import SearchSection, factors_grid, search_sections
from bakeoff.spec import Spec
from bakeoff.study.study import names
from bakeoff.study.variant import Variant

if TYPE_CHECKING:
    from jinja2 import Environment

CODE_WIDTH = 76
"""Characters in a line of code."""

FEW = 12
"""The most variants whose lines can be told apart in one panel."""


@dataclass(frozen=True)
class Page:
    """What the template shows, section by section; a section without content is left out."""

    name: str
    title: str
    source: str
    opening: str
    notices: list[Notice]
    styles: dict[str, Style]
    results: Grid
    epochs: Grid
    others: Grid | None
    notes: list[tuple[str, str]]
    factors: Grid | None
    searches: list[SearchSection]
    against: Figure | None
    own: list[OwnFigure]
    curves: tuple[CurveGroup, ...]
    boxes: Figure | None
    rounds: Figure | None
    assumptions: tuple[str, ...]
    protocol: list[tuple[str, str]]
    recipes: list[tuple[str, list[tuple[str, str]]]]
    environments: list[list[tuple[str, str]]]
    methods: list[tuple[str, str]]

    @property
    def folds(self) -> bool:
        """Whether figures of all variants are folded: there are many, and others to look at."""
        return bool(self.own) and len(self.styles) > FEW

    def charts(self) -> list[Figure]:
        """Return all charts, in the order of the page."""
        return [*(panel for own in self.own for panel in own.panels), *self.figures()]

    def figures(self) -> list[Figure]:
        """Return the figures that every report has, in the order of the page."""
        panels = [panel for group in self.curves for panel in group.panels]
        found = [self.against, self.boxes, self.rounds, *panels]
        return [figure for figure in found if figure is not None]


def as_html(results: Results) -> str:
    """Return the page, its figures drawn by scripts that it carries."""
    page = _page(results, comparison_table(results))
    template = _environment().get_template("report.html.j2")
    return template.render(
        page=page,
        light=LIGHT.variables(),
        dark=DARK.variables(),
        specs={figure.name: figure.page_spec() for figure in page.charts()},
        scripts=chart_scripts(),
    )


def figures(results: Results) -> list[Figure]:
    """Return the figures that every report has, in its order."""
    return _page(results, comparison_table(results)).figures()


def _page(results: Results, table: Table) -> Page:
    study = results.study
    return Page(
        name=study.name,
        title=heading(results),
        source=study.source,
        opening=opening(results),
        notices=notices(results),
        styles=dict(styles(tuple(names(study.variants)))),
        results=results_grid(table),
        epochs=epochs_grid(table),
        others=others_grid(table),
        notes=[(row.variant, row.note) for row in table.rows if row.note],
        factors=factors_grid(results),
        searches=search_sections(results),
        against=against_figure(results),
        own=own_figures(results),
        curves=curve_groups(results),
        boxes=box_figure(View.of_all(results)),
        rounds=rounds_figure(View.of_all(results)),
        assumptions=study.assumptions,
        protocol=protocol(results),
        recipes=[(variant.name, _recipe(variant)) for variant in study.variants],
        environments=[list(flat(environment)) for environment in results.environments],
        methods=method_notes(table.measure),
    )


def _recipe(variant: Variant) -> list[tuple[str, str]]:
    parts = {
        "Model": variant.model,
        "Objective": variant.objective,
        "Decision": variant.decision,
        "Optimizer": variant.optimizer,
        "Recipe": variant.recipe,
    }
    return [(name, _code(spec)) for name, spec in parts.items()]


def _code(spec: Spec) -> str:
    """Return the code that makes a spec, broken into lines."""
    from rich.pretty import pretty_repr

    return pretty_repr(spec, max_width=CODE_WIDTH)


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bakeoff.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment
