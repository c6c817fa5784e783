"""Rounds won, tied and lost."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.sample import above


@dataclass(frozen=True)
class Wins:
    """Rounds won, tied and lost.

    Attributes:
        won: rounds whose figure lies above the bound.
        tied: rounds whose figure is the bound, to 12 decimals.
        lost: rounds whose figure lies below it.
    """

    won: int
    tied: int
    lost: int

    @property
    def rounds(self) -> int:
        """The number of rounds."""
        return self.won + self.tied + self.lost


def wins(values: ArrayLike, *, bound: float = 0.0) -> Wins:
    """Returns the numbers of rounds above a bound, at it, and below.

    Args:
        values: figures of the rounds, shape (rounds,); differences where two are compared;
            infinite if a trial diverged.
        bound: the value that a win exceeds.

    Raises:
        ValueError: a value is NaN.

    Example:
        >>> wins([0.1, 0.0, -0.2, 0.3])
        Wins(won=2, tied=1, lost=1)
    """
    shifted = above(values, bound, infinite=True)
    won, lost = int((shifted > 0).sum()), int((shifted < 0).sum())
    return Wins(won, len(shifted) - won - lost, lost)
