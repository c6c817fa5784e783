"""Cross-validation: every training example is held out once, and trained on otherwise."""

import numpy as np
import pytest

from bakeoff.data.idx_datasets import MNIST
from bakeoff.data.tasks import DigitPairs, Digits, KFold
from bakeoff.errors import SpecError


@pytest.fixture(scope="module")
def archive():
    return MNIST().load()


@pytest.mark.parametrize("task", [DigitPairs(train=23, test=7), Digits(train=23, test=7, size=14)])
@pytest.mark.parametrize("folds", [2, 5, 23])
def test_the_folds_partition_the_training_examples(archive, task, folds):
    whole = task.draw(seed=1, round=0)
    rounds = [KFold(task, folds).draw(seed=1, round=r) for r in range(folds)]
    held = np.concatenate([one.validation.items for one in rounds])
    assert held.tolist() == whole.train.items.tolist()
    for one in rounds:
        parts = [*one.train.items.tolist(), *one.validation.items.tolist()]
        assert sorted(parts) == sorted(whole.train.items.tolist())
        assert one.test.items.tolist() == whole.test.items.tolist()
    sizes = {len(one.validation.items) for one in rounds}
    assert max(sizes) - min(sizes) <= 1


def test_a_fold_is_standardised_by_its_own_training_examples(archive):
    one = KFold(DigitPairs(train=40, test=5), 4).draw(seed=0, round=2)
    assert abs(one.train.inputs.double().mean().item()) < 1e-5
    assert abs(one.train.inputs.double().std(unbiased=False).item() - 1) < 1e-5


def test_later_rounds_are_folds_of_another_draw(archive):
    task = DigitPairs(train=20, test=5)
    first, again = (KFold(task, 4).draw(seed=0, round=r) for r in (1, 5))
    second = task.draw(seed=0, round=1)
    assert not np.array_equal(first.validation.items, again.validation.items)
    assert again.validation.items.tolist() == second.train.items[5:10].tolist()


def test_labels_go_with_their_images(archive):
    one = KFold(DigitPairs(train=20, test=5), 4).draw(seed=0, round=1)
    digits = archive.train.labels[one.validation.items]
    assert one.validation.labels["digits"].tolist() == digits.tolist()
    assert one.train.labels["comparison"].shape == (15,)


@pytest.mark.parametrize("folds", [0, 1, 21, -3])
def test_folds_that_cannot_be_are_refused(folds):
    with pytest.raises(SpecError, match="folds"):
        KFold(DigitPairs(train=20), folds)


def test_a_limited_task_keeps_an_example_for_each_fold():
    assert KFold(DigitPairs(train=100), 5).limited(3).task.train == 5
    assert DigitPairs().limited(50).sizes == {"train": 50, "validation": 50, "test": 50}
    assert Digits().limited(50).sizes == {"train": 50, "test": 50}
