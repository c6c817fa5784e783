"""Claims about facts, which are counted and not tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.data.task import Task
from bakeoff.errors import unknown
from bakeoff.spec import PositiveInt
from bakeoff.study.claims import ClaimTest, Names, several
from bakeoff.study.search import Scalar, Search, count_parameters
from bakeoff.study.variant import Variant

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.analysis.search_results import SearchResults, Tried
    from bakeoff.claims.parts import Part


class ParametersWithin(ClaimTest):
    """The parameters of each of some variants lie in a span: counted, without training.

    Example:
        >>> ParametersWithin(("wide", "deep"), low=65_000, high=75_000)
        ParametersWithin(('wide', 'deep'), low=65000, high=75000)
    """

    named = ("variants",)
    is_counted = True
    needs_rounds = False
    variants: Names = Field(kw_only=False)
    low: PositiveInt
    high: PositiveInt

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

    Example:
        >>> SearchChose("ConvNet", values=(("channels", 16),))
        SearchChose('ConvNet', (('channels', 16),))
    """

    is_counted = True
    needs_rounds = False
    search: str = Field(kw_only=False)
    values: tuple[tuple[str, Scalar], ...] = Field(kw_only=False)

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
        search = searches.get(self.search)
        if search is None:
            yield "search", unknown("search", self.search, searches)
            return
        for name, _ in self.values:
            if name not in search.factors:
                yield "values", unknown("factor", name, search.factors)
                return
        if search.proposals is not None:
            return
        if not any(set(self.values) <= set(candidate.values) for candidate in search.tried):
            wanted = ", ".join(f"{name}={value!r}" for name, value in self.values)
            yield "values", f"the search {search.name!r} tries no candidate with {wanted}"

    def judge(self, results: Results) -> Part:
        """Returns the choice, once all candidates have run."""
        from bakeoff.claims.parts import Choice, Counted

        search = next(each for each in results.searches if each.search.name == self.search)
        declared = next(s for s in results.declared.searches if s.name == self.search)
        quantity = search.search.choose[0]
        whole = search.search.number >= declared.number
        chosen = search.chosen(quantity) if whole else None
        values = () if chosen is None else chosen.candidate.values
        as_claimed = set(self.values) <= set(values)
        return Counted(
            (),
            True if values and as_claimed else None,
            Choice(
                search=self.search,
                claimed=self.values,
                tried=search.search.number,
                declared=declared.number,
                answered=search.answered,
                expected=search.expected,
                rounds=search.search.rounds,
                chosen=values,
                lead=None if chosen is None or as_claimed else self._lead(search, chosen),
                metric=search.metric(quantity),
            ),
        )

    def _lead(self, search: SearchResults, chosen: Tried) -> float | None:
        quantity = search.search.choose[0]
        best = search.summary(chosen, quantity).mean
        means = [
            search.summary(tried, quantity).mean
            for tried in search.tried
            if set(self.values) <= set(tried.candidate.values)
        ]
        finished = [mean for mean in means if mean is not None]
        if best is None or not finished:
            return None
        metric = search.metric(quantity)
        return metric.gain(best, finished[metric.best(finished)])
