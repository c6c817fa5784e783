"""A loaded model answers its test split as the trial did, whatever network was measured."""

import numpy as np
import pytest
import torch
from made_models import DIGITS, PAIRS, history_of, pairs_variant, study_of
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bakeoff
from bakeoff import (
    EMA,
    Affine,
    BatchNorm,
    Classification,
    CompareDigits,
    Conv,
    CrossEntropy,
    Digits,
    Ensemble,
    Estimator,
    Head,
    KFold,
    Linear,
    MaxPool,
    ModelSpec,
    Network,
    Objective,
    Patience,
    PerImage,
    Recipe,
    Regression,
    ReLU,
    Table,
    Threshold,
    Variant,
    Views,
)
from bakeoff.api.plan import plan_of
from bakeoff.errors import DataError, ModelError
from bakeoff.inference.describe import raw_test
from bakeoff.inference.folder import read_description, read_file
from bakeoff.inference.onnx import Graph

BLOCK = (BatchNorm(), ReLU(), MaxPool(2))
CONV = Network(
    PerImage(Conv(4, 3), *BLOCK, Linear(10), Head("digits"), shared=False),
    Linear(2),
    Head("comparison"),
)
BOTH = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))


class Own(ModelSpec):
    width: int = 8

    def build(self):
        from torch import nn

        return nn.Sequential(nn.Flatten(), nn.Linear(392, self.width), nn.Linear(self.width, 2))


class Forgetful(ModelSpec):
    """Keeps what it has seen outside of its parameters and buffers."""

    def build(self):
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.line, self.shift = torch.nn.Linear(392, 2), torch.zeros(2)

            def forward(self, x):
                if self.training:
                    self.shift = torch.tensor([1e3, 0.0])
                return self.line(x.flatten(1)) + self.shift

        return Net()


VARIANTS = {
    "layers": pairs_variant(CONV).replace(objective=BOTH),
    "digits compared": pairs_variant(CONV).replace(
        objective=BOTH, decision=CompareDigits(by="probability")
    ),
    "average": pairs_variant(CONV, averaging=EMA(decay=0.5)),
    "stopped": pairs_variant(epochs=12, stopping=Patience(epochs=2)).replace(
        optimizer=bakeoff.Adam(lr=0.1)
    ),
    "ensemble": pairs_variant(Ensemble(CONV, members=2)),
    "views": pairs_variant(CONV, views=Views(augmentation=(Affine(rotation=20),), number=3)),
    "bfloat16": pairs_variant(CONV, precision="bfloat16"),
    "as written": pairs_variant(CONV, fused=False),
}


def raw_split(study):
    """Return the raw test inputs of a study's first round."""
    task = plan_of(study).study.task
    return raw_test(task, task.draw(seed=study.seed, round=0))


@pytest.mark.parametrize("name", VARIANTS)
def test_the_network_that_was_measured_is_kept(name, trained, tmp_path):
    study = study_of(VARIANTS[name])
    model = trained(study)
    answers = bakeoff.load_model(model.folder).predict(raw_split(study))
    history = history_of(study, tmp_path)
    np.testing.assert_array_equal(answers.answers, history.answers["answer"])
    room = 1e-2 if name == "bfloat16" else 1e-5
    np.testing.assert_allclose(
        answers.probabilities[:, 1], history.answers["probability"], atol=room
    )
    if name == "stopped":
        # Else nothing is shown.
        assert history.value("test", "loss") != history.curves["test"]["loss"][-1]
    if "digits" in history.answers:
        digits = [tuple(map(str, pair)) for pair in history.answers["digits"]]
        assert answers.digits == tuple(digits)


def test_inputs_are_preprocessed_to_the_bit(trained):
    for task in (PAIRS, PAIRS.replace(standardise=False), KFold(PAIRS, folds=3)):
        study = study_of(pairs_variant(), task)
        data = task.draw(seed=0, round=0)
        model = trained(study, f"w{id(task)}")
        net = bakeoff.load_model(model.folder)
        raw = raw_test(task, data)
        assert raw.dtype == np.uint8
        assert torch.equal(net.preprocess(torch.tensor(raw)), data.test.inputs)


