"""The parts that the kinds of claim read from a study's results."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from numbers import Real

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.paired import (
    PairedFigures,
    early,
    figure,
    moved,
    paired,
)
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.analysis.statistics.trend import trend
from bakeoff.claims.parts import (
    Asserted,
    Counted,
    Measured,
    NotChosen,
    Part,
    SameTrials,
    Share,
)
from bakeoff.data.tasks import folds_of
from bakeoff.errors import StudyError
from bakeoff.study.claims import FINAL, ClaimTest, asking
from bakeoff.study.measured import CurveSplit, metric_of
from bakeoff.study.published import Quantity
from bakeoff.training.history import History


def part_of(test: ClaimTest, results: Results) -> Part:
    """Returns the part by which a study's results judge a test.

    The test is open while a search has not chosen a variant that it names.

    Raises:
        StudyError: a user's own kind raises an error, returns something else, or asks for a
            variant that the study lacks.
    """
    known = {variant.name for variant in results.study.variants}
    for names in test.compared.values():
        for name in names:
            if name not in known:
                return Counted((), None, NotChosen(name))
    claims = (c for c in results.study.claims if any(test is each for each in c.tests()))
    claim = next(claims, None)
    # A test that a judge makes is part of that judge.
    with nullcontext() if claim is None else asking(claim, test, "judge"):
        part = test.judge(results)
    if not isinstance(part, Part):
        where = "" if claim is None else f"claim {claim.id!r}: "
        raise StudyError(
            f"{where}{type(test).__name__}.judge returned {part!r}; it must return a comparison or "
            "a fact, such as bakeoff.claims.judge.difference gives."
        )
    return part


def difference(
    results: Results,
    first: str,
    second: str,
    *,
    by: float = 0.0,
    margin: float | None = None,
    quantity: Quantity = FINAL,
) -> Part:
    """Returns the difference of two variants, round by round, above 0 if the first is better.

    Args:
        results: of a study.
        first: the variant claimed to be better.
        second: the other.
        by: the difference claimed, in the metric's unit.
        margin: within which it is said to lie of `by`; None if it is said to lie above.
        quantity: where it is read.
    """
    _check_numbers("difference", by=by, margin=margin)
    if same := same_trials(results, (first, second)):
        return same
    metric = results.study.metric_of(quantity)
    read = figure(quantity, metric)
    pairs = paired(results, [(first, read), (second, read)])
    return _measured(
        Contrast("difference", (first, second), metric, quantity, unit=pairs.unit),
        pairs,
        pairs.gains(metric),
        bound=by,
        margin=margin,
    )


def level(
    results: Results,
    name: str,
    *,
    value: float,
    margin: float | None = None,
    quantity: Quantity = FINAL,
    diverged: float | None = None,
) -> Measured:
    """Returns one variant's values beside a claimed value.

    Args:
        results: of a study.
        name: the variant's.
        value: the value claimed, in the metric's unit.
        margin: within which they are said to lie of it; None if they are to reach it.
        quantity: where it is read.
        diverged: the value of a diverged trial; None for worse than any other.
    """
    _check_numbers("level", value=value, margin=margin, diverged=diverged)
    metric = results.study.metric_of(quantity)
    figures = paired(results, [(name, figure(quantity, metric, diverged=diverged))])
    return _measured(
        Contrast("level", (name,), metric, quantity, unit=figures.unit),
        figures,
        [value for (value,) in figures.rows],
        bound=value,
        margin=margin,
        asserted="above" if metric.direction == "higher" else "below",
    )


def figures(results: Results, name: str, of: Quantity, than: Quantity) -> Measured:
    """Returns the difference of two figures of one variant, above 0 if the first is better."""
    metric, its = results.study.metric_of(of), results.study.metric_of(than)
    pairs = paired(results, [(name, figure(of, metric)), (name, figure(than, its))])
    contrast = Contrast("figures", (name,), metric, of, than=(than, its), unit=pairs.unit)
    return _measured(contrast, pairs, pairs.gains(metric))


def change(
    results: Results,
    name: str,
    *,
    metric: str,
    split: CurveSplit,
    after_epoch: int,
    margin: float | None = None,
) -> Measured:
    """Returns how much higher a variant's curve ends than it was after an epoch."""
    _check_numbers("change", after_epoch=after_epoch, margin=margin)
    figures = paired(results, [(name, moved(metric, split, after_epoch))])
    contrast = Contrast(
        "change",
        (name,),
        metric_of(results.study.task, metric),
        split=split,
        after_epoch=after_epoch,
        unit=figures.unit,
    )
    return _measured(contrast, figures, [rise for (rise,) in figures.rows], margin=margin)


