"""Findings from a study's searches: unequal tuning, and choices on test data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bakeoff.analysis.search_results import SearchResults
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search
from bakeoff.study.study import names
from bakeoff.study.variant import Variant

TUNING_RATIO = 2.0
"""The ratio of candidates from which tuning is unequal; a choice beside none counts too."""


@dataclass(frozen=True)
class SearchChoice:
    """A variant that was chosen in a search.

    Attributes:
        variant: its name.
        search: the search's name.
        candidates: the number of candidates that are tried here.
        by: whether the search chose it here, or the source says that it was chosen.
    """

    variant: str
    search: str
    candidates: int
    by: Literal["search", "source"]


@dataclass(frozen=True)
class UnequalTuning:
    """Compared variants that were chosen among unequal numbers of candidates.

    Attributes:
        choices: the variants chosen in searches, the most candidates first.
        untuned: the names of those that no search chose.
    """

    choices: tuple[SearchChoice, ...]
    untuned: tuple[str, ...]

    @property
    def fewest(self) -> int:
        """The fewest candidates; a variant that no search chose counts as one."""
        return 1 if self.untuned else self.choices[-1].candidates

    @property
    def size(self) -> float:
        """The most candidates over the fewest."""
        return self.choices[0].candidates / self.fewest


@dataclass(frozen=True)
class ChoiceOnTest:
    """A search that chooses by test figures.

    Attributes:
        search: its name.
        candidates: the number of candidates.
        quantity: the figure that it chooses by.
        decides: whether it is the search's answer, or is shown beside it as a source's choice.
        gain: by how much its choice is better, by this figure, than the first choice not made on
            test. None if the search has no other choice, or has not run whole.
        variants: the study's variants from the choice: the winner, or the source's choice.
    """

    search: str
    candidates: int
    quantity: Quantity
    decides: bool
    gain: float | None
    variants: tuple[str, ...]

    @property
    def size(self) -> float:
        """The gain, 0 where not known."""
        return self.gain or 0.0


def unequal_tuning(
    group: Sequence[Variant], searches: Sequence[SearchResults]
) -> UnequalTuning | None:
    """Returns the unequal tuning of compared variants, None if the ratio is below `TUNING_RATIO`.

    A variant is tuned if a search of the study chose it, or if the source of the search chose it.
    The number of candidates that the source tried is not known, so the study's own are counted.
    """
    choices = [choice for variant in group if (choice := _choice(variant, searches)) is not None]
    if not choices:
        return None
    tuned = {choice.variant for choice in choices}
    case = UnequalTuning(
        tuple(sorted(choices, key=lambda choice: -choice.candidates)),
        tuple(name for name in names(group) if name not in tuned),
    )
    return case if case.size >= TUNING_RATIO else None


def choices_on_test(results: SearchResults, variants: Sequence[Variant]) -> list[ChoiceOnTest]:
    """Returns the choices that a search makes by test figures, among two candidates or more."""
    search = results.search
    other = next((q for q in search.choose if not _on_test(q)), None)
    return [
        ChoiceOnTest(
            search=search.name,
            candidates=len(search.tried),
            quantity=quantity,
            decides=number == 0,
            gain=None if other is None else _gain(results, quantity, over=other),
            variants=_chosen_by(search, variants, decides=number == 0),
        )
        for number, quantity in enumerate(search.choose)
        if _on_test(quantity) and len(search.tried) > 1
    ]


def _choice(variant: Variant, searches: Sequence[SearchResults]) -> SearchChoice | None:
    for results in searches:
        search, candidates = results.search, len(results.search.tried)
        if variant.name == search.winner_name:
            return SearchChoice(variant.name, search.name, candidates, "search")
        if _is_published_choice(variant, search):
            return SearchChoice(variant.name, search.name, candidates, "source")
    return None


def _is_published_choice(variant: Variant, search: Search) -> bool:
    wanted = dict(search.published)
    return bool(wanted) and any(
        candidate.variant is not None
        and dict(candidate.values) == wanted
        and candidate.variant.bare() == variant.bare()
        for candidate in search.candidates
    )


def _chosen_by(search: Search, variants: Sequence[Variant], *, decides: bool) -> tuple[str, ...]:
    """Returns the study's variants that a choice gave; one that does not decide is the source's."""
    winner = search.winner_name if decides else None
    return tuple(
        v.name
        for v in variants
        if (v.name == winner if decides else _is_published_choice(v, search))
    )


def _on_test(quantity: Quantity) -> bool:
    return quantity.split == "test" or quantity.selection == "best_on_test"


def _gain(results: SearchResults, quantity: Quantity, *, over: Quantity) -> float | None:
    first, second = results.chosen(quantity), results.chosen(over)
    if first is None or second is None:
        return None
    best, its = (results.summary(tried, quantity).mean for tried in (first, second))
    if best is None or its is None:
        return None
    return round(results.metric(quantity).gain(best, its), DECIMALS)
