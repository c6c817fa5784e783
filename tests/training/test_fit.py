"""Estimators of scikit-learn as variants: seeded, keyed, measured as networks are."""

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import mean_absolute_error, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from bakeoff.claims.curves import StandsStill
from bakeoff.claims.differences import Better
from bakeoff.claims.facts import ParametersWithin
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.metrics import MAE, Accuracy, Error, MacroF1, RocAuc
from bakeoff.data.supervised import Classification, Regression
from bakeoff.errors import ModelError, SpecError
from bakeoff.models.estimator import Estimator
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.running.worker import Site, answer
from bakeoff.study.claims import Claim
from bakeoff.study.study import Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant
from bakeoff.training.fit import size
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.recipe import Recipe
from bakeoff.training.schedules import Cosine
from bakeoff.training.stopping import Patience

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 5)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] ** 2 + RNG.normal(0, 0.5, 120) > 0.8).astype(int)


def classes(*metrics):
    data = Cached.of(examples_of((X, Y), source="test"))
    return Classification(data, train=80, test=40, metrics=metrics or MEASURED)


MEASURED = (Accuracy(), RocAuc(), MacroF1())


class Mine(ClassifierMixin, BaseEstimator):
    """Answers the commonest class of the user's own accord."""

    def fit(self, x, y):  # noqa: ARG002
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self

    def predict(self, x):
        return np.full(len(x), self.most_)


def study(*estimators, task=None, claims=(), rounds=2):
    variants = tuple(
        Variant(name=str(n), model=Estimator(each)) for n, each in enumerate(estimators)
    )
    return Study(name="s", task=task or classes(), variants=variants, claims=claims, rounds=rounds)


def said(test):
    return Claim(id="1", quote="It is so.", test=test)


def histories(*estimators, **changes):
    made = trials(study(*estimators, **changes), data="")
    return [answer(trial, Site()) for _, trial in made]


def key(estimator):
    return trials(study(estimator), data="")[0][1].key()


def test_what_is_measured_is_what_scikit_learn_says_of_the_round():
    first = histories(RandomForestClassifier(n_estimators=9, random_state=1))[0]
    data = classes().draw(seed=0, round=0)
    forest = RandomForestClassifier(n_estimators=9, random_state=1)
    forest.fit(data.train.inputs.numpy(), data.train.labels["label"].numpy())
    inputs, labels = data.test.inputs.numpy(), data.test.labels["label"].numpy()
    assert first.value("test") == forest.score(inputs, labels)
    sure = forest.predict_proba(inputs)[:, 1]
    assert first.value("test", "roc_auc") == pytest.approx(roc_auc_score(labels, sure))
    assert (first.answers["answer"] == forest.predict(inputs)).all()
    assert first.answers["probability"] == pytest.approx(sure)
    assert (first.epochs, first.curves, first.metric) == (0, {}, "accuracy")
    assert np.isnan(first.value("test", selection="best_on_test"))


def test_a_part_without_a_seed_gets_that_of_the_round():
    once, again = (histories(DecisionTreeClassifier(max_features=1), rounds=3) for _ in range(2))
    for one, other in zip(once, again, strict=True):
        assert (one.answers["answer"] == other.answers["answer"]).all()
    seeds = [trial.weight_seed() for _, trial in trials(study(DecisionTreeClassifier()), data="")]
    assert len(set(seeds)) == 2


def test_numbers_are_predicted_in_the_targets_unit():
    numbers = Cached.of(examples_of((X, 1000 + 100 * X[:, 0]), source="test"))
    task = Regression(numbers, train=80, test=40, metrics=(MAE(),))
    (found,) = histories(LinearRegression(), task=task, rounds=1)
    places = task.draw(seed=0, round=0).test.items[:, 0]
    right = 1000 + 100 * X[places, 0]
    assert found.answers["answer"] == pytest.approx(right, rel=1e-3)
    assert found.value("test") == pytest.approx(
        mean_absolute_error(right, found.answers["answer"]), abs=1e-3
    )


def test_what_chance_gets_is_in_the_targets_unit():
    numbers = Cached.of(examples_of((X, 1000 + 100 * X[:, 0]), source="test"))
    task = Regression(numbers, train=80, test=40, metrics=(MAE(),))
    fitted, constant = histories(LinearRegression(), DummyRegressor(), task=task, rounds=1)
    right = 1000 + 100 * X[task.draw(seed=0, round=0).test.items[:, 0], 0]
    assert fitted.chance == constant.chance == pytest.approx(MAE().chance(right), rel=1e-3)
    assert (fitted.near_chance, constant.near_chance) == (False, True)


def test_without_probabilities_there_is_no_metric_of_them():
    (found,) = histories(RidgeClassifier(), rounds=1)
    assert set(found.final["test"]) == {"accuracy", "macro_f1"}
    only = classes(RocAuc())
    (nothing,) = histories(RidgeClassifier(), task=only, rounds=1)
    assert (nothing.final, nothing.status) == ({}, "finished")
    assert np.isnan(nothing.value("test"))
    assert (nothing.chance, nothing.near_chance, nothing.collapsed) == (None, False, False)


def test_a_class_that_training_lacks_has_no_probability():
    labels = np.array([0, 1] * 50 + [2] * 20)
    data = Cached.of(examples_of((X, labels), source="test"))
    # The first examples of the pool are tested on: all of class 2 are left for training or none.
    task = Classification(data, train=90, test=10, sampling="fixed", metrics=(RocAuc(), Error()))
    (found,) = histories(LogisticRegression(), task=task, rounds=1)
    assert 0 <= found.value("test", "error") <= 1


