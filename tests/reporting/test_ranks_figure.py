"""The diagram of mean ranks: its order, its bars, and what is said beside it."""

from dataclasses import replace
from itertools import pairwise

import pytest
import sample_results as sample
from test_figures import data

from accurate import accurate
from bakeoff.analysis.ranks import ranks
from bakeoff.analysis.results import Results
from bakeoff.reporting.figures.figure import Figure, svg
from bakeoff.reporting.figures.ranks import BAR, GAP, ranks_figure
from bakeoff.study.study import Shortening

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def many(number: int, rounds: int = 4) -> Results:
    """Return results of variants of which most cannot be told apart."""
    variants = tuple(
        sample.STUDY.variants[0].replace(name=f"variant {n}", published=()) for n in range(number)
    )
    return sample.whole(sample.STUDY.replace(variants=variants, rounds=rounds))


def drawn(results: Results) -> Figure:
    figure = ranks_figure(results)
    assert figure is not None
    return figure


def test_variants_stand_below_one_another_by_their_mean_rank() -> None:
    figure = drawn(sample.whole())

    lanes = {r["place"]: r for r in data(figure) if "alike" in r}
    assert [lanes[place]["variant"] for place in range(3)] == [AUXILIARY, CNN, BASE]
    assert [lanes[place]["mean"] for place in range(3)] == [1.0, 2.0, 3.0]
    assert [cells[:2] for cells in figure.grid.rows] == [
        (AUXILIARY, "1.00"),
        (CNN, "2.00"),
        (BASE, "3.00"),
    ]


def test_ranks_go_by_the_metric_of_the_study_and_say_so() -> None:
    errors, accuracies = drawn(sample.whole()).grid, drawn(accurate(sample.whole())).grid
    assert "by final test error" in errors.caption
    assert "by final test accuracy" in accuracies.caption
    assert accuracies.rows == errors.rows
    assert "final test error, 1 for the lowest;" in drawn(sample.whole()).description
    told = drawn(accurate(sample.whole())).description
    assert "final test accuracy, 1 for the highest;" in told


def test_what_cannot_be_told_apart_is_joined_and_named() -> None:
    whole = sample.whole()
    same = replace(whole, histories={**whole.histories, BASE: whole.histories[CNN]})

    figure = drawn(same)

    assert [cells[2] for cells in figure.grid.rows] == ["\N{EN DASH}", CNN, BASE]
    assert "2 of 3 pairs are told apart" in figure.description
    assert len([r for r in data(figure) if "right" in r and "bottom" in r]) == 1
    assert len([r for r in data(figure) if "right" in r and "bottom" not in r]) == 2


def test_a_hover_reading_names_a_few_and_the_table_all() -> None:
    results = many(12)
    found = ranks(results)
    assert found is not None

    figure = drawn(results)

    cells = figure.grid.rows[0][2].split("; ")
    said = next(r["alike"] for r in data(figure) if r.get("place") == 0).split("; ")
    assert len(cells) > 6
    assert said == [*cells[:6], f"{len(cells) - 6} more"]


def test_nothing_is_joined_where_all_are_told_apart() -> None:
    figure = drawn(sample.whole())

    assert not any("right" in r for r in data(figure))
    assert "3 of 3 pairs are told apart" in figure.description


@pytest.mark.parametrize("number", [12, 30])
def test_bars_of_one_column_do_not_touch_and_every_group_has_one(number: int) -> None:
    results = many(number)
    found = ranks(results)
    assert found is not None

    figure = drawn(results)

    bars = [r for r in data(figure) if "right" in r and "bottom" in r]
    assert len(bars) == len(found.groups) > 0
    for column in {bar["right"] for bar in bars}:
        spans = sorted((b["top"], b["bottom"]) for b in bars if b["right"] == column)
        assert all(end < start for (_, end), (start, _) in pairwise(spans))
    widest = max(bar["right"] for bar in bars)
    assert (widest - BAR) % BAR == 0
    room = figure.chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["range"][1]["expr"]
    assert room == f"(width - {widest + GAP})"
    assert "NaN" not in svg(figure.chart)


def test_it_says_that_the_rounds_are_of_one_task_and_who_is_left_out() -> None:
    results = sample.whole()
    places = results.histories[BASE]
    variants = (*results.study.variants, results.study.variants[0].replace(name="Late"))
    study = results.study.replace(variants=variants)
    late = (places[0], *(None,) * 14)

    figure = drawn(replace(results, study=study, histories={**results.histories, "Late": late}))

    assert "of one task" in figure.description
    assert "fewer rounds: Late." in figure.description
    assert "Friedman's test that all rank alike: p < 0.001" in figure.description
    assert "15 rounds" in figure.grid.caption


def test_diverged_trials_are_explained() -> None:
    assert "1 diverged trial ranks as the worst" in drawn(sample.with_holes()).description


@pytest.mark.parametrize("by", [Shortening(rounds=1), Shortening(only=(BASE, CNN))])
def test_few_rounds_or_variants_have_no_ranks(by: Shortening) -> None:
    assert ranks_figure(sample.whole(sample.STUDY.shortened(by), sample.STUDY)) is None
