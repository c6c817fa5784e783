"""Claims: sentences of a report, each with the test that settles it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import isabstract
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import Field, model_validator

from bakeoff.data.task import Task
from bakeoff.errors import BakeoffError, SpecError, StudyError, unknown
from bakeoff.spec import Spec
from bakeoff.study.figures import Curve
from bakeoff.study.measured import quantity_missing
from bakeoff.study.published import Quantity
from bakeoff.study.raised import raised
from bakeoff.study.search import Search
from bakeoff.study.variant import Variant

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part

Names: TypeAlias = str | tuple[str, ...]
"""One variant's name, or several."""

FINAL = Quantity()


class ClaimTest(Spec, ABC):
    """What must hold of a study's results for a claim to be true. Subclass it with `judge`.

    The kinds that come with the package are in `bakeoff.claims`. A user's own kind is a class in
    the study file: its fields say what it asks, and `judge` what the results answer, put together
    from the functions of `bakeoff.claims.judge`.

    Class attributes:
        named: the fields that hold names of variants, or of what a search chose.
        is_counted: whether it is counted and not tested: it then has no p-value.
        needs_rounds: whether more rounds say more.

    Example:
        >>> from pydantic import Field
        >>> from bakeoff.claims.judge import difference
        >>> class FarBetter(ClaimTest):
        ...     '''A variant is typically better than another by more than 5 points.'''
        ...     named = ("variant", "than")
        ...     variant: str = Field(kw_only=False)
        ...     than: str
        ...     def judge(self, results):
        ...         return difference(results, self.variant, self.than, by=0.05)
        >>> FarBetter("wide", than="narrow")
        FarBetter('wide', than='narrow')
    """

    named: ClassVar[tuple[str, ...]] = ()
    is_counted: ClassVar[bool] = False
    needs_rounds: ClassVar[bool] = True

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuses a kind whose `named` does not name its fields."""
        super().__pydantic_init_subclass__(**kwargs)
        if not isinstance(cls.named, tuple):
            raise SpecError(
                f"{cls.__name__}.named is {cls.named!r}; it must be a tuple of names of fields, "
                'and a tuple of one ends with a comma: ("variant",)'
            )
        for field in () if isabstract(cls) else cls.named:
            if field not in cls.model_fields:
                raise SpecError(
                    f"{cls.__name__}.named: {unknown('field', str(field), cls.model_fields)}"
                )

    @abstractmethod
    def judge(self, results: Results) -> Part:
        """Returns what a study's results say of it: comparisons and facts.

        It is asked before any trial has run, too, when all histories are None.
        """

    @property
    def compared(self) -> dict[str, tuple[str, ...]]:
        """The names of variants, by field."""
        return {field: several(getattr(self, field)) for field in self.named}

    @property
    def parts(self) -> tuple[ClaimTest, ...]:
        """The tests that it is made of; empty for most."""
        return ()

    @property
    def searches(self) -> tuple[str, ...]:
        """The names of the searches that it is about."""
        return ()

    @property
    def read(self) -> tuple[Quantity, ...]:
        """The quantities whose values it holds against a value or a margin."""
        return ()

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that it reads of its variants' trials, beside figures."""
        return ()

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields what is wrong whatever the study: the field, and why."""
        yield from ()

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yields what of a variant cannot be tested: the field, and why."""
        yield from ()

    def unsearched(self, searches: Mapping[str, Search]) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yields what of a study's searches, by name, cannot be tested: the field, and why."""
        yield from ()


