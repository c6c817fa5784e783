"""A quantity against a factor."""

import numpy as np
import pytest
import sample_results as sample

from bakeoff.reporting.charts import kit
from bakeoff.reporting.charts.factor import factor
from bakeoff.reporting.section import Interval, Number
from bakeoff.study.figures import FactorFigure
from bakeoff.study.published import Quantity
from bakeoff.study.study import Overrides

NAMES = tuple(variant.name for variant in sample.STUDY.variants)
FACTOR = FactorFigure(
    title="Figure 5: error against width",
    factor="width",
    points=((0.01, NAMES[0]), (1.0, NAMES[1]), (100.0, NAMES[2])),
    log=True,
)


def records(figure):
    rows = [row for rows in figure.chart.to_dict()["datasets"].values() for row in rows]
    return {(r["variant"], r["value"]): r for r in rows}


def test_means_have_intervals_and_stand_beside_what_was_published():
    results = sample.whole()

    figure = factor(FACTOR, results)

    errors = [h.value("test", "error") for h in results.histories["CNN"]]
    mean, sd = np.mean(errors), np.std(errors, ddof=1)
    half = 2.144787 * sd / 15**0.5  # Student's t at 14 degrees of freedom.
    measured, published = (records(figure)[source, 1.0] for source in ("measured", "published"))
    assert (measured["low"], measured["mean"], measured["high"]) == pytest.approx(
        (100 * (mean - half), 100 * mean, 100 * (mean + half)), abs=1e-4
    )
    assert (published["mean"], published["high"]) == pytest.approx((19.76, 19.76 + 1.2))
    assert list(figure.keys) == ["measured", "published"]
    value, name, given, ours, interval, n = figure.table.rows[1].cells
    assert (value.value, name, given.value, given.sd) == (1, "CNN", 0.1976, 0.012)
    assert (ours.value, ours.sd) == pytest.approx((mean, sd))
    assert isinstance(interval, Interval)
    assert n == Number(15, "count")


def test_the_axis_is_as_the_study_says():
    for log in (True, False):
        figure = factor(FACTOR.replace(log=log), sample.whole())
        scale = figure.chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]
        assert scale["type"] == ("log" if log else "linear")
        assert "NaN" not in kit.svg(figure.chart)


def test_nothing_published_of_another_quantity_is_shown():
    figure = factor(FACTOR.replace(quantity=Quantity(selection="best_on_test")), sample.whole())

    assert {source for source, _ in records(figure)} == {"measured"}
    assert not figure.keys
    assert "Published" not in [column.name for column in figure.table.columns]
    assert {len(row.cells) for row in figure.table.rows} == {len(figure.table.columns)}


def test_a_single_round_has_no_interval_and_no_trial_no_figure():
    one = factor(FACTOR, sample.whole(sample.STUDY.overridden(Overrides(rounds=1))))

    assert all(
        row.cells[4] == Interval(None, metric=one.table.rows[0].cells[3].metric)
        for row in one.table.rows
    )
    assert factor(FACTOR, sample.empty()) is None


def test_published_ends_stay_within_the_metrics_bounds():
    first, *others = sample.STUDY.variants
    wide = tuple(published.replace(sd=0.9) for published in first.published)
    study = sample.STUDY.replace(variants=(first.replace(published=wide), *others))

    found = records(factor(FACTOR, sample.whole(study)))["published", 0.01]

    assert (found["low"], found["high"]) == (0, 100)
