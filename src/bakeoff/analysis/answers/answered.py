"""Trials' answers to the test examples of their rounds, beside the right ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.data.truth import Truth, TruthOf
from bakeoff.training.history import History

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RoundAnswers:
    """A round that some variants have finished.

    Attributes:
        round: from 0.
        truth: the right answers to its test examples.
        trials: the finished ones, by variant's name, in the study's order.
    """

    round: int
    truth: Truth
    trials: dict[str, History]


def answered_rounds(results: Results, truth: TruthOf, *names: str) -> Iterator[RoundAnswers]:
    """Yields the rounds that some variants have finished, in order.

    Args:
        results: of the study, maybe partly run.
        truth: called once for each round yielded.
        names: the variants to use; empty for all of them.
    """
    for number in range(max(map(len, results.histories.values()), default=0)):
        trials = {
            name: history
            for name, histories in results.histories.items()
            if number < len(histories) and (not names or name in names)
            if (history := histories[number]) is not None and history.answers
        }
        if trials:
            yield RoundAnswers(number, truth(number), trials)


def wrong_answers(history: History, truth: Truth, *, round: int) -> NDArray[np.bool_]:
    """Returns which answers of a finished trial are wrong, (N,).

    Args:
        history: the trial's.
        truth: the right answers of its round.
        round: from 0, for the message.

    Raises:
        ValueError: the answers stored do not give the error stored: they belong to other examples.
    """
    wrong = np.asarray(history.answers["answer"] != truth.answers)
    rights = (1 - history.value("test", "error"), history.value("test", "accuracy"))
    stored = [len(truth.answers) * (1 - right) for right in rights if math.isfinite(right)]
    if stored and abs(int(wrong.sum()) - stored[0]) > 0.5:
        raise ValueError(
            f"round {round}: {int(wrong.sum())} of the stored answers are wrong, and the stored "
            f"error says {stored[0]:g}; they were not given to these test examples"
        )
    return wrong


def same_images(items: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Returns a number for each example of each round, equal for the same images.

    Args:
        items: the images of each round's examples, each ``(N, images)``.

    Returns:
        From 0, for the first round's examples, then for the second's, and so on.
    """
    columns = np.concatenate(items).T
    numbers = np.zeros(columns.shape[1], np.int64)
    # The numbers are those that whole rows get, which take numpy six times as long.
    for column in columns:
        _, numbers = np.unique(numbers * (column.max() + 1) + column, return_inverse=True)
    return numbers
