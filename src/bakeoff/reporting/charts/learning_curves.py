"""Learning curves: of all variants for each metric, and those that a study declares."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric
from bakeoff.reporting.charts import kit
from bakeoff.reporting.charts.lines import Chart, figures, line_of
from bakeoff.reporting.charts.view import View
from bakeoff.reporting.palette import styles
from bakeoff.reporting.section import Figure, Keys, Panels
from bakeoff.reporting.text.numbers import capital, listed, on_axis
from bakeoff.study.figures import Curve, CurvesFigure
from bakeoff.study.measured import CurveSplit, ObjectiveValue, metric_of
from bakeoff.study.variant import Variant

SPLITS: tuple[CurveSplit, ...] = ("test", "validation", "train")

BAND = "the band around it is one standard deviation"


def training_note(split: CurveSplit, variants: Iterable[Variant]) -> str:
    """Returns how the curves on train were measured, if not by an evaluation."""
    if split != "train" or all("train" in variant.recipe.evaluated for variant in variants):
        return ""
    return (
        "A curve on train is the mean over the batches of each epoch, with dropout on and the "
        "weights moving."
    )


def curves(results: Results) -> tuple[Panels, ...]:
    """Returns the learning curves of each metric: a figure for each split, on one scale."""
    first, *further = results.study.task.measured
    every = (_of_metric(results, metric) for metric in (first, ObjectiveValue(), *further))
    return tuple(panels for panels in every if panels is not None)


def _of_metric(results: Results, metric: Metric) -> Panels | None:
    # Some variants may lack the head that a metric needs.
    has = {
        name
        for name, histories in results.histories.items()
        for history in histories
        if history is not None and any(metric.name in each for each in history.curves.values())
    }
    if not has:
        return None
    everyone = View(results, tuple(v for v in results.study.variants if v.name in has))
    drawn = everyone.best()
    tabled = everyone.tabled(drawn)
    name = metric.name.replace("_", "-")
    charts, note = [], ""
    for split in SPLITS:
        lines = {v.name: line_of(results, v, metric, split) for v in tabled.variants}
        note = training_note(split, (v for v in tabled.variants if lines[v.name])) or note
        what = f"{metric.words} on {split}"
        charts.append(
            Chart(
                name=f"curve-{name}-{split}",
                title=f"{capital(what)}{on_axis(metric)}",
                caption=kit.sentences(
                    f"Each line is a variant's mean {what} over rounds, and {BAND}.", note
                ),
                metric=metric,
                lines={variant: line for variant, line in lines.items() if line is not None},
            )
        )
    drawings = figures(charts, drawn.keys, results, (everyone.left_out(drawn, tabled),))
    return _panels(f"curves-{name}", capital(metric.words), drawings, drawn.keys, note)


def declared_curves(spec: CurvesFigure, results: Results) -> Panels | Figure | None:
    """Returns the curves that a study declares, None if no trial has one.

    If there are several variants, each curve has a chart. If there is one, the curves of one unit
    share a chart.
    """
    view = View.of_some(results, spec.shown)
    drawn = view.best()
    tabled = view.tabled(drawn)
    alone = len(spec.shown) == 1 and len(spec.curves) > 1
    metrics = {curve: metric_of(results.study.task, curve.metric) for curve in spec.curves}
    titles = {curve: _title(curve, metric) for curve, metric in metrics.items()}
    charts: dict[Hashable, Chart] = {}
    for curve, metric in metrics.items():
        batches = curve.split == "batch"
        mean = f", mean of {spec.running_mean}" if batches and spec.running_mean > 1 else ""
        whose = f"one curve of {spec.shown[0]}" if alone else f"a variant's {titles[curve]}"
        chart = charts.setdefault(
            (metric.unit or metric.name, batches) if alone else curve,
            Chart(
                name=f"{spec.name}--{metric.name.replace('_', '-')}-{curve.split}",
                title=f"{capital(titles[curve])}{on_axis(metric)}",
                caption=kit.sentences(
                    f"Each line is the mean over rounds of {whose}, and {BAND}.",
                    training_note(curve.split, tabled.variants),
                ),
                metric=metric,
                says=f"{capital(titles[curve])}{mean}{on_axis(metric)}",
                step="Iteration" if batches else "Epoch",
            ),
        )
        for variant in tabled.variants:
            line = line_of(
                results,
                variant,
                metric,
                curve.split,
                window=spec.running_mean if batches else 1,
                last_epoch=batches and spec.last_epoch,
            )
            if line is not None:
                chart.lines[capital(titles[curve]) if alone else variant.name] = line
    shown = [chart for chart in charts.values() if chart.lines]
    if len(shown) == 1:
        shown = [replace(shown[0], name=spec.name, title=spec.title)]
    elif alone:
        shown = [replace(chart, says="", title=_metrics_of(chart)) for chart in shown]
    else:
        shown = [replace(chart, says="") for chart in shown]
    batches = any(curve.split == "batch" for curve in spec.curves)
    further = (
        f"Each point is the mean of the last {spec.running_mean} batches."
        if batches and spec.running_mean > 1
        else "",
        "The chart shows the last epoch only." if batches and spec.last_epoch else "",
        view.left_out(drawn, tabled),
    )
    keys = styles(tuple(map(capital, titles.values()))) if alone else drawn.keys
    drawings = figures(shown, keys, results, further)
    if len(shown) == 1 and drawings:
        return replace(drawings[0], keys=keys if len(keys) > 1 else {})
    note = max((training_note(curve.split, tabled.variants) for curve in spec.curves), key=len)
    return _panels(spec.name, spec.title, drawings, keys, note, file=True)


def _panels(
    name: str, title: str, charts: tuple[Figure, ...], keys: Keys, note: str, *, file: bool = False
) -> Panels | None:
    if not charts:
        return None
    # Readings differ in one sentence: the one on a logarithmic axis.
    reading = max((chart.reading for chart in charts), key=len)
    text = kit.sentences(f"Each line is a mean over rounds, and {BAND}.", note, reading)
    return Panels(name, title, text, charts, keys, file=file)


def _metrics_of(chart: Chart) -> str:
    words = dict.fromkeys(line.metric.words for line in chart.lines.values())
    return f"{capital(listed(words))}{on_axis(chart.metric)}"


def _title(curve: Curve, metric: Metric) -> str:
    return f"{metric.words} on {'training batches' if curve.split == 'batch' else curve.split}"
