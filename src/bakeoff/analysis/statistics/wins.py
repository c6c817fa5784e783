"""How often one beats the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from bakeoff.analysis.statistics.sample import above
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.summary import CONFIDENCE


@dataclass(frozen=True)
class Wins:
    """Rounds won, tied and lost.

    Attributes:
        won: rounds whose figure lies above the bound.
        tied: rounds whose figure is the bound, to 12 decimals.
        lost: rounds whose figure lies below it.
        share: the estimated probability of winning a round, ties counted half; None without
            rounds.
        interval: its 95% Wilson interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212), which
            serves few rounds well (Brown, Cai & DasGupta 2001, Stat. Sci. 16, 101-133). Ties
            vary less than won and lost rounds, so with ties it is too wide rather than too
            narrow. None without rounds.
        at_least: the 95% lower bound of the probability of winning a round outright, exact
            (Clopper & Pearson 1934, Biometrika 26, 404-413); 0.05^(1/n) where all n are won.
            None without rounds.
        sign_test: sides of "a win is likelier than a loss", exact, from the rounds not tied.
    """

    won: int
    tied: int
    lost: int
    share: float | None
    interval: tuple[float, float] | None
    at_least: float | None
    sign_test: Sides

    @property
    def rounds(self) -> int:
        """The number of rounds."""
        return self.won + self.tied + self.lost

    @property
    def every(self) -> bool:
        """Whether all rounds were won, of at least one."""
        return self.won == self.rounds > 0


def wins(values: ArrayLike, *, bound: float = 0.0) -> Wins:
    """Return how many rounds lie above a bound, and what that says of the next.

    Args:
        values: figures of the rounds, shape (rounds,); differences where two are compared.
        bound: what must be passed to win.

    Raises:
        ValueError: a value is not finite.
    """
    from scipy.special import bdtr, betaincinv  # type: ignore[import-untyped]

    shifted = above(values, bound)
    rounds = len(shifted)
    won, lost = int((shifted > 0).sum()), int((shifted < 0).sum())
    share = (won + (rounds - won - lost) / 2) / rounds if rounds else None
    at_least = float(betaincinv(won, rounds - won + 1, 1 - CONFIDENCE)) if won else 0.0
    return Wins(
        won=won,
        tied=rounds - won - lost,
        lost=lost,
        share=share,
        interval=None if share is None else _wilson(share, rounds),
        at_least=at_least if rounds else None,
        # Without ties, at least `won` wins are as likely as at most `lost`.
        sign_test=Sides(
            supporting=float(bdtr(lost, won + lost, 0.5)),
            opposing=float(bdtr(won, won + lost, 0.5)),
        ),
    )


def _wilson(share: float, rounds: int) -> tuple[float, float]:
    from scipy.special import ndtri

    z = float(ndtri(0.5 + CONFIDENCE / 2))
    weight = z * z / rounds
    centre = (share + weight / 2) / (1 + weight)
    half = math.sqrt(weight * share * (1 - share) + weight * weight / 4) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)