@pytest.fixture
def houses(tmp_path):
    rng = np.random.default_rng(0)
    rooms, kind = rng.integers(1, 9, 200), rng.choice(["flat", "house"], 200)
    price = 100 * rooms + 50 * (kind == "house") + rng.normal(size=200)
    age = np.where(rng.random(200) < 0.2, "", rng.integers(1, 99, 200).astype(str))
    lines = [f"{r},{k},{a},{p:.2f}" for r, k, a, p in zip(rooms, kind, age, price, strict=True)]
    (tmp_path / "houses.csv").write_text("\n".join(["rooms,kind,age,price", *lines]) + "\n")
    return tmp_path / "houses.csv"


def test_a_table_with_categories_and_gaps_in_its_own_unit(trained, houses, tmp_path):
    task = Regression(Table(houses, target="price", missing="median"), train=100, test=50)
    net = Network(Linear(8), ReLU(), Linear(1), Head("label"), input=(4,))
    study = study_of(Variant(name="v", model=net, recipe=Recipe(epochs=3, batch=10)), task)
    model = trained(study, onnx=True)
    columns = [(each.name, each.categories) for each in model.description.inputs.columns]
    assert columns == [("rooms", ()), ("kind", ("flat", "house")), ("age", ())]
    raw, history = raw_split(study), history_of(study, tmp_path)
    assert np.isnan(raw).any()
    answers = bakeoff.load_model(model.folder).predict(raw)
    np.testing.assert_allclose(answers.answers, history.answers["answer"], rtol=1e-5)
    graph = Graph(model.description, read_file(model.folder, "model.onnx", model.description))
    np.testing.assert_allclose(graph.predict(raw).answers, answers.answers, rtol=1e-4)


ESTIMATORS = {
    "classes": LogisticRegression(),
    "forest": RandomForestClassifier(n_estimators=5),
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "boosted trees": HistGradientBoostingClassifier(max_iter=5),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_is_kept_as_its_graph(name, trained, tmp_path):
    task = Digits(train=200, test=50, size=14)
    study = study_of(Variant(name="v", model=Estimator(ESTIMATORS[name])), task)
    model = trained(study)
    assert not (model.folder / "model.safetensors").exists()
    graph = Graph(model.description, read_file(model.folder, "model.onnx", model.description))
    answers = graph.predict(raw_split(study))
    np.testing.assert_array_equal(answers.answers, history_of(study, tmp_path).answers["answer"])
    assert answers.probabilities.shape == (50, 10)
    assert answers.labels[0] in "0123456789"
    assert "opset ONNX 18 and ai.onnx.ml 3 and" in model.remarks[-1]
    with pytest.raises(ModelError, match="no weights of torch"):
        bakeoff.load_model(model.folder)


def test_an_estimator_of_numbers_answers_in_their_unit(trained, houses, tmp_path):
    task = Regression(Table(houses, target="price", missing="mean"), train=100, test=50)
    study = study_of(Variant(name="v", model=Estimator(Ridge())), task)
    model = trained(study)
    graph = Graph(model.description, read_file(model.folder, "model.onnx", model.description))
    answers = graph.predict(raw_split(study)).answers
    np.testing.assert_allclose(answers, history_of(study, tmp_path).answers["answer"], rtol=1e-4)


GRAPHS = ("layers", "digits compared", "ensemble", "as written")


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_answers_as_torch_does_for_any_batch(name, trained):
    study = study_of(VARIANTS[name])
    model = trained(study, onnx=True)
    raw, net = raw_split(study), bakeoff.load_model(model.folder)
    graph = Graph(model.description, read_file(model.folder, "model.onnx", model.description))
    for few in (raw, raw[:1], raw[:0]):
        one, two = net.predict(few), graph.predict(few)
        assert (one.labels, one.digits) == (two.labels, two.digits)
        if len(few):
            np.testing.assert_allclose(one.probabilities, two.probabilities, atol=1e-5)
    assert "opset ONNX 18" in model.remarks[-1]


def test_export_writes_the_same_graph_later(trained, tmp_path):
    study = study_of(VARIANTS["layers"])
    model = trained(study)
    assert not (model.folder / "model.onnx").exists()
    assert "40 examples" in bakeoff.export(model.folder)
    description = read_description(model.folder)
    graph = Graph(description, read_file(model.folder, "model.onnx", description))
    raw = raw_split(study)
    assert graph.predict(raw).labels == bakeoff.load_model(model.folder).predict(raw).labels


def test_another_model_in_the_folder_takes_the_graph_of_the_first_away(trained):
    first = trained(study_of(VARIANTS["layers"]))
    bakeoff.export(first.folder)
    second = trained(study_of(pairs_variant(DIGITS)))
    assert second.folder == first.folder
    assert {path.name for path in second.folder.iterdir()} == {
        name for name, _ in second.description.files
    } | {"model.json"}


def test_a_graph_of_data_on_disk_is_checked_on_what_is_cached(trained, tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(100, 2))]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c", *lines]) + "\n")
    task = Classification(Table(tmp_path / "t.csv", target="c"), train=60, test=30)
    net = Network(Linear(1), Head("label"), input=(2,))
    variant = Variant(
        name="v",
        model=net,
        objective=Objective(bakeoff.BinaryCrossEntropy()),
        decision=Threshold(at=0.3),
        recipe=Recipe(epochs=2, batch=10),
    )
    model = trained(study_of(variant, task))
    (tmp_path / "t.csv").unlink()
    assert "30 examples" in bakeoff.export(model.folder)
    assert model.description.classes == ("no", "yes")


