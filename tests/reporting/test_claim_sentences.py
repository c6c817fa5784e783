"""What is said of each kind of claim: its figures, and the words that decide."""

import csv
import io
import json
import re
from typing import Any

import pytest
from made_claims import errors, judged, numbers

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.typical import typical
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import RisesAgain, StandsStill
from bakeoff.claims.differences import BestOf, Better, BetterBy, BetterFigure, Equivalent
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.judge import difference
from bakeoff.claims.levels import AtChance, Near, Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.metric import MINUS
from bakeoff.data.metrics import MAE, R2
from bakeoff.reporting.page import Page
from bakeoff.reporting.reports import report
from bakeoff.reporting.section import Figure, Items, TableBlock, walk
from bakeoff.reporting.sections.verdicts import evidence_table, verdicts_table
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.verdict_sentences import SHOWN, sentence, short
from bakeoff.reporting.write import as_text, render
from bakeoff.study.claims import ClaimTest

GOOD = [0.10, 0.11, 0.09, 0.12, 0.08, 0.105, 0.095, 0.115, 0.085, 0.10]
GAINS = [0.05, 0.06, 0.055, 0.045, 0.07, 0.04, 0.052, 0.058, 0.049, 0.051]
"""By how much "bad" errs more than "good"; "like" errs more in every other round alone."""

BAD = [round(value + gain, 4) for value, gain in zip(GOOD, GAINS, strict=True)]
LIKE = [
    round(value + (gain if place % 2 else -gain), 4)
    for place, (value, gain) in enumerate(zip(GOOD, GAINS, strict=True))
]
ERRORS = {"good": GOOD, "bad": BAD, "like": LIKE}
FEW = {name: values[:5] for name, values in ERRORS.items()}
NONE = [None] * 10


def one(
    test: ClaimTest, values: dict[str, list[float]] = ERRORS, epochs: tuple[float, ...] = (0.5,)
) -> Verdict:
    (found,) = judged(values, test, epochs=epochs)
    return found


class Halves(ClaimTest):
    """A kind of a user's own: a variant errs in 4 points less than another."""

    named = ("variant", "than")
    variant: str
    than: str

    def judge(self, results: Results) -> Any:
        return difference(results, self.variant, self.than, by=0.04)


EVERY: list[tuple[ClaimTest, str, tuple[str, ...]]] = [
    (
        Better("good", than="bad"),
        "supported",
        ("good beats bad by 5.2 points", "95% interval 4.8 to 5.9", "in 10 of 10 rounds"),
    ),
    (Better("bad", than="good"), "contradicted", ("bad loses to good by 5.2 points",)),
    (Better("good", than="bad", by=0.03), "supported", ("5.2 points ahead", "more than 3 points")),
    (Better("good", than="bad", by=0.08), "contradicted", ("ahead of bad", "less than 8 points")),
    (
        Better("good", than="bad", by=0.05),
        "undecided",
        ("it is open whether it gains 5 points or more",),
    ),
    (
        BetterBy("good", than="bad", about=0.05, margin=0.02),
        "supported",
        ("5.2 points ahead", ", within 2 points of the 5 points claimed"),
    ),
    (
        BetterBy("good", than="bad", about=0.1, margin=0.02),
        "contradicted",
        ("not within 2 points of the 10 points claimed",),
    ),
    (
        BetterBy("good", than="like", about=0.05, margin=0.02),
        "undecided",
        ("it is open whether it is within 2 points of the 5 points claimed",),
    ),
    (BestOf("good", among=("good", "bad")), "supported", ("good beats bad",)),
    (Equivalent("good", "bad", margin=0.1), "supported", ("5.2 points ahead", "less than 10 poin")),
    (Equivalent("good", "bad", margin=0.01), "contradicted", ("more than 1 point.",)),
    (
        Equivalent("good", "like", margin=0.01),
        "undecided",
        ("it is open whether they are less than 1 point apart",),
    ),
    (Reaches("good", value=0.15), "supported", ("test error of 10.0%", "9.0 to 11.0", "below 15%")),
    (Reaches("bad", value=0.1), "contradicted", ("above 10%",)),
    (
        Near("good", value=0.11, margin=0.03),
        "supported",
        ("test error of 10.0%", ", within 3 points of 11%"),
    ),
    (Near("good", value=0.3, margin=0.03), "contradicted", ("not within 3 points of 30%",)),
    (
        Near("good", value=0.1, margin=0.004),
        "undecided",
        ("open whether that is within 0.4 points of 10%",),
    ),
    (AtChance("good", value=0.5, margin=0.1), "contradicted", ("not within 10 points of 50%",)),
    (
        WinsMostRounds("good", loser="bad", share=0.6),
        "supported",
        ("good is better than bad in 10 of 10 rounds", "69% to 100%", "more than 60% of all"),
    ),
    (WinsMostRounds("bad", loser="good"), "contradicted", ("0 of 10", "less than 75% of all")),
    (
        WinsMostRounds("good", loser="like"),
        "undecided",
        ("5 of 10 rounds", "open whether that is more than 75% of all"),
    ),
    (WinsEveryRound("good", loser="bad"), "supported", ("in 10 of 10 rounds", "69% to 100%")),
    (WinsEveryRound("good", loser="like"), "contradicted", ("in 5 of 10 rounds",)),
    (Collapses("good"), "contradicted", ("learns nothing in 0 of 10 rounds", "less than 50%")),
    (
        Ordered(("bad", "good")),
        "supported",
        ("error falls from bad to good all the way in 10 of 10", "1.00", "on the whole it falls"),
    ),
    (Ordered(("good", "bad")), "contradicted", (f"{MINUS}1.00", "on the whole it rises")),
    (Ordered(("good", "like")), "undecided", ("open whether it falls along this order",)),
    (
        RisesAgain("good", after_epoch=1, metric="error"),
        "contradicted",
        ("test error that falls after epoch 1 by 40.0 points",),
    ),
    (StandsStill("good", after_epoch=1, margin=0.5), "supported", ("less than 50 points",)),
    (Not(Better("good", than="bad", by=0.08)), "supported", ("less than 8 points",)),
    (Not(Better("good", than="bad")), "contradicted", ("good beats bad by 5.2 points",)),
    (ParametersWithin(("good",), low=1, high=9000), "supported", ("within 1 to 9,000",)),
    (ParametersWithin(("good",), low=1, high=9), "contradicted", ("parameters, outside 1 to 9",)),
    (Halves(variant="good", than="bad"), "supported", ("5.2 points ahead", "more than 4 points")),
]


