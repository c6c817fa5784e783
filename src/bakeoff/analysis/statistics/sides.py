"""The two sides of a test, for a claim and against it, and their combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sides:
    """Two one-sided p-values, one for each way in which a claim can be decided.

    Attributes:
        supporting: p-value of the hypothesis that the claim is false; small supports the claim.
        opposing: p-value of the hypothesis that the claim is true; small contradicts it.
    """

    supporting: float
    opposing: float

    @property
    def two_sided(self) -> float:
        """Twice the smaller side, at most 1.

        A verdict at the level `alpha` on this value, in the direction of the smaller side, is
        the verdict of a 1 - alpha confidence interval: if that holds the truth, neither
        verdict is wrong. So one value at the level `alpha` pays for both verdicts.
        """
        return min(1.0, 2 * min(self.supporting, self.opposing))

    @property
    def leaning(self) -> bool:
        """Whether the data lean to the claim rather than against it."""
        return self.supporting < self.opposing

    def doubled(self) -> Sides:
        """Returns both sides as the second of two tests has them, by Bonferroni's correction."""
        return Sides(min(1.0, 2 * self.supporting), min(1.0, 2 * self.opposing))

    def negated(self) -> Sides:
        """Returns the sides of the contrary claim."""
        return Sides(self.opposing, self.supporting)


UNKNOWN = Sides(1.0, 1.0)
"""The sides without data."""


def all_of(parts: Sequence[Sides]) -> Sides:
    """Returns the sides of the claim that all parts hold, for example that one is best of a set.

    In support it is an intersection-union test: the claim is false if any part is, so each part
    must be supported at the full level, and the largest of the p-values needs no correction for
    their number (Berger 1982, Technometrics 24, 295-300). Against it, any one part contradicted
    is enough, and the smallest p-value is multiplied by their number (Bonferroni). Both hold
    for any dependence of the parts.

    Raises:
        ValueError: there are no parts.
    """
    if not parts:
        raise ValueError("a claim over nothing cannot be tested: give at least one part")
    return Sides(
        supporting=max(part.supporting for part in parts),
        opposing=min(1.0, len(parts) * min(part.opposing for part in parts)),
    )


def between(low: Sides, high: Sides) -> Sides:
    """Returns the sides of the claim that a mean lies between two bounds.

    In support these are two one-sided tests (TOST: Schuirmann 1987, J. Pharmacokinet. Biopharm.
    15, 657-680). Against it no correction is due: `two_sided` is the verdict of one confidence
    interval, which lies within the bounds, or clear of them on one side.

    Args:
        low: sides of the claim that the mean lies above the lower bound.
        high: sides of the claim that the mean lies above the upper bound.
    """
    return Sides(
        supporting=max(low.supporting, high.opposing),
        opposing=min(low.opposing, high.supporting),
    )
