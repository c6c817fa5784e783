"""The boxes of a network's drawing: one block of layers, one head, one image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bakeoff.models.shape import Shape
from bakeoff.reporting.figures.blocks import TIMES, Block, Branches, Node, size
from bakeoff.reporting.figures.drawing import BOLD, Pen, Piece, length, wrapped

NARROWEST, WIDEST = 112, 224
"""Pixels of a box, by what it says."""

PAD, STRIPE = 10, 6
"""Pixels between a box's edge and its words, and what its stripe takes on the left."""

TITLE, NAME, SMALL = 13, 12, 11
"""Sizes of fonts."""

LINE, PILL, TWIN, SQUARE = 15, 24, 52, 22
"""Pixels: a line of text, a head's height, a twin's width, the side of an image's square."""

DOT = " \N{MIDDLE DOT} "


@dataclass(frozen=True)
class Boxes:
    """Draws boxes.

    Attributes:
        pen: in which colours.
        twin: draw a second image's boxes: as high as the first's, narrow and without words.
        same: whether a twin's weights are the first's; its boxes are then dashed.
    """

    pen: Pen
    twin: bool = False
    same: bool = False

    def block(self, block: Block, width: float) -> Piece:
        """Return a block's box, with sheets behind it where it is repeated."""
        inner = width - 2 * PAD - STRIPE
        details = wrapped(block.details, between=DOT, width=inner, size=SMALL)
        thin = _is_thin(block)
        height = 28 if thin else 46 + LINE * len(details)
        sheets = 3 * min(block.times - 1, 2)
        left = -(TWIN if self.twin else width) / 2
        marks = [self._outline(left + by, by, -2 * left, height) for by in range(sheets, -1, -3)]
        stripe = self.pen.box(
            left + 5, 6, 3, height - 12, fill=self._colour(block), stroke="none", round=1.5
        )
        words = self._thin if thin else self._words
        said = [] if self.twin else words(block, details, left + PAD + STRIPE, -left - PAD)
        return Piece(-left, -left + sheets, height + sheets, (*marks, stripe, *said))

    def head(self, name: str, shape: Shape, *, plain: bool = False) -> Piece:
        """Return what names an output, or as `plain` the input."""
        accent = self.pen.paint.quiet if plain else self.pen.paint.accent
        says = size(shape)
        room = length(name, NAME, bold=True) + length(says, SMALL) + 34
        width = TWIN / 2 if self.twin else room
        left = -width / 2
        marks = [self._outline(left, 0, width, PILL, stroke=accent, round=PILL / 2)]
        if not self.twin:
            marks += [
                self.pen.words(left + 13, 16, name, size=NAME, bold=True, colour=accent),
                self.pen.words(-left - 13, 16, says, colour=self.pen.paint.quiet, anchor="end"),
            ]
        return Piece(-left, -left, PILL, tuple(marks))

    def image(self, node: Branches) -> Piece:
        """Return the square that stands for an image, or for all but the first."""
        half = SQUARE / 2
        last = f"2\N{EN DASH}{node.images}" if node.images > 2 else "2"
        marks = [
            self.pen.box(-half, 0, 2 * half, 2 * half, round=3, stroke=self.pen.paint.quiet),
            self.pen.words(0, 15, last if self.twin else "1", bold=True, anchor="middle"),
        ]
        if not self.twin:
            quiet = self.pen.paint.quiet
            marks.append(
                self.pen.words(-half - 8, 15, size(node.given), anchor="end", colour=quiet)
            )
        return Piece(half, half, 2 * half, tuple(marks))

    def _outline(
        self, x: float, y: float, width: float, height: float, *, stroke: str = "", round: float = 6
    ) -> str:
        dashed = self.twin and self.same
        return self.pen.box(x, y, width, height, stroke=stroke, round=round, dashed=dashed)

    def _thin(self, block: Block, _details: list[str], left: float, right: float) -> Iterator[str]:
        says = size(block.shape)
        title = _cut(block.title, right - left - length(says, SMALL) - 8, NAME)
        yield self.pen.words(left, 18, title, size=NAME)
        yield self.pen.words(right, 18, says, colour=self.pen.paint.quiet, anchor="end")

    def _words(self, block: Block, details: list[str], left: float, right: float) -> Iterator[str]:
        pen, quiet = self.pen, self.pen.paint.quiet
        again = _again(block.times)
        title = _cut(block.title, (right - left - length(again, TITLE)) / BOLD, TITLE)
        yield pen.words(left, 20, title, size=TITLE, bold=True)
        if again:
            yield pen.words(right, 20, again, size=TITLE, bold=True, anchor="end")
        for place, line in enumerate(details):
            yield pen.words(left, 36 + LINE * place, line)
        y = 37 + LINE * len(details)
        yield pen.words(left, y, size(block.shape), colour=quiet)
        yield pen.words(right, y, _parameters(block), colour=quiet, anchor="end")

    def _colour(self, block: Block) -> str:
        paint = self.pen.paint
        colours = {"convolution": paint.series[0], "linear": paint.series[1]}
        return colours.get(block.kind, paint.line)


def box_width(nodes: tuple[Node, ...]) -> float:
    """Return the width that the boxes of a chain share: of the longest of their lines."""
    needed = [
        need
        for node in nodes
        if isinstance(node, Block)
        for need in (
            length(f"{node.title}  {_again(node.times)}", TITLE, bold=True),
            length(f"{node.title}  {size(node.shape)}", NAME) if _is_thin(node) else 0,
            length(f"{size(node.shape)}   {_parameters(node)}", SMALL),
            *(length(detail, SMALL) for detail in node.details),
        )
    ]
    return min(max(max(needed, default=0) + 2 * PAD + STRIPE, NARROWEST), WIDEST)


def _is_thin(block: Block) -> bool:
    """Whether one line says all that there is to say."""
    return not block.details and not block.parameters


def _again(times: int) -> str:
    return f"{TIMES} {times}" if times > 1 else ""


def _parameters(block: Block) -> str:
    again = f"{block.times} {TIMES} " if block.times > 1 else ""
    return f"{again}{block.parameters:,} parameters" if block.parameters else ""


def _cut(text: str, width: float, size: float) -> str:
    most = max(int(width / length("x", size)), 2)
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
