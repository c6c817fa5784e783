"""What each kind of test reads off a study's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bakeoff.analysis.equivalence import equivalence
from bakeoff.analysis.paired import evidence
from bakeoff.analysis.paired_figures import (
    PairedFigures,
    Reading,
    early_error,
    error,
    moved,
    paired,
)
from bakeoff.analysis.parts import Asserted, Contrary, Counted, Part, Ranked, Tested, Together, Unit
from bakeoff.analysis.results import Results
from bakeoff.analysis.search import SearchResults
from bakeoff.analysis.trend import trend
from bakeoff.analysis.verdict_words import (
    called,
    counted,
    gain_words,
    level_words,
    lower_words,
    moved_words,
    percent,
)
from bakeoff.analysis.wins import wins
from bakeoff.study.claim_curves import LearnsFaster, RisesAgain, StandsStill
from bakeoff.study.claim_tests import (
    AllOf,
    AtChance,
    AtLeast,
    AtMost,
    Better,
    BestOf,
    ClaimTest,
    Equivalent,
    Not,
    Ordered,
    ParametersWithin,
    SearchChose,
    SmallerError,
    WinsEveryRound,
    several,
)
from bakeoff.study.published import Quantity
from bakeoff.study.search import count_parameters, word

POINTS = 100.0


def part_of(test: ClaimTest, results: Results) -> Part:
    """Return what a study's results have to say of a test."""
    match test:
        case AllOf(tests=tests):
            return Together(tuple(part_of(each, results) for each in tests))
        case Not(test=contrary):
            return Contrary(part_of(contrary, results))
        case Better(by=by, quantity=quantity):
            pairs = [(one, other) for one in several(test.better) for other in several(test.than)]
            return _together([_gain(results, *pair, quantity, by=by) for pair in pairs])
        case BestOf(variant=best, quantity=quantity):
            rivals = test.compared["among"]
            return _together([_gain(results, best, rival, quantity) for rival in rivals])
        case Equivalent(first=first, second=second, margin=margin, quantity=quantity):
            return _gain(results, first, second, quantity, margin=margin)
        case AtLeast(accuracy=accuracy, quantity=quantity):
            names = several(test.variants)
            return _together([_level(results, n, quantity, 1 - accuracy) for n in names])
        case AtMost(error=bound, quantity=quantity):
            names = several(test.variants)
            return _together([_level(results, n, quantity, bound) for n in names])
        case AtChance(variant=name, error=chance, margin=margin, quantity=quantity):
            return _level(results, name, quantity, chance, margin=margin)
        case SmallerError(of=of, than=than):
            return _together([_lower(results, n, of, than) for n in several(test.variants)])
        case _:
            return _other(test, results)


def _other(test: ClaimTest, results: Results) -> Part:
    match test:
        case Ordered():
            return _ranked(results, test)
        case RisesAgain():
            return _moved(results, test)
        case StandsStill(margin=margin):
            return _moved(results, test, margin=margin)
        case LearnsFaster(variant=first, than=second, iterations=iterations):
            words = gain_words(first, second, f" over the first {iterations:,} batches")
            found = _pair(results, first, second, early_error(iterations))
            return _tested(found, (first, second), words)
        case WinsEveryRound():
            return _every_round(results, test)
        case ParametersWithin():
            return _parameters(results, test)
        case SearchChose():
            return _chosen(results, test)
        case _:
            raise TypeError(f"a {type(test).__name__} is none of the tests that can be judged")


def _gain(
    results: Results,
    first: str,
    second: str,
    quantity: Quantity,
    *,
    by: float = 0.0,
    margin: float | None = None,
) -> Tested:
    """Return by how many points the first variant's error is lower than the second's."""
    found = _pair(results, first, second, error(quantity))
    words = gain_words(first, second, called(quantity))
    return _tested(found, (first, second), words, bound=POINTS * by, margin=margin)


def _level(
    results: Results, name: str, quantity: Quantity, bound: float, *, margin: float | None = None
) -> Tested:
    """Return one variant's error, or accuracy if that is what the study speaks of, in percent."""
    in_chance = {} if margin is None else {"diverged": bound}
    found = paired(results, [(name, error(quantity, **in_chance))])
    accuracy = results.study.measure == "accuracy"
    figures = [1 - figure if accuracy else figure for (figure,) in found.rows]
    return _tested(
        found,
        (name,),
        level_words(name, quantity, results.study.measure),
        figures=figures,
        bound=POINTS * (1 - bound if accuracy else bound),
        margin=margin,
        asserted="above" if accuracy else "below",
    )


