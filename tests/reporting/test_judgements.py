"""Verdicts and audit in words and cells."""

from dataclasses import replace

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.paired import evidence
from bakeoff.analysis.statistics.sequential import always_valid
from bakeoff.claims.differences import Better
from bakeoff.claims.levels import AtChance, Reaches
from bakeoff.claims.parts import Measured
from bakeoff.claims.shares import WinsEveryRound
from bakeoff.claims.verdicts import method_of, verdicts
from bakeoff.data.metric import MINUS, Metric
from bakeoff.data.metrics import MAE, R2, Error, MacroF1
from bakeoff.reporting.evidence import COLUMNS, evidence_grid, interval, number
from bakeoff.reporting.judgements import (
    Judgement,
    judgements,
    remarks,
    rounds_needed,
    rule,
    tally,
    untested,
    verdicts_grid,
)
from bakeoff.reporting.text.words import Scale
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
        100 * (other.value("test", "error") - one.value("test", "error"))
        for one, other in zip(
            results.histories[claimed.AUXILIARY], results.histories[claimed.CNN], strict=True
        )
        if one is not None and other is not None
    ]
    told = evidence(values)
    assert told.interval is not None
    assert told.bootstrap is not None

    cells = row(by_id(results)["S1"])

    assert cells == {
        "Comparison": "CNN + auxiliary loss over CNN",
        "Claimed": "above 0",
        "Mean": f"+{told.mean:.2f}",
        "95% t-interval": f"+{told.interval[0]:.2f} to +{told.interval[1]:.2f}",
        "95% bootstrap": f"+{told.bootstrap[0]:.2f} to +{told.bootstrap[1]:.2f}",
        "Won in a round": "100% (80 to 100%)",
        "Effect size": f"+{told.effect:.2f}",
        "t-test p": "< 0.001",
        "Permutation p": "< 0.001",
        "Rounds": "15",
        "Rounds to settle": cells["Rounds to settle"],
    }
    assert 2 <= int(cells["Rounds to settle"]) <= 15


def test_margins_and_bounds_are_told_as_they_are_claimed() -> None:
    half = by_id(claimed.whole())["S3"]

    assert row(half)["Claimed"] == "above 5"
    assert row(half, 1)["Claimed"] == "0 ± 5.2"
    assert "±" not in row(half)["Claimed"]


def test_one_variants_figure_is_in_percent_and_won_where_it_is_below_its_bound() -> None:
    low = Claim(id="a", quote="q", test=Reaches("CNN", value=0.5))
    chance = Claim(id="b", quote="q", test=AtChance("CNN", value=0.5, margin=0.02))
    found = by_id(results_of(low, chance))

    cells = row(found["a"])
    assert cells["Comparison"] == "CNN: test error"
    assert cells["Claimed"] == "below 50%"
    assert cells["Mean"].endswith("%")
    assert not cells["Mean"].startswith("+")
    assert cells["Won in a round"] == "100% (80 to 100%)"
    assert row(found["b"])["Claimed"] == "50 ± 2%"
    assert row(found["b"])["Won in a round"] == NOTHING


def test_an_order_is_told_by_its_rank_correlation() -> None:
    one = by_id(claimed.whole())["S5"]

    cells = row(one)
    assert cells["Comparison"] == "Error falls: Baseline, CNN, CNN + auxiliary loss"
    assert cells["Mean"] == "+1.00"
    assert cells["95% t-interval"] == "+1.00 to +1.00"
    assert (cells["t-test p"], cells["Permutation p"]) == (NOTHING, "< 0.001")
    assert next(iter(dict(one.facts))) == "p, Page's test"
    assert one.comparisons is not None
    assert "Page's permutation test" in one.comparisons.caption


def test_what_is_counted_has_words_and_no_comparison() -> None:
    one = by_id(claimed.whole())["S4"]

    assert one.comparisons is None
    assert one.adjusted is None
    assert len(one.counts) == 1
    assert "parameters" in one.counts[0]
    assert not one.has_more
    assert replace(one, note="Of the two.").has_more


def test_a_claim_as_a_whole_is_told_by_three_p_values_and_its_rounds() -> None:
    results = claimed.whole()
    found = by_id(results)

    open_one = dict(found["S3"].facts)
    assert list(open_one) == [
        "p, paired t-test",
        "p, adjusted for 4 claims",
        "p, permutation test",
        "Rounds",
        "Rounds to settle it (80% power)",
    ]
    assert open_one["Rounds"] == "15"
    needed = next(v.rounds_needed for v in verdicts(results) if v.claim.id == "S3")
    assert open_one["Rounds to settle it (80% power)"] == rounds_needed(needed)
    assert (rounds_needed(None), rounds_needed(2744)) == ("over 10,000", "2,744")


def test_rounds_won_are_a_count_over_rounds() -> None:
    won = Claim(id="a", quote="q", test=WinsEveryRound("CNN", loser="Baseline"))

    (one,) = judgements(results_of(won))

    assert dict(one.facts) == {"Rounds": "15"}


