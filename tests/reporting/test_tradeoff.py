"""Accuracy against what it costs: points, their front, and when there is no figure."""

from dataclasses import replace

import pytest
import sample_results as sample
from test_figures import data

from accurate import accurate
from bakeoff.analysis.results import Results
from bakeoff.reporting.figures.figure import Figure, svg
from bakeoff.reporting.figures.tradeoff import tradeoff_figures
from bakeoff.reporting.wording import NOTHING

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def costing(results: Results, **each: dict[str, float]) -> Results:
    """Return results with other parameters or seconds of the variants named."""
    histories = {
        name: tuple(
            h
            and replace(h, **{field: type(getattr(h, field))(v[name]) for field, v in each.items()})
            for h in places
        )
        for name, places in results.histories.items()
    }
    return replace(results, histories=histories)


def figures(parameters: dict[str, float], results: Results | None = None) -> dict[str, Figure]:
    found = tradeoff_figures(costing(results or sample.whole(), parameters=parameters))
    return {figure.name: figure for figure in found}


SMALL = {BASE: 1000, CNN: 100_000, AUXILIARY: 20_000}


def test_there_is_a_figure_for_parameters_and_one_for_seconds() -> None:
    found = figures(SMALL)

    assert list(found) == ["tradeoff-parameters", "tradeoff-seconds"]
    assert found["tradeoff-parameters"].title == "Test error against parameters"
    assert "Example Processor 9000" in found["tradeoff-seconds"].description
    assert "Example Processor" not in found["tradeoff-parameters"].description


def test_costs_that_hardly_differ_have_no_figure() -> None:
    alike = {BASE: 70_000, CNN: 77_000, AUXILIARY: 72_000}

    assert list(figures(alike)) == ["tradeoff-seconds"]
    assert list(figures({**alike, CNN: 90_000})) == ["tradeoff-parameters", "tradeoff-seconds"]


def test_fewer_than_two_variants_with_results_have_no_figure() -> None:
    whole = costing(sample.whole(), parameters=SMALL)
    none = dict.fromkeys(whole.histories, (None,) * 15)

    assert tradeoff_figures(sample.empty()) == ()
    assert tradeoff_figures(replace(whole, histories={**none, CNN: whole.histories[CNN]})) == ()
    two = {**whole.histories, CNN: none[CNN]}
    assert len(tradeoff_figures(replace(whole, histories=two))) == 2


def test_a_point_has_the_mean_error_and_the_cost() -> None:
    results = sample.whole()

    records = data(figures(SMALL)["tradeoff-parameters"])

    point = next(r for r in records if r.get("variant") == CNN)
    errors = [h.value("test", "error") for h in results.histories[CNN] if h]
    assert point["y"] == pytest.approx(100 * sum(errors) / 15)
    assert (point["cost"], point["paid"], point["rounds"]) == (100_000, "100,000", 15)
    assert point["low"] < point["y"] < point["high"]


def test_the_front_is_marked_in_figure_and_table() -> None:
    # The auxiliary loss has the lowest error; the CNN costs more and errs more.
    figure = figures(SMALL)["tradeoff-parameters"]

    line = next(m for m in figure.chart.to_dict()["layer"] if m["mark"]["type"] == "line")
    drawn = figure.chart.to_dict()["datasets"][line["data"]["name"]]
    assert [r["variant"] for r in drawn] == [BASE, AUXILIARY]
    assert [cells[-1] for cells in figure.grid.rows] == ["yes", "no", "yes"]
    assert [cells[1] for cells in figure.grid.rows] == ["1,000", "100,000", "20,000"]


def test_accuracies_are_drawn_where_a_study_speaks_of_them() -> None:
    errors = figures(SMALL)["tradeoff-parameters"]
    accuracies = figures(SMALL, accurate(sample.whole()))["tradeoff-parameters"]

    assert accuracies.title == "Test accuracy against parameters"
    for one, other in zip(errors.grid.rows, accuracies.grid.rows, strict=True):
        assert float(one[2]) + float(other[2]) == pytest.approx(100)
        assert one[-1] == other[-1]


