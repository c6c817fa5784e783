"""Mean ranks: their order, their groups, and how many are drawn."""

from dataclasses import replace

import drawn
import pytest
import sample_results as sample

from bakeoff.analysis.ranks import ranks as ranked
from bakeoff.analysis.results import Results
from bakeoff.reporting.charts import critical_difference as module
from bakeoff.reporting.section import Figure
from bakeoff.study.study import Overrides

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def ranks(results: Results) -> Figure:
    figure = module.ranks(results)
    assert figure is not None
    return figure


def alike() -> Results:
    whole = sample.whole()
    return replace(whole, histories={**whole.histories, BASE: whole.histories[CNN]})


def test_variants_stand_by_their_mean_rank() -> None:
    figure = ranks(sample.whole())

    points = {r["variant"]: r["mean"] for r in drawn.data(figure) if "standing" in r}
    assert points == {AUXILIARY: 1.0, CNN: 2.0, BASE: 3.0}
    y = figure.chart.to_dict()["layer"][0]["encoding"]["y"]
    assert y["scale"]["domain"] == [AUXILIARY, CNN, BASE]
    assert [row.cells[0] for row in figure.table.rows] == [AUXILIARY, CNN, BASE]


def test_a_line_joins_what_is_not_told_apart() -> None:
    members = [r for r in drawn.data(ranks(alike())) if "group" in r]
    assert [(r["variant"], r["group"]) for r in members] == [(BASE, 1), (CNN, 1)]
    assert [row.cells[2:] for row in ranks(alike()).table.rows] == [
        ("yes", None),
        ("no", "1"),
        ("no", "1"),
    ]
    assert not any("group" in r for r in drawn.data(ranks(sample.whole())))


def test_of_many_variants_the_best_are_drawn_without_lines() -> None:
    results = drawn.many(50)
    figure, found = ranks(results), ranked(results)

    assert found is not None
    points = list(dict.fromkeys(r["variant"] for r in drawn.data(figure)))
    assert points == list(found.variants[: module.MOST])
    assert len(figure.table.rows) == 50
    assert not any("group" in r for r in drawn.data(figure))


@pytest.mark.parametrize("by", [Overrides(rounds=1), Overrides(only=(BASE, CNN))])
def test_few_rounds_or_variants_have_no_ranks(by: Overrides) -> None:
    assert module.ranks(sample.whole(sample.STUDY.overridden(by), sample.STUDY)) is None
