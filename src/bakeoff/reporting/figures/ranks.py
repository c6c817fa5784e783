"""A critical-difference diagram, upright: mean ranks, and bars that join what is not told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bakeoff.analysis.ranks import Ranks, ranks
from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric
from bakeoff.reporting.compare.words import p_value
from bakeoff.reporting.figures.down import LINE, SIZE, down, hover_lanes
from bakeoff.reporting.figures.figure import (
    Figure,
    Keys,
    Record,
    colour,
    inline,
    whole_numbers,
)
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.palette import PAGE, styles
from bakeoff.reporting.wording import NOTHING, counted
from bakeoff.study.study import names

if TYPE_CHECKING:
    import altair as alt

TOP, MARK = 5, 16
"""Pixels of a lane above its name, and for the dot under it."""

SAID = 6
"""The most variants that a hover reading names; the table names all."""

LANE = TOP + LINE + MARK

BAR, GAP = 12, 18
"""Pixels from one bar to the next, and from the ranks to the first."""


def ranks_figure(results: Results) -> Figure | None:
    """Return the ranks of final test errors, None where `analysis.ranks` has none."""
    found = ranks(results)
    if found is None:
        return None
    keys = styles(tuple(names(results.study.variants)))
    return Figure(
        name="ranks",
        title="Mean ranks, and what can be told apart",
        description=" ".join(_reading(found, results.study.metric)),
        chart=_Diagram(found, keys).chart(results.label),
        grid=_grid(found, results.study.metric),
    )


@dataclass(frozen=True)
class _Diagram:
    """Variants below one another by their mean rank, the best on top, and bars beside them."""

    found: Ranks
    keys: Keys

    def chart(self, label: str) -> alt.LayerChart:
        """Return the chart, with how the run was shortened."""
        import altair as alt

        height = LANE * len(self.found.variants)
        records = self._records()
        texts = alt.Chart(inline(records)).mark_text(
            align="left",
            baseline="middle",
            fontSize=SIZE,
            limit=alt.ExprRef(f"width - {self._beside}"),
        )
        base = alt.Chart(inline(records)).encode(x=self._x("mean"), y=down("y", height))
        layers = [
            base.mark_rule().encode(x2=alt.value("width")),
            texts.encode(x=alt.value(0), y=down("name_y", height), text="variant:N"),
            base.mark_point(filled=True, size=80, opacity=1).encode(
                color=colour(self.keys, legend=False)
            ),
            *self._numbers(records, height),
            *self._bars(height),
            hover_lanes(records, height, _tooltip()),
        ]
        titled = alt.TitleParams("Mean ranks", subtitle=label)
        return alt.LayerChart(layer=layers, title=titled).properties(
            width="container", height=height
        )

    @property
    def _columns(self) -> list[int]:
        """Which column the bar of each group stands in: the first where it meets no other."""
        ends: list[int] = []
        columns = []
        for group in self.found.groups:
            free = (column for column, end in enumerate(ends) if end < group[0])
            column = next(free, len(ends))
            ends[column : column + 1] = [group[-1]]
            columns.append(column)
        return columns

    @property
    def _beside(self) -> int:
        """The width of the bars' columns, in pixels."""
        return GAP + BAR * (max(self._columns) + 1) if self.found.groups else 0

    def _x(self, field: str) -> alt.X:
        import altair as alt

        most = len(self.found.variants)
        room = f"(width - {self._beside})"
        return alt.X(
            f"{field}:Q",
            title=f"Mean rank over {counted(len(self.found.rounds), 'round')}, 1 is the best",
            scale=alt.Scale(
                domain=[0.6, most + 0.4], nice=False, zero=False, range=[0, alt.ExprRef(room)]
            ),
            axis=alt.Axis(grid=True, values=_ticks(most), format="d", labelFlush=False),
        )

    def _records(self) -> list[Record]:
        found = self.found
        return [
            {
                "place": place,
                "variant": name,
                "mean": mean,
                "rank": f"{mean:.1f}",
                "top": LANE * place,
                "bottom": LANE * (place + 1),
                "name_y": LANE * place + TOP + LINE / 2,
                "y": _level(place),
                "alike": _alike(found, place, most=SAID),
            }
            for place, (name, mean) in enumerate(zip(found.variants, found.means, strict=True))
        ]

    def _numbers(self, records: list[Record], height: int) -> Iterator[alt.Chart]:
        """Yield the ranks in figures, beside their dots where there is more room."""
        import altair as alt

        far = 0.75 * len(records)
        sides: tuple[tuple[Literal["left", "right"], int, list[Record]], ...] = (
            (
                "left",
                9,
                [r for r, mean in zip(records, self.found.means, strict=True) if mean <= far],
            ),
            (
                "right",
                -9,
                [r for r, mean in zip(records, self.found.means, strict=True) if mean > far],
            ),
        )
        for align, dx, some in sides:
            text = alt.Chart(inline(some)).mark_text(
                align=align, baseline="middle", dx=dx, fontSize=SIZE - 1
            )
            quiet = alt.value(PAGE.quiet)
            yield text.encode(x=self._x("mean"), y=down("y", height), text="rank:N", color=quiet)

    def _bars(self, height: int) -> Iterator[alt.Chart]:
        """Yield a bar for each group, and a dot on it for each of its variants."""
        import altair as alt

        bars: list[Record] = []
        dots: list[Record] = []
        for column, group in zip(self._columns, self.found.groups, strict=True):
            right = self._beside - GAP - BAR * column
            bars.append({"right": right, "top": _level(group[0]), "bottom": _level(group[-1])})
            dots += [{"right": right, "top": _level(place)} for place in group]
        if not bars:
            return
        at = alt.ExprRef("width - datum.right")
        y = down("top", height)
        yield (
            alt.Chart(inline(bars))
            .mark_rule(x=at, strokeWidth=3, strokeCap="round", color=PAGE.quiet)
            .encode(y=y, y2="bottom:Q")
        )
        yield (
            alt.Chart(inline(dots))
            .mark_point(x=at, filled=True, size=46, opacity=1, color=PAGE.ink)
            .encode(y=y)
        )


