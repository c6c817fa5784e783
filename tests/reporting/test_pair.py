"""Two variants head to head, from chosen mistakes; `golden/pairs.txt` shows their words."""

import math

import numpy as np
import pytest
from made_pairs import LAG, ONES, OTHERS, PAIRS, SIX, counts, met

from bakeoff.claims.head_to_head import HeadToHead, head_to_head
from bakeoff.data.truth import Truth
from bakeoff.errors import RunError
from bakeoff.reporting.reports import comparison_report
from bakeoff.reporting.section import Cell, Gallery, Interval, Number, walk
from bakeoff.reporting.sections.pair import duels_table, fourfold_table, headline, rounds_table
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.numbers import spans
from bakeoff.reporting.thumbnails import data_uri
from bakeoff.reporting.write import as_text, render
from made_duel import ANSWERS, EXAMPLES, duel, grey, of_digits, several, trial, truth, wrong


def final(found: HeadToHead) -> dict[str, Cell]:
    """Return the figures after the final epoch by their names."""
    return {cells.text(row.cells[0]): row.cells[1] for row in duels_table(found).rows}


def texts(found: HeadToHead) -> dict[str, list[str]]:
    return {
        cells.text(row.cells[0]): [cells.text(cell) for cell in row.cells[1:]]
        for row in duels_table(found).rows
    }


def value(cell: Cell) -> float | None:
    assert isinstance(cell, Number)
    return cell.value


def ends(cell: Cell) -> tuple[float, float] | None:
    assert isinstance(cell, Interval)
    return cell.ends


def anchors(found: HeadToHead) -> list[str]:
    return [section.anchor for section in comparison_report(found).sections]


def cards(found: HeadToHead):
    blocks = [b for section in comparison_report(found).sections for b in walk(section.blocks)]
    return [card for block in blocks if isinstance(block, Gallery) for card in block.cards]


def test_whoever_is_ahead_is_named_first_with_an_interval_of_its_own_lead() -> None:
    assert headline(LAG) == headline(SIX).replace("one beats other", "other beats one")
    assert value(final(LAG)["Typical lead of A, points"]) == pytest.approx(-0.3)
    assert (value(final(LAG)["Effect size d"]) or 0) < 0


@pytest.mark.parametrize("found", PAIRS.values(), ids=PAIRS.keys())
def test_only_six_rounds_have_an_interval_and_a_winner(found: HeadToHead) -> None:
    few = int(cells.text(final(found)["Rounds compared"])) < 6

    assert (ends(final(found)["95% interval"]) is None) == few
    assert ("beats" in headline(found)) <= (not few)
    assert "nan" not in as_text(found)


def test_a_diverged_round_counts_as_lost_and_never_weakens_a_verdict() -> None:
    found = PAIRS["one diverged"]

    assert "one beats other by" in headline(found)
    told = final(found)
    assert told["Rounds won by A"] == "6 of 6"
    assert ends(told["95% interval"]) == (pytest.approx(0.2), math.inf)
    assert value(told["Mean lead of A"]) == pytest.approx(0.3)
    assert rounds_table(found).rows[5].cells[2] == "diverged"


def test_no_shared_round_has_no_empty_section() -> None:
    found = PAIRS["no shared round"]

    assert fourfold_table(found) is None
    assert not {"rounds", "agreement"} & set(anchors(found))
    assert {cell for row in list(texts(found).values())[1:] for cell in row} == {cells.NOTHING}


def test_who_is_right_is_counted_in_whole_numbers_for_one_round_alone() -> None:
    one = fourfold_table(met([wrong(0, 1)], [wrong(1, 2, 3)]))
    two = fourfold_table(met([wrong(0, 1), wrong()], [wrong(1, 2, 3), wrong(4)]))

    assert one is not None
    assert two is not None
    assert [row.cells[1:] for row in one.rows] == [("6", "2"), ("1", "1")]
    assert [row.cells[1:] for row in two.rows] == [("7.5", "1.5"), ("0.5", "0.5")]


def test_each_disagreement_is_a_card_and_the_right_one_is_marked() -> None:
    found = met([wrong(0, digits=[[7, 1]] * EXAMPLES)], [wrong(1, probability=[0.8] * EXAMPLES)])

    first, second = cards(found)

    assert [[reply.right for reply in card.replies] for card in (first, second)] == [
        [True, False],
        [False, True],
    ]
    # Place 1 shows the images 2 and 3, all of one grey.
    assert first.images[0].source == data_uri(np.full((14, 14), 2, np.uint8))
    assert first.images[1].alt.endswith(" 3")
    assert "7, 1" in first.replies[0].detail
    assert "80%" in first.replies[1].detail
    assert [reply.letter for reply in first.replies] == ["A", "B"]


def test_single_digits_are_told_with_the_rounds_they_were_tested_in() -> None:
    labels = np.arange(EXAMPLES)
    images = np.full((EXAMPLES, 28, 28), 9, np.uint8)
    right = Truth(labels, grey(labels[:, None], labels[:, None], images))

    def answering(*answers):
        given = np.array([*answers, *labels[len(answers) :]], np.uint8)
        return trial(float((given != labels).mean()), answer=given)

    results = of_digits({"a": [answering(0), answering(8)], "b": [answering(4), answering(4)]})
    found = head_to_head(results, "a", "b", lambda _: right)

    (card,) = cards(found)
    assert card.where.startswith("Round 1")
    assert "1 of 2 rounds" in card.where
    assert len(card.images) == 1


def test_without_images_the_counts_remain() -> None:
    found = head_to_head(duel(counts(1), counts(2)), "one", "other", lambda _: Truth(ANSWERS))

    assert cards(found) == []
    assert fourfold_table(found) is not None
    assert not {"rounds", "agreement", "audit"} & set(anchors(met([None], [None])))


def test_the_two_have_the_sections_of_a_study() -> None:
    assert {"results", "audit", "curves", "protocol", "method"} <= set(anchors(SIX))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_terminals_lines_fit_it_and_no_figure_is_lost(width: int) -> None:
    name = "A rather long name, of a network " * 3
    found = head_to_head(several({name: ONES, "other": OTHERS}), name, "other", truth)

    text = as_text(found, width=width)

    assert max(map(len, text.splitlines())) <= width
    for row in duels_table(found).rows:
        for cell in row.cells[1:]:
            assert cells.text(cell) in text


def test_it_is_written_as_a_page_as_markdown_and_as_latex_alone() -> None:
    assert " ".join(headline(SIX).split()) in render(SIX, "md")
    assert r"\label{tab:duel-duels}" in render(SIX, "tex")
    with pytest.raises(RunError, match="not written as csv; ask for html, md, tex"):
        render(SIX, "csv")


@pytest.mark.parametrize(
    ("places", "text"),
    [
        ((0,), "1"),
        ((0, 1), "1 and 2"),
        ((0, 1, 2), "1 to 3"),
        ((1, 4, 5, 6, 7, 10), "2, 5 to 8 and 11"),
    ],
)
def test_rounds_are_read_from_1_and_runs_of_them_are_spans(places, text) -> None:
    assert spans(places) == text
