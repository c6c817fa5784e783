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
    early,
    figure,
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
)
from bakeoff.analysis.verdicts.words import (
    Scale,
    Words,
    better_words,
    called,
    chance_question,
    equal_question,
    figure_words,
    gain_question,
    gain_words,
    identical_words,
    level_question,
    level_words,
    moved_words,
    still_question,
)
from bakeoff.study.claim_curves import LearnsFaster, RisesAgain, StandsStill
from bakeoff.study.claim_tests import (
    AllOf,
    AtChance,
    BestOf,
    Better,
    BetterFigure,
    ClaimTest,
    Equivalent,
    Not,
    Ordered,
    ParametersWithin,
    Reaches,
    SearchChose,
    WinsEveryRound,
    several,
)
from bakeoff.study.measured import metric_of
from bakeoff.study.published import Quantity


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
        case Reaches(value=value, quantity=quantity):
            names = several(test.variants)
            return _together([_level(results, n, quantity, value) for n in names])
        case AtChance(variant=name, value=chance, margin=margin, quantity=quantity):
            return _level(results, name, quantity, chance, margin=margin)
        case BetterFigure(of=of, than=than):
            return _together([_better(results, n, of, than) for n in several(test.variants)])
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
    """Return by how much the first variant is better than the second."""
    if one := _one(results, (first, second)):
        return one
    metric = results.study.metric_of(quantity)
    scale = Scale(metric)
    found = _pair(results, first, second, figure(quantity, metric))
    words = gain_words(first, second, called(quantity, metric), figure_words(quantity, metric))
    bound = round(scale.factor * by, DECIMALS)
    question = (
        gain_question(bound, scale)
        if margin is None
        else equal_question(scale.factor * margin, scale)
    )
    return _tested(
        found,
        scale,
        found.gains(metric),
        (first, second),
        words,
        question,
        bound=bound,
        margin=margin,
    )


def _one(results: Results, names: Sequence[str]) -> Counted | None:
    """Return why variants that are all one cannot be told apart; None where they are not."""
    if len({results.study.variant(name).bare() for name in names}) > 1:
        return None
    return Counted(tuple(names), None, identical_words(names))


def _level(
    results: Results, name: str, quantity: Quantity, bound: float, *, margin: float | None = None
) -> Measured:
    """Return one variant's figure held against a bound."""
    metric = results.study.metric_of(quantity)
    scale = Scale(metric, is_level=True)
    in_chance = {} if margin is None else {"diverged": bound}
    found = paired(results, [(name, figure(quantity, metric, **in_chance))])
    shown = round(scale.factor * bound, DECIMALS)
    return _tested(
        found,
        scale,
        [value for (value,) in found.rows],
        (name,),
        level_words(name, quantity, metric),
        level_question(shown, scale)
        if margin is None
        else chance_question(shown, scale.factor * margin, scale),
        bound=shown,
        margin=margin,
        asserted="above" if metric.direction == "higher" else "below",
    )


def _better(results: Results, name: str, of: Quantity, than: Quantity) -> Measured:
    """Return by how much one figure of a variant is better than another."""
    one, other = results.study.metric_of(of), results.study.metric_of(than)
    found = paired(results, [(name, figure(of, one)), (name, figure(than, other))])
    lower = "higher" if one.direction == "higher" else "lower"
    return _tested(
        found,
        Scale(one),
        found.gains(one),
        (name,),
        better_words(name, (of, one), (than, other)),
        f"which of the two is {lower}",
    )


def _moved(
    results: Results, test: RisesAgain | StandsStill, *, margin: float | None = None
) -> Measured:
    found = paired(results, [(test.variant, moved(test.metric, test.split, test.after_epoch))])
    metric = metric_of(results.study.task, test.metric)
    scale = Scale(metric)
    return _tested(
        found,
        scale,
        [rise for (rise,) in found.rows],
        (test.variant,),
        moved_words(test, metric),
        "whether it rises or falls"
        if margin is None
        else still_question(scale.factor * margin, scale),
        margin=margin,
    )


def _ranked(results: Results, test: Ordered) -> Ranked:
    metric = results.study.metric_of(test.quantity)
    found = paired(results, [(name, figure(test.quantity, metric)) for name in test.variants])
    factor = metric.sign * metric.scale
    rows = tuple(tuple(factor * value for value in row) for row in found.rows)
    return Ranked(
        test.variants,
        Scale(metric, is_level=True),
        trend(rows),
        rows,
        found.rounds,
        found.diverged,
        found.left_out,
    )


def _faster(results: Results, test: LearnsFaster) -> Measured:
    variants = (test.variant, test.than)
    where = f" over the first {test.iterations:,} batches"
    metric = results.study.metric
    words = gain_words(*variants, where, f"{metric.words}{where}")
    found = _pair(results, *variants, early(metric, test.iterations))
    question = "which of the two learns faster"
    return _tested(found, Scale(metric), found.gains(metric), variants, words, question)


def _pair(results: Results, first: str, second: str, reading: Reading) -> PairedFigures:
    return paired(results, [(first, reading), (second, reading)])


def _tested(
    found: PairedFigures,
    scale: Scale,
    figures: Sequence[float],
    variants: tuple[str, ...],
    words: Words,
    question: str,
    *,
    bound: float = 0.0,
    margin: float | None = None,
    asserted: Asserted = "above",
) -> Measured:
    """Return figures, in the metric's unit, held against a bound as it is printed."""
    values = [scale.factor * figure for figure in figures]
    return Measured(
        variants=variants,
        asserted=asserted if margin is None else "within",
        scale=scale,
        words=words,
        question=question,
        figures=tuple(values),
        rounds=found.rounds,
        evidence=evidence(values, bound=bound),
        equivalence=None
        if margin is None
        else equivalence(values, scale.factor * margin, centre=bound),
        diverged=found.diverged,
        left_out=found.left_out,
    )


def _together(parts: Sequence[Part]) -> Part:
    return parts[0] if len(parts) == 1 else Together(tuple(parts))
