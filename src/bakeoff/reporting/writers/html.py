"""A report as one HTML file that needs no network."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from bakeoff.reporting.charts.kit import page_spec
from bakeoff.reporting.palette import DARK, LIGHT, PAGE, chart_config
from bakeoff.reporting.section import Cell, Number, Report, figures
from bakeoff.reporting.text import cells
from bakeoff.reporting.writers.bundle import chart_scripts
from bakeoff.reporting.writers.templating import environment

if TYPE_CHECKING:
    from markupsafe import Markup

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]\b")

SIGNS = {
    "supported": "\N{CHECK MARK}",
    "contradicted": "\N{BALLOT X}",
    "undecided": "?",
    "grave": "!!",
    "caution": "!",
    "note": "i",
}
"""The signs of tones, so that they are known without colour."""


def as_html(report: Report) -> str:
    """Returns the page; its figures are drawn by scripts that it carries."""
    drawn = figures(report)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            light=LIGHT.variables(),
            dark=DARK.variables(),
            signs=SIGNS,
            config=chart_config(PAGE, legend=False),
            specs={figure.name: page_spec(figure) for figure in drawn},
            scripts=chart_scripts() if drawn else "",
            **_HELPERS,
        )
    )


def as_fragment(report: Report) -> str:
    """Returns the tables of a report as HTML for a notebook, without a style of its own."""
    template = environment().get_template("notebook.html.j2")
    return template.render(report=report, signs=SIGNS, **_HELPERS)


def _sort_key(cell: Cell) -> str:
    """Returns the key by which a page's script sorts a cell; empty cells come last."""
    key = cells.sort_key(cell)
    if isinstance(key, float | int):
        return "" if math.isnan(key) else f"{key:.12g}"
    return key or ""


def _prose(text: str) -> Markup:
    """Returns a text as HTML, options of the command as code, which breaks at no hyphen."""
    from markupsafe import Markup, escape

    return Markup(_OPTION.sub(r"<code>\g<0></code>", str(escape(text))))


_HELPERS: dict[str, Callable[..., object]] = {
    "kind": lambda block: type(block).__name__.lower(),
    "text": cells.text,
    "prose": _prose,
    "sort_key": _sort_key,
    "marked": lambda cell: isinstance(cell, Number) and cell.mark,
}
