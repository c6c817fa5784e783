"""A network's boxes laid out from top to bottom: branches beside each other, heads at the side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bakeoff.models.network import Network
from bakeoff.reporting.figures.blocks import (
    TIMES,
    Block,
    Branches,
    Kind,
    Node,
    Sum,
    Tap,
    blocks,
    count,
    size,
)
from bakeoff.reporting.figures.drawing import Pen, Piece, length, moved, wrapped
from bakeoff.reporting.grids import Column, Grid

GAP = 20
"""Pixels between two boxes."""

NARROWEST, WIDEST = 112, 216
"""Pixels of a box, by what it says."""

PAD, STRIPE = 10, 6
"""Pixels between a box's edge and its words, and what its stripe takes on the left."""

TITLE, SMALL = 13, 11
"""Sizes of fonts."""

LINE, PILL, TWIN, PLUS = 15, 24, 52, 8
"""Pixels: a line of text, a head's height, a twin's width, the radius of a sum's sign."""

DOT = " \N{MIDDLE DOT} "


def structure(network: Network, pen: Pen) -> Piece:
    """Return the drawing of a network, from its input to its last head."""
    return _Layout(pen).network(network)


def structure_grid(name: str, network: Network) -> Grid:
    """Return a line for each box of the drawing, and for each head."""
    rows = list(_rows(blocks(network.layers, network.input), ""))
    total = f"{network.parameters():,}"
    return Grid(
        caption=f"Layers of {name}: the shape of what each gives, and its trainable values",
        columns=(Column("Layer", "text"), Column("Output"), Column("Parameters")),
        rows=(("Input", size(network.input), ""), *rows, ("All", "", total)),
    )


