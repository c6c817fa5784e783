"""Right answers without tensors: those that a whole round has, for every task."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from bakeoff.data.images import block_means
from bakeoff.data.splits import RoundData, Split
from bakeoff.data.task import Task
from bakeoff.data.tasks import DigitPairs, Digits, KFold
from bakeoff.data.truth import drawn_task, truth_of, truths_of
from bakeoff.errors import DataError

TASKS = [
    DigitPairs(train=30, validation=20, test=17),
    Digits(train=30, validation=0, test=17, size=14),
    KFold(DigitPairs(train=30, test=17), folds=4),
    KFold(Digits(train=30, test=17), folds=3),
]


class Parity(Task):
    """A user's own: it knows how to draw a round, and nothing of images."""

    input_shape: ClassVar = (2,)
    target: ClassVar = "odd"
    labels: ClassVar = {"odd": (2,)}
    sizes: ClassVar = {"train": 2, "test": 3}

    def draw(self, *, seed, round):  # noqa: ARG002
        numbers = torch.arange(3) + round
        split = Split(torch.zeros(3, 2), {"odd": numbers % 2}, numbers.numpy()[:, None])
        return RoundData(split, None, split)


@pytest.mark.parametrize("task", TASKS, ids=repr)
@pytest.mark.parametrize("round", [0, 1, 5])
def test_answers_and_images_are_those_of_the_whole_round(mnist, task, round):
    found = truth_of(task, seed=3, round=round)

    test = task.draw(seed=3, round=round).test
    assert found.answers.tolist() == test.labels[task.target].tolist()
    assert found.answers.dtype == np.int64
    assert found.shown.items.tolist() == test.items.tolist()
    assert found.shown.digits.tolist() == mnist.test.labels[test.items].tolist()


@pytest.mark.parametrize("size", [14, 28])
def test_pixels_are_what_the_network_sees_in_whole_bytes(mnist, size):
    shown = truth_of(DigitPairs(train=1, test=5, size=size), seed=0, round=0).shown

    pixels = shown.pixels(3)

    exact = block_means(mnist.test.inputs[:, 0][shown.items[3]], size)
    assert pixels.shape == (2, size, size)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels - exact).max() <= 0.5
    assert pixels.max() > 128


def test_a_users_own_task_gives_its_answers_and_no_images(mnist):
    found = truth_of(Parity(), seed=0, round=1)

    assert found.answers.tolist() == [1, 0, 1]
    assert found.shown is None


def test_an_archive_that_is_too_small_is_refused(mnist):
    with pytest.raises(DataError, match="test images"):
        truth_of(DigitPairs(train=1, test=5001), seed=0, round=0)


def test_rounds_asked_for_again_are_not_drawn_again(mnist):
    task = TASKS[0]

    truths = truths_of(task, seed=3)

    assert truths(1) is truths(1)
    assert truths(1).answers.tolist() == truth_of(task, seed=3, round=1).answers.tolist()
    assert truths(0).shown.items.tolist() != truths(1).shown.items.tolist()


def test_folds_are_of_the_task_that_is_drawn():
    pairs = DigitPairs(train=30)

    assert drawn_task(pairs) is pairs
    assert drawn_task(KFold(pairs, folds=4)) == pairs
    assert isinstance(drawn_task(Parity()), Parity)
