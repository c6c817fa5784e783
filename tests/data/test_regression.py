"""Numbers as targets, and folds that keep groups and shares of classes."""

import numpy as np
import pytest

from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.metrics import MAE, Accuracy, Error, RocAuc
from bakeoff.data.supervised import Classification, Regression
from bakeoff.data.table import Table
from bakeoff.data.tasks import DigitPairs, Digits, KFold
from bakeoff.errors import DataError, SpecError, StudyError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(100, 3))


def dataset(labels, groups=None):
    arrays = (X, labels) if groups is None else (X, labels, groups)
    return Cached.of(examples_of(arrays, source="test"))


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_target_is_scaled_by_its_training_split_and_restored(outputs):
    numbers = RNG.normal(50, 20, (100, outputs))
    task = Regression(dataset(numbers), train=60, validation=20, test=20)
    data = task.draw(seed=0, round=1)
    assert task.labels == {"label": (outputs,)}
    train = data.train.labels["label"].numpy()
    assert train.shape == ((60,) if outputs == 1 else (60, outputs))
    assert np.allclose(train.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(train.std(axis=0), 1, atol=1e-6)
    for split in data.splits().values():
        right = numbers[split.items[:, 0]].astype(np.float32)
        found = data.scale.restored(split.labels["label"].numpy())
        assert np.allclose(found, right[:, 0] if outputs == 1 else right, atol=1e-4)


def test_without_standardising_a_target_is_as_it_is():
    numbers = RNG.normal(50, 20, 100)
    task = Regression(dataset(numbers), train=60, test=40, standardise=False)
    data = task.draw(seed=0, round=0)
    assert data.scale is None
    right = numbers[data.test.items[:, 0]].astype(np.float32)
    assert (data.test.labels["label"].numpy() == right).all()


def test_whole_numbers_may_be_a_target_and_text_may_not():
    task = Regression(dataset(RNG.integers(10, 90, 100)), train=60, test=40)
    values = task.known(task.dataset.load())
    assert values.min() >= 10
    with pytest.raises(DataError, match="'b'.*needs numbers|'a'.*needs numbers"):
        Regression(dataset(np.array(["a", "b"] * 50)), train=60, test=40).check()


def test_a_target_that_never_varies_is_refused():
    with pytest.raises(DataError, match="all equal"):
        Regression(dataset(np.full(100, 2.5)), train=60, test=40).draw(seed=0, round=0)


def test_several_columns_may_be_the_target(tmp_path):
    rows = ["a,b,y,z", *(f"{i},{i % 7},{i / 3},{-i / 5}" for i in range(40))]
    (tmp_path / "d.csv").write_text("\n".join(rows))
    table = Table(tmp_path / "d.csv", target=("y", "z"))
    task = Regression(table, train=30, test=10, standardise=False)
    data = task.draw(seed=0, round=0)
    assert task.input_shape == (2,)
    place = int(data.test.items[0, 0])
    assert data.test.labels["label"][0].tolist() == pytest.approx([place / 3, -place / 5])


def test_columns_of_one_name_are_refused(tmp_path):
    (tmp_path / "d.csv").write_text("x,x,y\n1,2,a\n3,4,b\n")
    with pytest.raises(DataError, match="two columns called 'x'"):
        Table(tmp_path / "d.csv", target="y").load()


def test_the_first_metric_is_what_a_task_is_about():
    numbers = dataset(RNG.normal(size=100))
    assert Regression(numbers, train=60, test=40).metric == MAE()
    assert DigitPairs().metric == Error()
    assert Digits(metrics=(Accuracy(), Error())).measured == (Accuracy(), Error())
    folds = KFold(DigitPairs(metrics=(Accuracy(),)), 5)
    assert folds.metric == Accuracy()
    assert folds.metric_called("accuracy") == Accuracy()
    with pytest.raises(StudyError, match="no metric is called 'acuracy'.*'accuracy'"):
        folds.metric_called("acuracy")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (lambda: DigitPairs(metrics=(MAE(),)), ["MAE()", "numbers", "classes", "Accuracy()"]),
        (
            lambda: Regression(
                dataset(RNG.normal(size=100)), train=60, test=40, metrics=(RocAuc(),)
            ),
            ["RocAuc()", "classes", "numbers", "MAE()"],
        ),
        (lambda: DigitPairs(metrics=(Error(), Error())), ["'error' twice"]),
    ],
)
def test_a_metric_that_does_not_fit_a_task_is_refused(task, words):
    with pytest.raises(SpecError) as refused:
        task()
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize("stratify", [False, True])
def test_folds_keep_groups_together(stratify):
    groups = np.arange(100) % 10
    data = dataset(np.arange(100) % 2, groups)
    task = Classification(data, train=80, test=20, stratify=stratify)
    held = []
    for fold in range(4):
        data = KFold(task, 4).draw(seed=0, round=fold)
        inside, outside = (groups[s.items[:, 0]] for s in (data.validation, data.train))
        assert not set(inside) & set(outside)
        held += data.validation.items[:, 0].tolist()
    assert sorted(held) == sorted({*held})


def test_fewer_groups_than_folds_are_refused():
    task = Classification(dataset(np.arange(100) % 2, np.arange(100) % 4), train=75, test=25)
    with pytest.raises(DataError, match="3 groups.*5 folds"):
        KFold(task, 5).draw(seed=0, round=0)


def test_folds_have_their_share_of_every_class_if_asked_for():
    labels = np.arange(100) % 10 == 0
    task = Classification(dataset(labels), train=80, test=20, stratify=True)
    for fold in range(4):
        data = KFold(task, 4).draw(seed=0, round=fold)
        assert int(data.validation.labels["label"].sum()) == 2