def _level(place: int) -> float:
    """Return where the dot of a lane stands, in pixels from the top."""
    return LANE * place + TOP + LINE + MARK / 2 - 2


def _alike(found: Ranks, place: int, *, most: int | None = None) -> str:
    """Return the variants that one cannot be told apart from, at most so many by name."""
    joined = {other for group in found.groups if place in group for other in group}
    others = [found.variants[other] for other in sorted(joined) if other != place]
    named, more = others[:most], len(others[most:]) if most else 0
    return "; ".join([*named, *([f"{more} more"] if more else [])]) or NOTHING


def _tooltip() -> list[alt.Tooltip]:
    import altair as alt

    return [
        alt.Tooltip("variant:N", title="Variant"),
        alt.Tooltip("mean:Q", title="Mean rank", format=".2f"),
        alt.Tooltip("alike:N", title="Not told apart from"),
    ]


def _ticks(most: int) -> list[int]:
    """Return 1 and the round numbers up to `most`, ten at most beside it."""
    ticks = whole_numbers(most, most=10)
    return ticks if ticks[0] == 1 else [1, *(tick for tick in ticks if tick > 2)]


def _reading(found: Ranks, metric: Metric) -> Iterator[str]:
    """Yield how to read what is drawn, in sentences."""
    best = "highest" if metric.direction == "higher" else "lowest"
    yield (
        f"In each of {counted(len(found.rounds), 'round')} the variants are ranked by their final "
        f"test {metric.words}, 1 for the {best}; a dot is a variant's mean rank. Bars on the right "
        "join variants that cannot be told apart, with a dot for each that belongs to the bar: "
        f"{found.apart} of {counted(found.pairs, 'pair')} are told apart by signed-rank tests at "
        "5%, corrected by Holm's method over all pairs."
    )
    if found.friedman is not None:
        yield f"Friedman's test that all rank alike: p {_p(found.friedman)}."
    yield (
        "The rounds are of one task: ranks tell how the variants compare on it, and nothing about "
        "other tasks."
    )
    if found.diverged:
        trials = counted(found.diverged, "diverged trial")
        yield f"{trials} {'ranks' if found.diverged == 1 else 'rank'} as the worst."
    if found.left_out:
        yield f"Left out for having fewer rounds: {'; '.join(found.left_out)}."


def _p(value: float) -> str:
    text = p_value(value)
    return text if text.startswith("<") else f"= {text}"


def _grid(found: Ranks, metric: Metric) -> Grid:
    friedman = "" if found.friedman is None else f"; Friedman's test p {_p(found.friedman)}"
    return Grid(
        caption=f"Mean ranks by final test {metric.words} over "
        f"{counted(len(found.rounds), 'round')}, 1 is the best{friedman}",
        columns=(
            Column("Variant", "text"),
            Column("Mean rank", "key"),
            Column("Not told apart from", "text"),
        ),
        rows=tuple(
            (name, f"{mean:.2f}", _alike(found, place))
            for place, (name, mean) in enumerate(zip(found.variants, found.means, strict=True))
        ),
    )
