import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from bakeoff.analysis.statistics.equivalence import equivalence
from bakeoff.analysis.statistics.paired import evidence, t_test
from bakeoff.analysis.statistics.sample import checked, differences
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.summary import summary

# Errors of two variants in ten rounds of 1,000 test items.
FIRST = [0.152, 0.147, 0.161, 0.139, 0.155, 0.148, 0.150, 0.144, 0.158, 0.149]
SECOND = [0.141, 0.149, 0.150, 0.131, 0.149, 0.148, 0.138, 0.140, 0.147, 0.143]

counts = st.lists(st.integers(-50, 50), min_size=1, max_size=25)


def test_the_t_test_of_differences_is_scipys_paired_t_test() -> None:
    found = evidence(differences(FIRST, SECOND)).t_test

    assert found is not None
    for alternative, p in (
        ("greater", found.supporting),
        ("less", found.opposing),
        ("two-sided", found.two_sided),
    ):
        reference = stats.ttest_rel(FIRST, SECOND, alternative=alternative).pvalue
        assert p == pytest.approx(reference, rel=1e-9)


def test_the_t_test_against_a_bound_is_scipys_one_sample_test() -> None:
    found = t_test(SECOND, bound=0.15)

    assert found is not None
    reference = stats.ttest_1samp(SECOND, 0.15, alternative="less").pvalue
    assert found.opposing == pytest.approx(reference, rel=1e-9)


def test_two_one_sided_tests_are_those_of_statsmodels() -> None:
    apart = differences(FIRST, SECOND)

    found = equivalence(apart, 0.01).t_test

    assert found is not None
    reference, _, _ = DescrStatsW(apart).ttost_mean(-0.01, 0.01)
    assert found.supporting == pytest.approx(reference, rel=1e-9)


def test_mean_spread_and_interval_are_those_of_the_summary() -> None:
    apart = differences(FIRST, SECOND)
    found, expected = evidence(apart, bound=0.005), summary(apart.tolist())

    assert (found.n, found.mean, found.sd) == (expected.n, expected.mean, expected.sd)
    assert found.interval == expected.interval
    assert found.distance == pytest.approx(apart.mean() - 0.005)


def test_the_effect_is_the_mean_distance_in_standard_deviations() -> None:
    found = evidence([1.0, 2.0, 3.0], bound=0.5)

    assert found.effect == pytest.approx(1.5)
    # With 2 degrees of freedom Hedges' factor is gamma(1) / (gamma(1/2) sqrt(1)).
    assert found.corrected_effect == pytest.approx(1.5 / math.sqrt(math.pi))


def test_hedges_factor_is_near_his_approximation() -> None:
    values = np.arange(20) / 100
    found = evidence(values)

    assert found.effect is not None
    assert found.corrected_effect == pytest.approx(found.effect * (1 - 3 / (4 * 19 - 1)), rel=1e-4)


def test_no_figures_say_nothing() -> None:
    found = evidence([])

    assert found.n == 0
    assert found.permutation == Sides(1.0, 1.0)
    assert found.wins.rounds == 0
    assert found.mean is found.sd is found.interval is found.bootstrap is None
    assert found.t_test is found.effect is found.corrected_effect is found.distance is None


def test_one_figure_has_a_mean_and_only_a_coins_evidence() -> None:
    found = evidence([0.2], bound=0.1)

    assert (found.n, found.mean) == (1, 0.2)
    assert found.permutation == Sides(0.5, 1.0)
    assert found.sd is found.interval is found.bootstrap is None
    assert found.t_test is found.effect is None


def test_two_figures_have_an_effect_without_correction() -> None:
    found = evidence([0.1, 0.2])

    assert found.effect == pytest.approx(0.15 / math.sqrt(0.005))
    assert found.corrected_effect is None


@pytest.mark.parametrize("rounds", [2, 3, 5, 10, 30])
def test_equal_figures_leave_the_verdict_to_the_permutation_test(rounds: int) -> None:
    # The sum of ten tenths is not one, and leaves a spread of rounding.
    found = evidence([0.1] * rounds)

    assert found.t_test is found.effect is None
    assert found.permutation == Sides(2.0**-rounds, 1.0)
    assert found.interval == (found.mean, found.mean)
    assert found.bootstrap == pytest.approx(found.interval)


def test_differences_that_only_rounding_tells_apart_are_ties() -> None:
    found = evidence([0.3 - 0.2, 0.2 - 0.1, 0.4 - 0.3], bound=0.1)

    assert found.wins.tied == 3
    assert found.permutation == Sides(1.0, 1.0)
    assert found.t_test is None


@given(counts)
def test_the_contrary_order_gives_the_contrary_evidence(counted: list[int]) -> None:
    values = np.array(counted) / 1000
    one, other = evidence(values), evidence(-values)

    assert other.permutation == one.permutation.negated()
    assert other.wins.sign_test == one.wins.sign_test.negated()
    assert (other.wins.won, other.wins.tied) == (one.wins.lost, one.wins.tied)
    if one.t_test is not None and other.t_test is not None:
        assert other.t_test.supporting == pytest.approx(one.t_test.opposing)


@given(counts, st.integers(-50, 50))
def test_a_bound_is_the_same_as_moving_the_figures(counted: list[int], bound: int) -> None:
    values = np.array(counted) / 1000
    held, moved = evidence(values, bound=bound / 1000), evidence(values - bound / 1000)

    assert held.permutation == moved.permutation
    assert held.wins == moved.wins
    assert held.effect == pytest.approx(moved.effect) if held.effect else not moved.effect


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_figure_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match=r"figure 1 \(from 0\)"):
        evidence([0.1, bad])
    with pytest.raises(ValueError, match="bound must be finite"):
        evidence([0.1], bound=bad)


def test_unpaired_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="3 figures cannot be paired with 2"):
        differences([0.1, 0.2, 0.3], [0.1, 0.2])


def test_figures_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="2 axes; 1 needed"):
        checked([[0.1]])
