"""Claims about facts, which are counted and not tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bakeoff.data.task import Task
from bakeoff.errors import unknown
from bakeoff.spec import PositiveInt, Spec
from bakeoff.study.claims import ClaimTest, Names, several
from bakeoff.study.search import Scalar, Search, count_parameters
from bakeoff.study.variant import Variant

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.analysis.search import SearchResults, Tried
    from bakeoff.claims.parts import Part


class ParametersWithin(ClaimTest):
    """The parameters of each of some variants lie in a span: counted, without training."""

    named = ("variants",)
    is_counted = True
    needs_rounds = False
    variants: Names
    low: PositiveInt
    high: PositiveInt

    def __init__(self, variants: Names, *, low: int, high: int) -> None:
        Spec.__init__(self, variants=variants, low=low, high=high)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields an error if the span is empty."""
        if self.low > self.high:
            yield "low", f"given {self.low}, above high, which is {self.high}"

    def missing(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yields an error for a model whose parameters are not known before it is fitted."""
        if variant.model.trains_itself:
            yield "variants", f"{variant.model!r} has a size only once it is fitted"

    def judge(self, results: Results) -> Part:
        """Returns how many parameters the variants have."""
        from bakeoff.claims.parts import Counted, Sizes

        names, study = several(self.variants), results.study
        shape = study.task.input_shape
        sizes = tuple((n, count_parameters(study.variant(n).model, shape)) for n in names)
        holds = all(self.low <= size <= self.high for _, size in sizes)
        return Counted(names, holds, Sizes(sizes, self.low, self.high))


class SearchChose(ClaimTest):
    """A search chose these values: a fact, not a test.

    Another choice does not contradict the claim, for a search does not test: its choice is the best
    of many, and in part the luckiest.

    Attributes:
        search: its name.
        values: factors and values; factors left out may have any.
    """

    is_counted = True
    needs_rounds = False
    search: str
    values: tuple[tuple[str, Scalar], ...]

    def __init__(self, search: str, values: tuple[tuple[str, Scalar], ...]) -> None:
        Spec.__init__(self, search=search, values=values)

    @property
    def searches(self) -> tuple[str, ...]:
        """The search."""
        return (self.search,)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields an error if no value is claimed."""
        if not self.values:
            yield "values", "it is empty; give it at least one (factor, value)"

    def unsearched(self, searches: Mapping[str, Search]) -> Iterator[tuple[str, str]]:
        """Yields an error if there is no such search, factor or candidate."""
        found = searches.get(self.search)
        if found is None:
            yield "search", unknown("search", self.search, searches)
            return
        for name, _ in self.values:
            if name not in found.factors:
                yield "values", unknown("factor", name, found.factors)
                return
        if found.proposals is not None:
            return
        if not any(set(self.values) <= set(candidate.values) for candidate in found.tried):
            wanted = ", ".join(f"{name}={value!r}" for name, value in self.values)
            yield "values", f"the search {found.name!r} tries no candidate with {wanted}"

    def judge(self, results: Results) -> Part:
        """Returns the choice, once all candidates have run."""
        from bakeoff.claims.parts import Choice, Counted

        found = next(one for one in results.searches if one.search.name == self.search)
        declared = next(s for s in results.declared.searches if s.name == self.search)
        whole = found.search.number >= declared.number
        chosen = found.chosen(found.search.choose[0]) if whole else None
        values = () if chosen is None else chosen.candidate.values
        as_claimed = set(self.values) <= set(values)
        return Counted(
            (),
            True if values and as_claimed else None,
            Choice(
                search=self.search,
                claimed=self.values,
                tried=found.search.number,
                declared=declared.number,
                answered=found.answered,
                expected=found.expected,
                rounds=found.search.rounds,
                chosen=values,
                lead=None if chosen is None or as_claimed else self._lead(found, chosen),
                metric=found.metric(found.search.choose[0]),
            ),
        )

    def _lead(self, found: SearchResults, chosen: Tried) -> float | None:
        quantity = found.search.choose[0]
        best = found.summary(chosen, quantity).mean
        means = [
            found.summary(tried, quantity).mean
            for tried in found.tried
            if set(self.values) <= set(tried.candidate.values)
        ]
        finished = [mean for mean in means if mean is not None]
        if best is None or not finished:
            return None
        metric = found.metric(quantity)
        return metric.gain(best, finished[metric.best(finished)])
