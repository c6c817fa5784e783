"""Claims made of others: all of several, and the contrary of one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.analysis.statistics.sides import all_of
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.differences import BestOf, Better, Equivalent
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.levels import Reaches
from bakeoff.claims.parts import Contrary, Measured, Together, leaves, together
from bakeoff.claims.shares import WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import verdicts
from bakeoff.study.claims import ClaimTest
from made_study import BASE, LOWER, PARAMETERS, SAME, TWICE, judged, less, results

BETTER, WORSE, LEVEL = Better("a", than="b"), Better("b", than="a"), Better("c", than="b")
THREE = {**TWICE, "c": SAME}
TRUE = ParametersWithin("a", low=1, high=PARAMETERS)
FALSE = ParametersWithin("a", low=1, high=10)
WON, LOST = WinsEveryRound("a", loser="b"), WinsEveryRound("b", loser="a")
OTHER = {"supported": "contradicted", "contradicted": "supported", "undecided": "undecided"}

# Of parts that hold, that do not, and that are open.
tested = st.sampled_from(
    [BETTER, WORSE, LEVEL, Equivalent("c", "b", margin=0.01), Reaches("a", value=0.05)]
)
trees = st.recursive(
    tested, lambda tests: st.lists(tests, min_size=1, max_size=3).map(lambda each: AllOf(*each))
)


def flat(test: ClaimTest) -> list[ClaimTest]:
    return [one for part in test.parts for one in flat(part)] if test.parts else [test]


@settings(max_examples=60)
@given(trees)
def test_one_that_is_nested_is_the_flat_one(tree: ClaimTest) -> None:
    nested, plain = judged(tree, **THREE), judged(AllOf(*flat(tree)), **THREE)

    assert nested.p == plain.p
    assert (nested.outcome, nested.holds) == (plain.outcome, plain.holds)
    assert nested.comparisons == plain.comparisons


def test_what_speaks_against_it_is_multiplied_by_the_number_of_comparisons() -> None:
    best = BestOf("b", among=("a", "c", "d"))
    errors = {**THREE, "d": less(SAME, *[0.001] * 8)}
    four = judged(AllOf(best, Better("b", than="e")), **errors, e=SAME[::-1])

    # Four comparisons, not two times three; b has lost to a in all rounds.
    assert len(four.comparisons) == 4
    assert four.p == 2 * 4 / 256
    assert judged(best, **errors).p == 2 * 3 / 256


def test_it_is_as_sure_as_its_weakest_part_and_the_contrary_as_its_strongest() -> None:
    weak = less(BASE, 0.010, -0.001, 0.009, 0.004, 0.008, 0.002, 0.003, 0.005)
    both = judged(AllOf(BETTER, LEVEL), **TWICE, c=weak)

    sides = [leaf.evidence.sides for leaf in both.comparisons if isinstance(leaf, Measured)]
    assert both.p == all_of(sides).two_sided == max(side.two_sided for side in sides)
    assert (both.outcome, both.holds) == ("supported", (True, True))


@settings(max_examples=60)
@given(trees)
def test_the_contrary_has_the_same_p_and_the_other_verdict(tree: ClaimTest) -> None:
    one, other, again = (judged(each, **THREE) for each in (tree, Not(tree), Not(Not(tree))))

    assert one.p == other.p == again.p
    assert other.outcome == OTHER[one.outcome]
    assert again.outcome == one.outcome


@settings(max_examples=60)
@given(trees, st.booleans())
def test_comparisons_hold_as_the_verdict_says(tree: ClaimTest, negated: bool) -> None:
    found = judged(Not(tree) if negated else tree, **THREE)

    # All must hold of several, and one that does not is enough against them; of the contrary, one
    # that does not hold is enough, and is as the claim needs it.
    whole, single = (False, True) if negated else (True, False)
    outcomes = {True: "supported", False: "contradicted"}
    if found.outcome == outcomes[whole]:
        assert set(found.holds) == {whole}
    else:
        assert set(found.holds) != {whole}
        assert (single in found.holds) == (found.outcome == outcomes[single])


class TestFacts:
    def test_one_that_holds_leaves_the_claim_to_its_tests(self) -> None:
        for test, outcome in ((BETTER, "supported"), (WORSE, "contradicted")):
            joined, alone = judged(AllOf(TRUE, WON, test), **TWICE), judged(test, **TWICE)

            assert (joined.p, joined.outcome) == (alone.p, outcome)
            assert not joined.is_counted

    @pytest.mark.parametrize("fact", [FALSE, LOST])
    def test_one_that_does_not_hold_contradicts_without_a_test(self, fact: ClaimTest) -> None:
        found = judged(AllOf(fact, BETTER), **TWICE)

        assert (found.outcome, found.p, found.adjusted) == ("contradicted", None, None)
        # Though it is tested, and so takes part in the correction whatever its facts.
        assert found.family == 1
        assert found.holds[0] is False

    def test_one_that_does_not_hold_needs_no_rounds(self) -> None:
        few = {name: errors[:2] for name, errors in TWICE.items()}

        assert judged(AllOf(FALSE, BETTER), **few).outcome == "contradicted"
        assert judged(AllOf(TRUE, BETTER), **few).reason == "few"

    def test_one_that_is_not_known_leaves_the_claim_open_or_to_what_speaks_against_it(self) -> None:
        unknown = WinsEveryRound("a", loser="b")

        def among(test: ClaimTest) -> tuple[str, str | None]:
            # The study declares a ninth round, which has not run.
            run = results(TWICE, AllOf(unknown, test), rounds=9)
            (found,) = verdicts(run, method="always_valid")
            return found.outcome, found.reason

        long = {name: errors * 2 for name, errors in TWICE.items()}
        (against,) = verdicts(
            results(long, AllOf(unknown, WORSE), rounds=17), method="always_valid"
        )

        assert among(BETTER) == ("undecided", "unknown")
        assert against.outcome == "contradicted"

    def test_facts_alone_are_counted(self) -> None:
        for test, outcome in (
            (AllOf(TRUE, WON), "supported"),
            (AllOf(TRUE, LOST), "contradicted"),
            (Not(TRUE), "contradicted"),
            (Not(AllOf(TRUE, LOST)), "supported"),
        ):
            found = judged(test, **TWICE)

            assert (found.outcome, found.p, found.family) == (outcome, None, 0)
            assert found.is_counted
            assert found.claim.is_counted

    def test_a_share_among_them_is_tested(self) -> None:
        found = judged(AllOf(TRUE, WinsMostRounds("a", loser="b", share=0.5)), **TWICE)

        assert (found.outcome, found.p, found.family) == ("supported", 2 / 256, 1)


def test_parts_that_stand_together_are_flat_and_one_part_is_itself() -> None:
    (one, other), *_ = (
        judged(test, a=LOWER, b=BASE, c=SAME).comparisons for test in (AllOf(BETTER, LEVEL),)
    )

    assert together([one]) is one
    assert together([together([one, other]), one]) == Together((one, other, one))
    # What does not hold is a part of its own.
    whole = together([one, Contrary(together([other, one]))])
    assert [(leaf, negated) for leaf, negated, *_ in leaves(whole)] == [
        *((one, False), (other, True), (one, True)),
    ]
