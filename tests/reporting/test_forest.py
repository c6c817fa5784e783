"""The forest plot: which differences are drawn, how, and what the table beside it says."""

from dataclasses import replace

import pytest
import sample_results as sample
from test_figures import data

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.paired import evidence
from bakeoff.analysis.statistics.typical import typical
from bakeoff.claims.differences import BestOf, Better, Equivalent
from bakeoff.claims.orders import Ordered
from bakeoff.claims.pairs import Difference
from bakeoff.data.metrics import Error
from bakeoff.reporting.figures.drawing import length
from bakeoff.reporting.figures.figure import Figure, svg
from bakeoff.reporting.figures.forest import drawn_rows, forest_figure
from bakeoff.reporting.figures.forest_marks import ForestMarks
from bakeoff.reporting.figures.forest_words import CLAIM_WORDS, claim_names
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.published import Quantity

BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def claimed(*tests: ClaimTest, base: Results | None = None) -> Results:
    claims = tuple(Claim(id=f"X{n}", quote="So.", test=test) for n, test in enumerate(tests))
    results = base or sample.whole()
    study = results.study.replace(claims=claims)
    return replace(results, study=study, declared=study)


def forest(results: Results) -> Figure:
    figure = forest_figure(results)
    assert figure is not None
    return figure


def row(
    name: str, claim: str, estimate: float, half: float = 1.0, second: str = "base"
) -> Difference:
    """Return a difference in points, with an interval that reaches so far on both sides."""
    middle, half = estimate / 100, half / 100
    figures = (middle,) * 6
    return Difference(
        contrast=Contrast("difference", (name, second), Error()),
        figures=figures,
        evidence=replace(evidence(figures), interval=(middle - half, middle + half)),
        diverged=0,
        bounds=(),
        margins=(),
        outcomes=((claim, "undecided"),),
    )


def lanes(figure: Figure) -> list[dict]:  # type: ignore[type-arg]
    found = {r["place"]: r for r in data(figure) if "pair" in r}
    return [found[place] for place in sorted(found)]


def test_long_names_of_claims_leave_room_for_the_variants() -> None:
    def ids(*claims: str) -> list[str]:
        one = replace(row("a", "", 1.0), outcomes=tuple((name, "supported") for name in claims))
        return claim_names(one, 150)

    assert ids("T1", "T2", "T3") == ["T1", "T2", "T3"]
    (cut,) = ids("x" * 60)
    assert cut == "x" * (len(cut) - 1) + "…"
    assert length(cut, 12, bold=True) <= 150
    assert [len(name) for name in ids("x" * 60, "y" * 60, "T1")] == [6, 6, 2]


def test_a_long_name_of_a_claim_is_cut_where_it_is_drawn_alone() -> None:
    name = "x" * 60
    results = claimed(Better(CNN, than=BASE))
    claim = results.study.claims[0].replace(id=name)

    figure = forest(replace(results, study=results.study.replace(claims=(claim,))))

    texts = [str(r["text"]) for r in data(figure) if "text" in r]
    assert not any(name in text for text in texts)
    assert any(text.startswith("xxx") and text.endswith("…") for text in texts)
    assert f"{name} " in lanes(figure)[0]["claims"]


def test_every_comparison_of_a_claim_has_a_lane_with_its_typical_difference_and_interval() -> None:
    results = claimed(BestOf(AUXILIARY, among=(BASE, CNN)), Better(CNN, than=BASE, by=0.5))

    figure = forest(results)

    errors = {n: [h.value("test", "error") for h in hs if h] for n, hs in results.histories.items()}
    found = [
        typical([b - a for a, b in zip(errors[first], errors[second], strict=True)])
        for first, second in ((AUXILIARY, BASE), (AUXILIARY, CNN), (CNN, BASE))
    ]
    estimates, ends = [one.estimate for one in found], [one.interval or (0, 0) for one in found]
    drawn = lanes(figure)
    assert [lane["mean"] / 100 for lane in drawn] == pytest.approx(estimates)
    assert [lane["from"] / 100 for lane in drawn] == pytest.approx([low for low, _ in ends])
    assert [lane["to"] / 100 for lane in drawn] == pytest.approx([high for _, high in ends])
    assert [lane["claims"] for lane in lanes(figure)] == [
        "X0 supported",
        "X0 supported",
        "X1 contradicted",
    ]


def test_the_table_has_the_numbers_drawn() -> None:
    figure = forest(claimed(Better(CNN, than=BASE, by=0.01), Equivalent(CNN, BASE, margin=0.2)))

    (cells,) = figure.grid.rows
    (lane,) = lanes(figure)
    assert cells[0] == f"{CNN} vs {BASE}"
    assert float(cells[1]) == pytest.approx(lane["mean"], abs=0.005)
    assert cells[2] == lane["interval"]
    assert cells[3:] == ("above 1.00, within ±20.00", "15", "X0 supported, X1 supported")


def test_bounds_and_margins_are_drawn_and_explained() -> None:
    held = forest(claimed(Better(CNN, than=BASE, by=0.01), Equivalent(CNN, BASE, margin=0.2)))
    plain = forest(claimed(Better(CNN, than=BASE)))

    bands = [r for r in data(held) if r.get("from") == -20]
    assert [r["to"] for r in bands] == [20]
    assert [r["from"] for r in data(held) if r.get("from") == 1] == [1]
    for words in ("A dashed line", "A grey band"):
        assert words in held.description
        assert words not in plain.description


