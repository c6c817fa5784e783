"""The marks of a forest plot: lanes of their own heights, with names of any length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.claims.pairs import Difference
from bakeoff.reporting.figures.down import LINE, SIZE, down, edges, hover_lanes, letters
from bakeoff.reporting.figures.drawing import length
from bakeoff.reporting.figures.figure import Record, inline
from bakeoff.reporting.figures.forest_words import (
    COLOURS,
    FILLS,
    SHAPES,
    Words,
    claim_names,
    interval_words,
    outcome_words,
    pair_words,
    sized,
)
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.text.words import Scale, called
from bakeoff.reporting.wording import differences_in

if TYPE_CHECKING:
    import altair as alt

NARROW = 300
"""Pixels that the names have on a phone."""

WIDE, COLUMN = 560, 150
"""From this width on, the numbers stand beside the intervals, in a column of this width."""

TOP, MARK, BOTTOM = 6, 18, 5
"""Pixels of a lane above its names, for the interval under them, and below that."""

CROWDED = 4
"""An interval that reaches this many times as far as most others is cut."""

_ROOM = f"(width >= {WIDE} ? width - {COLUMN} : width)"
_TEXT: dict[str, Any] = {"baseline": "middle", "fontSize": SIZE}


@dataclass(frozen=True)
class ForestMarks:
    """Differences below one another.

    Attributes:
        rows: from the top, one or more; each has a mean.
        words: what the outcomes are called.
        title: whose outcomes they are; may be empty.
    """

    rows: tuple[Difference, ...]
    words: Words
    title: str

    def chart(self, label: str) -> alt.LayerChart:
        """Return the chart, with how the run was shortened."""
        import altair as alt

        height, records = self.tops[-1], self._records()
        low, high = self.domain
        y = down("y", height)
        lines = alt.Chart(inline(records)).mark_rule(strokeWidth=3)
        inside = [r for r, row in zip(records, self.rows, strict=True) if low <= _mean(row) <= high]
        dots = alt.Chart(inline(inside)).mark_point(size=80, strokeWidth=2, opacity=1)
        layers = [
            edges(self.tops[1:-1], height),
            *self._held_against(),
            lines.encode(x=self._x("from"), x2="to:Q", y=y, color=_paint()),
            *self._cut(),
            dots.encode(
                x=self._x("mean"),
                y=y,
                stroke=self._scaled(alt.Stroke, COLOURS),
                fill=self._scaled(alt.Fill, FILLS),
                shape=self._scaled(alt.Shape, SHAPES),
            ),
            *self._names(),
            self._numbers(),
            hover_lanes(records, height, self._tooltip()),
        ]
        titled = alt.TitleParams("Paired differences", subtitle=label)
        return alt.LayerChart(layer=layers, title=titled).properties(
            width="container", height=height
        )

    @property
    def tops(self) -> list[int]:
        """Where the lanes begin and the last one ends, in pixels."""
        tops = [0]
        for row in self.rows:
            tops.append(tops[-1] + TOP + LINE * len(_lines(row)) + MARK + BOTTOM)
        return tops

    @property
    def domain(self) -> tuple[float, float]:
        """What the axis spans: all intervals, but those far longer than most are cut."""
        ends = [end for row in self.rows for end in _ends(row)]
        reach = sorted(max(map(abs, _ends(row))) for row in self.rows)
        most = CROWDED * reach[3 * len(reach) // 4] if len(reach) > 3 else reach[-1]
        kept = [0.0, *(end for end in ends if abs(end) <= most)]
        for row in self.rows:
            kept += [_printed(row, bound) for bound in row.bounds]
            kept += [end for band in _bands(row) for end in band]
        margin = 0.04 * (max(kept) - min(kept)) or 1.0
        return min(kept) - margin, max(kept) + margin

    @property
    def is_cut(self) -> bool:
        """Whether an interval goes on beyond the axis."""
        low, high = self.domain
        return any(min(_ends(row)) < low or max(_ends(row)) > high for row in self.rows)

    @property
    def _axis(self) -> str:
        metric = self.rows[0].contrast.metric
        return f"First better by{f', {differences_in(metric)}' if metric.unit else ''}"

    def _x(self, field: str) -> alt.X:
        import altair as alt

        return alt.X(
            f"{field}:Q",
            title=self._axis,
            scale=alt.Scale(domain=list(self.domain), nice=False, range=[0, alt.ExprRef(_ROOM)]),
            axis=alt.Axis(grid=True, labelFlush=False, tickCount=alt.ExprRef(f"{_ROOM} / 80")),
        )

    def _scaled(self, channel: type[Any], values: Words) -> Any:
        """Return the encoding of outcomes by a channel, with a legend above the chart."""
        import altair as alt

        there = [word for word in self.words if any(row.outcome == word for row in self.rows)]
        domain, reach = [self.words[word] for word in there], [values[word] for word in there]
        legend = alt.Legend(orient="top", title=self.title or None, titleOrient="left", columns=3)
        return channel("outcome:N", scale=alt.Scale(domain=domain, range=reach), legend=legend)

    def _records(self) -> list[Record]:
        (low, high), tops = self.domain, self.tops
        return [
            {
                "place": place,
                "top": tops[place],
                "bottom": tops[place + 1],
                "y": tops[place + 1] - BOTTOM - MARK / 2,
                "mean": _mean(row),
                "from": max(min(_ends(row)), low),
                "to": min(max(_ends(row)), high),
                "outcome": self.words[row.outcome],
                "paint": COLOURS[row.outcome],
                "pair": pair_words(row),
                "by": sized(row.evidence.estimate, row),
                "interval": interval_words(row),
                "rounds": len(row.figures),
                "claims": outcome_words(row) if self.title else self.words[row.outcome],
            }
            for place, row in enumerate(self.rows)
        ]

    def _tooltip(self) -> list[alt.Tooltip]:
        import altair as alt

        said = {
            "pair": "Pair",
            "by": self._axis,
            "interval": "95% interval",
            "rounds": "Rounds",
            "claims": "Claims" if self.title else "Told apart",
        }
        return [alt.Tooltip(f"{field}:N", title=title) for field, title in said.items()]

    def _held_against(self) -> Iterator[alt.Chart]:
        """Yield the line of no difference, and what claims hold a mean against."""
        import altair as alt

        bands: list[Record] = []
        bounds: list[Record] = []
        zeros: list[Record] = []
        for row, end in zip(self.rows, self.tops[1:], strict=True):
            lane: Record = {"top": end - BOTTOM - MARK, "bottom": end - BOTTOM}
            zeros.append({**lane, "from": 0})
            bounds += [{**lane, "from": _printed(row, bound)} for bound in row.bounds]
            bands += [{**lane, "from": low, "to": high} for low, high in _bands(row)]
        x, y = self._x("from"), down("top", self.tops[-1])
        if bands:
            rects = alt.Chart(inline(bands)).mark_rect(fillOpacity=0.18, cornerRadius=2)
            yield rects.encode(x=x, x2="to:Q", y=y, y2="bottom:Q")
        rules = alt.Chart(inline(zeros)).mark_rule(color=PAGE.quiet)
        yield rules.encode(x=x, y=y, y2="bottom:Q")
        if bounds:
            dashes = alt.Chart(inline(bounds)).mark_rule(
                color=PAGE.ink, strokeWidth=2, strokeDash=[3, 2]
            )
            yield dashes.encode(x=x, y=y, y2="bottom:Q")

    def _cut(self) -> Iterator[alt.Chart]:
        """Yield arrows where intervals go on, and the means that lie beyond the axis in words."""
        import altair as alt

        low, high = self.domain
        arrows: list[Record] = []
        means: list[Record] = []
        for row, end in zip(self.rows, self.tops[1:], strict=True):
            mark: Record = {"y": end - BOTTOM - MARK / 2, "paint": COLOURS[row.outcome]}
            for edge, angle, sign in ((low, -90, -1), (high, 90, 1)):
                if any(sign * (each - edge) > 0 for each in _ends(row)):
                    arrows.append({**mark, "from": edge, "angle": angle})
                if sign * (_mean(row) - edge) > 0:
                    means.append(
                        {
                            **mark,
                            "from": (low + high) / 2,
                            "text": sized(row.evidence.estimate, row),
                        }
                    )
        x, y = self._x("from"), down("y", self.tops[-1])
        if arrows:
            heads = alt.Chart(inline(arrows)).mark_point(
                shape="triangle", filled=True, size=80, opacity=1
            )
            turned = alt.Angle("angle:Q", scale=None)
            yield heads.encode(x=x, y=y, angle=turned, color=_paint())
        for halo in (True, False) if means else ():
            paper: dict[str, Any] = (
                {"stroke": PAGE.paper, "strokeWidth": 8, "strokeJoin": "round"} if halo else {}
            )
            texts = alt.Chart(inline(means)).mark_text(**_TEXT, **paper)
            yield texts.encode(x=x, y=y, text="text:N")

    def _names(self) -> Iterator[alt.Chart]:
        """Yield the claims, and the names beside them."""
        import altair as alt

        ids: list[Record] = []
        names: list[Record] = []
        for row, top in zip(self.rows, self.tops, strict=False):
            y = top + TOP + LINE / 2
            found = zip(_places(row), claim_names(row, NARROW / 2), row.outcomes, strict=True)
            for x, name, (_, outcome) in found:
                ids.append({"text": name, "x": x, "y": y, "paint": COLOURS[outcome]})
            for number, line in enumerate(_lines(row)):
                names.append({"text": line, "x": _indent(row), "y": y + LINE * number})
        at = {"x": alt.X("x:Q", scale=None), "y": down("y", self.tops[-1]), "text": "text:N"}
        bold = alt.Chart(inline(ids)).mark_text(**_TEXT, align="left", fontWeight="bold")
        yield bold.encode(**at, color=_paint())
        room = alt.ExprRef("width - datum.x")
        yield alt.Chart(inline(names)).mark_text(**_TEXT, align="left", limit=room).encode(**at)

    def _numbers(self) -> alt.Chart:
        """Return mean and interval at the end of each lane, where there is room for them."""
        import altair as alt

        records: list[Record] = [
            {
                "text": f"{sized(row.evidence.estimate, row)}  ({interval_words(row)})",
                "y": end - BOTTOM - MARK / 2,
            }
            for row, end in zip(self.rows, self.tops[1:], strict=True)
        ]
        there = alt.ExprRef(f"width >= {WIDE} ? 1 : 0")
        texts = alt.Chart(inline(records)).mark_text(**_TEXT, align="right", opacity=there)
        numbers: alt.Chart = texts.encode(
            x=alt.value("width"), y=down("y", self.tops[-1]), text="text:N"
        )
        return numbers


def _lines(row: Difference) -> tuple[str, ...]:
    """Return the names in one line, or in two where one does not fit a phone."""
    one = pair_words(row)
    if len(one) <= letters(NARROW - _indent(row)):
        return (one,)
    return (row.first, f"vs {row.second}{called(row.contrast)}")


def _places(row: Difference) -> list[float]:
    """Return where the claims' names begin, in pixels from the left."""
    places = [0.0]
    for name in claim_names(row, NARROW / 2)[:-1]:
        places.append(places[-1] + length(name, SIZE, bold=True) + 6)
    return places


