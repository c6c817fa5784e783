"""Right answers without tensors: those that a whole round has, for every task."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.images import block_means
from bakeoff.data.splits import RoundData, Split
from bakeoff.data.supervised import Classification
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
    assert found.shown.labels.tolist() == mnist.test.labels[test.items].tolist()


@pytest.mark.parametrize("size", [14, 28])
def test_pixels_are_what_the_network_sees_in_whole_bytes(mnist, size):
    shown = truth_of(DigitPairs(train=1, test=5, size=size), seed=0, round=0).shown

    pixels = shown.pixels(3)

    exact = block_means(mnist.test.inputs[:, 0][shown.items[3]], size)
    assert pixels.shape == (2, size, size)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels - exact).max() <= 0.5
    assert pixels.max() > 128


def images(*, test=40):
    """Return colour images of 5 x 9, the first value telling which each is, and their classes."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 200, (60 + test, 5, 9, 3), np.uint8)
    pixels[:, 0, 0, 0] = np.arange(60 + test)
    names = np.array(["ant", "bee", "cow"])[np.arange(60 + test) % 3]
    train, rest = (pixels[:60], names[:60]), (pixels[60:], names[60:])
    return Cached.of(examples_of(train, rest if test else None, source="images"))


CLASSIFIED = {
    "sides": lambda: Classification(images(), train=30, validation=20, test=17),
    "pool": lambda: Classification(images(test=0), train=20, test=17, stratify=True),
    "fixed": lambda: Classification(images(), train=20, test=17, sampling="fixed"),
    # Without folds there are too few examples to validate on.
    "folds": lambda: KFold(Classification(images(), train=60, validation=40, test=17), folds=4),
}


@pytest.mark.parametrize("name", CLASSIFIED)
@pytest.mark.parametrize("round", [0, 1, 5])
def test_classified_images_are_those_of_the_whole_round(name, round):
    task = CLASSIFIED[name]()

    found = truth_of(task, seed=3, round=round)

    test, examples = task.draw(seed=3, round=round).test, drawn_task(task).dataset.load()
    pools = [pool.inputs for pool in (examples.train, examples.test) if pool is not None]
    assert found.answers.tolist() == test.labels["label"].tolist()
    assert found.shown.labels[:, 0].tolist() == found.answers.tolist()
    assert found.shown.classes == ("ant", "bee", "cow")
    for place, item in enumerate(test.items[:, 0]):
        (pixels,) = found.shown.pixels(place)
        assert np.array_equal(pixels, np.concatenate(pools)[item].transpose(1, 2, 0))
        assert pixels[0, 0, 0] == item


def test_numbers_are_shown_from_black_to_white():
    grey = np.array([[[0.0, 0.5], [0.25, 1.0]], [[7.0, 7.0], [7.0, 7.0]]] * 2)[:, None]
    data = Cached.of(examples_of((grey, np.array([0, 1, 0, 1])), source="numbers"))
    shown = truth_of(Classification(data, train=2, test=2, sampling="fixed"), seed=0, round=0).shown

    assert shown.pixels(0).tolist() == [[[0, 128], [64, 255]]]
    assert shown.pixels(1).tolist() == [[[0, 0], [0, 0]]]


@pytest.mark.parametrize("shape", [(4,), (4, 4), (2, 4, 4), (4, 4, 4)], ids=str)
def test_rows_and_other_arrays_have_answers_and_no_images(shape):
    data = (np.ones((20, *shape)), np.arange(20) % 2)
    found = truth_of(
        Classification(Cached.of(examples_of(data, source="rows")), train=10, test=5),
        seed=0,
        round=0,
    )

    assert len(found.answers) == 5
    assert found.shown is None


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
