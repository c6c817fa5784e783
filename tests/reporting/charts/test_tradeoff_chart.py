"""What accuracy costs: when there is a figure, where points stand, and which are the front."""

from dataclasses import replace

import drawn
import pytest
import sample_results as sample

from accurate import accurate
from bakeoff.analysis.results import Results
from bakeoff.data.metrics import Error
from bakeoff.reporting.charts.tradeoff import tradeoffs
from bakeoff.reporting.section import Figure, Number

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)
SMALL = {BASE: 1000, CNN: 100_000, AUXILIARY: 20_000}


def figures(parameters: dict[str, int], results: Results | None = None) -> dict[str, Figure]:
    base = results or sample.whole()
    histories = {
        name: tuple(h and replace(h, parameters=parameters[name]) for h in places)
        for name, places in base.histories.items()
    }
    return {figure.name: figure for figure in tradeoffs(replace(base, histories=histories))}


def points(figure: Figure) -> dict[str, dict]:  # type: ignore[type-arg]
    return {r["variant"]: r for r in drawn.data(figure) if "paid" in r and "arrow" not in r}


def test_there_is_a_figure_for_each_cost_that_differs() -> None:
    every = ["tradeoff-parameters", "tradeoff-multiply-adds", "tradeoff-seconds"]

    assert list(figures(SMALL)) == every
    assert list(figures({BASE: 70_000, CNN: 77_000, AUXILIARY: 72_000})) == every[1:]
    assert tradeoffs(sample.empty()) == ()


def test_a_point_has_the_mean_and_the_cost() -> None:
    figure = figures(SMALL)["tradeoff-parameters"]

    errors = [h.value("test", "error") for h in sample.whole().histories[CNN] if h]
    point = points(figure)[CNN]
    assert point["at"] == pytest.approx(100 * sum(errors) / 15)
    assert point["cost"] == 100_000
    assert point["from"] < point["at"] < point["to"]
    row = next(row.cells for row in figure.table.rows if row.cells[0] == CNN)
    assert row[1] == Number(100_000, "count")
    assert isinstance(row[2], Number)
    assert row[2].value == pytest.approx(sum(errors) / 15)


@pytest.mark.parametrize("turn", [lambda results: results, accurate])
def test_the_front_is_filled_and_named(turn) -> None:  # type: ignore[no-untyped-def]
    figure = figures(SMALL, turn(sample.whole()))["tradeoff-parameters"]

    layers, sets = figure.chart.to_dict()["layer"], figure.chart.to_dict()["datasets"]
    for kind in ("line", "text"):
        layer = next(layer for layer in layers if layer["mark"]["type"] == kind)
        names = {r["variant"] for r in sets[layer["data"]["name"]]}
        assert names == {BASE, AUXILIARY}
    assert [row.cells[-1] for row in figure.table.rows] == ["yes", "no", "yes"]


def test_no_mark_and_no_axis_passes_the_bounds() -> None:
    whole = sample.whole()
    low = tuple(
        h and replace(h, curves={"test": {"error": (0.03 * (n % 7 == 0),)}})
        for n, h in enumerate(whole.histories[CNN])
    )
    results = replace(whole, histories={**whole.histories, CNN: low})

    figure = figures(SMALL, results)["tradeoff-parameters"]

    assert min(point["from"] for point in points(figure).values()) == 0
    layer = figure.chart.to_dict()["layer"][0]
    assert layer["encoding"]["y"]["scale"]["domain"][0] == 0


def test_a_variant_without_a_value_has_no_point() -> None:
    figure = figures(SMALL, drawn.diverging(sample.whole(), CNN))["tradeoff-parameters"]

    assert set(points(figure)) == {BASE, AUXILIARY}


def test_a_variant_far_worse_than_the_others_is_an_arrow_at_the_edge() -> None:
    base = drawn.many(12)
    last = list(base.histories)[-1]
    bad = tuple(h and replace(h, curves={"test": {"error": (1.0,)}}) for h in base.histories[last])

    (figure, *_) = tradeoffs(replace(base, histories={**base.histories, last: bad}))

    assert points(figure)[last]["at"] is None
    assert {(r["variant"], r["arrow"]) for r in drawn.data(figure) if "arrow" in r} >= {
        (last, "triangle-up")
    }
    assert figure.keys == {}
    assert Error() == figure.table.rows[0].cells[2].metric  # type: ignore[union-attr]


def test_values_without_bounds_are_drawn() -> None:
    found = figures(SMALL, drawn.unbounded(sample.whole()))["tradeoff-parameters"]

    assert all(point["at"] > 100 for point in points(found).values())
