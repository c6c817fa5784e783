"""What each metric says of answers, and what everything else asks it."""

import warnings

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st

import bakeoff
from bakeoff.data.metric import MINUS, Metric, Predictions
from bakeoff.data.metrics import (
    MAE,
    R2,
    RMSE,
    Accuracy,
    BalancedAccuracy,
    Brier,
    CalibrationError,
    DigitAccuracy,
    DigitError,
    Error,
    LogLoss,
    MacroF1,
    RocAuc,
    TopKAccuracy,
    TopKError,
)

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 4, 200)
SCORES = RNG.normal(size=(200, 4)) + 1.5 * np.eye(4)[LABELS]
PROBABILITIES = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
CLASSES = Predictions(SCORES.argmax(axis=1), LABELS, scores=SCORES, probabilities=PROBABILITIES)
TARGET = RNG.normal(50, 10, (80, 2))
NUMBERS = Predictions(TARGET + RNG.normal(0, 3, (80, 2)), TARGET)

EVERY = [
    getattr(bakeoff, name)
    for name in bakeoff.__all__
    if isinstance(getattr(bakeoff, name), type) and issubclass(getattr(bakeoff, name), Metric)
]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (Error(), 1 - sk.accuracy_score(LABELS, CLASSES.answers)),
        (Accuracy(), sk.accuracy_score(LABELS, CLASSES.answers)),
        (BalancedAccuracy(), sk.balanced_accuracy_score(LABELS, CLASSES.answers)),
        (TopKAccuracy(2), sk.top_k_accuracy_score(LABELS, SCORES, k=2)),
        (TopKError(3), 1 - sk.top_k_accuracy_score(LABELS, SCORES, k=3)),
        (MacroF1(), sk.f1_score(LABELS, CLASSES.answers, average="macro")),
        (RocAuc(), sk.roc_auc_score(LABELS, PROBABILITIES, multi_class="ovr")),
        (LogLoss(), sk.log_loss(LABELS, PROBABILITIES)),
        (Brier(), np.mean(((PROBABILITIES - np.eye(4)[LABELS]) ** 2).sum(axis=1))),
    ],
)
def test_a_metric_of_classes_is_what_its_definition_says(metric, value):
    assert metric.compute(CLASSES) == pytest.approx(value)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (MAE(), np.abs(NUMBERS.answers - TARGET).mean()),
        (RMSE(), np.sqrt(((NUMBERS.answers - TARGET) ** 2).mean(axis=0)).mean()),
        (R2(), sk.r2_score(TARGET, NUMBERS.answers)),
    ],
)
def test_a_metric_of_numbers_is_what_its_definition_says(metric, value):
    assert metric.compute(NUMBERS) == pytest.approx(value)


def test_the_area_under_the_curve_of_two_classes_is_that_of_the_second():
    labels, sure = np.array([0, 1, 1, 0]), np.array([0.1, 0.8, 0.3, 0.4])
    found = Predictions(labels, labels, probabilities=np.stack([1 - sure, sure], axis=1))
    assert RocAuc().compute(found) == pytest.approx(3 / 4)
    one = Predictions(labels[:1], labels[:1], probabilities=found.probabilities[:1])
    assert np.isnan(RocAuc().compute(one))


def test_calibration_is_the_gap_between_how_sure_and_how_often_right():
    # Nine answers at 80%, of which six are right: a gap of 0.8 - 2/3.
    probabilities = np.tile([0.8, 0.2], (9, 1))
    labels = np.array([0] * 6 + [1] * 3)
    found = Predictions(np.zeros(9, int), labels, probabilities=probabilities)
    assert CalibrationError().compute(found) == pytest.approx(0.8 - 2 / 3)
    sure = Predictions(labels, labels, probabilities=np.eye(2)[labels])
    assert CalibrationError().compute(sure) == 0


def test_digits_are_read_off_the_head_that_is_trained_on_them():
    outputs = np.zeros((2, 2, 10))
    outputs[[0, 0, 1, 1], [0, 1, 0, 1], [3, 4, 5, 6]] = 1
    labels = np.array([[3, 4], [5, 7]])
    found = Predictions(
        np.zeros(2, int), np.zeros(2, int), outputs={"digits": outputs}, labels={"digits": labels}
    )
    assert DigitError().compute(found) == 1 / 4
    assert DigitAccuracy().compute(found) == 3 / 4


@pytest.mark.parametrize("cls", [c for c in EVERY if c is not Metric], ids=lambda c: c.__name__)
def test_a_metric_is_whole_and_stays_within_its_bounds(cls):
    metric = cls()
    predictions = NUMBERS if metric.kind == "numbers" else CLASSES
    if metric.label:
        pytest.skip("of a further head")
    if isinstance(metric, TopKError | TopKAccuracy):
        metric = cls(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = metric.compute(predictions)
    assert isinstance(value, float)
    assert metric.within(value) == value
    assert metric.name.isidentifier()
    perfect = Predictions(
        predictions.target,
        predictions.target,
        scores=np.eye(4)[LABELS],
        probabilities=np.eye(4)[LABELS],
    )
    # Nothing is better than the right answers.
    assert metric.gain(metric.compute(perfect), value) >= 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_the_best_value_gains_on_every_other(values):
    for metric in (Error(), Accuracy()):
        best = values[metric.best(values)]
        assert all(metric.gain(best, value) >= 0 for value in values)
        assert values.index(best) == metric.best(values)


@pytest.mark.parametrize(
    ("metric", "value", "text", "difference"),
    [
        (Error(), 0.1353, "13.53", "+13.53"),
        (Accuracy(), 1.0, "100.00", "+100.00"),
        (MacroF1(), 0.5, "0.5000", "+0.5000"),
        (MAE(), 45.319, "45.32", "+45.32"),
        (MAE(), 0.0023141, "0.002314", "+0.002314"),
        (MAE(), 123456.7, "123,457", "+123,457"),
        (R2(), -0.25, f"{MINUS}0.2500", f"{MINUS}0.2500"),
        (Error(), -0.0000001, "0.00", "0.00"),
        (MAE(), 0.0, "0.000", "0.000"),
    ],
)
def test_a_metric_prints_its_values(metric, value, text, difference):
    assert metric.printed(value) == text
    assert metric.printed_difference(value) == difference


@pytest.mark.parametrize(
    ("metric", "given", "reason"),
    [
        (RocAuc(), {"probabilities": False}, "probabilities"),
        (TopKError(5), {"classes": 5}, "6 classes"),
        (DigitError(), {"labels": ()}, "'digits'"),
        (Error(), {"probabilities": False, "labels": (), "classes": 2}, ""),
        (MAE(), {"classes": 1}, ""),
    ],
)
def test_what_a_model_lacks_is_told(metric, given, reason):
    whole = {"labels": ("digits",), "classes": 10, "probabilities": True} | given
    assert reason in metric.lacking(**whole)
    assert bool(metric.lacking(**whole)) == bool(reason)
