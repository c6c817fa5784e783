"""The figures that every report has, drawn from its results."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.data.truth import TruthOf, truths_of
from bakeoff.reporting.figures.against import against_figure
from bakeoff.reporting.figures.confusion import confusion_figure, digits_figure
from bakeoff.reporting.figures.curves import CurveGroup, curve_groups
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.forest import forest_figure
from bakeoff.reporting.figures.ranks import ranks_figure
from bakeoff.reporting.figures.rounds import box_figure, rounds_figure
from bakeoff.reporting.figures.tradeoff import tradeoff_figures
from bakeoff.reporting.figures.view import View


@dataclass(frozen=True)
class Drawn:
    """The figures of a report; what there is nothing to show of is None or empty.

    Attributes:
        against: published beside measured.
        forest: paired differences.
        tradeoffs: accuracy against what it costs.
        ranks: the critical-difference diagram.
        curves: figures after each epoch.
        boxes: figures of single rounds.
        rounds: the same, round by round.
        confusion: which classes are taken for which.
    """

    against: Figure | None
    forest: Figure | None
    tradeoffs: tuple[Figure, ...]
    ranks: Figure | None
    curves: tuple[CurveGroup, ...]
    boxes: Figure | None
    rounds: Figure | None
    confusion: tuple[Figure, ...]

    def all(self) -> list[Figure]:
        """Return every figure, in the order of the page."""
        found = [
            self.against,
            self.forest,
            *self.tradeoffs,
            self.ranks,
            *(panel for group in self.curves for panel in group.panels),
            self.boxes,
            self.rounds,
            *self.confusion,
        ]
        return [figure for figure in found if figure is not None]


def drawn(results: Results, truth: TruthOf | None) -> Drawn:
    """Return the figures of a study's results.

    Args:
        results: maybe partly run.
        truth: the right answers to its test examples; None to leave out what needs them.
    """
    view = View.of_all(results)
    return Drawn(
        against=against_figure(results),
        forest=forest_figure(results),
        tradeoffs=tradeoff_figures(results),
        ranks=ranks_figure(results),
        curves=curve_groups(results),
        boxes=box_figure(view),
        rounds=rounds_figure(view),
        confusion=() if truth is None else _confusion(results, truth),
    )


def truth_for(results: Results) -> TruthOf | None:
    """Return the right answers to the test examples, None where their data is not at hand.

    Raises:
        DataError: the data is damaged, or has gone.
    """
    task = results.study.task
    if not results.data or not results.answered or task.kind(task.target) == "numbers":
        return None
    return truths_of(task, seed=results.study.seed) if task.digest() == results.data else None


def _confusion(results: Results, truth: TruthOf) -> tuple[Figure, ...]:
    found = (confusion_figure(results, truth), digits_figure(results, truth))
    # Where the answers are digits themselves, both are the same figure.
    return tuple({figure.name: figure for figure in found if figure is not None}.values())
