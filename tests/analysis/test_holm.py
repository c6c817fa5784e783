import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from bakeoff.analysis.statistics.holm import holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("tests", [1, 2, 13, 45])
def test_adjusted_values_are_those_of_statsmodels(tests: int) -> None:
    # Rounded, so that some are tied; cubed, so that some are small.
    given_values = np.round(np.random.default_rng(tests).random(tests), 1) ** 3

    reference = multipletests(given_values, method="holm")[1]

    assert holm(given_values.tolist()) == pytest.approx(tuple(reference), abs=1e-12)


def test_four_values_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_none_and_one() -> None:
    assert holm([]) == ()
    assert holm([0.03]) == (0.03,)


@given(p_values)
def test_adjusting_keeps_the_order_and_never_helps(given_values: list[float]) -> None:
    adjusted = holm(given_values)

    order = np.argsort(given_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)
    assert all(a >= p for a, p in zip(adjusted, given_values, strict=True))


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_a_value_that_is_no_chance_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        holm([0.5, bad])
