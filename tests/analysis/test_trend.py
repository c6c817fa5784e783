import math
from itertools import permutations

import numpy as np
import pytest
from bakeoff.analysis.statistics.permutation import sign_flip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bakeoff.analysis.statistics.paired import evidence
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.statistics.trend import MOST_LEVELS, trend

rounds_with_ties = st.integers(2, 4).flatmap(
    lambda levels: st.lists(
        st.lists(st.integers(0, 3), min_size=levels, max_size=levels), min_size=1, max_size=3
    )
)


@settings(max_examples=60)
@given(rounds_with_ties)
def test_the_test_counts_every_order_of_every_round_ties_included(rows: list[list[int]]) -> None:
    found = trend(np.array(rows) / 10)

    places = np.arange(len(rows[0]))
    sums = np.zeros(1)
    seen = 0.0
    for row in rows:
        ranks = stats.rankdata(row)
        seen += float(ranks @ places)
        ways = np.array([np.array(order) @ places for order in permutations(ranks)])
        sums = (sums[:, None] + ways).ravel()
    assert found.page.supporting == pytest.approx((sums >= seen - 1e-9).mean())
    assert found.page.opposing == pytest.approx((sums <= seen + 1e-9).mean())


@pytest.mark.parametrize(("rounds", "levels"), [(3, 3), (10, 5), (15, 7)])
def test_without_ties_it_is_scipys_exact_page_test(rounds: int, levels: int) -> None:
    drift = np.arange(levels) * 0.3
    figures = np.random.default_rng(levels).normal(drift, 1, (rounds, levels))

    reference = stats.page_trend_test(figures, method="exact").pvalue

    assert trend(figures).page.supporting == pytest.approx(reference)


@pytest.mark.parametrize("levels", [2, 3, 5, MOST_LEVELS])
def test_rounds_in_perfect_order_are_one_outcome_of_all(levels: int) -> None:
    figures = np.tile(np.arange(levels), (3, 1))

    found = trend(figures)

    assert found.page.supporting == pytest.approx(math.factorial(levels) ** -3)
    assert found.page.opposing == pytest.approx(1)
    assert (found.ordered, found.mean, found.interval) == (3, 1.0, (1.0, 1.0))
    assert trend(-figures).agreement == (-1.0, -1.0, -1.0)


def test_agreement_is_spearmans_correlation_of_each_round() -> None:
    figures = np.random.default_rng(1).random((6, 5))

    expected = [stats.spearmanr(np.arange(5), row).statistic for row in figures]

    found = trend(figures)
    assert found.agreement == pytest.approx(expected)
    assert found.mean == pytest.approx(np.mean(expected))
    assert found.interval == pytest.approx(evidence(expected).interval)


def test_what_makes_a_round_hard_falls_out_and_so_does_the_scale() -> None:
    figures = np.random.default_rng(4).random((5, 4))
    hardness = np.arange(5)[:, None] * 10

    assert trend(np.exp(figures) + hardness) == trend(figures)


def test_two_levels_are_a_sign_test() -> None:
    figures = [[0.1, 0.2], [0.1, 0.3], [0.2, 0.1], [0.1, 0.4]]

    assert trend(figures).page == sign_flip([1, 1, -1, 1])


def test_level_rounds_say_nothing() -> None:
    found = trend([[0.1, 0.1, 0.1]] * 4)

    assert found.agreement == (0, 0, 0, 0)
    assert found.ordered == 0
    assert found.page == Sides(1.0, 1.0)


def test_one_round_has_no_interval_and_none_no_mean() -> None:
    assert trend([[1, 2, 3]]).interval is None
    assert trend([]).mean is None
    assert trend([]).page == trend(np.zeros((0, 3))).page == Sides(1.0, 1.0)


@pytest.mark.parametrize("levels", [1, MOST_LEVELS + 1])
def test_too_few_and_too_many_levels_are_refused(levels: int) -> None:
    with pytest.raises(ValueError, match=f"2 to 10 levels, not {levels}"):
        trend(np.zeros((3, levels)))


def test_infinite_figures_are_ranked_as_the_worst() -> None:
    found = trend([[0.1, 0.2, math.inf], [-math.inf, 0.2, 0.1], [math.inf, 0.1, math.inf]])

    assert found.agreement == trend([[1, 2, 3], [1, 3, 2], [2, 1, 2]]).agreement
    assert found.ordered == 1


def test_figures_must_be_numbers() -> None:
    with pytest.raises(ValueError, match=r"figure 0, 1 \(from 0\)"):
        trend([[0.1, math.nan]])
