"""The simulation in `benchmarks/`: what it computes is what the package computes."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from bakeoff import Better, Equivalent
from bakeoff.analysis.statistics.sequential import fewest_looks

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def made() -> ModuleType:
    return _loaded("made_studies")


@pytest.fixture(scope="module")
def laws() -> ModuleType:
    return _loaded("made_errors")


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    return _loaded("false_verdicts")


def _loaded(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        module = __import__(name)
        # Another file of these names is none of the tests' business.
        sys.modules.pop(name)
    return module


@pytest.mark.parametrize("claims", [4, 13])
@pytest.mark.parametrize("kind", ["single", "mixed"])
@pytest.mark.parametrize("always_valid", [False, True])
def test_its_p_values_are_the_packages(
    made: ModuleType, laws: ModuleType, kind: str, claims: int, always_valid: bool
) -> None:
    law = laws.LAWS["counted"]
    tests = made.null_tests(kind, claims, law.mean)
    errors = made.made(law, tests, 3, 8, np.random.default_rng(0))
    ps = made.p_values(tests, errors, always_valid=always_valid)

    assert ps.shape == (claims, 3)
    made.check(tests, errors, ps, always_valid=always_valid)
    with pytest.raises(AssertionError):
        made.check(tests, errors, 0.9 * ps, always_valid=always_valid)


def test_every_law_has_the_mean_that_it_names(laws: ModuleType) -> None:
    for name, law in laws.LAWS.items():
        errors = law.draw(np.random.default_rng(1), (400, 50, 4))

        assert errors.shape == (400, 50, 4)
        assert errors.mean(axis=(0, 1)) == pytest.approx(law.mean, abs=0.004 + law.mean / 50), name


def test_null_claims_lie_on_their_boundary(made: ModuleType, laws: ModuleType) -> None:
    law = laws.LAWS["normal"]
    tests = made.null_tests("mixed", 13, law.mean)
    errors = made.made(law, tests, 2_000, 20, np.random.default_rng(2))

    assert len(tests) == 13
    gap = errors["worse"] - errors["e"]
    assert gap.mean() == pytest.approx(made.MARGIN, abs=5e-4)
    assert Equivalent("e", "worse", margin=made.MARGIN) in tests


def test_its_correction_is_holms(made: ModuleType) -> None:
    ps = np.random.default_rng(3).random((7, 4)) ** 4

    for study in range(4):
        reference = multipletests(ps[:, study], method="holm")[1]
        assert made.holm(ps)[:, study] == pytest.approx(reference)


def test_a_variant_grows_while_its_claim_is_undecided(simulation: ModuleType) -> None:
    looks, first = 12, fewest_looks(0.05 / 2)
    ps = np.ones((2, 2, looks))
    # In one study a claim is sure from the first look on, the other two rounds later.
    ps[0, 0] = 0.001
    ps[0, 1, first + 1 :] = 0.04
    rounds, decided = simulation.grown(ps)

    assert rounds.tolist() == [[first, first + 2], [looks, looks]]
    assert decided.tolist() == [[True, True], [False, False]]


def test_a_verdict_is_wrong_where_nothing_differs_or_against_the_truth(
    simulation: ModuleType,
) -> None:
    found = simulation.wrong(np.array([0.0, 0.01]), np.array([[True, True], [False, False]]))

    assert found.tolist() == [[True, False], [True, True]]


def test_a_share_has_its_binomial_interval(simulation: ModuleType) -> None:
    row = simulation.share(np.array([True] * 5 + [False] * 95))

    assert (row["share"], row["studies"]) == (0.05, 100)
    assert row["half"] == pytest.approx(1.96 * np.sqrt(0.05 * 0.95 / 100))


def test_clear_differences_are_found_and_rows_are_told(simulation: ModuleType) -> None:
    rng = np.random.default_rng(4)
    power = simulation.power_rows(20, rng)
    saved = simulation.saving_rows(4, 20, rng)
    nulls = simulation.null_rows("normal", "single", 4, 20, rng)

    largest = [row for row in power if row["difference"] == 0.04]
    assert [row["rounds"] for row in largest] == [3, 5, 10, 15, 20, 50]
    assert largest[2]["share"] == largest[-1]["share"] == 1
    assert [(row["rule"], row["rounds"]) for row in saved] == [
        ("until decided", 50),
        *(("fixed", n) for n in (5, 10, 15, 20, 50)),
    ]
    assert [row["trials"] for row in saved[1:]] == [25, 50, 75, 100, 250]
    lines = simulation.tables({"nulls": nulls, "power": power, "saving": saved}).splitlines()
    assert lines[2].startswith("| normal | 4 single | ")
    assert all(line.count("|") == 9 for line in lines[:3])


def test_a_claim_of_another_kind_is_refused(made: ModuleType) -> None:
    with pytest.raises(TypeError, match="no p-values of a str"):
        made._sides_of("a claim", {}, made.t_sides)
    assert made._names(Better("a", than=("b", "a2"))) == ["a", "b", "a2"]
