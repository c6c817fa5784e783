"""The parts of a claim: figures beside a bound, shares of rounds, facts that are counted.

A claim is one part or a tree of parts, which `Together` and `Contrary` combine. A tested part has
two kinds of p-value: one that holds after the declared rounds (`signed_rank`), and one that holds
after any number of rounds, even if rounds were added (`always_valid`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.statistics.binomial import more_often
from bakeoff.analysis.statistics.equivalence import within
from bakeoff.analysis.statistics.evidence import Evidence
from bakeoff.analysis.statistics.sequential import always_valid, always_valid_share
from bakeoff.analysis.statistics.sides import UNKNOWN, Sides, all_of, between
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.analysis.statistics.wins import Wins
from bakeoff.data.metric import Metric
from bakeoff.study.search import Scalar

Method: TypeAlias = Literal["signed_rank", "always_valid", "always_valid_after_verdict"]
"""The p-values that decide: those of the signed-rank test (for shares, the exact binomial test) or,
if rounds were added, those that hold after any number of rounds. These are doubled if a verdict by
the first test was shown before, for that verdict had its own 5%."""

Asserted: TypeAlias = Literal["above", "below", "within"]


@dataclass(frozen=True)
class Measured:
    """Figures of rounds; a claim says where the typical figure lies.

    Figures, bound and margin are in the metric's unit, as it is computed.

    Attributes:
        contrast: the comparison that gives the figures.
        asserted: the claim: above the bound, below it, or within a margin of it.
        figures: one for each round used, in order, infinite if a trial diverged. For two
            variants, the difference, above 0 if the first is better. For an order, the agreement
            of a round with it, from -1 to 1.
        rounds: the rounds' numbers, from 0.
        evidence: the evidence of the figures for "they lie above the bound".
        margin: the greatest distance from the bound; None unless that is asserted.
        diverged: trials among them that diverged.
        left_out: rounds that have run and give no figure.
    """

    contrast: Contrast
    asserted: Asserted
    figures: tuple[float, ...]
    rounds: tuple[int, ...]
    evidence: Evidence
    margin: float | None = None
    diverged: int = 0
    left_out: int = 0

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants of the figures."""
        return self.contrast.variants

    @property
    def bound(self) -> float:
        """The values that the figures are compared with."""
        return self.evidence.bound

    def sides(self, method: Method) -> Sides:
        """Returns the evidence of the figures for the part and against it."""
        if not self.figures:
            return UNKNOWN
        if method == "signed_rank":
            if self.margin is not None:
                return within(self.figures, self.margin, centre=self.bound)
            sides = signed_rank(self.figures, bound=self.bound)
        elif self.margin is not None:
            ends = (self.bound - self.margin, self.bound + self.margin)
            low, high = (always_valid(self.figures, bound=end)[-1] for end in ends)
            return _after(method, between(low, high))
        else:
            sides = _after(method, always_valid(self.figures, bound=self.bound)[-1])
        return sides.negated() if self.asserted == "below" else sides


@dataclass(frozen=True)
class Share:
    """The rounds in which something happened; the claim is that its share exceeds a given share.

    Attributes:
        contrast: the event.
        outcomes: whether it did, one for each round used, in order.
        rounds: the rounds' numbers, from 0.
        share: the share that the claim says it exceeds.
        diverged: trials among them that diverged.
    """

    contrast: Contrast
    outcomes: tuple[bool, ...]
    rounds: tuple[int, ...]
    share: float
    diverged: int = 0

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants of the rounds."""
        return self.contrast.variants

    def sides(self, method: Method) -> Sides:
        """Returns the sides of the exact binomial test, or of bets that hold at any round."""
        if not self.outcomes:
            return UNKNOWN
        if method == "signed_rank":
            return more_often(sum(self.outcomes), len(self.outcomes), self.share)
        return _after(method, always_valid_share(self.outcomes, self.share)[-1])


def _after(method: Method, sides: Sides) -> Sides:
    return sides.doubled() if method == "always_valid_after_verdict" else sides


@dataclass(frozen=True)
class RoundsWon:
    """The number of rounds in which a variant was better than another by a metric."""

    contrast: Contrast
    wins: Wins


@dataclass(frozen=True)
class Sizes:
    """The parameters of variants, beside a span that includes both ends."""

    sizes: tuple[tuple[str, int], ...]
    low: int
    high: int


@dataclass(frozen=True)
class Choice:
    """The choice of a search.

    Attributes:
        search: its name.
        claimed: factors and the values claimed.
        tried: candidates in this run.
        declared: candidates that the study declares.
        answered: trials that have run.
        expected: trials that it needs.
        rounds: of each candidate.
        chosen: all values of the choice; empty while it is not known.
        lead: the difference of its mean from that of the best candidate as claimed; None if it
            is that candidate, or if no candidate as claimed has finished.
        metric: the metric of `lead`.
    """

    search: str
    claimed: tuple[tuple[str, Scalar], ...]
    tried: int
    declared: int
    answered: int
    expected: int
    rounds: int
    chosen: tuple[tuple[str, Scalar], ...] = ()
    lead: float | None = None
    metric: Metric | None = None


@dataclass(frozen=True)
class SameTrials:
    """Variants that are one network, trained in the same way, so that they cannot differ."""


@dataclass(frozen=True)
class NotChosen:
    """A search has not yet chosen the variant that a claim names."""

    name: str


@dataclass(frozen=True)
class Counted:
    """A fact that is counted, not tested.

    Attributes:
        variants: the variants of the fact, empty for a search.
        holds: whether the fact is as claimed; None while it is not known.
        fact: the numbers. In a user's own kind it may be anything, which reports print.
        needed: the number of rounds that decide it; None if rounds do not matter.
        rounds: the rounds' numbers, from 0, if it is counted over rounds.
    """

    variants: tuple[str, ...]
    holds: bool | None
    fact: RoundsWon | Sizes | Choice | SameTrials | NotChosen | object
    needed: int | None = None
    rounds: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Together:
    """All parts hold; none of them is a `Together` itself."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Contrary:
    """A part does not hold."""

    part: Part


