"""The rule by which claims are decided, on invented histories where what is true is known."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.analysis.results import FailedTrial, Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.sequential import always_valid
from bakeoff.claims.composed import Not
from bakeoff.claims.differences import BestOf, Better, Equivalent
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.levels import Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.parts import Measured
from bakeoff.claims.shares import WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import Verdict, family, rounds_asked, verdicts
from bakeoff.study.claims import ClaimTest
from bakeoff.study.study import Overrides
from made_study import (
    BASE,
    DIVERGED,
    LOWER,
    SAME,
    TWICE,
    Errors,
    judged,
    less,
    results,
    shortened,
)

BETTER = Better("a", than="b")


def leads(*of: float) -> dict[str, list[float]]:
    """Return errors of which b's are so much higher, in hundredths."""
    return {"a": [0.3] * len(of), "b": [round(0.3 + lead / 100, 6) for lead in of]}


@pytest.mark.parametrize(
    ("given", "p", "estimate", "interval"),
    [
        # No rank lies below: 1 of 2^6 patterns is as extreme on either side. The interval ends at
        # the lowest and the highest of the averages of two leads.
        ((1, 2, 3, 4, 5, 6), 2 / 64, 3.5, (1, 6)),
        # Rank 1 below: 2 of 2^7 patterns, the sums 0 and 1. Sums up to 2 reject a bound, so the
        # interval ends at the third average from below, after -1 and 0.5, and from above.
        ((7, 6, 5, 4, 3, 2, -1), 4 / 128, 4, (1, 6)),
        # Rank 2 below: the sums 0, 1 and 2. The middle two of 28 averages are 3.5 and 4.
        ((7, 6, 5, 4, 3, -2, 1), 6 / 128, 3.75, (0.5, 6)),
        # Rank 3 below: {}, 1, 2, 3 and 1 + 2 are five patterns.
        ((7, 6, 5, 4, -3, 2, 1), 10 / 128, 3.5, (-0.5, 6)),
        # A lead of nothing has the lowest rank, and no sign: one of 2^6 patterns is left.
        ((0, 1, 2, 3, 4, 5, 6), 2 / 64, 3, (1, 5)),
        # Six that tie share a rank, and the loss ranks below them: 2 of 2^7. Above 0.5 the loss
        # lies farther off than they do, and 23 patterns are as extreme.
        ((2, 2, 2, 2, 2, 2, -1), 4 / 128, 2, (0.5, 2)),
    ],
)
def test_p_estimate_and_interval_are_those_worked_out_by_hand(
    given: tuple[int, ...], p: float, estimate: float, interval: tuple[float, float]
) -> None:
    found = judged(BETTER, **leads(*given))

    assert (found.method, found.p) == ("signed_rank", p)
    assert found.outcome == ("supported" if p <= 0.05 else "undecided")
    (leaf,) = found.comparisons
    assert isinstance(leaf, Measured)
    assert leaf.evidence.estimate == pytest.approx(estimate / 100)
    assert leaf.evidence.interval == pytest.approx([end / 100 for end in interval])


