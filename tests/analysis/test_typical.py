"""The typical value: its test, its estimate, its interval, and what rounds can show of it."""

import doctest
import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bakeoff.analysis.statistics import binomial, equivalence, sequential, typical
from bakeoff.analysis.statistics.equivalence import within
from bakeoff.analysis.statistics.sides import UNKNOWN, Sides, between
from bakeoff.analysis.statistics.typical import (
    FEWEST,
    detectable,
    fewest,
    signed_rank,
)
from bakeoff.analysis.statistics.typical import typical as typical_of

INF = math.inf

few_values = st.lists(
    st.sampled_from([-INF, -3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, INF]), min_size=1, max_size=9
)
tied = st.lists(
    st.one_of(st.integers(-5, 6).map(float), st.sampled_from([-INF, INF])), min_size=6, max_size=14
)
distinct = st.lists(st.integers(-(10**6), 10**6), min_size=6, max_size=14, unique_by=abs).map(
    lambda counts: [count / 1e6 for count in counts]
)


def counted(values: list[float]) -> Sides:
    """The definition: all patterns of signs of the figures, by signs of averages of two."""
    figures = list(values)

    def statistic(signs: tuple[int, ...]) -> int:
        signed = [s * abs(v) for s, v in zip(signs, figures, strict=True)]
        total = 0
        for i, one in enumerate(signed):
            for other in signed[i:]:
                total += (one > -other) - (one < -other)
        return total

    free = [(0,) if v == 0 else (-1, 1) for v in figures]
    seen = statistic(tuple(int(np.sign(v)) for v in figures))
    all_patterns = [statistic(signs) for signs in product(*free)]
    return Sides(
        sum(t >= seen for t in all_patterns) / len(all_patterns),
        sum(t <= seen for t in all_patterns) / len(all_patterns),
    )


@settings(max_examples=60, deadline=None)
@given(few_values)
def test_the_test_counts_every_pattern_of_signs_ties_zeros_and_infinities(
    values: list[float],
) -> None:
    assert signed_rank(values) == counted(values)


@pytest.mark.parametrize("n", [3, 6, 11, 25, 49])
def test_without_ties_it_is_scipys_exact_test(n: int) -> None:
    values = np.random.default_rng(n).normal(0.3, 1, n)

    for alternative, side in (("greater", "supporting"), ("less", "opposing")):
        reference = stats.wilcoxon(values, alternative=alternative, method="exact").pvalue
        assert getattr(signed_rank(values), side) == pytest.approx(reference, rel=1e-9)


@pytest.mark.parametrize("n", [1, 6, 30, 600, 1070])
def test_a_clean_sweep_is_one_pattern_of_all(n: int) -> None:
    assert signed_rank(np.arange(1, n + 1)).supporting == 2.0**-n
    assert signed_rank(-np.ones(n)) == Sides(1.0, 2.0**-n)


def test_a_side_is_never_nothing() -> None:
    assert signed_rank(np.ones(1_200)).supporting > 0


def test_many_figures_are_counted_exactly_too() -> None:
    # Whole numbers of any length, beside floats.
    values = np.random.default_rng(2).integers(-60, 80, 120)
    ranks = (2 * stats.rankdata(np.abs(values))).astype(int)
    free = ranks[values != 0]
    below = int(ranks[values < 0].sum())
    ways = np.zeros(below + 1, dtype=object)
    ways[0] = 1
    for rank in free.tolist():
        ways[rank:] = ways[rank:] + ways[: max(0, below + 1 - rank)]

    expected = Fraction(sum(ways), 2 ** len(free))

    assert signed_rank(values).supporting == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("figures", [6, 511, 512, 1_100])
def test_figures_at_one_distance_are_a_sign_test(figures: int) -> None:
    above = figures * 9 // 16
    values = [1.0] * above + [-1.0] * (figures - above)

    expected = stats.binom.sf(above - 1, figures, 0.5)

    assert signed_rank(values).supporting == pytest.approx(float(expected), rel=1e-9)


@given(few_values, st.integers(-3, 3))
def test_sides_swap_with_the_names(values: list[float], bound: int) -> None:
    negated = [-v for v in values]

    assert signed_rank(values, bound=bound).negated() == signed_rank(negated, bound=-bound)


def test_no_figures_and_figures_at_the_bound_say_nothing() -> None:
    assert signed_rank([]) == signed_rank([0.1] * 8, bound=0.1) == UNKNOWN
    # 0.3 - 0.2 and 0.1 are one figure.
    assert signed_rank([0.3 - 0.2] * 8, bound=0.1) == UNKNOWN


def test_figures_at_the_bound_are_ranked_and_add_nothing() -> None:
    # Ranks 1 and 2 are the zeros': -0.1 has rank 3 of 8, not 1 of 6.
    found = signed_rank([0.0, 0.0, -0.1, 0.2, 0.3, 0.4, 0.5, 0.6])

    # Of subsets of the ranks 3 to 8: none, and {3}.
    assert found.supporting == 2 / 2**6


