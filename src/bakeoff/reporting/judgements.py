"""The verdicts and the audit in words and cells, the same for every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.power import MOST_ROUNDS
from bakeoff.analysis.verdicts.parts import Counted, Method, Ranked
from bakeoff.analysis.verdicts.verdicts import Outcome, Verdict, method_of, verdicts
from bakeoff.reporting.audit import Remark, findings, remark
from bakeoff.reporting.compare.words import p_value
from bakeoff.reporting.evidence import evidence_grid, tested
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import counted
from bakeoff.study.claim_tests import Ordered

TESTS: dict[Method, str] = {
    "t_test": "paired t-test",
    "permutation": "permutation test",
    "always_valid": "always-valid test",
}

PAGE = "Page's test"

SYMBOLS: dict[Outcome, str] = {
    "supported": "\N{CHECK MARK}",
    "contradicted": "\N{BALLOT X}",
    "undecided": "?",
}
"""What stands before a verdict's word, so that it is known without its colour."""


@dataclass(frozen=True)
class Judgement:
    """A claim and its verdict for a reader.

    Attributes:
        id: the claim's, ``Z1``.
        quote: the claim in the source's words.
        outcome: ``supported``, ``contradicted`` or ``undecided``.
        adjusted: the p-value that decides; None where it is counted, or nothing has been tested.
        sentence: the evidence in plain words.
        note: what was chosen in turning the words into a test; maybe empty.
        rounds: of the comparison that has the fewest; None where rounds do not matter.
        facts: what holds of the claim as a whole, as terms and values: its p-values, its rounds.
        counts: what was counted rather than tested, a sentence each.
        comparisons: the evidence, a row for each comparison; None where all is counted.
    """

    id: str
    quote: str
    outcome: Outcome
    adjusted: float | None
    sentence: str
    note: str
    rounds: int | None
    facts: tuple[tuple[str, str], ...]
    counts: tuple[str, ...]
    comparisons: Grid | None

    @property
    def symbol(self) -> str:
        """What stands for the outcome: a tick, a cross, a question mark."""
        return SYMBOLS[self.outcome]

    @property
    def has_more(self) -> bool:
        """Whether there is more to show than the sentence says."""
        return self.comparisons is not None or len(self.counts) > 1 or bool(self.note)


def judgements(results: Results) -> tuple[Judgement, ...]:
    """Return every claim of the study as run with its verdict, in order; empty without claims."""
    found, method = verdicts(results), method_of(results)
    family = sum(verdict.p is not None for verdict in found)
    return tuple(_judgement(verdict, method, family) for verdict in found)


def verdicts_grid(results: Results) -> Grid | None:
    """Return the table of verdicts, a row for each claim; None where there are no claims."""
    return grid_of(judgements(results), results)


def grid_of(judged: Sequence[Judgement], results: Results) -> Grid | None:
    """Return the table of verdicts that have been made already; None for none."""
    if not judged:
        return None
    return Grid(
        caption=f"Verdicts: {tally(judged)}. {rule(judged, results)}",
        columns=(Column("Claim", "text"), Column("Verdict", "text"), Column("Evidence", "text")),
        rows=tuple((f"{one.id}. {one.quote}", one.outcome, one.sentence) for one in judged),
    )


def tally(judged: Sequence[Judgement]) -> str:
    """Return ``"6 supported, 2 contradicted, 5 undecided"``, without what there is none of."""
    numbers = {word: sum(one.outcome == word for one in judged) for word in SYMBOLS}
    return ", ".join(f"{n} {word}" for word, n in numbers.items() if n) or "no claims"


def rule(judged: Sequence[Judgement], results: Results) -> str:
    """Return by which rule the verdicts are given, in a sentence or two."""
    family = sum(one.adjusted is not None for one in judged)
    if not family:
        return "Nothing has been tested."
    over = (
        f"Holm's method over the {counted(family, 'claim')} tested"
        if family > 1
        else "no other claim: one is tested"
    )
    if method_of(results) == "always_valid":
        return (
            "Rule: an always-valid test of paired rounds, which may be looked at after every "
            f"round; p-values adjusted by {over}; decided at 5%."
        )
    tests = (test for claim in results.study.claims for test in claim.tests())
    orders = f" (of orders: {PAGE})" if any(isinstance(test, Ordered) for test in tests) else ""
    return f"Rule: paired t-test{orders}; p-values adjusted by {over}; decided at 5%."


def untested(results: Results) -> str:
    """Return how many of the declared claims this run cannot test; empty where it tests all."""
    left_out = len(results.declared.claims) - len(results.study.claims)
    if left_out <= 0:
        return ""
    return (
        f"{counted(left_out, 'claim')} of {len(results.declared.claims)} cannot be tested in this "
        "run, which leaves out what they are about."
    )


def remarks(results: Results) -> tuple[Remark, ...]:
    """Return what in the trials warns against the conclusions, the gravest first."""
    return tuple(remark(found, results.study) for found in findings(results))


def _judgement(verdict: Verdict, method: Method, family: int) -> Judgement:
    claim = verdict.claim
    counts = (leaf for leaf in verdict.comparisons if isinstance(leaf, Counted))
    return Judgement(
        id=claim.id,
        quote=claim.quote,
        outcome=verdict.outcome,
        adjusted=verdict.adjusted,
        sentence=verdict.sentence,
        note=claim.note,
        rounds=verdict.rounds,
        facts=_facts(verdict, method, family),
        counts=tuple(f"{leaf.text}." for leaf in counts),
        comparisons=evidence_grid(verdict.comparisons),
    )


def _facts(verdict: Verdict, method: Method, family: int) -> tuple[tuple[str, str], ...]:
    facts = []
    if verdict.p is not None:
        facts = [
            (f"p, {_test(verdict, method)}", p_value(verdict.p)),
            (f"p, adjusted for {counted(family, 'claim')}", p_value(verdict.adjusted)),
            ("p, permutation test", p_value(verdict.permutation_p)),
        ]
    if verdict.rounds is not None:
        facts.append(("Rounds", f"{verdict.rounds:,}"))
        if not verdict.is_counted:
            facts.append(("Rounds to settle it (80% power)", rounds_needed(verdict.rounds_needed)))
    return tuple(facts)


def _test(verdict: Verdict, method: Method) -> str:
    """Return the name of the test that gives the claim's p-value."""
    ranked = [isinstance(leaf, Ranked) for leaf in tested(verdict.comparisons)]
    if method == "always_valid" or not any(ranked):
        return TESTS[method]
    return PAGE if all(ranked) else f"{TESTS[method]} and {PAGE}"


def rounds_needed(rounds: int | None) -> str:
    """Return a number of rounds that would settle something, or that none worth naming would."""
    return f"over {MOST_ROUNDS:,}" if rounds is None else f"{rounds:,}"
