"""Claims about differences: of one variant from others, or of one figure from another.

Every kind reads the study's first metric on the test split after the final epoch, unless its
`quantity` says otherwise. This is so even if a report publishes the best epoch on test, so that
claims are judged by figures that were not chosen on the test set. The metric defines which value is
better. Margins and values are in its unit, as computed: ``by=0.02`` is two points of accuracy. A
name may be a tuple of several names, and may be that of a search's choice.

"Typical" is the middle of the averages of two rounds (the pseudo-median: Hodges & Lehmann 1963,
Ann. Math. Stat. 34, 598-611); see `bakeoff.analysis.statistics.typical`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.data.task import Task
from bakeoff.study.claims import ClaimTest, Names, OfQuantity, several
from bakeoff.study.measured import metric_of, quantity_missing
from bakeoff.study.published import Quantity
from bakeoff.study.variant import Variant

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class Better(OfQuantity):
    """Each of some variants is typically better than each of others.

    Attributes:
        better: the better variants.
        than: the worse variants.
        by: the least difference.

    Example:
        >>> Better("wide", than=("narrow", "linear"), by=0.01)
        Better('wide', than=('narrow', 'linear'), by=0.01)
    """

    named = ("better", "than")
    better: Names = Field(kw_only=False)
    than: Names
    by: float = 0.0

    def judge(self, results: Results) -> Part:
        """Returns a comparison for each pair; all must hold."""
        from bakeoff.claims.judge import difference
        from bakeoff.claims.parts import together

        return together(
            difference(results, better, worse, by=self.by, quantity=self.quantity)
            for better in several(self.better)
            for worse in several(self.than)
        )


class BetterBy(OfQuantity):
    """A variant is typically better than another by about a given difference.

    Attributes:
        better: the better one.
        than: the other.
        about: the difference.
        margin: the most that the typical difference may deviate from it.

    Example:
        >>> BetterBy("deep", than="wide", about=0.05, margin=0.01)
        BetterBy('deep', than='wide', about=0.05, margin=0.01)
    """

    named = ("better", "than")
    better: str = Field(kw_only=False)
    than: str
    about: float
    margin: float

    def judge(self, results: Results) -> Part:
        """Returns the pair's comparison."""
        from bakeoff.claims.judge import difference

        return difference(
            results,
            self.better,
            self.than,
            by=self.about,
            margin=self.margin,
            quantity=self.quantity,
        )


class BestOf(OfQuantity):
    """A variant is typically better than every other of a set.

    Attributes:
        variant: the best.
        among: the set; the variant itself may be in it.

    Example:
        >>> BestOf("forest", among=("linear", "forest", "network"))
        BestOf('forest', among=('linear', 'forest', 'network'))
    """

    named = ("variant", "among")
    variant: str = Field(kw_only=False)
    among: tuple[str, ...]

    @property
    def compared(self) -> dict[str, tuple[str, ...]]:
        """The variant, and the set without it."""
        rivals = tuple(name for name in self.among if name != self.variant)
        return {"variant": (self.variant,), "among": rivals}

    def judge(self, results: Results) -> Part:
        """Returns a comparison for each rival; all must hold."""
        from bakeoff.claims.judge import difference
        from bakeoff.claims.parts import together

        return together(
            difference(results, self.variant, rival, quantity=self.quantity)
            for rival in self.compared["among"]
        )


class Equivalent(OfQuantity):
    """Two variants typically differ by less than a margin.

    Example:
        >>> Equivalent("ReLU", "sigmoid", margin=0.01)
        Equivalent('ReLU', 'sigmoid', margin=0.01)
    """

    named = ("first", "second")
    first: str = Field(kw_only=False)
    second: str = Field(kw_only=False)
    margin: float

    def judge(self, results: Results) -> Part:
        """Returns the pair's comparison."""
        from bakeoff.claims.judge import difference

        return difference(
            results, self.first, self.second, margin=self.margin, quantity=self.quantity
        )


class BetterFigure(ClaimTest):
    """One figure is typically better than another, in each of some variants.

    Attributes:
        variants: their names.
        of: the better figure.
        than: the worse one, of a metric with the same direction and unit.

    Example:
        >>> validation, test = Quantity(split="validation"), Quantity(split="test")
        >>> BetterFigure(("wide",), of=validation, than=test)
        BetterFigure(('wide',), of=Quantity(split='validation'), than=Quantity())
    """

    named = ("variants",)
    variants: Names = Field(kw_only=False)
    of: Quantity
    than: Quantity

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields an error if both figures are the same."""
        if self.of == self.than:
            yield "than", "it is the same figure as `of`; none is better than itself"

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the figures."""
        for field, quantity in (("of", self.of), ("than", self.than)):
            if reason := quantity_missing(quantity, variant, task):
                yield field, reason
                return
        first, second = (metric_of(task, quantity.metric) for quantity in (self.of, self.than))
        if (first.direction, first.unit) != (second.direction, second.unit):
            yield "than", f"{first.name} and {second.name} have no common scale"

    def judge(self, results: Results) -> Part:
        """Returns a comparison for each variant; all must hold."""
        from bakeoff.claims.judge import figures
        from bakeoff.claims.parts import together

        return together(
            figures(results, name, self.of, self.than) for name in several(self.variants)
        )
