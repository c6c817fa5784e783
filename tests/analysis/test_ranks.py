"""Ranks and what can be told apart, against closed forms, brute force and other libraries."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_history import made
from scipy.stats import ttest_rel  # type: ignore[import-untyped]
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from bakeoff.analysis.ranks import friedman, joined, mean_ranks, ranks, told_apart
from bakeoff.analysis.results import Results
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Shortening, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

MODEL = Network(Flatten(), Linear(2), Head("comparison"))
DIVERGED = made(test=(), status="diverged")

Apart = frozenset[tuple[int, int]]


def results(**errors: list[float | History | None]) -> Results:
    rounds = max(map(len, errors.values()))
    study = Study(
        name="s",
        task=DigitPairs(train=400, validation=0, test=100),
        rounds=rounds,
        variants=tuple(Variant(name=name, model=MODEL) for name in errors),
    )
    histories = {
        name: tuple(made(test=(e,)) if isinstance(e, float) else e for e in given)
        + (None,) * (rounds - len(given))
        for name, given in errors.items()
    }
    return Results(study, study, Shortening(), histories)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Apart]:
    number = draw(st.integers(1, 8))
    pairs = list(combinations(range(number), 2))
    apart = draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    return number, frozenset(apart)


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=6))
def test_ranks_of_a_round_always_add_up_to_the_same(rows: list[list[int]]) -> None:
    assert sum(mean_ranks(np.array(rows, dtype=float))) == pytest.approx(1 + 2 + 3 + 4)


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=6))
def test_a_rank_counts_those_that_are_better_and_half_of_those_that_tie(
    rows: list[list[int]],
) -> None:
    counted = [
        [1 + sum(o < e for o in row) + (sum(o == e for o in row) - 1) / 2 for e in row]
        for row in rows
    ]

    assert mean_ranks(np.array(rows, dtype=float)) == pytest.approx(np.mean(counted, axis=0))


@pytest.mark.parametrize("seed", range(5))
def test_friedman_s_p_value_is_that_of_the_formula(seed: int) -> None:
    errors = np.random.default_rng(seed).normal([0, 0.5, 1], 1, (9, 3))

    spread = ((mean_ranks(errors) - 2) ** 2).sum()
    # 12 n / (k (k + 1)) times it is chi-squared, with 2 degrees of freedom for 3 variants.
    assert friedman(errors) == pytest.approx(math.exp(-(12 * 9 / (3 * 4) * spread) / 2))


def test_friedman_says_nothing_where_all_are_equal() -> None:
    assert friedman(np.full((3, 4), 0.5)) is None
    assert friedman(np.array([[0.1, 0.1, 0.1], [0.2, 0.2, 0.3]])) is not None


@pytest.mark.parametrize("seed", range(5))
def test_what_is_told_apart_is_what_other_libraries_tell_apart(seed: int) -> None:
    errors = np.random.default_rng(seed).normal([0, 0, 0.5, 1, 2], 0.5, (8, 5))
    pairs = list(combinations(range(5), 2))
    p_values = [ttest_rel(errors[:, one], errors[:, other]).pvalue for one, other in pairs]
    rejected = multipletests(p_values, 0.05, method="holm")[0]

    found = told_apart(errors)

    assert found == {pair for pair, apart in zip(pairs, rejected, strict=True) if apart}
    assert 0 < len(found) < len(pairs)


def test_equal_differences_are_left_to_the_permutation_test() -> None:
    few, many = ([[0.25, 0.5]] * n for n in (5, 6))

    # Two of 2^5 patterns of signs are 0.0625, two of 2^6 are 0.03125.
    assert told_apart(np.array(few)) == frozenset()
    assert told_apart(np.array(many)) == {(0, 1)}


@given(graphs())
def test_two_share_a_group_exactly_if_they_are_not_told_apart(graph: tuple[int, Apart]) -> None:
    number, apart = graph

    groups = joined(number, apart)

    together = {pair for group in groups for pair in combinations(group, 2)}
    assert together == set(combinations(range(number), 2)) - apart


@given(graphs())
def test_no_group_could_be_larger_and_none_is_needless(graph: tuple[int, Apart]) -> None:
    number, apart = graph

    groups = joined(number, apart)

    for group in groups:
        outside = set(range(number)) - set(group)
        assert all(any((min(o, one), max(o, one)) in apart for one in group) for o in outside)
        others = {pair for other in groups if other != group for pair in combinations(other, 2)}
        assert not others.issuperset(combinations(group, 2))
    assert list(groups) == sorted(groups)


def test_groups_need_not_be_neighbours() -> None:
    # 0 and 2 are alike, and 1, which ranks between them, differs from both.
    assert joined(3, {(0, 1), (1, 2)}) == ((0, 2),)


def test_the_best_comes_first_with_its_mean_rank() -> None:
    found = ranks(
        results(
            worst=[0.9, 0.8, 0.9, 0.8],
            best=[0.1, 0.2, 0.1, 0.2],
            middle=[0.5, 0.2, 0.5, 0.4],
        )
    )

    assert found is not None
    assert found.variants == ("best", "middle", "worst")
    assert found.means == (1.125, 1.875, 3.0)
    assert found.rounds == (0, 1, 2, 3)
    assert (found.pairs, found.apart) == (3, 2)
    assert found.groups == ((0, 1),)


def test_a_diverged_trial_ranks_last() -> None:
    found = ranks(results(a=[DIVERGED, 0.1], b=[0.9, 0.2], c=[0.8, 0.05]))

    assert found is not None
    assert found.variants == ("c", "a", "b")
    assert found.means == (1.0, 2.5, 2.5)
    assert found.diverged == 1


@pytest.mark.parametrize(
    "errors",
    [
        {"a": [0.1, 0.2], "b": [0.2, 0.3]},
        {"a": [0.1], "b": [0.2], "c": [0.3]},
        {"a": [0.1, None], "b": [None, 0.2], "c": [0.3, 0.1]},
        {"a": [None, None], "b": [0.1, 0.2], "c": [0.3, 0.1]},
    ],
)
def test_too_few_variants_or_common_rounds_have_no_ranks(
    errors: dict[str, list[float | History | None]],
) -> None:
    assert ranks(results(**errors)) is None


def test_variants_with_few_rounds_are_left_out_where_the_table_grows_by_it() -> None:
    full = {name: [0.1 * n, 0.2 * n, 0.1 * n, 0.3 * n] for n, name in enumerate("abcd", 1)}

    found = ranks(results(**full, e=[0.9, 0.9]))

    assert found is not None
    assert found.left_out == ("e",)
    assert len(found.rounds) == 4


def test_variants_with_fewer_rounds_stay_where_the_table_grows_by_them() -> None:
    full = {name: [0.1 * n, 0.2 * n, 0.1 * n, 0.3 * n] for n, name in enumerate("abc", 1)}

    found = ranks(results(**full, e=[0.9, None, 0.9, 0.8]))

    assert found is not None
    assert found.left_out == ()
    assert found.rounds == (0, 2, 3)
