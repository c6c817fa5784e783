"""The paired differences that claims rest on: which, in which direction, and what of them."""

from dataclasses import replace

import pytest

from bakeoff.analysis.results import FailedTrial, Results
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import LearnsFaster
from bakeoff.claims.differences import BestOf, Better, BetterBy, Equivalent
from bakeoff.claims.levels import Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.pairs import Difference, claimed_differences, differences_from
from bakeoff.claims.shares import WinsEveryRound
from bakeoff.claims.verdicts import verdicts
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import StudyError
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.published import Quantity
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from made_history import made

MODEL = Network(Flatten(), Linear(2), Head("comparison"))
BATCHES = Recipe(epochs=4, batch=100, record="iterations")

LOW = [0.101, 0.098, 0.103, 0.097, 0.102, 0.099, 0.100, 0.104]
HIGH = [0.152, 0.147, 0.161, 0.139, 0.155, 0.148, 0.150, 0.158]
OTHER = [0.153, 0.145, 0.162, 0.141, 0.152, 0.149, 0.149, 0.157]
DIVERGED = made(test=(), status="diverged")


def differences(found: Results) -> tuple[Difference, ...]:
    return claimed_differences(verdicts(found))


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
    return Results(study, study, Overrides(), histories)


def pairs(found: tuple[Difference, ...]) -> list[tuple[str, str]]:
    return [(row.first, row.second) for row in found]


def test_each_pair_of_a_claim_stands_once_in_its_order() -> None:
    best, better = BestOf("a", among=("a", "b", "c")), Better(("b", "c"), than="a")

    assert pairs(differences(results(best))) == [("a", "b"), ("a", "c")]
    assert pairs(differences(results(better))) == [("b", "a"), ("c", "a")]
    assert pairs(differences(results(AllOf(best, Not(better))))) == [("a", "b"), ("a", "c")]


@pytest.mark.parametrize(
    "test",
    [
        Ordered(("c", "b", "a")),
        Reaches("a", value=0.5),
        WinsEveryRound("a", loser="b"),
    ],
)
def test_claims_that_test_no_pair_have_no_difference(test: ClaimTest) -> None:
    assert differences(results(test)) == ()


def test_a_difference_is_that_of_the_errors() -> None:
    gaps = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]
    rivals = [0.1 + gap for gap in gaps]
    (row,) = differences(results(Better("a", than="b", by=0.005), a=[0.1] * 8, b=[*rivals]))

    assert row.figures == pytest.approx(gaps)
    assert row.evidence.mean == pytest.approx(0.045)
    assert row.evidence.estimate == pytest.approx(0.045)
    # Of eight rounds, ranks that sum to 3 at most reject a bound (5 of 2^8 patterns): the interval
    # ends at the fourth of the averages of two gaps, 0.01, 0.015, 0.02 and 0.02 from below.
    assert row.evidence.interval == pytest.approx((0.02, 0.07))
    # What it is held against in a claim is another matter.
    assert (row.evidence.bound, row.bounds) == (0.0, (0.005,))


def test_a_pair_of_several_claims_stands_once_with_all_of_them() -> None:
    (row,) = differences(
        results(
            Better("a", than="b", by=0.02),
            Better("b", than="a", by=0.01),
            Equivalent("a", "b", margin=0.03),
            BetterBy("b", than="a", about=0.05, margin=0.02),
            Better("a", than="b"),
        )
    )

    assert (row.first, row.second) == ("a", "b")
    assert row.outcomes == (
        ("X0", "supported"),
        ("X1", "contradicted"),
        ("X2", "contradicted"),
        ("X3", "contradicted"),
        ("X4", "supported"),
    )
    # That b is better by 1 point is that a is better by -1.
    assert row.bounds == (0.02, -0.01)
    assert row.margins == ((0.0, 0.03), (-0.05, 0.02))
    assert row.outcome == "undecided"


def test_a_row_has_the_outcome_that_all_its_claims_have() -> None:
    rows = differences(
        results(Better("b", than="c"), Better("c", than="a"), BestOf("b", among=("c", "a")))
    )

    assert [row.outcome for row in rows] == ["undecided", "contradicted", "contradicted"]
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

    rows = differences(replace(base, histories=histories))

    told = [(c.kind, c.variants, c.quantity, c.iterations) for c in (r.contrast for r in rows)]
    assert told == [
        ("difference", ("a", "b"), Quantity(), 0),
        ("speed", ("b", "a"), Quantity(), 2),
        ("difference", ("a", "b"), Quantity(selection="best_on_test"), 0),
    ]
    assert rows[1].evidence.mean == pytest.approx(-(rows[0].evidence.mean or 0) / 2)


