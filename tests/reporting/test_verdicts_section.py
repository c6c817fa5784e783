"""The section of verdicts: its counts, its rows, and the comparisons behind them."""

from dataclasses import replace

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.contrast import Contrast, Kind
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.analysis.statistics.sequential import always_valid
from bakeoff.claims.differences import Better
from bakeoff.claims.levels import AtChance, Reaches
from bakeoff.claims.parts import Measured
from bakeoff.claims.shares import Collapses, WinsMostRounds
from bakeoff.claims.verdicts import Verdict, method_of, verdicts
from bakeoff.data.metric import MINUS, Metric
from bakeoff.data.metrics import MAE, R2, Error, MacroF1
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Badge,
    Cell,
    Interval,
    Notice,
    Number,
    Paragraph,
    Section,
    TableBlock,
    Tally,
    walk,
)
from bakeoff.reporting.sections import audit
from bakeoff.reporting.sections.verdicts import brief, evidence_table, section, verdicts_table
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.verdict_sentences import rule, untested
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.measured import ObjectiveValue
from bakeoff.study.study import Overrides

OUTCOMES = ["supported", "contradicted", "undecided", "supported", "supported"]
NUMBERS = {"Typical", "95% interval", "p", "Mean (sd)", "95% t-interval", "Effect size"}


def results_of(*claims: Claim, rounds: int = 15) -> Results:
    return sample.whole(sample.STUDY.replace(claims=claims, rounds=rounds))


def by_id(results: Results) -> dict[str, Verdict]:
    return {one.claim.id: one for one in verdicts(results)}


def row(verdict: Verdict, place: int = 0) -> dict[str, Cell]:
    table = evidence_table(verdict)
    assert table is not None
    names = [column.name for column in table.columns]
    return dict(zip(names, table.rows[place].cells, strict=True))


def value(cell: Cell) -> float | None:
    assert isinstance(cell, Number)
    return cell.value


def section_of(results: Results) -> Section:
    found = section(Page(results))
    assert found is not None
    return found


def test_there_is_a_row_for_each_claim_in_order_with_the_verdict_of_the_analysis() -> None:
    table = verdicts_table(Page(claimed.whole()))

    assert [row.cells[0] for row in table.rows] == ["S1", "S2", "S3", "S4", "S5"]
    assert [row.cells[1] for row in table.rows] == [Badge(one, one) for one in OUTCOMES]
    assert [one.outcome for one in verdicts(claimed.whole())] == OUTCOMES
    assert len({row.anchor for row in table.rows}) == len(table.rows)


def test_the_tally_counts_the_outcomes_and_leads_to_their_rows() -> None:
    found = section_of(claimed.whole())

    (tally,) = (block for block in found.blocks if isinstance(block, Tally))
    assert [(badge.text, number) for badge, number, _ in tally.outcomes] == [
        ("supported", 3),
        ("contradicted", 1),
        ("undecided", 1),
    ]
    (table,) = (block for block in found.blocks if isinstance(block, TableBlock))
    anchors = {f"#{row.anchor}": row.cells[0] for row in table.rows}
    links = [link for _, _, links in tally.outcomes for link in links]
    assert [anchors[link.href] for link in links] == [link.text for link in links]
    assert [link.text for link in links] == ["S1", "S4", "S5", "S2", "S3"]


def test_few_rounds_are_told_before_the_tally() -> None:
    few, many = section_of(claimed.whole(3)), section_of(claimed.whole())

    first, second = few.blocks[:2]
    assert isinstance(first, Notice)
    assert isinstance(second, Tally)
    assert not any(isinstance(block, Notice) for block in many.blocks)