class TestFewRounds:
    @pytest.mark.parametrize("rounds", range(6))
    def test_below_six_rounds_there_is_no_verdict_and_no_interval(self, rounds: int) -> None:
        found = judged(BETTER, a=LOWER[:rounds], b=BASE[:rounds] or [None])

        assert (found.outcome, found.reason, found.rounds) == ("undecided", "few", rounds)
        assert found.p is found.adjusted is None
        (leaf,) = found.comparisons
        assert isinstance(leaf, Measured)
        assert leaf.evidence.interval is leaf.evidence.t_interval is None
        assert (leaf.evidence.mean is None) == (rounds == 0)

    def test_they_are_those_that_both_have_run(self) -> None:
        gaps = [None, *LOWER[1:7], None]
        found = judged(BETTER, a=gaps, b=[*BASE[:6], None, BASE[7]])

        (leaf,) = found.comparisons
        assert (leaf.rounds, found.rounds) == ((1, 2, 3, 4, 5), 5)
        assert found.reason == "few"

    @pytest.mark.parametrize("method", ["signed_rank", "always_valid"])
    def test_no_method_decides_on_fewer(self, method: str) -> None:
        apart = results({"a": [0.1] * 5, "b": [0.9] * 5}, BETTER)
        (found,) = verdicts(apart, method=method)  # type: ignore[arg-type]

        assert (found.p, found.reason) == (None, "few")

    def test_six_of_one_sign_decide_one_claim_and_not_one_of_two(self) -> None:
        six = {name: errors[:6] for name, errors in {**TWICE, "c": SAME}.items()}
        alone = verdicts(results(six, BETTER))[0]
        of_two = verdicts(results(six, BETTER, Better("c", than="b")))[0]

        assert (alone.outcome, alone.adjusted) == ("supported", 2 / 64)
        assert (of_two.outcome, of_two.reason) == ("undecided", "family")
        assert (of_two.p, of_two.adjusted, of_two.family) == (2 / 64, 4 / 64, 2)

    @pytest.mark.parametrize(("claims", "rounds"), [(1, 6), (2, 7), (3, 7), (4, 8), (6, 8)])
    def test_so_many_rounds_are_asked_for_as_could_decide_one_of_the_claims(
        self, claims: int, rounds: int
    ) -> None:
        tests = [Better("a", than="b", by=number / 100) for number in range(claims)]
        for number, decided in ((rounds - 1, False), (rounds, True)):
            run = results({"a": [0.1] * number, "b": [0.9] * number}, *tests)

            assert rounds_asked(run.study) == rounds
            assert {each.outcome == "supported" for each in verdicts(run)} == {decided}

    def test_a_variant_with_fewer_rounds_is_compared_in_those(self) -> None:
        full = results(TWICE, BETTER)
        one, other = full.study.variants
        capped = full.study.replace(variants=(one.replace(rounds=7), other))
        histories = {"a": full.histories["a"][:7], "b": full.histories["b"]}
        (found,) = verdicts(Results(capped, capped, Overrides(), histories))

        assert (found.rounds, found.p) == (7, 2 / 128)


HOLE: dict[str, Errors] = {"a": [*LOWER[:6], None, LOWER[7]], "b": BASE}


class TestUnfinished:
    def test_nothing_is_decided_before_the_rounds_asked_for_have_run(self) -> None:
        found = judged(BETTER, **HOLE)

        assert (found.outcome, found.reason) == ("undecided", "unfinished")
        assert found.p is found.adjusted is None
        assert found.rounds == 7

    def test_the_always_valid_rule_does_not_wait(self) -> None:
        long = {"a": [*LOWER, *LOWER, None], "b": [*BASE, *BASE, None]}
        (found,) = verdicts(results(long, BETTER), method="always_valid")

        assert found.outcome == "supported"

    def test_a_failed_trial_is_not_waited_for(self) -> None:
        run = results(HOLE, BETTER)
        failed = replace(run, failures=(FailedTrial("a", 6, "out of memory"),))
        (found,) = verdicts(failed)

        assert (found.outcome, found.rounds, found.p) == ("supported", 7, 2 / 128)
        # Neither that of another round, nor that of another variant, is the one that lacks.
        for other in (FailedTrial("a", 5, ""), FailedTrial("b", 6, "")):
            assert verdicts(replace(run, failures=(other,)))[0].reason == "unfinished"

    def test_only_the_variants_of_a_claim_are_waited_for(self) -> None:
        found = verdicts(results({**TWICE, "c": [None] * 8}, BETTER, BestOf("a", among=("b", "c"))))

        assert [each.outcome for each in found] == ["supported", "undecided"]


WEAK = less(BASE, 0.010, -0.001, 0.009, 0.004, 0.008, 0.002, 0.003, 0.005)
FOUR: dict[str, Errors] = {"a": WEAK, "b": BASE, "c": LOWER, "d": SAME}
TESTS = (BETTER, Better("c", than="b"), Better("d", than="b"))


