"""A view of one quantity of the trials of some or all variants."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import summarise
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.reporting.palette import LIGHT, styles
from bakeoff.reporting.section import Keys
from bakeoff.reporting.text.numbers import SELECTIONS, capital, measured_word, on_axis
from bakeoff.study.published import Quantity
from bakeoff.study.study import names
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

DRAWN = 12
"""The most variants whose lines are distinguishable."""

TABLED = 200
"""With more variants, a table of every epoch or round has only those that are drawn."""


@dataclass(frozen=True)
class View:
    """A quantity of the trials of some variants.

    Attributes:
        results: of the study.
        variants: the variants shown, in order.
        quantity: the figure of each trial.
    """

    results: Results
    variants: tuple[Variant, ...]
    quantity: Quantity = FINAL

    @classmethod
    def of_all(cls, results: Results) -> View:
        """Returns the view of every variant's final test figure."""
        return cls(results, results.study.variants)

    @classmethod
    def of_some(cls, results: Results, shown: tuple[str, ...], quantity: Quantity = FINAL) -> View:
        """Returns the view of a quantity of the variants of these names."""
        return cls(results, tuple(map(results.study.variant, shown)), quantity)

    @cached_property
    def keys(self) -> Keys:
        """The colours and dashes of the variants."""
        everyone, shown = (tuple(names(v)) for v in (self.results.study.variants, self.variants))
        known = styles(everyone)
        styled = {name: known[name] for name in shown}
        # A chart of a few should not look like one of many: without need there are no dashes.
        needed = len(shown) > len(LIGHT.series) and len(set(styled.values())) == len(shown)
        dashed = any(style.dash for style in styled.values())
        return styles(shown) if dashed and not needed else styled

    @cached_property
    def metric(self) -> Metric:
        """The quantity's metric."""
        return self.results.study.metric_of(self.quantity)

    @property
    def word(self) -> str:
        """The split and metric: ``"Test error"``."""
        return capital(measured_word(self.quantity, self.metric))

    @property
    def epoch(self) -> str:
        """The epoch: ``"final epoch"``."""
        return SELECTIONS[self.quantity.selection]

    @property
    def axis(self) -> str:
        """The title of an axis of figures: ``"Test error, final epoch, %"``."""
        return f"{self.word}, {self.epoch}{on_axis(self.metric)}"

    @property
    def rounds(self) -> int:
        """The most rounds that any of the variants has."""
        return max(len(self.results.of(variant)) for variant in self.variants)

    def trials(self) -> Iterator[tuple[Variant, int, History | None]]:
        """Yields every variant, round (from 0) and history, variant by variant."""
        for variant in self.variants:
            for number, history in enumerate(self.results.of(variant)):
                yield variant, number, history

    def best(self, most: int = DRAWN) -> View:
        """Returns the view of the best variants by the study's first metric, in their order."""
        if len(self.variants) <= most:
            return self
        metric, folds = self.results.study.metric, folds_of(self.results.study.task)
        means = {
            v.name: summarise(self.results.of(v), FINAL, folds=folds).mean for v in self.variants
        }
        ranked = sorted(
            means, key=lambda name: math.inf if (m := means[name]) is None else -metric.sign * m
        )
        chosen = set(ranked[:most])
        return replace(self, variants=tuple(v for v in self.variants if v.name in chosen))

    def tabled(self, drawn: View) -> View:
        """Returns the view for a table of every round or epoch, given the drawn one."""
        return self if len(self.variants) <= TABLED else drawn

    def left_out(self, drawn: View, tabled: View) -> str:
        """Returns which variants a chart and its table show; empty if both show all."""
        every, some = len(self.variants), len(drawn.variants)
        if every == some:
            return ""
        metric = measured_word(FINAL, self.results.study.metric)
        return (
            f"The chart shows the {some} variants with the best mean {metric}, out of {every:,}; "
            f"the table shows {'all of them' if tabled is self else 'the same ones'}."
        )
