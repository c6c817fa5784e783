"""Names beside points, where they collide with nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from bakeoff.reporting.figures.drawing import length
from bakeoff.reporting.figures.figure import Record, inline

if TYPE_CHECKING:
    import altair as alt

SIZE = 11
"""Pixels of the letters."""

TALL = 1.3 * SIZE
"""Pixels of a line of them."""

AWAY = 9
"""Pixels from the middle of a point to its name."""

REACH = 6
"""Pixels from the middle of a point to its edge."""

STEPS = (200, 300, 420, 560, 760, 1100)
"""Widths of a drawing, in pixels, between which names keep their sides."""


class Side(NamedTuple):
    """Where a name stands beside its point: how it is aligned, and how far it is moved."""

    align: Literal["left", "center", "right"]
    baseline: Literal["top", "middle", "bottom"]
    dx: int
    dy: int


SIDES = (
    Side("left", "middle", AWAY, 0),
    Side("right", "middle", -AWAY, 0),
    Side("center", "bottom", 0, -REACH),
    Side("center", "top", 0, REACH),
    Side("left", "bottom", -REACH, -REACH),
    Side("right", "bottom", REACH, -REACH),
    Side("left", "top", -REACH, REACH),
    Side("right", "top", REACH, REACH),
)
"""To the right, to the left, above, below, and these two to either side: the best first."""


class Box(NamedTuple):
    """A rectangle in pixels, from its upper left corner to its lower right one."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Return whether two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_within(self, other: Box) -> bool:
        """Return whether a rectangle lies within another."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


class Place(NamedTuple):
    """A place in a drawing: from 0 at its left end to 1, and pixels from its top."""

    x: float
    y: float

    def around(self, width: float, reach: float) -> Box:
        """Return the square around the place in a drawing of a width."""
        x = self.x * width
        return Box(x - reach, self.y - reach, x + reach, self.y + reach)


@dataclass(frozen=True)
class Point:
    """A point to be named, and where it stands."""

    name: str
    at: Place

    def box(self, side: Side, width: float) -> Box:
        """Return where the name stands on a side of the point, in a drawing of a width."""
        long = length(self.name, SIZE)
        left = (
            self.at.x * width + side.dx - {"left": 0, "center": long / 2, "right": long}[side.align]
        )
        top = self.at.y + side.dy - {"top": 0, "middle": TALL / 2, "bottom": TALL}[side.baseline]
        return Box(left, top, left + long, top + TALL)


def sides(
    points: Sequence[Point],
    widths: Iterable[float],
    height: float,
    lines: Sequence[tuple[Place, Place]] = (),
) -> list[Side | None]:
    """Return on which side each name stands; None where there is no room for it.

    A name keeps clear of all points, names and lines, and within the drawing, at each of the
    widths.

    Args:
        points: the first choose first.
        widths: of the drawing, in pixels.
        height: of the drawing, in pixels.
        lines: across or down, by their ends.
    """
    frames = [Box(0, 0, width, height) for width in widths]
    taken = [
        [
            *(point.at.around(frame.right, REACH) for point in points),
            *(_along(line, frame.right) for line in lines),
        ]
        for frame in frames
    ]
    found: list[Side | None] = []
    for own, point in enumerate(points):
        side = next((side for side in SIDES if _is_free(point, side, own, frames, taken)), None)
        found.append(side)
        if side is not None:
            for frame, boxes in zip(frames, taken, strict=True):
                boxes.append(point.box(side, frame.right))
    return found


def point_names(
    points: Sequence[Point], height: float, lines: Sequence[tuple[Place, Place]] = ()
) -> list[alt.Chart]:
    """Return the names as layers, for drawings of any width from that of a phone on.

    The arguments are those of `sides`.
    """
    by_side: dict[Side, list[Record]] = {}
    for low, high in pairwise(STEPS):
        found = sides(points, (low, high), height, lines)
        for point, side in zip(points, found, strict=True):
            if side is not None:
                x, y = point.at
                record: Record = {"text": point.name, "at": round(x, 4), "y": round(y, 1)}
                by_side.setdefault(side, []).append({**record, "from": low, "to": high})
    return [_layer(side, records) for side, records in by_side.items()]


def _is_free(
    point: Point, side: Side, own: int, frames: Sequence[Box], taken: Sequence[Sequence[Box]]
) -> bool:
    for frame, boxes in zip(frames, taken, strict=True):
        box = point.box(side, frame.right)
        met = (other for place, other in enumerate(boxes) if place != own and box.meets(other))
        if not box.is_within(frame) or any(met):
            return False
    return True


def _along(line: tuple[Place, Place], width: float) -> Box:
    (x, y), (to_x, to_y) = line
    return Box(
        min(x, to_x) * width - 1, min(y, to_y) - 1, max(x, to_x) * width + 1, max(y, to_y) + 1
    )


def _layer(side: Side, records: list[Record]) -> alt.Chart:
    import altair as alt

    # Beyond the widest, names stay where they are.
    last = f"datum.to == {STEPS[-1]}"
    chart: alt.Chart = (
        alt.Chart(inline(records))
        .transform_filter(f"width >= datum.from && (width < datum.to || {last})")
        .mark_text(
            fontSize=SIZE,
            x=alt.ExprRef("datum.at * width"),
            y=alt.ExprRef("datum.y"),
            **side._asdict(),
        )
        .encode(text="text:N")
    )
    return chart