@pytest.mark.parametrize(
    ("test", "outcome", "words"), EVERY, ids=[repr(test) for test, _, _ in EVERY]
)
def test_every_kind_of_claim_is_told_by_its_figures(
    test: ClaimTest, outcome: str, words: tuple[str, ...]
) -> None:
    found = one(test)

    assert found.outcome == outcome
    for part in words:
        assert part in found.sentence
    assert found.sentence.endswith(".")
    assert ("beats" in found.sentence or "loses to" in found.sentence) <= (outcome != "undecided")
    assert ("it is open" in found.sentence) <= (outcome == "undecided")
    assert "None" not in found.sentence


def test_fewer_than_6_rounds_have_a_typical_figure_and_no_verdict() -> None:
    found = one(Better("good", than="bad"), FEW)

    assert (found.outcome, found.reason) == ("undecided", "few")
    assert "5.50 points ahead of bad (in 5 of 5 rounds)" in found.sentence
    assert "Fewer than 6 rounds" in found.sentence


def test_what_more_rounds_would_show_is_told_where_it_is_open() -> None:
    found = one(Better("good", than="bad", by=0.05)).sentence

    assert "10 rounds can detect a difference of about 0.9 points" in found
    assert "--until-decided (in Python: run_until_decided)" in found


def test_the_size_told_is_the_typical_difference() -> None:
    (leaf,) = one(Better("good", than="bad")).comparisons
    found = typical(GAINS)

    assert leaf.evidence.estimate == pytest.approx(found.estimate)  # type: ignore[union-attr]
    assert leaf.evidence.interval == pytest.approx(found.interval)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "test", [Better("good", than="like"), Better("like", than="good")], ids=["ahead", "behind"]
)
def test_an_undecided_difference_whose_interval_holds_0_could_be_chance(test: ClaimTest) -> None:
    found = one(test)

    assert found.outcome == "undecided"
    assert ", which chance could explain" in found.sentence
    assert not re.search("beats|loses to", found.sentence)


def test_a_clear_difference_that_the_family_leaves_open_is_neither_won_nor_chance() -> None:
    others = [Reaches("good", value=0.1 + n / 1e4) for n in range(30)]

    found = judged(ERRORS, Better("good", than="bad"), *others)[0]

    assert (found.outcome, found.reason) == ("undecided", "family")
    assert "good is 5.2 points ahead of bad (95%" in found.sentence
    assert "does not decide it among the 31 claims that are tested together" in found.sentence
    assert "chance" not in found.sentence


def test_no_sentence_says_how_many_rounds_would_settle_a_claim() -> None:
    for found in judged(ERRORS, *(test for test, _, _ in EVERY), epochs=(0.5,)):
        assert not re.search("would (probably )?settle|would be likely", found.sentence)


