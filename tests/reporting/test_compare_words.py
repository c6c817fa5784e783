"""Two variants head to head in words and in a terminal, from chosen mistakes."""

import re
from dataclasses import replace

import numpy as np
import pytest

from accurate import accurate
from bakeoff.claims.head_to_head import head_to_head
from bakeoff.data.metric import MINUS
from bakeoff.data.tasks import DigitPairs
from bakeoff.data.truth import Truth
from bakeoff.models.layers import Flatten, Linear
from bakeoff.reporting.compare.compare import NARROWEST, WIDTH, as_terminal
from bakeoff.reporting.compare.words import (
    alone_words,
    duels_grid,
    fourfold_grid,
    headline,
    numbers,
    p_value,
    remarks,
)
from bakeoff.reporting.wording import NOTHING
from bakeoff.study.variant import Variant
from made_duel import ANSWERS, DIVERGED, EXAMPLES, NET, duel, several, truth, wrong


def met(one, other, **changes):
    return head_to_head(duel(one, other, **changes), "one", "other", truth)


def counts(*mistakes):
    return [wrong(*range(n)) for n in mistakes]


def cells(grid):
    """Return the cells of each row by its name."""
    return {name: figures for name, *figures in grid.rows}


SIX_ONE, SIX_OTHER = counts(1, 1, 2, 1, 1, 2), counts(4, 4, 4, 4, 5, 5)
SIX = met(SIX_ONE, SIX_OTHER)


def test_six_wins_of_six_decide():
    assert headline(SIX).replace("\N{NO-BREAK SPACE}", " ") == (
        "one beats other by 30.00 points of test error in 6 shared rounds (95% interval 20.00 to "
        "40.00; p = 0.031 alone)."
    )


def test_whoever_is_ahead_is_named_first_with_an_interval_of_its_own_lead():
    turned = met(counts(4, 4, 4, 4, 5, 5), counts(1, 1, 2, 1, 1, 2))

    assert headline(turned) == headline(SIX).replace("one beats other", "other beats one")


def test_fewer_than_6_rounds_give_a_lead_and_no_verdict_and_no_interval():
    found = met(counts(1, 2, 1, 1, 1), counts(3, 3, 3, 3, 3))

    assert headline(found) == (
        "one is ahead of other by 20.00 points of test error in 5 shared rounds. Fewer than 6 "
        "rounds: no verdict is given."
    )
    told = cells(duels_grid(found))
    empty = {name for name, row in told.items() if row[0] == NOTHING}
    assert empty == {"95% interval", "p", "p, alone", "95% t-interval", "Share won, 95% interval"}
    assert told["Typical lead of A, points"][0] == "+20.00"


def test_an_undecided_lead_whose_interval_holds_0_could_be_chance():
    told = headline(met(counts(2, 3, 1, 3, 1, 3), counts(4, 3, 2, 2, 3, 1)))

    assert told.startswith(
        "Undecided: one is ahead of other by 5.00 points of test error in 6 shared"
    )
    assert "which chance could explain (95% interval" in told
    assert "beats" not in told
    assert "ore rounds" not in told


def test_a_lead_clear_of_0_that_others_beside_it_leave_open_is_not_said_to_be_chance():
    found = head_to_head(
        several({"one": SIX_ONE, "other": SIX_OTHER, "third": counts(*[5] * 6)}),
        "one",
        "other",
        truth,
    )

    told = headline(found).replace("\N{NO-BREAK SPACE}", " ")

    assert told.startswith("Undecided: one is ahead of other by 30.00 points of test error")
    assert "p = 0.094 as one of 3 pairs" in told
    assert "chance" not in told


def test_no_typical_lead_is_level():
    told = headline(met(counts(1, 3, 1, 3, 2, 2), counts(3, 1, 3, 1, 2, 2)))

    assert told.startswith("Undecided: one and other are level in test error in 6 shared rounds")
    assert "ahead" not in told


def test_rounds_still_to_run_leave_the_verdict_for_later():
    found = met([*SIX_ONE, None], [*SIX_OTHER, wrong(0)])

    assert headline(found).endswith("The verdict comes when all rounds asked for have run.")
    assert "beats" not in headline(found)


def test_a_diverged_round_counts_as_lost_and_never_weakens_a_verdict():
    found = met(SIX_ONE, [*SIX_OTHER[:5], DIVERGED])
    told = cells(duels_grid(found))

    assert headline(found).startswith("one beats other by")
    assert told["Rounds won by A"][0] == "6 of 6"
    assert told["95% interval"][0] == "+20.00 to +∞"
    assert told["Mean lead of A"][0] == "+30.00"