@pytest.mark.parametrize("name", ["views", "train mode"])
def test_a_network_that_answers_by_the_batch_is_not_exported(name, trained):
    variant = VARIANTS.get(name, pairs_variant(CONV, evaluate_in_train_mode=True))
    model = trained(study_of(variant))
    with pytest.raises(ModelError, match="'v' cannot be exported.*rest of the batch"):
        bakeoff.export(model.folder)
    if name == "train mode":
        net = bakeoff.load_model(model.folder)
        assert net.net.training
        with pytest.raises(ModelError, match="answers no single example"):
            net.predict(np.zeros((1, 2, 28, 28), np.uint8))


def test_a_class_of_ones_own_is_given_and_has_a_graph(trained, tmp_path):
    study = study_of(pairs_variant(Own(width=5)))
    model = trained(study)
    with pytest.raises(ModelError, match=r"made of 'Own'.*code=\[Own\]"):
        bakeoff.load_model(model.folder)
    net = bakeoff.load_model(model.folder, code=[Own])
    raw, history = raw_split(study), history_of(study, tmp_path)
    np.testing.assert_array_equal(net.predict(raw).answers, history.answers["answer"])
    description = read_description(model.folder, graph_only=True)
    assert description.model is None
    graph = Graph(description, read_file(model.folder, "model.onnx", description))
    assert graph.predict(raw).labels == net.predict(raw).labels


def test_a_module_that_keeps_something_aside_is_refused(trained):
    with pytest.raises(ModelError, match="register_buffer"):
        trained(study_of(pairs_variant(Forgetful())))


def test_inputs_of_another_shape_or_type_are_refused(trained):
    net = bakeoff.load_model(trained(study_of(pairs_variant(DIGITS))).folder)
    with pytest.raises(DataError, match=r"takes \(N, 2, 28, 28\)"):
        net.predict(np.zeros((3, 28, 28), np.uint8))
    with pytest.raises(DataError, match="takes bytes"):
        net.predict(np.zeros((3, 2, 28, 28)))
    assert net.predict(np.zeros((0, 2, 28, 28), np.uint8)).labels == ()
    assert net.train().net.training
    assert not net.eval().net.training
