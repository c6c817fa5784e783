"""A network's boxes laid out from top to bottom: branches beside each other, heads at the side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bakeoff.models.network import Network
from bakeoff.reporting.figures.blocks import (
    TIMES,
    Block,
    Branches,
    Node,
    Sum,
    Tap,
    blocks,
    size,
)
from bakeoff.reporting.figures.boxes import (
    DOT,
    NARROWEST,
    PILL,
    SMALL,
    SQUARE,
    TITLE,
    Boxes,
    box_width,
)
from bakeoff.reporting.figures.drawing import Pen, Piece, length, moved
from bakeoff.reporting.grids import Column, Grid

GAP = 20
"""Pixels between two boxes, one below the other."""

MARGIN, APART, ASIDE = 12, 24, 18
"""Pixels: inside a frame, between two images' boxes, from a line to the head beside it."""

PLUS = 8
"""Radius of the sign of a sum, in pixels."""


def structure(network: Network, pen: Pen) -> Piece:
    """Return the drawing of a network, from its input to its last head."""
    start = Boxes(pen).head("Input", network.input, plain=True)
    nodes = blocks(network.layers, network.input)
    flow = _Flow(pen, Boxes(pen))
    return flow.stacked([start, *flow.pieces(nodes, ends=True)])


def structure_grid(name: str, network: Network) -> Grid:
    """Return the same as a table: a line for each box and each head."""
    return Grid(
        caption=f"Layers of {name}: the shape of what each gives, and its trainable values",
        columns=(Column("Layer", "text"), Column("Output"), Column("Parameters")),
        rows=(
            ("Input", size(network.input), ""),
            *_rows(blocks(network.layers, network.input), ""),
            ("All", "", f"{network.parameters():,}"),
        ),
    )


