"""The report's own learning curves, by epoch or by iteration: a panel a curve, or a unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bakeoff.analysis.results import Results
from bakeoff.data.task import Task
from bakeoff.reporting.figures.figure import Figure, Keys
from bakeoff.reporting.figures.lines import Line, is_logarithmic, line, value_range
from bakeoff.reporting.figures.panel import Panel, draw
from bakeoff.reporting.palette import styles, styles_among
from bakeoff.reporting.wording import capital, on_axis
from bakeoff.study.figures import Curve, CurvesFigure
from bakeoff.study.measured import LOSS, metric_of
from bakeoff.study.study import names


def curve_panels(figure: CurvesFigure, results: Results) -> tuple[Keys, tuple[Figure, ...]]:
    """Return the panels of a figure, and how they tell their lines apart.

    There are none where no trial has finished.
    """
    if len(figure.variants) == 1 and len(figure.curves) > 1:
        return _of_one(figure, results)
    return _of_several(figure, results)


def _of_several(figure: CurvesFigure, results: Results) -> tuple[Keys, tuple[Figure, ...]]:
    """Return a panel for each curve, a line for each variant."""
    task = results.study.task
    keys = styles_among(figure.variants, tuple(names(results.study.variants)))
    found = {
        curve: {
            name: drawn
            for name in figure.variants
            if (drawn := _line(figure, results, name, curve)) is not None
        }
        for curve in figure.curves
    }
    panels = []
    for curve, lines in found.items():
        alike = [
            one
            for other, some in found.items()
            for one in some.values()
            if other.metric == curve.metric
        ]
        if lines:
            title = _title(curve, task)
            one = len(figure.curves) == 1
            panels.append(_panel(figure, results, curve, lines, keys, alike, "" if one else title))
    return keys, tuple(panels)


def _of_one(figure: CurvesFigure, results: Results) -> tuple[Keys, tuple[Figure, ...]]:
    """Return a panel for losses and one for errors, a line for each curve of the variant."""
    task = results.study.task
    (name,) = figure.variants
    labels = {curve: _title(curve, task) for curve in figure.curves}
    keys = styles(tuple(labels.values()))
    groups: dict[tuple[bool, str, bool], dict[Curve, Line]] = {}
    for curve in figure.curves:
        if (found := _line(figure, results, name, curve)) is not None:
            metric = found.metric
            of = (metric.name == LOSS, metric.unit, curve.split == "batch")
            groups.setdefault(of, {})[curve] = found
    panels = []
    for (loss, *_), found_lines in groups.items():
        lines = {labels[curve]: one for curve, one in found_lines.items()}
        first_words = capital(results.study.metric.words)
        heading = "" if len(groups) == 1 else "Loss" if loss else first_words
        first = next(iter(found_lines))
        alike = list(lines.values())
        panels.append(_panel(figure, results, first, lines, keys, alike, heading))
    return keys, tuple(panels)


def _line(figure: CurvesFigure, results: Results, name: str, curve: Curve) -> Line | None:
    variant = results.study.variant(name)
    metric = metric_of(results.study.task, curve.metric)
    if curve.split != "batch":
        return line(results, variant, metric, curve.split)
    epochs = variant.recipe.epochs if figure.last_epoch else 1
    return line(results, variant, metric, "batch", window=figure.running_mean, last_of=epochs)


def _panel(
    figure: CurvesFigure,
    results: Results,
    curve: Curve,
    lines: Mapping[str, Line],
    keys: Keys,
    alike: list[Line],
    heading: str,
) -> Figure:
    """Return a panel; without a heading it is the whole figure."""
    batches = curve.split == "batch"
    name = f"{figure.name}--{_slug(curve)}" if heading else figure.name
    panel = Panel(
        name=name,
        title=heading or figure.title,
        heading=heading or figure.title,
        description=_says(figure, curve, heading, lines, results.study.task),
        places="Iteration" if batches else "Epoch",
        keys=keys,
        domain=value_range(alike),
        says="" if heading else _axis(figure, curve, results.study.task),
    )
    return draw(panel, lines, results)


def _slug(curve: Curve) -> str:
    return f"{curve.metric.replace('_', '-')}-{curve.split}"


def _title(curve: Curve, task: Task) -> str:
    where = "training batches" if curve.split == "batch" else curve.split
    return f"{capital(metric_of(task, curve.metric).words)} on {where}"


def _axis(figure: CurvesFigure, curve: Curve, task: Task) -> str:
    smooth = curve.split == "batch" and figure.running_mean > 1
    over = f", mean of {figure.running_mean}" if smooth else ""
    return f"{_title(curve, task)}{over}{on_axis(metric_of(task, curve.metric))}"


def _says(
    figure: CurvesFigure,
    curve: Curve,
    heading: str,
    lines: Mapping[str, Line],
    task: Task,
) -> str:
    """Return the description of a panel."""
    what = heading or _title(curve, task)
    log = ", on a log scale" if is_logarithmic(lines.values()) else ""
    said = " ".join((f"{_each(figure)}{log}.", *_about_batches(figure, curve.split == "batch")))
    return f"{what}. {said}"


def curves_description(figure: CurvesFigure) -> str:
    """Return the description of a figure of several panels."""
    log = "; losses are on a log scale" if any(c.metric == LOSS for c in figure.curves) else ""
    batches = any(curve.split == "batch" for curve in figure.curves)
    return " ".join((f"{_each(figure)}{log}.", *_about_batches(figure, batches)))


def _each(figure: CurvesFigure) -> str:
    splits = {curve.split == "batch" for curve in figure.curves}
    step = "iteration" if splits == {True} else "epoch" if splits == {False} else "step"
    return (
        f"A line for each {'curve' if len(figure.variants) == 1 else 'variant'}: the mean over "
        f"rounds after each {step}, with one standard deviation shaded around it"
    )


def _about_batches(figure: CurvesFigure, batches: bool) -> Iterator[str]:
    if batches and figure.running_mean > 1:
        yield f"Each point is the mean of the last {figure.running_mean} batches."
    if batches and figure.last_epoch:
        yield "Of a variant trained for several epochs, the last is shown."