Tested: TypeAlias = Measured | Share
Leaf: TypeAlias = Tested | Counted
Part: TypeAlias = Leaf | Together | Contrary


@dataclass(frozen=True)
class Said:
    """The result of a part.

    Attributes:
        fact: whether it holds, if facts alone decide it; None if they do not.
        sides: the evidence of the rounds; None if there is nothing to test.
    """

    fact: bool | None
    sides: Sides | None


def together(parts: Iterator[Part] | tuple[Part, ...] | list[Part]) -> Part:
    """Returns the part that all of some hold; parts of parts count as parts."""
    flat: list[Part] = []
    for part in parts:
        flat += part.parts if isinstance(part, Together) else (part,)
    return flat[0] if len(flat) == 1 else Together(tuple(flat))


def said(part: Part, method: Method) -> Said:
    """Returns the result of a part.

    If all facts hold, the tests decide. A fact that does not hold contradicts the whole, and needs
    no p-value.
    """
    match part:
        case Counted():
            return Said(part.holds, None)
        case Measured() | Share():
            return Said(None, part.sides(method))
        case Contrary():
            inner = said(part.part, method)
            fact = None if inner.fact is None else not inner.fact
            return Said(fact, inner.sides and inner.sides.negated())
        case Together():
            return _all([said(each, method) for each in part.parts])


def leaves(part: Part, *, negated: bool = False) -> Iterator[tuple[Leaf, bool, int, int]]:
    """Yields the parts that are not made of others, in order.

    Each comes with whether the claim negates it, and with two numbers: among how many parts one
    alone would be enough for the claim, and against it.
    """
    match part:
        case Contrary():
            yield from leaves(part.part, negated=not negated)
        case Together():
            # Facts that hold do not count among the others.
            open_to = [p for p in part.parts if not (isinstance(p, Counted) and p.holds)]
            number = max(1, len(open_to))
            for each in part.parts:
                for leaf, contrary, pro, con in leaves(each, negated=negated):
                    yield leaf, contrary, *((pro * number, con) if negated else (pro, con * number))
        case _:
            yield part, negated, 1, 1


def unsettled(part: Part, method: Method, level: float) -> tuple[Leaf, ...]:
    """Returns the leaves that need more rounds to decide a part.

    If several leaves must all hold, those that hold already at the two-sided level are left out:
    they need no further round, for any result of the others.
    """
    match part:
        case Contrary():
            return unsettled(part.part, method, level)
        case Together(parts=parts):
            still = [each for each in parts if not _holds(each, method, level)]
            return tuple(leaf for each in still for leaf in unsettled(each, method, level))
        case _:
            return (part,)


def _all(parts: list[Said]) -> Said:
    if any(part.fact is False for part in parts):
        return Said(False, None)
    open_parts = [part for part in parts if part.fact is None]
    if not open_parts:
        return Said(True, None)
    if all(part.sides is None for part in open_parts):
        return Said(None, None)
    return Said(None, all_of([part.sides or UNKNOWN for part in open_parts]))


def _holds(part: Part, method: Method, level: float) -> bool:
    result = said(part, method)
    if result.fact is not None or result.sides is None:
        return result.fact is True
    return 2 * result.sides.supporting <= level
