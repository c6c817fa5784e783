"""Learning curves: which are drawn, where, and what stands in their tables."""

from dataclasses import replace

import drawn
import numpy as np
import pytest
import sample_results as sample
from drawn import records as data

from bakeoff.reporting.charts import kit
from bakeoff.reporting.charts.learning_curves import curves, declared_curves
from bakeoff.reporting.charts.lines import positions, running_mean
from bakeoff.reporting.section import Number
from bakeoff.study.figures import Curve, CurvesFigure
from bakeoff.training.recipe import Recipe

NAMES = tuple(variant.name for variant in sample.STUDY.variants)
LEARNING = (Curve("loss", "train"), Curve("loss", "test"), Curve("error", "test"))
SEVERAL = CurvesFigure(title="Figure 1: learning", variants=NAMES[1:], curves=LEARNING)
ALONE = CurvesFigure(
    title="Figure 2", variants=NAMES[2:], curves=(*LEARNING, Curve("digit_error", "test"))
)
STEPS = CurvesFigure(title="Steps", variants=("a",), curves=(Curve("error", "batch"),))


def figures(results):
    return {figure.name: figure for panels in curves(results) for figure in panels.figures}


def means(figure):
    return {r["variant"]: r for r in data(figure) if "high" in r}


def encodings(figure, channel):
    return [
        layer["encoding"][channel]
        for layer in figure.chart.to_dict()["layer"]
        if channel in layer["encoding"]
    ]


def domains(figures):
    """Return the distinct scales of values."""
    return {tuple(y["scale"]["domain"]) for f in figures for y in encodings(f, "y")}


def changed(results, metric, change):
    """Return results whose values of a metric are changed, in every curve."""
    return replace(
        results,
        histories={
            name: tuple(
                history
                and replace(
                    history,
                    curves={
                        split: {
                            m: tuple(map(change, v)) if m == metric else v for m, v in of.items()
                        }
                        for split, of in history.curves.items()
                    },
                )
                for history in histories
            )
            for name, histories in results.histories.items()
        },
    )


def iterations(rounds, epochs=1):
    """Return results of a variant whose batches had these errors in each round."""
    recipe = Recipe(epochs=epochs, record="iterations")
    variant = sample.STUDY.variants[0].replace(name="a", published=(), recipe=recipe)
    base = sample.whole(sample.STUDY.replace(variants=(variant,), rounds=len(rounds)))
    histories = (
        replace(history, curves={"test": history.curves["test"], "batch": {"error": errors}})
        for history, errors in zip(base.histories["a"], rounds, strict=True)
    )
    return replace(base, histories={"a": tuple(histories)})


def test_every_metric_has_a_figure_for_each_split_on_one_scale():
    found = curves(sample.whole())

    assert [panels.name for panels in found] == [
        "curves-error",
        "curves-loss",
        "curves-digit-error",
    ]
    for panels in found:
        assert [f.name.split("-")[-1] for f in panels.figures] == ["test", "validation", "train"]
        assert len(domains(panels.figures)) == 1
    assert list(found[0].keys) == list(NAMES)
    assert list(found[2].keys) == [NAMES[2]]
    assert curves(sample.empty()) == ()


def test_a_line_is_the_mean_and_its_band_one_standard_deviation():
    results = sample.whole()
    figure = figures(results)["curve-error-test"]

    last = [h.curves["test"]["error"][-1] for h in results.histories["CNN"]]
    mean, sd = np.mean(last), np.std(last, ddof=1)
    line = means(figure)["CNN"]
    assert line["place"] == list(range(1, 26))
    assert (line["low"][-1], line["mean"][-1], line["high"][-1]) == pytest.approx(
        (100 * (mean - sd), 100 * mean, 100 * (mean + sd)), abs=0.01
    )
    cell = figure.table.rows[-1].cells[2]
    assert (cell.value, cell.sd, cell.metric.name) == (
        pytest.approx(mean),
        pytest.approx(sd),
        "error",
    )
    assert figure.table.rows[-1].cells[0] == Number(25, "count")


