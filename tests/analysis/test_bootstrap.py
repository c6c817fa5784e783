import numpy as np
import pytest
from bakeoff.analysis.statistics.bootstrap import bootstrap_interval
from scipy import stats

SKEWED = np.round(np.random.default_rng(5).exponential(0.01, 20), 3)


def test_it_is_near_scipys_interval() -> None:
    found = bootstrap_interval(SKEWED)
    reference = stats.bootstrap(
        (SKEWED,), np.mean, n_resamples=9_999, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval

    assert found is not None
    width = reference.high - reference.low
    assert found == pytest.approx(tuple(reference), abs=0.04 * width)


def test_it_leans_to_the_long_tail_as_the_t_interval_cannot() -> None:
    found = bootstrap_interval(SKEWED)

    assert found is not None
    assert found[1] - SKEWED.mean() > 1.2 * (SKEWED.mean() - found[0])


def test_it_is_the_same_each_time_and_moves_with_the_figures() -> None:
    found, moved = bootstrap_interval(SKEWED), bootstrap_interval(SKEWED + 1)

    assert found == bootstrap_interval(SKEWED.copy())
    assert found is not None
    assert moved == pytest.approx((found[0] + 1, found[1] + 1))


def test_few_or_equal_figures() -> None:
    assert bootstrap_interval([]) is None
    assert bootstrap_interval([0.1]) is None
    assert bootstrap_interval([0.25] * 4) == (0.25, 0.25)
    assert bootstrap_interval([0.0] * 4) == (0.0, 0.0)
    assert bootstrap_interval([0.1, 0.3]) == pytest.approx((0.1, 0.3))


def test_it_covers_the_mean_of_normal_figures_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(8).normal(0, 1, (400, 20))

    intervals = [bootstrap_interval(row) for row in draws]

    covered = np.mean([i is not None and i[0] <= 0 <= i[1] for i in intervals])
    # 20 rounds: somewhat below 0.95, as its docstring says of few.
    assert 0.89 <= covered <= 0.97