@given(distinct, st.data())
def test_a_worse_rival_never_weakens_a_verdict(values: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    higher = data.draw(st.sampled_from([values[place] + 0.3000001, INF]))
    raised = [*values[:place], higher, *values[place + 1 :]]

    sides, after = signed_rank(values), signed_rank(raised)

    assert after.supporting <= sides.supporting or len(set(map(abs, raised))) < len(raised)
    assert after.opposing >= sides.opposing or len(set(map(abs, raised))) < len(raised)


@settings(max_examples=60)
@given(tied, st.data())
def test_with_ties_a_higher_figure_never_lowers_the_statistic(
    values: list[float], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    raised = [*values[:place], INF, *values[place + 1 :]]

    def statistic(figures: list[float]) -> float:
        return float((stats.rankdata(np.abs(figures)) * np.sign(figures)).sum())

    assert statistic(raised) >= statistic(values)


@settings(max_examples=40)
@given(distinct)
def test_sides_move_steadily_with_the_bound(values: list[float]) -> None:
    bounds = np.linspace(min(values) - 0.1, max(values) + 0.1, 30) + 1.234e-7

    sides = [signed_rank(values, bound=bound) for bound in bounds]

    assert all(a.supporting <= b.supporting for a, b in pairwise(sides))
    assert all(a.opposing >= b.opposing for a, b in pairwise(sides))


def bounds_around(values: list[float]) -> list[float]:
    """Every average of two figures, and a bound in each gap."""
    finite = [v for v in values if math.isfinite(v)] or [0.0]
    ends = sorted({round((a + b) / 2, 12) for a in finite for b in finite})
    gaps = [(a + b) / 2 for a, b in pairwise(ends)]
    return [ends[0] - 1, *ends, *gaps, ends[-1] + 1]


@settings(max_examples=60, deadline=None)
@given(distinct)
def test_the_interval_holds_the_bounds_that_are_not_rejected(values: list[float]) -> None:
    interval = typical_of(values).interval

    assert interval is not None
    low, high = interval
    for bound in bounds_around(values):
        p = signed_rank(values, bound=bound).two_sided
        assert not low < bound < high or p > 0.05
        assert low <= bound <= high or p <= 0.05


@settings(max_examples=100, deadline=None)
@given(tied)
def test_with_ties_no_bound_outside_the_interval_is_left(values: list[float]) -> None:
    interval = typical_of(values).interval

    assert interval is not None
    low, high = interval
    rejected = {
        bound: signed_rank(values, bound=bound).two_sided <= 0.05 for bound in bounds_around(values)
    }
    assert all(gone for bound, gone in rejected.items() if not low <= bound <= high)
    # The ends are not out of reach: next to each, or at it, a bound is not rejected.
    inside = sorted(bound for bound in rejected if low <= bound <= high)
    if inside:
        assert not all(rejected[bound] for bound in inside[:2])
        assert not all(rejected[bound] for bound in inside[-2:])


@settings(max_examples=40, deadline=None)
@given(tied, st.sampled_from([0.8, 0.95, 0.99]))
def test_skipping_what_is_surely_rejected_changes_no_interval(
    values: list[float], confidence: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typical, "_surely_rejected", lambda rounds, level: INF)
        slow = typical_of(values, confidence=confidence)

    assert typical_of(values, confidence=confidence) == slow


@pytest.mark.parametrize("rounds", [6, 9, 14])
def test_what_is_surely_rejected_is_so_however_distances_tie(rounds: int) -> None:
    rng = np.random.default_rng(rounds)
    for level in (0.05, 0.01):
        sure = typical._surely_rejected(rounds, level)
        for _ in range(100):
            sizes = rng.integers(0, rng.integers(2, 12), rounds)
            signs = rng.choice([-1, 1], (2_000, rounds), p=[0.1, 0.9])
            totals = (signs * np.sign(sizes) * stats.rankdata(sizes)).sum(axis=1)
            for place in np.flatnonzero(totals >= sure)[:1]:
                assert signed_rank(signs[place] * sizes).supporting <= level


def test_the_estimate_is_the_middle_of_the_averages() -> None:
    values = np.random.default_rng(5).normal(0, 1, 12)
    first, second = np.triu_indices(12)

    expected = np.median((values[first] + values[second]) / 2)

    assert typical_of(values).estimate == pytest.approx(expected)
    assert typical_of([0.1, 0.4]).estimate == 0.25
    assert typical_of([]) == typical.Typical(0, None, None)


def test_infinite_figures_are_bad_rounds_and_nothing_more() -> None:
    values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]

    found, large = typical_of([*values, INF]), typical_of([*values, 1e6])

    assert found.estimate == large.estimate
    assert found.interval == (large.interval[0], INF) if large.interval else None
    assert typical_of([INF] * 6).interval == (INF, INF)
    assert typical_of([-INF, INF]).estimate is None
    assert typical_of([-INF, 0.2, INF]).estimate == 0.2
    assert typical_of([-INF] * 6 + [0.0]).estimate == -INF


@pytest.mark.parametrize("n", range(FEWEST))
def test_fewer_than_six_figures_have_no_interval(n: int) -> None:
    assert typical_of(np.arange(n)).interval is None
    assert typical_of([0.1] * n, confidence=0.5).interval is None


def test_equal_figures_have_an_interval_of_one_point_and_no_minus_zero() -> None:
    assert typical_of([4.5] * 6).interval == (4.5, 4.5)
    assert str(typical_of([0.0] * 6).interval) == "(0.0, 0.0)"
    assert str(typical_of([-0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).estimate) == "0.0"


@settings(max_examples=30, deadline=None)
@given(tied)
def test_figures_negated_have_the_interval_negated(values: list[float]) -> None:
    found, other = typical_of(values), typical_of([-v for v in values])

    assert found.interval is not None
    assert other.interval is not None
    assert other.interval == (-found.interval[1], -found.interval[0])


def test_the_interval_holds_the_typical_value_of_skewed_figures() -> None:
    # Exponential: the pseudo-median solves (1 + 2 m) exp(-2 m) = 1/2.
    truth = 0.839173
    draws = np.random.default_rng(6).exponential(1, (1_500, 10))

    intervals = [typical_of(row).interval for row in draws]

    assert np.mean([i is not None and i[0] <= truth <= i[1] for i in intervals]) >= 0.94


@pytest.mark.parametrize(("claims", "rounds"), [(1, 6), (2, 7), (13, 10), (28, 11)])
def test_fewest_rounds_are_where_a_clean_sweep_is_enough(claims: int, rounds: int) -> None:
    assert fewest(claims) == rounds
    assert claims * signed_rank([1.0] * rounds).two_sided <= 0.05
    if claims > 1:
        assert claims * signed_rank([1.0] * (rounds - 1)).two_sided > 0.05


def test_fewer_than_six_rounds_never_do() -> None:
    assert fewest(1, alpha=0.9) == FEWEST


@pytest.mark.parametrize("claims", [1, 6, 13, 28])
@pytest.mark.parametrize("rounds", [6, 10, 12, 20])
def test_a_gap_that_rounds_can_show_is_found_as_often(rounds: int, claims: int) -> None:
    gap = detectable(rounds, claims)

    if rounds < fewest(claims):
        assert gap is None
        return
    assert gap is not None
    draws = np.random.default_rng(7).normal(gap, 1, (20_000, rounds))
    order = np.argsort(np.abs(draws), axis=1)
    ranks = np.arange(1, rounds + 1)
    below = ((np.take_along_axis(draws, order, 1) < 0) * ranks).sum(axis=1)
    rejected = below <= typical._rejected(rounds, 0.05 / claims / 2)
    assert rejected.mean() == pytest.approx(0.8, abs=0.05)


def test_more_rounds_show_smaller_gaps_and_more_power_takes_larger_ones() -> None:
    gaps = [detectable(rounds, 6) for rounds in (9, 12, 20, 50)]

    assert all(a > b for a, b in pairwise(gaps) if a and b)
    assert (detectable(15, power=0.9) or 0) > (detectable(15) or INF)


def test_equal_within_a_margin_is_tested_at_both_ends() -> None:
    values = [0.1, -0.2, 0.3, 0.2, -0.1, 0.0, INF]

    found = within(values, 0.5, centre=0.1)

    low, high = signed_rank(values, bound=-0.4), signed_rank(values, bound=0.6)
    assert found == between(low, high)


@pytest.mark.parametrize(
    "call",
    [
        lambda: signed_rank([0.1, math.nan]),
        lambda: signed_rank([0.1], bound=INF),
        lambda: signed_rank([[0.1]]),
        lambda: typical_of([math.nan]),
        lambda: typical_of([0.1], confidence=1.0),
        lambda: fewest(0),
        lambda: fewest(1, alpha=0),
        lambda: detectable(10, 0),
        lambda: detectable(10, power=1),
        lambda: within([0.1], 0),
    ],
)
def test_bad_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="must be|can be judged|axes"):
        call()


@pytest.mark.parametrize("module", [typical, binomial, sequential, equivalence])
def test_the_examples_in_the_docstrings_run(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]

    assert found.attempted > 0
    assert found.failed == 0


@given(st.lists(st.sampled_from([0.25, 0.5, 0.75, math.inf, -math.inf]), min_size=6, max_size=16))
def test_an_interval_is_in_order_and_holds_the_estimate(values):
    found = typical_of(values)

    assert found.interval is not None
    low, high = found.interval
    assert low <= high
    assert found.estimate is None or low <= found.estimate <= high
