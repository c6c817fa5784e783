"""The simulation in `benchmarks/`: what it computes is what the package computes."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from bakeoff import Better, Equivalent
from bakeoff.analysis.statistics.binomial import more_often
from bakeoff.analysis.statistics.sequential import (
    always_valid,
    always_valid_share,
    fewest_looks,
)
from bakeoff.analysis.statistics.trend import trend
from bakeoff.analysis.statistics.typical import signed_rank, typical

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = (
    "made_errors",
    "many_p_values",
    "made_studies",
    "made_linear",
    "null_cells",
    "false_verdicts",
)


@pytest.fixture(scope="module")
def bench() -> SimpleNamespace:
    """Return the benchmark's modules, with fewer samples where they look for a middle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        modules: dict[str, ModuleType] = {name: __import__(name) for name in NAMES}
    # Other files of these names are none of the tests' business.
    for name in NAMES:
        sys.modules.pop(name)
    modules["made_errors"].SAMPLES = 200_000
    return SimpleNamespace(**modules)


@pytest.mark.parametrize("rounds", [6, 7, 12, 20])
@pytest.mark.parametrize("decimals", [12, 1, 0])
def test_its_p_values_are_the_packages(bench, rounds, decimals):
    figures = np.round(np.random.default_rng(rounds).normal(0.4, 1, (20, rounds)), decimals)
    p = bench.many_p_values

    own = [signed_rank(row, bound=0.1) for row in figures]
    assert p.signed_rank_sides(figures, 0.1)[0] == pytest.approx([s.supporting for s in own])
    assert p.signed_rank_sides(figures, 0.1)[1] == pytest.approx([s.opposing for s in own])

    looks = np.array([[(s.supporting, s.opposing) for s in always_valid(row)] for row in figures])
    assert np.stack(p.always_valid_looks(figures), axis=-1) == pytest.approx(looks)


def test_its_shares_and_orders_are_the_packages(bench):
    p, rng = bench.many_p_values, np.random.default_rng(1)
    happened = rng.random((10, 12)) < 0.7
    own = [more_often(int(row.sum()), 12, 0.6) for row in happened]
    assert (
        pytest.approx(np.array([(s.supporting, s.opposing) for s in own]))
        == np.array(p.share_sides(happened, 0.6)).T
    )
    last = [always_valid_share(row, 0.6)[-1] for row in happened]
    assert (
        pytest.approx(np.array([(s.supporting, s.opposing) for s in last]))
        == np.array(p.share_looks(happened, 0.6))[..., -1].T
    )
    levels = np.round(rng.random((8, 4)), 1)
    assert p.agreement(levels) == pytest.approx(np.array(trend(levels).agreement))


def test_its_correction_is_holms(bench):
    ps = np.random.default_rng(3).random((7, 4)) ** 4

    for study in range(4):
        reference = multipletests(ps[:, study], method="holm")[1]
        assert bench.many_p_values.holm(ps)[:, study] == pytest.approx(reference)


@pytest.mark.parametrize("kind", ["single", "mixed"])
@pytest.mark.parametrize("test", ["FIXED", "LOOKED"])
def test_its_verdicts_are_the_packages(bench, kind, test):
    made, rule = bench.made_studies, getattr(bench.made_studies, test)
    tests, errors = made.null_study("50 examples", kind, 13, 2, 8, np.random.default_rng(0))
    ps = made.p_values(tests, errors, rule)

    assert ps.shape == (13, 2)
    made.check(tests, errors, ps, rule.method)
    with pytest.raises(AssertionError):
        made.check(tests, errors, 0.9 * ps, rule.method)


def test_claims_lie_on_their_boundary(bench):
    made, rng = bench.made_studies, np.random.default_rng(2)
    tests, errors = made.null_study("skew 2", "mixed", 13, 400, 5, rng)

    assert Equivalent("e", "worse", margin=made.MARGIN) in tests
    for better, worse, gap in (("a", "b", 0.0), ("b", "c", 0.0), ("c", "worse", made.MARGIN)):
        found = typical((errors[worse] - errors[better]).ravel()[:800])
        assert found.interval[0] <= gap <= found.interval[1]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("law", "share"), [("normal", 0.05), ("skew 1", 0.06), ("counted", 0.05)])
