"""What was published beside what was measured."""

import drawn
import sample_results as sample

from bakeoff.analysis.comparison import comparison_table
from bakeoff.analysis.results import Results
from bakeoff.data.metrics import Error
from bakeoff.reporting.charts import against as module
from bakeoff.reporting.section import Figure, Number
from bakeoff.study.published import Published

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def against(results: Results) -> Figure | None:
    return module.against(results, comparison_table(results))


def test_both_values_of_a_variant_stand_in_chart_and_table() -> None:
    figure = against(sample.whole())

    assert figure is not None
    marks = {(r["variant"], r["source"]): r for r in drawn.data(figure) if "source" in r}
    assert len(marks) == 6
    assert [marks[BASE, "published"][end] for end in ("low", "mean", "high")] == [
        23.64,
        25.04,
        26.44,
    ]
    measured = marks[BASE, "measured"]
    assert measured["low"] < measured["from"] < measured["mean"] < measured["to"]
    assert figure.table.rows[0].cells[:2] == (BASE, Number(0.2504, "level", Error(), 0.014))


def test_published_values_end_where_the_metric_does() -> None:
    variants = tuple(
        v.replace(published=(Published(mean=0.01, sd=0.05),)) for v in sample.STUDY.variants
    )
    figure = against(sample.whole(sample.STUDY.replace(variants=variants)))

    assert figure is not None
    assert {r["low"] for r in drawn.data(figure) if r.get("source") == "published"} == {0}


def test_variants_of_which_nothing_is_published_are_left_out() -> None:
    first, *others = sample.STUDY.variants
    study = sample.STUDY.replace(variants=(first.replace(published=()), *others))
    figure = against(sample.whole(study))

    assert figure is not None
    assert {r["variant"] for r in drawn.data(figure)} == {CNN, AUXILIARY}
    assert against(drawn.unbounded(sample.whole())) is None


def test_before_anything_has_run_the_published_values_stand_alone() -> None:
    figure = against(sample.empty())

    assert figure is not None
    assert {r["source"] for r in drawn.data(figure) if "source" in r} == {"published"}
