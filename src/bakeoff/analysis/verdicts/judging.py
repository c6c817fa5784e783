"""What each kind of test reads off a study's results."""

from __future__ import annotations

from collections.abc import Sequence

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.equivalence import equivalence
from bakeoff.analysis.statistics.paired import evidence
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.statistics.trend import trend
from bakeoff.analysis.verdicts.counting import chosen, every_round, parameters
from bakeoff.analysis.verdicts.paired_figures import (
    PairedFigures,
    Reading,
    early_error,
    error,
    moved,
    paired,
)
from bakeoff.analysis.verdicts.parts import (
    Asserted,
    Contrary,
    Counted,
    Measured,
    Part,
    Ranked,
    Together,
    Unit,
)
from bakeoff.analysis.verdicts.words import (
    Words,
    called,
    chance_question,
    equal_question,
    figure_words,
    gain_question,
    gain_words,
    identical_words,
    level_question,
    level_words,
    lower_words,
    moved_words,
    still_question,
)
from bakeoff.study.claim_curves import LearnsFaster, RisesAgain, StandsStill
from bakeoff.study.claim_tests import (
    AllOf,
    AtChance,
    AtLeast,
    AtMost,
    BestOf,
    Better,
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

POINTS = 100.0
SCALES: dict[Unit, float] = {"points": POINTS, "percent": POINTS, "loss": 1.0}


def part_of(test: ClaimTest, results: Results) -> Part:  # noqa: PLR0911, PLR0912
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
        case Ordered():
            return _one(results, test.variants) or _ranked(results, test)
        case RisesAgain():
            return _moved(results, test)
        case StandsStill(margin=margin):
            return _moved(results, test, margin=margin)
        case LearnsFaster():
            return _one(results, (test.variant, test.than)) or _faster(results, test)
        case WinsEveryRound():
            names = (test.winner, test.loser)
            return _one(results, names) or every_round(results, test)
        case ParametersWithin():
            return parameters(results, test)
        case SearchChose():
            return chosen(results, test)
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
) -> Measured | Counted:
    """Return by how many points the first variant's error is lower than the second's."""
    if one := _one(results, (first, second)):
        return one
    found = _pair(results, first, second, error(quantity))
    words = gain_words(first, second, called(quantity), figure_words(quantity, "error"))
    bound = round(POINTS * by, DECIMALS)
    question = gain_question(bound) if margin is None else equal_question(POINTS * margin)
    return _tested(found, (first, second), words, question, bound=bound, margin=margin)


def _one(results: Results, names: Sequence[str]) -> Counted | None:
    """Return why variants that are all one cannot be told apart; None where they are not."""
    if len({results.study.variant(name).bare() for name in names}) > 1:
        return None
    return Counted(tuple(names), None, identical_words(names))


def _level(
    results: Results, name: str, quantity: Quantity, bound: float, *, margin: float | None = None
) -> Measured:
    """Return one variant's error, or accuracy if that is what the study speaks of, in percent."""
    in_chance = {} if margin is None else {"diverged": bound}
    found = paired(results, [(name, error(quantity, **in_chance))])
    accuracy = results.study.measure == "accuracy"
    figures = [1 - figure if accuracy else figure for (figure,) in found.rows]
    percent = round(POINTS * (1 - bound if accuracy else bound), DECIMALS)
    return _tested(
        found,
        (name,),
        level_words(name, quantity, results.study.measure),
        level_question(percent, above=accuracy)
        if margin is None
        else chance_question(percent, POINTS * margin),
        figures=figures,
        bound=percent,
        margin=margin,
        asserted="above" if accuracy else "below",
        unit="percent",
    )


def _lower(results: Results, name: str, of: Quantity, than: Quantity) -> Measured:
    """Return by how many points one figure of a variant is lower than another."""
    found = paired(results, [(name, error(of)), (name, error(than))])
    return _tested(found, (name,), lower_words(name, of, than), "which of the two is lower")


def _moved(
    results: Results, test: RisesAgain | StandsStill, *, margin: float | None = None
) -> Measured:
    found = paired(results, [(test.variant, moved(test.metric, test.split, test.after_epoch))])
    unit: Unit = "loss" if test.metric == "loss" else "points"
    scaled = None if margin is None else SCALES[unit] * margin
    return _tested(
        found,
        (test.variant,),
        moved_words(test),
        "whether it rises or falls" if scaled is None else still_question(scaled, unit),
        figures=[rise for (rise,) in found.rows],
        margin=margin,
        unit=unit,
    )


def _ranked(results: Results, test: Ordered) -> Ranked:
    found = paired(results, [(name, error(test.quantity)) for name in test.variants])
    rows = tuple(tuple(POINTS * (1 - figure) for figure in row) for row in found.rows)
    return Ranked(test.variants, trend(rows), rows, found.rounds, found.diverged, found.left_out)


def _faster(results: Results, test: LearnsFaster) -> Measured:
    variants = (test.variant, test.than)
    where = f" over the first {test.iterations:,} batches"
    words = gain_words(*variants, where, f"error{where}")
    found = _pair(results, *variants, early_error(test.iterations))
    return _tested(found, variants, words, "which of the two learns faster")


def _pair(results: Results, first: str, second: str, reading: Reading) -> PairedFigures:
    return paired(results, [(first, reading), (second, reading)])


def _tested(
    found: PairedFigures,
    variants: tuple[str, ...],
    words: Words,
    question: str,
    *,
    figures: Sequence[float] | None = None,
    bound: float = 0.0,
    margin: float | None = None,
    asserted: Asserted = "above",
    unit: Unit = "points",
) -> Measured:
    """Return figures held against a bound; figures are fractions, the bound has the unit."""
    scale = SCALES[unit]
    values = [scale * figure for figure in (found.differences if figures is None else figures)]
    return Measured(
        variants=variants,
        asserted=asserted if margin is None else "within",
        unit=unit,
        words=words,
        question=question,
        figures=tuple(values),
        rounds=found.rounds,
        evidence=evidence(values, bound=bound),
        equivalence=None if margin is None else equivalence(values, scale * margin, centre=bound),
        diverged=found.diverged,
        left_out=found.left_out,
    )


def _together(parts: Sequence[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Together(tuple(parts))
