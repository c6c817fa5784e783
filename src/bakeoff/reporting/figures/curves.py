"""Learning curves: the mean over rounds after each epoch, with its spread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Band, band
from bakeoff.reporting.figures.figure import (
    Figure,
    Record,
    colour,
    dash,
    hover_bands,
    in_percent,
    inline,
    whole_numbers,
)
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import MINUS, NOTHING
from bakeoff.training.history import History, SplitName

if TYPE_CHECKING:
    import altair as alt

SPLITS: tuple[SplitName, ...] = ("test", "validation", "train")
METRICS = ("error", "loss", "digit_error")


@dataclass(frozen=True)
class CurveGroup:
    """The panels of one metric, a split each, on one scale.

    Attributes:
        metric: as curves name it.
        title: as the study speaks of it.
        panels: test first.
    """

    metric: str
    title: str
    panels: tuple[Figure, ...]


def curve_groups(results: Results) -> tuple[CurveGroup, ...]:
    """Return the learning curves of every metric that any trial has."""
    found = (_group(results, metric) for metric in METRICS)
    return tuple(group for group in found if group.panels)


def _group(results: Results, metric: str) -> CurveGroup:
    bands = {
        split: {
            variant.name: found
            for variant in results.study.variants
            if (found := band(results.of(variant), split, metric)) is not None
            and any(map(math.isfinite, found.mean))
        }
        for split in SPLITS
    }
    drawn = [b for by_variant in bands.values() for b in by_variant.values()]
    title = _title(results, metric)
    panels = tuple(
        _panel(results, split, metric, by_variant, _domain(drawn, metric, results))
        for split, by_variant in bands.items()
        if by_variant
    )
    return CurveGroup(metric, title, panels)


def _title(results: Results, metric: str) -> str:
    return {"loss": "Loss", "error": results.study.measure.capitalize()}.get(
        metric, f"Digit {results.study.measure}"
    )


def _panel(
    results: Results,
    split: SplitName,
    metric: str,
    bands: dict[str, Band],
    domain: tuple[float, float],
) -> Figure:
    import altair as alt

    study = results.study
    epochs = max(len(found.mean) for found in bands.values())
    x = alt.X(
        "epoch:Q",
        title="Epoch",
        axis=alt.Axis(values=whole_numbers(epochs, most=6), format="d"),
        scale=alt.Scale(domain=[1, epochs] if epochs > 1 else [0.5, 1.5], nice=False),
    )
    title = f"{_title(results, metric)} on {split}"
    grid = _grid(results, metric, title, bands, epochs)
    log = metric == "loss"
    scale = alt.Scale(type="log" if log else "linear", domain=list(domain), nice=not log)
    axis = alt.Axis(format="~g", values=_steps(domain)) if log else alt.Axis(tickCount=5)
    y = alt.Y("low:Q", title=None, scale=scale, axis=axis)
    means = alt.Chart(inline(_band_records(results, metric, bands, domain))).transform_flatten(
        ["epoch", "mean", "low", "high"]
    )
    layers = [
        means.mark_area(opacity=0.16, clip=True).encode(x=x, y=y, y2="high:Q", color=colour(study)),
        means.mark_line(strokeWidth=2, clip=True, point=epochs == 1).encode(
            x=x, y=alt.Y("mean:Q", title=None), color=colour(study), strokeDash=dash(study)
        ),
        *_broken(results, split, metric, x),
        hover_bands(grid),
    ]
    unit = "" if log else ", %"
    titled = alt.TitleParams(f"{title}{unit}", subtitle=results.label)
    return Figure(
        name=f"curve-{metric.replace('_', '-')}-{split}",
        title=f"{split.capitalize()}{unit}",
        description=f"{title} after each epoch: a line for the mean over rounds of each variant, "
        f"with one standard deviation shaded around it{', on a log scale' if log else ''}.",
        chart=alt.LayerChart(layer=layers, title=titled).properties(width="container", height=220),
        grid=grid,
    )


def _domain(drawn: list[Band], metric: str, results: Results) -> tuple[float, float]:
    # Edges that means keep within; a wide spread may leave the panel, a mean may not.
    means = [v for b in drawn for v in b.mean if math.isfinite(v)]
    edges = [v for b in drawn for v in (*b.low, *b.high) if math.isfinite(v)]
    if metric == "loss":
        low = max(min(means), 1e-6)
        return low / 1.15, max(*means, *edges, low) * 1.05
    shown = [in_percent(v, metric, results.study.measure) or 0.0 for v in (*means, *edges)]
    low, high = max(min(shown), 0.0), min(max(shown), 100.0)
    return (low, high) if low < high else (max(low - 1, 0.0), min(high + 1, 100.0))


def _steps(domain: tuple[float, float]) -> list[float]:
    """Return 1, 2, 5, 10 and so on within a domain: what a log axis is read by."""
    low, high = (math.floor(math.log10(end)) for end in domain)
    steps = (float(f"{digit}e{power}") for power in range(low, high + 1) for digit in (1, 2, 5))
    return [step for step in steps if domain[0] <= step <= domain[1]]


def _band_records(
    results: Results, metric: str, bands: dict[str, Band], domain: tuple[float, float]
) -> Iterator[Record]:
    floor = domain[0] if metric == "loss" else 0.0
    for name, found in bands.items():
        places = [p for p, mean in enumerate(found.mean) if math.isfinite(mean)]
        # A single round has no spread; its band is as thin as its line.
        edges = [
            (found.low[p], found.high[p]) if math.isfinite(found.sd[p]) else (found.mean[p],) * 2
            for p in places
        ]
        shown = [sorted(_shown(edge, metric, results) for edge in pair) for pair in edges]
        yield {
            "variant": name,
            "epoch": [place + 1 for place in places],
            "mean": [_short(max(_shown(found.mean[p], metric, results), floor)) for p in places],
            "low": [_short(max(low, floor)) for low, _ in shown],
            "high": [_short(max(high, floor)) for _, high in shown],
        }


def _broken(results: Results, split: SplitName, metric: str, x: alt.X) -> list[alt.Chart]:
    import altair as alt

    records: list[Record] = [
        {
            "variant": variant.name,
            "round": number + 1,
            "epoch": place + 1,
            "value": _short(_shown(value, metric, results)),
        }
        for variant, number, history in results.places()
        if history is not None and history.status == "diverged"
        for place, value in enumerate(_curve(history, split, metric))
        if math.isfinite(value)
    ]
    if not records:
        return []
    ends = {(r["variant"], r["round"]): r for r in records}
    y = alt.Y("value:Q", title=None)
    lines = alt.Chart(inline(records)).mark_line(strokeWidth=1, strokeDash=[2, 3], clip=True)
    marks = alt.Chart(inline(ends.values())).mark_point(
        shape="cross", angle=45, filled=True, size=70, clip=True
    )
    return [
        lines.encode(x=x, y=y, color=colour(results.study), detail="round:N"),
        marks.encode(x=x, y=y, color=colour(results.study)),
    ]


def _grid(results: Results, metric: str, title: str, bands: dict[str, Band], epochs: int) -> Grid:
    unit = "" if metric == "loss" else ", in percent"
    return Grid(
        caption=f"{title}, mean (sd) over rounds{unit}",
        columns=(Column("Epoch", "text"), *(Column(v.name) for v in results.study.variants)),
        rows=tuple(
            (
                str(place + 1),
                *(
                    _cell(results, metric, bands.get(variant.name), place)
                    for variant in results.study.variants
                ),
            )
            for place in range(epochs)
        ),
    )


def _cell(results: Results, metric: str, found: Band | None, place: int) -> str:
    if found is None or place >= len(found.mean) or not math.isfinite(found.mean[place]):
        return NOTHING
    mean = _shown(found.mean[place], metric, results)
    sd = found.sd[place] * (1 if metric == "loss" else 100)
    digits = 3 if metric == "loss" else 2
    text = f"{mean:.{digits}f}".replace("-", MINUS)
    return f"{text} ({sd:.{digits}f})" if math.isfinite(sd) else text


def _shown(value: float, metric: str, results: Results) -> float:
    return in_percent(value, metric, results.study.measure) or 0.0


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _curve(history: History, split: SplitName, metric: str) -> tuple[float, ...]:
    return history.curves.get(split, {}).get(metric, ())
