"""What must hold for a claim to be true: comparisons of a study's variants, to be composed.

Every test reads the study's first metric on the test split after the final epoch, unless its
`quantity` says otherwise, also where a report publishes the best epoch on test: what a report says
of its networks is judged by figures that were not chosen on the test set. What is better is what
the metric says. Margins and bounds are in its own unit, as it is computed: ``by=0.02`` is two
points of accuracy. Names may be one, or a tuple of several.

The tests here and in `claim_curves` are all there are: the analysis knows each by its type.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from bakeoff.data.task import Task
from bakeoff.spec import PositiveInt, Spec
from bakeoff.study.measured import metric_of, quantity_missing
from bakeoff.study.published import Quantity
from bakeoff.study.search import Scalar

if TYPE_CHECKING:
    from bakeoff.study.variant import Variant

Names: TypeAlias = str | tuple[str, ...]
"""One variant's name, or several."""

FINAL = Quantity()


class ClaimTest(Spec, ABC):
    """What must hold of a study's results for a claim to be true.

    Class attributes:
        named: the fields that hold names of variants.
    """

    named: ClassVar[tuple[str, ...]] = ()

    @property
    def compared(self) -> dict[str, tuple[str, ...]]:
        """The names of variants, by field."""
        return {field: several(getattr(self, field)) for field in self.named}

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yield what of a variant cannot be tested: the field, and why."""
        yield from ()

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # An inherited field comes before those that are given without their name.
        yield from sorted(super().__repr_args__(), key=lambda named: named[0] is not None)


class _OfQuantity(ClaimTest):
    quantity: Quantity = FINAL

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yield why the variant's trials do not have the quantity."""
        if reason := quantity_missing(self.quantity, variant, task):
            yield "quantity", reason


class Better(_OfQuantity):
    """Every one of some variants has a better mean than every one of others.

    Attributes:
        better: those said to be better.
        than: those said to be worse.
        by: how much better at least.
    """

    named = ("better", "than")
    better: Names
    than: Names
    by: float = 0.0

    def __init__(
        self, better: Names, *, than: Names, by: float = 0.0, quantity: Quantity = FINAL
    ) -> None:
        Spec.__init__(self, better=better, than=than, by=by, quantity=quantity)


class BestOf(_OfQuantity):
    """A variant has the best mean of a set.

    Attributes:
        variant: the best.
        among: the set; the variant itself may be in it.
    """

    named = ("variant", "among")
    variant: str
    among: tuple[str, ...]

    def __init__(self, variant: str, *, among: tuple[str, ...], quantity: Quantity = FINAL) -> None:
        Spec.__init__(self, variant=variant, among=among, quantity=quantity)

    @property
    def compared(self) -> dict[str, tuple[str, ...]]:
        """The variant, and the set without it."""
        rivals = tuple(name for name in self.among if name != self.variant)
        return {"variant": (self.variant,), "among": rivals}


class Equivalent(_OfQuantity):
    """Two variants' means differ by less than a margin."""

    named = ("first", "second")
    first: str
    second: str
    margin: float

    def __init__(
        self, first: str, second: str, *, margin: float, quantity: Quantity = FINAL
    ) -> None:
        Spec.__init__(self, first=first, second=second, margin=margin, quantity=quantity)


class Reaches(_OfQuantity):
    """Every one of some variants has a mean that is this good, or better.

    An accuracy reaches 0.95 from below, an error reaches 0.05 from above.

    Attributes:
        variants: their names.
        value: in the metric's unit.
    """

    named = ("variants",)
    variants: Names
    value: float

    def __init__(self, variants: Names, *, value: float, quantity: Quantity = FINAL) -> None:
        Spec.__init__(self, variants=variants, value=value, quantity=quantity)


class AtChance(_OfQuantity):
    """A variant has learnt nothing: its mean is within a margin of chance.

    Attributes:
        variant: its name.
        value: of a model that always gives one answer.
        margin: how far the mean may lie from it.
    """

    named = ("variant",)
    variant: str
    value: float
    margin: float

    def __init__(
        self, variant: str, *, value: float, margin: float, quantity: Quantity = FINAL
    ) -> None:
        Spec.__init__(self, variant=variant, value=value, margin=margin, quantity=quantity)


class Ordered(_OfQuantity):
    """Variants get better along an order, on the whole: a trend, not every single step.

    For every step, take `AllOf` the steps' `Better`.

    Attributes:
        variants: from the worst to the best; 2 to 10 of them.
    """

    named = ("variants",)
    variants: tuple[str, ...]

    def __init__(self, variants: tuple[str, ...], *, quantity: Quantity = FINAL) -> None:
        Spec.__init__(self, variants=variants, quantity=quantity)


class WinsEveryRound(_OfQuantity):
    """A variant is better than another in every round of the study: counted, not tested."""

    named = ("winner", "loser")
    winner: str
    loser: str

    def __init__(self, winner: str, *, loser: str, quantity: Quantity = FINAL) -> None:
        Spec.__init__(self, winner=winner, loser=loser, quantity=quantity)


class BetterFigure(ClaimTest):
    """In every one of some variants, one figure is better on average than another.

    Attributes:
        variants: their names.
        of: the better figure.
        than: the worse one, of a metric with the same direction and unit.
    """

    named = ("variants",)
    variants: Names
    of: Quantity
    than: Quantity

    def __init__(self, variants: Names, *, of: Quantity, than: Quantity) -> None:
        Spec.__init__(self, variants=variants, of=of, than=than)

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yield why the variant's trials do not have the figures."""
        for field, quantity in (("of", self.of), ("than", self.than)):
            if reason := quantity_missing(quantity, variant, task):
                yield field, reason
                return
        one, other = (metric_of(task, quantity.metric) for quantity in (self.of, self.than))
        if (one.direction, one.unit) != (other.direction, other.unit):
            yield "than", f"{one.name} and {other.name} have no common scale"


class ParametersWithin(ClaimTest):
    """Every one of some variants has so many parameters: counted, without any training."""

    named = ("variants",)
    variants: Names
    low: PositiveInt
    high: PositiveInt

    def __init__(self, variants: Names, *, low: int, high: int) -> None:
        Spec.__init__(self, variants=variants, low=low, high=high)

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yield that a model's parameters are not known before it is fitted."""
        if variant.model.trains_itself:
            yield "variants", f"{variant.model!r} has a size only once it is fitted"


class SearchChose(ClaimTest):
    """A search's answer has these values: a fact of the search, not a test.

    Attributes:
        search: its name.
        values: factors and values; factors left out may have any.
    """

    search: str
    values: tuple[tuple[str, Scalar], ...]

    def __init__(self, search: str, values: tuple[tuple[str, Scalar], ...]) -> None:
        Spec.__init__(self, search=search, values=values)


class AllOf(ClaimTest):
    """All of several tests hold."""

    tests: tuple[ClaimTest, ...]

    def __init__(self, *tests: ClaimTest) -> None:
        Spec.__init__(self, tests=tests)


class Not(ClaimTest):
    """A test does not hold: ``Not(Better("L2", than="none", by=0.01))`` gains less than a point."""

    test: ClaimTest

    def __init__(self, test: ClaimTest) -> None:
        Spec.__init__(self, test=test)


def several(names: Names) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    return (names,) if isinstance(names, str) else names
