"""What a figure over rounds looks at: one figure of each trial, of some or all variants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.analysis.table import FINAL, Measure
from bakeoff.reporting.figures.figure import Keys, in_percent
from bakeoff.reporting.palette import styles, styles_among
from bakeoff.reporting.wording import SELECTIONS, measured_word
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
    def measure(self) -> Measure:
        """Whether errors or accuracies are drawn."""
        return self.results.study.measure

    @property
    def word(self) -> str:
        """What is measured where: ``"Test error"``."""
        text = measured_word(self.quantity, self.measure)
        return text[0].upper() + text[1:]

    @property
    def epoch(self) -> str:
        """When it is measured: ``"final epoch"``."""
        return SELECTIONS[self.quantity.selection]

    @property
    def rounds(self) -> int:
        """The most rounds that any of the variants has."""
        return max(len(self.results.of(variant)) for variant in self.variants)

    def value(self, history: History | None) -> float | None:
        """Return a trial's figure in percent of the measure, None where it has none."""
        return in_percent(value_of(history, self.quantity), "error", self.measure)

    def places(self) -> Iterator[tuple[Variant, int, History | None]]:
        """Yield every variant, round (from 0) and history, variant by variant."""
        for variant in self.variants:
            for number, history in enumerate(self.results.of(variant)):
                yield variant, number, history
