import math
from collections.abc import Callable

import numpy as np
import pytest
from bakeoff.analysis.statistics.permutation import sign_flip
from bakeoff.analysis.statistics.power import (
    equivalence_power,
    fewest_rounds,
    rounds_for_equivalence,
    rounds_needed,
    t_power,
)
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from bakeoff.analysis.statistics.equivalence import equivalence
from bakeoff.analysis.statistics.trend import trend

ALTERNATIVES = {1: "larger", 2: "two-sided"}


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 13])
@pytest.mark.parametrize(("rounds", "effect"), [(2, 3.0), (5, 1.0), (15, 0.5), (60, 0.3), (400, 0)])
def test_power_is_that_of_statsmodels(rounds: int, effect: float, alpha: float, sides: int) -> None:
    reference = TTestPower().power(effect, rounds, alpha, alternative=ALTERNATIVES[sides])

    assert t_power(rounds, effect * 0.02, 0.02, alpha=alpha, sides=sides) == pytest.approx(
        reference, abs=1e-9
    )


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("effect", [0.05, 0.2, 0.5, 1.0, 2.0])
def test_rounds_needed_are_those_of_statsmodels_rounded_up(effect: float, sides: int) -> None:
    reference = TTestPower().solve_power(
        effect, alpha=0.05, power=0.8, alternative=ALTERNATIVES[sides]
    )

    assert rounds_needed(effect, 1, sides=sides) == math.ceil(np.squeeze(reference))


def test_cohens_table_for_a_paired_medium_effect() -> None:
    assert rounds_needed(0.5, 1) == 34


@given(st.floats(0.03, 5), st.sampled_from([0.05, 0.004]), st.sampled_from([1, 2]))
def test_the_rounds_needed_reach_the_power_and_one_less_does_not(
    effect: float, alpha: float, sides: int
) -> None:
    rounds = rounds_needed(effect, 1, alpha=alpha, sides=sides, limit=30_000)

    assert rounds is not None
    assert t_power(rounds, effect, 1, alpha=alpha, sides=sides) >= 0.8
    if rounds > 2:
        assert t_power(rounds - 1, effect, 1, alpha=alpha, sides=sides) < 0.8


def test_a_difference_of_nothing_is_hopeless() -> None:
    assert rounds_needed(0, 0.02) is None
    assert rounds_needed(1e-6, 0.02) is None
    assert rounds_needed(0.001, 0.02, limit=3_000) is None
    assert rounds_needed(0.001, 0.02, limit=3_142) == 3_142


def test_a_one_sided_test_of_the_wrong_direction_is_hopeless() -> None:
    assert rounds_needed(-1, 1, sides=1) is None
    assert rounds_needed(-1, 1, sides=2) == rounds_needed(1, 1, sides=2) == 10


def test_equal_figures_need_two_rounds_unless_they_are_at_the_bound() -> None:
    assert rounds_needed(0.1, 0) == rounds_needed(-0.1, 0) == 2
    assert rounds_needed(0, 0) is rounds_needed(-0.1, 0, sides=1) is None
    assert rounds_for_equivalence(0.001, 0, 0.01) == 2


def test_a_great_effect_needs_two_rounds() -> None:
    assert rounds_needed(1e4, 1) == 2


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 13, 1e-4])
@pytest.mark.parametrize("sides", [1, 2])
def test_a_greater_effect_never_needs_more_rounds(alpha: float, sides: int) -> None:
    needed = [rounds_needed(e, 1, alpha=alpha, sides=sides) for e in np.arange(0.1, 12, 0.1)]

    assert needed == sorted((n for n in needed if n), reverse=True)


def test_a_tail_too_small_for_scipy_is_no_loss_of_power() -> None:
    # 199,528 of 200,000 simulated samples of eight were significant.
    assert t_power(8, 3, 1, alpha=0.05 / 13) == pytest.approx(0.99764, abs=5e-4)
    assert t_power(8, -3, 1, alpha=0.05 / 13) == t_power(8, 3, 1, alpha=0.05 / 13)
    assert t_power(8, -3, 1, alpha=0.05 / 13, sides=1) == pytest.approx(0, abs=1e-12)


def test_equivalence_power_is_the_published_one_of_a_crossover_trial() -> None:
    # Schuirmann's test on the log scale, CV 0.3, ratio 0.95, limits 0.8 to 1.25, 40 subjects:
    # 0.815845 in the documentation of R's PowerTOST.
    sd = math.sqrt(math.log(1 + 0.3**2))

    found = equivalence_power(math.log(0.95), sd * math.sqrt(2 / 40), 38, math.log(1.25))

    assert found == pytest.approx(0.815845, abs=1e-5)


def test_equivalence_power_is_that_of_simulated_rounds() -> None:
    draws = np.random.default_rng(6).normal(0.3, 1, (2_000, 12))

    shown = [(e := equivalence(row, 1.2).t_test) and e.supporting <= 0.05 for row in draws]

    # Four standard errors of 2,000 trials.
    expected = equivalence_power(0.3, 1 / math.sqrt(12), 11, 1.2)
    assert np.mean(shown) == pytest.approx(expected, abs=0.045)


@pytest.mark.parametrize("distance", [0, 0.004, -0.004])
def test_the_rounds_for_equivalence_reach_the_power_and_one_less_does_not(distance: float) -> None:
    rounds = rounds_for_equivalence(distance, 0.02, 0.01)

    assert rounds is not None
    powers = [equivalence_power(distance, 0.02 / n**0.5, n - 1, 0.01) for n in (rounds - 1, rounds)]
    assert powers[0] < 0.8 <= powers[1]


def test_a_difference_at_the_margin_is_never_shown_to_be_within() -> None:
    assert rounds_for_equivalence(0.01, 0.02, 0.01) is None
    assert rounds_for_equivalence(0.00999, 0.02, 0.01) is None


@pytest.mark.parametrize(
    ("alpha", "sides", "rounds"), [(0.05, 2, 6), (0.05, 1, 5), (0.05 / 13, 2, 10), (0.5, 1, 1)]
)
def test_fewest_rounds_are_where_winning_all_is_enough(
    alpha: float, sides: int, rounds: int
) -> None:
    assert fewest_rounds(alpha, sides=sides) == rounds
    assert sides * sign_flip([1.0] * rounds).supporting <= alpha
    assert sides * sign_flip([1.0] * (rounds - 1)).supporting > alpha


def test_orders_of_levels_need_fewer_rounds_than_signs() -> None:
    found = fewest_rounds(arrangements=math.factorial(3))

    assert found == 3
    assert trend([[1, 2, 3]] * found).page.two_sided <= 0.05
    assert trend([[1, 2, 3]] * (found - 1)).page.two_sided > 0.05


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: t_power(1, 1, 1), "2 rounds or more"),
        (lambda: t_power(5, 1, 0), "spread must be above 0"),
        (lambda: rounds_needed(1, -1), "spread must be above 0"),
        (lambda: rounds_needed(1, 1, alpha=0), "level must be between 0 and 1"),
        (lambda: rounds_needed(1, 1, sides=3), "1 or 2 sides"),
        (lambda: rounds_needed(1, 1, power=1), "power must be between"),
        (lambda: equivalence_power(0, 1, 0, 1), "df must be 1 or more"),
        (lambda: fewest_rounds(arrangements=1), "2 arrangements"),
    ],
)
def test_what_cannot_be_planned_is_refused(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()