def test_a_diverged_trial_is_worse_than_any_and_two_tie() -> None:
    (row,) = differences(
        results(Better("a", than="b"), a=[0.1, 0.1, DIVERGED], b=[0.2, DIVERGED, DIVERGED])
    )

    assert row.figures == pytest.approx((0.1, float("inf"), 0.0))
    assert row.diverged == 3
    # The mean describes those that ended.
    assert row.evidence.mean == pytest.approx(0.05)


@pytest.mark.parametrize("rounds", range(6))
def test_fewer_than_six_rounds_have_no_interval_and_no_outcome(rounds: int) -> None:
    given = {"a": [*LOW[:rounds], None], "b": [*HIGH[:rounds], None]}
    (row,) = differences(results(Better("a", than="b"), **given))

    assert row.evidence.interval is row.evidence.t_interval is None
    assert (row.evidence.mean is None) == (rounds == 0)
    assert (row.outcome, row.clearness) == ("undecided", 0.0)


def test_a_difference_is_clear_where_its_interval_holds_nothing_it_is_held_against() -> None:
    tests = {
        Better("a", than="b"): 1,
        Better("b", than="c"): 0,
        # The typical difference is 5.05 points, its interval 4.6 to 5.45.
        Better("a", than="b", by=0.05): 0,
        Better("a", than="b", by=0.03): 1,
        Equivalent("a", "b", margin=0.052): 0,
        Equivalent("a", "b", margin=0.2): 1,
        BetterBy("a", than="b", about=0.04, margin=0.01): 0,
        BetterBy("a", than="b", about=0.04, margin=0.03): 1,
    }
    for test, clear in tests.items():
        (row,) = differences(results(test))
        assert (row.clearness > 1) == clear, test


def test_every_other_variant_stands_against_a_reference() -> None:
    rows = differences_from(results(), "b")

    assert pairs(rows) == [("a", "b"), ("c", "b")]
    assert [row.outcome for row in rows] == ["supported", "undecided"]
    assert [row.outcome for row in differences_from(results(), "a")] == ["contradicted"] * 2
    with pytest.raises(StudyError, match="no variant"):
        differences_from(results(), "d")


def test_what_a_reference_tells_apart_is_corrected_for_the_number_of_variants() -> None:
    base, close = HIGH[:6], [error - 0.002 for error in HIGH[:6]]
    level = {name: [*base[::-1]] for name in "efgh"}
    # Six rounds of one sign are 2 of 2^6 patterns: enough for one comparison, not for one of five.
    alone = differences_from(results(base=[*base], close=[*close]), "base")
    among = differences_from(results(base=[*base], close=[*close], **level), "base")

    assert alone[0].outcome == "supported"
    assert [row.outcome for row in among] == ["undecided"] * 5


def test_variants_that_are_not_shown_count_in_that_correction() -> None:
    whole = results(a=LOW[:6], b=HIGH[:6], c=OTHER[:6])
    only = whole.study.overridden(Overrides(only=("a", "b")))
    histories = {name: whole.histories[name] for name in ("a", "b")}
    shown = replace(whole, study=only, histories=histories)

    assert [row.outcome for row in differences_from(shown, "b")] == ["undecided"]
    assert [row.outcome for row in differences_from(replace(shown, declared=only), "b")] == [
        "supported"
    ]


def test_a_reference_tells_nothing_apart_before_its_rounds_have_run() -> None:
    for rounds in (1, 5):
        (row,) = differences_from(results(a=[0.1] * rounds, b=[0.9] * rounds), "a")
        assert (row.outcome, row.evidence.mean) == ("undecided", pytest.approx(-0.8))

    begun = results(a=[*LOW], b=[*HIGH[:7], None])
    (row,) = differences_from(begun, "b")
    assert row.outcome == "undecided"
    (row,) = differences_from(replace(begun, failures=(FailedTrial("b", 7, ""),)), "b")
    assert row.outcome == "supported"
