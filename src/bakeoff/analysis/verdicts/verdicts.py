"""Verdicts: which of a study's claims its results support, contradict, or leave open.

The rule. A claim is tested by Student's paired t-test; a claim of several comparisons by all of
them together (`sides.all_of`). Its two-sided p-value is adjusted by Holm's method for all claims of
the study that have one; at 0.05 or below, the claim is supported or contradicted, whichever way the
data lean, and otherwise undecided. So the chance of any wrong verdict in a study is at most 5%, as
far as differences are near enough to normal; `benchmarks/false_verdicts.py` measures it. The
permutation test, the bootstrap and the rounds won stand beside as evidence, and decide nothing,
but where all differences are equal: the t-test then knows no spread, and the permutation test
decides. An order along a factor is tested by Page's test, which asks for no distribution.

What is counted and not tested has no p-value and takes no part in Holm's correction: numbers of
parameters, what a search chose, and whether one variant won every round, which is a fact of these
rounds. A claim that joins facts and tests is contradicted by a fact that does not hold, and
otherwise left to its tests. A search that chose something else contradicts nothing: its choice is
the best of many, and in part the luckiest.

Rounds count that all variants of a comparison have run. A diverged trial counts as
the worst value that the metric can have, or, of a metric without a bound, as the worst measured;
where chance is claimed, as chance. With fewer than
two rounds a claim is undecided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.verdicts.judging import part_of
from bakeoff.analysis.verdicts.parts import FEWEST, Counted, Leaf, Method, Part
from bakeoff.analysis.verdicts.sentences import alone_words, whole_sentence
from bakeoff.analysis.verdicts.together import deciding, has_evidence, leaves, plan, said, unsettled
from bakeoff.study.claims import Claim

ALPHA = 0.05

Outcome: TypeAlias = Literal["supported", "contradicted", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """What a study's results say of one claim.

    Attributes:
        claim: as declared.
        outcome: ``supported``, ``contradicted`` or ``undecided``.
        sentence: the evidence in plain words, that of the weakest comparison where all must hold.
        p: the claim's two-sided p-value; None where it is counted, or nothing has been tested.
        adjusted: the same by Holm's method over the study's claims, which decides.
        permutation_p: what the permutation test would say instead of `p`.
        comparisons: what the claim rests on, in its order, as printed (`parts.Measured`).
        rounds: rounds of the comparison that has the fewest; None where rounds do not matter.
        rounds_needed: rounds altogether that would settle the claim with a chance of 80%, were
            differences and spreads those seen, by the t-test (for an order, by Page's) at the
            level that Holm's method asks of it; 2 where fewer have run, and nothing can be said;
            None where 10,000 would not do, and where a count decided.
        unsettled: the comparisons of an undecided claim that keep it so; of several that must all
            hold, those that do not do so yet.
    """

    claim: Claim
    outcome: Outcome
    sentence: str
    p: float | None
    adjusted: float | None
    permutation_p: float | None
    comparisons: tuple[Leaf, ...]
    rounds: int | None
    rounds_needed: int | None
    unsettled: tuple[Leaf, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Whether the claim was decided by a count, and not by a test."""
        return self.p is None and self.outcome != "undecided"


def verdicts(results: Results, *, method: Method | None = None) -> tuple[Verdict, ...]:
    """Return a verdict for every claim of the study as run, in its order.

    Args:
        results: of a study, maybe partly run or shortened; claims about what was left out are
            missing.
        method: which p-values decide; None for those that fit the results (`method_of`). With
            ``always_valid`` verdicts may be read after every round, and rounds added, in their
            order, until they are there; all claims to be tested then count in Holm's correction
            from the start, so that it does not grow on the way.

    Raises:
        TypeError: given something else, a study perhaps.
    """
    if not isinstance(results, Results):
        raise TypeError(
            f"verdicts are of Results, from run or results, not of {type(results).__name__}"
        )
    method = method or method_of(results)
    claims = results.study.claims
    parts = [part_of(claim.test, results) for claim in claims]
    p_values = [_p_value(part, method) for part in parts]
    family = holm([p for p in p_values if p is not None])
    still_open = sum(adjusted > ALPHA for adjusted in family)
    remaining = iter(family)
    judged = [
        _Judged(claim, part, p, None if p is None else next(remaining), len(family), still_open)
        for claim, part, p in zip(claims, parts, p_values, strict=True)
    ]
    return tuple(_verdict(each, method) for each in judged)


def method_of(results: Results) -> Method:
    """Return which p-values decide in a report of these results."""
    return "always_valid" if results.shortening.each else "t_test"


class _Judged(NamedTuple):
    claim: Claim
    part: Part
    p: float | None
    adjusted: float | None
    family: int
    still_open: int

    @property
    def is_open(self) -> bool:
        return self.adjusted is None or self.adjusted > ALPHA

    @property
    def level(self) -> float:
        """The level at which Holm's method tests the claim.

        That is 0.05 over the number of claims with a p-value; for those still undecided, over
        the number of these.
        """
        return ALPHA / max(1, self.still_open if self.is_open else self.family)


def _verdict(judged: _Judged, method: Method) -> Verdict:
    part, p = judged.part, judged.p
    supported = _supported(judged, method)
    outcome: Outcome = (
        "undecided" if supported is None else "supported" if supported else "contradicted"
    )
    found = leaves(part)
    rounds = min((len(leaf.rounds) for leaf in found if leaf.rounds is not None), default=None)
    needed = _needed(judged, rounds, settled=supported is not None)
    return Verdict(
        claim=judged.claim,
        outcome=outcome,
        sentence=_sentence(judged, method, supported, needed),
        p=p,
        adjusted=judged.adjusted,
        permutation_p=None if p is None else _two_sided(part, "permutation"),
        comparisons=found,
        rounds=rounds,
        rounds_needed=needed,
        unsettled=() if supported is not None else _unsettled(judged, method),
    )


def _unsettled(judged: _Judged, method: Method) -> tuple[Leaf, ...]:
    return unsettled(judged.part, method, ALPHA / max(1, judged.family))


def _needed(judged: _Judged, rounds: int | None, *, settled: bool) -> int | None:
    if rounds is None or (settled and judged.p is None):
        return None
    planned = [each for each in plan(judged.part, judged.level) if each is not None]
    needed = min(planned, default=None)
    # What has not settled it is not enough, whatever the chance was that it would.
    return needed if needed is None or settled else max(needed, rounds + 1, FEWEST)


def _sentence(judged: _Judged, method: Method, supported: bool | None, needed: int | None) -> str:
    found, settled = leaves(judged.part), supported is not None
    facts = [leaf.text for leaf in found if isinstance(leaf, Counted)]
    if len(facts) == len(found):
        return f"{'; '.join(facts)}."
    hinge = deciding(judged.part, method, supported=supported)
    words = whole_sentence(hinge, needed=needed, method=method)
    alone = judged.p is not None and judged.p <= ALPHA and not settled
    return words + alone_words(judged.family) if alone else words


def _supported(judged: _Judged, method: Method) -> bool | None:
    fact, sides = said(judged.part, method)
    if fact is not None or sides is None:
        return fact
    return None if judged.is_open else sides.leaning


def _p_value(part: Part, method: Method) -> float | None:
    if method == "always_valid" or has_evidence(part):
        return _two_sided(part, method)
    return None


def _two_sided(part: Part, method: Method) -> float | None:
    fact, sides = said(part, method)
    return None if fact is not None or sides is None else sides.two_sided
