"""The best variant of a study, and those that do not differ from it significantly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, comb, log2

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.contrast import Unit, unit_of
from bakeoff.analysis.paired import figure, paired
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.analysis.summary import ALPHA, FEWEST, summarise
from bakeoff.data.tasks import folds_of


@dataclass(frozen=True)
class Leaders:
    """The variant with the best mean final figure on test, and the results of the others.

    Attributes:
        best: its name.
        adjusted: the p-values of the others' differences from it, in the study's order.
        few: variants that share too few rounds, or draws, with it for a test of so many pairs.
        least: the fewest rounds with which one pair can differ significantly among all.
        pairs: the number of pairs tested together.
        unit: ``round``, or ``draw`` where folds are averaged.
    """

    best: str
    adjusted: Mapping[str, float]
    few: tuple[str, ...]
    least: int
    pairs: int
    unit: Unit

    @property
    def level(self) -> tuple[str, ...]:
        """The variants that do not differ from the best significantly."""
        return tuple(name for name, p in self.adjusted.items() if p > ALPHA)


def leaders(results: Results) -> Leaders | None:
    """Returns the leaders, None for fewer than two variants with a figure.

    The signed-rank test compares each other variant with the best, on the rounds that both have
    run. The p-values are adjusted by Holm's method over all pairs of the study, for the best
    variant is known only from these rounds.
    """
    metric, folds = results.study.metric, folds_of(results.study.task)
    means = {
        name: summarise(histories, FINAL, folds=folds).mean
        for name, histories in results.histories.items()
    }
    known = {name: mean for name, mean in means.items() if mean is not None}
    if len(known) < 2:
        return None
    best = max(known, key=lambda name: metric.sign * known[name])
    read = figure(FINAL, metric)
    gains = {
        name: paired(results, [(best, read), (name, read)]).gains(metric)
        for name in results.histories
        if name != best
    }
    tested = {name: signed_rank(g).two_sided for name, g in gains.items() if len(g) >= FEWEST}
    pairs = comb(max(len(results.histories), len(results.declared.variants)), 2)
    # The smallest p of n rounds is 2^(1 - n), and Holm multiplies the smallest of all by the pairs.
    least = max(FEWEST, 1 + ceil(log2(pairs / ALPHA)))
    adjusted = {
        name: p
        for name, p in zip(
            tested, holm([*tested.values(), *[1.0] * (pairs - len(tested))]), strict=False
        )
        if p <= ALPHA or len(gains[name]) >= least
    }
    return Leaders(
        best=best,
        adjusted=adjusted,
        few=tuple(name for name in gains if name not in adjusted),
        least=least,
        pairs=pairs,
        unit=unit_of(folds),
    )