def test_bands_end_where_the_metric_does():
    noisy = iter(np.random.default_rng(0).choice([0.0, 1.0], 10_000))
    figure = figures(changed(sample.whole(), "error", lambda _: float(next(noisy))))[
        "curve-error-test"
    ]

    edges = [v for line in means(figure).values() for v in (*line["low"], *line["high"])]
    assert (min(edges), max(edges)) == (0, 100)


def test_a_diverged_trial_ends_in_a_cross_and_does_not_bend_the_mean():
    whole, holes = (figures(r)["curve-error-test"] for r in (sample.whole(), sample.with_holes()))

    broken = [r for r in data(holes) if "trial" in r]
    assert [(r["variant"], r["place"], r["last"]) for r in broken] == [
        ("CNN", place, place == 4) for place in (1, 2, 3, 4)
    ]
    assert "diverged" in holes.reading
    assert "diverged" not in whole.reading


def test_a_diverged_loss_is_drawn_inside_a_scale_that_it_does_not_stretch():
    results = sample.with_holes()
    histories = list(results.histories["CNN"])
    exploding = {"test": {"loss": (1.0, 1e9, 1e30, float("inf"))}}
    histories[6] = replace(histories[6], curves=exploding)
    figure = figures(replace(results, histories=results.histories | {"CNN": tuple(histories)}))[
        "curve-loss-test"
    ]

    ((low, high),) = domains([figure])
    assert high < 10
    assert all(0.999 * low <= r["mean"] <= 1.001 * high for r in data(figure) if "trial" in r)
    assert [r["place"] for r in data(figure) if r.get("last")] == [3]


def test_where_all_trials_diverged_these_are_drawn():
    results = sample.whole()
    for name in NAMES:
        results = drawn.diverging(results, name)

    figure = figures(results)["curve-loss-test"]

    assert not means(figure)
    assert {r["variant"] for r in data(figure) if "trial" in r} == set(NAMES)


@pytest.mark.parametrize(("shift", "kind"), [(0.0, "log"), (-0.5, "linear")])
def test_losses_are_logarithmic_where_they_are_above_nothing(shift, kind):
    figure = figures(changed(sample.whole(), "loss", lambda v: v + shift))["curve-loss-test"]

    assert {y["scale"]["type"] for y in encodings(figure, "y")} == {kind}
    assert ("logarithmic" in figure.reading) == (kind == "log")
    assert "NaN" not in kit.svg(figure.chart)


@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e12])
def test_a_logarithmic_axis_has_ticks(scale):
    values = [
        encodings(f, "y")[0]["axis"].get("values")
        for f in curves(changed(sample.whole(), "loss", lambda v: (0.62 + v / 1e3) * scale))[
            1
        ].figures
    ]

    # Less than a decade has no 1, 2 and 5 in it: Vega finds others.
    assert values == [None] * 3
    wide = curves(changed(sample.whole(), "loss", lambda v: v**9 * scale))[1].figures[0]
    assert len(encodings(wide, "y")[0]["axis"]["values"]) > 2


def test_a_loss_that_is_never_finite_has_no_figure():
    results = changed(sample.whole(), "loss", lambda _: float("inf"))

    assert "curve-loss-test" not in figures(results)


def test_of_many_variants_the_best_are_drawn_and_all_stand_in_the_table():
    results = drawn.many(30, rounds=2)
    panels = curves(results)[0]

    # The later, the better: see sample_results.
    ends = {n: np.mean([h.value("test") for h in hs]) for n, hs in results.histories.items()}
    best = set(sorted(ends, key=ends.get)[:12])
    assert set(panels.keys) == best
    for figure in panels.figures:
        assert set(means(figure)) == best
        assert len(figure.table.columns) == 31
    assert len({(style.colour, style.dash) for style in panels.keys.values()}) == 12


