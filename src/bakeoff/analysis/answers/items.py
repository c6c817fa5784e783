"""The hardest test examples: those that most variants get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.analysis.answers.answered import (
    RoundAnswers,
    answered_rounds,
    same_images,
    wrong_answers,
)
from bakeoff.analysis.results import Results
from bakeoff.data.truth import Shown, TruthOf

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = 12
"""The number of examples kept."""

_DECIMALS = 6
"""The decimals to which shares and probabilities are compared, as float32 allows."""


@dataclass(frozen=True)
class VariantReply:
    """The answers of a variant to an example.

    Attributes:
        variant: its name.
        answers: one for each round that tested the example and that the variant finished.
        right: how many of them are right.
    """

    variant: str
    answers: tuple[int, ...]
    right: int


@dataclass(frozen=True, eq=False)
class HardItem:
    """A test example that many variants get wrong.

    Attributes:
        rounds: the rounds that tested its images and that some variant finished, from 0.
        place: among the test examples of the first of these rounds, from 0.
        truth: the right answer.
        labels: the classes of its images.
        classes: the names of all classes.
        share: the share of variants that get it wrong; a variant that answered in several rounds
            counts by its share of wrong answers.
        replies: the answers of each variant that was tested on it, in the study's order.
        pixels: its images, uint8 ``(images, height, width)``, colours last if any.
    """

    rounds: tuple[int, ...]
    place: int
    truth: int
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    share: float
    replies: tuple[VariantReply, ...]
    pixels: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True)
class HardItems:
    """The hardest test examples of a study.

    Attributes:
        hardest: the largest share of wrong variants first.
        variants: the number of variants that answered each example, which is the greatest number
            that answered any.
        examples: the number of examples considered.
        rounds: the number of their rounds.
    """

    hardest: tuple[HardItem, ...]
    variants: int
    examples: int
    rounds: int


def hardest_items(results: Results, truth: TruthOf, *, most: int = SHOWN) -> HardItems | None:
    """Returns the test examples that the most variants get wrong after the last epoch.

    Examples of several rounds that show the same images count as one. Only examples that the most
    variants answered are considered: a round that only one variant has finished says nothing about
    the others. Examples with equal shares are ordered by the mean probability of the right answer,
    the least first, if trials give one, then by round and place.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round.
        most: the most examples to return; those that every variant gets right are left out.

    Returns:
        None if no trial has finished, and if the test examples are not images.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    rounds = list(answered_rounds(results, truth))
    shown = [each.truth.shown for each in rounds if each.truth.shown is not None]
    if not rounds or len(shown) < len(rounds):
        return None
    pool = _Pool(rounds, shown, same_images([each.items for each in shown]))
    answering, shares = pool.shares()
    looked_at = answering == answering.max()
    _, first = np.unique(pool.same, return_index=True)
    order = np.lexsort((first, pool.sureness().round(_DECIMALS), -shares.round(_DECIMALS)))
    chosen = [image for image in order.tolist() if looked_at[image] and shares[image] > 0][:most]
    used = np.unique(np.flatnonzero(looked_at[pool.same]) // pool.n)
    return HardItems(
        hardest=tuple(pool.hard_item(image, float(shares[image])) for image in chosen),
        variants=int(answering.max()),
        examples=int(looked_at.sum()),
        rounds=len(used),
    )


@dataclass(frozen=True, eq=False)
class _Pool:
    """Rounds of the same number of examples, with a number for the images of each of these."""

    rounds: Sequence[RoundAnswers]
    shown: Sequence[Shown]
    same: NDArray[np.int64]

    @property
    def n(self) -> int:
        """The number of test examples of a round."""
        return len(self.shown[0].items)

    @property
    def images(self) -> int:
        """The number of different examples."""
        return int(self.same.max()) + 1

    def shares(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Returns how many variants answered each example, and the share that was wrong."""
        answering, total = np.zeros(self.images, np.int64), np.zeros(self.images)
        # Variant by variant: of hundreds at a time, a million examples would fill the memory.
        for name in dict.fromkeys(name for answers in self.rounds for name in answers.trials):
            asked, wrong = np.zeros(self.images, np.int64), np.zeros(self.images, np.int64)
            for row, answers in enumerate(self.rounds):
                if name in answers.trials:
                    # No example occurs twice in a round.
                    here, history = self._here(row), answers.trials[name]
                    asked[here] += 1
                    wrong[here] += wrong_answers(history, answers.truth, round=answers.round)
            answering += asked > 0
            total += wrong / np.maximum(asked, 1)
        return answering, total / answering

    def sureness(self) -> NDArray[np.float64]:
        """Returns the mean probability given to the right answer, ``(images,)``; 0 if unknown."""
        total, times = np.zeros(self.images), np.zeros(self.images)
        for row, answers in enumerate(self.rounds):
            for history in answers.trials.values():
                probabilities = history.answers.get("probability")
                if probabilities is None:
                    return np.zeros(self.images)
                of_class_1 = probabilities.astype(np.float64)
                total[self._here(row)] += np.where(
                    answers.truth.answers == 1, of_class_1, 1 - of_class_1
                )
                times[self._here(row)] += 1
        return total / np.maximum(times, 1)

    def hard_item(self, image: int, share: float) -> HardItem:
        spots = [divmod(int(spot), self.n) for spot in np.flatnonzero(self.same == image)]
        row, place = spots[0]
        truth = int(self.rounds[row].truth.answers[place])
        answers: dict[str, list[int]] = {}
        for number, position in spots:
            for name, history in self.rounds[number].trials.items():
                answers.setdefault(name, []).append(int(history.answers["answer"][position]))
        return HardItem(
            rounds=tuple(self.rounds[number].round for number, _ in spots),
            place=place,
            truth=truth,
            labels=tuple(self.shown[row].labels[place].tolist()),
            classes=self.shown[row].classes,
            share=share,
            replies=tuple(
                VariantReply(name, tuple(numbers), numbers.count(truth))
                for name, numbers in answers.items()
            ),
            pixels=self.shown[row].pixels(place),
        )

    def _here(self, row: int) -> NDArray[np.int64]:
        return self.same[row * self.n : (row + 1) * self.n]
