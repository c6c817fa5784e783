from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from idx_files import Random, contents

from bakeoff.data.dataset import Cached
from bakeoff.data.images import block_means
from bakeoff.data.splits import RoundData
from bakeoff.data.task import Task
from bakeoff.data.tasks import DigitPairs, Digits, KFold, batch_order
from bakeoff.errors import DataError, SpecError
from bakeoff.spec import canonical

HELD = contents(60, 40)
SMALL = Random()
TASKS = [
    DigitPairs(train=10, validation=8, test=9, dataset=SMALL),
    Digits(train=30, validation=8, test=9, dataset=SMALL),
]

counts = st.integers(0, 2**31)


def assert_equal_rounds(first: RoundData, second: RoundData) -> None:
    assert first.splits().keys() == second.splits().keys()
    for name, split in first.splits().items():
        other = second.splits()[name]
        assert torch.equal(split.inputs, other.inputs)
        assert split.labels.keys() == other.labels.keys()
        for label, values in split.labels.items():
            assert torch.equal(values, other.labels[label])
        np.testing.assert_array_equal(split.items, other.items)


# Every task.


@pytest.mark.parametrize("task", TASKS, ids=repr)
@settings(max_examples=10)
@given(seed=counts, round=counts)
def test_a_round_is_the_same_whenever_it_is_drawn(task, seed, round):
    first = task.draw(seed=seed, round=round)
    assert_equal_rounds(first, task.draw(seed=seed, round=round))


@pytest.mark.parametrize("task", TASKS, ids=repr)
@settings(max_examples=10)
@given(seed=counts, round=counts)
def test_another_round_or_seed_draws_other_images(task, seed, round):
    drawn = task.draw(seed=seed, round=round)
    for other in (
        task.draw(seed=seed, round=round + 1),
        task.draw(seed=seed + 1, round=round),
        task.draw(seed=seed + 2**32, round=round),
    ):
        for name, split in drawn.splits().items():
            assert not np.array_equal(split.items, other.splits()[name].items)


@pytest.mark.parametrize("task", TASKS, ids=repr)
@settings(max_examples=20)
@given(seed=counts)
def test_no_image_is_drawn_twice_and_none_of_validation_is_in_train(task, seed):
    data = task.draw(seed=seed, round=0)
    together = np.concatenate([data.train.items.ravel(), data.validation.items.ravel()])
    for items, held in ((together, 60), (data.test.items.ravel(), 40)):
        assert len(set(items.tolist())) == len(items)
        assert items.min() >= 0
        assert items.max() < held


@pytest.mark.parametrize("kind", [DigitPairs, Digits])
@pytest.mark.parametrize("change", [{"validation": 0}, {"validation": 15}, {"test": 3}])
def test_train_does_not_depend_on_the_size_of_other_splits(kind, change):
    task = kind(train=10, validation=8, test=9)
    drawn = task.draw(seed=3, round=1)
    changed = task.replace(**change).draw(seed=3, round=1)
    np.testing.assert_array_equal(changed.train.items, drawn.train.items)
    assert torch.equal(changed.train.inputs, drawn.train.inputs)


@pytest.mark.parametrize("kind", [DigitPairs, Digits])
@pytest.mark.parametrize("change", [{"validation": 0}, {"validation": 15}, {"train": 12}])
def test_test_images_do_not_depend_on_the_size_of_other_splits(kind, change):
    task = kind(train=10, validation=8, test=9)
    changed = task.replace(**change).draw(seed=3, round=1)
    drawn = task.draw(seed=3, round=1)
    np.testing.assert_array_equal(changed.test.items, drawn.test.items)


@pytest.mark.parametrize("kind", [DigitPairs, Digits])
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_smaller_split_is_the_beginning_of_a_larger_one(kind, split):
    task = kind(train=10, validation=8, test=9)
    drawn = task.draw(seed=3, round=1)
    fewer = task.replace(**{split: 5}).draw(seed=3, round=1)
    for name, larger in drawn.splits().items():
        length = 5 if name == split else len(larger.items)
        np.testing.assert_array_equal(fewer.splits()[name].items, larger.items[:length])


@pytest.mark.parametrize("task", TASKS, ids=repr)
@pytest.mark.parametrize("size", [14, 28])
def test_what_is_drawn_has_the_shapes_that_the_task_declares(task, size):
    task = task.replace(size=size)
    data = task.draw(seed=0, round=0)
    assert {name: len(split.inputs) for name, split in data.splits().items()} == task.sizes
    assert task.target in task.labels
    for split in data.splits().values():
        assert split.inputs.shape[1:] == task.input_shape
        assert split.inputs.dtype == torch.float32
        assert split.inputs.is_contiguous()
        assert split.items.dtype == np.int64
        assert split.items.shape == (len(split.inputs), task.input_shape[0])
        assert split.labels.keys() == task.labels.keys()
        for name, values in split.labels.items():
            *positions, classes = task.labels[name]
            assert values.dtype == torch.int64
            assert values.shape == (len(split.inputs), *positions)
            assert 0 <= values.min() <= values.max() < classes