@dataclass(frozen=True)
class _Layout:
    """Turns boxes into pieces of a drawing.

    Attributes:
        pen: draws.
        twin: draw the boxes of a second image: as high as the first's, narrow, without words.
        same: whether a twin's weights are those of the first.
    """

    pen: Pen
    twin: bool = False
    same: bool = False

    def network(self, network: Network) -> Piece:
        nodes = blocks(network.layers, network.input)
        start = self._pill("Input", size(network.input), plain=True)
        return self._stacked([start, *self._pieces(nodes, ends=True)])

    def _pieces(self, nodes: tuple[Node, ...], *, ends: bool) -> Iterator[Piece]:
        """Yield the pieces of a chain; where it ends, so does the flow, in its last head."""
        width = _box_width(nodes)
        for place, node in enumerate(nodes):
            last = ends and place == len(nodes) - 1
            match node:
                case Block():
                    yield self._box(node, width)
                case Tap() if last:
                    yield from self._pieces(node.branch, ends=False)
                    yield self._pill(node.name, size(node.shape))
                case Tap():
                    yield self._side(node)
                case Sum():
                    yield self._sum(node)
                case Branches():
                    yield self._branches(node, ends=last)

    def _stacked(self, pieces: list[Piece]) -> Piece:
        marks: list[str] = []
        y = 0.0
        for place, piece in enumerate(pieces):
            if place:
                way = [(0.0, y), (0.0, y + GAP)]
                marks += self.pen.arrow(way) if piece.pointed else [self.pen.line(way)]
                y += GAP
            marks.append(moved(piece.marks, 0, y))
            y += piece.height
        left, right = (max((getattr(p, side) for p in pieces), default=0) for side in SIDES)
        return Piece(left, right, y, tuple(marks))

    def _box(self, block: Block, width: float) -> Piece:
        inner = width - 2 * PAD - STRIPE
        details = wrapped(block.details, between=DOT, width=inner, size=SMALL)
        thin = not details and not block.parameters
        height = 28 if thin else 33 + LINE * len(details) + 13
        sheets = 3 * min(block.times - 1, 2)
        width = TWIN if self.twin else width
        left = -width / 2
        colour = self._colour(block.kind)
        outline = {"dashed": self.twin and self.same}
        marks = [
            *(self.pen.box(left + by, by, width, height, **outline) for by in range(sheets, 0, -3)),
            self.pen.box(left, 0, width, height, **outline),
            self.pen.box(left + 5, 6, 3, height - 12, fill=colour, stroke="none", round=1.5),
        ]
        if not self.twin:
            marks += self._text(block, details, left + PAD + STRIPE, -left - PAD, thin=thin)
        return Piece(width / 2, width / 2 + sheets, height + sheets, tuple(marks))

    def _text(
        self, block: Block, details: list[str], left: float, right: float, *, thin: bool
    ) -> Iterator[str]:
        pen, quiet = self.pen, self.pen.paint.quiet
        again = f"{TIMES} {block.times}" if block.times > 1 else ""
        room = right - left - length(again, TITLE)
        title = _cut(block.title, room, SMALL if thin else TITLE)
        if thin:
            yield pen.words(left, 18, title, size=SMALL + 1)
            yield pen.words(right, 18, size(block.shape), colour=quiet, anchor="end")
            return
        yield pen.words(left, 20, title, size=TITLE, bold=True)
        if again:
            yield pen.words(right, 20, again, size=TITLE, bold=True, anchor="end")
        for place, line in enumerate(details):
            yield pen.words(left, 36 + LINE * place, line)
        y = 37 + LINE * len(details)
        yield pen.words(left, y, size(block.shape), colour=quiet)
        if block.parameters:
            yield pen.words(right, y, _parameters(block), colour=quiet, anchor="end")

    def _pill(self, name: str, shape: str, *, plain: bool = False) -> Piece:
        if self.twin:
            width = TWIN / 2
            mark = self.pen.box(
                -width / 2, 0, width, PILL, round=PILL / 2, stroke=self.pen.paint.accent,
                dashed=self.same,
            )  # fmt: skip
            return Piece(width / 2, width / 2, PILL, (mark,))
        colour = self.pen.paint.quiet if plain else self.pen.paint.accent
        first, second = length(name, SMALL + 1) * 1.05, length(shape, SMALL)
        width = first + second + 34
        left = -width / 2
        marks = (
            self.pen.box(left, 0, width, PILL, round=PILL / 2, stroke=colour),
            self.pen.words(left + 13, 16, name, size=SMALL + 1, bold=True, colour=colour),
            self.pen.words(-left - 13, 16, shape, colour=self.pen.paint.quiet, anchor="end"),
        )
        return Piece(width / 2, width / 2, PILL, marks)

    def _side(self, tap: Tap) -> Piece:
        """Return a head beside the line that flows past it."""
        pill = self._pill(tap.name, size(tap.shape))
        branch = self._stacked([*self._pieces(tap.branch, ends=False), pill])
        x = 18 + branch.left
        if not tap.branch:
            middle = PILL / 2
            marks = (
                self.pen.line([(0, 0), (0, PILL)]),
                self.pen.dot(0, middle),
                *self.pen.arrow([(0, middle), (18, middle)]),
                moved(branch.marks, x, 0),
            )
            return Piece(0, x + branch.right, PILL, marks, pointed=False)
        height = GAP + branch.height
        marks = (
            self.pen.line([(0, 0), (0, height)]),
            self.pen.dot(0, 2),
            *self.pen.arrow([(0, 2), (x, 2), (x, GAP)]),
            moved(branch.marks, x, GAP),
        )
        return Piece(0, x + branch.right, height, marks, pointed=False)

    def _sum(self, node: Sum) -> Piece:
        body = self._stacked(list(self._pieces(node.body, ends=False)))
        around = self._stacked(list(self._pieces(node.shortcut, ends=False)))
        x = body.right + around.left + 16
        top = 6.0
        foot = top + GAP + max(body.height, around.height) + GAP + PLUS
        marks = [
            self.pen.line([(0, 0), (0, top)]),
            self.pen.dot(0, top),
            *self.pen.arrow([(0, top), (0, top + GAP)]),
            moved(body.marks, 0, top + GAP),
            *self.pen.arrow([(0, top + GAP + body.height), (0, foot - PLUS)]),
            *self._around(around, x, top, foot),
            *self.pen.plus(0, foot, PLUS),
        ]
        height = foot + PLUS
        right = x + around.right
        if node.after:
            box = self._box(Block(DOT.join(node.after), (), "other", node.shape, 0), NARROWEST)
            marks += [
                *self.pen.arrow([(0, height), (0, height + GAP)]),
                moved(box.marks, 0, height + GAP),
            ]
            height += GAP + box.height
        piece = Piece(max(body.left, NARROWEST / 2), right, height, tuple(marks), pointed=False)
        return self._framed(piece, node.times) if node.times > 1 else piece

    def _around(self, around: Piece, x: float, top: float, foot: float) -> Iterator[str]:
        if not around.marks:
            yield from self.pen.arrow([(0, top), (x, top), (x, foot), (PLUS, foot)])
            return
        start = top + (foot - top - around.height) / 2
        yield from self.pen.arrow([(0, top), (x, top), (x, start)])
        yield moved(around.marks, x, start)
        yield from self.pen.arrow([(x, start + around.height), (x, foot), (PLUS, foot)])

    def _framed(self, piece: Piece, times: int) -> Piece:
        """Return a piece in a frame that says how often it is repeated."""
        again = f"{TIMES} {times}"
        margin = 10
        left, right = piece.left + margin, piece.right + margin + length(again, TITLE) + 4
        height = piece.height + 2 * margin
        marks = (
            self.pen.box(-left, 0, left + right, height, fill="none", dashed=True, round=10),
            self.pen.words(right - margin, 20, again, size=TITLE, bold=True, anchor="end"),
            self.pen.line([(0, 0), (0, margin)]),
            moved(piece.marks, 0, margin),
            self.pen.line([(0, height - margin), (0, height)]),
        )
        return Piece(left, right, height, marks, pointed=False)

    def _branches(self, node: Branches, *, ends: bool) -> Piece:
        first = self._column(node, 1, ends=ends)
        if node.images == 1:
            return first
        second = replace(self, twin=True, same=node.shared)._column(node, 2, ends=ends)
        margin, apart = 12, 24
        width = first.width + apart + second.width
        axes = [first.left - width / 2, width / 2 - second.right]
        top, fork = 2.0 * margin, float(margin)
        height = margin + first.height + (0 if ends else margin)
        says = "shared weights" if node.shared else "separate weights"
        marks = [
            self.pen.box(
                -width / 2 - margin, top - 4, width + 2 * margin, first.height + 8,
                fill=self.pen.paint.raised, round=10,
            ),
            self.pen.line([(0, 0), (0, fork)]),
            self.pen.words(
                sum(axes) / 2, top + 17, says, bold=True, anchor="middle",
                colour=self.pen.paint.quiet,
            ),
        ]  # fmt: skip
        end = top + first.height
        for axis, column in zip(axes, (first, second), strict=True):
            marks += [
                *self.pen.arrow([(0, fork), (axis, fork), (axis, top)]),
                moved(column.marks, axis, top),
            ]
            if not ends:
                marks.append(self.pen.line([(axis, end), (axis, end + fork), (0, end + fork)]))
        if not ends:
            marks.append(self.pen.line([(0, end + fork), (0, end + fork + 4)]))
        bottom = end + (fork + 4 if not ends else 4)
        reach = width / 2 + margin
        return Piece(reach, reach, bottom, tuple(marks), pointed=False)

    def _column(self, node: Branches, number: int, *, ends: bool) -> Piece:
        """Return one image's boxes, under a square that stands for the image."""
        side = 22
        label = (
            f"{number}" if number == 1 or node.images == 2 else f"{number}\N{EN DASH}{node.images}"
        )
        marks = [
            self.pen.box(-side / 2, 0, side, side, round=3, stroke=self.pen.paint.quiet),
            self.pen.words(0, 15, label, bold=True, anchor="middle"),
        ]
        if number == 1:
            given = size(node.given)
            marks.append(
                self.pen.words(-side / 2 - 8, 15, given, anchor="end", colour=self.pen.paint.quiet)
            )
        start = Piece(side / 2, side / 2, side, tuple(marks))
        return self._stacked([start, *self._pieces(node.body, ends=ends)])

    def _colour(self, kind: Kind) -> str:
        paint = self.pen.paint
        colours = {"convolution": paint.series[0], "linear": paint.series[1]}
        return colours.get(kind, paint.line)


