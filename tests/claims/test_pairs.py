"""The paired differences that claims rest on: which, in which direction, and what of them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel  # type: ignore[import-untyped]

from bakeoff.analysis.results import Results
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import LearnsFaster
from bakeoff.claims.differences import BestOf, Better, Equivalent
from bakeoff.claims.levels import Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.pairs import Difference, claimed_differences, differences_from
from bakeoff.claims.shares import WinsEveryRound
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import StudyError
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.published import Quantity
from bakeoff.study.study import Shortening, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from made_history import made

MODEL = Network(Flatten(), Linear(2), Head("comparison"))
BATCHES = Recipe(epochs=4, batch=100, record="iterations")

LOW = [0.101, 0.098, 0.103, 0.097, 0.102, 0.099]
HIGH = [0.152, 0.147, 0.161, 0.139, 0.155, 0.148]
OTHER = [0.153, 0.145, 0.162, 0.141, 0.152, 0.149]
DIVERGED = made(test=(), status="diverged")


def results(*tests: ClaimTest, **errors: list[float | History | None]) -> Results:
    given = errors or {"a": [*LOW], "b": [*HIGH], "c": [*OTHER]}
    study = Study(
        name="s",
        task=DigitPairs(train=400, validation=0, test=100),
        rounds=max(map(len, given.values())),
        variants=tuple(
            # Variants whose errors are made up differ in something.
            Variant(name=n, model=MODEL, recipe=BATCHES, optimizer=Adam(lr=1e-3 + place))
            for place, n in enumerate(given)
        ),
        claims=tuple(Claim(id=f"X{n}", quote="So.", test=t) for n, t in enumerate(tests)),
    )
    histories = {
        name: tuple(made(test=(e,)) if isinstance(e, float) else e for e in places)
        for name, places in given.items()
    }
    return Results(study, study, Shortening(), histories)


def pairs(found: tuple[Difference, ...]) -> list[tuple[str, str]]:
    return [(row.first, row.second) for row in found]


def test_each_pair_of_a_claim_stands_once_in_its_order() -> None:
    best, better = BestOf("a", among=("a", "b", "c")), Better(("b", "c"), than="a")

    assert pairs(claimed_differences(results(best))) == [("a", "b"), ("a", "c")]
    assert pairs(claimed_differences(results(better))) == [("b", "a"), ("c", "a")]
    assert pairs(claimed_differences(results(AllOf(best, Not(better))))) == [("a", "b"), ("a", "c")]


@pytest.mark.parametrize(
    "test",
    [
        Ordered(("c", "b", "a")),
        Reaches("a", value=0.5),
        WinsEveryRound("a", loser="b"),
    ],
)
def test_claims_that_test_no_pair_have_no_difference(test: ClaimTest) -> None:
    assert claimed_differences(results(test)) == ()


def test_a_difference_is_that_of_the_errors_in_points() -> None:
    (row,) = claimed_differences(results(Better("a", than="b")))

    points = 100 * (np.array(HIGH) - np.array(LOW))
    low, high = ttest_rel(HIGH, LOW).confidence_interval()
    assert row.figures == pytest.approx(points.tolist())
    assert row.mean == pytest.approx(points.mean())
    assert row.interval == pytest.approx((100 * low, 100 * high))


def test_a_pair_of_several_claims_stands_once_with_all_of_them() -> None:
    (row,) = claimed_differences(
        results(
            Better("a", than="b", by=0.02),
            Better("b", than="a", by=0.01),
            Equivalent("a", "b", margin=0.03),
            Better("a", than="b"),
        )
    )

    assert (row.first, row.second) == ("a", "b")
    assert row.outcomes == (
        ("X0", "supported"),
        ("X1", "contradicted"),
        ("X2", "contradicted"),
        ("X3", "supported"),
    )
    # That b is better by 1 point is that a is better by -1.
    assert row.bounds == (2.0, -1.0)
    assert row.margins == (3.0,)
    assert row.outcome == "supported"


def test_the_first_decided_claim_gives_a_row_its_outcome() -> None:
    rows = claimed_differences(
        results(Better("b", than="c"), Better("c", than="a"), BestOf("b", among=("c", "a")))
    )

    assert [row.outcome for row in rows] == ["contradicted"] * 3
    assert rows[0].outcomes == (("X0", "undecided"), ("X2", "contradicted"))


def test_pairs_of_other_figures_stand_apart_and_say_so() -> None:
    def history(error: float) -> History:
        made_one = made(test=(error,))
        curves = {**made_one.curves, "batch": {"error": (0.9, error)}}
        return replace(made_one, curves=curves)

    base = results(
        Better("a", than="b"),
        LearnsFaster("b", than="a", iterations=2),
        Better("a", than="b", quantity=Quantity(selection="best_on_test")),
    )
    histories = {
        name: tuple(map(history, errors))
        for name, errors in {"a": LOW, "b": HIGH, "c": OTHER}.items()
    }

    rows = claimed_differences(replace(base, histories=histories))

    assert [(row.first, row.second, row.where) for row in rows] == [
        ("a", "b", ""),
        ("b", "a", " over the first 2 batches"),
        ("a", "b", " in test error at its best epoch on test"),
    ]
    assert rows[1].mean == pytest.approx(-(rows[0].mean or 0) / 2)


def test_a_diverged_trial_is_wrong_on_every_example() -> None:
    (row,) = claimed_differences(results(Better("a", than="b"), a=[0.1, 0.1], b=[0.2, DIVERGED]))

    assert row.figures == pytest.approx((10.0, 90.0))
    assert row.diverged == 1


def test_one_round_has_a_mean_and_none_has_nothing() -> None:
    (one,) = claimed_differences(results(Better("a", than="b"), a=[0.1, 0.1], b=[0.2, None]))
    (none,) = claimed_differences(results(Better("a", than="b"), a=[0.1, None], b=[None, 0.2]))

    assert (one.mean, one.interval) == (pytest.approx(10.0), None)
    assert (none.mean, none.interval, none.figures) == (None, None, ())
    assert (one.clearness, none.clearness) == (0.0, 0.0)


def test_a_difference_is_clear_where_its_interval_holds_nothing_it_is_held_against() -> None:
    tests = {
        Better("a", than="b"): 1,
        Better("b", than="c"): 0,
        # The mean is 5.0 points, its interval about 4.3 to 5.7.
        Better("a", than="b", by=0.05): 0,
        Better("a", than="b", by=0.03): 1,
        Equivalent("a", "b", margin=0.052): 0,
        Equivalent("a", "b", margin=0.2): 1,
    }
    for test, clear in tests.items():
        (row,) = claimed_differences(results(test))
        assert (row.clearness > 1) == clear, test


def test_every_other_variant_stands_against_a_reference() -> None:
    rows = differences_from(results(), "b")

    assert pairs(rows) == [("a", "b"), ("c", "b")]
    assert [row.outcome for row in rows] == ["supported", "undecided"]
    assert [row.outcome for row in differences_from(results(), "a")] == ["contradicted"] * 2
    with pytest.raises(StudyError, match="no variant"):
        differences_from(results(), "d")


def test_what_a_reference_tells_apart_is_corrected_for_the_number_of_variants() -> None:
    base = [0.152, 0.147, 0.161, 0.139]
    close: list[float | History | None] = [0.142, 0.139, 0.146, 0.134]
    # Alone its p-value is 0.02 or so, with four others it is not enough.
    alone = differences_from(results(base=[*base], close=close), "base")
    among = differences_from(
        results(base=[*base], close=close, **{n: [*base[::-1]] for n in "efgh"}), "base"
    )

    assert ttest_rel(base, close).pvalue == pytest.approx(0.02, abs=0.01)
    assert alone[0].outcome == "supported"
    assert among[0].outcome == "undecided"


def test_a_reference_without_a_second_round_tells_nothing_apart() -> None:
    (row,) = differences_from(results(a=[0.1], b=[0.9]), "a")

    assert (row.outcome, row.mean) == ("undecided", pytest.approx(-80.0))
