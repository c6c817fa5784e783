import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.summary import band_of, summarise, summary, t_factor, value_of
from bakeoff.study.published import Quantity
from bakeoff.training.history import History
from made_history import made

FINAL = Quantity()
fractions = st.floats(0, 1, allow_nan=False)

# Quantiles of Student's t at 97.5%, from printed tables.
T_975 = {2: 12.7062, 3: 4.3027, 5: 2.7764, 6: 2.5706, 15: 2.1448, 21: 2.0860}


@pytest.mark.parametrize(("n", "quantile"), T_975.items())
def test_the_t_factor_is_the_tabled_quantile_over_the_root_of_n(n: int, quantile: float) -> None:
    assert t_factor(n) * math.sqrt(n) == pytest.approx(quantile, abs=5e-5)


def test_a_summary_of_six_values_is_that_worked_out_by_hand() -> None:
    found = summary([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])

    assert found.mean == pytest.approx(0.35)
    assert found.sd == pytest.approx(math.sqrt(0.035))
    # 2.570582 * 0.1870829 / sqrt(6) = 0.196331
    assert found.interval == pytest.approx((0.35 - 0.196331, 0.35 + 0.196331), abs=1e-6)
    assert (found.n, found.low, found.high) == (6, 0.1, 0.6)


@pytest.mark.parametrize("n", range(2, 6))
def test_fewer_than_six_values_have_a_spread_and_no_interval(n: int) -> None:
    found = summary([0.1 * (k + 1) for k in range(n)])

    assert found.interval is None
    assert found.sd == pytest.approx(0.1 * math.sqrt((n * n + n) / 12))


def test_one_value_has_a_mean_and_no_spread() -> None:
    found = summary([0.2])

    assert (found.n, found.mean, found.low, found.high) == (1, 0.2, 0.2, 0.2)
    assert found.sd is None
    assert found.interval is None


def test_no_values_have_nothing_but_their_number() -> None:
    found = summary([], diverged=3)

    assert (found.n, found.diverged) == (0, 3)
    assert found.mean is found.sd is found.interval is found.low is found.high is None


def test_equal_values_have_no_spread() -> None:
    found = summary([0.1] * 7)

    assert found.sd == 0
    assert found.interval == (found.mean, found.mean)


def test_diverged_trials_are_counted_and_not_averaged() -> None:
    trials = [
        made(test=(0.4, 0.2)),
        made(test=(0.9,), status="diverged"),
        None,
        made(test=(0.4, 0.3)),
    ]

    found = summarise(trials, FINAL)

    assert found.mean == pytest.approx(0.25)
    assert (found.n, found.diverged) == (2, 1)


def test_a_trial_that_diverged_in_its_first_epoch_is_counted() -> None:
    broken = History(status="diverged", curves={}, parameters=1, seconds=0.1)

    assert summarise([broken], FINAL) == summary([], diverged=1)


def test_each_selection_reads_the_test_error_at_its_own_epoch() -> None:
    trial = made(test=(0.5, 0.2, 0.4), validation=(0.6, 0.5, 0.3))

    values = {
        selection: value_of(trial, Quantity(selection=selection))
        for selection in ("final", "best_on_test", "best_on_validation")
    }

    assert values == {"final": 0.4, "best_on_test": 0.2, "best_on_validation": 0.4}


@pytest.mark.parametrize(
    "quantity",
    [Quantity(metric="digit_error"), Quantity(selection="best_on_validation")],
    ids=["no digit head", "no validation split"],
)
def test_a_figure_that_a_variant_cannot_have_is_absent_and_not_diverged(
    quantity: Quantity,
) -> None:
    trials = [made(test=(0.4,)), made(test=(0.5,), status="diverged")]

    assert summarise(trials, quantity) == summary([])


def test_a_value_that_is_not_finite_is_no_value() -> None:
    assert value_of(made(test=(0.2, math.nan)), FINAL) is None
    assert value_of(None, FINAL) is None


@given(st.lists(st.lists(fractions, min_size=3, max_size=3), min_size=2, max_size=9))
def test_a_band_is_the_summary_of_every_epoch(curves: list[list[float]]) -> None:
    found = band_of(curves)

    for epoch, values in enumerate(zip(*curves, strict=True)):
        expected = summary(values)
        assert expected.mean is not None
        assert expected.sd is not None
        assert found.mean[epoch] == pytest.approx(expected.mean)
        assert found.sd[epoch] == pytest.approx(expected.sd, abs=1e-9)
        assert found.low[epoch] == pytest.approx(expected.mean - expected.sd, abs=1e-9)
        assert found.high[epoch] == pytest.approx(expected.mean + expected.sd, abs=1e-9)


def test_a_band_of_one_curve_has_no_spread() -> None:
    found = band_of([(0.4, 0.2)])

    assert found.mean == (0.4, 0.2)
    assert found.n == (1, 1)
    assert all(map(math.isnan, (*found.sd, *found.low, *found.high)))


def test_a_band_over_curves_of_unequal_length_counts_the_values_of_each_epoch() -> None:
    found = band_of([(0.4, 0.2, 0.1), (0.2,)])

    assert found.n == (2, 1, 1)
    assert found.mean == pytest.approx((0.3, 0.2, 0.1))


def test_a_value_that_is_not_finite_leaves_a_hole_in_one_epoch_only() -> None:
    found = band_of([(0.4, math.inf, 0.1)])

    assert found.mean[::2] == (0.4, 0.1)
    assert math.isnan(found.mean[1])
