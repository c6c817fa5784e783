"""The parts of a claim: figures held against a bound, ranks along an order, facts that are counted.

A claim is one part, or a tree of them: `Together` and `Contrary` put parts together. Whatever a
part rests on, it answers two questions: what do these rounds say (`Sides`), and how many rounds
would settle it (`Plan`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from bakeoff.analysis.statistics.equivalence import Equivalence
from bakeoff.analysis.statistics.paired import Evidence
from bakeoff.analysis.statistics.power import (
    MOST_ROUNDS,
    POWER,
    fewest_rounds,
    rounds_for_equivalence,
    rounds_needed,
)
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.statistics.sequential import always_valid
from bakeoff.analysis.statistics.sides import UNKNOWN, Sides, between
from bakeoff.analysis.statistics.trend import Trend
from bakeoff.analysis.verdicts.words import Scale, Words

Method: TypeAlias = Literal["t_test", "permutation", "always_valid"]
"""Which p-values decide: those of the t-test, of the permutation test, or, where rounds are added
until a claim is decided, those that may be looked at after every round."""

Asserted: TypeAlias = Literal["above", "below", "within"]

FEWEST = 2
"""With fewer rounds nothing is tested."""


class Plan(NamedTuple):
    """Rounds altogether that would probably support a part, and contradict it; None for never."""

    support: int | None
    contradict: int | None

    def negated(self) -> Plan:
        """Return the plan of the contrary."""
        return Plan(self.contradict, self.support)


@dataclass(frozen=True)
class Measured:
    """Figures of rounds, of which a claim says where their mean lies.

    Attributes:
        variants: whose figures they are: one, or two whose difference they are.
        asserted: the mean is said to lie above the bound, below it, or within a margin of it.
        scale: of the figures.
        words: what to say of a mean.
        question: what is open while it is undecided: ``"which of the two is better"``.
        figures: one for each round used, in order. Of two variants: by how much the first is
            better.
        rounds: the rounds' numbers, from 0.
        evidence: what the figures say of "the mean is above the bound".
        equivalence: what they say of "the mean is within a margin of the bound"; None unless
            that is asserted.
        diverged: trials among them that diverged; they count as the worst, or as chance where
            chance is asserted.
        left_out: rounds that have run and give no figure.
    """

    variants: tuple[str, ...]
    asserted: Asserted
    scale: Scale
    words: Words
    question: str
    figures: tuple[float, ...]
    rounds: tuple[int, ...]
    evidence: Evidence
    equivalence: Equivalence | None = None
    diverged: int = 0
    left_out: int = 0

    @property
    def above(self) -> str:
        """What to say before a mean's size where it is above 0: ``"BN beats DP by"``."""
        return self.words.above

    @property
    def below(self) -> str:
        """What to say where it is below 0."""
        return self.words.below

    @property
    def bound(self) -> float:
        """What the mean is held against."""
        return self.evidence.bound

    @property
    def mean(self) -> float:
        """The figures' mean, 0 where there are none."""
        return self.evidence.mean or 0.0

    def sides(self, method: Method) -> Sides:
        """Return what the figures say for the part and against it.

        With fewer than two rounds they say nothing. Where all figures are equal the t-test has
        no spread to judge by, and the permutation test stands in.
        """
        if len(self.figures) < FEWEST:
            return UNKNOWN
        if method == "always_valid":
            return self._looked_at()
        test = self.equivalence or self.evidence
        sides = (test.t_test if method == "t_test" else None) or test.permutation
        return sides.negated() if self.asserted == "below" else sides

    def plan(self, alpha: float) -> Plan:
        """Return how many rounds would settle the part at a two-sided level, 80% of the time.

        Two where fewer have run, for nothing can be said of their spread.
        """
        if self.evidence.distance is None or self.evidence.sd is None:
            return Plan(FEWEST, FEWEST)
        distance = round(self.evidence.distance, DECIMALS)
        sd = 0.0 if self.evidence.t_test is None else self.evidence.sd
        margin = 0.0 if self.equivalence is None else self.equivalence.margin
        if margin and abs(distance) < margin:
            support = rounds_for_equivalence(distance, sd, margin, alpha=alpha / 2)
            return Plan(_enough(support, sd, alpha), None)
        beyond = abs(distance) - margin
        rounds = _enough(rounds_needed(beyond, sd, alpha=alpha), sd, alpha) if beyond else None
        holds = not margin and (distance > 0) == (self.asserted == "above")
        return Plan(rounds, None) if holds else Plan(None, rounds)

    def _looked_at(self) -> Sides:
        if self.equivalence is None:
            sides = always_valid(self.figures, bound=self.bound)[-1]
            return sides.negated() if self.asserted == "below" else sides
        margin = self.equivalence.margin
        low, high = (always_valid(self.figures, bound=self.bound + m) for m in (-margin, margin))
        return between(low[-1], high[-1])


