"""What the test examples of a round show, and what is right to answer, without tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bakeoff.data.images import block_means
from bakeoff.data.supervised import Classification, gathered
from bakeoff.data.tasks import DrawnTask, KFold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.task import Task


@dataclass(frozen=True, eq=False)
class Shown:
    """The images of a round's test examples.

    Attributes:
        items: which of the dataset's images each example shows, int64 ``(N, images)``.
        labels: their classes, int64 ``(N, images)``.
        classes: the names of the dataset's classes.
        look: gives the images of some items, ``(images, channels, height, width)``, grey or of
            three colours.
    """

    items: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    look: Callable[[NDArray[np.int64]], NDArray[np.generic]] = field(repr=False)

    def pixels(self, place: int) -> NDArray[np.uint8]:
        """Returns an example's images, uint8 ``(images, height, width)``, colours last if any.

        If an image is not bytes, its least number is black and its greatest is white.
        """
        images = self.look(self.items[place])
        if images.dtype != np.uint8:
            images = np.stack([stretched(image.astype(np.float64)) for image in images])
        pixels = images.astype(np.uint8, copy=False)
        return pixels[:, 0] if pixels.shape[1] == 1 else pixels.transpose(0, 2, 3, 1)


@dataclass(frozen=True, eq=False)
class Truth:
    """The right answers to a round's test examples.

    Attributes:
        answers: int64 ``(N,)``, in the order of `History.answers`.
        shown: their images; None where the data is not images, and for a user's own task.
    """

    answers: NDArray[np.int64]
    shown: Shown | None = None


TruthOf: TypeAlias = Callable[[int], Truth]
"""Gives the right answers to the test examples of a round, from 0."""


def truths_of(task: Task, *, seed: int) -> TruthOf:
    """Returns what draws the right answers of a round when first asked for them, and keeps them.

    Args:
        task: of the trials.
        seed: of their study.
    """

    @cache
    def truth(round: int) -> Truth:
        return truth_of(task, seed=seed, round=round)

    return truth


def truth_of(task: Task, *, seed: int, round: int) -> Truth:
    """Returns the right answers to the test examples of a round.

    They are found without torch where the task says which examples it tests; a user's own task
    knows only how to draw a round whole.

    Args:
        task: of the trials.
        seed: of their study.
        round: from 0.

    Raises:
        DataError: the data is missing, or too little for the round.
    """
    match task:
        case KFold():
            whole = task.task.without_validation()
            return truth_of(whole, seed=seed, round=round // task.folds)
        case DrawnTask():
            return _drawn(task, seed, round)
        case Classification():
            return _classified(task, seed, round)
        case _:
            split = task.draw(seed=seed, round=round).test
            return Truth(split.labels[task.target].numpy().astype(np.int64))


def _drawn(task: DrawnTask, seed: int, round: int) -> Truth:
    from bakeoff.data.drawing import draw_items, test_pool

    task.check()
    examples, sizes = task.dataset.load(), {"test": task.test}
    items = draw_items(examples, sizes, images=task.images, seed=seed, round=round)["test"]
    labels = test_pool(examples).labels[items].astype(np.int64)

    def look(items: NDArray[np.int64]) -> NDArray[np.uint8]:
        # The data is mapped anew, for a map that each of 1,000 rounds keeps fills the memory.
        inputs = test_pool(task.dataset.load()).inputs
        # What a network sees, in whole bytes: means of four are rounded, to even between two.
        means = block_means(inputs[items, 0].astype(np.uint8, copy=False), task.size)
        return np.rint(means).astype(np.uint8)[:, None]

    return Truth(task.named(labels)[task.target], Shown(items, labels, examples.classes, look))


def _classified(task: Classification, seed: int, round: int) -> Truth:
    examples = task.dataset.load()
    items = task.deal(seed=seed, round=round)["test"]
    labels = task.known(examples)[items]
    images = len(examples.shape) == 3 and examples.shape[0] in {1, 3}
    shown = Shown(items, labels, examples.classes, lambda items: gathered(examples, items))
    return Truth(labels[:, 0], shown if images else None)


def stretched(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Returns an image as bytes: its least number is black, its greatest is white."""
    low, high = float(image.min()), float(image.max())
    return np.rint((image - low) * (255 / ((high - low) or 1))).astype(np.uint8)


def drawn_task(task: Task) -> Task:
    """Returns the task whose folds a `KFold` deals, or the task itself."""
    return task.task if isinstance(task, KFold) else task