def test_variants_level_in_every_round_are_said_to_be():
    assert headline(met(counts(1, 2), counts(1, 2))) == (
        "one and other have the same test error in each of 2 shared rounds."
    )
    assert headline(met(counts(1), counts(1))).endswith("in the 1 shared round.")


def test_no_shared_round_is_said():
    found = met([wrong(0), None], [None, wrong(1)])

    assert headline(found) == "There is no round in which both one and other have a test error."
    assert fourfold_grid(found) is None
    assert {cell for row in duels_grid(found).rows[1:] for cell in row[1:]} == {NOTHING}


def test_rounds_left_out_are_remarked():
    found = met([*counts(1, 1, 1), None, DIVERGED], [wrong(0), None, DIVERGED])

    assert remarks(found) == [
        "B is trained for 3 rounds and A for 5: only those of B are compared.",
        "Not run yet for B, and left out: round 2.",
        "B diverged in round 3: worse than any figure, and in no mean.",
    ]
    assert remarks(SIX) == []


def test_one_network_under_two_names_is_remarked():
    same = tuple(
        Variant(name=name, model=NET.replace(layers=(Flatten(), Linear(3), *NET.layers[1:])))
        for name in ("one", "other")
    )

    (told,) = remarks(met(counts(1, 2), counts(1, 2), variants=same))

    assert told == "A and B are one network, trained alike under two names: each trial is both's."


def test_a_shortened_run_is_remarked_first():
    assert remarks(replace(SIX, label="2 of 15 rounds"))[0] == (
        "This is not the study as declared: 2 of 15 rounds."
    )


def test_the_figures_are_those_of_the_evidence():
    found = cells(duels_grid(SIX))

    assert [column.name for column in duels_grid(SIX).columns] == [
        "",
        "Final epoch",
        "Best epoch on validation",
    ]
    assert found["Rounds compared"] == ["6", "6"]
    assert found["A, mean (sd)"] == ["13.33 (5.16)", "50.00 (0.00)"]
    assert found["B, mean (sd)"] == ["43.33 (5.16)", "50.00 (0.00)"]
    assert found["Typical lead of A, points"] == ["+30.00", "0.00"]
    assert found["95% interval"] == ["+20.00 to +40.00", "0.00 to 0.00"]
    assert found["p"] == ["0.031", "1.000"]
    assert found["p, alone"] == ["0.031", "1.000"]
    assert found["Mean lead of A"] == ["+30.00", "0.00"]
    assert found["95% t-interval"] == ["+23.36 to +36.64", "0.00 to 0.00"]
    assert found["Rounds won by A"] == ["6 of 6", "0 of 6, 6 tied"]
    assert found["Share won, 95% interval"] == ["100% (54% to 100%)", "0% (0% to 46%)"]
    # The leads are 3, 3, 2, 3, 4 and 3 tenths: their sd is 0.0632.
    assert found["Effect size d"] == ["+4.74", NOTHING]


def test_a_lag_has_minus_signs():
    found = cells(duels_grid(met(counts(4, 4), counts(1, 2))))

    assert found["Typical lead of A, points"][0] == f"{MINUS}25.00"
    assert found["Effect size d"][0].startswith(MINUS)


def test_accuracies_are_those_of_the_same_rounds():
    results = accurate(duel(counts(1, 1), counts(4, 4)))
    found = head_to_head(results, "one", "other", truth)

    assert "test accuracy" in headline(found)
    assert cells(duels_grid(found))["A, mean (sd)"][0] == "90.00 (0.00)"
    assert cells(duels_grid(found))["Typical lead of A, points"][0] == "+30.00"


def test_an_infinite_lead_is_printed():
    found = met(counts(*[1] * 6), [DIVERGED] * 6)

    assert headline(found).startswith("one beats other, for other diverged in 6 of 6 rounds (")
    assert cells(duels_grid(found))["95% interval"][0] == "+∞ to +∞"
    assert "nan" not in as_terminal(found).plain
    assert "one beats other" in as_terminal(found).plain


def test_without_validation_there_is_one_column():
    found = met(counts(1), counts(2), task=DigitPairs(train=4, validation=0, test=EXAMPLES))

    assert len(duels_grid(found).columns) == 2


