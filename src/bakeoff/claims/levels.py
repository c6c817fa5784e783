"""Claims about the values of one variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.study.claims import Names, OfQuantity, several

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class Reaches(OfQuantity):
    """Each of some variants is typically this good, or better.

    An accuracy reaches 0.95 from below, an error reaches 0.05 from above.

    Attributes:
        variants: their names.
        value: in the metric's unit.

    Example:
        >>> Reaches("LeNet", value=0.95)
        Reaches('LeNet', value=0.95)
    """

    named = ("variants",)
    variants: Names = Field(kw_only=False)
    value: float

    def judge(self, results: Results) -> Part:
        """Returns the values of each variant; all must reach it."""
        from bakeoff.claims.judge import level
        from bakeoff.claims.parts import together

        return together(
            level(results, name, value=self.value, quantity=self.quantity)
            for name in several(self.variants)
        )


class Near(OfQuantity):
    """Each of some variants typically has about this value.

    Attributes:
        variants: their names.
        value: in the metric's unit.
        margin: how far the typical value may lie from it.

    Example:
        >>> Near(("LeNet",), value=0.99, margin=0.005)
        Near(('LeNet',), value=0.99, margin=0.005)
    """

    named = ("variants",)
    variants: Names = Field(kw_only=False)
    value: float
    margin: float

    def judge(self, results: Results) -> Part:
        """Returns the values of each variant; all must lie near."""
        from bakeoff.claims.judge import level
        from bakeoff.claims.parts import together

        return together(
            level(results, name, value=self.value, margin=self.margin, quantity=self.quantity)
            for name in several(self.variants)
        )


class AtChance(OfQuantity):
    """A variant typically learns nothing: its value is within a margin of chance.

    A trial that diverged learns nothing either, and counts as chance.

    Attributes:
        variant: its name.
        value: the value of a model that always gives one answer.
        margin: how far the typical value may lie from it.

    Example:
        >>> AtChance("untrained", value=0.5, margin=0.02)
        AtChance('untrained', value=0.5, margin=0.02)
    """

    named = ("variant",)
    variant: str = Field(kw_only=False)
    value: float
    margin: float

    def judge(self, results: Results) -> Part:
        """Returns the variant's values."""
        from bakeoff.claims.judge import level

        return level(
            results,
            self.variant,
            value=self.value,
            margin=self.margin,
            quantity=self.quantity,
            diverged=self.value,
        )
