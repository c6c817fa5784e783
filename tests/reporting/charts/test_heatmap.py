"""Heat maps of classes: every share is drawn, told on hovering, and stands in the table."""

import numpy as np
import pytest

from accurate import accurate
from bakeoff.data.truth import Truth, truths_of
from bakeoff.reporting.charts import kit
from bakeoff.reporting.charts.heatmap import STRONGEST, confusions
from bakeoff.reporting.palette import DARK, LIGHT
from made_duel import (
    DIVERGED,
    EXAMPLES,
    duel,
    grey,
    of_digits,
    of_images,
    several,
    trial,
    truth,
    wrong,
)

LABELS = np.array([3, 3, 3, 5, 5, 8, 8, 8, 8, 0])


def digits_truth(_round):
    images = np.zeros((EXAMPLES, 28, 28), np.uint8)
    return Truth(LABELS, grey(np.arange(EXAMPLES)[:, None], LABELS[:, None], images))


def answering(*answers, right=LABELS):
    given = np.array(answers, np.uint8)
    return trial(float((given != right).mean()), answer=given)


def cells(figure):
    """Return the data of every cell, by row and column."""
    (values,) = kit.page_spec(figure)["datasets"].values()
    assert len(values) == 100
    return {(int(value["row"]), int(value["column"])): value for value in values}


def test_pairs_are_drawn_by_their_share_of_wrong_comparisons():
    (figure,) = confusions(several({"one": [wrong(0), wrong(0, 1)]}), truth)

    drawn = cells(figure)
    # Two rounds of ten pairs, 0 1, 2 3 and so on to 8 9, twice each.
    assert drawn[0, 1] == {
        "row": "0",
        "column": "1",
        "text": "50",
        "number": "2 of 4",
        "weight": 0.5,
    }
    assert (drawn[2, 3]["text"], drawn[2, 3]["weight"]) == ("25", 0.25)
    assert (drawn[4, 5]["text"], drawn[4, 5]["weight"]) == ("0", None)
    assert (drawn[1, 0]["text"], drawn[1, 0]["number"]) == ("", "0 of 0")
    assert figure.title.endswith("%: one")
    shares = [cell.value for cell in figure.table.rows[0].cells[1:]]
    assert shares == [None, 0.5, *[None] * 8, 4]


@pytest.mark.parametrize("change", [lambda r: r, accurate])
def test_the_best_by_the_metric_of_the_study_is_drawn(change):
    (figure,) = confusions(change(duel([wrong(0)], [wrong()])), truth)

    assert figure.title.endswith(": other")


def test_small_shares_have_a_decimal():
    (figure,) = confusions(several({"a": [wrong(0), *[wrong()] * 9]}), truth)

    assert cells(figure)[0, 1]["text"] == "5.0"


def test_digits_are_drawn_by_what_they_were_taken_for():
    (figure,) = confusions(
        of_digits({"a": [answering(3, 5, 3, 5, 5, 8, 8, 3, 8, 0)] * 2}), digits_truth
    )

    drawn = cells(figure)
    assert (drawn[3, 5]["text"], drawn[3, 5]["number"]) == ("33", "2 of 6")
    assert drawn[3, 5]["weight"] == pytest.approx(1 / 3)
    assert (drawn[3, 3]["text"], drawn[3, 3]["weight"]) == ("67", None)
    assert (drawn[1, 1]["text"], drawn[1, 1]["number"]) == ("", "0 of 0")
    assert [cell.value for cell in figure.table.rows[8].cells[1:]] == [
        *(0, 0, 0, 0.25, 0, 0, 0, 0, 0.75, 0),
        8,
    ]


def test_names_of_classes_stand_aslant_and_digits_do_not():
    def angle(results, truth):
        figure = confusions(results, truth)[0]
        return figure.chart.layer[0].to_dict()["encoding"]["x"]["axis"]["labelAngle"]

    images = of_images({"a": [answering(*np.arange(EXAMPLES) % 2, right=[0, 1] * 5)]}, "ant", "bee")
    assert angle(images, truths_of(images.study.task, seed=0)) == -45
    assert angle(duel([wrong(0, digits=[[3, 5]] * EXAMPLES)], [wrong()]), truth) == 0


def test_pairs_have_both_maps_where_digits_are_read():
    results = duel([wrong(0, digits=[[3, 5]] * EXAMPLES)], [wrong()])

    pairs, digits = confusions(results, truth)

    assert (pairs.name, pairs.title[-5:]) == ("pair-errors", "other")
    assert (digits.name, digits.title[-5:]) == ("confusion", ": one")
    assert "of those that read digits" in digits.reading


def test_without_a_finished_round_there_is_no_figure():
    assert confusions(duel([None], [DIVERGED]), truth) == ()


@pytest.mark.parametrize("mistakes", [(), (0, 1)])
def test_a_map_is_drawn_as_a_file_with_all_its_numbers(mistakes):
    name = "</script><b>CNN & co</b>"
    (figure,) = confusions(several({name: [wrong(*mistakes)]}), truth)

    drawn = kit.svg(figure.chart)

    assert drawn.count(f'fill="{LIGHT.series[0]}"') == len(mistakes)
    assert drawn.count(f'fill="{LIGHT.raised}"') == 100
    assert "NaN" not in drawn
    assert "<b>" not in drawn


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
