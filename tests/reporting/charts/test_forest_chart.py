"""The forest plot: which differences it draws, where, and what its table holds."""

from dataclasses import replace
from math import inf

import drawn
import pytest
import sample_results as sample

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.analysis.statistics.typical import typical
from bakeoff.claims.differences import BestOf, Better, Equivalent
from bakeoff.claims.pairs import Difference
from bakeoff.claims.verdicts import verdicts
from bakeoff.data.metrics import Error
from bakeoff.reporting.charts import forest as module
from bakeoff.reporting.section import Figure, Interval, Number
from bakeoff.study.published import Quantity

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def forest(results: Results) -> Figure:
    figure = module.forest(results, verdicts(results))
    assert figure is not None
    return figure


def rows(figure: Figure) -> list[dict]:  # type: ignore[type-arg]
    every = [r for r in drawn.data(figure) if "outcome" in r and "arrow" not in r]
    return list({r["row"]: r for r in every}.values())


def row(name: str, claim: str, estimate: float) -> Difference:
    figures = (estimate,) * 6
    told = replace(evidence(figures), interval=(estimate - 1, estimate + 1))
    contrast = Contrast("difference", (name, "base"), Error())
    return Difference(contrast, figures, told, 0, (), (), ((claim, "undecided"),))


def test_every_comparison_has_a_row_with_its_typical_difference_and_interval() -> None:
    results = drawn.claimed(BestOf(AUXILIARY, among=(BASE, CNN)), Better(CNN, than=BASE, by=0.5))
    errors = {n: [h.value("test", "error") for h in hs if h] for n, hs in results.histories.items()}
    found = [
        typical([b - a for a, b in zip(errors[first], errors[second], strict=True)])
        for first, second in ((AUXILIARY, BASE), (AUXILIARY, CNN), (CNN, BASE))
    ]

    figure = forest(results)

    for record, told, cells in zip(rows(figure), found, figure.table.rows, strict=True):
        assert told.interval is not None
        assert record["at"] / 100 == pytest.approx(told.estimate)
        assert (record["from"] / 100, record["to"] / 100) == pytest.approx(told.interval)
        assert cells.cells[1:3] == (
            Number(told.estimate, "difference", Error()),
            Interval(told.interval, "difference", Error()),
        )
    assert rows(figure)[0]["row"] == f"X0: {AUXILIARY}\nvs {BASE}"


def test_bounds_and_margins_stand_in_chart_and_table() -> None:
    figure = forest(
        drawn.claimed(Better(CNN, than=BASE, by=0.01), Equivalent(CNN, BASE, margin=0.2))
    )

    records = drawn.data(figure)
    assert [r["to"] for r in records if r.get("from") == -20] == [20]
    assert len([r for r in records if r.get("from") == 1]) == 1
    assert Number(0.01, "difference", Error()) in figure.table.rows[0].cells
    assert Interval((-0.2, 0.2), "difference", Error()) in figure.table.rows[0].cells


def test_outcomes_differ_in_colour_and_shape() -> None:
    figure = forest(drawn.claimed(Better(CNN, than=BASE), Better(CNN, than=AUXILIARY)))

    layers = figure.chart.to_dict()["layer"]
    points = next(m["encoding"] for m in layers if "scale" in m["encoding"].get("shape", {}))
    for channel in ("color", "shape"):
        assert points[channel]["scale"]["domain"] == ["supported", "contradicted"]
        assert len(set(points[channel]["scale"]["range"])) == 2


def test_without_claims_every_variant_stands_against_the_first() -> None:
    figure = forest(sample.whole())

    assert [r["row"] for r in rows(figure)] == [f"{CNN}\nvs {BASE}", f"{AUXILIARY}\nvs {BASE}"]
    assert {r["outcome"] for r in rows(figure)} == {"first better"}
    assert module.forest(sample.empty(), verdicts(sample.empty())) is None


def test_an_end_without_bound_is_an_arrow_at_the_edge() -> None:
    figure = forest(drawn.diverging(drawn.claimed(Better(CNN, than=BASE)), BASE))

    (record,) = rows(figure)
    assert record["at"] is None
    assert [r["arrow"] for r in drawn.data(figure) if "arrow" in r] == ["triangle-right"]
    assert figure.table.rows[0].cells[1] == Number(inf, "difference", Error())


@pytest.mark.parametrize("rounds", [1, 5])
def test_fewer_than_6_rounds_have_no_interval(rounds: int) -> None:
    base = sample.whole(sample.STUDY.replace(rounds=rounds))
    figure = forest(drawn.claimed(Better(CNN, than=BASE), base=base))

    (record,) = rows(figure)
    assert record["from"] == record["at"] == record["to"]
    assert figure.table.rows[0].cells[2] == Interval(None, "difference", Error())


def test_another_metric_is_in_the_table_alone() -> None:
    ended = Better(CNN, than=BASE, quantity=Quantity(metric="loss"))
    figure = forest(drawn.claimed(Better(CNN, than=BASE), ended))

    assert (len(rows(figure)), len(figure.table.rows)) == (1, 2)


def test_a_row_too_many_is_the_clearest_of_the_claim_with_the_most() -> None:
    made = zip("abcde", ("X0", "X1", "X1", "X1", "X2"), (9.0, 5.0, 7.0, 6.0, 8.0), strict=True)
    every = [row(name, claim, estimate) for name, claim, estimate in made]

    assert [r.first for r in module.drawn_rows(every, 4)] == ["a", "b", "d", "e"]
    assert [r.first for r in module.drawn_rows(every, 3)] == ["a", "b", "e"]


def test_of_many_comparisons_some_are_drawn_and_values_without_bounds_are() -> None:
    assert len(rows(forest(drawn.many(30)))) == module.MOST
    assert max(abs(r["to"]) for r in rows(forest(drawn.unbounded(sample.whole())))) > 100