def test_a_claim_of_several_comparisons_lists_all_of_them_with_ticks() -> None:
    found = one(AllOf(Better("good", than=("bad", "like")), Better("bad", than="good")))

    assert found.outcome == "contradicted"
    assert re.findall("[✓✗?] ", found.sentence) == ["✓ ", "? ", "✗ "]
    assert found.sentence.startswith("✓ good beats bad by 5.2 points")
    assert "? good is" in found.sentence
    assert "✗ bad loses to good" in found.sentence


def told(verdict: Verdict) -> str:
    return " ".join(short(verdict))


MANY = {f"v{n:02}": [round(value + n / 500, 4) for value in BAD] for n in range(12)}


def test_many_comparisons_as_claimed_are_told_by_the_first_three_and_counted() -> None:
    (found,) = judged({"good": GOOD, **MANY}, Better("good", than=tuple(MANY)))

    assert found.outcome == "supported"
    assert sentence(found).count("✓ good beats") == len(MANY)
    assert told(found).count("✓ good beats v0") == SHOWN
    assert told(found).endswith("And 9 more, all as claimed.")


def test_of_many_comparisons_those_that_are_not_as_claimed_are_told() -> None:
    values = {"good": GOOD, **MANY, "v05": LIKE}
    (found,) = judged(values, Better("good", than=tuple(MANY)))

    assert found.outcome == "undecided"
    assert told(found).startswith("? good is")
    assert told(found).count("✓") == 0
    assert "v05" in told(found)
    assert "And 11 more, all as claimed." in told(found)

    better = {name: [round(value - 0.09, 4) for value in GOOD] for name in ("v03", "v07")}
    values |= {name: [value + n / 1e4 for value in v] for n, (name, v) in enumerate(better.items())}
    (found,) = judged(values, Better("good", than=tuple(MANY)))
    assert found.outcome == "contradicted"
    assert re.findall("([✓✗?]) good [a-z ]* (v..|[0-9.]+)", told(found))[0][0] == "✗"
    assert [told(found).count(mark) for mark in "✗?✓"] == [2, 1, 0]
    assert "And 9 more, all as claimed." in told(found)


def test_what_is_left_is_counted_by_how_it_stands() -> None:
    values = {"good": GOOD, **MANY, **{f"v{n:02}": LIKE for n in range(5)}}
    distinct = {
        name: [round(value + place / 1e4, 4) for value in each]
        for place, (name, each) in enumerate(values.items())
    }
    (found,) = judged(distinct, Better("good", than=tuple(MANY)))

    assert told(found).count("? good") == SHOWN
    assert "And 9 more: 7 as claimed, 2 open." in told(found)


def test_every_comparison_is_in_the_details_whatever_the_sentence_tells() -> None:
    results = errors({"good": GOOD, **MANY}, Better("good", than=tuple(MANY)))
    (verdict,) = verdicts(results)

    table = evidence_table(verdict)
    assert table is not None
    assert [cells.text(row.cells[0])[0] for row in table.rows] == ["✓"] * len(MANY)
    (row,) = verdicts_table(Page(results)).rows
    (told,) = (block.texts for block in row.detail if isinstance(block, Items))
    assert len(told) == len(MANY)
    assert render(results, "md").count("\n- ✓ good beats v") == len(MANY)
    (kept,) = json.loads(render(results, "json"))["verdicts"]
    assert kept["sentence"].count("✓") == len(kept["comparisons"]) == len(MANY)


CLAIMS = tuple(test for test, _, _ in EVERY if not isinstance(test, BetterFigure))


def test_fewer_than_6_rounds_have_no_interval_in_any_format() -> None:
    results = errors(FEW, *CLAIMS, epochs=(0.5,))

    assert {one.outcome for one in verdicts(results) if not one.is_counted} == {"undecided"}
    for found in verdicts(results):
        assert "interval" not in found.sentence
        assert found.is_counted or found.p is None
    blocks = [block for s in report(results).sections for block in walk(s.blocks)]
    tables = [b for b in blocks if isinstance(b, TableBlock)]
    tables += [block.table for block in blocks if isinstance(block, Figure)]
    intervals = [
        cells.text(cell)
        for table in tables
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        if "interval" in column.name
    ]
    assert set(intervals) == {cells.NOTHING}
    for text in (render(results, "md"), render(results, "tex"), as_text(results)):
        # A caption may say what an interval would be; no cell holds one.
        assert not re.search(r"95% (interval )?\d|95\\% (interval )?\d|\d to [^\w ]?\d+\.\d", text)
    rows = list(csv.DictReader(io.StringIO(render(results, "csv-summary"))))
    assert (
        {row["measured_low95"] for row in rows} == {row["measured_high95"] for row in rows} == {""}
    )
    told = _intervals(json.loads(render(results, "json")))
    assert told == [None] * len(told) != []


