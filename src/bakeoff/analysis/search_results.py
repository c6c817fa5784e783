"""The results of a search: every candidate's figures, and the chosen one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bakeoff.analysis.summary import Summary, summarise
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.study.measured import metric_of
from bakeoff.study.published import Quantity
from bakeoff.study.search import Candidate, Search, count_parameters
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History


@dataclass(frozen=True)
class Tried:
    """A candidate with the histories of its rounds; those not run yet are None."""

    candidate: Candidate
    histories: tuple[History | None, ...]

    @property
    def variant(self) -> Variant:
        """The candidate as a variant.

        Raises:
            ValueError: the candidate is infeasible.
        """
        if self.candidate.variant is None:
            raise ValueError(f"{self.candidate.label} is infeasible")
        return self.candidate.variant

    @property
    def parameters(self) -> int | None:
        """The number of trainable values; None if they are not known."""
        run = [history.parameters for history in self.histories if history is not None]
        if run or self.variant.model.trains_itself:
            return run[0] if run else None
        return count_parameters(self.variant.model)


@dataclass(frozen=True)
class SearchResults:
    """A search with all candidates that are trained, in the order declared."""

    search: Search
    tried: tuple[Tried, ...]

    @property
    def expected(self) -> int:
        """The number of trials that the search needs, at most while more are to be proposed."""
        return (len(self.tried) + self.search.to_come) * self.search.rounds

    @property
    def answered(self) -> int:
        """The number of trials that have run."""
        return len(self.histories())

    @property
    def is_complete(self) -> bool:
        """Whether every candidate has run."""
        return self.answered == self.expected

    def histories(self) -> list[History]:
        """Returns the histories that there are."""
        return [h for tried in self.tried for h in tried.histories if h is not None]

    def ranking(self, quantity: Quantity) -> list[Tried]:
        """Returns the candidates with a figure in every round, the best first.

        Ties go to fewer parameters, then to the earlier candidate.
        """
        means = [(tried, self.summary(tried, quantity)) for tried in self.tried]
        sign = self.metric(quantity).sign
        whole = [
            (-sign * figures.mean, math.inf if (n := tried.parameters) is None else n, tried)
            for tried, figures in means
            if figures.mean is not None and figures.n == self.search.rounds
        ]
        return [tried for *_, tried in sorted(whole, key=lambda item: item[:2])]

    def summary(self, tried: Tried, quantity: Quantity) -> Summary:
        """Returns a candidate's figure over the rounds that have run.

        The figures describe single folds; these are no sample, so the interval is that of draws.
        """
        folds = folds_of(self.search.task)
        interval = summarise(tried.histories, quantity, folds=folds).interval
        return replace(summarise(tried.histories, quantity), interval=interval)

    def metric(self, quantity: Quantity) -> Metric:
        """Returns the metric of a quantity, by which candidates are ranked."""
        return metric_of(self.search.task, quantity.metric)

    def chosen(self, quantity: Quantity) -> Tried | None:
        """Returns the best candidate, None while some have not run or where all diverged."""
        ranking = self.ranking(quantity) if self.is_complete else []
        return ranking[0] if ranking else None

    def costs(self, candidates: Iterable[Candidate]) -> list[float | None]:
        """Returns what a sampler is told of candidates: the smaller the better, None for no figure.

        A candidate that would train the same as an earlier one has its figure.
        """
        quantity = self.search.choose[0]
        sign = self.metric(quantity).sign
        means = {
            self.search.trained(tried.candidate).bare(): self.summary(tried, quantity).mean
            for tried in self.ranking(quantity)
        }
        figures = [
            None if c.variant is None else means.get(self.search.trained(c).bare())
            for c in candidates
        ]
        return [None if mean is None else -sign * mean for mean in figures]

    def winner(self) -> Variant | None:
        """Returns the search's answer as a variant to train on the study's own task.

        None if it is not to be trained again, or not known yet.
        """
        chosen = self.chosen(self.search.choose[0]) if self.search.rerun else None
        return None if chosen is None else self.search.winner(chosen.candidate)


def searched(
    search: Search, read: Callable[[Search, int], Sequence[tuple[History | None, ...]]]
) -> SearchResults:
    """Returns a search's results; what proposes candidates does so as far as there are results.

    Args:
        search: as declared.
        read: gives the histories of the candidates that a search tries, from a place on.
    """
    if search.proposals is None:
        return SearchResults(search, tuple(map(Tried, search.tried, read(search, 0))))
    batches = search.proposals.batches()
    batch = next(batches)
    search = search.replace(candidates=batch)
    histories = [*read(search, 0)]
    while True:
        results = SearchResults(search, tuple(map(Tried, search.tried, histories)))
        if not search.to_come or None in chain.from_iterable(histories):
            return results
        batch = batches.send(results.costs(batch))
        search = search.replace(candidates=(*search.candidates, *batch))
        histories += read(search, len(histories))


def with_winners(
    study: Study, searches: Iterable[SearchResults], each: Mapping[str, int] | None = None
) -> Study:
    """Returns the study with what its searches proposed and chose, as far as they have.

    Args:
        study: as declared, or shortened.
        searches: the results of its searches.
        each: rounds by name; a winner without has its own, or those of the study.
    """
    results = tuple(searches)
    winners = (found.winner() for found in results)
    rounds = each or {}
    return study.replace(
        variants=(
            *study.variants,
            *(v.replace(rounds=rounds.get(v.name, v.rounds)) for v in winners if v is not None),
        ),
        searches=tuple(each.search for each in results),
    )
