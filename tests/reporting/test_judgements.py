"""Verdicts and audit in words and cells."""

from dataclasses import replace

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.contrast import Contrast, Kind
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.paired import evidence
from bakeoff.analysis.statistics.sequential import always_valid
from bakeoff.claims.differences import Better
from bakeoff.claims.levels import AtChance, Reaches
from bakeoff.claims.parts import Measured
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import method_of, verdicts
from bakeoff.data.metric import MINUS, Metric
from bakeoff.data.metrics import MAE, R2, Error, MacroF1
from bakeoff.reporting.evidence import COLUMNS, evidence_grid
from bakeoff.reporting.judgements import (
    Judgement,
    judgements,
    remarks,
    rule,
    tally,
    untested,
    verdicts_grid,
)
from bakeoff.reporting.wording import NOTHING
from bakeoff.study.claims import Claim
from bakeoff.study.measured import ObjectiveValue
from bakeoff.study.study import Shortening


def by_id(results: Results) -> dict[str, Judgement]:
    return {one.id: one for one in judgements(results)}


def results_of(*claims: Claim, rounds: int = 15) -> Results:
    return sample.whole(sample.STUDY.replace(claims=claims, rounds=rounds))


def row(one: Judgement, place: int = 0) -> dict[str, str]:
    assert one.comparisons is not None
    names = [column.name for column in one.comparisons.columns]
    return dict(zip(names, one.comparisons.rows[place], strict=True))


def test_each_claim_has_the_verdict_that_the_analysis_gives() -> None:
    results = claimed.whole()

    found = judgements(results)

    assert [(one.id, one.outcome, one.sentence) for one in found] == [
        (v.claim.id, v.outcome, v.sentence) for v in verdicts(results)
    ]
    assert [one.outcome for one in found] == [
        "supported",
        "contradicted",
        "undecided",
        "supported",
        "supported",
    ]
    assert [one.symbol for one in found] == ["✓", "✗", "?", "✓", "✓"]
    assert tally(found) == "3 supported, 1 contradicted, 1 undecided"


def test_a_comparison_is_told_by_its_numbers() -> None:
    results = claimed.whole()
    values = [
        other.value("test", "error") - one.value("test", "error")
        for one, other in zip(
            results.histories[claimed.AUXILIARY], results.histories[claimed.CNN], strict=True
        )
        if one is not None and other is not None
    ]
    told = evidence(values)
    low, high = told.interval or (0.0, 0.0)
    t_low, t_high = told.t_interval or (0.0, 0.0)
    assert told.estimate is not None
    assert told.mean is not None
    assert told.sd is not None

    assert row(by_id(results)["S1"]) == {
        "Comparison": "✓ CNN + auxiliary loss over CNN",
        "Claimed": "above 0",
        "Typical": f"+{100 * told.estimate:.2f}",
        "95% interval": f"+{100 * low:.2f} to +{100 * high:.2f}",
        "p": "< 0.001",
        "Mean (sd)": f"+{100 * told.mean:.2f} ({100 * told.sd:.2f})",
        "95% t-interval": f"+{100 * t_low:.2f} to +{100 * t_high:.2f}",
        "Rounds as claimed": "15 of 15",
        "Effect size": f"+{told.effect:.2f}",
    }


def test_margins_and_bounds_are_told_as_they_are_claimed() -> None:
    half = by_id(claimed.whole())["S3"]

    assert row(half)["Claimed"] == "above 5"
    assert row(half, 1)["Claimed"] == "0 ± 5.2"
    assert "±" not in row(half)["Claimed"]


def test_rounds_as_claimed_are_those_on_the_side_of_the_claim() -> None:
    results = claimed.whole()
    errors = {n: [h.value("test", "error") for h in hs if h] for n, hs in results.histories.items()}
    gains = [b - a for a, b in zip(errors[claimed.CNN], errors[claimed.BASELINE], strict=True)]
    half = by_id(results)["S3"]

    assert row(half)["Rounds as claimed"] == f"{sum(gain > 0.05 for gain in gains)} of 15"
    assert row(half, 1)["Rounds as claimed"] == f"{sum(abs(g) < 0.052 for g in gains)} of 15"
    assert 0 < sum(gain > 0.05 for gain in gains) < 15


