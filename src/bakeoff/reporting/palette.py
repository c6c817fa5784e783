"""Colours of pages and figures in both themes, and the styles of variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Okabe & Ito's colours, which readers of every colour vision can distinguish, with their lightness
# changed until each stands out from its background by 3:1 or more (WCAG 1.4.11).
_SERIES_ON_LIGHT = ("#0072b2", "#d55e00", "#00845f", "#b3568f", "#a67600", "#3a8fc4", "#5c6370")
_SERIES_ON_DARK = ("#4aa3df", "#f2894a", "#35c49c", "#e08fc0", "#e6b63c", "#93d0f7", "#b4bac4")

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"

_DASHES = ((), (6, 3), (2, 2), (8, 3, 2, 3))


@dataclass(frozen=True)
class Paint:
    """The colours of one theme, as CSS colours."""

    ink: str
    quiet: str
    line: str
    faint: str
    paper: str
    raised: str
    accent: str
    caution: str
    caution_paper: str
    supported: str
    contradicted: str
    undecided: str
    series: tuple[str, ...]

    def variables(self) -> dict[str, str]:
        """Returns the colours by the names of their CSS variables, without the dashes in front."""
        named = {name.replace("_", "-"): value for name, value in vars(self).items()}
        del named["series"]
        return named | {f"series-{place}": colour for place, colour in enumerate(self.series)}


LIGHT = Paint(
    ink="#1b1f24",
    quiet="#59626e",
    line="#d5dae0",
    faint="#eceff2",
    paper="#ffffff",
    raised="#f7f8fa",
    accent="#0a5ea8",
    caution="#8a4b00",
    caution_paper="#fff4e0",
    supported="#00694b",
    contradicted="#b0350a",
    undecided="#59626e",
    series=_SERIES_ON_LIGHT,
)

DARK = Paint(
    ink="#e6e9ed",
    quiet="#9aa4b1",
    line="#343b44",
    faint="#262c33",
    paper="#14171b",
    raised="#1b1f25",
    accent="#74b8f5",
    caution="#f0b866",
    caution_paper="#33281a",
    supported="#4ccf9f",
    contradicted="#ff9a73",
    undecided="#9aa4b1",
    series=_SERIES_ON_DARK,
)

# SVG takes CSS variables wherever it takes colours: a figure drawn with these follows the page's
# theme by itself, on paper too.
PAGE = Paint(
    **{name: f"var(--{name.replace('_', '-')})" for name in vars(LIGHT) if name != "series"},
    series=tuple(f"var(--series-{place})" for place in range(len(LIGHT.series))),
)


@dataclass(frozen=True)
class Style:
    """The style of a variant: a place among the theme's colours, and a dash if they repeat."""

    colour: int
    dash: tuple[int, ...]


def styles(names: tuple[str, ...]) -> Mapping[str, Style]:
    """Returns a style for each variant; the same names get the same styles in every figure."""
    colours = len(LIGHT.series)
    return {
        name: Style(place % colours, _DASHES[place // colours % len(_DASHES)])
        for place, name in enumerate(names)
    }


def chart_config(paint: Paint, *, legend: bool) -> dict[str, object]:
    """Returns the Vega-Lite configuration of a theme; a page has a legend of its own."""
    return {
        "background": "transparent",
        # Each figure is told as a whole, with its table; marks are not told one by one.
        "aria": False,
        "font": FONT,
        "view": {"stroke": None},
        "range": {"category": list(paint.series)},
        "axis": {
            "domainColor": paint.line,
            "gridColor": paint.faint,
            "tickColor": paint.line,
            "labelColor": paint.quiet,
            "titleColor": paint.quiet,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelPadding": 6,
            "tickSize": 4,
        },
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False},
        "legend": {
            "disable": not legend,
            "labelColor": paint.ink,
            "titleColor": paint.quiet,
            "labelFontSize": 12,
            "labelLimit": 320,
            "symbolOpacity": 1,
            "title": None,
            "orient": "bottom",
            "columns": 3,
        },
        "title": {
            "color": paint.ink,
            "subtitleColor": paint.quiet,
            "anchor": "start",
            "fontSize": 14,
            "fontWeight": 600,
            "offset": 12,
        },
        # Marks that show no variant: lines between lanes, and what follows the pointer.
        "rule": {"color": paint.faint},
        "rect": {"color": paint.quiet},
        "style": {"hollow": {"fill": paint.paper}},
        "text": {"color": paint.ink},
    }
