"""The confusion of classes, and errors by pair of digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.analysis.answers.answered import answered_rounds, wrong_answers
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import DigitPairs, Digits
from bakeoff.data.truth import TruthOf, drawn_task

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CLASSES = 20
"""The most classes of a confusion that is still readable as a table."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """Classes by the classes answered, after the last epoch, summed over rounds.

    Attributes:
        variant: whose answers they are.
        rounds: how many.
        classes: their names, C of them.
        counts: int64 ``(C, C)``: row by the class shown, column by the class answered.
    """

    variant: str
    rounds: int
    classes: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PairErrors:
    """Wrong comparisons by the digits compared, after the last epoch, summed over rounds.

    Attributes:
        variant: whose answers they are.
        rounds: how many.
        classes: the digits' names, C of them.
        wrong: int64 ``(C, C)``: row by the first digit, column by the second.
        pairs: the number of pairs of each, in the same shape.
    """

    variant: str
    rounds: int
    classes: tuple[str, ...]
    wrong: NDArray[np.int64]
    pairs: NDArray[np.int64]


def confusion(results: Results, truth: TruthOf, variant: str) -> Confusion | None:
    """Returns a variant's confusion of classes.

    For `Digits` and `Classification` it counts the answers; for `DigitPairs` it counts the digits
    that the digit head reads in both images.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round.
        variant: its name.

    Returns:
        None for any other task, for more than `MOST_CLASSES` classes, if no round has finished,
        and for pairs without a digit head.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    task = drawn_task(results.study.task)
    if not isinstance(task, Digits | DigitPairs | Classification):
        return None
    classes = task.dataset.load().classes
    if len(classes) > MOST_CLASSES:
        return None
    kind = "digits" if isinstance(task, DigitPairs) else "answer"
    counts, rounds = np.zeros((len(classes), len(classes)), np.int64), 0
    for answers in answered_rounds(results, truth, variant):
        history, shown = answers.trials[variant], answers.truth.shown
        wrong_answers(history, answers.truth, round=answers.round)
        if kind not in history.answers or (shown is None and kind == "digits"):
            return None
        right = answers.truth.answers if shown is None else shown.labels.reshape(-1)
        read = history.answers[kind].astype(np.int64).reshape(-1)
        np.add.at(counts, (right, read), 1)
        rounds += 1
    return Confusion(variant, rounds, classes, counts) if rounds else None


def pair_errors(results: Results, truth: TruthOf, variant: str) -> PairErrors | None:
    """Returns a variant's wrong comparisons by pair of digits.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round.
        variant: its name.

    Returns:
        None for a task other than `DigitPairs`, for more than `MOST_CLASSES` classes, and if no
        round has finished.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    task = drawn_task(results.study.task)
    if not isinstance(task, DigitPairs):
        return None
    classes = task.dataset.load().classes
    if len(classes) > MOST_CLASSES:
        return None
    wrong, pairs = (np.zeros((len(classes), len(classes)), np.int64) for _ in range(2))
    rounds = 0
    for answers in answered_rounds(results, truth, variant):
        shown = answers.truth.shown
        if shown is None:
            return None
        first, second = shown.labels.T
        mistakes = wrong_answers(answers.trials[variant], answers.truth, round=answers.round)
        np.add.at(pairs, (first, second), 1)
        np.add.at(wrong, (first[mistakes], second[mistakes]), 1)
        rounds += 1
    return PairErrors(variant, rounds, classes, wrong, pairs) if rounds else None


def best_variant(results: Results, *, digits: bool = False) -> str | None:
    """Returns the variant of the best mean test figure after the last epoch, the first of equals.

    Two variants are compared in the rounds that both have finished. A variant that finished fewer
    rounds than another must be better in each of them.

    Args:
        results: of the study, maybe partly run.
        digits: whether to look only at variants that were measured on single digits.

    Returns:
        None if none has finished a round.
    """
    metric = results.study.metric
    figures = {
        name: {
            number: history.value("test")
            for number, history in enumerate(histories)
            if history is not None
            and history.answers
            and (not digits or "digits" in history.answers)
        }
        for name, histories in results.histories.items()
    }
    first, *others = sorted(figures, key=lambda name: -len(figures[name]))
    for name in others:
        best, other = figures[first], figures[name]
        shared = sorted(best.keys() & other.keys())
        leads = [metric.gain(other[number], best[number]) for number in shared]
        if len(other) < len(best):
            better = bool(leads) and min(leads) > 0
        else:
            better = round(sum(leads), DECIMALS) > 0
        if better:
            first = name
    return first if figures[first] else None