class OfQuantity(ClaimTest):
    """A test of one quantity of its variants, the first metric on test at the end by default."""

    quantity: Quantity = FINAL

    @property
    def read(self) -> tuple[Quantity, ...]:
        """The quantity."""
        return (self.quantity,)

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the quantity."""
        if reason := quantity_missing(self.quantity, variant, task):
            yield "quantity", reason


class Claim(Spec):
    """A sentence of a report, with the comparison that tests it.

    Attributes:
        id: what it is called in tables, ``Z1``.
        quote: the sentence, in short, in the report's words.
        test: what must hold for it to be true.
        note: what was chosen in turning the words into the test: a margin, say.

    Example:
        >>> claim = Claim(id="W1", quote="Wider is better.", test=Better("wide", than="narrow"))
        >>> claim.variants()
        ('wide', 'narrow')
    """

    id: Annotated[str, Field(min_length=1)]
    quote: Annotated[str, Field(min_length=1)]
    test: ClaimTest
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for test in self.tests():
            with asking(self, test, "mistakes"):
                mistakes = tuple(test.mistakes())
            for field, reason in (*_wrong_names(test), *_wrong_numbers(test), *mistakes):
                raise ValueError(_message(self, test, field, reason))
        return self

    def tests(self) -> Iterator[ClaimTest]:
        """Yields the test and those within it."""
        yield from _within(self.test)

    @property
    def is_counted(self) -> bool:
        """Whether all of it is counted and nothing tested."""
        return all(test.is_counted for test in self.tests() if not test.parts)

    def variants(self) -> tuple[str, ...]:
        """Returns the names of the variants that it is about, each once, in order."""
        named = (names for test in self.tests() for names in test.compared.values())
        return tuple(dict.fromkeys(name for names in named for name in names))

    def searches(self) -> tuple[str, ...]:
        """Returns the names of the searches that it is about, each once, in order."""
        return tuple(dict.fromkeys(name for test in self.tests() for name in test.searches))


def check_claims(
    claims: Sequence[Claim], variants: Sequence[Variant], searches: Sequence[Search], task: Task
) -> None:
    """Refuses claims about what a study does not have.

    Raises:
        ValueError: the message names the claim and the field.
    """
    twice = [id for id, n in Counter(claim.id for claim in claims).items() if n > 1]
    if twice:
        raise ValueError(f"claims: two have the id {twice[0]!r}; give each its own")
    for claim in claims:
        for test, field, reason in _problems(claim, variants, searches, task):
            raise ValueError(_message(claim, test, field, reason))


def testable_claims(
    claims: Sequence[Claim], variants: Sequence[Variant], searches: Sequence[Search], task: Task
) -> tuple[Claim, ...]:
    """Returns the claims that a shortened study can still test.

    Others name a variant or a search that was left out, an epoch that is not reached, or a
    candidate that is not tried.
    """
    return tuple(claim for claim in claims if not any(_problems(claim, variants, searches, task)))


@contextmanager
def asking(claim: Claim, test: ClaimTest, method: str) -> Iterator[None]:
    """Names the claim if a method of a user's own kind raises an error.

    Raises:
        StudyError: with what it raised, and where.
    """
    try:
        yield
    except BakeoffError:
        raise
    except (Exception, SystemExit) as error:
        if type(test).__module__.startswith("bakeoff."):
            raise
        early = " It is asked before any trial has run, too." if method == "judge" else ""
        raise StudyError(
            f"claim {claim.id!r}: {type(test).__name__}.{method} raised {raised(error)}.{early} "
            "Mend it; trials that are stored are kept."
        ) from error


def several(names: Names) -> tuple[str, ...]:
    """Returns one name or several as a tuple."""
    return (names,) if isinstance(names, str) else names


def _within(test: ClaimTest) -> Iterator[ClaimTest]:
    yield test
    for part in test.parts:
        yield from _within(part)


def _wrong_names(test: ClaimTest) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for field, names in test.compared.items():
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            yield field, f"given {names!r}; it must be a variant's name, or a tuple of names"
            return
        if not names:
            other = "other " if seen else ""
            yield field, f"it names no {other}variant; name at least one"
        for name in names:
            if name in seen:
                yield (
                    field,
                    f"{name!r} stands in {seen[name]!r} already; none is better than itself",
                )
            seen[name] = field


def _wrong_numbers(test: ClaimTest) -> Iterator[tuple[str, str]]:
    fields = ("by", "margin", "share", "about", "value")
    numbers = {field: getattr(test, field, None) for field in fields}
    for field, number in numbers.items():
        if number is None:
            continue
        if not isinstance(number, int | float):
            yield field, f"given {number!r}; it must be a number"
        elif field == "by" and number < 0:
            yield field, f"given {number}; a margin must be 0 or more"
        elif field == "margin" and number <= 0:
            yield field, f"given {number}; a margin must be above 0"
        elif field == "share" and not 0 < number < 1:
            yield field, f"given {number}; it must be between 0 and 1"


def _problems(
    claim: Claim, variants: Sequence[Variant], searches: Sequence[Search], task: Task
) -> Iterator[tuple[ClaimTest, str, str]]:
    """Yields what of a claim a study cannot test: the part, its field, and why."""
    known = {variant.name: variant for variant in variants}
    # What a search chooses is known once it has run.
    winners = {s.winner_name for s in searches if s.winner_name is not None}
    for test in claim.tests():
        yield from ((test, *problem) for problem in _out_of_bounds(test, task))
        for field, names in test.compared.items():
            for name in names:
                if name in known:
                    with asking(claim, test, "missing"):
                        missing = tuple(test.missing(known[name], task))
                    for where, reason in missing:
                        yield test, where, f"variant {name!r}: {reason}"
                elif name not in winners:
                    yield test, field, unknown("variant", name, (*known, *winners))
        by_name = {search.name: search for search in searches}
        with asking(claim, test, "unsearched"):
            unsearched = tuple(test.unsearched(by_name))
        yield from ((test, *problem) for problem in unsearched)


def _out_of_bounds(test: ClaimTest, task: Task) -> Iterator[tuple[str, str]]:
    """Yields values that the metric cannot have, and differences that two of its values cannot."""
    name = next((quantity.metric for quantity in test.read), getattr(test, "metric", ""))
    metric = next((m for m in task.measured if m.name == (name or task.metric.name)), None)
    if metric is None:
        return
    least, most = metric.bounds
    example = ": 0.97 is 97%, 0.02 are two points" if metric.unit == "%" else ""
    value = getattr(test, "value", None)
    if value is not None and metric.within(value) != value:
        span = f"from {least} to {most}" if None not in metric.bounds else _half(least, most)
        yield "value", f"given {value}; {metric.words} is {span}{example}"
    for field in ("by", "about", "margin"):
        size = getattr(test, field, None) or 0
        if least is not None and most is not None and size >= most - least:
            yield field, f"given {size}; it must be below {most - least:g}{example}"


def _half(least: float | None, most: float | None) -> str:
    return f"at most {most}" if least is None else f"at least {least}"


def _message(claim: Claim, test: ClaimTest, field: str, reason: str) -> str:
    return f"claim {claim.id!r}: {type(test).__name__}.{field}: {reason}"