@pytest.mark.parametrize(
    ("estimator", "numbers"),
    [
        (LogisticRegression(), 6),
        (make_pipeline(StandardScaler(), LogisticRegression()), 6),
        (MLPClassifier((3,), max_iter=5), 5 * 3 + 3 + 3 + 1),
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}), 6),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_the_size_is_that_of_what_was_fitted(estimator, numbers):
    assert size(estimator.fit(X, Y)) == numbers


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(max_depth=2),
        RandomForestClassifier(n_estimators=3, max_depth=2),
        GradientBoostingClassifier(n_estimators=3, max_depth=2),
        HistGradientBoostingClassifier(max_iter=3, max_depth=2),
    ],
)
def test_the_size_of_trees_is_their_nodes(estimator):
    trees = {"n_estimators": 3, "max_iter": 3}.get(
        next((n for n in ("n_estimators", "max_iter") if hasattr(estimator, n)), ""), 1
    )
    assert 3 <= size(estimator.fit(X, Y)) <= 7 * trees


def test_what_tells_no_size_has_none():
    assert size(Mine().fit(X, Y)) is None
    (found,) = histories(Mine(), rounds=1)
    assert found.parameters is None


def test_a_key_is_of_parameters_and_of_the_version(monkeypatch):
    plain = key(RandomForestClassifier())
    assert key(RandomForestClassifier()) == plain
    assert key(RandomForestClassifier(n_estimators=7)) != plain
    assert key(make_pipeline(StandardScaler(), SVC())) != key(make_pipeline(SVC()))
    monkeypatch.setattr(
        "bakeoff.models.estimator.version", lambda name: f"{sklearn.__version__}.other"
    )
    assert key(RandomForestClassifier()) != plain


@pytest.mark.parametrize(
    "estimator",
    [
        SimpleImputer(missing_values=np.nan),
        GridSearchCV(SVC(), {"C": [0.1, 1.0], "kernel": ["linear", "rbf"]}),
        VotingClassifier([("a", SVC()), ("b", LogisticRegression(class_weight={0: 1, 1: 2}))]),
        make_pipeline(FunctionTransformer(np.abs), RandomForestRegressor(max_features=0.5)),
    ],
)
def test_any_estimator_is_made_again_from_its_spec(estimator):
    whole = (
        make_pipeline(estimator, LogisticRegression())
        if not hasattr(estimator, "predict") and not hasattr(estimator, "steps")
        else estimator
    )
    spec = Estimator(whole)
    assert repr(spec.build()) == repr(whole)
    assert spec == Estimator(spec.build())
    assert repr(spec) == f"Estimator({whole!r})"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (RandomForestClassifier, ["class", "RandomForestClassifier()"]),
        (StandardScaler(), ["does not predict", "pipeline"]),
        (3, ["given 3", "get_params"]),
        (LogisticRegression(class_weight=np.ones(3)), ["class_weight", "plain|number"]),
        (make_pipeline(FunctionTransformer(lambda x: x), SVC()), ["func", "top level"]),
    ],
)
def test_what_is_no_estimator_is_refused(given, words):
    with pytest.raises(ModelError) as refused:
        Estimator(given)
    for word in words:
        assert any(part in str(refused.value) for part in word.split("|"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: study(LinearRegression()), ["answers numbers", "holds classes"]),
        (
            lambda: Variant(name="a", model=Estimator(SVC()), objective=Objective(CrossEntropy())),
            ["trains itself", "objective"],
        ),
        (
            lambda: Variant(
                name="a",
                model=Estimator(SVC()),
                recipe=Recipe(epochs=3, schedule=Cosine()),
            ),
            ["SVC()) trains itself; the recipe's schedule is for networks"],
        ),
        (
            lambda: Variant(name="a", model=Estimator(SVC()), recipe=Recipe(epochs=3, clip=1.0)),
            ["SVC()) trains itself; the recipe's clip is for networks"],
        ),
        (
            lambda: Variant(
                name="a",
                model=Estimator(SVC()),
                recipe=Recipe(epochs=3, stopping=Patience(epochs=3)),
            ),
            ["SVC()) trains itself; the recipe's stopping is for networks"],
        ),
        (
            lambda: study(
                SVC(),
                claims=(
                    Claim(id="1", quote="q", test=StandsStill("0", after_epoch=2, margin=0.1)),
                ),
            ),
            ["no curves", "no epochs"],
        ),
        (
            lambda: study(SVC(), claims=(said(ParametersWithin("0", low=1, high=9)),)),
            ["once it is fitted"],
        ),
        (
            lambda: study(
                RidgeClassifier(),
                SVC(),
                task=classes(RocAuc()),
                claims=(said(Better("0", than="1")),),
            ),
            ["no roc_auc", "no probabilities"],
        ),
    ],
)
def test_what_an_estimator_cannot_be_asked_is_refused(make, words):
    with pytest.raises(SpecError) as refused:
        make()
    assert all(word in str(refused.value) for word in words)


def test_what_scikit_learn_warns_of_is_noted():
    (found,) = histories(MLPClassifier((2,), max_iter=1), rounds=1)
    assert any("Maximum iterations" in note for note in found.notes)


def test_networks_and_estimators_stand_in_one_study():
    net = Network(Linear(2), Head("label"), input=(5,))
    mixed = Study(
        name="s",
        task=classes(),
        variants=(Variant(name="net", model=net), Variant(name="tree", model=Estimator(SVC()))),
    )
    assert len({trial.key() for _, trial in trials(mixed, data="")}) == 20