def test_outcomes_differ_in_colour_and_in_shape_or_filling() -> None:
    tests = (
        Better(CNN, than=BASE),
        Better(CNN, than=AUXILIARY),
        Better(AUXILIARY, than=CNN, by=0.06),
    )
    figure = forest(claimed(tests[0], tests[1], BestOf(AUXILIARY, among=(BASE,))))

    layer = next(m for m in figure.chart.to_dict()["layer"] if "shape" in m["encoding"])
    looks = {
        channel: dict(zip(scale["domain"], scale["range"], strict=True))
        for channel in ("stroke", "fill", "shape")
        for scale in [layer["encoding"][channel]["scale"]]
    }
    assert set(looks["stroke"]) == {"supported", "contradicted"}
    assert len(set(looks["stroke"].values())) == 2
    assert len(set(looks["shape"].values())) == 2


def test_a_study_without_pairs_in_its_claims_stands_against_its_first_variant() -> None:
    for results in (sample.whole(), claimed(Ordered((BASE, CNN, AUXILIARY)))):
        figure = forest(results)

        assert [lane["pair"] for lane in lanes(figure)] == [
            f"{CNN} vs {BASE}",
            f"{AUXILIARY} vs {BASE}",
        ]
        assert [cells[-1] for cells in figure.grid.rows] == ["first better", "first better"]
        assert BASE in figure.description


def test_nothing_run_has_no_forest() -> None:
    assert forest_figure(sample.empty()) is None
    study = sample.STUDY.replace(claims=(Claim(id="X", quote="So.", test=Better(CNN, than=BASE)),))
    assert forest_figure(replace(sample.empty(), study=study)) is None


def test_diverged_trials_are_counted_and_explained() -> None:
    figure = forest(claimed(Better(CNN, than=BASE), base=sample.with_holes()))

    assert figure.grid.rows[0][3] == "13, 1 diverged trial"
    assert "diverged trial counts as worse than any" in figure.description


def test_most_rounds_diverged_are_drawn_at_the_edge_of_what_can_be() -> None:
    base = sample.whole()
    broken = tuple(h and replace(h, status="diverged") for h in base.histories[BASE])
    results = replace(base, histories={**base.histories, BASE: broken})

    figure = forest(claimed(Better(CNN, than=BASE), base=results))

    assert figure.grid.rows[0][1:3] == ("+∞", "∞ to ∞")
    assert figure.grid.rows[0][3] == "15, 15 diverged trials"
    assert lanes(figure)[0]["mean"] == 100
    assert "NaN" not in svg(figure.chart)


@pytest.mark.parametrize("rounds", [1, 5])
def test_fewer_than_6_rounds_have_a_mark_and_no_interval(rounds: int) -> None:
    base = sample.whole(sample.STUDY.replace(rounds=rounds))

    figure = forest(claimed(Better(CNN, than=BASE), base=base))

    assert figure.grid.rows[0][2] == f"{rounds} round{'s' * (rounds > 1)}"
    (lane,) = lanes(figure)
    assert lane["from"] == lane["mean"] == lane["to"]


def test_no_mark_of_another_metric_stands_on_the_axis() -> None:
    ended = Better(CNN, than=BASE, quantity=Quantity(metric="loss"))

    figure = forest(claimed(Better(CNN, than=BASE), ended))

    assert len(lanes(figure)) == 1
    assert len(figure.grid.rows) == 2
    assert "1 difference in other figures: see the table." in figure.description


def test_a_row_too_many_is_the_clearest_of_the_claim_with_the_most() -> None:
    rows = [
        row("a", "X0", 9.0),
        row("b", "X1", 5.0),
        row("c", "X1", 7.0),
        row("d", "X1", 6.0),
        row("e", "X2", 8.0),
    ]

    assert [r.first for r in drawn_rows(rows, 5)] == ["a", "b", "c", "d", "e"]
    assert [r.first for r in drawn_rows(rows, 4)] == ["a", "b", "d", "e"]
    assert [r.first for r in drawn_rows(rows, 3)] == ["a", "b", "e"]
    assert len(drawn_rows(rows, 1)) == 1


def test_one_interval_far_longer_than_the_others_is_cut() -> None:
    few = tuple(row(f"v{n}", f"X{n}", 1.0) for n in range(6))
    marks = ForestMarks((*few, row("wild", "Y", 70.0, half=90.0)), CLAIM_WORDS, "Claim")
    tame = ForestMarks((*few, row("tame", "Y", 3.0)), CLAIM_WORDS, "Claim")

    low, high = marks.domain
    assert -3 < low < 0
    assert 2 < high < 10
    assert marks.is_cut
    assert not tame.is_cut
    assert tame.domain[1] > 4
    records = [r for rows in marks.chart("").to_dict()["datasets"].values() for r in rows]
    arrows = [(r["from"], r["angle"]) for r in records if "angle" in r]
    assert arrows == [(low, -90), (high, 90)]
    assert {(r["from"], r["to"]) for r in records if r.get("place") == 6} == {(low, high)}
    # Its mean lies beyond the axis: it is written instead of drawn.
    assert [r["text"] for r in records if r.get("text") == "+70.00"] == ["+70.00"]


def test_long_names_take_two_lines_and_a_taller_lane() -> None:
    long = row("A variant with a rather long name", "X", 1.0, second="another of that kind")

    tops = ForestMarks((row("a", "X", 1.0), long), CLAIM_WORDS, "").tops

    assert tops[2] - tops[1] == tops[1] - tops[0] + 15


def test_equal_variants_are_drawn_at_no_difference() -> None:
    base = sample.whole()
    same = replace(base, histories=dict.fromkeys(base.histories, base.histories[CNN]))

    figure = forest(claimed(Better(CNN, than=BASE), base=same))

    assert figure.grid.rows[0][1:3] == ("0.00", "0.00 to 0.00")
    assert "NaN" not in svg(figure.chart)