@dataclass(frozen=True)
class Ranked:
    """Figures of rounds along an order of variants.

    Attributes:
        variants: from the worst, as claimed, to the best.
        scale: of the figures.
        trend: of how good they are; its agreement is 1 where they get better all the way.
        figures: as printed, but that higher ones are better; one row for each round.
        rounds: the rounds' numbers, from 0.
        diverged: trials among them that diverged; they count as the worst.
        left_out: rounds that have run and give no figure.
    """

    variants: tuple[str, ...]
    scale: Scale
    trend: Trend
    figures: tuple[tuple[float, ...], ...]
    rounds: tuple[int, ...]
    diverged: int = 0
    left_out: int = 0

    @property
    def question(self) -> str:
        """What is open while it is undecided."""
        return f"whether it {self.scale.rises} along this order"

    def sides(self, method: Method) -> Sides:
        """Return the sides of Page's test, or of bets on each round's agreement."""
        if len(self.rounds) < FEWEST:
            return UNKNOWN
        if method == "always_valid":
            return always_valid(self.trend.agreement)[-1]
        return self.trend.page

    def plan(self, alpha: float) -> Plan:
        """Return how many rounds would settle the trend at a two-sided level, 80% of the time.

        From the normal distribution of the rounds' mean agreement, whose variance is
        1 / (levels - 1) where there is no trend, and as seen where there is one.
        """
        if len(self.rounds) < FEWEST:
            return Plan(FEWEST, FEWEST)
        levels, agreement = len(self.variants), np.array(self.trend.agreement)
        mean, sd = float(agreement.mean()), float(agreement.std(ddof=1))
        if not mean:
            return Plan(None, None)
        normal = NormalDist()
        null = normal.inv_cdf(1 - alpha / 2) / math.sqrt(levels - 1)
        rounds = math.ceil(((null + normal.inv_cdf(POWER) * sd) / mean) ** 2)
        fewest = fewest_rounds(alpha, arrangements=math.factorial(levels))
        settled = max(rounds, fewest) if rounds <= MOST_ROUNDS else None
        return Plan(settled, None) if mean > 0 else Plan(None, settled)


@dataclass(frozen=True)
class Counted:
    """A fact that is counted, not tested.

    Attributes:
        variants: whose fact it is, empty for a search.
        holds: whether the fact is as claimed; None while it is not known.
        text: the fact.
        needed: rounds altogether that would tell; None where rounds do not matter.
        rounds: the rounds' numbers, from 0, where it is counted over rounds.
    """

    variants: tuple[str, ...]
    holds: bool | None
    text: str
    needed: int | None = None
    rounds: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Together:
    """All parts hold."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Contrary:
    """A part does not hold."""

    part: Part


Leaf: TypeAlias = Measured | Ranked | Counted
Part: TypeAlias = Leaf | Together | Contrary


def _enough(rounds: int | None, sd: float, alpha: float) -> int | None:
    # Equal figures are left to the permutation test, which needs some rounds to reject at all.
    return rounds if rounds is None or sd else max(rounds, fewest_rounds(alpha))