def _indent(row: Difference) -> float:
    """Return where the variants' names begin, in pixels from the left."""
    name = claim_names(row, NARROW / 2)[-1]
    return _places(row)[-1] + length(name, SIZE, bold=True) + 8 if name else 0.0


def _printed(row: Difference, value: float) -> float:
    """Return a figure as printed, the last that there can be for one without end."""
    scale = Scale.of(row.contrast)
    low, high = scale.bounds
    value = min(high, max(low, value))
    finite = [figure for figure in row.figures if math.isfinite(figure)]
    if math.isinf(value):
        value = (max if value > 0 else min)(finite, default=0.0)
    return scale.metric.scale * value


def _mean(row: Difference) -> float:
    return _printed(row, row.evidence.estimate or 0.0)


def _ends(row: Difference) -> tuple[float, float]:
    """Return the ends of the interval; those of too few rounds are the figure."""
    if row.evidence.interval is None:
        return _mean(row), _mean(row)
    low, high = row.evidence.interval
    return _printed(row, low), _printed(row, high)


def _bands(row: Difference) -> list[tuple[float, float]]:
    """Return what claims hold the difference to lie within."""
    return [
        (_printed(row, centre - margin), _printed(row, centre + margin))
        for centre, margin in row.margins
    ]


def _paint() -> alt.Color:
    """Return the encoding of a field that holds colours."""
    import altair as alt

    return alt.Color("paint:N", scale=None)
