"""Heat maps of digits: every number is drawn, told on hovering, and stands in the table."""

import numpy as np
import pytest

from accurate import accurate
from bakeoff.data.truth import Shown, Truth
from bakeoff.reporting.figures.confusion import STRONGEST, confusion_figure, digits_figure
from bakeoff.reporting.figures.figure import svg
from bakeoff.reporting.palette import DARK, LIGHT
from bakeoff.reporting.wording import NOTHING
from made_duel import DIVERGED, EXAMPLES, duel, of_digits, several, trial, truth, wrong

LABELS = np.array([3, 3, 3, 5, 5, 8, 8, 8, 8, 0])


def digits_truth(_round):
    images = np.zeros((EXAMPLES, 28, 28), np.uint8)
    return Truth(LABELS, Shown(np.arange(EXAMPLES)[:, None], LABELS[:, None], images, 28))


def answering(*answers):
    given = np.array(answers, np.uint8)
    return trial(float((given != LABELS).mean()), answer=given)


def cells(figure):
    """Return the data of every cell, by row and column."""
    (values,) = figure.page_spec()["datasets"].values()
    assert len(values) == 100
    return {(int(value["row"]), int(value["column"])): value for value in values}


def test_pairs_are_drawn_by_their_share_of_wrong_comparisons():
    figure = confusion_figure(duel([wrong(0), wrong(0, 1)], [wrong(2)]), truth, variant="one")

    drawn = cells(figure)
    # Two rounds of ten pairs, 0 1, 2 3 and so on to 8 9, twice each.
    assert drawn[0, 1] == {
        "row": "0",
        "column": "1",
        "text": "50",
        "told": "2 of 4 wrong",
        "weight": 0.5,
    }
    assert (drawn[2, 3]["text"], drawn[2, 3]["weight"]) == ("25", 0.25)
    assert (drawn[4, 5]["text"], drawn[4, 5]["weight"]) == ("0", None)
    assert (drawn[1, 0]["text"], drawn[1, 0]["told"]) == (NOTHING, "0 of 0 wrong")
    assert "%: one" in figure.title
    assert ", in 2 rounds of one. The" in figure.description
    assert figure.grid.rows[0][:3] == ("0", "0 of 0", "2 of 4")
    assert len(figure.grid.rows) == 10
    assert {len(row) for row in figure.grid.rows} == {len(figure.grid.columns)} == {11}


def test_without_a_name_the_best_variant_is_drawn():
    figure = confusion_figure(duel([wrong(0)], [wrong()]), truth)

    assert figure.title.endswith(": other")
    assert ", in 1 round of other, the best by test error. The" in figure.description


def test_the_best_is_the_best_by_the_metric_of_the_study():
    figure = confusion_figure(accurate(duel([wrong(0)], [wrong()])), truth)

    assert figure.title.endswith(": other")
    assert ", the best by test accuracy. The" in figure.description


def test_small_shares_have_a_decimal():
    figure = confusion_figure(several({"a": [wrong(0), *[wrong()] * 9]}), truth)

    assert cells(figure)[0, 1]["text"] == "5.0"


def test_digits_are_drawn_by_what_they_were_taken_for():
    results = of_digits({"a": [answering(3, 5, 3, 5, 5, 8, 8, 3, 8, 0)] * 2})
    figure = confusion_figure(results, digits_truth)

    drawn = cells(figure)
    assert drawn[3, 5] == {
        "row": "3",
        "column": "5",
        "text": "2",
        "told": "2 of 6, 33.33%",
        "weight": pytest.approx(1 / 3),
    }
    assert (drawn[3, 3]["text"], drawn[3, 3]["weight"]) == ("4", None)
    assert (drawn[8, 3]["text"], drawn[8, 3]["weight"]) == ("2", 0.25)
    assert (drawn[1, 1]["text"], drawn[1, 1]["weight"]) == ("", None)
    assert figure.grid.rows[3] == ("3", "0", "0", "0", "4", *"020000", "66.67%")
    assert figure.grid.rows[1][-1] == NOTHING
    assert digits_figure(results, digits_truth).grid == figure.grid


def test_pairs_have_both_maps_where_digits_are_read():
    results = duel([wrong(0, digits=[[3, 5]] * EXAMPLES)], [wrong()])

    assert confusion_figure(results, truth).title.endswith(": other")
    digits = digits_figure(results, truth)
    assert (digits.name, digits.title[-5:]) == ("confusion", ": one")
    assert ", the best by test error of those that read digits. The" in digits.description
    assert digits_figure(duel([wrong()], [wrong()]), truth) is None


def test_without_a_finished_round_there_is_no_figure():
    results = duel([None], [DIVERGED])

    assert confusion_figure(results, truth) is None
    assert digits_figure(results, truth) is None
    assert confusion_figure(results, truth, variant="one") is None


@pytest.mark.parametrize("mistakes", [(), (0, 1)])
def test_a_map_is_drawn_as_a_file_with_all_its_numbers(mistakes):
    drawn = svg(confusion_figure(duel([wrong(*mistakes)], [wrong(3)]), truth, variant="one").chart)

    assert drawn.count(f'fill="{LIGHT.series[0]}"') == len(mistakes)
    assert drawn.count(f'fill="{LIGHT.raised}"') == 100 - len(mistakes)
    assert drawn.count(f">{NOTHING}</text>") == 95


def test_hostile_names_stay_text():
    name = "</script><b>CNN & co</b>"
    drawn = svg(confusion_figure(several({name: [wrong(0)]}), truth).chart)

    assert "<b>" not in drawn
    assert "</script>" not in drawn


@pytest.mark.parametrize("paint", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_can_be_read_on_every_strength_of_colour(paint):
    for strength in np.linspace(0, STRONGEST, 7):
        ground = strength * rgb(paint.series[0]) + (1 - strength) * rgb(paint.paper)
        lights = sorted((luminance(rgb(paint.ink)), luminance(ground)))
        assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5, strength


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    linear = np.where(colour <= 0.03928, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