def test_one_round_gives_a_mean_and_nothing_else() -> None:
    better = Claim(id="a", quote="q", test=Better("CNN", than="Baseline"))

    (one,) = judgements(results_of(better, rounds=1))

    cells = row(one)
    assert one.outcome == "undecided"
    assert cells["Mean"].startswith("+")
    dashes = [name for name, cell in cells.items() if cell == NOTHING]
    assert dashes == [
        "95% t-interval",
        "95% bootstrap",
        "Effect size",
        "t-test p",
        "Permutation p",
    ]
    assert cells["Rounds to settle"] == "2 or more"
    assert rule([one], results_of(better, rounds=1)) == "Nothing has been tested."


def test_the_table_has_a_row_for_each_claim_and_says_the_rule() -> None:
    grid = verdicts_grid(claimed.whole())

    assert grid is not None
    assert [column.name for column in grid.columns] == ["Claim", "Verdict", "Evidence"]
    assert [cells[:2] for cells in grid.rows[:2]] == [
        ("S1. The auxiliary loss helps.", "supported"),
        ("S2. The CNN is worse.", "contradicted"),
    ]
    assert grid.caption == (
        "Verdicts: 3 supported, 1 contradicted, 1 undecided. Rule: paired t-test (of "
        "orders: Page's test); p-values adjusted by Holm's method over the 4 claims tested; "
        "decided at 5%."
    )


def test_a_study_without_claims_has_no_table() -> None:
    assert judgements(sample.whole()) == ()
    assert verdicts_grid(sample.whole()) is None
    assert tally(()) == "no claims"


def test_rounds_added_until_decided_are_judged_by_the_always_valid_test() -> None:
    fixed, added = claimed.whole(), claimed.until_decided()

    assert (method_of(fixed), method_of(added)) == ("t_test", "always_valid")
    assert verdicts(added) == verdicts(added, method="always_valid")
    assert verdicts(fixed) == verdicts(fixed, method="t_test")
    one = verdicts(added)[0]
    (leaf,) = one.comparisons
    assert isinstance(leaf, Measured)
    assert one.p == always_valid(leaf.figures)[-1].two_sided
    found = judgements(added)
    assert "p, always-valid test" in dict(found[0].facts)
    assert rule(found, added).startswith("Rule: an always-valid test of paired rounds")


def test_claims_that_a_shortened_run_cannot_test_are_counted() -> None:
    only = claimed.STUDY.shortened(Shortening(only=("CNN", "Baseline")))

    results = sample.whole(only, claimed.STUDY)

    assert [one.id for one in judgements(results)] == ["S2", "S3", "S4"]
    assert untested(results).startswith("2 claims of 5 cannot be tested in this run")
    assert untested(claimed.whole()) == ""


def test_a_study_that_has_not_run_leaves_every_tested_claim_open() -> None:
    found = by_id(claimed.empty())

    assert {one.outcome for id, one in found.items() if id != "S4"} == {"undecided"}
    assert row(found["S1"])["Rounds"] == "0"


def test_the_audit_in_words_is_that_of_the_claims_variants() -> None:
    found = remarks(claimed.whole())

    assert found
    order = ["grave", "caution", "note"]
    places = [order.index(one.severity) for one in found]
    assert places == sorted(places)
    assert all(any(letter.isdigit() for letter in one.text) for one in found)


POINTS, PERCENT = Scale(Error()), Scale(Error(), is_level=True)
OF_LOSS = Scale(ObjectiveValue())


class Lead(Metric):
    """A figure of a user's own, on either side of 0."""

    direction = "higher"

    def compute(self, predictions: object) -> float:
        raise NotImplementedError


def test_a_metric_that_names_no_bounds_has_none() -> None:
    assert interval((-0.3, 0.1), Scale(Lead(), is_level=True)) == f"{MINUS}0.3000 to 0.1000"
    assert interval((-0.3, 0.1), Scale(MAE(), is_level=True)) == "0.000 to 0.1000"


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (2.466, POINTS, "+2.47"),
        (-0.001, POINTS, "0.00"),
        (-1.5, POINTS, f"{MINUS}1.50"),
        (97.6, PERCENT, "97.60%"),
        (-0.0123, OF_LOSS, f"{MINUS}0.01230"),
        (None, OF_LOSS, NOTHING),
        (0.0123, Scale(R2()), "+0.0123"),
        (45.319, Scale(MAE(), is_level=True), "45.32"),
        (-0.5, Scale(MacroF1()), f"{MINUS}0.5000"),
    ],
)
def test_numbers_are_told_in_their_unit(value: float | None, scale: Scale, text: str) -> None:
    assert number(value, scale) == text


def test_an_interval_names_its_unit_once() -> None:
    assert interval((75.67, 78.83), PERCENT) == "75.67 to 78.83%"
    assert interval((-0.5, 1), POINTS) == f"{MINUS}0.50 to +1.00"
    assert interval(None, OF_LOSS) == NOTHING


def test_an_interval_ends_where_figures_do() -> None:
    assert interval((-27.05, 167.02), POINTS) == f"{MINUS}27.05 to +100.00"
    assert interval((-58.99, 120.89), PERCENT) == "0.00 to 100.00%"
    assert interval((-101.0, 120.0), OF_LOSS) == f"{MINUS}101.0 to +120.0"


def test_a_grid_of_nothing_tested_is_none() -> None:
    assert evidence_grid(()) is None
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
