"""Each kind of claim, on invented histories where what is true is known."""

from collections.abc import Mapping, Sequence

import pytest

from accurate import accurate
from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import LearnsFaster, RisesAgain, StandsStill
from bakeoff.claims.differences import BestOf, Better, BetterBy, BetterFigure, Equivalent
from bakeoff.claims.facts import ParametersWithin, SearchChose
from bakeoff.claims.levels import AtChance, Near, Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.parts import Choice, Counted, Measured, SameTrials, Share, Sizes
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.studies import BUILT_IN
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from made_history import made
from made_study import (
    BASE,
    DIVERGED,
    LOWER,
    PARAMETERS,
    SAME,
    TASK,
    TWICE,
    Errors,
    judged,
    less,
    results,
    variant,
)

ROUNDS = len(BASE)
WAYS = (1, -1, 2, -2, 1, -1, 2, -2)


def curve(*loss: float, error: Sequence[float] = (0.3, 0.2, 0.2, 0.2)) -> History:
    curves = {"test": {"loss": tuple(loss), "error": tuple(error)}}
    return History(status="finished", curves=curves, parameters=1, seconds=1.0)


def batches(*errors: float) -> History:
    curves = {"batch": {"error": errors}, "test": {"error": (0.1,)}}
    return History(status="finished", curves=curves, parameters=1, seconds=1.0)


def digits(error: float, digit_error: float) -> History:
    return made(test=(error,), digits=(digit_error,))


def near_chance(error: float = 0.5) -> History:
    return History("finished", {"test": {"error": (error,)}}, 1, 1.0, chance=0.42)


RISING = [curve(0.5, 0.3, 0.4, 0.5 + jitter / 100) for jitter in range(ROUNDS)]
FALLING = [curve(0.5, 0.3, 0.4, 0.2 + jitter / 100) for jitter in range(ROUNDS)]
WAVERING = [curve(0.5, 0.3, 0.4, 0.3 + way / 10) for way in WAYS]
STILL = [curve(0.5, 0.3, error=(0.3, 0.2, 0.2, 0.2 + way / 500)) for way in WAYS]
SINKING = [curve(0.5, 0.3, error=(0.3, 0.2, 0.1, 0.1 + way / 500)) for way in range(ROUNDS)]
SMALLER_DIGITS = [digits(0.15 + jitter / 500, 0.1) for jitter in range(ROUNDS)]

