"""What a figure over rounds looks at: one figure of each trial, of some or all variants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.analysis.table import FINAL
from bakeoff.data.metric import Metric
from bakeoff.reporting.figures.figure import Keys, drawn
from bakeoff.reporting.palette import styles, styles_among
from bakeoff.reporting.wording import SELECTIONS, capital, measured_word, on_axis
from bakeoff.study.published import Quantity
from bakeoff.study.study import names
from bakeoff.study.variant import Variant
from bakeoff.training.history import History


@dataclass(frozen=True)
class View:
    """A quantity of the trials of some variants.

    Attributes:
        results: of the study.
        variants: whose trials are shown, in order.
        keys: how these variants are told apart.
        quantity: which figure of each trial.
    """

    results: Results
    variants: tuple[Variant, ...]
    keys: Keys
    quantity: Quantity = FINAL

    @classmethod
    def of_all(cls, results: Results) -> View:
        """Return the view of every variant's final test figure."""
        variants = results.study.variants
        return cls(results, variants, styles(tuple(names(variants))))

    @classmethod
    def of_some(cls, results: Results, shown: tuple[str, ...], quantity: Quantity = FINAL) -> View:
        """Return the view of a quantity of the variants of these names."""
        variants = tuple(results.study.variant(name) for name in shown)
        keys = styles_among(shown, tuple(names(results.study.variants)))
        return cls(results, variants, keys, quantity)

    @property
    def metric(self) -> Metric:
        """The quantity's metric."""
        return self.results.study.metric_of(self.quantity)

    @property
    def word(self) -> str:
        """What is measured where: ``"Test error"``."""
        return capital(measured_word(self.quantity, self.metric))

    @property
    def axis(self) -> str:
        """What an axis of figures is called: ``"Test error, final epoch, %"``."""
        return f"{self.word}, {self.epoch}{on_axis(self.metric)}"

    @property
    def epoch(self) -> str:
        """When it is measured: ``"final epoch"``."""
        return SELECTIONS[self.quantity.selection]

    @property
    def rounds(self) -> int:
        """The most rounds that any of the variants has."""
        return max(len(self.results.of(variant)) for variant in self.variants)

    def value(self, history: History | None) -> float | None:
        """Return a trial's figure as drawn, None where it has none."""
        value = value_of(history, self.quantity)
        return None if value is None else drawn(value, self.metric)

    def printed(self, value: float) -> str:
        """Return a figure, given as drawn, as text."""
        return self.metric.printed(value / self.metric.scale)

    def places(self) -> Iterator[tuple[Variant, int, History | None]]:
        """Yield every variant, round (from 0) and history, variant by variant."""
        for variant in self.variants:
            for number, history in enumerate(self.results.of(variant)):
                yield variant, number, history
