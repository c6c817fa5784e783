"""Two variants head to head, from chosen mistakes: what the sections say."""

from dataclasses import replace

import numpy as np
import pytest

from accurate import accurate
from bakeoff.claims.head_to_head import HeadToHead, head_to_head
from bakeoff.data.tasks import DigitPairs
from bakeoff.data.truth import Truth
from bakeoff.errors import RunError
from bakeoff.models.layers import Flatten, Linear
from bakeoff.reporting.reports import comparison_report
from bakeoff.reporting.section import Cell, Gallery, Interval, Items, Number, Paragraph, walk
from bakeoff.reporting.sections.pair import (
    duels_table,
    fourfold_table,
    headline,
    notices,
    rounds_table,
)
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.numbers import spans
from bakeoff.reporting.thumbnails import data_uri
from bakeoff.reporting.write import as_text, render
from bakeoff.study.variant import Variant
from made_duel import (
    ANSWERS,
    DIVERGED,
    EXAMPLES,
    NET,
    duel,
    grey,
    of_digits,
    several,
    trial,
    truth,
    wrong,
)

INF = float("inf")


def met(one, other, **changes) -> HeadToHead:
    return head_to_head(duel(one, other, **changes), "one", "other", truth)


def counts(*mistakes):
    return [wrong(*range(n)) for n in mistakes]


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


def titles(found: HeadToHead) -> list[str]:
    return [notice.title for notice in notices(found)]


def anchors(found: HeadToHead) -> list[str]:
    return [section.anchor for section in comparison_report(found).sections]


def cards(found: HeadToHead):
    blocks = [b for section in comparison_report(found).sections for b in walk(section.blocks)]
    return [card for block in blocks if isinstance(block, Gallery) for card in block.cards]


SIX_ONE, SIX_OTHER = counts(1, 1, 2, 1, 1, 2), counts(4, 4, 4, 4, 5, 5)
SIX = met(SIX_ONE, SIX_OTHER)


def test_six_wins_of_six_decide_and_the_headline_holds_the_figures() -> None:
    said = headline(SIX).replace("\N{NO-BREAK SPACE}", " ")

    assert said.startswith("one beats other by 30.00 points")
    for part in ("6 shared rounds", "20.00 to 40.00", "p = 0.031"):
        assert part in said


def test_whoever_is_ahead_is_named_first_with_an_interval_of_its_own_lead() -> None:
    turned = met(SIX_OTHER, SIX_ONE)

    assert headline(turned) == headline(SIX).replace("one beats other", "other beats one")


def test_fewer_than_6_rounds_give_a_lead_and_no_verdict_and_no_interval() -> None:
    found = met(counts(1, 2, 1, 1, 1), counts(3, 3, 3, 3, 3))

    assert headline(found).startswith("one is ahead of other by 20.00 points")
    assert "Fewer than 6 rounds" in headline(found)
    empty = {name for name, row in texts(found).items() if row[0] == cells.NOTHING}
    assert empty == {
        *("95% interval", "p, signed-rank test", "p, alone", "95% t-interval"),
        "Share won, 95% interval",
    }


@pytest.mark.parametrize(
    ("one", "other", "said", "chance"),
    [
        ((2, 3, 1, 3, 1, 3), (4, 3, 2, 2, 3, 1), "one is ahead of other by 5.00 points", True),
        ((1, 3, 1, 3, 2, 2), (3, 1, 3, 1, 2, 2), "one and other are level", False),
    ],
    ids=["lead", "level"],
)
def test_what_is_undecided_is_said_to_be(one, other, said, chance) -> None:
    told = headline(met(counts(*one), counts(*other)))

    assert told.startswith(f"Undecided: {said}")
    assert ("chance" in told) == chance
    assert "beats" not in told


