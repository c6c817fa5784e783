"""What counts as near chance: constants and noise do, and what has learnt a little does not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import mannwhitneyu

from bakeoff.data.metric import Metric, Predictions
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

OF_CLASSES = [
    *(Error(), Accuracy(), BalancedAccuracy(), MacroF1(), RocAuc(), LogLoss(), Brier()),
    *(TopKError(2), TopKAccuracy(2)),
]
OF_NUMBERS = [MAE(), RMSE(), R2()]
SHARES = {
    "even": np.array([0.5, 0.5]),
    "uneven": np.array([0.9, 0.1]),
    "three": np.array([0.7, 0.2, 0.1]),
    "ten": np.full(10, 0.1),
}
SPLITS = 60
CASES = [
    pytest.param(metric, shares, id=f"{metric.name} {law}")
    for metric in OF_CLASSES
    for law, shares in SHARES.items()
    if len(shares) >= metric.least_classes
]


def name_of(value):
    return value.name if isinstance(value, Metric) else None


def given_probabilities(truth, probabilities):
    answers = probabilities.argmax(axis=1)
    return Predictions(answers, truth, scores=probabilities, probabilities=probabilities)


def softmax(scores):
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


def constant(generator, truth, shares):
    return given_probabilities(truth, np.tile(shares, (len(truth), 1)))


def near_constant(generator, truth, shares):
    noise = generator.normal(0, 0.05, (len(truth), len(shares)))
    return given_probabilities(truth, softmax(np.log(shares) + noise))


def at_random(generator, truth, shares):
    return given_probabilities(truth, softmax(generator.normal(size=(len(truth), len(shares)))))


def by_shares(generator, truth, shares):
    drawn = generator.choice(len(shares), len(truth), p=shares)
    return given_probabilities(truth, softmax(4.0 * np.eye(len(shares))[drawn]))


def near(metric, predictions):
    """Whether predictions are near chance; True also where that cannot be told."""
    limit = metric.chance(predictions.target)
    value = metric.compute(predictions)
    return limit is None or math.isnan(value) or metric.gain(value, limit) <= 0


@pytest.mark.parametrize("useless", [constant, near_constant, at_random, by_shares])
@pytest.mark.parametrize(("metric", "shares"), CASES)
def test_answers_that_know_nothing_are_near_chance(metric, shares, useless):
    generator = np.random.default_rng(1)
    beyond = 0
    for _ in range(SPLITS):
        truth = generator.choice(len(shares), 300, p=shares)
        beyond += not near(metric, useless(generator, truth, shares))
    # 2.5%, and what chance adds to it over so few splits.
    assert beyond <= (0 if useless is constant else 0.1 * SPLITS)


@pytest.mark.parametrize(("metric", "shares"), CASES)
def test_answers_that_know_something_are_not(metric, shares):
    generator = np.random.default_rng(2)
    truth = generator.choice(len(shares), 1000, p=shares)
    scores = generator.normal(size=(1000, len(shares))) + np.log(shares)
    sure = softmax(scores + 3 * np.eye(len(shares))[truth])
    assert not near(metric, given_probabilities(truth, sure))


def test_five_points_more_on_a_thousand_examples_are_not_chance():
    truth = np.repeat([0, 1], 500)
    answers = truth.copy()
    answers[:225] = 1
    answers[500:725] = 0  # 55.0% are right.
    for metric in (Error(), Accuracy(), BalancedAccuracy(), MacroF1()):
        assert not near(metric, Predictions(answers, truth)), metric
    answers[225:237] = 1
    answers[725:737] = 0  # 52.6% are.
    assert near(Error(), Predictions(answers, truth))


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (Error(), 0.4 - 1.96 * math.sqrt(0.6 * 0.4 / 100)),
        (Accuracy(), 0.6 + 1.96 * math.sqrt(0.6 * 0.4 / 100)),
        (BalancedAccuracy(), 0.5 + 1.96 * math.sqrt(0.25 / 60 + 0.25 / 40) / 2),
        (MacroF1(), 0.5 + 1.96 * math.sqrt(1 / 100) / 2),
        (RocAuc(), 0.5 + 1.96 * math.sqrt(101 / (12 * 60 * 40))),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_limit_is_what_its_formula_says(metric, value):
    truth = np.repeat([3, 7], [60, 40])
    assert metric.chance(truth) == pytest.approx(value)


def test_the_limit_of_probabilities_is_that_of_the_shares_losses():
    truth = np.repeat([0, 1], [90, 10])
    losses = np.where(truth == 0, -np.log(0.9), -np.log(0.1))
    assert LogLoss().chance(truth) == pytest.approx(losses.mean() - 1.96 * losses.std() / 10)
    losses = np.where(truth == 0, 2 * 0.1**2, 2 * 0.9**2)
    assert Brier().chance(truth) == pytest.approx(losses.mean() - 1.96 * losses.std() / 10)
    even = np.repeat([0, 1], 50)
    assert LogLoss().chance(even) == pytest.approx(math.log(2) - 1.96**2 / 200)


def test_the_spread_of_an_area_is_that_of_scores_at_random():
    truth = np.repeat([0, 1], [60, 40])
    generator = np.random.default_rng(0)
    areas = [
        mannwhitneyu(scores[60:], scores[:60]).statistic / (60 * 40)
        for scores in generator.normal(size=(2000, 100))
    ]
    assert RocAuc().chance(truth) == pytest.approx(0.5 + 1.96 * np.std(areas), abs=0.005)


def test_digits_have_a_constant_answer_in_each_place():
    truth = np.array([[1, 2], [1, 3], [4, 2], [1, 2]] * 50)
    right = (truth == [1, 2]).mean(axis=1)
    span = 1.96 * right.std() / math.sqrt(200)
    assert DigitAccuracy().chance(truth) == pytest.approx(0.75 + span)
    assert DigitError().chance(truth) == pytest.approx(0.25 - span)


@pytest.mark.parametrize("outputs", [(), (2,)])
@pytest.mark.parametrize("metric", OF_NUMBERS, ids=name_of)
def test_numbers_that_know_nothing_are_near_chance(metric, outputs):
    generator = np.random.default_rng(3)
    for law in (generator.normal, generator.lognormal, generator.uniform):
        for _ in range(50):
            truth, training = (10 + law(size=(300, *outputs)) for _ in range(2))
            middle = np.median(training, axis=0) if metric == MAE() else training.mean(axis=0)
            noise = 0.1 * generator.normal(size=truth.shape)
            assert near(metric, Predictions(middle + noise, truth))
    truth = generator.normal(size=(300, *outputs))
    assert not near(metric, Predictions(truth + 0.5 * generator.normal(size=truth.shape), truth))


def test_the_limit_of_numbers_is_averaged_as_the_metric_is():
    truth = np.random.default_rng(4).normal(size=(400, 2)) * [1, 100]
    squares = (truth - truth.mean(axis=0)) ** 2
    roots = np.sqrt(squares.mean(axis=0))
    se = (squares / (2 * roots)).mean(axis=1).std() / 20
    assert RMSE().chance(truth) == pytest.approx(roots.mean() - 1.96 * se)
    se = (squares / squares.mean(axis=0)).mean(axis=1).std() / 20
    assert R2().chance(truth) == pytest.approx(1.96 * se)
    away = np.abs(truth - np.median(truth, axis=0)).mean(axis=1)
    assert MAE().chance(truth) == pytest.approx(away.mean() - 1.96 * away.std() / 20)
    one = truth[:, 1]
    assert R2().chance(one) == pytest.approx(1.96 * squares[:, 1].std() / 20 / squares[:, 1].mean())


@pytest.mark.parametrize(
    ("truth", "metrics"),
    [
        (np.zeros(50, int), OF_CLASSES),  # The one class is always right.
        (np.array([0, 1, 0]), [Error(), Accuracy(), BalancedAccuracy(), RocAuc()]),
        (np.full(50, 2.5), OF_NUMBERS),
        (np.array([1.0] * 9 + [9.0]), [R2()]),
        (np.array([0, 1] * 50), [CalibrationError()]),
    ],
)
def test_where_nothing_can_be_told_there_is_no_limit(truth, metrics):
    for metric in metrics:
        assert metric.chance(truth) is None


def test_a_users_own_metric_has_none():
    class Misses(Metric):
        def compute(self, predictions):
            return float((predictions.answers != predictions.target).sum())

    assert Misses().chance(np.array([0, 1] * 50)) is None


@given(arrays.arrays(np.int64, st.integers(1, 40), elements=st.integers(-3, 5)))
def test_any_classes_have_a_limit_within_bounds_or_none(truth):
    for metric in OF_CLASSES:
        limit = metric.chance(truth)
        assert limit is None or (isinstance(limit, float) and metric.within(limit) == limit)


@given(arrays.arrays(np.float32, st.integers(1, 40), elements=st.floats(-1e6, 1e6, width=32)))
def test_any_numbers_have_a_limit_within_bounds_or_none(truth):
    for metric in OF_NUMBERS:
        limit = metric.chance(truth)
        assert limit is None or (isinstance(limit, float) and metric.within(limit) == limit)
