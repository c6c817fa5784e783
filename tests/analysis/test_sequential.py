import math
from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.sample import Array
from bakeoff.analysis.statistics.sequential import (
    _finite,
    always_valid,
    always_valid_interval,
    always_valid_share,
    fewest_looks,
    log_capital,
    share_capital,
)
from bakeoff.analysis.statistics.sides import Sides, between

STUDIES, LOOKS = 4_000, 60

Law = Callable[[np.random.Generator, tuple[int, int]], Array]


def _errors(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return (rng.binomial(1000, 0.15, shape) - rng.binomial(1000, 0.15, shape)) / 1000


def _rare_errors(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return (rng.binomial(1000, 0.0005, shape) - rng.binomial(1000, 0.0005, shape)) / 1000


def _sometimes_stuck(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    stuck = (rng.random(shape) < 0.1).astype(float) - (rng.random(shape) < 0.1)
    return rng.normal(0, 0.01, shape) + 0.4 * stuck


NULLS: dict[str, Law] = {
    "normal": lambda rng, shape: rng.normal(0, 1, shape),
    "error rates": _errors,
    "mostly ties": _rare_errors,
    "some trials stuck": _sometimes_stuck,
    "no variance": lambda rng, shape: rng.standard_cauchy(shape),
    "two values": lambda rng, shape: rng.choice([-0.01, 0.01], shape),
    "spread that grows": lambda rng, shape: rng.normal(0, np.arange(1, shape[1] + 1), shape),
}


@pytest.mark.parametrize("law", NULLS.values(), ids=NULLS.keys())
def test_looking_after_every_round_finds_no_difference_too_often(law: Law) -> None:
    values = law(np.random.default_rng(11), (STUDIES, LOOKS))

    above, below = log_capital(values).max(axis=1), log_capital(-values).max(axis=1)

    level = 0.05
    assert np.mean(above >= math.log(1 / level)) <= level
    assert np.mean(np.maximum(above, below) >= math.log(2 / level)) <= level


def test_a_p_value_of_fixed_rounds_read_after_every_round_does_find_too_many() -> None:
    # What the method is for: the same looks with the t-test.
    from scipy.special import stdtr

    values = np.random.default_rng(11).normal(0, 1, (STUDIES, LOOKS))
    rounds = np.arange(1, LOOKS + 1)
    mean = np.cumsum(values, axis=1) / rounds
    squares = np.cumsum(values**2, axis=1) - rounds * mean**2
    t = np.abs(mean[:, 1:]) * np.sqrt((rounds * (rounds - 1))[1:] / squares[:, 1:])

    ever = (2 * stdtr(rounds[1:] - 1, -t) <= 0.05).any(axis=1)

    assert np.mean(ever) > 0.3


def test_a_mean_well_below_the_bound_is_found_above_it_even_less_often() -> None:
    values = np.random.default_rng(12).normal(-0.3, 1, (STUDIES, LOOKS))

    assert np.mean(log_capital(values).max(axis=1) >= math.log(20)) <= 0.005


def test_true_differences_are_found() -> None:
    rng = np.random.default_rng(13)
    found = {
        effect: np.mean(
            log_capital(rng.normal(effect, 1, (1_000, LOOKS))).max(axis=1) >= math.log(40)
        )
        for effect in (0.5, 1.0)
    }

    assert found[0.5] >= 0.75
    assert found[1.0] >= 0.99


def test_a_study_of_many_null_claims_on_one_rival_has_few_wrong_verdicts() -> None:
    rng = np.random.default_rng(14)
    wrong = 0
    for _ in range(200):
        errors = rng.binomial(1000, 0.1, (14, 30)) / 1000
        ends = [always_valid(errors[0] - other)[-1].two_sided for other in errors[1:]]
        wrong += min(holm(ends)) <= 0.05

    assert wrong / 200 <= 0.05


@settings(max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=9))
def test_capital_over_all_patterns_of_signs_stays_one_on_average(magnitudes: list[int]) -> None:
    patterns = np.array(list(product((-1, 1), repeat=len(magnitudes)))) * np.array(magnitudes)

    capital = np.exp(log_capital(patterns / 1000))

    assert capital.mean(axis=0) == pytest.approx(np.ones(len(magnitudes)))


def test_over_all_patterns_of_signs_no_level_is_passed_too_often() -> None:
    magnitudes = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    patterns = np.array(list(product((-1, 1), repeat=12))) * magnitudes

    least = np.exp(-np.maximum(0, log_capital(patterns.astype(float)).max(axis=1)))

    for level in np.unique(least):
        assert np.mean(least <= level) <= level + 1e-12


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 7.0, math.inf]), min_size=1, max_size=8))
def test_infinite_figures_leave_capital_at_one_on_average(magnitudes: list[float]) -> None:
    signs = list(product(*[(0,) if m == 0 else (-1, 1) for m in magnitudes]))
    patterns = [[s * m if s else 0.0 for s, m in zip(p, magnitudes, strict=True)] for p in signs]

    capital = np.exp([log_capital(_finite(np.array(pattern))) for pattern in patterns])

    assert capital.mean(axis=0) == pytest.approx(np.ones(len(magnitudes)))
    sides = [always_valid(pattern)[-1].supporting for pattern in patterns]
    for level in (0.05, 0.2, 0.5):
        assert np.mean([side <= level for side in sides]) <= level