def test_diverged_trials_are_in_no_mean_and_are_told_of() -> None:
    whole, holes = sample.whole(), sample.with_holes()

    figure = figures(SMALL, holes)["tradeoff-parameters"]

    errors = [h.value("test", "error") for h in whole.histories[CNN][:13] if h]
    del errors[6]
    assert float(figure.grid.rows[1][2]) == pytest.approx(100 * sum(errors) / 12, abs=0.006)
    assert figure.grid.rows[1][4] == "12"
    assert "diverged are left out" in figure.description
    assert "diverged" not in figures(SMALL, whole)["tradeoff-parameters"].description


def test_a_variant_all_of_whose_trials_diverged_has_no_dot() -> None:
    whole = sample.whole()
    broken = tuple(h and replace(h, status="diverged") for h in whole.histories[CNN])
    results = replace(whole, histories={**whole.histories, CNN: broken})

    figure = figures(SMALL, results)["tradeoff-parameters"]

    assert {r["variant"] for r in data(figure) if "variant" in r} == {BASE, AUXILIARY}


def test_a_variant_far_worse_than_the_others_stands_at_the_edge() -> None:
    study = sample.STUDY.replace(
        variants=tuple(
            sample.STUDY.variants[1].replace(name=f"v{n}", published=()) for n in range(12)
        )
    )
    whole = sample.whole(study)
    wrong = {"test": {"error": (1.0,)}}
    bad = tuple(h and replace(h, curves={**h.curves, **wrong}) for h in whole.histories["v11"])
    results = replace(whole, histories={**whole.histories, "v11": bad})
    costs = {f"v{n}": 1000.0 * 2**n for n in range(12)}

    figure = figures(costs, results)["tradeoff-parameters"]

    point = next(r for r in data(figure) if r.get("variant") == "v11")
    others = [r["y"] for r in data(figure) if r.get("variant") != "v11" and "inside" in r]
    assert not point["inside"]
    assert max(others) < point["y"] < 100
    assert point["mean"] == "100.00"
    assert any(r.get("text") == "v11: 100.0%" for r in data(figure))
    assert "Triangles at the edge" in figure.description


def erratic(rounds: int) -> Results:
    """Return so many rounds, in which the CNN errs in 5% and 35% in turn."""
    whole = sample.whole()
    none = (None,) * (15 - rounds)
    wild = tuple(
        h and replace(h, curves={**h.curves, "test": {"error": (0.05 if n % 2 else 0.35,)}})
        for n, h in enumerate(whole.histories[CNN][:rounds])
    )
    histories = {name: (*places[:rounds], *none) for name, places in whole.histories.items()}
    return replace(whole, histories={**histories, CNN: (*wild, *none)})


def test_an_interval_that_is_cut_is_told_of() -> None:
    calm = figures(SMALL)["tradeoff-parameters"]
    figure = figures(SMALL, erratic(6))["tradeoff-parameters"]

    assert "goes on beyond it" not in calm.description
    assert "An interval that ends at the edge goes on beyond it" in figure.description


def test_fewer_than_6_rounds_have_no_interval() -> None:
    figure = figures(SMALL, erratic(5))["tradeoff-parameters"]

    assert {cells[3] for cells in figure.grid.rows} == {NOTHING}
    for point in (r for r in data(figure) if "inside" in r):
        assert point["low"] == point["y"] == point["high"]
        assert point["interval"] == NOTHING
    assert "goes on beyond it" not in figure.description


def test_equal_errors_of_single_rounds_can_be_drawn() -> None:
    whole = costing(sample.whole(), parameters=SMALL)
    one = whole.histories[CNN][0]
    assert one is not None
    each = {name: (replace(one, parameters=SMALL[name]), *(None,) * 14) for name in SMALL}

    (figure,) = tradeoff_figures(replace(whole, histories=each))

    assert "NaN" not in svg(figure.chart)
    assert [cells[-1] for cells in figure.grid.rows] == ["yes", "no", "no"]


def test_the_figures_can_be_drawn() -> None:
    for figure in figures(SMALL, sample.with_holes()).values():
        text = svg(figure.chart)
        assert "NaN" not in text
        assert AUXILIARY in text
