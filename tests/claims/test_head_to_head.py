"""Two variants head to head: paired rounds, the sign of a lead, and what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accurate import accurate
from bakeoff.analysis.statistics.paired import evidence
from bakeoff.claims.head_to_head import head_to_head
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import StudyError
from made_duel import DIVERGED, EARLIER, EXAMPLES, duel, truth, wrong

counts = st.lists(
    st.tuples(st.integers(0, EXAMPLES), st.integers(0, EXAMPLES)), min_size=1, max_size=8
)


def met(one, other, **changes):
    return head_to_head(duel(one, other, **changes), "one", "other", truth)


def numbers(*mistakes):
    return [wrong(*range(n)) for n in mistakes]


def test_a_lead_is_above_0_where_the_first_makes_fewer_errors():
    found = met(numbers(1, 2, 3), numbers(4, 4, 1)).final

    assert found.leads == (0.3, 0.2, -0.2)
    assert found.figures == ((0.1, 0.4), (0.2, 0.4), (0.3, 0.1))
    assert (found.first.mean, found.second.mean) == pytest.approx((0.2, 0.3))
    assert found.evidence == evidence([0.3, 0.2, -0.2])
    assert found.evidence.wins.won == 2


def test_accuracies_have_the_same_leads_and_their_own_means():
    errors = met(numbers(1, 2, 3), numbers(4, 4, 1)).final
    found = head_to_head(
        accurate(duel(numbers(1, 2, 3), numbers(4, 4, 1))), "one", "other", truth
    ).final

    assert (found.leads, found.evidence) == (errors.leads, errors.evidence)
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
    assert turned.final.to_settle == found.final.to_settle
    ours, theirs = found.final.evidence, turned.final.evidence
    assert theirs.permutation.two_sided == ours.permutation.two_sided
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
    one = [*numbers(1, 1, 1), None, DIVERGED]
    other = [wrong(0, 1), None, DIVERGED, *numbers(2, 2)]
    asked = []

    def asking(round):
        asked.append(round)
        return truth(round)

    found = head_to_head(duel(one, other), "one", "other", asking)

    assert found.final.rounds == found.best_on_validation.rounds == (0,)
    assert found.final.leads == (0.1,)
    assert (found.first.missing, found.first.diverged) == ((3,), (4,))
    assert (found.second.missing, found.second.diverged) == ((1,), (2,))
    assert asked == [0]
    assert len(found.agreement.rounds) == 1


def test_a_variant_of_fewer_rounds_is_compared_in_those():
    found = met(numbers(1, 1, 1), numbers(2, 3))

    assert found.rounds == 2
    assert found.final.rounds == (0, 1)
    assert (found.first.rounds, found.second.rounds) == (3, 2)


def test_equal_variants_are_level_and_no_number_of_rounds_would_tell_them_apart():
    found = met(numbers(3, 1, 2, 2), numbers(3, 1, 2, 2))

    told = found.final.evidence
    assert (told.mean, told.effect, told.t_test, found.final.to_settle) == (0, None, None, None)
    assert told.permutation.two_sided == 1
    assert (told.wins.tied, told.wins.share) == (4, 0.5)
    assert found.agreement.mean.first == found.agreement.mean.second == 0
    assert found.agreement.disagreements == ()


def test_a_lead_that_never_varies_needs_the_rounds_of_the_permutation_test():
    assert met(numbers(1, 2, 3), numbers(2, 3, 4)).final.to_settle == 6


def test_one_round_gives_a_lead_and_nothing_more():
    found = met(numbers(1), numbers(3)).final

    assert found.evidence.mean == 0.2
    assert (found.evidence.interval, found.evidence.t_test, found.to_settle) == (None,) * 3


def test_without_a_shared_round_there_are_no_figures():
    found = met([wrong(0), None], [None, wrong(1)])

    assert (found.final.evidence.mean, found.final.leads, found.agreement.mean) == (None, (), None)
    assert (found.first.parameters, found.first.seconds) == (100, 2.0)


def test_names_are_those_of_two_different_variants():
    results = duel(numbers(1), numbers(2))

    with pytest.raises(StudyError, match="did you mean 'other'"):
        head_to_head(results, "one", "othr", truth)
    with pytest.raises(StudyError, match="two different"):
        head_to_head(results, "one", "one", truth)
