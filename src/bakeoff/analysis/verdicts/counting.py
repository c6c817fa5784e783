"""Claims that are counted and not tested: what a study's results are, not what they stand for."""

from __future__ import annotations

from bakeoff.analysis.results import Results
from bakeoff.analysis.search import SearchResults, Tried
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.statistics.wins import Wins, wins
from bakeoff.analysis.verdicts.paired_figures import figure, paired
from bakeoff.analysis.verdicts.parts import FEWEST, Counted
from bakeoff.analysis.verdicts.words import (
    Scale,
    called,
    counted,
    figure_words,
    gain_words,
    named,
    percent,
)
from bakeoff.data.metric import Metric
from bakeoff.study.claim_tests import ParametersWithin, SearchChose, WinsEveryRound, several
from bakeoff.study.search import count_parameters, word

_LEAST_TOLD = 0.01
"""A share below it would be told as 0%."""


def every_round(results: Results, test: WinsEveryRound) -> Counted:
    """Return whether a variant won every round; one lost is enough to tell.

    Those that the study declares must have run, and more count if they have.
    """
    names = (test.winner, test.loser)
    metric = results.study.metric_of(test.quantity)
    found = paired(results, [(name, figure(test.quantity, metric)) for name in names])
    won = wins(found.gains(metric))
    declared = results.declared
    needed = max(FEWEST, min(declared.rounds_of(declared.variant(name)) for name in names))
    holds = False if won.won < won.rounds else True if won.rounds >= needed else None
    text = _won_words(test, won, metric)
    if holds is None:
        text += f"; {needed:,} are needed" if won.rounds else f", and {needed:,} are needed"
    return Counted(names, holds, text, needed, found.rounds)


def _won_words(test: WinsEveryRound, won: Wins, metric: Metric) -> str:
    quantity = test.quantity
    words = gain_words(
        test.winner, test.loser, called(quantity, metric), figure_words(quantity, metric)
    )
    rounds = counted(won.rounds, "round")
    if not won.rounds:
        return f"{named(test.winner)} and {named(test.loser)}: no round tells of them yet"
    if won.tied == won.rounds:
        return f"{words.equal} in every round ({rounds})"
    beats = words.above.removesuffix(" by")
    if not won.won:
        return f"{beats} in none of {rounds}"
    text = f"{beats} in {won.won} of {rounds}"
    if won.at_least and won.at_least >= _LEAST_TOLD:
        text += f", and so {percent(won.at_least)} of the time at least (95% confidence)"
    return text if won.every else f"{text}, but not in every round"


def parameters(results: Results, test: ParametersWithin) -> Counted:
    """Return whether all variants have as many parameters as claimed."""
    names = several(test.variants)
    study = results.study
    shape = study.task.input_shape
    numbers = {name: count_parameters(study.variant(name).model, shape) for name in names}
    outside = {name: n for name, n in numbers.items() if not test.low <= n <= test.high}
    span = f"{test.low:,} to {test.high:,}"
    if outside:
        most = max(
            outside, key=lambda name: max(test.low - outside[name], outside[name] - test.high)
        )
        text = f"{named(most)} has {outside[most]:,} parameters, outside {span}"
    else:
        low, high = min(numbers.values()), max(numbers.values())
        seen = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        text = f"{seen} parameters, within {span}"
    return Counted(names, not outside, text)


def chosen(results: Results, test: SearchChose) -> Counted:
    """Return whether a search, once all its candidates have run, chose the values claimed.

    Another choice does not contradict the claim, for a search chooses and does not test.
    """
    found = next(one for one in results.searches if one.search.name == test.search)
    declared = {search.name: search for search in results.declared.searches}[test.search]
    tried, whole = len(found.tried), len(declared.tried)
    if tried < whole:
        all_of_them = counted(whole, "candidate")
        text = f"{tried} of {all_of_them} are in this run's search {named(test.search)}"
        return Counted((), None, text)
    return _answer(found, test)


def _answer(found: SearchResults, test: SearchChose) -> Counted:
    chosen = found.chosen(found.search.choose[0])
    if chosen is None:
        trials = counted(found.expected, "trial")
        text = f"{found.answered:,} of {trials} of the search {named(test.search)} have run"
        return Counted((), None, text)
    values = dict(chosen.candidate.values)
    told = [
        f"{name.replace('_', ' ')} {word(values[name])}"
        f"{'' if values[name] == claimed else f' (claimed: {word(claimed)})'}"
        for name, claimed in test.values
    ]
    text = f"{named(test.search)}: the search chose {', '.join(told)}"
    if set(test.values) <= set(chosen.candidate.values):
        return Counted((), True, text)
    return Counted((), None, f"{text}, {_lead(found, chosen, test)}")


def _lead(found: SearchResults, chosen: Tried, test: SearchChose) -> str:
    """Return by how much the choice leads the best candidate that is as claimed.

    It is the best of many, and so in part the luckiest: its lead tests nothing.
    """
    quantity = found.search.choose[0]
    best = chosen.summary(quantity).mean
    means = [
        tried.summary(quantity).mean
        for tried in found.tried
        if set(test.values) <= set(tried.candidate.values)
    ]
    finished = [mean for mean in means if mean is not None]
    rounds = counted(found.search.rounds, "round")
    if best is None or not finished:
        return f"and none as claimed finished all of its {rounds}"
    metric = found.metric(quantity)
    lead = metric.gain(best, finished[metric.best(finished)])
    size = Scale(metric).sized(round(metric.scale * lead, DECIMALS), 1 if metric.unit == "%" else 4)
    return (
        f"{size} ahead of the best as claimed in {rounds}; the luckiest of "
        f"{counted(len(found.tried), 'candidate')} may lead by as much"
    )
