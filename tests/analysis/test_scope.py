"""What rounds vary, and how much pairing saves."""

from math import isnan, nan

import numpy as np
import pytest

from bakeoff import Classification, DigitPairs, Digits, FromFunction, Head, KFold, Linear, Network
from bakeoff.analysis.results import Results
from bakeoff.analysis.scope import sampling_of, scope_of
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from made_history import made


def one_pool() -> tuple[object, object]:
    """Return 100 examples of two classes."""
    return np.arange(100.0)[:, None], np.arange(100) % 2


@pytest.mark.parametrize(
    ("task", "sampling"),
    [
        (DigitPairs(train=1000, test=1000), "redrawn"),
        (Digits(train=1000, test=1000), "redrawn"),
        (Digits(), "fixed"),
        (Digits(train=50_000, validation=10_000), "redrawn"),
        (KFold(DigitPairs(train=100, test=100), 5), "redrawn"),
        (Classification(FromFunction(one_pool), train=50, test=50), "resampled"),
        (Classification(FromFunction(one_pool), train=50, test=50, sampling="fixed"), "fixed"),
        (KFold(Classification(FromFunction(one_pool), train=50, test=50), 5), "resampled"),
    ],
)
def test_how_rounds_come_about_is_known_from_the_task(task, sampling):
    assert sampling_of(task) == sampling


def results(*errors: list[float], task=None) -> Results:
    layers = Network(Linear(2), Head("comparison"))
    variants = tuple(Variant(name=str(n), model=layers) for n in range(len(errors)))
    study = Study(
        name="s",
        task=task or DigitPairs(train=100, test=100),
        rounds=len(errors[0]),
        variants=variants,
    )
    histories = {
        str(n): tuple(
            made(test=(), status="diverged") if isnan(value) else made(test=(value,))
            for value in each
        )
        for n, each in enumerate(errors)
    }
    return Results(study, study, Overrides(), histories)


def test_the_correlation_is_the_mean_over_pairs():
    one = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    against = one[::-1]
    found = scope_of(results(one, one, against))
    assert found.correlation == pytest.approx((1 - 1 - 1) / 3)
    assert found.pairs == 3


def test_rounds_that_diverged_and_figures_that_are_all_equal_have_no_correlation():
    one = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert scope_of(results(one, [nan, *one[1:]])).correlation is None
    assert scope_of(results([*one, 0.7], [nan, *one])).correlation == pytest.approx(1.0)
    assert scope_of(results(one, [0.2] * 6)).correlation is None
    assert scope_of(results(one[:5], one[:5])).correlation is None
