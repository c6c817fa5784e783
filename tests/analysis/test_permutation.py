from itertools import product

import numpy as np
import pytest
from bakeoff.analysis.statistics.permutation import sign_flip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bakeoff.analysis.statistics import permutation
from bakeoff.analysis.statistics.sides import Sides

counts = st.lists(st.integers(-20, 20), min_size=1, max_size=9)


@given(counts)
def test_the_exact_test_counts_every_pattern_of_signs(counted: list[int]) -> None:
    values = np.array(counted)
    sums = np.array(list(product((-1, 1), repeat=len(values)))) @ np.abs(values)

    found = sign_flip(values / 1000)

    assert found == Sides((sums >= values.sum()).mean(), (sums <= values.sum()).mean())
    # The sums lie symmetrically, so both ends together are twice one.
    both = (np.abs(sums) >= abs(values.sum())).mean()
    assert found.two_sided == pytest.approx(both)


def test_it_is_scipys_exact_permutation_test_of_pairs() -> None:
    values = np.random.default_rng(3).normal(0.3, 1, 12)

    for alternative, side in (("greater", "supporting"), ("less", "opposing")):
        reference = stats.permutation_test(
            (values,),
            np.mean,
            permutation_type="samples",
            n_resamples=np.inf,
            vectorized=True,
            alternative=alternative,
        )
        assert getattr(sign_flip(values), side) == pytest.approx(reference.pvalue)


@pytest.mark.parametrize("n", [1, 6, 20, permutation.EXACT_ROUNDS])
def test_all_rounds_won_is_one_pattern_of_all(n: int) -> None:
    values = np.arange(1, n + 1) / 1000

    assert sign_flip(values) == Sides(2.0**-n, 1.0)


def test_figures_at_the_bound_change_nothing() -> None:
    values = [0.3, -0.1, 0.2]

    assert sign_flip([*values, *[0.0] * 50]) == sign_flip(values)
    assert sign_flip([0.0] * 4) == Sides(1.0, 1.0)


@settings(max_examples=20)
@given(st.lists(st.integers(-9, 9), min_size=40, max_size=60))
def test_drawn_patterns_come_near_all_patterns(counted: list[int]) -> None:
    values = [c for c in counted if c]
    # All sums of whole numbers, by convolution: exact at any length.
    ways = {0: 1}
    for value in values:
        moved: dict[int, int] = {}
        for total, number in ways.items():
            for step in (value, -value):
                moved[total + step] = moved.get(total + step, 0) + number
        ways = moved
    exact = sum(w for s, w in ways.items() if s >= sum(values)) / 2 ** len(values)

    found = sign_flip(values).supporting

    # Five standard errors of a share of 49,999 draws.
    error = 5 * (max(exact, 1e-4) / permutation.DRAWS) ** 0.5
    assert found == pytest.approx(exact, abs=error + 1 / permutation.DRAWS)


def test_drawn_patterns_are_the_same_each_time_and_never_give_zero() -> None:
    values = np.linspace(0.1, 0.2, 45)

    assert sign_flip(values) == sign_flip(values)
    assert sign_flip(values).supporting == 1 / (permutation.DRAWS + 1)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_the_wrong_verdicts_of_all_patterns_are_within_the_level(level: float) -> None:
    magnitudes = np.array([1, 1, 2, 3, 5, 5, 7, 9]) / 1000
    patterns = [magnitudes * signs for signs in product((-1, 1), repeat=8)]

    wrong = [sign_flip(pattern).two_sided <= level for pattern in patterns]

    assert np.mean(wrong) <= level
    assert level < 0.05 or any(wrong)
