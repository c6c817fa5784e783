"""Claims that variants get better along an order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.study.claims import OfQuantity

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class Ordered(OfQuantity):
    """Variants get better along an order on the whole: a trend, not every single step.

    The test is about the agreement of each round with the order (Spearman's rank correlation). A
    factor that helps in some rounds and harms in as many others has no trend. To claim every step,
    use `AllOf` with a `Better` for each step.

    Attributes:
        variants: from the worst to the best.

    Example:
        >>> Ordered(("4 channels", "8 channels", "16 channels"))
        Ordered(('4 channels', '8 channels', '16 channels'))
    """

    named = ("variants",)
    variants: tuple[str, ...] = Field(kw_only=False)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields an error for a single variant, which has no order."""
        if len(self.variants) == 1:
            yield "variants", "1 given; an order needs 2 or more"

    def judge(self, results: Results) -> Part:
        """Returns the rounds' agreement with the order."""
        from bakeoff.claims.judge import order

        return order(results, self.variants, self.quantity)