def test_an_infinite_figure_is_as_far_as_the_farthest_so_far() -> None:
    inf = math.inf

    assert always_valid([0.1, -0.3, inf, 0.2]) == always_valid([0.1, -0.3, 0.3, 0.2])
    assert always_valid([-inf, 0.1]) == always_valid([-1, 0.1])
    assert always_valid([0.1, inf], bound=0.1) == always_valid([0.1, 1.1], bound=0.1)


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
def test_capital_on_a_share_stays_one_on_average_and_falls_below_it(share: float) -> None:
    outcomes = np.array(list(product((False, True), repeat=9)))

    def mean(chance: float) -> Array:
        chances = np.where(outcomes, chance, 1 - chance).prod(axis=1)
        expected: Array = chances @ np.exp(share_capital(outcomes, share))
        return expected

    assert mean(share) == pytest.approx(np.ones(9))
    assert (np.diff(mean(share - 0.2)) < 0).all()


def test_a_share_looked_at_after_every_round_is_found_too_high_seldom() -> None:
    outcomes = np.random.default_rng(17).random((STUDIES, LOOKS)) < 0.75

    most = share_capital(outcomes, 0.75).max(axis=1), share_capital(~outcomes, 0.25).max(axis=1)

    assert np.mean(np.maximum(*most) >= math.log(40)) <= 0.05


@given(st.lists(st.booleans(), max_size=25), st.sampled_from([0.3, 0.5, 0.75]))
def test_sides_of_a_share_never_rise_and_swap_with_what_is_counted(
    outcomes: list[bool], share: float
) -> None:
    looks = always_valid_share(outcomes, share)
    swapped = always_valid_share([not o for o in outcomes], 1 - share)

    assert len(looks) == len(outcomes)
    for look, other in zip(looks, swapped, strict=True):
        assert (look.supporting, look.opposing) == pytest.approx((other.opposing, other.supporting))
    for before, after in pairwise(looks):
        assert after.supporting <= before.supporting
        assert after.opposing <= before.opposing


def test_a_share_that_is_far_higher_is_found() -> None:
    outcomes = np.random.default_rng(18).random((500, LOOKS)) < 0.95

    found = share_capital(outcomes, 0.75).max(axis=1) >= math.log(40)

    assert found.mean() > 0.8


@given(st.lists(st.integers(-30, 30), max_size=20), st.integers(-20, 20))
def test_sides_never_rise_and_swap_with_the_names(counted: list[int], bound: int) -> None:
    values = np.array(counted, dtype=float) / 1000

    looks = always_valid(values, bound=bound / 1000)
    swapped = always_valid(-values, bound=-bound / 1000)

    assert len(looks) == len(values)
    assert swapped == tuple(look.negated() for look in looks)
    for before, after in pairwise(looks):
        assert after.supporting <= before.supporting
        assert after.opposing <= before.opposing
    assert all(0 < side <= 1 for look in looks for side in (look.supporting, look.opposing))