class TestFamily:
    def test_holm_counts_all_claims_that_are_tested(self) -> None:
        (alone,) = verdicts(results(FOUR, BETTER))
        # The loss of 0.1 points ranks lowest: 2 of 2^8 patterns on either side.
        assert (alone.p, alone.adjusted, alone.outcome) == (4 / 256, 4 / 256, "supported")

        strict = (*TESTS, *(Better("d", than="b", by=n / 1000) for n in range(1, 4)))
        among = verdicts(results(FOUR, *strict))

        ps = [each.p for each in among if each.p is not None]
        assert tuple(each.adjusted for each in among) == holm(ps)
        assert {each.family for each in among} == {6}
        assert (among[0].outcome, among[0].reason) == ("undecided", "family")
        assert (among[1].outcome, among[1].adjusted) == ("supported", 6 * 2 / 256)

    @pytest.mark.parametrize(
        "by",
        [
            Overrides(only=("b", "c")),
            Overrides(only=("b", "c", "d")),
            Overrides(epochs=2),
            Overrides(examples=10),
        ],
        ids=str,
    )
    def test_it_is_the_declared_one_whatever_part_of_it_is_shown(self, by: Overrides) -> None:
        epochs = results(FOUR, *TESTS)
        whole = {each.claim.id: each for each in verdicts(epochs)}
        part = {each.claim.id: each for each in verdicts(shortened(epochs, by))}

        assert part["X1"].family == whole["X1"].family == 3
        assert part["X1"].p == whole["X1"].p == 2 / 256
        assert part["X1"].adjusted == whole["X1"].adjusted == 6 / 256
        for id, verdict in part.items():
            assert verdict.p == whole[id].p
            assert (verdict.adjusted or 0) >= (whole[id].adjusted or 0)

    def test_what_is_left_out_counts_as_if_it_said_nothing(self) -> None:
        whole = results(FOUR, *TESTS)
        silent = results({**FOUR, "c": [None] * 8}, *TESTS)
        (part,) = verdicts(shortened(whole, Overrides(only=("a", "b"))))

        assert part.adjusted == holm([4 / 256, 1.0, 1.0])[0]
        # A claim whose rounds have not run yet counts all the same.
        assert verdicts(silent)[0].adjusted == holm([4 / 256, 1.0, verdicts(whole)[2].p])[0]

    def test_what_is_counted_takes_no_part(self) -> None:
        counted = (WinsEveryRound("a", loser="b"), ParametersWithin("a", low=1, high=10))
        alone = results(TWICE, BETTER)
        beside = results(TWICE, BETTER, *counted)

        assert family(alone.study) == family(beside.study) == 1
        assert verdicts(beside)[0].adjusted == verdicts(alone)[0].adjusted
        assert [each.p for each in verdicts(beside)[1:]] == [None, None]

    def test_a_share_of_rounds_takes_part(self) -> None:
        assert family(results(TWICE, BETTER, WinsMostRounds("a", loser="b")).study) == 2

    def test_variants_that_cannot_be_told_apart_take_part(self) -> None:
        run = results(TWICE, BETTER)
        same = run.study.variants[1].replace(name="same")
        (first, second) = verdicts(
            results(
                {**TWICE, "same": BASE},
                BETTER,
                Better("same", than="b"),
                variants=(*run.study.variants, same),
            )
        )

        assert (first.adjusted, first.family) == (4 / 256, 2)
        assert (second.p, second.adjusted, second.outcome) == (None, None, "undecided")


class TestRoundsAdded:
    def method(self, run: Results) -> list[str]:
        return [each.method for each in verdicts(run)]

    def declared(self, run: Results, **rounds: int) -> Results:
        """Return results of a study that declared its variants so many rounds."""
        variants = tuple(v.replace(rounds=rounds.get(v.name, v.rounds)) for v in run.study.variants)
        return replace(run, declared=run.declared.replace(variants=variants))

    def test_as_many_as_declared_and_fewer_are_judged_once(self) -> None:
        run = results(TWICE, BETTER)

        assert self.method(run) == ["signed_rank"]
        assert self.method(shortened(run, Overrides(rounds=7))) == ["signed_rank"]
        assert verdicts(run) == verdicts(run, method="signed_rank")

    def test_more_than_declared_are_judged_by_bets(self) -> None:
        run = results(TWICE, BETTER)
        more = replace(run, declared=run.declared.replace(rounds=7), overrides=Overrides(rounds=8))

        assert self.method(more) == ["always_valid"]
        (found,) = verdicts(more)
        gaps = [b - a for a, b in zip(LOWER, BASE, strict=True)]
        assert found.p == pytest.approx(always_valid(gaps)[-1].two_sided)
        assert found.p > 2 / 256

    def test_one_variant_that_has_more_turns_the_claims_about_it_alone(self) -> None:
        tests = (BETTER, Better("c", than="b"), Reaches("a", value=0.2))
        run = results({**TWICE, "c": SAME}, *tests)

        assert self.method(self.declared(run, a=7)) == [
            *("always_valid", "signed_rank", "always_valid"),
        ]
        assert self.method(self.declared(run, a=8)) == ["signed_rank"] * 3

    def test_rounds_until_decided_turn_all_claims(self) -> None:
        run = results({**TWICE, "c": SAME}, BETTER, Better("c", than="b"))
        each = tuple((variant.name, 8) for variant in run.study.variants)

        assert self.method(replace(run, overrides=Overrides(each=each))) == ["always_valid"] * 2

    @pytest.mark.parametrize(
        ("shown", "method"),
        [
            ({"X0": 7}, "always_valid_after_verdict"),
            ({"X0": 0}, "always_valid"),
            ({"X0": 8}, "signed_rank"),
            ({"X0": 9}, "signed_rank"),
            ({"X1": 7}, "signed_rank"),
            ({}, "signed_rank"),
        ],
    )
    def test_more_than_a_verdict_was_shown_for_turn_its_claim(
        self, shown: Mapping[str, int], method: str
    ) -> None:
        run = results({**TWICE, "c": SAME}, BETTER, Better("c", than="b"))
        found = verdicts(replace(run, shown=shown))

        assert found[0].method == method
        assert found[1].method == ("always_valid_after_verdict" if "X1" in shown else "signed_rank")

    def test_both_rules_stand_in_one_family(self) -> None:
        run = results({**TWICE, "c": SAME}, BETTER, Better("c", than="b"))
        (first, second) = verdicts(replace(run, shown={"X0": 7}))

        assert (first.adjusted, second.adjusted) == holm([first.p, second.p])


