"""The plot of `strip` for a page: as wide as its place, in the page's colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import isfinite

from bakeoff.reporting.compare.strip import Scale, Strip
from bakeoff.reporting.palette import PAGE

TALL, LANE = 160, 14
"""Pixels: the height of the dots all together, and of each at most."""

TOP, MEAN, AXIS = 28, 22, 26
"""Pixels: above the dots, for the mean below them, for the axis below that."""


def strip_svg(strip: Strip, titles: Sequence[str], *, above: int, below: int) -> str:
    """Return the plot as an SVG element; each figure has a lane of its own, the first on top.

    Args:
        strip: what is plotted.
        titles: what a pointer on each figure reads.
        above: which of the series' colours figures above 0 have.
        below: those below 0.
    """
    scale = Scale.of(strip)
    lane = min(LANE, TALL / len(strip.values))
    bottom = TOP + lane * len(strip.values)
    height = bottom + MEAN + AXIS
    marks = [
        *_sides(strip),
        *_axis(scale, bottom + MEAN),
        *_dots(strip, titles, scale, lane, (PAGE.series[below], PAGE.series[above])),
        *_mean(strip, scale, bottom + MEAN / 2),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{height:g}" '
        f'font-size="12">{"".join(marks)}</svg>'
    )


def _sides(strip: Strip) -> Iterator[str]:
    for x, anchor, words in (
        ("0", "start", f"\N{LEFTWARDS ARROW} {strip.below}"),
        ("100%", "end", f"{strip.above} \N{RIGHTWARDS ARROW}"),
    ):
        yield (
            f'<text x="{x}" y="14" text-anchor="{anchor}" fill="{PAGE.quiet}">{escape(words)}'
            "</text>"
        )


def _axis(scale: Scale, y: float) -> Iterator[str]:
    for value, label in scale.ticks():
        x = _at(scale, value)
        colour, width = (PAGE.line, 1) if value else (PAGE.quiet, 1.5)
        yield (
            f'<line x1="{x}" x2="{x}" y1="{TOP - 6}" y2="{y:g}" stroke="{colour}" '
            f'stroke-width="{width}"/>'
            f'<text x="{x}" y="{y + 18:g}" text-anchor="middle" fill="{PAGE.quiet}">{label}</text>'
        )


def _dots(
    strip: Strip, titles: Sequence[str], scale: Scale, lane: float, colours: tuple[str, str]
) -> Iterator[str]:
    radius = max(2.0, min(4.5, lane * 0.4))
    for place, (value, title) in enumerate(zip(strip.values, titles, strict=True)):
        colour = PAGE.quiet if value == 0 else colours[value > 0]
        y = TOP + lane * (place + 0.5)
        yield (
            f'<circle cx="{_at(scale, value)}" cy="{y:g}" r="{radius:g}" fill="{colour}">'
            f"<title>{escape(title)}</title></circle>"
        )


def _mean(strip: Strip, scale: Scale, y: float) -> Iterator[str]:
    if strip.interval is not None:
        low, high = (_at(scale, end) for end in strip.interval)
        yield (
            f'<line x1="{low}" x2="{high}" y1="{y:g}" y2="{y:g}" stroke="{PAGE.ink}" '
            'stroke-width="2"/>'
        )
        for end, tip in zip(strip.interval, (-6, 6), strict=True):
            # A bracket where it ends, an arrow where a diverged trial leaves it without end.
            path = "M0-5L0 5" if isfinite(end) else f"M{-tip}-5L0 0 {-tip} 5"
            yield (
                f'<svg x="{_at(scale, end)}" y="{y:g}" overflow="visible"><path d="{path}" '
                f'fill="none" stroke="{PAGE.ink}" stroke-width="2"/></svg>'
            )
    if not isfinite(strip.typical):
        return
    # A path knows no percentages; an inner drawing takes it to its place.
    yield (
        f'<svg x="{_at(scale, strip.typical)}" y="{y:g}" overflow="visible">'
        f'<path d="M0-7L7 0 0 7-7 0Z" fill="{PAGE.ink}"/></svg>'
    )


def _at(scale: Scale, value: float) -> str:
    return f"{100 * scale.share(value):.2f}%"