def test_a_comparison_is_told_by_its_numbers() -> None:
    results = claimed.whole()
    pairs = zip(results.histories[claimed.AUXILIARY], results.histories[claimed.CNN], strict=True)
    gains = [b.value("test", "error") - a.value("test", "error") for a, b in pairs if a and b]
    told = evidence(gains)

    found = row(by_id(results)["S1"])

    assert {type(found[name]) for name in ("95% interval", "95% t-interval")} == {Interval}
    assert value(found["Typical"]) == told.estimate
    assert found["95% interval"] == Interval(told.interval, "difference", Error())
    assert found["95% t-interval"] == Interval(told.t_interval, "difference", Error())
    assert found["Mean (sd)"] == Number(told.mean, "difference", Error(), told.sd)
    assert value(found["p"]) == by_id(results)["S1"].p
    assert value(found["Effect size"]) == told.effect
    assert found["Claimed"] == "above 0"
    assert found["Rounds as claimed"] == "15 of 15"


def test_margins_and_bounds_and_the_rounds_on_their_side_are_told_as_claimed() -> None:
    results = claimed.whole()
    errors = {n: [h.value("test", "error") for h in hs if h] for n, hs in results.histories.items()}
    gains = [b - a for a, b in zip(errors[claimed.CNN], errors[claimed.BASELINE], strict=True)]
    both = by_id(results)["S3"]

    more, same = row(both), row(both, 1)

    assert (more["Claimed"], same["Claimed"]) == ("above 5", "0 ± 5.2")
    assert more["Rounds as claimed"] == f"{sum(gain > 0.05 for gain in gains)} of 15"
    assert same["Rounds as claimed"] == f"{sum(abs(gain) < 0.052 for gain in gains)} of 15"
    assert 0 < sum(gain > 0.05 for gain in gains) < 15


@pytest.mark.parametrize(
    ("test", "typical", "claimed", "rounds"),
    [
        (Reaches("CNN", value=0.5), "level", "below 50%", "15 of 15"),
        (AtChance("CNN", value=0.5, margin=0.02), "level", "50 ± 2%", "0 of 15"),
        (WinsMostRounds("CNN", loser="Baseline", share=0.75), 1.0, "above 75%", "15 of 15"),
        (Collapses("CNN", share=0.5), 0.0, "above 50%", "0 of 15"),
    ],
    ids=["below", "near", "wins", "collapses"],
)
def test_a_level_and_a_share_are_told_beside_what_is_claimed(
    test: ClaimTest, typical: str | float, claimed: str, rounds: str
) -> None:
    found = row(by_id(results_of(Claim(id="a", quote="q", test=test)))["a"])

    assert isinstance(found["Typical"], Number)
    assert typical in (found["Typical"].kind, found["Typical"].value)
    assert (found["Claimed"], found["Rounds as claimed"]) == (claimed, rounds)


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_fewer_than_6_rounds_give_a_mean_and_no_interval_and_no_p(rounds: int) -> None:
    better = Claim(id="a", quote="q", test=Better("CNN", than="Baseline"))
    results = results_of(better, rounds=rounds)

    (one,) = verdicts(results)

    found = row(one)
    assert one.outcome == "undecided"
    assert value(found["Typical"]) == pytest.approx(0.05, abs=0.02)
    empty = {name for name in NUMBERS if cells.text(found[name]) == cells.NOTHING}
    assert empty - {"Effect size"} == {"95% interval", "95% t-interval", "p"}
    assert ("Effect size" in empty) == (rounds == 1)
    assert one.p is None
    assert "5%" not in rule([one], results)


def test_one_claim_is_corrected_for_no_other() -> None:
    alone = results_of(Claim(id="a", quote="q", test=Better("CNN", than="Baseline")))

    assert "Holm" in verdicts_table(Page(claimed.whole())).caption
    assert "Holm" not in verdicts_table(Page(alone)).caption


def test_a_study_without_claims_has_no_verdicts() -> None:
    assert section(Page(sample.whole())) is None
    assert brief(Page(sample.whole())) is None


def test_rounds_added_until_decided_are_judged_by_the_always_valid_test() -> None:
    fixed, added = claimed.whole(), claimed.until_decided()
    claim = claimed.CLAIMS[0]

    assert method_of(fixed, claim, 15) == "signed_rank"
    assert method_of(added, claim, 15) == "always_valid"
    one = verdicts(added)[0]
    (leaf,) = one.comparisons
    assert isinstance(leaf, Measured)
    assert one.p == always_valid(leaf.figures)[-1].two_sided