def test_who_is_right_is_counted_in_whole_numbers_for_one_round_alone():
    one = fourfold_grid(met([wrong(0, 1)], [wrong(1, 2, 3)]))
    two = fourfold_grid(met([wrong(0, 1), wrong()], [wrong(1, 2, 3), wrong(4)]))

    assert one.rows == (("A right", "6", "2"), ("A wrong", "1", "1"))
    assert one.caption == "Who is right on the 10 test pairs, in 1 round"
    assert two.rows == (("A right", "7.5", "1.5"), ("A wrong", "0.5", "0.5"))
    assert two.caption.endswith("mean of 2 rounds")


def test_disagreements_are_counted_and_their_order_explained():
    sure = np.where(ANSWERS == 1, 0.9, 0.1)
    found = met(
        [wrong(0, probability=sure), wrong(1, probability=sure)],
        [wrong(probability=sure), wrong(2, 3, probability=sure)],
    )
    first, second = (
        [each for each in found.agreement.disagreements if each.right == who]
        for who in ("first", "second")
    )

    assert alone_words(found, first) == (
        "In 2 rounds A alone was right 2 times. Shown: 2 pairs where the two were most sure of "
        "opposite answers."
    )
    assert alone_words(found, second[:1]).startswith("In 2 rounds B alone was right 2 times. Sho")
    assert "Shown: 1 pair where" in alone_words(found, second[:1])


@pytest.mark.parametrize(
    ("p", "text"),
    [(None, NOTHING), (0.5, "0.500"), (0.0312, "0.031"), (0.001, "0.001"), (0.0009, "< 0.001")],
)
def test_p_values(p, text):
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("places", "text"),
    [
        ((0,), "1"),
        ((0, 1), "1 and 2"),
        ((0, 1, 2), "1 to 3"),
        ((1, 4, 5, 6, 7, 10), "2, 5 to 8 and 11"),
    ],
)
def test_rounds_are_read_from_1_and_runs_of_them_are_spans(places, text):
    assert numbers(places) == text


FULL = met(
    [wrong(0, 1, 4), wrong(1, 2), wrong(3)],
    [wrong(4, 5, probability=[0.5] * 10), wrong(6), wrong(7, 8)],
)


@pytest.mark.parametrize("width", [1, 40, 52, 60, 71, 72, 80, 160])
def test_a_terminals_lines_fit_it(width):
    found = replace(
        FULL,
        first=replace(FULL.first, name="A rather long name, of a network " * 3),
        second=replace(FULL.second, name="Another of them, tried as well " * 3),
    )

    lines = as_terminal(found, width=width).plain.splitlines()

    assert max(map(len, lines)) <= max(NARROWEST, min(width, WIDTH))
    assert not any(line != line.rstrip() for line in lines if "  " not in line.strip())


@pytest.mark.parametrize("width", [40, 60, 72])
def test_no_figure_is_lost_in_a_narrow_terminal(width):
    text = as_terminal(SIX, width=width).plain

    for row in duels_grid(SIX).rows:
        for cell in row[1:]:
            assert text.count(cell) >= row[1:].count(cell)
    assert "Best epoch on" in text
    assert "validation" in text


def test_a_terminal_lists_a_few_examples_of_each_side():
    text = as_terminal(FULL).plain

    # Place 4 shows 8 and 9 and is said to be a 0; in the first round both are wrong there.
    assert "In 3 rounds A alone was right 4 times. Shown: 4 pairs." in text
    assert "In 3 rounds B alone was right 5 times. Shown: 4 pairs." in text
    assert "0 > 1   A >   B ≤  50%   round 1" in text
    shown = [line for line in text.splitlines() if re.search(r"round \d$", line)]
    assert len(shown) == 8


def test_a_terminal_without_the_characters_gets_ascii():
    found = replace(FULL, first=replace(FULL.first, name="Siamese, λ = 1"))

    text = as_terminal(found, encoding="ascii").plain

    text.encode("ascii")
    assert 'ahead of "Siamese, ? = 1" by' in " ".join(text.split())
    assert "A >   B <=" in text
    assert as_terminal(found, encoding="no such").plain == text
    assert "λ" in as_terminal(found).plain


def test_what_cannot_be_told_is_left_out():
    nothing = as_terminal(met([None], [None])).plain
    no_images = head_to_head(duel(counts(1), counts(2)), "one", "other", lambda _: Truth(ANSWERS))

    assert "Lead of A in each round" not in nothing
    assert "Who is right" not in nothing
    assert "alone was right" not in as_terminal(no_images).plain
    assert "Who is right on the 10 test pairs" in as_terminal(no_images).plain
