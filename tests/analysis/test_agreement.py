"""Which examples one gets right and the other wrong: counted, and shown worst first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.answers.agreement import Fourfold, Round, agreement
from bakeoff.data.truth import Truth
from made_duel import ANSWERS, EXAMPLES, truth, wrong

mistakes = st.sets(st.integers(0, EXAMPLES - 1))


def sure(of_truth):
    """Return probabilities of the answer 1 that give so much to the right answer."""
    return np.where(ANSWERS == 1, of_truth, 1 - np.array(of_truth))


def test_every_example_is_counted_where_it_belongs():
    found = agreement([Round(0, wrong(0, 1, 2), wrong(2, 3), truth(0))])

    assert found.rounds == (Fourfold(both=6, first=1, second=2, neither=1),)
    assert found.mean == found.rounds[0]


def test_the_mean_is_over_rounds():
    rounds = [Round(0, wrong(0), wrong(), truth(0)), Round(1, wrong(), wrong(3, 4), truth(1))]

    assert agreement(rounds).mean == Fourfold(both=8.5, first=1.0, second=0.5, neither=0)
    assert agreement([]).mean is None


@given(mistakes, mistakes)
def test_counts_add_up_and_their_difference_is_that_of_the_errors(one, other):
    (found,) = agreement([Round(0, wrong(*one), wrong(*other), truth(0))]).rounds

    assert found.examples == EXAMPLES
    assert found.first - found.second == len(other) - len(one)


def test_the_examples_shown_are_those_of_which_the_two_were_surest():
    ours = sure([0.9, 0.6, 0.99, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    theirs = sure([0.4, 0.4, 0.01, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    one = Round(0, wrong(probability=ours), wrong(0, 1, 2, probability=theirs), truth(0))

    found = agreement([one], most=2).disagreements

    assert [(each.right, each.place) for each in found] == [("first", 2), ("first", 0)]
    assert agreement([one]).disagreements[2].place == 1


def test_rounds_are_pooled_and_both_sides_are_shown():
    rounds = [
        Round(0, wrong(0), wrong(5), truth(0)),
        Round(3, wrong(1), wrong(6, 7), truth(3)),
    ]

    found = agreement(rounds).disagreements

    told = [(each.right, each.round, each.place) for each in found]
    assert told == [
        ("first", 0, 5),
        ("first", 3, 6),
        ("first", 3, 7),
        ("second", 0, 0),
        ("second", 3, 1),
    ]


def test_images_that_several_rounds_test_are_shown_once_the_most_frequent_first():
    # In each round the same ten images, in an order of its own.
    orders = [np.roll(np.arange(EXAMPLES), round) for round in range(3)]
    missed = [(0, 4), (5,), (6, 9)]
    rounds = [
        Round(n, wrong(), wrong(*places), truth(n, items=order[:, None]))
        for n, (order, places) in enumerate(zip(orders, missed, strict=True))
    ]

    found = agreement(rounds).disagreements

    # Image 4 stands at places 4, 5 and 6.
    told = [(each.times, each.tested, each.round, each.place) for each in found]
    assert told == [(3, 3, 0, 4), (1, 3, 0, 0), (1, 3, 2, 9)]


def test_an_example_is_told_with_its_images_truth_and_both_answers():
    probability = sure([0.2, *[0.9] * 9])
    digits = [[7, 1]] * EXAMPLES
    missed = wrong(0, probability=probability, digits=digits)
    other = wrong(probability=sure([0.75] * 10))

    (found,) = agreement([Round(2, missed, other, truth(2))]).disagreements

    assert (found.right, found.truth, found.labels) == ("second", 1, (0, 1))
    assert (found.first.answer, found.first.digits) == (0, (7, 1))
    assert found.first.probability == pytest.approx(0.8)
    assert (found.second.answer, found.second.digits) == (1, None)
    assert found.second.probability == pytest.approx(0.75)
    assert found.pixels.shape == (2, 14, 14)
    assert found.pixels[:, 0, 0].tolist() == [200, 201]


def test_a_task_without_images_is_counted_all_the_same():
    found = agreement([Round(0, wrong(1), wrong(), Truth(ANSWERS))])

    assert found.mean.second == 1
    assert found.disagreements == ()


def test_answers_to_other_examples_are_refused():
    other = Truth(1 - ANSWERS)

    with pytest.raises(ValueError, match="not given to these test examples"):
        Round(4, wrong(0), wrong(), other)
