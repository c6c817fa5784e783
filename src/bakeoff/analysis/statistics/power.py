"""How many rounds would settle a claim."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from bakeoff.analysis.statistics.sample import Array

MOST_ROUNDS = 10_000
POWER = 0.8

_NODES = 200


def t_power(
    rounds: int, distance: float, sd: float, *, alpha: float = 0.05, sides: int = 2
) -> float:
    """Return the chance that a paired t-test of so many rounds rejects.

    From the noncentral t distribution with rounds - 1 degrees of freedom and noncentrality
    sqrt(rounds) distance / sd. Two-sided, a rejection in the wrong direction counts, as usual.

    Args:
        rounds: 2 or more.
        distance: of the true mean from the bound; one-sided, positive in the claim's direction.
        sd: of the figures, above 0.
        alpha: level of the test.
        sides: 1 or 2.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check(sd, alpha, sides)
    if rounds < 2:
        raise ValueError(f"a t-test needs 2 rounds or more, not {rounds}")
    return _t_power(rounds, distance / sd, alpha, sides)


def rounds_needed(
    distance: float,
    sd: float,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = POWER,
    limit: int = MOST_ROUNDS,
) -> int | None:
    """Return the fewest rounds with which a paired t-test would reject with the power asked for.

    A plan for more rounds if the true distance and spread are those seen, and no evidence: what
    was seen is itself uncertain (Hoenig & Heisey 2001, Am. Stat. 55, 19-24). A permutation test
    needs at least `fewest_rounds` besides.

    Args:
        distance: of the mean from the bound; 0 is never settled.
        sd: of the figures; 0 where all are equal, which 2 rounds settle unless distance is 0.
        alpha: level of the test, for one claim of m under Holm's correction 0.05 / m at worst.
        sides: 2 for a verdict either way, 1 for one in the claim's direction.
        power: the chance wanted, between `alpha` and 1.
        limit: the most rounds worth naming.

    Returns:
        Rounds, 2 or more, altogether; None where `limit` would not do.

    Raises:
        ValueError: an argument is out of its range.
    """
    if sd == 0:
        _check(1.0, alpha, sides)
        return 2 if distance > 0 or (sides == 2 and distance < 0) else None
    _check(sd, alpha, sides)
    effect = distance / sd
    return _fewest(lambda rounds: _t_power(rounds, effect, alpha, sides), power, limit)


def equivalence_power(
    distance: float, standard_error: float, df: int, margin: float, *, alpha: float = 0.05
) -> float:
    """Return the chance that two one-sided t-tests show a mean to lie within a margin.

    Exact up to a sum over 200 quantiles of the sample's spread: given that, the mean must fall
    within the margin less t standard errors, which is a difference of two normal probabilities
    (Phillips 1990, J. Pharmacokinet. Biopharm. 18, 137-144).

    Args:
        distance: of the true mean from the centre.
        standard_error: of the mean, above 0: sd / sqrt(rounds).
        df: degrees of freedom of the sample's spread, rounds - 1.
        margin: above 0.
        alpha: level of each one-sided test.

    Raises:
        ValueError: an argument is out of its range.
    """
    from scipy.special import chdtri, ndtr, stdtrit  # type: ignore[import-untyped]

    _check(standard_error, alpha, 1)
    if df < 1 or not margin > 0:
        raise ValueError(f"df must be 1 or more and the margin above 0, not {df} and {margin}")
    levels, weights = _quadrature()
    spread = np.sqrt(chdtri(df, levels) / df)
    room = margin / standard_error - float(stdtrit(df, 1 - alpha)) * spread
    shift = distance / standard_error
    chance = np.where(room > 0, ndtr(room - shift) - ndtr(-room - shift), 0.0)
    return float(weights @ chance)


def rounds_for_equivalence(
    distance: float,
    sd: float,
    margin: float,
    *,
    alpha: float = 0.05,
    power: float = POWER,
    limit: int = MOST_ROUNDS,
) -> int | None:
    """Return the fewest rounds with which a mean would be shown to lie within a margin.

    As `rounds_needed`, for `equivalence`.

    Args:
        distance: of the mean from the centre; at the margin or beyond it is never shown.
        sd: of the figures; 0 where all are equal.
        margin: above 0.
        alpha: level of each one-sided test.
        power: the chance wanted.
        limit: the most rounds worth naming.

    Raises:
        ValueError: an argument is out of its range.
    """
    if abs(distance) >= margin:
        return None
    if sd == 0:
        return 2
    return _fewest(
        lambda n: equivalence_power(distance, sd / math.sqrt(n), n - 1, margin, alpha=alpha),
        power,
        limit,
    )


def fewest_rounds(alpha: float = 0.05, *, sides: int = 2, arrangements: int = 2) -> int:
    """Return the fewest rounds with which an exact permutation test could reject at all.

    The smallest p-value of n rounds is sides / arrangements^n: 6 rounds for a two-sided
    sign-flip test at 0.05.

    Args:
        alpha: level of the test.
        sides: 1 or 2.
        arrangements: equally likely outcomes of a round: 2 signs, or k! orders for a `trend`.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check(1.0, alpha, sides)
    if arrangements < 2:
        raise ValueError(f"a round needs 2 arrangements or more, not {arrangements}")
    rounds = 1
    while sides > alpha * arrangements**rounds:
        rounds += 1
    return rounds


def _t_power(rounds: int, effect: float, alpha: float, sides: int) -> float:
    from scipy.special import stdtrit

    df, noncentrality = rounds - 1, abs(effect) * math.sqrt(rounds)
    critical = float(stdtrit(df, 1 - alpha / sides))
    towards = 1 - _noncentral(df, noncentrality, critical)
    away = _noncentral(df, noncentrality, -critical)
    if sides == 1:
        return towards if effect >= 0 else away
    return min(1.0, towards + away)


def _noncentral(df: int, noncentrality: float, t: float) -> float:
    """Return the chance of at most t, for a noncentrality of 0 or more."""
    from scipy.special import nctdtr

    chance = float(nctdtr(df, noncentrality, t))
    # scipy has no number for some chances below 1e-13.
    return 0.0 if math.isnan(chance) else chance


def _fewest(chance: Callable[[int], float], power: float, limit: int) -> int | None:
    """Return the fewest rounds, from 2, whose chance reaches the power; it must not fall."""
    if not 0 < power < 1:
        raise ValueError(f"a power must be between 0 and 1, not {power}")
    low, high = 1, 2
    while chance(high) < power:
        if high >= limit:
            return None
        low, high = high, min(2 * high, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high


def _check(sd: float, alpha: float, sides: int) -> None:
    if not sd > 0 or not math.isfinite(sd):
        raise ValueError(f"a spread must be above 0, not {sd}")
    if not 0 < alpha < 1:
        raise ValueError(f"a level must be between 0 and 1, not {alpha}")
    if sides not in {1, 2}:
        raise ValueError(f"a test has 1 or 2 sides, not {sides}")


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Array, Array]:
    """Return Gauss-Legendre levels between 0 and 1, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2
