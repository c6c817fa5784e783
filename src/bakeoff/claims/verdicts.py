"""Verdicts: whether a study's results support a claim, contradict it, or leave it undecided.

The rule. The signed-rank test judges what a claim says of the typical difference or the typical
value. A claim of several comparisons is tested by all of them together (`sides.all_of`). Its
two-sided p-value is adjusted by Holm's method for all claims that the study declares and that are
tested, even if only a part of them is run or shown. At 0.05 or below, the claim is supported or
contradicted, by the direction of the data. Otherwise it is undecided. So the chance of any wrong
verdict in a study is at most 5%, as far as differences are symmetric about the typical one;
`benchmarks/false_verdicts.py` measures it.

There is no verdict with fewer than six rounds, and none before the requested rounds have run: who
looks earlier could add rounds until chance shows a difference. The p-values are those that hold
after any number of rounds if rounds were added to those declared, or to those after which a verdict
was first shown, or if rounds are added until claims are decided. They are doubled if a verdict by
the signed-rank test was shown before, for that verdict had its own 5%.

Facts that are counted have no p-value and take no part in Holm's correction: numbers of parameters,
the choice of a search, and whether one variant won every round. A claim that joins facts and tests
is contradicted by a fact that does not hold; otherwise its tests decide.

Only rounds that all variants of a comparison have run count. A diverged trial is worse than every
other; in a claim of chance it counts as chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.typical import fewest
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.claims.judge import part_of
from bakeoff.claims.parts import Counted, Leaf, Method, Part, leaves, said, unsettled
from bakeoff.errors import StudyError
from bakeoff.study.claims import Claim
from bakeoff.study.study import Study

Outcome: TypeAlias = Literal["supported", "contradicted", "undecided"]

Reason: TypeAlias = Literal["few", "unfinished", "unknown", "family", "open"]
"""Why a claim is undecided: fewer than six rounds; requested rounds have not run; a fact is not
known yet; it would be decided alone, but not as one of several; chance could explain the
figures."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """The verdict of a study's results on one claim.

    Attributes:
        claim: as declared.
        outcome: ``supported``, ``contradicted`` or ``undecided``.
        reason: why it is undecided; None if it is decided.
        method: the p-values that decide.
        family: how many claims of the study are tested, which Holm's method adjusts for.
        p: the claim's two-sided p-value; None if it is counted, or nothing has been tested.
        adjusted: the same by Holm's method, which decides.
        comparisons: the comparisons of the claim, in its order.
        holds: for each comparison, whether it is as the claim needs it; None if it is open.
        rounds: rounds of the comparison that has the fewest; None if rounds do not matter.
        unsettled: the comparisons of an undecided claim that more rounds could help to decide.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> verdict = verdicts(results)[0]
        >>> verdict.claim.quote, verdict.outcome in {"supported", "contradicted", "undecided"}
        ('It is.', True)
    """

    claim: Claim
    outcome: Outcome
    reason: Reason | None
    method: Method
    family: int
    p: float | None
    adjusted: float | None
    comparisons: tuple[Leaf, ...]
    holds: tuple[bool | None, ...]
    rounds: int | None
    unsettled: tuple[Leaf, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Whether the claim was decided by a count, and not by a test."""
        return self.p is None and self.outcome != "undecided"

    @property
    def sentence(self) -> str:
        """The evidence in plain words, as reports print it."""
        # The text is made by a higher layer, which is imported only here.
        return str(import_module("bakeoff.reporting.text.verdict_sentences").sentence(self))

    def __repr__(self) -> str:
        rounds = self.rounds
        number = "" if rounds is None else f", {rounds} round{'s' * (rounds != 1)}"
        return f"<Verdict {self.claim.id}: {self.outcome}{number}>"

    def __str__(self) -> str:
        return f"{self.claim.id} {self.outcome}: {self.sentence}"

    def _repr_html_(self) -> str:
        """Returns the HTML that a notebook shows."""
        return str(import_module("bakeoff.reporting.write").as_notebook(self))


def verdicts(results: Results, *, method: Method | None = None) -> tuple[Verdict, ...]:
    """Returns a verdict for every claim of the study as run, in its order.

    Args:
        results: of a study, maybe partly run or shortened; claims about variants that were left out
            are missing, but still count in Holm's correction.
        method: which p-values decide, for all claims; None for those that fit each claim
            (`method_of`).

    Raises:
        TypeError: the argument is something else, for example a study.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> [verdict.claim.id for verdict in verdicts(results)]
        ['1']
    """
    if not isinstance(results, Results):
        raise TypeError(
            f"verdicts are of Results, from run or results, not of {type(results).__name__}"
        )
    parts = []
    for claim in results.study.claims:
        part = part_of(claim.test, results)
        if claim.is_counted and _tested(part):
            raise StudyError(
                f"claim {claim.id!r}: {type(claim.test).__name__} has is_counted = True, and its "
                "judge returned a comparison that is tested; leave out is_counted, or return what "
                "is counted."
            )
        parts.append((claim, part, method or method_of(results, claim, _rounds(part))))
    p_values = [_p_value(results, part, method) for _, part, method in parts]
    size = family(results.declared)
    tested = [p for p in p_values if p is not None]
    adjusted = iter(holm([*tested, *[1.0] * max(0, size - len(tested))]))
    return tuple(
        _verdict(results, *each, p, None if p is None else next(adjusted), size)
        for each, p in zip(parts, p_values, strict=True)
    )