def test_a_lead_clear_of_0_that_others_beside_it_leave_open_is_not_said_to_be_chance() -> None:
    trials = {"one": SIX_ONE, "other": SIX_OTHER, "third": counts(*[5] * 6)}

    told = headline(head_to_head(several(trials), "one", "other", truth))

    assert told.startswith("Undecided: one is ahead of other by 30.00 points")
    assert "p = 0.094 as one of 3 pairs" in told.replace("\N{NO-BREAK SPACE}", " ")
    assert "chance" not in told


def test_rounds_still_to_run_leave_the_verdict_for_later() -> None:
    found = met([*SIX_ONE, None], [*SIX_OTHER, wrong(0)])

    assert "when all rounds asked for have run" in headline(found)
    assert "beats" not in headline(found)
    assert titles(found) == ["Incomplete"]


def test_a_diverged_round_counts_as_lost_and_never_weakens_a_verdict() -> None:
    found = met(SIX_ONE, [*SIX_OTHER[:5], DIVERGED])

    assert headline(found).startswith("one beats other by")
    told = final(found)
    assert told["Rounds won by A"] == "6 of 6"
    assert isinstance(told["95% interval"], Interval)
    assert told["95% interval"].ends == (pytest.approx(0.2), INF)
    assert value(told["Mean lead of A"]) == pytest.approx(0.3)
    assert rounds_table(found).rows[5].cells[2] == "diverged"


def test_where_most_diverge_they_are_told_by_their_number() -> None:
    found = met(counts(*[1] * 6), [DIVERGED] * 6)

    assert headline(found).startswith("one beats other because other diverged in 6 of 6 rounds")
    assert "nan" not in as_text(found)


def test_variants_level_in_every_round_are_said_to_be() -> None:
    assert "the same test error in each of 2 shared rounds" in headline(
        met(counts(1, 2), counts(1, 2))
    )
    assert "in the 1 shared round" in headline(met(counts(1), counts(1)))


def test_no_shared_round_is_said_and_has_no_empty_section() -> None:
    found = met([wrong(0), None], [None, wrong(1)])

    assert "no round in which both one and other" in headline(found)
    assert fourfold_table(found) is None
    assert anchors(found) == ["difference", "method"]
    assert {cell for row in list(texts(found).values())[1:] for cell in row} == {cells.NOTHING}


def test_rounds_left_out_are_remarked() -> None:
    found = met([*counts(1, 1, 1), None, DIVERGED], [wrong(0), None, DIVERGED])

    assert titles(found) == ["Uneven rounds", "Incomplete", "Diverged"]
    uneven, missing, diverged = (notice.text for notice in notices(found))
    assert "B is trained for 3 rounds and A for 5" in uneven
    assert missing.endswith("B, and left out: round 2.")
    assert diverged.startswith("B diverged in round 3")
    assert notices(SIX) == ()


def test_one_network_under_two_names_and_a_changed_run_are_remarked() -> None:
    same = tuple(
        Variant(name=name, model=NET.replace(layers=(Flatten(), Linear(3), *NET.layers[1:])))
        for name in ("one", "other")
    )

    assert titles(met(counts(1, 2), counts(1, 2), variants=same)) == ["One network"]
    (changed,) = notices(replace(SIX, label="2 of 15 rounds"))
    assert changed.text.endswith("2 of 15 rounds.")


def test_the_figures_are_those_of_the_evidence() -> None:
    found = texts(SIX)

    assert len(duels_table(SIX).columns) == 3
    assert list(found.values()) == [
        ["6", "6"],
        ["13.33 (5.16)", "50.00 (0.00)"],
        ["43.33 (5.16)", "50.00 (0.00)"],
        ["+30.00", "0.00"],
        ["+20.00 to +40.00", "0.00 to 0.00"],
        ["0.031", "1.000"],
        ["0.031", "1.000"],
        ["+30.00", "0.00"],
        ["+23.36 to +36.64", "0.00 to 0.00"],
        ["6 of 6", "0 of 6, 6 tied"],
        ["100% (54% to 100%)", "0% (0% to 46%)"],
        # The leads are 3, 3, 2, 3, 4 and 3 tenths: their sd is 0.0632.
        ["+4.74", cells.NOTHING],
    ]