def speed(results: Results, first: str, second: str, iterations: int) -> Part:
    """Returns the difference of two variants over their first batches."""
    if same := same_trials(results, (first, second)):
        return same
    metric = results.study.metric
    pairs = paired(results, [(name, early(metric, iterations)) for name in (first, second)])
    contrast = Contrast("speed", (first, second), metric, iterations=iterations, unit=pairs.unit)
    return _measured(contrast, pairs, pairs.gains(metric))


def order(results: Results, names: Sequence[str], quantity: Quantity = FINAL) -> Part:
    """Returns how well each round agrees with an order of variants, from the worst to the best."""
    if same := same_trials(results, names):
        return same
    metric = results.study.metric_of(quantity)
    figures = paired(results, [(name, figure(quantity, metric)) for name in names])
    agreement = trend([[metric.sign * value for value in row] for row in figures.rows]).agreement
    contrast = Contrast("order", tuple(names), metric, quantity, unit=figures.unit)
    return _measured(contrast, figures, agreement)


def rounds_won(
    results: Results, winner: str, loser: str, *, share: float, quantity: Quantity = FINAL
) -> Part:
    """Returns the number of rounds in which one variant was better than another, without ties."""
    _check_numbers("rounds_won", share=share)
    if same := same_trials(results, (winner, loser)):
        return same
    metric = results.study.metric_of(quantity)
    read = figure(quantity, metric)
    pairs = paired(results, [(winner, read), (loser, read)])
    contrast = Contrast("wins", (winner, loser), metric, quantity, unit=pairs.unit)
    won = tuple(gain > 0 for gain in pairs.gains(metric))
    return Share(contrast, won, pairs.rounds, share, pairs.diverged)


def collapses(results: Results, name: str, *, share: float) -> Share:
    """Returns the number of rounds in which a variant diverged or ended near chance."""
    metric = results.study.metric

    def read(history: History) -> float:
        return float(history.collapsed)

    _check_numbers("collapses", share=share)
    figures = paired(results, [(name, read)])
    contrast = Contrast("collapses", (name,), metric, unit=figures.unit)
    # A draw collapses if most of its folds do.
    outcomes = tuple(value > 0.5 for (value,) in figures.rows)
    return Share(contrast, outcomes, figures.rounds, share, figures.diverged)


def same_trials(results: Results, names: Sequence[str]) -> Counted | None:
    """Returns why variants that are trained alike cannot be compared; None if they are not."""
    if len({results.study.variant(name).bare() for name in names}) > 1:
        return None
    return Counted(tuple(names), None, SameTrials())


def units_of(results: Results, name: str) -> int:
    """Returns the rounds that the study declares for a variant; for folds, the draws."""
    declared = results.declared
    rounds = {v.name: declared.rounds_of(v) for v in declared.variants}
    # A search's choice is trained for the study's rounds.
    return rounds.get(name, declared.rounds) // folds_of(declared.task)


def _check_numbers(function: str, **numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and not isinstance(number, Real):
            raise StudyError(
                f"bakeoff.claims.judge.{function}: {name} is {number!r}; it must be a number."
            )


def _measured(
    contrast: Contrast,
    figures: PairedFigures,
    values: Sequence[float],
    *,
    bound: float = 0.0,
    margin: float | None = None,
    asserted: Asserted = "above",
) -> Measured:
    return Measured(
        contrast=contrast,
        asserted=asserted if margin is None else "within",
        figures=tuple(values),
        rounds=figures.rounds,
        evidence=evidence(values, bound=bound),
        margin=margin,
        diverged=figures.diverged,
        left_out=figures.left_out,
    )