@given(st.lists(st.integers(-30, 30), min_size=2, max_size=20), st.data())
def test_later_rounds_do_not_change_what_was_said(counted: list[int], data: st.DataObject) -> None:
    values = np.array(counted) / 1000
    stop = data.draw(st.integers(1, len(values)))

    assert always_valid(values)[:stop] == pytest.approx(always_valid(values[:stop]))


def test_the_first_round_wins_the_stakes_and_nothing_else() -> None:
    # z is 1 whatever the figure's size: capital is the mean of 2 / (1 + exp(-2s)).
    capital = np.mean([2 / (1 + math.exp(-2 * s)) for s in (0.25, 0.5, 1, 2, 4)])

    (found,) = always_valid([0.003])

    assert found.supporting == pytest.approx(1 / capital)
    assert found.opposing == 1


def test_ties_and_nothing_say_nothing() -> None:
    assert always_valid([]) == ()
    assert always_valid([0.1, 0.1], bound=0.1) == (Sides(1.0, 1.0), Sides(1.0, 1.0))


def test_a_claim_between_two_bounds_is_tested_at_both() -> None:
    values = [0.001, -0.001] * 5

    low, high = always_valid(values, bound=-0.01)[-1], always_valid(values, bound=0.01)[-1]

    assert between(low, high).two_sided <= 0.05
    assert between(low, high).leaning


@pytest.mark.parametrize(("alpha", "sides"), [(0.05, 2), (0.05, 1), (0.05 / 13, 2), (0.9, 1)])
def test_fewest_looks_are_where_winning_all_is_enough(alpha: float, sides: int) -> None:
    fewest = fewest_looks(alpha, sides=sides)
    looks = [min(1.0, sides * look.supporting) for look in always_valid([0.01] * fewest)]

    assert looks[-1] <= alpha
    assert all(p > alpha for p in looks[:-1])


def test_seven_rounds_is_the_least_for_one_claim() -> None:
    assert fewest_looks() == 7
    assert always_valid_interval([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]) is None
    assert always_valid_interval([0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.2]) is not None


@settings(max_examples=30)
@given(st.lists(st.integers(-30, 30), min_size=8, max_size=25))
def test_the_interval_ends_where_bounds_are_rejected(counted: list[int]) -> None:
    values = np.array(counted) / 1000

    interval = always_valid_interval(values)

    assert interval is not None
    low, high = interval
    assert always_valid(values, bound=low)[-1].supporting <= 0.025 * (1 + 1e-9)
    assert always_valid(values, bound=high)[-1].opposing <= 0.025 * (1 + 1e-9)


def test_the_interval_moves_and_stretches_with_the_figures() -> None:
    values = np.random.default_rng(15).normal(0, 1, 20)
    interval, moved = always_valid_interval(values), always_valid_interval(3 * values + 1)

    assert interval is not None
    assert moved == pytest.approx((3 * interval[0] + 1, 3 * interval[1] + 1), abs=1e-6)


def test_the_interval_holds_the_mean_after_every_round() -> None:
    draws = np.random.default_rng(16).normal(0.5, 1, (60, 25))

    held = []
    for row in draws:
        intervals = [always_valid_interval(row[:n]) for n in (7, 12, 25)]
        held.append(all(i is not None and i[0] <= 0.5 <= i[1] for i in intervals))

    assert np.mean(held) >= 0.95


def test_equal_figures_have_an_interval_about_themselves() -> None:
    interval = always_valid_interval([0.1] * 10)

    assert interval == pytest.approx((0.1, 0.1), abs=1e-8)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fewest_looks(0),
        lambda: fewest_looks(0.05, sides=3),
        lambda: always_valid_interval([0.1], confidence=1),
        lambda: always_valid([math.nan]),
        lambda: always_valid_share([True], 1.0),
    ],
)
def test_bad_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|from 0 to 1|numbers"):
        call()