def test_the_rounds_have_a_lead_each() -> None:
    rows = [[cells.text(cell) for cell in row.cells] for row in rounds_table(SIX).rows]

    assert rows[0] == ["1", "10.00", "40.00", "+30.00"]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert [float(row[3]) for row in rows] == [30, 30, 20, 30, 40, 30]


def test_a_lag_is_below_0() -> None:
    found = final(met(counts(4, 4), counts(1, 2)))

    assert value(found["Typical lead of A, points"]) == pytest.approx(-0.25)
    assert (value(found["Effect size d"]) or 0) < 0


def test_accuracies_are_those_of_the_same_rounds() -> None:
    found = head_to_head(accurate(duel(counts(1, 1), counts(4, 4))), "one", "other", truth)

    assert "test accuracy" in headline(found)
    assert value(final(found)["A, mean (sd)"]) == pytest.approx(0.9)
    assert value(final(found)["Typical lead of A, points"]) == pytest.approx(0.3)


def test_without_validation_there_is_one_column() -> None:
    found = met(counts(1), counts(2), task=DigitPairs(train=4, validation=0, test=EXAMPLES))

    assert len(duels_table(found).columns) == 2


def test_who_is_right_is_counted_in_whole_numbers_for_one_round_alone() -> None:
    one = fourfold_table(met([wrong(0, 1)], [wrong(1, 2, 3)]))
    two = fourfold_table(met([wrong(0, 1), wrong()], [wrong(1, 2, 3), wrong(4)]))

    assert one is not None
    assert two is not None
    assert [row.cells[1:] for row in one.rows] == [("6", "2"), ("1", "1")]
    assert [row.cells[1:] for row in two.rows] == [("7.5", "1.5"), ("0.5", "0.5")]
    assert ("in 1 round" in one.caption, "2 rounds" in two.caption) == (True, True)


FULL = met(
    [wrong(0, 1, 4), wrong(1, 2), wrong(3)],
    [wrong(4, 5, probability=[0.5] * 10), wrong(6), wrong(7, 8)],
)


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


def test_how_often_one_alone_is_right_is_counted_and_the_order_explained() -> None:
    sure = np.where(ANSWERS == 1, 0.9, 0.1)
    found = met(
        [wrong(0, probability=sure), wrong(1, probability=sure)],
        [wrong(probability=sure), wrong(2, 3, probability=sure)],
    )

    (section,) = (s for s in comparison_report(found).sections if s.anchor == "agreement")
    said = [block.text for block in section.blocks if isinstance(block, Paragraph)]

    assert ["only A was right 2 times" in said[0], "only B was right 2 times" in said[1]] == [
        True,
        True,
    ]
    assert all("2 pairs where both were most certain" in text for text in said)


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


def test_a_terminal_lists_a_few_examples_of_each_side() -> None:
    report = comparison_report(FULL, brief=True)

    (section,) = (s for s in report.sections if s.anchor == "agreement")
    lists = [block.texts for block in section.blocks if isinstance(block, Items)]
    # Place 4 shows 8 and 9 and is said to be a 0; in the first round both are wrong there.
    assert [len(texts) for texts in lists] == [4, 4]
    assert "0 > 1: A >, B ≤ 50% (round 1)" in lists[0]
    assert not any(isinstance(block, Gallery) for block in section.blocks)


def test_without_images_the_counts_remain() -> None:
    found = head_to_head(duel(counts(1), counts(2)), "one", "other", lambda _: Truth(ANSWERS))

    assert cards(found) == []
    assert fourfold_table(found) is not None
    assert anchors(met([None], [None])) == ["difference", "method"]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_terminals_lines_fit_it_and_no_figure_is_lost(width: int) -> None:
    found = replace(SIX, first=replace(SIX.first, name="A rather long name, of a network " * 3))

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
