"""The marks of a figure of what accuracy costs: points, their front, and names where they fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bakeoff.analysis.summary import Summary
from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.figure import Keys, Record, colour, colour_scale, inline
from bakeoff.reporting.figures.labels import Place, Point, point_names
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.wording import interval, number, on_axis, within_bounds

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 320
"""Pixels of the drawing."""

CROWDED = 4
"""A mean this many times as far from the best as most others is drawn at the edge."""


@dataclass(frozen=True)
class Spent:
    """A variant's final test figures, and what it costs.

    Attributes:
        variant: its name.
        found: of the figures; one or more.
        cost: above 0.
    """

    variant: str
    found: Summary
    cost: float

    @property
    def mean(self) -> float:
        """The mean figure."""
        return math.nan if self.found.mean is None else self.found.mean


@dataclass(frozen=True)
class TradeoffMarks:
    """Points, the front among them, and names.

    Attributes:
        title: of the cost.
        spent: one for each variant, two or more.
        front: places of those on the front, from the lowest cost up.
        keys: how variants are told apart.
        metric: of what is drawn.
        printed: how a cost is written.
    """

    title: str
    spent: tuple[Spent, ...]
    front: tuple[int, ...]
    keys: Keys
    metric: Metric
    printed: Callable[[float], str]

    def chart(self, title: str, label: str) -> alt.LayerChart:
        """Return the chart, with how the run was shortened."""
        import altair as alt

        records = self._records()
        on_front = [records[place] for place in self.front]
        others = [r for place, r in enumerate(records) if place not in self.front]
        bars = alt.Chart(inline(record for record in records if record["inside"])).mark_rule(
            strokeWidth=1.5, opacity=0.4
        )
        x, y = self._x(), self._y("y")
        layers = [
            bars.encode(x=x, y=self._y("low"), y2="high:Q", color=colour(self.keys, legend=False)),
            alt.Chart(inline(on_front))
            .mark_line(interpolate="step-after", strokeWidth=1.5, color=PAGE.quiet, opacity=0.6)
            .encode(x=x, y=y),
            *self._points(others, filled=False),
            *self._points(on_front, filled=True),
            *point_names(self._named(), HEIGHT, self._steps()),
            alt.Chart(inline(records))
            .mark_point(filled=True, size=500, opacity=0)
            .encode(x=x, y=y, tooltip=self._tooltip()),
        ]
        titled = alt.TitleParams(title, subtitle=label)
        return alt.LayerChart(layer=layers, title=titled).properties(
            width="container", height=HEIGHT
        )

    @property
    def is_cut(self) -> bool:
        """Whether a mean lies beyond the axis."""
        low, high = self._values
        return any(not low <= self._mean(each) <= high for each in self.spent)

    @property
    def cuts_intervals(self) -> bool:
        """Whether the interval of a mean on the axis goes on beyond the axis."""
        low, high = self._values
        return any(
            low <= self._mean(each) <= high and not low <= self.metric.scale * end <= high
            for each in self.spent
            for end in within_bounds(self._ends(each), self.metric)
        )

    @property
    def _values(self) -> tuple[float, float]:
        """What the axis of figures spans, as drawn, but for means far beyond the others."""
        metric = self.metric
        means = [each.mean for each in self.spent]
        best = means[metric.best(means)]
        beyond = sorted(metric.gain(best, mean) for mean in means)
        most = CROWDED * beyond[3 * len(beyond) // 4] if len(beyond) > 3 else beyond[-1]
        shown = [each for each in self.spent if metric.gain(best, each.mean) <= most]
        means = [self._mean(each) for each in shown]
        # Few rounds have intervals that would leave the means no room.
        least = 0.1 if metric.unit == "%" else 0.001 * max(map(abs, means)) or 0.001
        span = max(max(means) - min(means), least)
        ends = [
            metric.scale * end for each in shown for end in within_bounds(self._ends(each), metric)
        ]
        low = max(min([*means, *ends]), min(means) - span / 2)
        high = min(max([*means, *ends]), max(means) + span / 2)
        margin = max(0.06 * (high - low), least / 2)
        return low - margin, high + margin

    @property
    def _costs(self) -> tuple[float, float]:
        costs = [each.cost for each in self.spent]
        margin = (max(costs) / min(costs)) ** 0.06
        return min(costs) / margin, max(costs) * margin

    def _mean(self, each: Spent) -> float:
        return self.metric.scale * each.mean

    def _ends(self, each: Spent) -> tuple[float, float]:
        """Return the ends of the interval; without one, twice the mean."""
        return each.found.interval or (each.mean, each.mean)

    def _x(self) -> alt.X:
        import altair as alt

        return alt.X(
            "cost:Q",
            title=f"{self.title}, logarithmic",
            scale=alt.Scale(type="log", domain=list(self._costs), nice=False),
            axis=alt.Axis(
                values=_ticks(*self._costs),
                labelExpr="format(datum.value, datum.value < 1e4 ? ',~g' : '~s')",
                labelOverlap="greedy",
                labelFlush=False,
            ),
        )

    def _y(self, field: str) -> alt.Y:
        import altair as alt

        return alt.Y(
            f"{field}:Q",
            title=f"Test {self.metric.words}, final epoch{on_axis(self.metric)}",
            scale=alt.Scale(domain=list(self._values), nice=False, zero=False),
            axis=alt.Axis(tickCount=6),
        )

    def _records(self) -> list[Record]:
        low, high = self._values

        def within(value: float) -> float:
            return min(max(value, low), high)

        records: list[Record] = []
        for place, each in enumerate(self.spent):
            found, mean, metric = each.found, self._mean(each), self.metric
            ends = within_bounds(self._ends(each), metric)
            records.append(
                {
                    "variant": each.variant,
                    "cost": each.cost,
                    "y": within(mean),
                    "low": within(metric.scale * ends[0]),
                    "high": within(metric.scale * ends[1]),
                    "inside": low <= mean <= high,
                    "mean": number(found.mean, metric),
                    "interval": interval(found.interval, metric),
                    "paid": self.printed(each.cost),
                    "rounds": found.n,
                    "front": "yes" if place in self.front else "no",
                }
            )
        return records

    def _points(self, records: list[Record], *, filled: bool) -> Iterator[alt.Chart]:
        import altair as alt

        beyond = "triangle-down" if self.metric.direction == "higher" else "triangle-up"
        shapes = (("circle", True), (beyond, False))
        for shape, inside in shapes:
            some = [record for record in records if record["inside"] is inside]
            if some:
                points = alt.Chart(inline(some)).mark_point(
                    shape=shape, size=80, strokeWidth=2, opacity=1, fill=PAGE.paper
                )
                stroke = alt.Stroke("variant:N", scale=colour_scale(self.keys), legend=None)
                fill = alt.Fill("variant:N", scale=colour_scale(self.keys), legend=None)
                coloured = points.encode(x=self._x(), y=self._y("y"), stroke=stroke)
                yield coloured.encode(fill=fill) if filled else coloured

    def _told(self, each: Spent) -> str:
        decimals = 1 if self.metric.unit == "%" else None
        return f"{self.metric.printed(each.mean, decimals=decimals)}{self.metric.unit}"

    def _named(self) -> list[Point]:
        """Return the points with their names, those on the front first."""
        low, high = self._values
        rest = [place for place in range(len(self.spent)) if place not in self.front]
        points = []
        for place in (*self.front, *rest):
            each = self.spent[place]
            inside = low <= self._mean(each) <= high
            name = each.variant if inside else f"{each.variant}: {self._told(each)}"
            points.append(Point(name, self._at(each)))
        return points

    def _at(self, each: Spent) -> Place:
        """Return where a point stands."""
        (least, most), (low, high) = self._costs, self._values
        value = min(max(self._mean(each), low), high)
        across = math.log(each.cost / least) / math.log(most / least)
        return Place(across, HEIGHT * (high - value) / (high - low))

    def _steps(self) -> list[tuple[Place, Place]]:
        """Return the lines of which the front is made."""
        lines = []
        for one, other in pairwise(self._at(self.spent[place]) for place in self.front):
            corner = Place(other.x, one.y)
            lines += [(one, corner), (corner, other)]
        return lines

    def _tooltip(self) -> list[alt.Tooltip]:
        import altair as alt

        said = {
            "variant": "Variant",
            "mean": f"Test {self.metric.words}{on_axis(self.metric)}",
            "interval": "95% interval",
            "rounds": "Rounds",
            "paid": self.title,
            "front": "On the front",
        }
        return [alt.Tooltip(f"{field}:N", title=title) for field, title in said.items()]


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers within a span: closer ones where it is narrow."""
    span = high / low
    digits = range(1, 10) if span < 10 else (1, 2, 5) if span < 1e4 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (float(f"{digit}e{power}") for power in powers for digit in digits)
    return [step for step in steps if low <= step <= high]
