"""Two variants head to head: paired rounds, the sign of a lead, and what is left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accurate import accurate
from bakeoff.analysis.results import FailedTrial
from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.differences import BestOf, Better
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.head_to_head import head_to_head
from bakeoff.claims.levels import Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.verdicts import verdicts
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import StudyError
from bakeoff.study.claims import Claim
from bakeoff.study.study import Overrides
from made_duel import DIVERGED, EARLIER, EXAMPLES, duel, several, truth, wrong

counts = st.lists(
    st.tuples(st.integers(0, EXAMPLES), st.integers(0, EXAMPLES)), min_size=1, max_size=8
)


def met(one, other, **changes):
    return head_to_head(duel(one, other, **changes), "one", "other", truth)


def numbers(*mistakes):
    return [wrong(*range(n)) for n in mistakes]


def test_a_lead_is_above_0_where_the_first_makes_fewer_errors():
    found = met(numbers(1, 2, 3), numbers(4, 4, 1)).final

    assert found.leads == pytest.approx((0.3, 0.2, -0.2))
    assert found.figures == ((0.1, 0.4), (0.2, 0.4), (0.3, 0.1))
    assert (found.first.mean, found.second.mean) == pytest.approx((0.2, 0.3))
    assert found.evidence == evidence(found.leads)
    assert found.evidence.wins.won == 2


def test_accuracies_have_the_same_leads_and_their_own_means():
    errors = met(numbers(1, 2, 3), numbers(4, 4, 1)).final
    found = head_to_head(
        accurate(duel(numbers(1, 2, 3), numbers(4, 4, 1))), "one", "other", truth
    ).final

    assert found.leads == pytest.approx(errors.leads)
    assert found.evidence.sides == errors.evidence.sides
    assert found.evidence.estimate == errors.evidence.estimate
    assert found.figures == ((0.9, 0.6), (0.8, 0.6), (0.7, 0.9))
    assert found.first.mean == pytest.approx(0.8)
    assert found.first.sd == pytest.approx(errors.first.sd)


@given(counts)
def test_changing_places_changes_signs_alone(mistakes):
    one, other = ([pair[side] for pair in mistakes] for side in (0, 1))
    results = duel(numbers(*one), numbers(*other))

    found = head_to_head(results, "one", "other", truth)
    turned = head_to_head(results, "other", "one", truth)

    assert turned.final.leads == tuple(-lead for lead in found.final.leads)
    assert (turned.final.p, turned.final.decided) == (found.final.p, found.final.decided)
    ours, theirs = found.final.evidence, turned.final.evidence
    assert theirs.sides == ours.sides.negated()
    assert (theirs.wins.won, theirs.wins.lost) == (ours.wins.lost, ours.wins.won)
    assert turned.agreement.mean.first == found.agreement.mean.second


def test_the_epoch_best_on_validation_stands_beside_the_final_one():
    one, other = [wrong(0, earlier=0.25)] * 3, [wrong(0)] * 3

    found = met(one, other)

    assert found.duels == (found.final, found.best_on_validation)
    assert found.final.leads == (0, 0, 0)
    assert found.best_on_validation.leads == (EARLIER - 0.25,) * 3


def test_without_a_validation_split_the_final_epoch_stands_alone():
    found = met(numbers(1), numbers(2), task=DigitPairs(train=4, validation=0, test=EXAMPLES))

    assert found.best_on_validation is None
    assert found.duels == (found.final,)


def test_rounds_that_one_lacks_are_left_out_and_told():
    one = [*numbers(1, 1, 1), None, DIVERGED, DIVERGED]
    other = [wrong(0, 1), None, DIVERGED, *numbers(2, 2), DIVERGED]
    asked = []

    def asking(round):
        asked.append(round)
        return truth(round)

    found = head_to_head(duel(one, other), "one", "other", asking)

    assert found.final.rounds == found.best_on_validation.rounds == (0, 2, 4, 5)
    # One that diverged is worse than any, and two of them tie.
    assert found.final.leads == pytest.approx((0.1, float("inf"), -float("inf"), 0))
    # Means describe those that ended, and answers are those of both.
    assert (found.final.first.n, found.final.second.n) == (2, 2)
    assert asked == [0]
    assert len(found.agreement.rounds) == 1


def test_a_variant_of_fewer_rounds_is_compared_in_those():
    found = met(numbers(1, 1, 1), numbers(2, 3))

    assert found.final.rounds == (0, 1)


def test_equal_figures_are_level():
    found = met(numbers(3, 1, 2, 2, 0, 1), numbers(3, 1, 2, 2, 0, 1))

    told = found.final.evidence
    assert (told.mean, told.estimate, told.effect) == (0, 0, None)
    assert (found.final.p, found.final.decided) == (1, False)
    assert told.wins.tied == 6
    assert found.agreement.mean.first == found.agreement.mean.second == 0
    assert found.agreement.disagreements == ()


@pytest.mark.parametrize("rounds", range(1, 8))
def test_six_rounds_are_needed_and_fewer_have_no_interval(rounds):
    found = met(numbers(*range(1, rounds + 1)), numbers(*[9] * rounds)).final

    enough = rounds >= 6
    assert found.evidence.mean == pytest.approx(sum(found.leads) / rounds)
    for interval in (found.evidence.interval, found.evidence.t_interval, found.first.interval):
        assert (interval is not None) == enough
    assert found.p == (2 * 2.0**-rounds if enough else None)
    assert found.decided == enough


def test_nothing_is_decided_before_the_rounds_asked_for_have_run():
    begun = duel([*numbers(*[1] * 7), None], numbers(*[3] * 8))
    failed = replace(begun, failures=(FailedTrial("one", 7, "out of memory"),))

    assert head_to_head(begun, "one", "other", truth).final.p is None
    assert head_to_head(failed, "one", "other", truth).final.p == 2 / 128


def test_without_a_shared_round_there_are_no_figures():
    found = met([wrong(0), None], [None, wrong(1)])

    assert (found.final.evidence.mean, found.final.leads, found.agreement.mean) == (None, (), None)


def test_names_are_those_of_two_different_variants():
    results = duel(numbers(1), numbers(2))

    with pytest.raises(StudyError, match="did you mean 'other'"):
        head_to_head(results, "one", "othr", truth)
    with pytest.raises(StudyError, match="two different"):
        head_to_head(results, "one", "one", truth)


def four(*tests, rounds=8, **changes):
    """Return results of four variants, the first the best in every round, with these claims."""
    histories = {name: numbers(*[n] * rounds) for n, name in enumerate("abcd", start=1)}
    claims = tuple(Claim(id=f"X{n}", quote="So.", test=test) for n, test in enumerate(tests))
    return several(histories, claims=claims, **changes)


class TestFamily:
    def test_a_pair_that_no_claim_names_is_one_of_all_pairs(self):
        found = head_to_head(four(), "a", "b", truth)

        assert (found.family, found.named) == (6, False)
        assert found.final.p == 2 / 256
        assert (found.final.adjusted, found.final.decided) == (12 / 256, True)

    @pytest.mark.parametrize(
        "test",
        [
            Better("a", than="b"),
            Better("b", than=("a", "c")),
            BestOf("b", among=("a", "b", "d")),
            Not(Better("b", than="a")),
            AllOf(Reaches("c", value=0.5), Better(("d", "b"), than="a")),
        ],
    )
    def test_a_pair_that_a_claim_names_is_one_of_the_claims(self, test):
        counted = ParametersWithin("a", low=1, high=9)
        others = (Better("c", than="d"), counted, Better("d", than="c"))
        for order in ((test, *others), (*others, test)):
            found = head_to_head(four(*order), "a", "b", truth)

            # Three of the four claims are tested.
            assert (found.family, found.named) == (3, True)
            assert found.final.adjusted == 6 / 256
            assert head_to_head(four(*order), "b", "a", truth).family == 3

    @pytest.mark.parametrize(
        "test",
        [
            Better("a", than="c"),
            Better(("a", "b"), than="c"),
            Reaches(("a", "b"), value=0.5),
            Ordered(("d", "c", "b", "a")),
        ],
    )
    def test_a_claim_that_does_not_hold_the_two_against_each_other_names_no_pair(self, test):
        found = head_to_head(four(test), "a", "b", truth)

        assert (found.family, found.named) == (6, False)

    def test_it_is_that_of_the_study_as_declared(self):
        whole = four(Better("a", than="b"), Better("c", than="d"), Better("d", than="b"))
        bare = four()
        for declared, family in ((whole, 3), (bare, 6)):
            study = declared.study.overridden(Overrides(only=("a", "b")))
            histories = {name: declared.histories[name] for name in ("a", "b")}
            found = head_to_head(
                replace(declared, study=study, histories=histories), "a", "b", truth
            )

            assert found.family == family

    def test_many_pairs_need_more_rounds_than_six(self):
        found = head_to_head(four(rounds=6), "a", "b", truth)

        assert (found.final.p, found.final.adjusted, found.final.decided) == (
            2 / 64,
            12 / 64,
            False,
        )


class TestMethod:
    TESTS = (Better("a", than="b"), Better("c", than="d"))

    def test_it_is_that_of_the_verdict_on_the_pair(self):
        run = four(*self.TESTS)
        fewer = run.declared.replace(rounds=7)
        each = Overrides(each=tuple((name, 8) for name in "abcd"))
        for changes, method in (
            ({}, "signed_rank"),
            ({"declared": fewer}, "always_valid"),
            ({"overrides": each}, "always_valid"),
            ({"shown": {"X0": 7}}, "always_valid_after_verdict"),
            ({"shown": {"X0": 8}}, "signed_rank"),
            ({"shown": {"X1": 7}}, "signed_rank"),
        ):
            changed = replace(run, **changes)
            found = head_to_head(changed, "a", "b", truth)
            verdict = verdicts(changed)[0]

            assert found.method == verdict.method == method, changes
            assert found.final.p == verdict.p
            assert found.final.decided == (verdict.outcome != "undecided")

    def test_a_pair_without_a_claim_has_added_rounds_too(self):
        run = four()

        assert head_to_head(run, "a", "b", truth).method == "signed_rank"
        more = replace(run, declared=run.declared.replace(rounds=7))
        assert head_to_head(more, "a", "b", truth).method == "always_valid"


def test_the_results_are_those_of_the_two_alone_in_their_order():
    run = four(Better("a", than="b"), Better("c", than="d"))

    found = head_to_head(run, "c", "a", truth)

    assert (found.first, found.second) == ("c", "a")
    assert list(found.results.histories) == ["c", "a"]
    assert found.results.histories["c"] is run.histories["c"]
    assert found.results.study.claims == found.results.declared.claims == ()
    assert found.results.label == run.label == ""


def test_one_network_trained_alike_under_two_names_is_told():
    run = four()
    one, *others = run.study.variants
    study = run.study.replace(variants=(one, one.replace(name="b"), *others[1:]))
    found = head_to_head(replace(run, study=study, declared=study), "a", "b", truth)

    assert found.results.study.identical() == (("a", "b"),)