def _intervals(value: Any) -> list[Any]:
    """Return everything under a name of an interval."""
    if isinstance(value, list):
        return [found for item in value for found in _intervals(item)]
    if not isinstance(value, dict):
        return []
    own = [item for name, item in value.items() if name.endswith("interval95")]
    return own + [found for item in value.values() for found in _intervals(item)]


@pytest.mark.parametrize("test", [test for test in CLAIMS if test.needs_rounds], ids=repr)
def test_most_rounds_diverged_are_told_in_words(test: ClaimTest) -> None:
    values = {"good": GOOD, "bad": [*BAD[:2], *NONE[2:]], "like": NONE}

    for given in (values, {**values, "good": NONE, "bad": GOOD}):
        (found,) = judged(given, test, epochs=(0.5,))
        assert not re.search(r"\bnan\b|\binf\b|None", found.sentence)


@pytest.mark.parametrize("format", ["md", "tex", "json", "csv", "csv-summary", "summary", "html"])
def test_most_rounds_diverged_print_in_every_format(format: Any) -> None:
    tests = [test for test in CLAIMS if test.needs_rounds]
    values = {"good": GOOD, "bad": [*BAD[:2], *NONE[2:]], "like": NONE}

    for results in (
        errors(values, *tests, epochs=(0.5,)),
        numbers(
            (MAE(), R2()),
            values,
            Better("good", than="bad"),
            Reaches("bad", value=20.0),
            Equivalent("bad", "like", margin=0.1),
            Ordered(("like", "bad", "good")),
        ),
    ):
        text = render(results, format)
        if format in {"json", "summary"}:
            json.loads(text, parse_constant=lambda name: pytest.fail(name))
        elif format != "html":
            assert not re.search(r"\bnan\b|\binf\b", text)
    assert "beats" in as_text(errors(values, Better("good", than="bad")))


def test_diverged_trials_never_weaken_a_verdict_and_are_told() -> None:
    found = one(Better("good", than="bad"), {"good": GOOD, "bad": [*BAD[:8], None, None]})  # type: ignore[list-item]

    assert found.outcome == "supported"
    assert "in 10 of 10 rounds" in found.sentence
    assert "2 diverged trials count as worse than any other." in found.sentence


def test_a_diverged_trial_counts_as_chance_where_chance_is_claimed() -> None:
    stuck = {"good": [*[0.5, 0.51, 0.49, 0.5, 0.505, 0.495, 0.5, 0.5], None, None]}

    found = one(AtChance("good", value=0.5, margin=0.1), stuck)  # type: ignore[arg-type]

    assert found.outcome == "supported"
    assert "2 diverged trials count as chance." in found.sentence
    assert "worse than any" not in found.sentence


def test_no_gap_is_told_where_trials_diverged() -> None:
    found = one(Reaches("bad", value=0.2), {"bad": [*BAD[:4], *NONE[4:]]})  # type: ignore[list-item]

    assert found.outcome == "undecided"
    assert "can detect" not in found.sentence


OF_NUMBERS = (
    Better("good", than="bad"),
    Better("good", than="bad", by=10.0),
    Better("good", than="bad", by=50.0),
    BetterBy("good", than="bad", about=50.0, margin=20.0),
    Equivalent("good", "like", margin=20.0),
    Reaches("good", value=150.0),
    Near("good", value=100.0, margin=30.0),
    Ordered(("bad", "good")),
)


def test_a_metric_without_percent_and_bounds_speaks_of_no_points_and_no_percent() -> None:
    values = {name: [1000 * value for value in each] for name, each in ERRORS.items()}
    results = numbers((MAE(), R2()), values, *OF_NUMBERS)

    found = verdicts(results)

    for verdict in found:
        text = verdict.sentence.replace("95% interval", "")
        assert "point" not in text
        assert "%" not in text
    assert found[0].outcome == "supported"
    assert "good beats bad by 52" in found[0].sentence
    assert "test MAE of 100" in found[5].sentence
    for format in ("md", "tex"):
        verdicts_part = render(results, format).split("Audit")[0]  # type: ignore[arg-type]
        assert "points" not in verdicts_part


def test_an_infinite_typical_difference_of_a_metric_without_bounds_is_told() -> None:
    values = {"good": [1000 * value for value in GOOD], "bad": [*[150.0] * 3, *NONE[3:]]}

    (found,) = verdicts(numbers((MAE(), R2()), values, Better("good", than="bad")))

    # Every finite bound is rejected: there is no interval to tell.
    assert "good beats bad because bad diverged in 7 of 10 rounds (in 10 of 10" in found.sentence
