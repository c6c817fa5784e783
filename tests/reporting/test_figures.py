import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import sample_results as sample

from accurate import accurate
from bakeoff.analysis.results import Results
from bakeoff.reporting.figures.figure import Figure, svg, whole_numbers
from bakeoff.reporting.html import figures
from bakeoff.study.study import Shortening

SPLITS = ("test", "validation", "train")
INF = float("inf")


def named(results: Results) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures(results)}


def data(figure: Figure) -> list[dict]:  # type: ignore[type-arg]
    return [row for rows in figure.chart.to_dict()["datasets"].values() for row in rows]


def test_a_study_has_its_figures_in_the_order_of_the_page() -> None:
    assert list(named(sample.whole())) == [
        "against",
        "forest",
        "tradeoff-parameters",
        "tradeoff-seconds",
        "ranks",
        *(f"curve-{m}-{s}" for m in ("error", "loss", "digit-error") for s in SPLITS),
        "boxes",
        "rounds",
    ]


def test_a_figure_without_data_is_left_out() -> None:
    assert list(named(sample.empty())) == ["against"]
    bare = sample.STUDY.replace(
        variants=tuple(v.replace(published=()) for v in sample.STUDY.variants)
    )
    assert "against" not in named(sample.whole(bare))


def test_published_and_measured_means_are_both_drawn() -> None:
    records = data(named(sample.whole())["against"])

    means = {(r["variant"], r["source"]): r["mean"] for r in records if "mean" in r}
    assert means["CNN", "published"] == pytest.approx(19.76)
    assert means["CNN", "measured"] == pytest.approx(19, abs=1)
    assert len(means) == 6


def test_no_standard_deviation_reaches_below_nothing_or_above_everything() -> None:
    first, *others = sample.STUDY.variants
    wide = tuple(published.replace(sd=0.9) for published in first.published)
    study = sample.STUDY.replace(variants=(first.replace(published=wide), *others))

    records = data(named(sample.whole(study))["against"])

    ends = {
        (r["low"], r["high"])
        for r in records
        if (r.get("variant"), r.get("source")) == (first.name, "published")
    }
    assert ends == {(0.0, 100.0)}


def test_a_box_holds_the_quartiles_of_the_rounds() -> None:
    results = sample.whole()

    figure = named(results)["boxes"]

    values = sorted(100 * h.value("test", "error") for h in results.histories["CNN"] if h)
    box = next(r for r in data(figure) if r.get("variant") == "CNN" and "q1" in r)
    # Of 15 values the quartiles are means of the 4th and 5th, and the 11th and 12th.
    assert box["median"] == pytest.approx(values[7])
    assert box["q1"] == pytest.approx((values[3] + values[4]) / 2)
    assert box["q3"] == pytest.approx((values[10] + values[11]) / 2)
    assert (box["low"], box["high"]) == pytest.approx((values[0], values[-1]))
    assert figure.grid.rows[1][3] == f"{values[7]:.2f}"


def test_rounds_show_missing_and_diverged_trials() -> None:
    figure = named(sample.with_holes())["rounds"]

    assert figure.grid.rows[6][2] == "diverged"
    assert figure.grid.rows[14] == ("15", "not run", "not run", figure.grid.rows[14][3])
    crosses = [r for r in data(figure) if r.get("variant") == "CNN" and "value" not in r]
    assert [round(r["round"]) for r in crosses] == [7]


def test_crosses_of_one_round_do_not_hide_one_another() -> None:
    results = sample.whole()
    broken = {
        name: tuple(h and replace(h, status="diverged") for h in places)
        for name, places in results.histories.items()
    }
    one_good = {**broken, "Baseline": results.histories["Baseline"]}

    figure = named(replace(results, histories=one_good))["rounds"]

    places = [r["round"] for r in data(figure) if "value" not in r and "variant" in r]
    assert len(set(places)) == 30
    assert {round(p) for p in places} == set(range(1, 16))


def test_a_diverged_trial_is_drawn_as_a_curve_of_its_own() -> None:
    records = data(named(sample.with_holes())["curve-error-test"])

    broken = [r for r in records if r.get("variant") == "CNN" and r.get("round") == 7]
    assert [r["place"] for r in broken if r["place"] < 4] == [1, 2, 3]
    assert max(r["place"] for r in broken) == 4


def test_curves_give_the_mean_and_one_standard_deviation() -> None:
    results = sample.whole()

    figure = named(results)["curve-error-test"]

    band = next(r for r in data(figure) if r.get("variant") == "CNN" and "low" in r)
    last = [h.curves["test"]["error"][-1] for h in results.histories["CNN"] if h]
    mean = 100 * sum(last) / 15
    sd = 100 * (sum((v - mean / 100) ** 2 for v in last) / 14) ** 0.5
    assert band["place"] == list(range(1, 26))
    assert (band["low"][-1], band["mean"][-1], band["high"][-1]) == pytest.approx(
        (mean - sd, mean, mean + sd), abs=0.01
    )
    assert figure.grid.rows[24][2] == f"{mean:.2f} ({sd:.2f})"


def test_a_loss_that_is_never_finite_has_no_panel() -> None:
    results = sample.whole(sample.STUDY.shortened(Shortening(rounds=2, epochs=2)))
    endless = {
        name: tuple(
            h and replace(h, curves={**h.curves, "test": {**h.curves["test"], "loss": (INF, INF)}})
            for h in places
        )
        for name, places in results.histories.items()
    }

    found = named(replace(results, histories=endless))

    assert "curve-loss-test" not in found
    assert "curve-loss-train" in found


def test_accuracies_are_drawn_where_a_study_speaks_of_them() -> None:
    errors = named(sample.whole())["rounds"].grid
    accuracies = named(accurate(sample.whole()))["rounds"].grid

    assert float(errors.rows[0][1]) + float(accuracies.rows[0][1]) == pytest.approx(100)


def test_panels_of_a_metric_share_their_scale() -> None:
    found = named(sample.whole())

    scales = {
        layer["encoding"]["y"]["scale"]["domain"][1]
        for split in SPLITS
        for layer in found[f"curve-loss-{split}"].chart.to_dict()["layer"]
        if layer["mark"]["type"] == "area"
    }
    assert len(scales) == 1


@pytest.mark.parametrize("by", [Shortening(rounds=1, epochs=1), Shortening(only=("CNN",))])
def test_the_smallest_runs_can_be_drawn(by: Shortening) -> None:
    results = replace(sample.whole(sample.STUDY.shortened(by), sample.STUDY), shortening=by)

    for figure in figures(results):
        assert "NaN" not in svg(figure.chart)


def test_an_svg_is_a_whole_document_with_title_and_legend() -> None:
    figure = named(sample.shortened())["rounds"]

    text = svg(figure.chart)

    root = ET.fromstring(text)
    words = " ".join(root.itertext())
    assert root.tag.endswith("svg")
    assert "var(" not in text
    assert "2 of 15 rounds, 3 of 25 epochs" in words
    assert all(variant.name in words for variant in sample.STUDY.variants)


def test_ticks_are_round_numbers() -> None:
    assert whole_numbers(3, most=6) == [1, 2, 3]
    assert whole_numbers(25, most=6) == [5, 10, 15, 20, 25]
    assert whole_numbers(50, most=6) == [10, 20, 30, 40, 50]