def test_wrong_verdicts_are_as_rare_as_the_rule_says(bench, law, share, seed):
    made, rng = bench.made_studies, np.random.default_rng(seed)
    for rounds, rule in ((10, made.FIXED), (30, made.LOOKED)):
        tests, errors = made.null_study(law, "single", 4, 1000, rounds, rng)
        ps = made.p_values(tests, errors, rule)
        wrong = (bench.many_p_values.holm(ps) <= 0.05).any(axis=0).sum()

        assert wrong <= binom.ppf(0.9999, 1000, share)


def test_every_cell_has_a_row_and_the_packages_verdicts(bench):
    rows = [
        row
        for part in ("added", "only", "folds", "order", "shares", "runners")
        for row in getattr(bench.null_cells, part)(2, np.random.default_rng(4))
    ]

    assert {row["table"] for row in rows} < set(bench.null_cells.TABLES)
    assert all(0 <= row["share"] <= 1 for row in rows)


def test_a_fold_and_a_split_have_the_error_of_least_squares(bench):
    linear, rng = bench.made_linear, np.random.default_rng(5)
    x, y = linear._examples(rng, (50,))
    sums = linear._sums(x, y)
    weights = np.linalg.lstsq(x[:, :4], y, rcond=None)[0]
    error = linear._errors(sums, sums, linear._columns(0), 50, 0.0)

    assert error == pytest.approx(((y - x[:, :4] @ weights) ** 2).mean())
    one, other = linear.pool_errors(rng, 40, 30)
    assert one.shape == other.shape == (30,)
    assert min(one.min(), other.min()) > 0


def test_a_variant_grows_while_its_claim_is_undecided(bench):
    looks, first = 12, fewest_looks(0.05 / 2)
    ps = np.ones((2, 2, looks))
    # In one study a claim is sure from the first look on, the other two rounds later.
    ps[0, 0] = 0.001
    ps[0, 1, first + 1 :] = 0.04
    rounds, decided = bench.false_verdicts.grown(ps)

    assert rounds.tolist() == [[first, first + 2], [looks, looks]]
    assert decided.tolist() == [[True, True], [False, False]]


def test_a_verdict_is_wrong_where_nothing_differs_or_against_the_truth(bench):
    leaning = np.array([[True, True], [False, False]])
    found = bench.false_verdicts.wrong(np.array([0.0, 0.01]), leaning)

    assert found.tolist() == [[True, False], [True, True]]


def test_clear_differences_are_found_and_cells_above_their_target_named(bench):
    rng = np.random.default_rng(6)
    power = bench.false_verdicts.power_rows(20, rng)
    saved = bench.false_verdicts.saving_rows(4, 20, rng)
    cell = bench.null_cells._cell("laws", "a law", 4, "10 rounds", np.array([True, False]), 0.06)

    clear = {r["rounds"]: r["share"] for r in power if r["difference"] == 0.04}
    assert clear[20] == clear[50] == 1
    assert [row["trials"] for row in saved[1:]] == [30, 50, 60, 75, 100, 250]
    assert len(bench.false_verdicts.missed([cell])) == 1
    assert "a law" in bench.false_verdicts.missed([cell])[0]
    assert "a law" not in bench.false_verdicts.missed([cell | {"share": 0.06}])[0]
    assert bench.false_verdicts.tables({"nulls": [cell], "power": power, "saving": saved})


def test_a_claim_of_another_kind_is_refused(bench):
    made = bench.made_studies
    with pytest.raises(TypeError, match="no p-values of a str"):
        made._sides_of("a claim", {}, made.FIXED)
    assert made._names(Better("a", than=("b", "a2"))) == ["a", "b", "a2"]