class TestDiverged:
    def test_it_is_worse_than_any_trial_that_ends(self) -> None:
        always = [DIVERGED] * 8
        bad = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.99, 1.0]

        assert judged(BETTER, a=bad, b=always).outcome == "supported"
        assert judged(BestOf("b", among=("a",)), a=bad, b=always).outcome == "contradicted"
        assert judged(WinsEveryRound("a", loser="b"), a=bad, b=always).outcome == "supported"
        assert judged(Better("a", than="b", by=0.9), a=bad, b=always).outcome == "supported"
        assert judged(Reaches("b", value=1.0), a=bad, b=always).outcome == "contradicted"

    def test_it_has_the_greatest_rank(self) -> None:
        found = judged(BETTER, a=[*LOWER[:7], DIVERGED], b=BASE)

        (leaf,) = found.comparisons
        assert isinstance(leaf, Measured)
        assert leaf.figures[-1] == -np.inf
        assert (leaf.diverged, found.rounds) == (1, 8)
        # 25 of 2^8 patterns have ranks that sum to 8 or less.
        assert found.p == 2 * 25 / 256

    def test_two_in_one_round_tie(self) -> None:
        both = judged(BETTER, a=[*LOWER[:7], DIVERGED], b=[*BASE[:7], DIVERGED])
        level = judged(BETTER, a=[*LOWER[:7], 0.3], b=[*BASE[:7], 0.3])

        assert both.p == level.p == 2 / 128
        (leaf,) = both.comparisons
        assert isinstance(leaf, Measured)
        assert (leaf.figures[-1], leaf.diverged) == (0.0, 2)
        assert leaf.evidence.wins.tied == 1
        always = judged(BETTER, a=[DIVERGED] * 8, b=[DIVERGED] * 8)
        assert (always.p, always.outcome) == (1.0, "undecided")

    @settings(max_examples=80)
    @given(
        st.lists(st.integers(1, 400), min_size=8, max_size=8, unique=True),
        st.lists(st.sampled_from([1, 1, 1, -1]), min_size=8, max_size=8),
        st.integers(0, 7),
        st.sampled_from([0.05, 0.35, None]),
    )
    def test_a_rivals_worse_round_never_weakens_a_verdict(
        self, sizes: list[int], signs: list[int], place: int, worse: float | None
    ) -> None:
        # Errors in thousandths, leads that differ in size; worse by 0.0005 more, so that none tie.
        gaps = [size * sign / 1000 for size, sign in zip(sizes, signs, strict=True)]
        rival: list = [0.5 + gap for gap in gaps]
        before = judged(BETTER, a=[0.5] * 8, b=rival)
        rival[place] = DIVERGED if worse is None else rival[place] + worse + 0.0005
        after = judged(BETTER, a=[0.5] * 8, b=rival)

        (one,), (other,) = before.comparisons, after.comparisons
        assert isinstance(one, Measured)
        assert isinstance(other, Measured)
        assert other.evidence.sides.supporting <= one.evidence.sides.supporting
        assert (other.evidence.estimate or 0) >= (one.evidence.estimate or 0)
        if before.outcome == "supported":
            assert after.outcome == "supported"
        if after.outcome == "contradicted":
            assert before.outcome == "contradicted"


