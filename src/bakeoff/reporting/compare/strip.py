"""A plot of a few dozen figures in a terminal: a dot for each, the typical one and its interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bakeoff.data.metric import MINUS

HEIGHT = 5
"""The most lines of dots; where more figures fall on one place, a dot stands for several."""

TICKS = 8
"""The most ticks of an axis."""


@dataclass(frozen=True)
class Glyphs:
    """The characters that a plot is made of."""

    dot: str
    mean: str
    left: str
    line: str
    right: str
    zero: str
    axis: str
    tick: str
    cross: str
    to_left: str
    to_right: str


DRAWN = Glyphs("●", "◆", "├", "─", "┤", "│", "─", "┴", "┼", "◂", "▸")
TYPED = Glyphs("o", "#", "[", "-", "]", "|", "-", "+", "+", "<", ">")
"""The same for a terminal that knows ASCII alone."""


@dataclass(frozen=True)
class Strip:
    """What is plotted.

    Attributes:
        values: the figures, one or more; finite.
        typical: the one that stands for all; maybe infinite.
        interval: its ends, None where there is none; an infinite one is drawn as an arrow.
        below: what a figure below 0 means.
        above: what a figure above 0 means.
        unit: of what is counted, "round".
    """

    values: Sequence[float]
    typical: float
    interval: tuple[float, float] | None
    below: str
    above: str
    unit: str


def strip_lines(strip: Strip, *, width: int, glyphs: Glyphs = DRAWN) -> list[str]:
    """Return the plot in lines of at most `width` columns.

    Args:
        strip: what is plotted.
        width: 40 or more.
        glyphs: to plot with.
    """
    plot = _Plot(strip, Scale.of(strip), width, glyphs)
    lines = [plot.sides(), *plot.dots(), plot.interval(), *plot.axis(), *plot.key()]
    return [line.rstrip() for line in lines]


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`, 0 between them."""

    low: float
    high: float

    @classmethod
    def of(cls, strip: Strip) -> Scale:
        """Return the scale for what is plotted, with a margin at both ends."""
        values = [*strip.values, strip.typical, *(strip.interval or ())]
        values = [value for value in values if math.isfinite(value)]
        low, high = min(0.0, *values), max(0.0, *values)
        if high - low == 0:
            low, high = -1.0, 1.0
        margin = 0.06 * (high - low)
        return cls(low - margin, high + margin)

    def share(self, value: float) -> float:
        """Return how far along the axis a figure lies, from 0 to 1."""
        return (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return round numbers along the axis, 0 among them, each as it is written."""
        span = self.high - self.low
        power = math.floor(math.log10(span / TICKS))
        step = next(m * 10.0**power for m in (1, 2, 5, 10) if span / (m * 10.0**power) <= TICKS)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        places = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        return [
            (place * step, f"{place * step:+.{decimals}f}".replace("-", MINUS) if place else "0")
            for place in places
        ]


@dataclass(frozen=True)
class _Plot:
    strip: Strip
    scale: Scale
    width: int
    glyphs: Glyphs

    def column(self, value: float) -> int:
        return round(self.scale.share(value) * (self.width - 1))

    def sides(self) -> str:
        """Return what the two sides of 0 mean, as far as there is room for it."""
        zero, glyphs = self.column(0.0), self.glyphs
        below = f"{glyphs.to_left} {self.strip.below} "
        above = f" {self.strip.above} {glyphs.to_right}"
        left = below if len(below) <= zero else ""
        right = above if len(above) < self.width - zero else ""
        return f"{left:>{zero}}{glyphs.zero}{right}"

    def dots(self) -> Iterator[str]:
        stacks = {column: math.ceil(n / self.each) for column, n in self.counts.items()}
        for row in range(max(stacks.values()), 0, -1):
            cells = self.empty()
            for column, height in stacks.items():
                if height >= row:
                    cells[column] = self.glyphs.dot
            yield "".join(cells)

    def interval(self) -> str:
        """Return the line of the typical figure and its interval."""
        cells, glyphs = self.empty(), self.glyphs
        if self.strip.interval is not None:
            ends = self.strip.interval
            low, high = map(self.column, ends)
            cells[low : high + 1] = glyphs.line * (high + 1 - low)
            if low < self.column(0.0) < high:
                cells[self.column(0.0)] = glyphs.cross
            cells[low] = glyphs.left if math.isfinite(ends[0]) else glyphs.to_left
            cells[high] = glyphs.right if math.isfinite(ends[1]) else glyphs.to_right
        if math.isfinite(self.strip.typical):
            cells[self.column(self.strip.typical)] = glyphs.mean
        return "".join(cells)

    def axis(self) -> Iterator[str]:
        """Yield the axis and what its ticks stand for."""
        rule, labels = [self.glyphs.axis] * self.width, ""
        for value, label in self.scale.ticks():
            column = self.column(value)
            rule[column] = self.glyphs.tick if value else self.glyphs.cross
            start = min(max(0, column - len(label) // 2), self.width - len(label))
            if not labels or start > len(labels):
                labels = labels.ljust(start) + label
        yield "".join(rule)
        yield labels

    def key(self) -> Iterator[str]:
        """Yield what the characters stand for, in as many lines as it takes."""
        unit, glyphs = self.strip.unit, self.glyphs
        dots = f"a {unit}" if self.each == 1 else f"up to {self.each} {unit}s"
        parts = [f"{glyphs.dot} {dots}"]
        if math.isfinite(self.strip.typical):
            parts.append(f"{glyphs.mean} typical")
        if self.strip.interval is not None:
            parts.append(f"{glyphs.left}{glyphs.line}{glyphs.right} 95% interval")
            arrows = zip((glyphs.to_left, glyphs.to_right), self.strip.interval, strict=True)
            lost = "".join(arrow for arrow, end in arrows if math.isinf(end))
            parts += [f"{lost} beyond any figure: trials diverged"] if lost else []
        line = "   ".join(parts)
        yield from [line] if len(line) <= self.width else parts

    @property
    def counts(self) -> Counter[int]:
        """How many figures fall on each column."""
        return Counter(self.column(value) for value in self.strip.values)

    @property
    def each(self) -> int:
        """For how many figures a dot stands at most."""
        return math.ceil(max(self.counts.values()) / HEIGHT)

    def empty(self) -> list[str]:
        """Return a line with nothing but 0 in it."""
        cells = [" "] * self.width
        cells[self.column(0.0)] = self.glyphs.zero
        return cells
