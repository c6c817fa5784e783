"""Every chart of a report can be drawn, whatever the results."""

from dataclasses import replace

import drawn
import pytest
import sample_results as sample
import vl_convert

from bakeoff.analysis.results import Results
from bakeoff.reporting.charts.kit import page_spec, svg, vega_lite_version
from bakeoff.reporting.palette import PAGE, chart_config
from bakeoff.reporting.reports import report
from bakeoff.reporting.section import figures
from bakeoff.study.study import Overrides

NAMES = tuple(variant.name for variant in sample.STUDY.variants)
HOSTILE = ("line\nbreak", "\\xi", "a\\")


def shortened(**by) -> Results:
    overrides, declared = Overrides(**by), sample.STUDY.replace(figures=sample.FIGURES)
    return replace(sample.whole(declared.overridden(overrides), declared), overrides=overrides)


def all_diverged() -> Results:
    results = shortened(rounds=2, epochs=2)
    for name in NAMES:
        results = drawn.diverging(results, name)
    return results


RESULTS = {
    "one round": shortened(rounds=1, epochs=1),
    "one variant": shortened(only=("CNN",)),
    "all diverged": all_diverged(),
    "hostile": sample.renamed(replace(sample.shortened()), dict(zip(NAMES, HOSTILE, strict=True))),
    "without bounds": drawn.unbounded(sample.whole()),
    "many": drawn.many(13, rounds=2),
}


@pytest.mark.parametrize("results", RESULTS.values(), ids=RESULTS.keys())
def test_every_chart_can_be_drawn(results: Results) -> None:
    found = figures(report(results))

    assert found
    for figure in found:
        text = svg(figure.chart)
        assert "<svg" in text
        for unwanted in ("NaN", "undefined", "var("):
            assert unwanted not in text
        assert results.label in text
        config = chart_config(PAGE, legend=False)
        page = {"data": {"values": []}, "config": config, **page_spec(figure)}
        assert "<svg" in vl_convert.vegalite_to_svg(page, vl_version=vega_lite_version())


def test_where_nothing_has_run_published_figures_alone_are_drawn() -> None:
    assert [figure.name for figure in figures(report(sample.empty()))] == ["against"]
