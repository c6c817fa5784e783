"""The agreement of two variants: the test examples that only one of them gets right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from bakeoff.analysis.answers.answered import same_images, wrong_answers
from bakeoff.data.truth import Shown, Truth
from bakeoff.training.history import History

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Answers: TypeAlias = Mapping[str, NDArray[np.generic]]

Who: TypeAlias = Literal["first", "second"]

SHOWN = 12
"""The number of examples kept for each of the two ways to disagree."""


@dataclass(frozen=True)
class Fourfold:
    """The numbers of test examples that each gets right, in one round or on average.

    Attributes:
        both: both are right.
        first: only the first.
        second: only the second.
        neither: both are wrong.
    """

    both: float
    first: float
    second: float
    neither: float

    @property
    def examples(self) -> float:
        """All of them."""
        return self.both + self.first + self.second + self.neither


@dataclass(frozen=True)
class GivenAnswer:
    """The answer of one variant to one example.

    Attributes:
        answer: its answer.
        probability: its probability for that answer; None if it is not a choice of two.
        digits: the digits that it read in the images; None without a digit head.
    """

    answer: int
    probability: float | None = None
    digits: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class Disagreement:
    """A test example that one gets right and the other wrong.

    Attributes:
        right: who gets it right.
        round: from 0; if several rounds tested these images, one in which this is so.
        place: among the test examples of the round, from 0.
        truth: the right answer.
        labels: the classes of its images.
        classes: the names of all classes.
        first: the answer of the first variant.
        second: the answer of the second.
        times: the number of rounds that tested these images in which this is so.
        tested: the number of rounds that tested these images.
        pixels: its images, uint8 ``(images, height, width)``, colours last if any.
    """

    right: Who
    round: int
    place: int
    truth: int
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    first: GivenAnswer
    second: GivenAnswer
    times: int
    tested: int
    pixels: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True)
class Agreement:
    """The agreement of two variants on the test examples of the rounds that they share.

    Attributes:
        rounds: the counts of each round, in order.
        mean: their mean; None without rounds.
        disagreements: the strongest ones, at most `SHOWN` that the first gets right, then at most
            `SHOWN` that the second does. The order is by the number of rounds that tested the same
            images, then by the distance between the two probabilities of the right answer, then
            the earliest first. Empty if the test examples are not images, and for a user's own
            task.
    """

    rounds: tuple[Fourfold, ...]
    mean: Fourfold | None
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, eq=False)
class Round:
    """A round that both have finished, with the right answers to its test examples.

    Attributes:
        number: from 0.
        first: the first variant's trial.
        second: the second's.
        truth: the right answers.

    Raises:
        ValueError: the answers stored do not give the error stored: they belong to other examples.
    """

    number: int
    first: History
    second: History
    truth: Truth

    def __post_init__(self) -> None:
        for history in (self.first, self.second):
            wrong_answers(history, self.truth, round=self.number)

    def counts(self) -> Fourfold:
        """Returns how many examples each gets right."""
        first, second = self._right(self.first), self._right(self.second)
        return Fourfold(
            both=int((first & second).sum()),
            first=int((first & ~second).sum()),
            second=int((second & ~first).sum()),
            neither=int((~first & ~second).sum()),
        )

    def sides(self) -> NDArray[np.int64]:
        """Returns 1 if only the first is right, -1 if only the second is, else 0; (N,)."""
        return self._right(self.first).astype(np.int64) - self._right(self.second)

    def gaps(self) -> NDArray[np.float64]:
        """Returns the distance of the probabilities of the right answer, (N,); 0 if unknown."""
        probabilities = [
            history.answers.get("probability") for history in (self.first, self.second)
        ]
        if probabilities[0] is None or probabilities[1] is None:
            return np.zeros(len(self.truth.answers))
        # The distance is the same for the answers 1 and 0.
        return np.abs(probabilities[0].astype(np.float64) - probabilities[1].astype(np.float64))

    def _right(self, history: History) -> NDArray[np.bool_]:
        return np.asarray(history.answers["answer"] == self.truth.answers)


def agreement(rounds: Sequence[Round], *, most: int = SHOWN) -> Agreement:
    """Returns the agreement of two variants over the rounds that they share.

    Args:
        rounds: the rounds that both have finished, of one task.
        most: the most disagreements to keep for each side.
    """
    counts = tuple(each.counts() for each in rounds)
    seen = [(each, each.truth.shown) for each in rounds if each.truth.shown is not None]
    return Agreement(
        rounds=counts,
        mean=_mean(counts) if counts else None,
        disagreements=(
            (*_disagreements(seen, "first", most), *_disagreements(seen, "second", most))
            if seen
            else ()
        ),
    )


def _mean(counts: Sequence[Fourfold]) -> Fourfold:
    return Fourfold(
        both=fmean(count.both for count in counts),
        first=fmean(count.first for count in counts),
        second=fmean(count.second for count in counts),
        neither=fmean(count.neither for count in counts),
    )


def _disagreements(
    seen: Sequence[tuple[Round, Shown]], right: Who, most: int
) -> Iterator[Disagreement]:
    """Yields the examples that only one gets right, the strongest disagreements first."""
    n = len(seen[0][1].items)
    sides = np.concatenate([each.sides() for each, _ in seen]) * (1 if right == "first" else -1)
    gaps = np.concatenate([each.gaps() for each, _ in seen])
    same = same_images([shown.items for _, shown in seen])
    tested, times = np.bincount(same), np.bincount(same, weights=sides > 0)
    net = np.bincount(same, weights=sides)[same]
    order = np.lexsort((-gaps, -net))
    chosen: set[int] = set()
    for spot in order[sides[order] > 0].tolist():
        images = int(same[spot])
        if images in chosen:
            continue
        if len(chosen) == most:
            return
        chosen.add(images)
        row, place = divmod(spot, n)
        each, shown = seen[row]
        seen_in = {"times": int(times[images]), "tested": int(tested[images])}
        yield _disagreement(each, shown, right, place, **seen_in)


def _disagreement(
    each: Round, shown: Shown, right: Who, place: int, *, times: int, tested: int
) -> Disagreement:
    return Disagreement(
        right=right,
        round=each.number,
        place=place,
        truth=int(each.truth.answers[place]),
        labels=tuple(shown.labels[place].tolist()),
        classes=shown.classes,
        first=_answered(each.first.answers, place),
        second=_answered(each.second.answers, place),
        times=times,
        tested=tested,
        pixels=shown.pixels(place),
    )


def _answered(answers: Answers, place: int) -> GivenAnswer:
    answer = int(answers["answer"][place])
    probability = answers.get("probability")
    of_class_1 = None if probability is None else float(probability[place])
    digits = answers.get("digits")
    return GivenAnswer(
        answer=answer,
        probability=of_class_1 if of_class_1 is None or answer == 1 else 1 - of_class_1,
        digits=None if digits is None else tuple(digits[place].tolist()),
    )