def test_a_claim_shown_after_fewer_rounds_is_judged_by_the_always_valid_test_alone() -> None:
    results = replace(claimed.whole(), shown={"S1": 10, "S2": 15})

    found = by_id(results)

    assert found["S1"].method == "always_valid_after_verdict"
    assert found["S2"].method == "signed_rank"
    said = rule(list(found.values()), results)
    assert said.index("signed-rank") < said.index("always-valid")


def test_claims_that_a_shortened_run_cannot_test_are_counted() -> None:
    only = claimed.STUDY.overridden(Overrides(only=("CNN", "Baseline")))

    results = sample.whole(only, claimed.STUDY)

    assert list(by_id(results)) == ["S2", "S3", "S4"]
    assert untested(results).startswith("2 claims of 5")
    assert untested(results) in [
        block.text for block in section_of(results).blocks if isinstance(block, Paragraph)
    ]
    assert untested(claimed.whole()) == ""


def test_the_audit_names_the_gravest_first_and_each_finding_has_a_number() -> None:
    found = audit.section(Page(claimed.whole()))

    assert found is not None
    notices = [block for block in walk(found.blocks) if isinstance(block, Notice)]
    assert notices
    places = [("grave", "caution", "note").index(one.tone) for one in notices]
    assert places == sorted(places)
    assert all(any(letter.isdigit() for letter in one.text) for one in notices)


def leaf_of(metric: Metric, figures: tuple[float, ...], *, kind: Kind = "difference") -> Measured:
    names = ("one", "other") if kind == "difference" else ("one",)
    rounds = tuple(range(len(figures)))
    return Measured(Contrast(kind, names, metric), "above", figures, rounds, evidence(figures))


def shown(leaf: Measured) -> dict[str, str]:
    claim = Claim(id="a", quote="q", test=Better("one", than="other"))
    verdict = replace(verdicts(claimed.whole())[0], claim=claim, comparisons=(leaf,), holds=(None,))
    return {name: cells.text(cell) for name, cell in row(verdict).items()}


class Lead(Metric):
    """A figure of a user's own, on either side of 0."""

    direction = "higher"

    def compute(self, predictions: object) -> float:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("metric", "figure", "kind", "text"),
    [
        (Error(), 0.02466, "difference", "+2.47"),
        (Error(), -0.00001, "difference", "0.00"),
        (Error(), -0.015, "difference", f"{MINUS}1.50"),
        (Error(), 0.976, "level", "97.60"),
        (ObjectiveValue(), -0.0123, "difference", f"{MINUS}0.01230"),
        (R2(), 0.0123, "difference", "+0.0123"),
        (MAE(), 45.319, "level", "45.32"),
        (MacroF1(), -0.5, "difference", f"{MINUS}0.5000"),
        (Lead(), -0.3, "level", f"{MINUS}0.3000"),
    ],
)
def test_numbers_are_told_in_their_unit(
    metric: Metric, figure: float, kind: Kind, text: str
) -> None:
    assert shown(leaf_of(metric, (figure,) * 6, kind=kind))["Typical"] == text


INF = float("inf")


@pytest.mark.parametrize("metric", [Error(), MAE(), Lead(), MacroF1()])
def test_most_rounds_diverged_are_printed_as_infinite(metric: Metric) -> None:
    found = shown(leaf_of(metric, (0.1, 0.2, INF, INF, INF, INF)))

    assert found["Typical"] == "+∞"
    assert found["95% interval"].endswith(" to +∞")
    assert found["Mean (sd)"].startswith(f"+{metric.printed(0.15)}")


def test_an_interval_ends_where_figures_do() -> None:
    wide = shown(leaf_of(Error(), (-INF, -0.2705, 0.1, 0.2, 0.3, INF)))
    worst = shown(leaf_of(Error(), (0.2, 0.3, 0.4, 0.5, 0.6, INF), kind="level"))

    assert wide["95% interval"] == f"{MINUS}∞ to +∞"
    assert worst["95% interval"] == "20.00 to ∞"