def test_every_comparison_has_its_tick() -> None:
    results = claimed.whole()
    found = by_id(results)

    assert [row(found[id])["Comparison"][:2] for id in ("S1", "S2", "S5")] == ["✓ ", "✗ ", "✓ "]
    verdict = next(one for one in verdicts(results) if one.claim.id == "S3")
    marks = {True: "✓", False: "✗", None: "?"}
    told = [row(found["S3"], n)["Comparison"][0] for n in (0, 1)]
    assert told == [marks[held] for held in verdict.holds]
    assert None in verdict.holds


def test_one_variants_figure_is_in_percent_and_as_claimed_where_it_is_below_its_bound() -> None:
    low = Claim(id="a", quote="q", test=Reaches("CNN", value=0.5))
    chance = Claim(id="b", quote="q", test=AtChance("CNN", value=0.5, margin=0.02))
    found = by_id(results_of(low, chance))

    cells = row(found["a"])
    assert cells["Comparison"] == "✓ CNN: test error"
    assert cells["Claimed"] == "below 50%"
    assert cells["Typical"].endswith("%")
    assert not cells["Typical"].startswith("+")
    assert cells["Rounds as claimed"] == "15 of 15"
    assert row(found["b"])["Claimed"] == "50 ± 2%"
    assert row(found["b"])["Rounds as claimed"] == "0 of 15"


def test_an_order_is_told_by_its_rank_correlation() -> None:
    one = by_id(claimed.whole())["S5"]

    cells = row(one)
    assert cells["Comparison"] == "✓ Error falls: Baseline, CNN, CNN + auxiliary loss"
    assert cells["Typical"] == "+1.00"
    assert cells["95% interval"] == "+1.00 to +1.00"
    assert cells["p"] == "< 0.001"
    assert one.comparisons is not None
    assert "rank correlation" in one.comparisons.caption


def test_a_share_is_told_in_percent_of_the_rounds() -> None:
    most = Claim(id="a", quote="q", test=WinsMostRounds("CNN", loser="Baseline", share=0.75))
    stuck = Claim(id="b", quote="q", test=Collapses("CNN", share=0.5))
    found = by_id(results_of(most, stuck))

    cells = row(found["a"])
    assert cells["Comparison"] == "✓ CNN wins against Baseline"
    assert (cells["Claimed"], cells["Typical"]) == ("above 75%", "100%")
    assert cells["Rounds as claimed"] == "15 of 15"
    assert found["a"].comparisons is not None
    assert "shares in percent of all rounds" in found["a"].comparisons.caption.lower()
    assert row(found["b"])["Comparison"] == "✗ CNN: learns nothing"
    assert row(found["b"])["Typical"] == "0%"


def test_what_is_counted_has_words_and_no_comparison() -> None:
    one = by_id(claimed.whole())["S4"]

    assert one.comparisons is None
    assert one.adjusted is None
    assert len(one.counts) == 1
    assert "parameters" in one.counts[0]
    assert not one.has_more
    assert replace(one, note="Of the two.").has_more


def test_a_claim_as_a_whole_is_told_by_its_p_values_its_rounds_and_failed_trials() -> None:
    results = claimed.whole()
    verdict = next(one for one in verdicts(results) if one.claim.id == "S3")

    facts = dict(by_id(results)["S3"].facts)

    assert facts["p, signed-rank test"] == f"{verdict.p:.3f}"
    assert facts["p, adjusted for 4 claims"] == f"{verdict.adjusted:.3f}"
    assert facts["Rounds"] == "15"
    assert by_id(results)["S3"].failures == (
        "CNN and Baseline: 0 of 15 trials each failed, so that the chance of failing may be up "
        "to 22%.",
    )
    assert by_id(results)["S5"].failures == ()
    assert not any("settle" in name for name in facts)