def family(study: Study) -> int:
    """Returns how many of a study's claims are tested, and not counted."""
    return sum(not claim.is_counted for claim in study.claims)


def rounds_asked(study: Study) -> int:
    """Returns the fewest rounds after which any of a study's claims could be decided."""
    return fewest(max(1, family(study)), ALPHA)


def method_of(results: Results, claim: Claim, rounds: int | None) -> Method:
    """Returns which p-values decide a claim.

    They are those that hold after any number of rounds if rounds are added until claims are
    decided, if a variant has more rounds than the study declares, or if a verdict was shown after
    fewer rounds. They are doubled if that verdict was one of the signed-rank test.

    Args:
        results: of the study.
        claim: one of its claims.
        rounds: the rounds of its comparisons.
    """
    declared = {variant.name: variant for variant in results.declared.variants}
    added = any(
        results.study.rounds_of(variant)
        > results.declared.rounds_of(declared.get(variant.name, variant))
        for variant in results.study.variants
        if variant.name in claim.variants()
    )
    shown = results.shown.get(claim.id)
    again = shown is not None and rounds is not None and rounds > abs(shown)
    if not (results.overrides.each or added or again):
        return "signed_rank"
    return "always_valid_after_verdict" if shown is not None and shown > 0 else "always_valid"


def _rounds(part: Part) -> int | None:
    counts = [len(leaf.rounds) for leaf, *_ in leaves(part) if leaf.rounds is not None]
    return min(counts, default=None)


def _tested(part: Part) -> list[Leaf]:
    return [leaf for leaf, *_ in leaves(part) if not isinstance(leaf, Counted)]


def _p_value(results: Results, part: Part, method: Method) -> float | None:
    tested = _tested(part)
    if not tested or _few(tested) or (method == "signed_rank" and unfinished(results, tested)):
        return None
    result = said(part, method)
    if result.fact is not None or result.sides is None:
        return None
    return result.sides.two_sided


def _few(tested: Iterable[Leaf]) -> bool:
    return any(len(leaf.rounds or ()) < FEWEST for leaf in tested)


def unfinished(results: Results, tested: Iterable[Leaf]) -> bool:
    """Returns whether requested rounds have not run; failed ones are not waited for."""
    failed = {(each.variant, each.round) for each in results.failures}
    return any(
        history is None and (name, number) not in failed
        for name in {name for leaf in tested for name in leaf.variants}
        for number, history in enumerate(results.histories[name])
    )


def _verdict(
    results: Results,
    claim: Claim,
    part: Part,
    method: Method,
    p: float | None,
    adjusted: float | None,
    size: int,
) -> Verdict:
    tested = _tested(part)
    result = said(part, method)
    supported = result.fact
    if adjusted is not None and adjusted <= ALPHA and result.sides is not None:
        supported = result.sides.leaning
    still = () if supported is not None else unsettled(part, method, ALPHA / max(1, size))
    reason: Reason | None = None
    if supported is None:
        if tested and _few(tested):
            reason = "few"
        elif p is None:
            reason = "unfinished" if tested and unfinished(results, tested) else "unknown"
        elif p <= ALPHA:
            reason = "family"
        else:
            # If only facts are missing, chance is not the reason.
            facts = bool(still) and all(isinstance(leaf, Counted) for leaf in still)
            reason = "unknown" if facts else "open"
    level = 0.0
    if p is not None and adjusted:
        # Holm's factor is the adjusted value over the first, unless that is cut at 1.
        level = ALPHA * p / adjusted if adjusted < 1 else ALPHA / max(1, size)
    outcome: Outcome = (
        "undecided" if supported is None else "supported" if supported else "contradicted"
    )
    comparisons = tuple(leaves(part))
    return Verdict(
        claim=claim,
        outcome=outcome,
        reason=reason,
        method=method,
        family=size,
        p=p,
        adjusted=adjusted,
        comparisons=tuple(leaf for leaf, *_ in comparisons),
        holds=tuple(_holds(*each, method, level) for each in comparisons),
        rounds=_rounds(part),
        unsettled=still,
    )


def _holds(
    leaf: Leaf, negated: bool, pro: int, con: int, method: Method, level: float
) -> bool | None:
    """Returns whether a comparison is as its claim needs it, at the claim's level."""
    if isinstance(leaf, Counted):
        return leaf.holds if leaf.holds is None or not negated else not leaf.holds
    sides = leaf.sides(method)
    if negated:
        sides = sides.negated()
    if 2 * pro * sides.supporting <= level:
        return True
    return False if 2 * con * sides.opposing <= level else None
