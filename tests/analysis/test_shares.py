"""Shares of rounds: the exact test and the exact interval."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bakeoff.analysis.statistics.binomial import more_often, share_interval
from bakeoff.analysis.statistics.sides import UNKNOWN

shares_of_rounds = st.integers(1, 40).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n), st.sampled_from([0.1, 0.5, 0.75, 0.9]))
)


@given(shares_of_rounds)
def test_the_test_is_scipys_exact_binomial(case: tuple[int, int, float]) -> None:
    successes, rounds, share = case

    found = more_often(successes, rounds, share)

    greater = stats.binomtest(successes, rounds, share, alternative="greater").pvalue
    less = stats.binomtest(successes, rounds, share, alternative="less").pvalue
    assert found.supporting == pytest.approx(greater)
    assert found.opposing == pytest.approx(less)


@given(shares_of_rounds)
def test_the_interval_is_scipys_and_agrees_with_the_test(case: tuple[int, int, float]) -> None:
    successes, n, share = case

    interval = share_interval(successes, n)

    assert interval is not None
    assert interval == pytest.approx(
        tuple(stats.binomtest(successes, n).proportion_ci(0.95, method="exact"))
    )
    rejected = more_often(successes, n, share).two_sided <= 0.05
    assert rejected == (not interval[0] < share < interval[1])


def test_none_of_fifteen_may_still_be_one_in_five() -> None:
    assert share_interval(0, 15) == pytest.approx((0, 0.218), abs=5e-4)
    assert share_interval(15, 15) == pytest.approx((0.782, 1), abs=5e-4)


def test_without_rounds_nothing_is_known() -> None:
    assert more_often(0, 0, 0.5) == UNKNOWN
    assert share_interval(0, 0) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: more_often(3, 2, 0.5),
        lambda: more_often(-1, 2, 0.5),
        lambda: more_often(1, 2, 1.0),
        lambda: share_interval(3, 2),
        lambda: share_interval(1, 2, confidence=0),
    ],
)
def test_bad_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="cannot come of|must be between"):
        call()