@pytest.mark.parametrize("task", TASKS, ids=repr)
@pytest.mark.parametrize("size", [14, 28])
def test_all_splits_show_their_images_standardised_by_the_train_split(task, size):
    data = task.replace(size=size).draw(seed=0, round=0)
    shown = block_means(HELD["train_images"][data.train.items.ravel()], size).astype(np.float64)
    for name, split in data.splits().items():
        source = HELD["test_images"] if name == "test" else HELD["train_images"]
        pixels = block_means(source[split.items.ravel()], size).reshape(split.inputs.shape)
        expected = (pixels - shown.mean()) / shown.std()
        np.testing.assert_allclose(split.inputs.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_without_validation_there_is_no_such_split():
    task = DigitPairs(train=10, validation=0, test=9)
    assert task.sizes == {"train": 10, "test": 9}
    assert task.draw(seed=0, round=0).validation is None


@pytest.mark.parametrize(
    ("task", "parts"),
    [
        (DigitPairs(train=20, validation=11, test=1), ("62 training images", "holds 60", "2 for")),
        (DigitPairs(train=20, validation=0, test=21), ("42 test images", "holds 40", "21 test")),
        (Digits(train=61, test=1), ("61 training images", "holds 60", "Digits(train=61, test=1")),
        (Digits(train=1, test=41), ("41 test images", "holds 40")),
    ],
)
def test_an_archive_that_is_too_small_is_refused_with_both_numbers(task, parts):
    task = task.with_data(SMALL)
    for use in (task.check, lambda: task.draw(seed=0, round=0)):
        with pytest.raises(DataError) as caught:
            use()
        for part in (*parts, "Draw fewer"):
            assert part in str(caught.value)


@pytest.mark.parametrize(
    "task", [DigitPairs(train=20, validation=10, test=20), Digits(train=60, test=40)]
)
def test_an_archive_of_just_the_size_serves(task):
    data = task.draw(seed=0, round=0)
    assert sum(s.items.size for s in (data.train, data.validation) if s is not None) == 60
    assert data.test.items.size == 40


def test_images_without_any_difference_are_refused():
    with pytest.raises(DataError, match="all of one grey"):
        TASKS[0].with_data(Random(grey=True)).draw(seed=0, round=0)


@pytest.mark.parametrize("kind", [DigitPairs, Digits])
@pytest.mark.parametrize(
    ("field", "value"),
    [("train", 0), ("train", 1.5), ("validation", -1), ("test", 0), ("size", 0), ("sise", 14)],
)
def test_a_wrong_field_is_refused_where_the_task_is_written(kind, field, value):
    with pytest.raises(SpecError, match=rf"{field}.*{value}"):
        kind(**{field: value})


def test_tasks_of_equal_fields_are_equal_and_print_as_code():
    task = DigitPairs(train=500, size=28)
    assert isinstance(task, Task)
    assert repr(task) == "DigitPairs(train=500, size=28)"
    assert eval(repr(task)) == task != DigitPairs(train=500)


# Real digits.


def test_a_pair_is_labelled_by_its_two_digits(mnist):
    data = DigitPairs().draw(seed=0, round=0)
    for name, split in data.splits().items():
        source = mnist.test.labels if name == "test" else mnist.train.labels
        np.testing.assert_array_equal(split.labels["digits"], source[split.items])
        first, second = split.labels["digits"].unbind(1)
        assert torch.equal(split.labels["comparison"], (first <= second).long())


def test_about_55_percent_of_pairs_are_in_order(mnist):
    rounds = [DigitPairs(size=14).draw(seed=0, round=r) for r in range(5)]
    for split in ("train", "validation", "test"):
        shares = [d.splits()[split].labels["comparison"].double().mean() for d in rounds]
        # 5,000 pairs: a standard error of 0.7 points
        assert 0.525 < float(sum(shares)) / 5 < 0.575


@pytest.mark.parametrize("size", [14, 28])
def test_the_train_split_has_mean_0_and_standard_deviation_1(mnist, size):
    data = DigitPairs(size=size).draw(seed=0, round=0)
    train = data.train.inputs.double()
    assert float(train.mean()) == pytest.approx(0, abs=1e-6)
    assert float(train.std(correction=0)) == pytest.approx(1, abs=1e-6)
    assert float(data.test.inputs.double().mean()) != pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("deal", [lambda task: task, KFold], ids=["plain", "folds"])
def test_images_that_are_not_standardised_are_from_black_0_to_white_1(mnist, deal):
    task = Digits(train=30, test=20, standardise=False)
    data = deal(task).draw(seed=0, round=0)
    other = deal(task.replace(standardise=True)).draw(seed=0, round=0)
    for split, standard, images in (
        (data.train, other.train, mnist.train.inputs[:, 0]),
        (data.test, other.test, mnist.test.inputs[:, 0]),
    ):
        np.testing.assert_array_equal(split.items, standard.items)
        shades = images[split.items].astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(split.inputs.numpy(), shades)


def test_the_whole_of_mnist_is_a_round_of_digits(mnist):
    data = Digits(size=14).draw(seed=0, round=0)
    assert data.validation is None
    for split, labels in ((data.train, mnist.train.labels), (data.test, mnist.test.labels)):
        order = split.items[:, 0]
        np.testing.assert_array_equal(np.sort(order), np.arange(len(labels)))
        assert not np.array_equal(order, np.arange(len(labels)))
        np.testing.assert_array_equal(split.labels["digit"], labels[order])


def test_rounds_are_those_that_stored_results_were_made_with(mnist):
    # A change here makes every stored trial wrong: raise the results version with it.
    data = DigitPairs().draw(seed=0, round=3)
    assert data.train.items[:2].tolist() == [[12417, 19760], [41142, 41555]]
    assert data.validation.items[0].tolist() == [46358, 20221]
    assert data.test.items[0].tolist() == [7158, 1699]
    assert batch_order(8, seed=0, round=3, epoch=1).tolist() == [1, 7, 5, 0, 2, 4, 3, 6]


# The order of batches.


@given(n=st.integers(0, 300), seed=counts, round=counts, epoch=counts)
def test_an_epoch_visits_every_example_once(n, seed, round, epoch):
    order = batch_order(n, seed=seed, round=round, epoch=epoch)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


def test_an_order_depends_on_seed_round_and_epoch_and_on_nothing_else():
    given_order = batch_order(50, seed=1, round=2, epoch=3)
    np.random.default_rng().random()
    torch.manual_seed(4)
    np.testing.assert_array_equal(batch_order(50, seed=1, round=2, epoch=3), given_order)
    for change in ({"seed": 2}, {"round": 1}, {"epoch": 2}, {"seed": 1 + (2 << 32)}):
        other = batch_order(50, **({"seed": 1, "round": 2, "epoch": 3} | change))
        assert not np.array_equal(other, given_order)


def test_orders_are_fair():
    # Each of 5 examples stands in each place in a fifth of 2,000 epochs: 400, sd 18.
    orders = np.stack([batch_order(5, seed=0, round=0, epoch=e) for e in range(2000)])
    for place in range(5):
        assert np.all(np.abs(np.bincount(orders[:, place], minlength=5) - 400) < 90)


def test_drawing_and_order_use_streams_of_their_own():
    items = Digits(train=60, test=40).draw(seed=0, round=0)
    orders = [batch_order(n, seed=0, round=0, epoch=e) for n in (40, 60) for e in (0, 1)]
    decks = [items.train.items[:, 0], items.test.items[:, 0], *orders]
    firsts = {tuple(deck[:8].tolist()) for deck in decks}
    assert len(firsts) == len(decks)


@pytest.mark.parametrize("task", [DigitPairs(size=20), Digits(size=7), KFold(Digits(size=27))])
def test_a_size_that_is_neither_the_images_nor_half_of_it_is_refused_with_both(task):
    for use in (task.check, lambda: task.draw(seed=0, round=0)):
        with pytest.raises(DataError, match=r"of shape \(1, 28, 28\)"):
            use()


def test_pairs_need_no_standardising():
    data = DigitPairs(train=20, validation=0, test=10, standardise=False).draw(seed=0, round=0)
    assert (float(data.train.inputs.min()), float(data.train.inputs.max())) == (0, 1)


def test_a_task_counts_by_the_content_of_its_data_and_not_by_where_it_lies():
    task = TASKS[0]
    assert task.digest() == SMALL.digest() != Random(train=61).digest()
    assert KFold(task, 2).digest() == task.digest()
    elsewhere = Cached.of(SMALL.load())
    assert task.with_data(elsewhere).digest() == task.digest()
    assert canonical(task.with_data(elsewhere), defaults=False) == canonical(task, defaults=False)
    assert KFold(task, 2).with_data(elsewhere) == KFold(task.with_data(elsewhere), 2)
    assert_equal_rounds(task.draw(seed=1, round=2), task.with_data(elsewhere).draw(seed=1, round=2))