def _lower(results: Results, name: str, of: Quantity, than: Quantity) -> Tested:
    """Return by how many points one figure of a variant is lower than another."""
    found = paired(results, [(name, error(of)), (name, error(than))])
    return _tested(found, (name,), lower_words(name, of, than))


def _moved(
    results: Results, test: RisesAgain | StandsStill, *, margin: float | None = None
) -> Tested:
    found = paired(results, [(test.variant, moved(test.metric, test.split, test.after_epoch))])
    return _tested(
        found,
        (test.variant,),
        moved_words(test),
        figures=[rise for (rise,) in found.rows],
        margin=margin,
        unit="loss" if test.metric == "loss" else "points",
    )


def _ranked(results: Results, test: Ordered) -> Ranked:
    found = paired(results, [(name, error(test.quantity)) for name in test.variants])
    rows = tuple(tuple(POINTS * (1 - figure) for figure in row) for row in found.rows)
    return Ranked(test.variants, trend(rows), rows, found.rounds, found.diverged, found.left_out)


def _every_round(results: Results, test: WinsEveryRound) -> Counted:
    found = _pair(results, test.winner, test.loser, error(test.quantity))
    won = wins(found.differences)
    needed = min(len(results.histories[name]) for name in (test.winner, test.loser))
    text = f"{counted(won.rounds, 'round')} have run for both"
    if won.rounds:
        first, second = gain_words(test.winner, test.loser, called(test.quantity))[2:]
        text = f"{first} beats {second} in {won.won} of {counted(won.rounds, 'round')}"
    if won.at_least:
        text += f", so in at least {percent(won.at_least)} of any (95% confidence)"
    whole = won.won == needed
    holds = False if won.won < won.rounds else True if whole else None
    return Counted((test.winner, test.loser), holds, text, needed, found.rounds)


def _parameters(results: Results, test: ParametersWithin) -> Counted:
    names = several(test.variants)
    numbers = {name: count_parameters(results.study.variant(name).model) for name in names}
    outside = {name: n for name, n in numbers.items() if not test.low <= n <= test.high}
    span = f"{test.low:,} to {test.high:,}"
    if outside:
        most = max(outside, key=lambda name: max(test.low - outside[name], outside[name] - test.high))
        text = f"{most} has {outside[most]:,} parameters, outside {span}"
    else:
        low, high = min(numbers.values()), max(numbers.values())
        seen = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        text = f"{seen} parameters, within {span}"
    return Counted(names, not outside, text)


def _chosen(results: Results, test: SearchChose) -> Counted:
    found = next(one for one in results.searches if one.search.name == test.search)
    declared = {search.name: search for search in results.declared.searches}[test.search]
    tried, whole = len(found.tried), len(declared.tried)
    if tried < whole:
        text = f"this run's search {test.search} has {tried} of {counted(whole, 'candidate')}"
        return Counted((), None, text)
    return _answer(found, test)


def _answer(found: SearchResults, test: SearchChose) -> Counted:
    chosen = found.chosen(found.search.choose[0])
    if chosen is None:
        trials = counted(found.expected, "trial")
        text = f"{found.answered:,} of {trials} of the search {test.search} have run"
        return Counted((), None, text)
    values = dict(chosen.candidate.values)
    wrong = [name for name, value in test.values if values[name] != value]
    told = [name for name, _ in test.values]
    seen = ", ".join(f"{name.replace('_', ' ')} {word(values[name])}" for name in told)
    return Counted((), not wrong, f"the search {test.search} chose {seen}")


def _pair(results: Results, first: str, second: str, reading: Reading) -> PairedFigures:
    return paired(results, [(first, reading), (second, reading)])


def _tested(
    found: PairedFigures,
    variants: tuple[str, ...],
    words: tuple[str, str],
    *,
    figures: Sequence[float] | None = None,
    bound: float = 0.0,
    margin: float | None = None,
    asserted: Asserted = "above",
    unit: Unit = "points",
) -> Tested:
    """Return figures held against a bound; figures are fractions, the bound has the unit."""
    scale = POINTS if unit == "points" else 1.0
    values = [scale * figure for figure in (found.differences if figures is None else figures)]
    above, below = words
    return Tested(
        variants=variants,
        asserted=asserted if margin is None else "within",
        unit=unit,
        above=above,
        below=below,
        figures=tuple(values),
        rounds=found.rounds,
        evidence=evidence(values, bound=bound),
        equivalence=None if margin is None else equivalence(values, scale * margin, centre=bound),
        diverged=found.diverged,
        left_out=found.left_out,
    )


def _together(parts: Sequence[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Together(tuple(parts))
