"""The verdicts and the audit in words and cells, the same for every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakeoff.analysis.failures import Failures, failures
from bakeoff.analysis.results import Results
from bakeoff.analysis.scope import scope_of
from bakeoff.claims.parts import Counted, Measured, Method
from bakeoff.claims.verdicts import Outcome, Verdict, family, verdicts
from bakeoff.reporting.audit import Remark, findings, remark
from bakeoff.reporting.compare.words import p_value
from bakeoff.reporting.evidence import evidence_grid
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.text.scope import failures_lines, scope_words
from bakeoff.reporting.text.verdicts import SHOWN, comparisons, leaf_words, short
from bakeoff.reporting.wording import counted

TESTS: dict[Method, str] = {
    "signed_rank": "signed-rank test",
    "always_valid": "always-valid test",
    "always_valid_after_verdict": "always-valid test, p doubled",
}

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
        method: which p-values decide.
        lines: the evidence in plain words, line by line; of many comparisons those that tell the
            most.
        told: a sentence for each comparison; empty where `lines` tell all of them.
        note: what was chosen in turning the words into a test; maybe empty.
        rounds: of the comparison that has the fewest; None where rounds do not matter.
        facts: what holds of the claim as a whole, as terms and values: its p-values, its rounds.
        failures: how often the variants of a claim about pairs fail, a sentence for each or for
            several; empty for other claims.
        counts: what was counted rather than tested, a sentence each.
        comparisons: the evidence, a row for each comparison; None where all is counted.
    """

    id: str
    quote: str
    outcome: Outcome
    adjusted: float | None
    method: Method
    lines: tuple[str, ...]
    told: tuple[str, ...]
    note: str
    rounds: int | None
    facts: tuple[tuple[str, str], ...]
    failures: tuple[str, ...]
    counts: tuple[str, ...]
    comparisons: Grid | None

    @property
    def sentence(self) -> str:
        """The lines as one text."""
        return " ".join(self.lines)

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
    return tuple(_judgement(verdict, results) for verdict in verdicts(results))


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


def _failures(verdict: Verdict, results: Results) -> list[Failures]:
    """Return how often the variants of a claim about pairs fail, each once."""
    told: dict[str, Failures] = {}
    for leaf in verdict.comparisons:
        if isinstance(leaf, Measured) and leaf.contrast.kind == "difference":
            first, second = leaf.variants
            if (leaf.evidence.estimate or 0.0) < 0:
                first, second = second, first
            for name, rival in ((first, second), (second, "")):
                found = failures(results, name, rival=rival)
                if found is not None and (name not in told or told[name].break_even is None):
                    told[name] = found
    return list(told.values())


def rule(judged: Sequence[Judgement], results: Results) -> str:
    """Return by which rule the verdicts are given, in a sentence or two."""
    if all(one.adjusted is None for one in judged):
        return "Nothing has been tested."
    size = family(results.declared)
    over = (
        f"p-values adjusted by Holm's method over the {counted(size, 'claim')} that the study "
        "declares"
        if size > 1
        else "one claim is declared, so that its p-value stands as it is"
    )
    methods = {one.method for one in judged if one.adjusted is not None}
    tests = "signed-rank test of the typical paired difference"
    if "signed_rank" not in methods:
        tests = "always-valid test of paired rounds, which allows a look after every round"
    elif len(methods) > 1:
        tests += ", or the always-valid test where rounds were added after a look"
    if "always_valid_after_verdict" in methods:
        tests += ", p doubled where a verdict was shown before"
    about = scope_words(scope_of(results))
    return f"Rule: {tests}; {over}; decided at 5%. {about}"


def failed(results: Results) -> tuple[str, ...]:
    """Return how often variants fail that do, a sentence for each."""
    found = (failures(results, name) for name in results.histories)
    return failures_lines([each for each in found if each is not None and each.failed])


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


def _judgement(verdict: Verdict, results: Results) -> Judgement:
    claim = verdict.claim
    pairs = zip(verdict.comparisons, verdict.holds, strict=True)
    return Judgement(
        id=claim.id,
        quote=claim.quote,
        outcome=verdict.outcome,
        adjusted=verdict.adjusted,
        method=verdict.method,
        lines=short(verdict),
        told=comparisons(verdict) if len(verdict.comparisons) > SHOWN else (),
        note=claim.note,
        rounds=verdict.rounds,
        facts=_facts(verdict),
        failures=failures_lines(_failures(verdict, results)),
        counts=tuple(
            f"{leaf_words(leaf, holds)}." for leaf, holds in pairs if isinstance(leaf, Counted)
        ),
        comparisons=evidence_grid(verdict.comparisons, verdict.holds, verdict.method),
    )


def _facts(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    facts = []
    if verdict.p is not None:
        facts = [
            (f"p, {TESTS[verdict.method]}", p_value(verdict.p)),
            (f"p, adjusted for {counted(verdict.family, 'claim')}", p_value(verdict.adjusted)),
        ]
    if verdict.rounds is not None:
        facts.append(("Rounds", f"{verdict.rounds:,}"))
    return tuple(facts)
