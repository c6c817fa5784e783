"""Learning curves of all variants: the mean over rounds after each epoch, with its spread."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.lines import is_logarithmic, line, value_range
from bakeoff.reporting.figures.panel import Panel, draw
from bakeoff.reporting.palette import styles
from bakeoff.reporting.wording import capital
from bakeoff.study.measured import ObjectiveValue
from bakeoff.study.study import names
from bakeoff.training.history import SplitName

SPLITS: tuple[SplitName, ...] = ("test", "validation", "train")


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
    first, *further = results.study.task.measured
    found = (_group(results, metric) for metric in (first, ObjectiveValue(), *further))
    return tuple(group for group in found if group.panels)


def _group(results: Results, metric: Metric) -> CurveGroup:
    study = results.study
    by_split = {
        split: {
            variant.name: found
            for variant in study.variants
            if (found := line(results, variant, metric, split)) is not None
        }
        for split in SPLITS
    }
    drawn = [found for lines in by_split.values() for found in lines.values()]
    title = capital(metric.words)
    log = ", on a log scale" if is_logarithmic(drawn) else ""
    panels = tuple(
        draw(
            Panel(
                name=f"curve-{metric.name.replace('_', '-')}-{split}",
                title=f"{title} on {split}",
                heading=split.capitalize(),
                description=f"{title} on {split} after each epoch: a line for the mean over "
                f"rounds of each variant, with one standard deviation shaded around it{log}.",
                places="Epoch",
                keys=styles(tuple(names(study.variants))),
                domain=value_range(drawn),
            ),
            lines,
            results,
        )
        for split, lines in by_split.items()
        if lines
    )
    return CurveGroup(metric.name, title, panels)