SIDES = ("left", "right")


def _box_width(nodes: tuple[Node, ...]) -> float:
    """Return the width that the boxes of a chain share."""
    needed = [
        need
        for node in nodes
        if isinstance(node, Block)
        for need in (
            length(f"{node.title}  {TIMES} {node.times}" if node.times > 1 else node.title, TITLE),
            length(f"{size(node.shape)}    {_parameters(node)}", SMALL),
            *(length(detail, SMALL) for detail in node.details),
        )
    ]
    return min(max(max(needed, default=0) + 2 * PAD + STRIPE, NARROWEST), WIDEST)


def _parameters(block: Block) -> str:
    if not block.parameters:
        return ""
    again = f"{block.times} {TIMES} " if block.times > 1 else ""
    return f"{again}{block.parameters:,} parameters"


def _cut(text: str, width: float, size: float) -> str:
    most = int(width / length("x", size))
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _rows(nodes: tuple[Node, ...], where: str) -> Iterator[tuple[str, str, str]]:
    for node in nodes:
        match node:
            case Block():
                label = ", ".join((node.title, *node.details))
                again = f" ({node.times} times)" if node.times > 1 else ""
                numbers = f"{node.times * node.parameters:,}" if node.parameters else ""
                yield f"{where}{label}{again}", size(node.shape), numbers
            case Tap():
                yield from _rows(node.branch, f"{where}head {node.name}: ")
                yield f"{where}head {node.name}", size(node.shape), ""
            case Sum():
                again = f"{node.times} times, " if node.times > 1 else ""
                yield from _rows(node.body, f"{where}{again}residual: ")
                yield from _rows(node.shortcut, f"{where}{again}shortcut: ")
                after = "".join(f", {text}" for text in node.after)
                yield f"{where}{again}sum{after}", size(node.shape), ""
            case Branches():
                weights = "shared" if node.shared else "own"
                yield from _rows(
                    node.body, f"{where}each of {node.images} images, {weights} weights: "
                )