class TestOpen:
    def test_comparisons_that_hold_do_not_keep_a_claim_open(self) -> None:
        test = Better("a", than=("b", "c", "d"))
        errors: dict[str, Errors] = {**TWICE, "c": [*LOWER[1:], 0.1], "d": [None] * 8}
        for each in (test, Not(test)):
            found = judged(each, **errors)

            assert found.outcome == "undecided"
            assert [leaf.variants for leaf in found.unsettled] == [("a", "c"), ("a", "d")]

    def test_nothing_keeps_a_decided_claim_open(self) -> None:
        found = verdicts(
            results(
                {**TWICE, "c": SAME},
                *(BETTER, Better("b", than="a")),
                *(WinsEveryRound("c", loser="b"), Better("c", than="b")),
            )
        )

        assert [len(each.unsettled) for each in found] == [0, 0, 0, 1]

    def test_each_comparison_is_told_to_hold_or_not(self) -> None:
        test = Better("a", than=("b", "c", "d"))
        found = judged(test, **TWICE, c=less(LOWER, *[0.01] * 8), d=[*LOWER[1:], 0.1])

        assert found.outcome == "contradicted"
        assert [leaf.variants[1] for leaf in found.comparisons] == ["b", "c", "d"]
        assert found.holds == (True, False, None)


def test_verdicts_are_of_results_and_of_nothing_else() -> None:
    with pytest.raises(TypeError, match="verdicts are of Results, from run or results, not of St"):
        verdicts(results(TWICE, BETTER).study)  # type: ignore[arg-type]


OTHER = {"supported": "contradicted", "contradicted": "supported", "undecided": "undecided"}
pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=6, max_size=12)


def counts(drawn: list[tuple[int, int]]) -> dict[str, list[float]]:
    return {"a": [a / 100 for a, _ in drawn], "b": [b / 100 for _, b in drawn]}


@settings(max_examples=40)
@given(pairs)
def test_the_contrary_has_the_contrary_verdict(drawn: list[tuple[int, int]]) -> None:
    errors = counts(drawn)
    one = judged(BETTER, **errors)

    for contrary in (Better("b", than="a"), Not(BETTER)):
        other = judged(contrary, **errors)
        assert other.p == one.p
        assert other.outcome == OTHER[one.outcome]


@settings(max_examples=40)
@given(pairs, st.integers(0, 5))
def test_what_is_better_by_more_is_better_by_less(
    drawn: list[tuple[int, int]], points: int
) -> None:
    errors = counts(drawn)
    more = judged(Better("a", than="b", by=(points + 1) / 100), **errors)
    fewer = judged(Better("a", than="b", by=points / 100), **errors)

    assert not (more.outcome == "supported" and fewer.outcome == "contradicted")


@settings(max_examples=40)
@given(pairs)
def test_the_order_of_the_rounds_changes_nothing(drawn: list[tuple[int, int]]) -> None:
    one, other = (judged(BETTER, **counts(order)) for order in (drawn, drawn[::-1]))

    assert (one.p, one.outcome, one.holds) == (other.p, other.outcome, other.holds)


LOOKS = 22


@pytest.mark.parametrize("seed", range(4))
def test_with_a_look_after_every_round_p_never_rises_and_no_verdict_turns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    apart = {"a": 0.0, "b": 0.0, "c": 0.02, "d": 0.05}
    errors = {
        name: (0.2 + more + rng.normal(0, 0.01, LOOKS)).round(3).tolist()
        for name, more in apart.items()
    }
    tests: tuple[ClaimTest, ...] = (
        *(Better("a", than="b"), Better("a", than=("c", "d")), BestOf("d", among=("a", "b"))),
        *(Equivalent("a", "b", margin=0.05), Ordered(("d", "c", "a"))),
    )
    looks: list[tuple[Verdict, ...]] = [
        verdicts(results({n: e[:r] for n, e in errors.items()}, *tests), method="always_valid")
        for r in range(6, LOOKS + 1)
    ]

    for before, after in pairwise(looks):
        for one, other in zip(before, after, strict=True):
            assert (other.adjusted or 0) <= (one.adjusted or 0)
            assert one.outcome in {"undecided", other.outcome}
    outcomes = [each.outcome for each in looks[-1]]
    assert outcomes == ["undecided", "supported", "contradicted", "supported", "supported"]
