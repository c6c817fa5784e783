"""SVG by hand: boxes, lines and words, in the colours of a theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

from bakeoff.reporting.palette import FONT, Paint

Anchor: TypeAlias = Literal["start", "middle", "end"]

WIDTH_OF_A_LETTER = 0.62
"""Of letters in a usual mixture, in font sizes: what DejaVu Sans needs, and most others do not."""

BOLD = 1.12
"""How much wider a bold letter is."""

HEAD = 5
"""Length of an arrow's head, in pixels."""


@dataclass(frozen=True)
class Piece:
    """A part of a drawing around an axis, which runs down from (0, 0) to (0, height).

    Attributes:
        left: how far it reaches to the left of the axis, in pixels.
        right: how far to the right.
        height: how far down.
        marks: SVG elements.
        pointed: whether the line that leads to it ends in an arrow's head.
    """

    left: float
    right: float
    height: float
    marks: tuple[str, ...] = ()
    pointed: bool = True

    @property
    def width(self) -> float:
        """From its left end to its right end."""
        return self.left + self.right


@dataclass(frozen=True)
class Pen:
    """Draws SVG elements in the colours of a theme."""

    paint: Paint

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "",
        stroke: str = "",
        round: float = 6,
        dashed: bool = False,
    ) -> str:
        """Return a rectangle from its upper left corner, in the colours given or the theme's."""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        return (
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round:g}" '
            f'fill="{fill or self.paint.paper}" stroke="{stroke or self.paint.line}"{dash}/>'
        )

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 11,
        colour: str = "",
        bold: bool = False,
        anchor: Anchor = "start",
    ) -> str:
        """Return a line of text on its baseline."""
        weight = ' font-weight="600"' if bold else ""
        at = f' text-anchor="{anchor}"' if anchor != "start" else ""
        return (
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{weight}{at} '
            f'fill="{colour or self.paint.ink}">{escape(text)}</text>'
        )

    def line(self, points: Sequence[tuple[float, float]], *, round: float = 8) -> str:
        """Return a line along right angles, its corners rounded."""
        path = f"M{points[0][0]:g} {points[0][1]:g}"
        for place in range(1, len(points) - 1):
            (x, y), before, after = points[place], points[place - 1], points[place + 1]
            reach = min(round, _distance(before, (x, y)) / 2, _distance((x, y), after) / 2)
            (ax, ay), (bx, by) = _towards((x, y), before, reach), _towards((x, y), after, reach)
            path += f"L{ax:g} {ay:g}Q{x:g} {y:g} {bx:g} {by:g}"
        path += f"L{points[-1][0]:g} {points[-1][1]:g}"
        return f'<path d="{path}" fill="none" stroke="{self.paint.quiet}" stroke-width="1.25"/>'

    def arrow(self, points: Sequence[tuple[float, float]]) -> tuple[str, str]:
        """Return a line along right angles and the head at its end."""
        (x, y), before = points[-1], points[-2]
        bx, by = _towards((x, y), before, HEAD)
        # Half the head's width, across the direction in which it points.
        wx, wy = (by - y) * 0.6, (bx - x) * 0.6
        head = f"M{x:g} {y:g}L{bx + wx:g} {by + wy:g}L{bx - wx:g} {by - wy:g}Z"
        return (
            self.line([*points[:-1], (bx, by)]),
            f'<path d="{head}" fill="{self.paint.quiet}"/>',
        )

    def dot(self, x: float, y: float) -> str:
        """Return where a line forks."""
        return f'<circle cx="{x:g}" cy="{y:g}" r="2.5" fill="{self.paint.quiet}"/>'

    def plus(self, x: float, y: float, radius: float) -> tuple[str, str]:
        """Return the sign of a sum, around its centre."""
        arm = radius * 0.55
        circle = (
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{self.paint.paper}" '
            f'stroke="{self.paint.quiet}" stroke-width="1.25"/>'
        )
        cross = f"M{x - arm:g} {y:g}h{2 * arm:g}M{x:g} {y - arm:g}v{2 * arm:g}"
        return circle, f'<path d="{cross}" stroke="{self.paint.ink}" stroke-width="1.5"/>'


def length(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is drawn, in pixels."""
    return len(text) * size * WIDTH_OF_A_LETTER * (BOLD if bold else 1)


def wrapped(parts: Sequence[str], *, between: str, width: float, size: float) -> list[str]:
    """Return parts joined into lines of at most a width, broken between the parts."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and length(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def moved(marks: Iterable[str], x: float, y: float) -> str:
    """Return elements moved right and down."""
    return f'<g transform="translate({x:g} {y:g})">{"".join(marks)}</g>'


def document(marks: Iterable[str], *, width: float, height: float, background: str = "") -> str:
    """Return an SVG document; without a background what lies behind shows through."""
    behind = f'<rect width="100%" height="100%" fill="{background}"/>' if background else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{escape(FONT)}">'
        f"{behind}{''.join(marks)}</svg>"
    )


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(
    point: tuple[float, float], other: tuple[float, float], reach: float
) -> tuple[float, float]:
    """Return the point that is so far on the way from one to another, along an axis."""
    distance = _distance(point, other) or 1
    return (
        point[0] + (other[0] - point[0]) * reach / distance,
        point[1] + (other[1] - point[1]) * reach / distance,
    )
