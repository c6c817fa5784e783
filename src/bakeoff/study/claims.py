"""Claims: sentences of a report, each with the test that settles it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from bakeoff.data.task import Task
from bakeoff.errors import unknown
from bakeoff.spec import Spec
from bakeoff.study.claim_tests import (
    AllOf,
    BestOf,
    BetterFigure,
    ClaimTest,
    Not,
    Ordered,
    ParametersWithin,
    SearchChose,
)
from bakeoff.study.search import Search
from bakeoff.study.variant import Variant

MOST_ORDERED = 10


class Claim(Spec):
    """A sentence of a report, with the comparison that tests it.

    Attributes:
        id: what it is called in tables, ``Z1``.
        quote: the sentence, in short, in the report's words.
        test: what must hold for it to be true.
        note: what was chosen in turning the words into the test: a margin, say.
    """

    id: Annotated[str, Field(min_length=1)]
    quote: Annotated[str, Field(min_length=1)]
    test: ClaimTest
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for test in self.tests():
            for field, reason in _mistakes(test):
                raise ValueError(_message(self, test, field, reason))
        return self

    def tests(self) -> Iterator[ClaimTest]:
        """Yield the test and those within it."""
        yield from _within(self.test)

    def variants(self) -> tuple[str, ...]:
        """Return the names of the variants that it is about, each once, in order."""
        named = (names for test in self.tests() for names in test.compared.values())
        return tuple(dict.fromkeys(name for names in named for name in names))

    def searches(self) -> tuple[str, ...]:
        """Return the names of the searches that it is about, each once, in order."""
        named = (test.search for test in self.tests() if isinstance(test, SearchChose))
        return tuple(dict.fromkeys(named))


def check_claims(
    claims: Sequence[Claim], variants: Sequence[Variant], searches: Sequence[Search], task: Task
) -> None:
    """Refuse claims about what a study does not have.

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
    """Return the claims that a shortened study can still test.

    Others name a variant or a search that was left out, an epoch that is not reached, or a
    candidate that is not tried.
    """
    return tuple(claim for claim in claims if not any(_problems(claim, variants, searches, task)))


def _within(test: ClaimTest) -> Iterator[ClaimTest]:
    yield test
    match test:
        case AllOf(tests=tests):
            for part in tests:
                yield from _within(part)
        case Not(test=part):
            yield from _within(part)


def _mistakes(test: ClaimTest) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a test whatever the study: the field, and why."""
    yield from _wrong_names(test)
    yield from _wrong_numbers(test)
    match test:
        case AllOf(tests=()):
            yield "tests", "it is empty; give it at least one test"
        case Ordered(variants=variants) if not 2 <= len(variants) <= MOST_ORDERED:
            yield "variants", f"{len(variants)} given; a trend needs 2 to {MOST_ORDERED}"
        case ParametersWithin(low=low, high=high) if low > high:
            yield "low", f"given {low}, above high, which is {high}"
        case BetterFigure(of=of, than=than) if of == than:
            yield "than", "it is the same figure as `of`; none is better than itself"
        case SearchChose(values=()):
            yield "values", "it is empty; give it at least one (factor, value)"


def _wrong_names(test: ClaimTest) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for field, names in test.compared.items():
        if not names:
            rival = " other than the variant itself" if isinstance(test, BestOf) else ""
            yield field, f"it names no variant{rival}; name at least one"
        for name in names:
            if name in seen:
                yield field, f"{name!r} stands in {seen[name]} already; none is better than itself"
            seen[name] = field


def _wrong_numbers(test: ClaimTest) -> Iterator[tuple[str, str]]:
    spans = {"by": (0, "0 or more"), "margin": (math.ulp(0), "above 0")}
    for field, (least, words) in spans.items():
        given = getattr(test, field, least)
        if given < least:
            yield field, f"given {given}; a margin must be {words}"


def _problems(
    claim: Claim, variants: Sequence[Variant], searches: Sequence[Search], task: Task
) -> Iterator[tuple[ClaimTest, str, str]]:
    """Yield what of a claim a study cannot test: the part, its field, and why."""
    known = {variant.name: variant for variant in variants}
    for test in claim.tests():
        yield from ((test, *problem) for problem in _out_of_bounds(test, task))
        for field, names in test.compared.items():
            for name in names:
                if name not in known:
                    yield test, field, unknown("variant", name, known)
                    continue
                for where, reason in test.missing(known[name], task):
                    yield test, where, f"variant {name!r}: {reason}"
        if isinstance(test, SearchChose):
            for field, reason in _search_problems(test, searches):
                yield test, field, reason


def _out_of_bounds(test: ClaimTest, task: Task) -> Iterator[tuple[str, str]]:
    """Yield values that the metric cannot have, and differences that two of its values cannot."""
    name = getattr(getattr(test, "quantity", None), "metric", getattr(test, "metric", ""))
    metric = next((m for m in task.measured if m.name == (name or task.metric.name)), None)
    if metric is None:
        return
    least, most = metric.bounds
    example = ": 0.97 is 97%, 0.02 are two points" if metric.unit == "%" else ""
    value = getattr(test, "value", None)
    if value is not None and metric.within(value) != value:
        span = f"from {least} to {most}" if None not in metric.bounds else _half(least, most)
        yield "value", f"given {value}; {metric.words} is {span}{example}"
    for field in ("by", "margin"):
        given = getattr(test, field, 0)
        if least is not None and most is not None and given >= most - least:
            yield field, f"given {given}; it must be below {most - least:g}{example}"


def _half(least: float | None, most: float | None) -> str:
    return f"at most {most}" if least is None else f"at least {least}"


def _search_problems(test: SearchChose, searches: Sequence[Search]) -> Iterator[tuple[str, str]]:
    found = {search.name: search for search in searches}.get(test.search)
    if found is None:
        yield "search", unknown("search", test.search, (search.name for search in searches))
        return
    factors = [name for name, _ in found.candidates[0].values]
    for name, _ in test.values:
        if name not in factors:
            yield "values", unknown("factor", name, factors)
            return
    if not any(set(test.values) <= set(candidate.values) for candidate in found.tried):
        wanted = ", ".join(f"{name}={value!r}" for name, value in test.values)
        yield "values", f"the search {found.name!r} tries no candidate with {wanted}"


def _message(claim: Claim, test: ClaimTest, field: str, reason: str) -> str:
    return f"claim {claim.id!r}: {type(test).__name__}.{field}: {reason}"