def test_rounds_won_are_a_count_over_rounds() -> None:
    won = Claim(id="a", quote="q", test=WinsEveryRound("CNN", loser="Baseline"))

    (one,) = judgements(results_of(won))

    assert dict(one.facts) == {"Rounds": "15"}


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_fewer_than_6_rounds_give_a_mean_and_no_interval_and_no_p(rounds: int) -> None:
    better = Claim(id="a", quote="q", test=Better("CNN", than="Baseline"))

    (one,) = judgements(results_of(better, rounds=rounds))

    cells = row(one)
    assert one.outcome == "undecided"
    assert cells["Comparison"] == "? CNN over Baseline"
    assert cells["Typical"].startswith("+")
    assert cells["Mean (sd)"].startswith("+")
    dashes = {name for name, cell in cells.items() if cell == NOTHING}
    assert dashes - {"Effect size"} == {"95% interval", "95% t-interval", "p"}
    assert ("Effect size" in dashes) == (rounds == 1)
    assert "Fewer than 6 rounds: no verdict is given." in one.sentence
    assert not any(name.startswith("p,") for name, _ in one.facts)
    assert rule([one], results_of(better, rounds=rounds)) == "Nothing has been tested."


def test_the_table_has_a_row_for_each_claim_and_says_the_rule() -> None:
    grid = verdicts_grid(claimed.whole())

    assert grid is not None
    assert [column.name for column in grid.columns] == ["Claim", "Verdict", "Evidence"]
    assert [cells[:2] for cells in grid.rows[:2]] == [
        ("S1. The auxiliary loss helps.", "supported"),
        ("S2. The CNN is worse.", "contradicted"),
    ]
    assert grid.caption.startswith(
        "Verdicts: 3 supported, 1 contradicted, 1 undecided. Rule: signed-rank test of the typical "
        "paired difference; p-values adjusted by Holm's method over the 4 claims that the study "
        "declares; decided at 5%."
    )


def test_the_rule_of_one_claim_speaks_of_no_other() -> None:
    one = results_of(Claim(id="a", quote="q", test=Better("CNN", than="Baseline")))

    said = rule(judgements(one), one)

    assert "Holm" not in said
    assert "one claim is declared" in said


def test_a_study_without_claims_has_no_table() -> None:
    assert judgements(sample.whole()) == ()
    assert verdicts_grid(sample.whole()) is None
    assert tally(()) == "no claims"


def test_rounds_added_until_decided_are_judged_by_the_always_valid_test() -> None:
    fixed, added = claimed.whole(), claimed.until_decided()

    claim = claimed.CLAIMS[0]
    assert (method_of(fixed, claim, 15), method_of(added, claim, 15)) == (
        "signed_rank",
        "always_valid",
    )
    assert verdicts(added) == verdicts(added, method="always_valid")
    assert verdicts(fixed) == verdicts(fixed, method="signed_rank")
    one = verdicts(added)[0]
    (leaf,) = one.comparisons
    assert isinstance(leaf, Measured)
    assert one.p == always_valid(leaf.figures)[-1].two_sided
    found = judgements(added)
    assert "p, always-valid test" in dict(found[0].facts)
    assert rule(found, added).startswith("Rule: always-valid test of paired rounds")


def test_a_claim_shown_after_fewer_rounds_is_judged_by_the_always_valid_test_alone() -> None:
    results = replace(claimed.whole(), shown={"S1": 10, "S2": 15})

    found = by_id(results)

    assert {id: one.method for id, one in found.items()}["S1"] == "always_valid_after_verdict"
    assert found["S2"].method == "signed_rank"
    assert "or the always-valid test where rounds were added" in rule(list(found.values()), results)


def test_claims_that_a_shortened_run_cannot_test_are_counted() -> None:
    only = claimed.STUDY.shortened(Shortening(only=("CNN", "Baseline")))

    results = sample.whole(only, claimed.STUDY)

    assert [one.id for one in judgements(results)] == ["S2", "S3", "S4"]
    assert untested(results).startswith("2 claims of 5 cannot be tested in this run")
    assert untested(claimed.whole()) == ""