def test_of_hundreds_of_variants_the_table_has_those_drawn():
    figure = curves(drawn.many(201, rounds=1))[0].figures[0]

    assert {c.name for c in figure.table.columns[1:]} == set(means(figure))
    assert "the same ones" in figure.reading


def test_several_variants_have_a_chart_for_each_curve():
    panels = declared_curves(SEVERAL, sample.whole())

    assert len(panels.figures) == 3
    assert panels.file
    assert list(panels.keys) == list(NAMES[1:])
    assert len(domains(panels.figures[:2])) == 1
    drawn = kit.panels_svg(panels)
    assert "NaN" not in drawn
    assert all(words in drawn for words in (SEVERAL.title, *NAMES[1:]))


def test_curves_of_one_variant_share_a_chart_for_each_unit():
    panels = declared_curves(ALONE, sample.whole())

    loss, error = panels.figures
    assert [loss.title, error.title] == ["Loss", "Error and digit error, %"]
    assert set(means(loss)) == {"Loss on train", "Loss on test"}
    assert [c.name for c in error.table.columns[1:]] == ["Error on test", "Digit error on test"]
    # In a file they share a legend, and must agree on what each colour means.
    scales = [c["scale"] for f in panels.figures for c in encodings(f, "color")]
    assert all(scale == scales[0] for scale in scales)


def test_only_a_chart_on_a_logarithmic_axis_says_so():
    panels = declared_curves(SEVERAL.replace(curves=LEARNING[::-1]), sample.whole())

    assert ["logarithmic" in figure.reading for figure in panels.figures] == [False, True, True]
    assert panels.text.count("logarithmic") == 1


def test_a_figure_of_one_chart_is_called_as_the_study_calls_it():
    figure = declared_curves(SEVERAL.replace(curves=LEARNING[2:]), sample.whole())

    assert (figure.name, figure.title) == ("figure-1", SEVERAL.title)
    assert encodings(figure, "y")[0]["title"] == "Error on test, %"
    assert list(figure.keys) == list(NAMES[1:])
    assert declared_curves(SEVERAL, sample.empty()) is None


def test_iterations_are_smoothed_before_the_mean_over_rounds():
    results = iterations([(0.8, 0.6, 0.4, 0.2), (0.6, 0.4, 0.2, 0.0)])

    figure = declared_curves(STEPS.replace(running_mean=2), results)

    assert means(figure)["a"]["mean"] == pytest.approx([70, 60, 40, 20])
    assert figure.table.columns[0].name == "Iteration"
    assert "2 batches" in figure.reading


def test_of_several_epochs_the_last_can_be_shown_alone():
    results = iterations([(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)], epochs=3)

    line = means(declared_curves(STEPS.replace(last_epoch=True), results))["a"]

    assert (line["place"], line["mean"]) == ([1, 2], pytest.approx([50, 40]))


def test_thousands_of_iterations_are_thinned():
    figure = declared_curves(STEPS, iterations([tuple(np.linspace(0.9, 0.1, 4690).tolist())]))

    line = means(figure)["a"]
    assert len(line["place"]) <= 302
    assert (line["place"][0], line["place"][-1]) == (1, 4690)
    assert (line["mean"][0], line["mean"][-1]) == pytest.approx((90, 10))
    assert len(figure.table.rows) <= 62


def test_running_means_and_places():
    assert running_mean((4.0, 2.0, 0.0, 6.0), 3) == (4.0, 3.0, 2.0, 8 / 3)
    assert positions(4, most=4) == [1, 2, 3, 4]
    assert positions(11, most=4) == [1, 5, 10, 11]


def test_hovering_reads_out_the_lines_that_are_drawn():
    figure = figures(drawn.many(20, rounds=2))["curve-error-test"]

    (tooltip,) = encodings(figure, "tooltip")
    assert [each["title"] for each in tooltip] == ["Epoch", *means(figure)]
