import math

import numpy as np
import pytest
from scipy import stats

from bakeoff.analysis.statistics.trend import trend
from bakeoff.analysis.summary import summary


@pytest.mark.parametrize("levels", [2, 3, 5, 12])
def test_rounds_in_perfect_order_agree_whole(levels: int) -> None:
    figures = np.tile(np.arange(levels), (6, 1))

    found = trend(figures)

    assert (found.ordered, found.mean, found.interval) == (6, 1.0, (1.0, 1.0))
    assert trend(-figures).agreement == (-1.0,) * 6


def test_agreement_is_spearmans_correlation_of_each_round() -> None:
    figures = np.random.default_rng(1).random((6, 5))

    expected = [stats.spearmanr(np.arange(5), row).statistic for row in figures]

    found = trend(figures)
    assert found.agreement == pytest.approx(expected)
    assert found.mean == pytest.approx(np.mean(expected))
    assert found.interval == pytest.approx(summary(expected).interval)


def test_what_makes_a_round_hard_falls_out_and_so_does_the_scale() -> None:
    figures = np.random.default_rng(4).random((6, 4))
    hardness = np.arange(6)[:, None] * 10

    assert trend(np.exp(figures) + hardness) == trend(figures)


def test_level_rounds_say_nothing() -> None:
    found = trend([[0.1, 0.1, 0.1]] * 4)

    assert found.agreement == (0, 0, 0, 0)
    assert found.ordered == 0


def test_five_rounds_have_no_interval_and_none_no_mean() -> None:
    assert trend([[1, 2, 3], [1, 3, 2]] * 3).interval is not None
    assert trend([[1, 2, 3], [1, 3, 2]] * 2).interval is None
    assert trend([]).mean is None


def test_one_level_is_refused() -> None:
    with pytest.raises(ValueError, match="2 levels or more, not 1"):
        trend(np.zeros((3, 1)))


def test_infinite_figures_are_ranked_as_the_worst() -> None:
    found = trend([[0.1, 0.2, math.inf], [-math.inf, 0.2, 0.1], [math.inf, 0.1, math.inf]])

    assert found.agreement == trend([[1, 2, 3], [1, 3, 2], [2, 1, 2]]).agreement
    assert found.ordered == 1


def test_figures_must_be_numbers() -> None:
    with pytest.raises(ValueError, match=r"figure 0, 1 \(from 0\)"):
        trend([[0.1, math.nan]])
