"""What is taken for what, counted by hand."""

import numpy as np
import pytest

from bakeoff.analysis.answers.confusion import best_variant, confusion, pair_errors
from bakeoff.data.truth import Truth
from made_duel import (
    ANSWERS,
    DIVERGED,
    EXAMPLES,
    duel,
    grey,
    of_digits,
    several,
    trial,
    truth,
    wrong,
)

LABELS = np.array([3, 3, 3, 5, 5, 8, 8, 8, 8, 0])


def shown(labels):
    images = np.zeros((EXAMPLES, 28, 28), np.uint8)
    return grey(np.arange(EXAMPLES)[:, None], labels.reshape(EXAMPLES, -1), images)


def digits_truth(_round):
    return Truth(LABELS, shown(LABELS))


def answering(*answers):
    given = np.array(answers, np.uint8)
    return trial(float((given != LABELS).mean()), answer=given)


def test_digits_are_counted_by_what_they_were_taken_for_over_rounds():
    rounds = [answering(3, 5, 3, 5, 5, 8, 8, 3, 8, 0), answering(5, 5, 3, 5, 5, 8, 8, 8, 8, 6)]

    found = confusion(of_digits({"a": rounds}), digits_truth, "a")

    expected = np.zeros((10, 10), int)
    expected[3, [3, 5]] = 3, 3
    expected[5, 5] = 4
    expected[8, [8, 3]] = 7, 1
    expected[0, [0, 6]] = 1, 1
    assert (found.variant, found.rounds) == ("a", 2)
    assert found.counts.tolist() == expected.tolist()


def test_folds_are_counted_as_their_task_is():
    results = of_digits({"a": [answering(*LABELS)] * 2}, folds=2)

    assert np.diag(confusion(results, digits_truth, "a").counts).sum() == 2 * EXAMPLES


def test_pairs_are_confused_by_what_their_digit_head_reads():
    read = [[3, 5]] * EXAMPLES

    found = confusion(duel([wrong(digits=read)], [wrong()]), truth, "one")

    # The pairs show 0 1, 2 3, ... 8 9, each twice.
    assert found.counts.sum() == 2 * EXAMPLES
    assert found.counts[::2, 3].tolist() == found.counts[1::2, 5].tolist() == [2] * 5
    assert confusion(duel([wrong(digits=read)], [wrong()]), truth, "other") is None


def test_wrong_comparisons_are_counted_by_pair():
    found = pair_errors(duel([wrong(0, 5), None, wrong(1)], [wrong()]), truth, "one")

    # Places 0 and 5 show 0 and 1, place 1 shows 2 and 3.
    assert found.rounds == 2
    assert found.pairs[[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]].tolist() == [4] * 5
    assert found.pairs.sum() == 2 * EXAMPLES
    assert (found.wrong[0, 1], found.wrong[2, 3], found.wrong.sum()) == (2, 1, 3)


def test_each_task_has_its_own_kind():
    digits = of_digits({"a": [answering(*LABELS)]})

    assert pair_errors(digits, digits_truth, "a") is None
    assert confusion(duel([None], [DIVERGED]), truth, "one") is None
    assert pair_errors(duel([None], [DIVERGED]), truth, "other") is None


def test_answers_to_other_examples_are_refused():
    results = duel([wrong(0)], [wrong()])

    for counted in (confusion, pair_errors):
        with pytest.raises(ValueError, match="not given to these test examples"):
            counted(results, lambda n: Truth(1 - ANSWERS, truth(n).shown), "one")


def test_the_best_variant_has_the_lowest_mean_error_in_shared_rounds():
    def best(**histories):
        return best_variant(several(histories))

    assert best(a=[wrong(0)], b=[wrong()]) == "b"
    assert best(a=[wrong(0), wrong(1)], b=[wrong(2), wrong(3)]) == "a"
    # The only round of `c` is an easy one, in which `a` does better still.
    assert best(a=[wrong(), wrong(0, 1)], c=[wrong(3), None]) == "a"
    # Fewer rounds must be won one by one.
    assert best(a=[wrong(1), wrong(0, 1)], c=[wrong(), None]) == "c"
    three = [wrong(0, 1), wrong(2), wrong()]
    assert best(a=three, c=[wrong(), wrong(2), None]) == "a"
    assert best(a=three, c=[wrong(), wrong(), None]) == "c"
    assert best(a=[wrong(0), None, None], c=[None, wrong(), wrong()]) == "c"
    assert best(a=[None], b=[DIVERGED]) is None


def test_the_best_of_those_that_read_digits_need_not_be_the_best():
    read = [[0, 0]] * EXAMPLES
    results = duel([wrong(1, digits=read)], [wrong()])

    assert (best_variant(results), best_variant(results, digits=True)) == ("other", "one")
    assert best_variant(duel([wrong()], [wrong()]), digits=True) is None
