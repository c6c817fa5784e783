"""The hardest examples as cards: what was answered by how many, and who was right."""

import numpy as np
import pytest

from bakeoff.analysis.answers import items
from bakeoff.data.truth import Truth, truths_of
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Card, Gallery, Reply, Section, TableBlock, walk
from bakeoff.reporting.sections import hardest
from bakeoff.reporting.thumbnails import data_uri
from made_duel import (
    ANSWERS,
    DIVERGED,
    EXAMPLES,
    grey,
    of_digits,
    of_images,
    several,
    trial,
    truth,
    wrong,
)


def section(results, right=truth) -> Section | None:
    page = Page(results)
    page.truth = right
    return hardest.section(page)


def told(histories, right=truth) -> Section:
    found = section(several(histories), right)
    assert found is not None
    return found


def cards(found: Section) -> tuple[Card, ...]:
    (gallery,) = (block for block in found.blocks if isinstance(block, Gallery))
    return gallery.cards


def rows(found: Section) -> list[tuple]:
    (table,) = (block for block in walk(found.blocks) if isinstance(block, TableBlock))
    return [row.cells for row in table.rows]


def test_a_card_tells_how_many_gave_which_answer_and_who_was_right():
    found = told({"a": [wrong(4)], "b": [wrong(4)], "c, d": [wrong()]})

    (card,) = cards(found)
    assert card.truth == "8 > 9"
    assert card.where == "Round 1"
    assert card.replies == (
        Reply("≤", "2 of 3 variants", right=False),
        Reply(">", "1 of 3 variants: c, d", right=True),
    )
    assert [image.alt for image in card.images] == ["Image of a 8", "Image of a 9"]
    assert card.images[0].source == data_uri(np.full((14, 14), 8, np.uint8))


def test_of_many_that_were_right_only_the_number_is_told():
    names = "abcdef"
    (card,) = cards(told({name: [wrong(0) if name < "c" else wrong()] for name in names}))

    assert [reply.detail for reply in card.replies] == ["4 of 6 variants", "2 of 6 variants"]
    assert [reply.right for reply in card.replies] == [True, False]


def test_of_many_examples_the_hardest_are_shown(monkeypatch):
    monkeypatch.setattr(hardest, "SHOWN", 2)
    most = told({"a": [wrong(0, 1, 2)], "b": [wrong()]})

    assert len(cards(most)) == 2 < items.SHOWN


def test_the_table_has_every_variants_answers():
    found = told({"a": [wrong(4), wrong()], "b": [wrong(4), None], "gone": [None, DIVERGED]})

    assert rows(found) == [("a", "≤"), ("b", "≤")]


def test_images_of_several_rounds_are_told_by_trials_and_rare_answers_together():
    labels = np.full(EXAMPLES, 6)
    images = np.zeros((EXAMPLES, 28, 28), np.uint8)
    shown = grey(np.arange(EXAMPLES)[:, None], labels[:, None], images)

    def answering(first):
        given = labels.copy()
        given[0] = first
        return trial((first != 6) / EXAMPLES, answer=given.astype(np.uint8))

    answers = {"a": (5, 5, 5), "b": (0, 0, 8), "c": (9, 6, 7)}
    results = of_digits({name: [answering(n) for n in each] for name, each in answers.items()})
    found = section(results, lambda _: Truth(labels, shown))
    assert found is not None

    (card,) = cards(found)
    assert (card.truth, card.where) == ("6", "Rounds 1 to 3")
    assert card.replies == (
        Reply("5", "3 of 9 trials", right=False),
        Reply("0", "2 of 9 trials", right=False),
        Reply("6", "1 of 9 trials: c", right=True),
        Reply("Others", "3 of 9 trials", right=False),
    )
    assert rows(found) == [("a", "5 5 5"), ("b", "0 0 8"), ("c", "9 6 7")]


def test_images_of_any_classes_have_their_colours_and_names():
    right = np.arange(EXAMPLES) % 2

    def answering(*places):
        given = right.copy()
        given[list(places)] ^= 1
        return trial(len(places) / EXAMPLES, answer=given.astype(np.uint8))

    results = of_images({"a": [answering(3), answering()], "b": [answering()] * 2}, "ant", "bee")
    task = results.study.task
    found = section(results, truths_of(task, seed=results.study.seed))
    assert found is not None
    (card,) = cards(found)

    assert (card.truth, card.where) == ("bee", "Rounds 1 and 2")
    assert [(reply.answer, reply.right) for reply in card.replies] == [
        ("bee", True),
        ("ant", False),
    ]
    assert rows(found) == [("a", "ant, bee"), ("b", "bee, bee")]
    (image,) = card.images
    pixels = task.dataset.load().test.inputs[3].transpose(1, 2, 0)
    assert image.source == data_uri(pixels)
    assert (image.width, image.height, image.ink) == (9, 5, False)
    assert "bee" in image.alt


def test_a_variant_that_was_not_tested_has_a_dash():
    orders = [np.arange(20).reshape(10, 2), np.arange(20).reshape(10, 2)[::-1] + 200]

    found = told(
        {"a": [wrong(4), None], "b": [None, wrong(4)]},
        lambda round: truth(round, items=orders[round]),
    )

    assert rows(found) == [("a", "≤", None), ("b", None, "≤")]


@pytest.mark.parametrize(
    "histories", [{"a": [None, DIVERGED]}, {"a": [wrong()], "b": [wrong()]}], ids=["none", "right"]
)
def test_without_a_wrong_answer_there_is_nothing_to_show(histories):
    assert section(several(histories)) is None


def test_without_images_or_without_the_truth_there_are_no_cards():
    assert section(several({"a": [wrong(1)]}), lambda _: Truth(ANSWERS)) is None
    assert section(several({"a": [wrong(1)]}), None) is None