@dataclass(frozen=True)
class _Flow:
    """Puts pieces where the flow of values takes them; `boxes` draws what they hold."""

    pen: Pen
    boxes: Boxes

    def pieces(self, nodes: tuple[Node, ...], *, ends: bool) -> Iterator[Piece]:
        """Yield the pieces of a chain; where the flow ends with it, its last head is its end."""
        width = box_width(nodes)
        for place, node in enumerate(nodes):
            last = ends and place == len(nodes) - 1
            match node:
                case Block():
                    yield self.boxes.block(node, width)
                case Tap() if last:
                    yield from self._branch(node)
                case Tap():
                    yield self._beside(node)
                case Sum():
                    yield self._framed(self._sum(node), node.times)
                case Branches():
                    yield self._branches(node, ends=last)

    def stacked(self, pieces: Iterable[Piece]) -> Piece:
        """Return pieces below one another, joined by arrows."""
        marks: list[str] = []
        left = right = y = 0.0
        for place, piece in enumerate(pieces):
            if place:
                way = [(0.0, y), (0.0, y + GAP)]
                marks += self.pen.arrow(way) if piece.pointed else [self.pen.line(way)]
                y += GAP
            marks.append(moved(piece.marks, 0, y))
            y += piece.height
            left, right = max(left, piece.left), max(right, piece.right)
        return Piece(left, right, y, tuple(marks))

    def _branch(self, tap: Tap) -> Iterator[Piece]:
        yield from self.pieces(tap.branch, ends=False)
        yield self.boxes.head(tap.name, tap.shape)

    def _beside(self, tap: Tap) -> Piece:
        """Return a head beside the line that flows past it, its own layers above it."""
        branch = self.stacked(self._branch(tap))
        x, y = ASIDE + branch.left, 0.0
        if tap.branch:
            fork, y = 2.0, float(GAP)
            way = [(0.0, fork), (x, fork), (x, y)]
        else:
            fork = PILL / 2
            way = [(0.0, fork), (float(ASIDE), fork)]
        height = y + branch.height
        marks = (
            self.pen.line([(0, 0), (0, height)]),
            self.pen.dot(0, fork),
            *self.pen.arrow(way),
            moved(branch.marks, x, y),
        )
        return Piece(0, x + branch.right, height, marks, pointed=False)

    def _sum(self, node: Sum) -> Piece:
        body = self.stacked(self.pieces(node.body, ends=False))
        around = self.stacked(self.pieces(node.shortcut, ends=False))
        x = max(body.right, NARROWEST / 2) + around.left + 16
        fork = 6.0
        top = fork + GAP
        foot = top + max(body.height, around.height) + GAP + PLUS
        marks = [
            self.pen.line([(0, 0), (0, fork)]),
            self.pen.dot(0, fork),
            *self.pen.arrow([(0, fork), (0, top)]),
            moved(body.marks, 0, top),
            *self.pen.arrow([(0, top + body.height), (0, foot - PLUS)]),
            *self._around(around, x, fork, foot),
            *self.pen.plus(0, foot, PLUS),
        ]
        piece = Piece(
            max(body.left, NARROWEST / 2), x + around.right, foot + PLUS, tuple(marks), False
        )
        if not node.after:
            return piece
        then = Block(DOT.join(node.after), (), "other", node.shape, 0)
        box = self.boxes.block(then, box_width((then,)))
        return replace(self.stacked([piece, box]), pointed=False)

    def _around(self, around: Piece, x: float, fork: float, foot: float) -> Iterator[str]:
        if not around.marks:
            yield from self.pen.arrow([(0, fork), (x, fork), (x, foot), (PLUS, foot)])
            return
        start = fork + (foot - fork - around.height) / 2
        yield from self.pen.arrow([(0, fork), (x, fork), (x, start)])
        yield moved(around.marks, x, start)
        yield from self.pen.arrow([(x, start + around.height), (x, foot), (PLUS, foot)])

    def _framed(self, piece: Piece, times: int) -> Piece:
        """Return a piece in a frame that says how often it is repeated, as it is for once."""
        if times == 1:
            return piece
        again = f"{TIMES} {times}"
        left = piece.left + MARGIN
        right = piece.right + MARGIN + (0 if self.boxes.twin else length(again, TITLE) + 4)
        height = piece.height + 2 * MARGIN
        marks = [
            self.pen.box(-left, 0, left + right, height, fill="none", dashed=True, round=10),
            self.pen.line([(0, 0), (0, MARGIN)]),
            moved(piece.marks, 0, MARGIN),
            self.pen.line([(0, height - MARGIN), (0, height)]),
        ]
        if not self.boxes.twin:
            words = self.pen.words
            marks.append(words(right - 9, 20, again, size=TITLE, bold=True, anchor="end"))
        return Piece(left, right, height, tuple(marks), pointed=False)

    def _branches(self, node: Branches, *, ends: bool) -> Piece:
        """Return the boxes of the first image, and of the others as one column of twins."""
        twin = _Flow(self.pen, Boxes(self.pen, twin=True, same=node.shared))
        flows = (self, twin) if node.images > 1 else (self,)
        columns = [
            flow.stacked([flow.boxes.image(node), *flow.pieces(node.body, ends=ends)])
            for flow in flows
        ]
        says = "shared weights" if node.shared else "separate weights"
        # What it says stands between the two squares.
        between = length(says, SMALL, bold=True) + SQUARE + 12
        near = sum(column.left if k else column.right for k, column in enumerate(columns))
        apart = max(float(APART), between - near)
        width = sum(column.width for column in columns) + apart * (len(columns) - 1)
        left, axes = -width / 2, list[float]()
        for column in columns:
            axes.append(left + column.left)
            left += column.width + apart
        height = max(column.height for column in columns)
        top, reach = 2.0 * MARGIN, width / 2 + MARGIN
        foot = top + height + MARGIN
        paint = self.pen.paint
        marks = [
            self.pen.box(
                -reach, MARGIN, 2 * reach, height + 2 * MARGIN, fill=paint.raised, round=10
            )
        ]
        if len(columns) > 1 and not self.boxes.twin:
            middle = sum(axes) / 2
            marks.append(
                self.pen.words(
                    middle, top + 15, says, bold=True, anchor="middle", colour=paint.quiet
                )
            )
        for axis, column in zip(axes, columns, strict=True):
            marks += [
                *self.pen.arrow([(0, 2), (axis, 2), (axis, top)]),
                moved(column.marks, axis, top),
            ]
            if not ends:
                end = top + column.height
                marks.append(self.pen.line([(axis, end), (axis, foot + 8), (0, foot + 8)]))
        marks.append(self.pen.line([(0, 0), (0, 2)]))
        return Piece(reach, reach, foot + (0 if ends else 8), tuple(marks), pointed=False)


def _rows(nodes: tuple[Node, ...], where: str) -> Iterator[tuple[str, str, str]]:
    for node in nodes:
        match node:
            case Block():
                label = ", ".join((node.title, *node.details))
                again = f", {node.times} times" if node.times > 1 else ""
                numbers = f"{node.times * node.parameters:,}" if node.parameters else ""
                yield f"{where}{label}{again}", size(node.shape), numbers
            case Tap():
                yield from _rows(node.branch, f"{where}head {node.name}: ")
                yield f"{where}head {node.name}", size(node.shape), ""
            case Sum():
                again = f"{where}{node.times} times, " if node.times > 1 else where
                yield from _rows(node.body, f"{again}residual: ")
                yield from _rows(node.shortcut, f"{again}shortcut: ")
                yield ", ".join((f"{again}sum", *node.after)), size(node.shape), ""
            case Branches():
                weights = "shared" if node.shared else "separate"
                each = f"{where}each of {node.images} images, {weights} weights: "
                yield from _rows(node.body, each)
