"""Shares of rounds or of trials: the chance of an event, from its number."""

from __future__ import annotations

from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.summary import CONFIDENCE


def more_often(successes: int, rounds: int, share: float) -> Sides:
    """Returns the sides of "the chance is above this share", by the exact binomial test.

    A side is the chance of at least as many successes, or of at most as many, if the chance of
    each is the share. It is exact if rounds are independent.

    Args:
        successes: rounds in which the event happened, for example a win.
        rounds: rounds in which it could have happened; with none, both sides are 1.
        share: the value that the chance is compared with, between 0 and 1.

    Raises:
        ValueError: there are more successes than rounds, or fewer than none, or the share is not
            between 0 and 1.

    Example:
        >>> more_often(6, 6, 0.5).supporting == 2**-6
        True
        >>> round(more_often(14, 15, 0.75).supporting, 3)
        0.08
    """
    from scipy.special import bdtr  # type: ignore[import-untyped]

    _check(successes, rounds)
    if not 0 < share < 1:
        raise ValueError(f"a share must be between 0 and 1, not {share}")
    # At least so many successes are at most the other failures.
    return Sides(
        supporting=float(bdtr(rounds - successes, rounds, 1 - share)),
        opposing=float(bdtr(successes, rounds, share)),
    )


def share_interval(
    successes: int, n: int, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Returns the interval of a chance, by Clopper and Pearson (1934, Biometrika 26, 404-413).

    It holds the chances that neither side of `more_often` rejects at half of 1 - confidence.

    Args:
        successes: how often the event happened.
        n: how often it could have happened.
        confidence: of both ends together, between 0 and 1.

    Returns:
        Two chances, from 0 to 1; None if it never could have happened.

    Raises:
        ValueError: there are more successes than n, or fewer than none, or the confidence is not
            between 0 and 1.

    Example:
        >>> low, high = share_interval(0, 15)
        >>> low, round(high, 3)
        (0.0, 0.218)
    """
    from scipy.special import betaincinv

    _check(successes, n)
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence must be between 0 and 1, not {confidence}")
    if n == 0:
        return None
    tail = (1 - confidence) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return low, high


def _check(successes: int, rounds: int) -> None:
    if not 0 <= successes <= rounds:
        raise ValueError(f"{successes} successes cannot come of {rounds} rounds")
