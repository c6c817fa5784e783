"""Figures of single rounds: boxes, and round by round."""

from dataclasses import replace

import drawn
import numpy as np
import pytest
import sample_results as sample
from drawn import records as data

from accurate import accurate
from bakeoff.reporting.charts.spread import FIVE, boxes, rounds
from bakeoff.reporting.charts.view import View
from bakeoff.study.published import Quantity

NAMES = tuple(variant.name for variant in sample.STUDY.variants)


def many(count):
    return View.of_all(drawn.many(count, rounds=2))


def column(figure, place):
    return [row.cells[place] for row in figure.table.rows]


def crosses(figure):
    return [r for r in data(figure) if "variant" in r and "value" not in r]


def test_a_box_holds_the_quartiles_of_the_rounds():
    results = sample.whole()

    figure = boxes(View.of_all(results))

    values = sorted(h.value("test", "error") for h in results.histories["CNN"])
    # Of 15 values the quartiles are means of the 4th and 5th, and the 11th and 12th.
    five = values[0], np.mean(values[3:5]), values[7], np.mean(values[10:12]), values[-1]
    box = next(r for r in data(figure) if r.get("variant") == "CNN" and "q1" in r)
    assert [box[field] for field in FIVE] == pytest.approx([100 * v for v in five])
    name, *cells = figure.table.rows[1].cells
    assert (name, [cell.value for cell in cells]) == ("CNN", pytest.approx(five))


def test_missing_and_diverged_trials_are_told_apart():
    figure = rounds(View.of_all(sample.with_holes()))

    cnn = column(figure, 2)
    assert (cnn[6], cnn[14]) == ("diverged", "not run")
    assert [round(r["round"]) for r in crosses(figure)] == [7]


def test_crosses_of_one_round_do_not_hide_one_another():
    results = sample.whole()
    broken = {
        n: tuple(replace(h, status="diverged") for h in hs) for n, hs in results.histories.items()
    }
    histories = broken | {NAMES[0]: results.histories[NAMES[0]]}

    found = crosses(rounds(View.of_all(replace(results, histories=histories))))

    assert len({r["round"] for r in found}) == 30
    assert {round(r["round"]) for r in found} == set(range(1, 16))


@pytest.mark.parametrize(("change", "end"), [(lambda r: r, 0), (accurate, "height")])
def test_crosses_stand_at_the_bad_end(change, end):
    chart = rounds(View.of_all(change(sample.with_holes()))).chart.to_dict()

    (y,) = (
        layer["encoding"]["y"]
        for layer in chart["layer"]
        if "value" in layer["encoding"].get("y", {})
    )
    assert y == {"value": end}


def test_a_view_shows_the_quantity_of_the_variants_named():
    results = sample.whole()
    view = View.of_some(results, NAMES[1:], Quantity(split="train"))

    figure = rounds(view, name="figure-4", title="Figure 4")

    trained = [h.value("train", "error") for h in results.histories["CNN"]]
    assert [c.name for c in figure.table.columns] == ["Round", *NAMES[1:]]
    assert [cell.value for cell in column(figure, 1)] == pytest.approx(trained)
    assert figure.chart.to_dict()["layer"][0]["encoding"]["y"]["title"] == (
        "Train error, final epoch, %"
    )
    assert column(boxes(view), 3)[0].value == pytest.approx(np.median(trained))


def test_a_variant_with_fewer_rounds_has_nothing_in_the_others():
    first, second = sample.STUDY.variants[:2]
    whole = sample.whole(sample.STUDY.replace(variants=(first, second)))
    capped = replace(
        whole,
        study=whole.study.replace(variants=(first, second.replace(rounds=2))),
        histories={**whole.histories, second.name: whole.histories[second.name][:2]},
    )

    figure = rounds(View.of_all(capped))

    assert column(figure, 2)[2:] == [None] * 13
    assert {r["round"] for r in data(figure) if r.get("variant") == "CNN"} == {1, 2}


def test_of_many_variants_the_best_are_drawn():
    view = many(50)

    lanes, dots = boxes(view), rounds(view)

    assert len({r["variant"] for r in data(lanes) if "q1" in r}) == 40
    assert len(lanes.table.rows) == 50
    assert len({r["variant"] for r in data(dots) if "variant" in r}) == len(dots.keys) == 12
    assert len(dots.table.columns) == 51
    assert len(rounds(many(201)).table.columns) == 13


def test_variants_look_the_same_in_every_figure_as_long_as_they_can():
    view = many(20)

    assert all(
        view.best().keys[name] == style
        for name, style in view.keys.items()
        if name in view.best().keys
    )
    few = View.of_some(view.results, tuple(view.keys)[2::17])
    assert [style.dash for style in few.keys.values()] == [(), ()]
