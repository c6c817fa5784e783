"""Claims that variants get better along an order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bakeoff.spec import Spec
from bakeoff.study.claims import FINAL, OfQuantity
from bakeoff.study.published import Quantity

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class Ordered(OfQuantity):
    """Variants get better along an order, on the whole: a trend, not every single step.

    What is tested is how well each round agrees with the order (Spearman's rank correlation); if a
    factor helps in some rounds and harms in others as often, it is no trend. For every step, take
    `AllOf` the steps' `Better`.

    Attributes:
        variants: from the worst to the best.
    """

    named = ("variants",)
    variants: tuple[str, ...]

    def __init__(self, variants: tuple[str, ...], *, quantity: Quantity = FINAL) -> None:
        Spec.__init__(self, variants=variants, quantity=quantity)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields that one variant has no order."""
        if len(self.variants) == 1:
            yield "variants", "1 given; an order needs 2 or more"

    def judge(self, results: Results) -> Part:
        """Returns the rounds' agreement with the order."""
        from bakeoff.claims.judge import order

        return order(results, self.variants, self.quantity)
