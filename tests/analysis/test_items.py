"""The hardest examples: who is wrong where, counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.answers.answered import same_images
from bakeoff.analysis.answers.items import VariantReply, hardest_items
from bakeoff.data.truth import Truth
from made_duel import ANSWERS, DIVERGED, EXAMPLES, several, trial, truth, wrong

mistakes = st.lists(
    st.lists(st.sets(st.integers(0, EXAMPLES - 1)), min_size=2, max_size=2), min_size=1, max_size=4
)


def found(histories, truths=truth, **changes):
    return hardest_items(several(histories), truths, **changes)


def places(items):
    return [(item.rounds, item.place) for item in items.hardest]


def test_the_examples_that_the_most_variants_get_wrong_come_first():
    items = found({"a": [wrong(1, 2, 3)], "b": [wrong(2, 3)], "c": [wrong(3)]})

    assert places(items) == [((0,), 3), ((0,), 2), ((0,), 1)]
    assert [item.share for item in items.hardest] == pytest.approx([1, 2 / 3, 1 / 3])
    assert (items.variants, items.examples, items.rounds) == (3, EXAMPLES, 1)


def test_each_variants_answer_is_told():
    (item,) = found({"a": [wrong(4)], "b": [wrong()]}).hardest

    assert item.truth == ANSWERS[4] == 0
    assert item.replies == (VariantReply("a", (1,), 0), VariantReply("b", (0,), 1))
    assert item.labels == (8, 9)
    assert item.pixels.shape == (2, 14, 14)
    assert item.pixels[:, 0, 0].tolist() == [8, 9]


def test_equal_shares_stand_by_the_probability_of_the_right_answer_then_in_order():
    right = np.full(EXAMPLES, 0.5)
    right[[2, 5, 7]] = 0.4, 0.1, 0.4
    of_one = np.where(ANSWERS == 1, right, 1 - right)

    items = found({"a": [wrong(2, 5, 7, probability=of_one)]})

    assert places(items) == [((0,), 5), ((0,), 2), ((0,), 7)]
    without = found({"a": [wrong(2, 5, 7)]})
    assert places(without) == [((0,), 2), ((0,), 5), ((0,), 7)]


def test_only_so_many_are_kept_and_none_that_all_get_right():
    histories = {"a": [wrong(0, 1, 2)], "b": [wrong(0, 1, 2)]}

    assert places(found(histories, most=2)) == [((0,), 0), ((0,), 1)]
    assert found({"a": [wrong()], "b": [wrong()]}).hardest == ()


def test_rounds_that_fewer_variants_finished_are_not_looked_at():
    # In the second round `a` alone has run, and is wrong: that says nothing of `b`.
    items = found({"a": [wrong(), wrong(1), wrong()], "b": [wrong(0), None, DIVERGED]})

    assert places(items) == [((0,), 0)]
    assert (items.variants, items.examples, items.rounds) == (2, EXAMPLES, 1)


def test_images_of_several_rounds_are_one_example():
    # The same ten images in each round, in an order of its own.
    def rolled(round):
        items = np.roll(np.arange(EXAMPLES), round)[:, None]
        return Truth(np.roll(ANSWERS, round), truth(round, items=items).shown)

    def missing(round, *images):
        given = np.roll(ANSWERS, round)
        given[[(image + round) % EXAMPLES for image in images]] ^= 1
        return trial(len(images) / EXAMPLES, answer=given.astype(np.uint8))

    a = [missing(0, 4), missing(1, 4), missing(2, 1)]
    b = [missing(0), missing(1, 4)]
    items = found({"a": a, "b": b}, rolled)

    first, second = items.hardest
    assert (first.rounds, first.place, first.truth, first.labels) == ((0, 1, 2), 4, 0, (4,))
    assert first.replies == (VariantReply("a", (1, 1, 0), 1), VariantReply("b", (0, 1), 1))
    assert first.share == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert (second.rounds, second.place) == ((0, 1, 2), 1)
    assert second.share == pytest.approx((1 / 3 + 0) / 2)
    assert (items.variants, items.examples, items.rounds) == (2, EXAMPLES, 3)


@given(mistakes)
def test_shares_are_those_counted_one_by_one(wrongs):
    histories = {f"v{n}": [wrong(*places) for places in rounds] for n, rounds in enumerate(wrongs)}

    items = found(histories, most=100)

    counted = {
        ((round,), place): sum(place in rounds[round] for rounds in wrongs) / len(wrongs)
        for round in range(2)
        for place in range(EXAMPLES)
    }
    told = {(item.rounds, item.place): item.share for item in items.hardest}
    assert told == pytest.approx({key: share for key, share in counted.items() if share})
    shares = [item.share for item in items.hardest]
    assert shares == sorted(shares, reverse=True)
    for item in items.hardest:
        assert sum(reply.right == 0 for reply in item.replies) == round(item.share * len(wrongs))


@given(
    st.integers(1, 4).flatmap(
        lambda images: st.lists(
            st.lists(st.integers(0, 3), min_size=images, max_size=images), min_size=1, max_size=30
        )
    )
)
def test_examples_have_one_number_where_they_show_the_same_images_in_the_same_order(rows):
    numbers = same_images(
        [np.array(rows[:1]), np.array(rows[1:], np.int64).reshape(-1, len(rows[0]))]
    )

    assert numbers.tolist() == [sorted(map(list, set(map(tuple, rows)))).index(row) for row in rows]


def test_without_a_trial_or_without_images_there_are_none():
    assert found({"a": [None, DIVERGED]}) is None
    assert found({"a": [wrong(1)]}, lambda _: Truth(ANSWERS)) is None


def test_answers_to_other_examples_are_refused():
    def other(round):
        return Truth(1 - ANSWERS, truth(round).shown)

    with pytest.raises(ValueError, match="not given to these test examples"):
        found({"a": [wrong(0)]}, other)
