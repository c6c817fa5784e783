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
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
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
    Terms,
    walk,
)
from bakeoff.reporting.sections import audit
from bakeoff.reporting.sections.verdicts import brief, evidence_table, section, verdicts_table
from bakeoff.reporting.text import cells
from bakeoff.reporting.text import verdict_sentences as words
from bakeoff.reporting.text.verdict_sentences import rule, untested
from bakeoff.study.claims import Claim
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
    for row, claim in zip(table.rows, claimed.CLAIMS, strict=True):
        assert claim.quote in cells.text(row.cells[2])
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


def test_a_terminal_has_the_same_verdicts_and_no_tally_apart() -> None:
    found = brief(Page(claimed.whole()))

    assert found is not None
    assert "3 supported, 1 contradicted, 1 undecided" in found.title
    table = found.blocks[0]
    assert isinstance(table, TableBlock)
    assert [cells.text(row.cells[1]) for row in table.rows] == OUTCOMES


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


def test_every_comparison_has_its_tick() -> None:
    marks = {True: "✓", False: "✗", None: "?"}
    seen = set()

    for verdict in verdicts(claimed.whole()):
        table = evidence_table(verdict)
        if table is not None:
            told = [cells.text(row.cells[0])[0] for row in table.rows]
            assert told == [marks[held] for held in verdict.holds]
            seen |= set(told)
    assert seen == {"✓", "✗", "?"}


def test_one_variants_figure_is_as_claimed_where_it_is_below_its_bound() -> None:
    low = Claim(id="a", quote="q", test=Reaches("CNN", value=0.5))
    chance = Claim(id="b", quote="q", test=AtChance("CNN", value=0.5, margin=0.02))
    found = by_id(results_of(low, chance))

    figure, near = row(found["a"]), row(found["b"])

    assert isinstance(figure["Typical"], Number)
    assert figure["Typical"].kind == "level"
    assert (figure["Claimed"], figure["Rounds as claimed"]) == ("below 50%", "15 of 15")
    assert (near["Claimed"], near["Rounds as claimed"]) == ("50 ± 2%", "0 of 15")


def test_an_order_is_told_by_its_rank_correlation() -> None:
    found = row(by_id(claimed.whole())["S5"])

    assert cells.text(found["Typical"]) == "+1.00"
    assert value(found["Typical"]) == pytest.approx(1)
    text = cells.text(found["Comparison"])
    places = [text.index(name) for name in (claimed.BASELINE, claimed.CNN, claimed.AUXILIARY)]
    assert places == sorted(places)


def test_a_share_is_told_of_the_rounds() -> None:
    most = Claim(id="a", quote="q", test=WinsMostRounds("CNN", loser="Baseline", share=0.75))
    stuck = Claim(id="b", quote="q", test=Collapses("CNN", share=0.5))
    found = by_id(results_of(most, stuck))

    wins, never = row(found["a"]), row(found["b"])

    assert wins["Typical"] == Number(1.0, "share")
    assert (wins["Claimed"], wins["Rounds as claimed"]) == ("above 75%", "15 of 15")
    assert never["Typical"] == Number(0.0, "share")


def test_what_is_counted_has_words_and_no_comparison() -> None:
    (counted,) = (one for one in verdicts(claimed.whole()) if one.claim.id == "S4")
    table = verdicts_table(Page(claimed.whole()))

    assert evidence_table(counted) is None
    assert table.rows[3].detail == ()
    assert "63,202 to 71,102" in cells.text(table.rows[3].cells[3])


def test_behind_a_claim_stand_its_note_its_p_values_its_comparisons_and_failures() -> None:
    results = claimed.whole()
    rows = {row.cells[0]: row for row in verdicts_table(Page(results)).rows}
    verdict = by_id(results)["S3"]

    paragraphs = {
        id: [b.text for b in row.detail if isinstance(b, Paragraph)] for id, row in rows.items()
    }
    assert "By any gain." in paragraphs["S2"]
    assert any("0 of 15 trials each failed" in text for text in paragraphs["S3"])
    assert paragraphs["S5"] == []
    (facts,) = (dict(block.pairs) for block in rows["S3"].detail if isinstance(block, Terms))
    assert list(facts.values()) == [f"{verdict.p:.3f}", f"{verdict.adjusted:.3f}", "15"]
    assert any("4 claims" in name for name in facts)


def test_rounds_won_are_a_count_over_rounds() -> None:
    won = Claim(id="a", quote="q", test=WinsEveryRound("CNN", loser="Baseline"))

    (one,) = verdicts(results_of(won))

    assert [fact for _, fact in words.tests(one)] == ["15"]


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


def test_the_rule_counts_the_claims_tested_and_one_claim_speaks_of_no_other() -> None:
    alone = results_of(Claim(id="a", quote="q", test=Better("CNN", than="Baseline")))

    assert "Holm's method over the 4 claims" in verdicts_table(Page(claimed.whole())).caption
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
    assert any("always-valid" in name for name, _ in words.tests(one))
    assert "always-valid" in rule(verdicts(added), added)
    assert "always-valid" not in rule(verdicts(fixed), fixed)


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


def test_a_study_that_has_not_run_leaves_every_tested_claim_open() -> None:
    found = by_id(claimed.empty())

    assert {one.outcome for id, one in found.items() if id != "S4"} == {"undecided"}
    assert row(found["S1"])["Rounds as claimed"] == "0 of 0"
    assert value(row(found["S1"])["Typical"]) is None
    assert audit.section(Page(claimed.empty())) is None


def test_variants_that_fail_are_told_in_the_audit_and_others_are_not() -> None:
    def told(results: Results) -> list[str]:
        section = audit.section(Page(results))
        assert section is not None
        notices = (block for block in section.blocks if isinstance(block, Notice))
        return [one.text for one in notices if one.title == "Learnt nothing"]

    (text,) = told(sample.with_holes())
    assert text.startswith("CNN: 1 of 13 trials failed")
    assert told(claimed.whole()) == []


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
