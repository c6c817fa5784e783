"""The report as one HTML file that needs no network."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import comparison_table
from bakeoff.claims.verdicts import Outcome
from bakeoff.reporting.audit import Remark
from bakeoff.reporting.bundle import chart_scripts
from bakeoff.reporting.drawn import Drawn, drawn, truth_for
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.own import OwnFigure, own_figures
from bakeoff.reporting.grids import Grid, epochs_grid, others_grid, results_grid
from bakeoff.reporting.hardest import Hardest, hardest
from bakeoff.reporting.judgements import SYMBOLS, Judgement, judgements, remarks, rule, untested
from bakeoff.reporting.notes import method_notes
from bakeoff.reporting.palette import DARK, LIGHT, Style, styles
from bakeoff.reporting.prose import Notice, flat, heading, notices, opening, protocol
from bakeoff.reporting.searches import SearchSection, factors_grid, search_sections
from bakeoff.reporting.templating import environment
from bakeoff.spec import Spec
from bakeoff.study.study import names
from bakeoff.study.variant import Variant

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
    judged: tuple[Judgement, ...]
    rule: str
    untested: str
    remarks: tuple[Remark, ...]
    audited: bool
    results: Grid
    epochs: Grid
    others: Grid | None
    notes: list[tuple[str, str]]
    drawn: Drawn
    own: list[OwnFigure]
    factors: Grid | None
    searches: list[SearchSection]
    hardest: Hardest | None
    assumptions: tuple[str, ...]
    protocol: list[tuple[str, str]]
    recipes: list[tuple[str, list[tuple[str, str]]]]
    environments: list[list[tuple[str, str]]]
    methods: list[tuple[str, str]]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The anchor and the heading of each section that the page has, in order."""
        drawn = self.drawn
        audit = [("audit", "Audit", self.audited)]
        found = [
            ("verdicts", "Verdicts", bool(self.judged)),
            *(audit if self.judged else []),
            ("results", "Results", True),
            *([] if self.judged else audit),
            ("comparison", "Comparison", bool(drawn.forest or drawn.tradeoffs or drawn.ranks)),
            ("curves", "Learning curves", bool(drawn.curves)),
            ("over-rounds", "Rounds", drawn.boxes is not None),
            ("figures", "Figures of the report", bool(self.own)),
            ("searches", "Searches", bool(self.searches)),
            ("hardest", self.hardest.title if self.hardest else "", self.hardest is not None),
            ("confused", "What is taken for what", bool(drawn.confusion)),
            ("assumptions", "Assumptions", bool(self.assumptions)),
            ("protocol", "How it was run", True),
            ("method", "Reading the numbers", True),
        ]
        return [(anchor, title) for anchor, title, shown in found if shown]

    @property
    def tally(self) -> list[tuple[Outcome, str, list[tuple[int, str]]]]:
        """Each outcome with its symbol, and the places (from 1) and ids of the claims it has."""
        places = list(enumerate(self.judged, start=1))
        return [
            (outcome, symbol, [(n, one.id) for n, one in places if one.outcome == outcome])
            for outcome, symbol in SYMBOLS.items()
        ]

    @property
    def folds(self) -> bool:
        """Whether figures of all variants are folded: there are many, and others to look at."""
        return bool(self.own) and len(self.styles) > FEW

    def charts(self) -> list[Figure]:
        """Return all charts."""
        return [*(panel for own in self.own for panel in own.panels), *self.drawn.all()]


def as_html(results: Results) -> str:
    """Return the page, its figures drawn by scripts that it carries."""
    page = _page(results)
    template = environment().get_template("report.html.j2")
    return template.render(
        page=page,
        light=LIGHT.variables(),
        dark=DARK.variables(),
        specs={figure.name: figure.page_spec() for figure in page.charts()},
        scripts=chart_scripts(),
    )


def figures(results: Results) -> list[Figure]:
    """Return the figures that every report has, in its order."""
    return drawn(results, truth_for(results)).all()


def _page(results: Results) -> Page:
    study, table, truth = results.study, comparison_table(results), truth_for(results)
    judged, shown = judgements(results), drawn(results, truth)
    return Page(
        name=study.name,
        title=heading(results),
        source=study.source,
        opening=opening(results),
        notices=notices(results),
        styles=dict(styles(tuple(names(study.variants)))),
        judged=judged,
        rule=rule(judged, results),
        untested=untested(results),
        remarks=remarks(results),
        audited=bool(results.answered),
        results=results_grid(table),
        epochs=epochs_grid(table),
        others=others_grid(table),
        notes=[(row.variant, row.note) for row in table.rows if row.note],
        drawn=shown,
        own=own_figures(results),
        factors=factors_grid(results),
        searches=search_sections(results),
        hardest=None if truth is None else hardest(results, truth),
        assumptions=study.assumptions,
        protocol=protocol(results),
        recipes=[(variant.name, _recipe(variant)) for variant in study.variants],
        environments=[list(flat(each)) for each in results.environments],
        methods=method_notes(
            study,
            always_valid=any(one.method.startswith("always_valid") for one in judged),
            differences=shown.forest is not None,
            ranks=shown.ranks is not None,
            published=table.has_published,
        ),
    )


def _recipe(variant: Variant) -> list[tuple[str, str]]:
    if variant.model.trains_itself:
        return [("Model", repr(variant.model))]
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