def test_a_study_that_has_not_run_leaves_every_tested_claim_open() -> None:
    found = by_id(claimed.empty())

    assert {one.outcome for id, one in found.items() if id != "S4"} == {"undecided"}
    assert row(found["S1"])["Rounds as claimed"] == "0 of 0"
    assert row(found["S1"])["Typical"] == NOTHING


def test_the_audit_in_words_is_that_of_the_claims_variants() -> None:
    found = remarks(claimed.whole())

    assert found
    order = ["grave", "caution", "note"]
    places = [order.index(one.severity) for one in found]
    assert places == sorted(places)
    assert all(any(letter.isdigit() for letter in one.text) for one in found)


def test_a_grid_of_nothing_tested_is_none() -> None:
    assert evidence_grid((), (), "signed_rank") is None
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def leaf_of(metric: Metric, figures: tuple[float, ...], *, kind: Kind = "difference") -> Measured:
    names = ("one", "other") if kind == "difference" else ("one",)
    rounds = tuple(range(len(figures)))
    return Measured(Contrast(kind, names, metric), "above", figures, rounds, evidence(figures))


def cells_of(leaf: Measured) -> dict[str, str]:
    grid = evidence_grid([leaf], [None], "signed_rank")
    assert grid is not None
    return dict(zip((column.name for column in grid.columns), grid.rows[0], strict=True))


class Lead(Metric):
    """A figure of a user's own, on either side of 0."""

    direction = "higher"

    def compute(self, predictions: object) -> float:
        raise NotImplementedError


def test_numbers_are_told_in_their_unit() -> None:
    def typical(metric: Metric, value: float, kind: Kind = "difference") -> str:
        return cells_of(leaf_of(metric, (value,) * 6, kind=kind))["Typical"]

    assert typical(Error(), 0.02466) == "+2.47"
    assert typical(Error(), -0.00001) == "0.00"
    assert typical(Error(), -0.015) == f"{MINUS}1.50"
    assert typical(Error(), 0.976, "level") == "97.60%"
    assert typical(ObjectiveValue(), -0.0123) == f"{MINUS}0.01230"
    assert typical(R2(), 0.0123) == "+0.0123"
    assert typical(MAE(), 45.319, "level") == "45.32"
    assert typical(MacroF1(), -0.5) == f"{MINUS}0.5000"
    assert typical(Lead(), -0.3, "level") == f"{MINUS}0.3000"


def test_a_metric_without_percent_prints_no_points_and_no_percent() -> None:
    grid = evidence_grid([leaf_of(MAE(), (1.0, 2.0, 3.0, 2.5, 1.5, 2.0))], [None], "signed_rank")

    assert grid is not None
    text = " ".join((grid.caption, *grid.rows[0]))
    assert "point" not in text
    assert "%" not in text


def test_an_interval_names_its_unit_once() -> None:
    level = leaf_of(Error(), (0.75, 0.76, 0.77, 0.78, 0.79, 0.80), kind="level")

    assert cells_of(level)["95% interval"] == "75.00 to 80.00%"


INF = float("inf")


@pytest.mark.parametrize("metric", [Error(), MAE(), Lead(), MacroF1()])
def test_most_rounds_diverged_are_printed_as_infinite(metric: Metric) -> None:
    cells = cells_of(leaf_of(metric, (0.1, 0.2, INF, INF, INF, INF)))

    assert cells["Typical"] == "+∞"
    assert cells["95% interval"].endswith(" to +∞")
    assert cells["Mean (sd)"].startswith(f"+{metric.printed(0.15)}")


def test_an_interval_ends_where_figures_do() -> None:
    cells = cells_of(leaf_of(Error(), (-INF, -0.2705, 0.1, 0.2, 0.3, INF)))

    assert cells["95% interval"] == f"{MINUS}∞ to +∞"
    worst = cells_of(leaf_of(Error(), (0.2, 0.3, 0.4, 0.5, 0.6, INF), kind="level"))
    assert worst["95% interval"] == "20.00 to ∞"
