"""Ranks and what can be told apart, against closed forms, brute force and other libraries."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon  # type: ignore[import-untyped]
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from bakeoff.analysis.ranks import friedman, joined, mean_ranks, ranks, told_apart
from bakeoff.analysis.results import Results
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from made_history import made

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
    return Results(study, study, Overrides(), histories)


def every_told_apart(errors: np.ndarray) -> Apart:
    return told_apart(errors, list(combinations(range(errors.shape[1]), 2)))


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
    assert friedman(np.array([[0.1, 0.1, 0.1], [0.2, 0.2, 0.3]] * 3)) is not None


def test_friedman_says_nothing_of_fewer_than_six_rounds() -> None:
    rounds = np.array([[0.1, 0.2, 0.3]] * 6)

    assert friedman(rounds) is not None
    assert friedman(rounds[:5]) is None


@pytest.mark.parametrize("seed", range(5))
def test_what_is_told_apart_is_what_other_libraries_tell_apart(seed: int) -> None:
    errors = np.random.default_rng(seed).normal([0, 0, 0.5, 1, 2], 0.5, (14, 5))
    pairs = list(combinations(range(5), 2))
    p_values = [wilcoxon(errors[:, one], errors[:, other]).pvalue for one, other in pairs]
    rejected = multipletests(p_values, 0.05, method="holm")[0]

    found = every_told_apart(errors)

    assert found == {pair for pair, apart in zip(pairs, rejected, strict=True) if apart}
    assert 0 < len(found) < len(pairs)


@pytest.mark.parametrize(("variants", "rounds"), [(2, 6), (3, 7), (4, 8), (8, 11)])
def test_so_many_rounds_are_needed_before_any_pair_can_be_told_apart(
    variants: int, rounds: int
) -> None:
    row = np.arange(variants) / 10

    # Two of 2^n patterns of signs, for each of the pairs.
    assert every_told_apart(np.array([row] * (rounds - 1))) == frozenset()
    everything = frozenset(combinations(range(variants), 2))
    assert every_told_apart(np.array([row] * rounds)) == everything


def test_a_diverged_trial_is_worse_than_any_and_two_tie() -> None:
    best, worst = [0.1] * 6, [0.9, 0.9, 0.9, math.inf, math.inf, math.inf]

    assert every_told_apart(np.array([best, worst]).T) == {(0, 1)}
    assert every_told_apart(np.array([[*best[:5], math.inf], worst]).T) == frozenset()
    assert every_told_apart(np.array([[math.inf] * 9, [math.inf] * 9]).T) == frozenset()


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


@given(graphs())
def test_groups_are_those_that_a_search_of_all_pairs_leaves(graph: tuple[int, Apart]) -> None:
    number, apart = graph

    def alike(group: tuple[int, ...]) -> bool:
        return apart.isdisjoint(combinations(group, 2))

    every = [g for n in range(2, number + 1) for g in combinations(range(number), n) if alike(g)]
    kept = sorted(g for g in every if not any(set(g) < set(other) for other in every))
    for group in sorted(kept, key=len):
        others = {pair for other in kept if other != group for pair in combinations(other, 2)}
        if others.issuperset(combinations(group, 2)):
            kept.remove(group)

    assert joined(number, apart) == tuple(kept)


def test_of_many_variants_the_best_alone_is_tested_against_each_other() -> None:
    errors = [[0.1] * 20, *([0.1 + n % 2 / 10] * 20 for n in range(1, 50))]

    found = ranks(results(**{f"v{n}": each for n, each in enumerate(errors)}))

    assert found is not None
    assert (found.pairs, found.apart, found.groups) == (49, 25, ())
    assert found.best == tuple(range(25))


def test_a_part_of_the_pairs_tells_none_apart_that_the_whole_would_not() -> None:
    errors = np.random.default_rng(0).normal([0, 0.3, 0.5, 1, 2], 0.5, (14, 5))

    some = told_apart(errors, [(0, other) for other in range(1, 5)], among=10)

    assert some
    assert some <= every_told_apart(errors)


def test_groups_need_not_be_neighbours() -> None:
    # 0 and 2 are alike, and 1, which ranks between them, differs from both.
    assert joined(3, {(0, 1), (1, 2)}) == ((0, 2),)


def test_the_best_comes_first_with_its_mean_rank() -> None:
    found = ranks(
        results(
            worst=[0.9, 0.8, 0.9, 0.8] * 2,
            best=[0.1, 0.2, 0.1, 0.2] * 2,
            middle=[0.5, 0.2, 0.5, 0.4] * 2,
        )
    )

    assert found is not None
    assert found.variants == ("best", "middle", "worst")
    assert found.means == (1.125, 1.875, 3.0)
    assert found.rounds == tuple(range(8))
    # The best ties with the middle in two rounds: 2 of 2^6 patterns, and that for one pair left.
    assert (found.pairs, found.apart) == (3, 3)
    assert found.groups == ()


def test_variants_that_are_not_shown_count_among_the_pairs() -> None:
    whole = results(**{name: [place / 10] * 9 for place, name in enumerate("abcde")})
    study = whole.study.overridden(Overrides(rounds=8, only=("a", "b", "c")))
    histories = {name: whole.histories[name][:8] for name in "abc"}
    shown = ranks(replace(whole, study=study, histories=histories))
    alone = ranks(replace(whole, study=study, declared=study, histories=histories))

    # Of 10 pairs, 9 rounds can tell one apart, and 8 cannot; of 3 pairs, 7 can.
    assert shown is not None
    assert alone is not None
    assert (shown.pairs, shown.apart, alone.apart) == (3, 0, 3)
    assert (ranks(whole) or shown).apart == 10


@pytest.mark.parametrize("rounds", range(2, 6))
def test_below_six_rounds_nothing_is_told_apart(rounds: int) -> None:
    found = ranks(
        results(
            **{name: [error] * rounds for name, error in zip("abc", (0.1, 0.2, 0.9), strict=True)}
        )
    )

    assert found is not None
    assert found.means == (1.0, 2.0, 3.0)
    assert (found.apart, found.groups) == (0, ((0, 1, 2),))


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
