"""What the test examples of a round show, and what is right to answer, without tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bakeoff.data.images import block_means
from bakeoff.data.tasks import DrawnTask, KFold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.task import Task


@dataclass(frozen=True, eq=False)
class Shown:
    """The images of a round's test examples.

    Attributes:
        items: which of the dataset's test images each example shows, int64 ``(N, images)``.
        digits: their classes, int64 ``(N, images)``.
        images: all test images of the dataset, uint8 ``(M, side, side)``.
        size: the side to which the task averages them.
    """

    items: NDArray[np.int64]
    digits: NDArray[np.int64]
    images: NDArray[np.uint8] = field(repr=False)
    size: int

    def pixels(self, place: int) -> NDArray[np.uint8]:
        """Return what a network sees of an example, uint8 ``(images, size, size)``.

        Means of four pixels are rounded, to even where they lie between two bytes.
        """
        return np.rint(block_means(self.images[self.items[place]], self.size)).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Truth:
    """The right answers to a round's test examples.

    Attributes:
        answers: int64 ``(N,)``, in the order of `History.answers`.
        shown: their images; None for a task that is not drawn from an archive's images.
    """

    answers: NDArray[np.int64]
    shown: Shown | None = None


TruthOf: TypeAlias = Callable[[int], Truth]
"""Gives the right answers to the test examples of a round, from 0."""


def truths_of(task: Task, *, seed: int) -> TruthOf:
    """Return what draws the right answers of a round when first asked for them, and keeps them.

    Args:
        task: of the trials.
        seed: of their study.
    """

    @cache
    def truth(round: int) -> Truth:
        return truth_of(task, seed=seed, round=round)

    return truth


def truth_of(task: Task, *, seed: int, round: int) -> Truth:
    """Return the right answers to the test examples of a round.

    They are drawn without the other splits, and without torch, but for a user's own task, which
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
            return truth_of(task.task, seed=seed, round=round // task.folds)
        case DrawnTask():
            return _drawn(task, seed, round)
        case _:
            split = task.draw(seed=seed, round=round).test
            return Truth(split.labels[task.target].numpy().astype(np.int64))


def _drawn(task: DrawnTask, seed: int, round: int) -> Truth:
    from bakeoff.data.drawing import draw_items, test_pool

    task.check()
    examples, sizes = task.dataset.load(), {"test": task.test}
    items = draw_items(examples, sizes, images=task.images, seed=seed, round=round)["test"]
    pool = test_pool(examples)
    digits = pool.labels[items].astype(np.int64)
    shown = Shown(items, digits, pool.inputs[:, 0].astype(np.uint8, copy=False), task.size)
    return Truth(task.named(digits)[task.target], shown)


def drawn_task(task: Task) -> Task:
    """Return the task of which another deals the folds, or the task itself."""
    return task.task if isinstance(task, KFold) else task
