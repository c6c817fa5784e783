"""Any arrays, dealt to splits anew in each round; what is fitted is fitted on training alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Dataset, Examples
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import KFold
from bakeoff.errors import DataError, SpecError


class Made(Dataset):
    """Rows whose first column is their own number, so that each can be told."""

    rows: int = 100
    test_rows: int = 0
    classes: int = 2
    group: int = 0
    images: bool = False
    alone: bool = False

    def read(self) -> Examples:
        def side(start, n):
            rng = np.random.default_rng(start)
            rows = np.arange(start, start + n)
            labels = (rows * 7919) % 101 % self.classes
            if self.alone:
                labels = np.where(rows == start + n - 1, 1, 0)
            inputs = rng.normal(3, 2, (n, 4))
            inputs[:, 0] = rows
            if self.images:
                inputs = rng.integers(0, 256, (n, 5, 9, 3), np.uint8)
            groups = [rows // self.group] if self.group else []
            return (inputs, labels, *groups)

        test = side(self.rows, self.test_rows) if self.test_rows else None
        return examples_of(side(0, self.rows), test, source="made")


def task(dataset=None, **fields):
    given = {"train": 30, "validation": 10, "test": 20} | fields
    return Classification(dataset or Made(), **given)


def items(data):
    return {name: split.items[:, 0] for name, split in data.splits().items()}


DATASETS = [Made(), Made(test_rows=50), Made(classes=5), Made(images=True), Made(group=3, rows=200)]
SAMPLINGS = [None, "resampled", "fixed"]


@pytest.mark.parametrize("dataset", DATASETS, ids=repr)
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("stratify", [False, True])
def test_a_round_has_the_declared_sizes_none_twice_and_is_drawn_again_the_same(
    dataset, sampling, stratify
):
    one = task(dataset, sampling=sampling, stratify=stratify)
    first, again = one.draw(seed=1, round=2), one.draw(seed=1, round=2)
    drawn = items(first)
    assert {name: len(each) for name, each in drawn.items()} == one.sizes
    together = np.concatenate([*drawn.values()])
    assert len(set(together.tolist())) == len(together)
    for name, split in first.splits().items():
        assert split.inputs.dtype == torch.float32
        assert tuple(split.inputs.shape[1:]) == one.input_shape
        assert torch.equal(split.inputs, again.splits()[name].inputs)
        assert torch.equal(split.labels["label"], again.splits()[name].labels["label"])
    for other in (one.draw(seed=1, round=3), one.draw(seed=2, round=2)):
        same = np.array_equal(items(other)["train"], drawn["train"])
        assert same == (sampling == "fixed")


def test_a_test_side_stays_a_test_side_unless_all_is_one_pool():
    dataset = Made(rows=60, test_rows=50)
    redrawn = items(task(dataset).draw(seed=0, round=0))
    assert redrawn["test"].min() >= 60 > max(redrawn["train"].max(), redrawn["validation"].max())
    pooled = items(task(dataset, sampling="resampled").draw(seed=0, round=0))
    assert (pooled["test"] < 60).any()
    assert (pooled["train"] >= 60).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(0, 9), st.sampled_from([2, 3, 7]))
def test_groups_stand_in_one_split(seed, round, size):
    one = task(Made(rows=200, group=size))
    groups = [
        set((each // size).tolist()) for each in items(one.draw(seed=seed, round=round)).values()
    ]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(0, 9))
def test_stratified_splits_have_their_share_of_every_class(seed, round):
    dataset = Made(rows=200, classes=3)
    shares = np.bincount(dataset.load().train.labels) / 200
    data = task(dataset, stratify=True).draw(seed=seed, round=round)
    for split in data.splits().values():
        counts = np.bincount(split.labels["label"], minlength=3)
        assert np.abs(counts - shares * len(split.items)).max() <= 2


@pytest.mark.parametrize("dataset", [Made(), Made(images=True)], ids=repr)
def test_inputs_are_standardised_by_the_training_split(dataset):
    data = task(dataset).draw(seed=0, round=0)
    axes = (0, *range(2, data.train.inputs.dim()))
    mean, sd = (
        data.train.inputs.double().mean(axes),
        data.train.inputs.double().std(axes, correction=0),
    )
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-6, rtol=0)
    torch.testing.assert_close(sd, torch.ones_like(sd), atol=1e-6, rtol=0)
    raw = torch.from_numpy(dataset.load().train.inputs[data.test.items[:, 0]].astype(float))
    train = torch.from_numpy(dataset.load().train.inputs[data.train.items[:, 0]].astype(float))
    shape = (1, -1, *([1] * (raw.dim() - 2)))
    wanted = (raw - train.mean(axes).view(shape)) / train.std(axes, correction=0).view(shape)
    torch.testing.assert_close(data.test.inputs.double(), wanted, atol=1e-5, rtol=0)


def test_without_standardising_bytes_are_from_0_to_1_and_numbers_as_they_are():
    data = task(Made(images=True), standardise=False).draw(seed=0, round=0)
    assert (float(data.train.inputs.min()), float(data.train.inputs.max())) == (0, 1)
    numbers = task(standardise=False).draw(seed=0, round=0).train
    assert numbers.inputs[:, 0].tolist() == numbers.items[:, 0].tolist()


def test_folds_of_a_classification_partition_its_training_examples():
    one = task(validation=5)
    whole = items(one.without_validation().draw(seed=1, round=0))
    rounds = [items(KFold(one, 4).draw(seed=1, round=r)) for r in range(4)]
    held = [set(each["validation"].tolist()) for each in rounds]
    assert set.union(*held) == set(whole["train"].tolist())
    assert sum(map(len, held)) == 30
    for each, fold in zip(rounds, held, strict=True):
        assert set(each["train"].tolist()) == set(whole["train"].tolist()) - fold
        assert each["test"].tolist() == whole["test"].tolist()


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (task(train=71), "71 train"),
        (task(Made(test_rows=19)), "20 test"),
        (task(sampling="redrawn"), "no test side"),
        (task(Made(group=25), train=60, validation=0, test=30), "groups kept together"),
    ],
)
def test_data_that_does_not_do_is_refused_with_the_reason(one, words):
    for use in (one.check, lambda: one.draw(seed=0, round=0)):
        with pytest.raises(DataError, match=words):
            use()


def test_fewer_groups_than_folds_are_refused_before_any_training():
    with pytest.raises(DataError, match="2 groups in its training examples, and 3 folds"):
        KFold(task(Made(group=25), train=50, validation=0, test=25), 3).check()
    KFold(task(Made(group=25), train=50, validation=0, test=25), 2).check()


def test_a_training_split_of_one_class_is_refused():
    one = task(Made(alone=True), train=5, validation=0, test=5)
    with pytest.raises(DataError, match="of one class only"):
        [one.draw(seed=0, round=round) for round in range(3)]


def test_more_folds_than_examples_are_refused():
    with pytest.raises(SpecError, match="only 30 training examples"):
        KFold(task(), 31)
