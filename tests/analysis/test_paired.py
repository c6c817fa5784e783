import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.analysis.statistics.sample import checked, differences
from bakeoff.analysis.statistics.sides import UNKNOWN, Sides
from bakeoff.analysis.statistics.typical import signed_rank, typical
from bakeoff.analysis.statistics.wins import Wins, wins
from bakeoff.analysis.summary import summary

# Errors of two variants in ten rounds of 1,000 test items.
FIRST = [0.152, 0.147, 0.161, 0.139, 0.155, 0.148, 0.150, 0.144, 0.158, 0.149]
SECOND = [0.141, 0.149, 0.150, 0.131, 0.149, 0.147, 0.138, 0.140, 0.147, 0.144]

counts = st.lists(st.integers(-50, 50), min_size=1, max_size=25)


def test_all_that_is_said_is_said_of_the_same_figures() -> None:
    apart = differences(FIRST, SECOND)
    found, described = evidence(apart, bound=0.005), summary(apart.tolist())
    middle = typical(apart)

    assert (found.n, found.bound) == (10, 0.005)
    assert (found.estimate, found.interval) == (middle.estimate, middle.interval)
    assert found.sides == signed_rank(apart, bound=0.005)
    assert (found.mean, found.sd, found.t_interval) == (
        *(described.mean, described.sd, described.interval),
    )
    assert found.wins == wins(apart, bound=0.005)
    assert found.distance == pytest.approx((middle.estimate or 0) - 0.005)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_the_sides_are_scipys_signed_rank_test(alternative: str) -> None:
    # No two differences from 0.0005 are of one size.
    values = [0.011, -0.002, 0.0125, 0.008, 0.006, 0.001, 0.012, 0.004, 0.0115, 0.005]
    sides = evidence(values, bound=0.0003).sides
    p = {"greater": sides.supporting, "less": sides.opposing, "two-sided": sides.two_sided}

    reference = stats.wilcoxon(np.array(values) - 0.0003, alternative=alternative, method="exact")
    assert p[alternative] == pytest.approx(reference.pvalue, rel=1e-9)


def test_the_mean_has_scipys_t_interval() -> None:
    apart = differences(FIRST, SECOND)

    reference = stats.ttest_rel(FIRST, SECOND).confidence_interval(0.95)
    assert evidence(apart).t_interval == pytest.approx((reference.low, reference.high), rel=1e-9)


def test_the_effect_is_the_mean_distance_in_standard_deviations() -> None:
    assert evidence([1.0, 2.0, 3.0], bound=0.5).effect == pytest.approx(1.5)
    assert evidence([0.1, 0.2]).effect == pytest.approx(0.15 / math.sqrt(0.005))


def test_no_figures_say_nothing() -> None:
    found = evidence([])

    assert (found.n, found.sides, found.wins) == (0, UNKNOWN, Wins(0, 0, 0))
    assert found.estimate is found.mean is found.sd is found.effect is found.distance is None
    assert found.interval is found.t_interval is None


def test_one_figure_has_a_mean_and_only_a_coins_evidence() -> None:
    found = evidence([0.2], bound=0.1)

    assert (found.n, found.mean, found.estimate, found.distance) == (1, 0.2, 0.2, 0.1)
    assert found.sides == Sides(0.5, 1.0)
    assert found.sd is found.effect is None


@pytest.mark.parametrize("rounds", range(9))
def test_fewer_than_six_figures_have_no_interval_of_any_kind(rounds: int) -> None:
    found = evidence(np.arange(rounds) / 100)

    assert (found.interval is None) == (found.t_interval is None) == (rounds < 6)


@pytest.mark.parametrize("rounds", [2, 3, 5, 10, 30])
def test_equal_figures_have_their_number_for_evidence(rounds: int) -> None:
    # The sum of ten tenths is not one, and leaves a spread of rounding.
    found = evidence([0.1] * rounds)

    assert found.effect is None
    assert found.sides == Sides(2.0**-rounds, 1.0)
    assert found.interval == (None if rounds < 6 else (0.1, 0.1))
    assert found.estimate == 0.1


def test_differences_that_only_rounding_tells_apart_are_ties() -> None:
    found = evidence([0.3 - 0.2, 0.2 - 0.1, 0.4 - 0.3], bound=0.1)

    assert found.wins.tied == 3
    assert found.sides == UNKNOWN
    assert found.effect is None


class TestDiverged:
    def test_the_mean_describes_the_others(self) -> None:
        finite = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]
        found, others = evidence([*finite, math.inf, math.inf]), evidence(finite)

        assert (found.mean, found.sd, found.t_interval, found.effect) == (
            *(others.mean, others.sd, others.t_interval, others.effect),
        )
        assert (found.n, found.wins) == (8, Wins(8, 0, 0))
        assert found.sides == Sides(2.0**-8, 1.0)

    def test_they_tie_in_the_interval_too(self) -> None:
        found = evidence([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, math.inf, math.inf])

        # Both are the greatest: a bound below 0.02 is rejected, and none above is.
        assert found.interval == (0.02, math.inf)
        assert signed_rank([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, *[math.inf] * 2]).opposing == 1

    def test_where_most_did_the_typical_figure_is_infinite(self) -> None:
        found = evidence([0.1, 0.2, 0.3, -math.inf, -math.inf, -math.inf])

        assert (found.estimate, found.distance) == (-math.inf, -math.inf)
        assert found.mean == pytest.approx(0.2)

    def test_where_all_did_there_is_no_mean(self) -> None:
        found = evidence([math.inf] * 6)

        assert found.mean is found.sd is found.effect is found.t_interval is None
        assert (found.estimate, found.interval) == (math.inf, (math.inf, math.inf))
        assert found.sides == Sides(2.0**-6, 1.0)


@given(counts)
def test_the_contrary_order_gives_the_contrary_evidence(counted: list[int]) -> None:
    values = np.array(counted) / 1000
    one, other = evidence(values), evidence(-values)

    assert other.sides == one.sides.negated()
    assert other.estimate == -(one.estimate or 0)
    assert other.interval == (
        None if one.interval is None else (-one.interval[1] + 0.0, -one.interval[0] + 0.0)
    )
    assert other.wins == Wins(one.wins.lost, one.wins.tied, one.wins.won)


@given(counts, st.integers(-50, 50))
def test_a_bound_is_the_same_as_moving_the_figures(counted: list[int], bound: int) -> None:
    values = np.array(counted) / 1000
    held, moved = evidence(values, bound=bound / 1000), evidence(values - bound / 1000)

    assert held.sides == moved.sides
    assert held.wins == moved.wins
    assert held.distance == pytest.approx(moved.distance)
    assert held.effect == pytest.approx(moved.effect, abs=1e-9)


def test_a_figure_that_is_no_number_and_a_bound_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match=r"figure 1 \(from 0\)"):
        evidence([0.1, math.nan])
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="bound must be finite"):
            evidence([0.1], bound=bad)


def test_unpaired_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="3 figures cannot be paired with 2"):
        differences([0.1, 0.2, 0.3], [0.1, 0.2])


def test_figures_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="2 axes; 1 needed"):
        checked([[0.1]])
