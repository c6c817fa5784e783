import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.statistics.wins import wins

figures = st.lists(st.sampled_from([-0.2, 0.0, 0.1]), min_size=1, max_size=30)


@given(figures)
def test_rounds_are_won_tied_or_lost(values: list[float]) -> None:
    found = wins(values)

    assert (found.won, found.tied, found.lost) == (
        values.count(0.1),
        values.count(0.0),
        values.count(-0.2),
    )
    assert found.rounds == len(values)
    assert found.share == (values.count(0.1) + values.count(0.0) / 2) / len(values)
    assert found.every == (values.count(0.1) == len(values))


@given(st.integers(0, 25), st.integers(0, 25))
def test_intervals_and_sign_test_are_scipys(won: int, lost: int) -> None:
    rounds = won + lost
    if not rounds:
        return
    found = wins([1.0] * won + [-1.0] * lost)

    either = stats.binomtest(won, rounds)
    greater = stats.binomtest(won, rounds, alternative="greater")
    less = stats.binomtest(won, rounds, alternative="less")
    assert found.interval == pytest.approx(tuple(either.proportion_ci(method="wilson")), abs=1e-12)
    assert found.at_least == pytest.approx(greater.proportion_ci(method="exact").low)
    assert found.sign_test.supporting == pytest.approx(greater.pvalue)
    assert found.sign_test.opposing == pytest.approx(less.pvalue)


def test_every_round_won_bounds_the_chance_by_the_root_of_the_level() -> None:
    found = wins([0.01] * 15)

    assert found.every
    assert found.at_least == pytest.approx(0.05 ** (1 / 15))


def test_ties_are_half_won_and_no_evidence_in_the_sign_test() -> None:
    found = wins([0.1, 0.1, -0.1, 0.0, 0.0])

    assert found.share == 0.6
    assert found.sign_test == wins([0.1, 0.1, -0.1]).sign_test
    assert wins([0.0, 0.0]).sign_test == Sides(1.0, 1.0)


def test_a_bound_must_be_passed_to_win() -> None:
    found = wins([0.03, 0.02, 0.01], bound=0.02)

    assert (found.won, found.tied, found.lost) == (1, 1, 1)


def test_no_rounds_have_no_share() -> None:
    found = wins([])

    assert (found.rounds, found.every) == (0, False)
    assert found.share is found.interval is found.at_least is None
    assert found.sign_test == Sides(1.0, 1.0)


def test_the_interval_covers_the_chance_of_winning_with_ties() -> None:
    draws = np.random.default_rng(2).choice([1.0, 0.0, -1.0], (2_000, 15), p=[0.5, 0.3, 0.2])

    intervals = [wins(row).interval for row in draws]

    assert np.mean([i is not None and i[0] <= 0.65 <= i[1] for i in intervals]) >= 0.95