DIGIT_ERROR = Quantity(metric="digit_error")
MIDDLE = less(BASE, *[0.02] * ROUNDS)
FAST = {
    "batch": [batches(0.5, error, 0.9) for error in LOWER],
    "batches": [batches(0.5, error, 0.0) for error in BASE],
}
STUCK = [near_chance()] * (ROUNDS - 1) + [DIVERGED]
HALF_STUCK = [near_chance(), 0.1] * (ROUNDS // 2)


@pytest.mark.parametrize(
    ("test", "errors", "outcome"),
    [
        (Better("a", than="b"), TWICE, "supported"),
        (Better("b", than="a"), TWICE, "contradicted"),
        (Better("a", than="b"), {"a": SAME, "b": BASE}, "undecided"),
        (Better("a", than="b", by=0.04), TWICE, "supported"),
        (Better("a", than="b", by=0.05), TWICE, "undecided"),
        (Better("a", than="b", by=0.06), TWICE, "contradicted"),
        (Better(("a", "c"), than="b"), {**TWICE, "c": LOWER}, "supported"),
        (Better(("a", "c"), than="b"), {**TWICE, "c": SAME}, "undecided"),
        (Better(("b", "c"), than="a"), {**TWICE, "c": BASE}, "contradicted"),
        (Better("a", than=("b", "c")), {**TWICE, "c": BASE}, "supported"),
        (BetterBy("a", than="b", about=0.05, margin=0.01), TWICE, "supported"),
        (BetterBy("a", than="b", about=0.05, margin=0.001), TWICE, "undecided"),
        (BetterBy("a", than="b", about=0.03, margin=0.01), TWICE, "contradicted"),
        (BetterBy("a", than="b", about=0.07, margin=0.01), TWICE, "contradicted"),
        (BetterBy("b", than="a", about=0.05, margin=0.01), TWICE, "contradicted"),
        (BestOf("a", among=("a", "b", "c")), {**TWICE, "c": BASE}, "supported"),
        (BestOf("a", among=("b", "c")), {**TWICE, "c": LOWER}, "undecided"),
        (BestOf("b", among=("a", "c")), {**TWICE, "c": BASE}, "contradicted"),
        (Equivalent("a", "b", margin=0.01), {"a": SAME, "b": BASE}, "supported"),
        (Equivalent("a", "b", margin=0.01), TWICE, "contradicted"),
        (Equivalent("a", "b", margin=0.002), {"a": SAME, "b": BASE}, "undecided"),
        (Reaches("b", value=0.2), TWICE, "supported"),
        (Reaches("b", value=0.15), TWICE, "undecided"),
        (Reaches("b", value=0.1), TWICE, "contradicted"),
        (Reaches(("a", "b"), value=0.125), TWICE, "contradicted"),
        (Reaches(("a", "b"), value=0.2), TWICE, "supported"),
        (Near("b", value=0.15, margin=0.02), TWICE, "supported"),
        (Near("b", value=0.15, margin=0.002), TWICE, "undecided"),
        (Near("b", value=0.1, margin=0.02), TWICE, "contradicted"),
        (Near(("a", "b"), value=0.125, margin=0.04), TWICE, "supported"),
        (Near(("a", "b"), value=0.125, margin=0.01), TWICE, "contradicted"),
        (AtChance("b", value=0.15, margin=0.02), TWICE, "supported"),
        (AtChance("b", value=0.15, margin=0.002), TWICE, "undecided"),
        (AtChance("b", value=0.2, margin=0.02), TWICE, "contradicted"),
        (Ordered(("b", "c", "a")), {**TWICE, "c": MIDDLE}, "supported"),
        (Ordered(("a", "c", "b")), {**TWICE, "c": MIDDLE}, "contradicted"),
        (Ordered(("b", "a")), {"a": SAME, "b": BASE}, "undecided"),
        (WinsMostRounds("a", loser="b", share=0.6), TWICE, "supported"),
        (WinsMostRounds("a", loser="b", share=0.75), TWICE, "undecided"),
        (WinsMostRounds("b", loser="a"), TWICE, "contradicted"),
        (Collapses("a"), {"a": STUCK}, "supported"),
        (Collapses("a"), {"a": HALF_STUCK}, "undecided"),
        (Collapses("a"), {"a": LOWER}, "contradicted"),
        (WinsEveryRound("a", loser="b"), TWICE, "supported"),
        (WinsEveryRound("a", loser="b"), {"a": SAME, "b": BASE}, "contradicted"),
        (WinsEveryRound("a", loser="b"), {"a": BASE, "b": BASE}, "contradicted"),
        (BetterFigure("a", of=DIGIT_ERROR, than=Quantity()), {"a": SMALLER_DIGITS}, "supported"),
        (BetterFigure("a", of=Quantity(), than=DIGIT_ERROR), {"a": SMALLER_DIGITS}, "contradicted"),
        (RisesAgain("a", after_epoch=2), {"a": RISING}, "supported"),
        (RisesAgain("a", after_epoch=2), {"a": FALLING}, "contradicted"),
        (RisesAgain("a", after_epoch=2), {"a": WAVERING}, "undecided"),
        (StandsStill("a", after_epoch=2, margin=0.01), {"a": STILL}, "supported"),
        (StandsStill("a", after_epoch=2, margin=0.01), {"a": SINKING}, "contradicted"),
        (StandsStill("a", after_epoch=2, margin=0.002), {"a": STILL}, "undecided"),
        (LearnsFaster("batch", than="batches", iterations=2), FAST, "supported"),
        (LearnsFaster("batches", than="batch", iterations=2), FAST, "contradicted"),
        (ParametersWithin("a", low=PARAMETERS, high=PARAMETERS), TWICE, "supported"),
        (ParametersWithin(("a", "b"), low=1, high=PARAMETERS - 1), TWICE, "contradicted"),
        (AllOf(Better("a", than="b"), Reaches("a", value=0.2)), TWICE, "supported"),
        (AllOf(Better("a", than="b"), Reaches("a", value=0.1)), TWICE, "undecided"),
        (AllOf(Better("a", than="b"), Reaches("a", value=0.05)), TWICE, "contradicted"),
        (Not(Better("a", than="b")), TWICE, "contradicted"),
        (Not(Better("b", than="a", by=0.01)), TWICE, "supported"),
        (Not(AllOf(Better("a", than="b"), Reaches("a", value=0.05))), TWICE, "supported"),
    ],
)
def test_each_kind_of_claim_is_supported_contradicted_or_left_open(
    test: ClaimTest, errors: Mapping[str, Errors], outcome: str
) -> None:
    found = judged(test, **errors)

    assert found.outcome == outcome
    assert found.reason == ("open" if outcome == "undecided" else None)
    counted = isinstance(test, WinsEveryRound | ParametersWithin)
    assert found.is_counted == counted == found.claim.is_counted
    assert (found.p is None) == counted


ALL_KINDS = [
    (Better("a", than="b"), TWICE),
    (BetterBy("a", than="b", about=0.05, margin=0.02), TWICE),
    (BestOf("a", among=("b",)), TWICE),
    (Equivalent("a", "b", margin=0.5), TWICE),
    (Reaches("a", value=0.2), TWICE),
    (Near("a", value=0.1, margin=0.1), TWICE),
    (AtChance("a", value=0.1, margin=0.1), TWICE),
    (Ordered(("b", "a")), TWICE),
    (WinsMostRounds("a", loser="b", share=0.5), TWICE),
    (Collapses("a"), {"a": STUCK}),
    (BetterFigure("a", of=DIGIT_ERROR, than=Quantity()), {"a": SMALLER_DIGITS}),
    (RisesAgain("a", after_epoch=2), {"a": RISING}),
    (StandsStill("a", after_epoch=2, margin=0.01), {"a": STILL}),
    (LearnsFaster("batch", than="batches", iterations=2), FAST),
    (AllOf(Better("a", than="b"), Not(Better("b", than="a"))), TWICE),
]
KINDS = pytest.mark.parametrize(
    ("test", "errors"), ALL_KINDS, ids=[type(test).__name__ for test, _ in ALL_KINDS]
)


@KINDS
def test_every_kind_that_is_tested_needs_six_rounds(
    test: ClaimTest, errors: Mapping[str, Errors]
) -> None:
    five, six = (
        judged(test, **{name: given[-rounds:] for name, given in errors.items()})
        for rounds in (5, 6)
    )

    assert (five.outcome, five.reason, five.p, five.rounds) == ("undecided", "few", None, 5)
    assert (six.outcome, six.rounds) == ("supported", 6)
    assert six.p == pytest.approx(2 * 2**-6)


@KINDS
def test_every_kind_that_is_tested_can_be_looked_at_after_every_round(
    test: ClaimTest, errors: Mapping[str, Errors]
) -> None:
    many = {name: [*given, *given] for name, given in errors.items()}
    looks = [
        verdicts(
            results({name: given[:rounds] for name, given in many.items()}, test),
            method="always_valid",
        )[0]
        for rounds in range(6, 2 * ROUNDS + 1)
    ]

    assert {look.method for look in looks} == {"always_valid"}
    p_values = [look.p for look in looks]
    assert p_values == sorted(p_values, reverse=True)
    assert looks[-1].outcome == "supported"
    # Looking costs: the fixed test had decided at the first of these looks.
    assert looks[0].outcome == "undecided"


def test_figures_are_in_the_metrics_unit_and_above_zero_where_the_first_is_better() -> None:
    (leaf,) = judged(Better("a", than="b", by=0.01), **TWICE).comparisons

    assert isinstance(leaf, Measured)
    gaps = (0.051, 0.049, 0.047, 0.050, 0.055, 0.048, 0.052, 0.046)
    assert leaf.figures == pytest.approx(gaps)
    assert leaf.evidence.mean == pytest.approx(sum(gaps) / ROUNDS)
    # Of the 36 averages of two gaps the middle two.
    assert leaf.evidence.estimate == pytest.approx(0.0495)
    assert (leaf.bound, leaf.asserted, leaf.rounds) == (0.01, "above", tuple(range(ROUNDS)))
    assert leaf.contrast.variants == ("a", "b")
    assert leaf.evidence.wins.won == ROUNDS


def test_an_accuracy_reaches_its_value_from_below() -> None:
    found = [
        verdicts(accurate(results(TWICE, Reaches("b", value=value))))[0] for value in (0.8, 0.9)
    ]

    assert [each.outcome for each in found] == ["supported", "contradicted"]
    (leaf,) = found[0].comparisons
    assert isinstance(leaf, Measured)
    assert leaf.figures == pytest.approx([1 - error for error in BASE])
    assert (leaf.bound, leaf.asserted) == (0.8, "above")


def test_better_by_about_is_equivalence_around_that_much() -> None:
    shifted = {"a": less(BASE, *[0.05] * ROUNDS), "b": SAME}

    about = judged(BetterBy("a", than="b", about=0.05, margin=0.004), **shifted)
    around_zero = judged(Equivalent("a", "b", margin=0.004), a=BASE, b=SAME)

    assert about.p == around_zero.p
    assert about.outcome == around_zero.outcome


def test_near_is_at_chance_but_for_trials_that_diverged() -> None:
    ran: Errors = [0.51, 0.50, 0.49, 0.50, 0.505, 0.495]
    chance = AtChance("a", value=0.5, margin=0.02)
    near = Near("a", value=0.5, margin=0.02)

    assert judged(chance, a=ran).p == judged(near, a=ran).p

    # One that diverged has learnt nothing, as chance has; it is no value near anything.
    broken = [*ran, *[DIVERGED] * 3]
    assert judged(chance, a=broken).outcome == "supported"
    (leaf,) = judged(chance, a=broken).comparisons
    assert isinstance(leaf, Measured)
    assert (leaf.figures[-3:], leaf.diverged) == ((0.5,) * 3, 3)
    assert judged(near, a=broken).outcome == "undecided"
    assert judged(near, a=[DIVERGED] * ROUNDS).outcome == "contradicted"
    assert judged(chance, a=[DIVERGED] * ROUNDS).outcome == "supported"


def test_most_rounds_are_won_by_the_exact_binomial_test() -> None:
    fourteen = {"a": [0.1] * 14 + [0.3], "b": [0.2] * 15}
    found = judged(WinsMostRounds("a", loser="b", share=0.5), **fourteen)

    # 15 heads or 14 of 15 coins: 16 of 2^15 patterns.
    assert found.p == pytest.approx(2 * 16 / 2**15)
    (leaf,) = found.comparisons
    assert isinstance(leaf, Share)
    assert (sum(leaf.outcomes), leaf.share, leaf.rounds) == (14, 0.5, tuple(range(15)))
    assert judged(WinsMostRounds("a", loser="b", share=0.75), **fourteen).outcome == "undecided"


def test_a_tie_is_not_won() -> None:
    won = judged(WinsMostRounds("a", loser="b", share=0.5), a=[0.1] * 8, b=[0.2] * 8)
    tied = judged(WinsMostRounds("a", loser="b", share=0.5), a=[0.1] * 8, b=[0.2] * 4 + [0.1] * 4)

    assert won.outcome == "supported"
    (leaf,) = tied.comparisons
    assert isinstance(leaf, Share)
    assert (sum(leaf.outcomes), tied.outcome) == (4, "undecided")


def test_a_trial_collapses_if_it_diverges_or_ends_near_chance() -> None:
    ran = [near_chance(), near_chance(0.41), DIVERGED, 0.1, near_chance(0.43), 0.2]
    (leaf,) = judged(Collapses("a"), a=ran).comparisons

    assert isinstance(leaf, Share)
    assert leaf.outcomes == (True, False, True, False, True, False)
    assert leaf.diverged == 1


def test_an_order_is_tested_by_each_rounds_agreement_with_it() -> None:
    levels = {"b": BASE, "c": MIDDLE, "a": LOWER}
    turned = {**levels, "c": [*MIDDLE[1:], 0.05]}
    (leaf,) = judged(Ordered(("b", "c", "a")), **turned).comparisons

    assert isinstance(leaf, Measured)
    # In the last round c is below a: the two lower ranks have changed places.
    assert leaf.figures == pytest.approx([1.0] * (ROUNDS - 1) + [0.5])
    assert judged(Ordered(("b", "c", "a")), **levels).p == 2 * 2**-ROUNDS


@pytest.mark.parametrize("rounds", [8, 20, 60])
def test_a_factor_whose_effect_turns_from_round_to_round_is_no_trend(rounds: int) -> None:
    up, down = (0.1, 0.2, 0.3, 0.4), (0.4, 0.3, 0.2, 0.1)
    turning = zip(up, down, strict=True)
    levels = {name: list(both) * (rounds // 2) for name, both in zip("defg", turning, strict=True)}

    found = judged(Ordered(("d", "e", "f", "g")), **levels)

    assert (found.outcome, found.reason) == ("undecided", "open")
    assert found.p is not None
    assert found.p > 0.5


def test_every_round_is_not_won_before_every_round_has_run() -> None:
    started = {"a": LOWER[:4], "b": BASE[:4]}
    (found,) = verdicts(results(started, WinsEveryRound("a", loser="b"), rounds=6))
    assert (found.outcome, found.reason, found.rounds) == ("undecided", "unknown", 4)

    (lost,) = verdicts(results(started, WinsEveryRound("b", loser="a"), rounds=6))
    assert lost.outcome == "contradicted"
    assert judged(WinsEveryRound("a", loser="b"), a=[0.1], b=[0.2]).outcome == "supported"


def test_a_diverged_trial_has_no_curve_to_end() -> None:
    found = judged(RisesAgain("a", after_epoch=2), a=[*RISING[:7], DIVERGED])

    assert (found.rounds, found.outcome) == (7, "supported")
    (leaf,) = found.comparisons
    assert isinstance(leaf, Measured)
    assert leaf.left_out == 1


def test_a_loss_beyond_all_measure_counts_as_any_other() -> None:
    losses = [curve(2e36 * way, 3e35, 0.4, 0.3) for way in range(1, ROUNDS + 1)]

    assert judged(RisesAgain("a", after_epoch=1), a=losses).outcome == "contradicted"


def test_parameters_are_counted_one_variant_at_a_time() -> None:
    (leaf,) = judged(ParametersWithin(("a", "b"), low=1, high=9_999), **TWICE).comparisons

    assert isinstance(leaf, Counted)
    assert leaf.fact == Sizes((("a", PARAMETERS), ("b", PARAMETERS)), 1, 9_999)


@pytest.mark.parametrize(
    "test",
    [
        Better("a", than="twin"),
        Equivalent("a", "twin", margin=0.1),
        Ordered(("a", "twin")),
        WinsMostRounds("a", loser="twin"),
        WinsEveryRound("a", loser="twin"),
        LearnsFaster("batch", than="twin", iterations=2),
    ],
    ids=lambda test: type(test).__name__,
)
def test_variants_that_are_one_cannot_be_told_apart(test: ClaimTest) -> None:
    first = test.compared[test.named[0]][0]
    one = variant(first)
    variants = (one, one.replace(name="twin"))
    ran = [batches(0.5, 0.1) for _ in range(ROUNDS)]
    (found,) = verdicts(results({first: ran, "twin": ran}, test, variants=variants))

    assert (found.outcome, found.reason, found.p) == ("undecided", "unknown", None)
    (leaf,) = found.comparisons
    assert isinstance(leaf, Counted)
    assert leaf.fact == SameTrials()


WIDTHS = Search(
    name="widths",
    task=TASK.replace(validation=10),
    candidates=grid(
        lambda width: Variant(
            name="m", model=Network(Linear(width), Linear(2), Head("comparison"))
        ),
        {"width": (2, 4, 8)},
    ),
    rerun=False,
)


def searched(*errors: float | None) -> Verdict:
    """Return the verdict that a search chose the width 4, from errors on validation."""
    claim = Claim(id="X", quote="q", test=SearchChose("widths", (("width", 4),)))
    declared = Study(
        name="s", task=TASK, variants=(variant("a"),), searches=(WIDTHS,), claims=(claim,), rounds=2
    )
    search = WIDTHS.replace(candidates=WIDTHS.candidates[: len(errors)])
    tried = tuple(
        Tried(candidate, (None if e is None else made(test=(0.1,), validation=(e,)),))
        for candidate, e in zip(search.candidates, errors, strict=True)
    )
    (verdict,) = verdicts(
        Results(
            declared.replace(searches=(search,)),
            declared,
            Overrides(),
            {"a": (None, None)},
            searches=(SearchResults(search, tried),),
        )
    )
    return verdict


@pytest.mark.parametrize(
    ("errors", "outcome", "chosen", "lead"),
    [
        ((0.3, 0.1, 0.2), "supported", 4, None),
        ((0.1, 0.3, 0.2), "undecided", 2, 0.2),
        ((0.3, 0.1, None), "undecided", None, None),
        ((0.3, 0.1), "undecided", None, None),
    ],
)
def test_a_searchs_choice_is_a_fact_once_all_candidates_have_run(
    errors: tuple[float | None, ...], outcome: str, chosen: int | None, lead: float | None
) -> None:
    found = searched(*errors)

    assert found.outcome == outcome
    assert found.reason == (None if outcome == "supported" else "unknown")
    assert found.p is found.rounds is None
    (leaf,) = found.comparisons
    assert isinstance(leaf, Counted)
    assert isinstance(leaf.fact, Choice)
    assert leaf.fact.chosen == (() if chosen is None else (("width", chosen),))
    assert leaf.fact.lead == (None if lead is None else pytest.approx(lead))
    assert (leaf.fact.tried, leaf.fact.declared) == (len(errors), 3)
    answered = sum(error is not None for error in errors)
    assert (leaf.fact.answered, leaf.fact.expected) == (answered, len(errors))


@pytest.mark.parametrize("study", BUILT_IN, ids=lambda study: study.name)
def test_before_anything_has_run_only_parameters_are_known(study: Study) -> None:
    histories = {v.name: (None,) * study.rounds_of(v) for v in study.variants}
    searches = tuple(
        SearchResults(s, tuple(Tried(c, (None,) * s.rounds) for c in s.tried))
        for s in study.searches
    )
    found = verdicts(Results(study, study, Overrides(), histories, searches=searches))

    assert len(found) == len(study.claims)
    for verdict in found:
        facts = [leaf.fact for leaf in verdict.comparisons if isinstance(leaf, Counted)]
        if verdict.outcome != "undecided":
            assert all(isinstance(fact, Sizes) for fact in facts)
        assert verdict.p is None
    counted = [leaf for each in found for leaf in each.comparisons if isinstance(leaf, Counted)]
    for leaf in counted:
        assert (leaf.holds is not None) == isinstance(leaf.fact, Sizes)
