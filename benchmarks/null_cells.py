"""The share of studies with any verdict, where every claim lies on its own boundary."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from made_errors import LAWS, Array, Mask
from made_linear import FOLDS, fold_errors, pool_errors
from made_studies import (
    ALPHA,
    CHANCE,
    FIXED,
    LOOKED,
    LOOKS,
    Test,
    check,
    null_study,
    p_values,
    sides_of,
)
from many_p_values import always_valid_looks, holm, signed_rank_sides, two_sided

from bakeoff import Better, Ordered
from bakeoff.claims.shares import Collapses, WinsMostRounds
from bakeoff.study.claims import ClaimTest

CLAIMS = (4, 6, 13)
FIXED_ROUNDS = (6, 10, 15, 20)
MOST = 50
POOLS = (150, 500, 2000)
"""Examples in a pool."""
STUCK_SHARE = 0.5
STUDIES_OF_A_POOL = 40
MILD, HARD = 0.06, 0.075

TABLES = {
    "laws": "All claims on their boundary",
    "half": "Every other claim plainly true",
    "added": "Rounds added after a look at 10",
    "only": "A part of 13 claims is shown",
    "folds": "Draws of five folds",
    "order": "A factor whose effect varies by round",
    "shares": "Shares of rounds",
    "dependent": "Claims that share a baseline",
    "runners": "Two runners, each until decided",
    "pools": "Splits of one pool",
}

Row = dict[str, Any]
Rows = Iterator[Row]


def null_rows(studies: int, rng: np.random.Generator) -> list[Row]:
    """Return all cells."""
    parts = (laws, half_true, added, only, folds, order, shares, dependent, runners, pools)
    return [row for part in parts for row in part(studies, rng)]


def laws(studies: int, rng: np.random.Generator) -> Rows:
    """Yield every law with families of every size, single and mixed."""
    for law in LAWS:
        for kind in ("single", "mixed"):
            for claims in CLAIMS:
                for rounds, test in _rules():
                    tests, errors = null_study(law, kind, claims, studies, rounds, rng)
                    any_ = _judged(tests, errors, test)
                    target = LAWS[law].target(kind)
                    yield _cell("laws", f"{law}, {kind}", claims, _column(rounds), any_, target)


def half_true(studies: int, rng: np.random.Generator) -> Rows:
    """Yield the same where every other claim is true, so that Holm's method steps down."""
    for claims in CLAIMS:
        for rounds, test in _rules():
            tests, errors = null_study("counted", "single", claims, studies, rounds, rng)
            for number in range(0, claims, 2):
                errors[f"b{number}"] = errors[f"b{number}"] + 0.1
            sides = sides_of(tests, errors, test)
            ps = two_sided(sides)
            check(tests, errors, ps, test.method)
            decided = holm(ps) <= ALPHA
            against = sides[0][::2] > sides[1][::2]
            wrong = decided[1::2].any(axis=0) | (decided[::2] & against).any(axis=0)
            yield _cell("half", "counted", claims, _column(rounds), wrong, MILD)


def added(studies: int, rng: np.random.Generator) -> Rows:
    """Yield what comes of 10 rounds declared and shown, and of later looks by the other rule.

    Claims undecided at 10 are all, where no verdict is wrong yet; so nothing is left out if only
    those get more rounds.
    """
    for law in ("normal", "counted", "skew 1", "skew 2", "some stuck"):
        for claims in (1, *CLAIMS):
            tests, errors = null_study(law, "single", claims, studies, MOST, rng)
            first = holm(p_values(tests, _until(errors, 10), FIXED)) <= ALPHA
            looks = np.minimum(1, 2 * p_values(tests, errors, LOOKS))
            check(
                tests, _until(errors, 20), looks[..., 19], "always_valid_after_verdict", declared=10
            )
            later = holm(looks) <= ALPHA
            shown = first.any(axis=0)
            told = {
                "at 10": shown,
                "at 20": later[..., 19].any(axis=0),
                "at 30": later[..., 29].any(axis=0),
                "at 50": later[..., -1].any(axis=0),
                "at 10, 20 or 30": shown | later[..., 29].any(axis=0),
                "at 10 or any to 50": shown | later[..., -1].any(axis=0),
            }
            for column, any_ in told.items():
                yield _cell("added", law, claims, column, any_, LAWS[law].target("single"))


def only(studies: int, rng: np.random.Generator) -> Rows:
    """Yield a part of 13 claims, Holm's method counting all."""
    for law in ("normal", "skew 1"):
        for rounds in (10, 20):
            tests, errors = null_study(law, "single", 13, studies, rounds, rng)
            for part in (13, 4, 1):
                ps = p_values(tests[:part], errors, FIXED)
                check(tests, errors, ps, None, shown=tests[:part] if part < 13 else ())
                any_ = (holm(np.concatenate([ps, np.ones((13 - part, studies))])) <= ALPHA).any(0)
                yield _cell("only", law, f"{part} of 13", _column(rounds), any_, MILD)


def folds(studies: int, rng: np.random.Generator) -> Rows:
    """Yield draws of five folds, judged by the draw; and by the fold, which the package does not.

    One pair of models is exchangeable; in the other, a penalty biases one, and the typical
    difference of all draws is what the claims are held against.
    """
    for name, penalty in (("exchangeable", 0.0), ("ridge beside least squares", 10.0)):
        for claims in (1, 4):
            draws = studies * 15 * claims
            one, other = fold_errors(rng, draws, penalty=penalty)
            apart = (other - one).reshape(claims, studies, 15, FOLDS)
            middle = 0.0
            if penalty:
                whole = apart.mean(axis=-1).ravel()
                middle = float(np.median((whole + np.roll(whole, 1)) / 2))
            other = other - middle
            shape = (claims, studies, 15, FOLDS)
            one, other = one.reshape(shape), other.reshape(shape)
            tests = tuple(Better(f"a{n}", than=f"b{n}") for n in range(claims))
            for rounds in (6, 10, 15):
                errors = {f"a{n}": one[n, :, :rounds] for n in range(claims)}
                errors |= {f"b{n}": other[n, :, :rounds] for n in range(claims)}
                gaps = (apart - middle)[:, :, :rounds]
                ps = two_sided(signed_rank_sides(gaps.mean(axis=-1)))
                check(tests, errors, ps, None, folds=FOLDS)
                decided = (holm(ps) <= ALPHA).any(axis=0)
                yield _cell("folds", name, claims, f"{rounds} draws", decided, MILD)
                ps = two_sided(signed_rank_sides(gaps.reshape(claims, studies, -1)))
                apiece = (holm(ps) <= ALPHA).any(axis=0)
                column = f"({rounds} draws, by fold)"
                yield _cell("folds", name, claims, column, apiece, None)


def order(studies: int, rng: np.random.Generator) -> Rows:
    """Yield `Ordered` where a factor's effect in a round is random, and 0 on average."""
    for spread in (0.0, 0.5, 2.0):
        for levels in (3, 5):
            for claims in (1, 4):
                tests = tuple(
                    Ordered(tuple(f"c{n}l{level}" for level in range(levels)))
                    for n in range(claims)
                )
                for rounds in (10, 15, 20):
                    slopes = rng.normal(0, spread, (studies, rounds, claims, 1))
                    made = slopes * np.arange(levels)
                    made = 0.15 + 0.01 * (made + rng.normal(size=made.shape))
                    errors = {
                        f"c{n}l{level}": made[:, :, n, level]
                        for n in range(claims)
                        for level in range(levels)
                    }
                    name = f"{levels} levels, slope {spread:g} sd"
                    any_ = _judged(tests, errors, FIXED)
                    yield _cell("order", name, claims, _column(rounds), any_, MILD)


def shares(studies: int, rng: np.random.Generator) -> Rows:
    """Yield claims about shares of rounds, half of them `Collapses` from the second on."""
    for claims in (1, *CLAIMS):
        tests: tuple[ClaimTest, ...] = tuple(
            Collapses(f"a{n}") if n % 2 else WinsMostRounds(f"a{n}", loser=f"b{n}")
            for n in range(claims)
        )
        for rounds, test in _rules():
            errors: dict[str, Array] = {}
            for n in range(claims):
                errors[f"a{n}"] = rng.random((studies, rounds)) * 0.1
                if n % 2:
                    stuck = rng.random((studies, rounds)) < STUCK_SHARE
                    errors[f"a{n}"][stuck] = CHANCE + 0.01
                else:
                    won = rng.random((studies, rounds)) < 0.75
                    errors[f"b{n}"] = errors[f"a{n}"] + np.where(won, 0.01, -0.01)
            any_ = _judged(tests, errors, test)
            yield _cell("shares", "wins and collapses", claims, _column(rounds), any_, MILD)


def dependent(studies: int, rng: np.random.Generator) -> Rows:
    """Yield rivals of one baseline, whose share of the variance is the claims' correlation."""
    for name, skewed in (("normal", False), ("baseline skewed by 1", True)):
        for correlation in (0.0, 0.5, 0.9):
            for claims in CLAIMS:
                tests = tuple(Better("a", than=f"b{n}") for n in range(claims))
                for rounds, test in _rules():
                    base = _baseline(rng, (studies, rounds), correlation, skewed=skewed)
                    errors = {"a": 0.15 + 0.01 * base}
                    for n in range(claims):
                        own = rng.normal(0, math.sqrt(1 - correlation), (studies, rounds))
                        errors[f"b{n}"] = 0.15 + 0.01 * own
                    any_ = _judged(tests, errors, test)
                    told = f"{name}, correlation {correlation:g}"
                    yield _cell("dependent", told, claims, _column(rounds), any_, MILD)


def _baseline(
    rng: np.random.Generator, shape: tuple[int, int], correlation: float, *, skewed: bool
) -> Array:
    if not skewed:
        return rng.normal(0, math.sqrt(correlation), shape)
    spread = math.sqrt(correlation)

    def base(generator: np.random.Generator, size: tuple[int, ...]) -> Array:
        return spread * (generator.gamma(4, 1, size) - 4) / 2

    fixed = np.random.default_rng(2)
    apart = base(fixed, (2_000_000,)) - fixed.normal(0, math.sqrt(1 - correlation), 2_000_000)
    gap = float(np.median((apart + np.roll(apart, 1)) / 2))
    return base(rng, shape) - gap


def runners(studies: int, rng: np.random.Generator) -> Rows:
    """Yield two people at one store, each with claims and a limit of their own."""
    for law in ("normal", "skew 1"):
        tests, errors = null_study(law, "single", 13, studies, MOST, rng)
        looks = p_values(tests, errors, LOOKS)
        check(tests, errors, looks[..., -1], "always_valid")
        for part, limit in ((13, 20), (4, 20), (1, 50), (4, 50)):
            first = (holm(looks[:part, :, limit - 1]) <= ALPHA).any(axis=0)
            second = (holm(looks[..., -1]) <= ALPHA).any(axis=0)
            told = {"the one": first, "the other": second, "either": first | second}
            for column, any_ in told.items():
                name = f"{law}: {part} claims to {limit} rounds, 13 to 50"
                yield _cell("runners", name, 13, column, any_, MILD)


def pools(studies: int, rng: np.random.Generator) -> Rows:
    """Yield studies of one pool split anew in each round, the pool's own middle taken off or not.

    The middle is that of twice as many splits as the studies of a pool have altogether.
    """
    own = min(STUDIES_OF_A_POOL, studies)
    for size in POOLS:
        data, pool = [], []
        for _ in range(max(1, studies // own)):
            one, other = pool_errors(rng, size, 2 * own * MOST)
            apart = other - one
            averages = [(apart + np.roll(apart, step)) / 2 for step in (1, 2, 3)]
            middle = float(np.median(np.concatenate(averages)))
            gaps = apart[: own * MOST].reshape(own, MOST)
            data.append(gaps)
            pool.append(gaps - middle)
        for name, figures, target in (
            ("about this data set", np.array(pool), MILD),
            ("about new examples (not claimed)", np.array(data), None),
        ):
            for rounds in (10, 20, 50):
                ps = two_sided(signed_rank_sides(figures[..., :rounds]))
                row = _cell("pools", f"{size}, {name}", 1, f"{rounds} rounds", ps <= ALPHA, target)
                # Studies of a pool are alike: the interval is over pools.
                means = (ps <= ALPHA).mean(axis=1)
                spread = means.std(ddof=1) if len(means) > 1 else 0.0
                yield row | {"half": float(1.96 * spread / math.sqrt(len(means)))}
            ps = two_sided(always_valid_looks(figures))[..., -1]
            yield _cell("pools", f"{size}, {name}", 1, _column(MOST), ps <= ALPHA, target)


def _rules() -> list[tuple[int, Test]]:
    return [*((n, FIXED) for n in FIXED_ROUNDS), (MOST, LOOKED)]


def _column(rounds: int) -> str:
    return "until decided" if rounds == MOST else f"{rounds} rounds"


def _until(errors: dict[str, Array], rounds: int) -> dict[str, Array]:
    return {name: values[:, :rounds] for name, values in errors.items()}


def _judged(tests: tuple[ClaimTest, ...], errors: dict[str, Array], test: Test) -> Mask:
    """Return which studies have any verdict, the package's own being checked."""
    ps = p_values(tests, errors, test)
    check(tests, errors, ps, test.method)
    any_: Mask = np.logical_or.reduce(holm(ps) <= ALPHA, axis=0)
    return any_


def _cell(
    table: str,
    name: str,
    claims: int | str,
    column: str,
    happened: Mask | np.bool_,
    target: float | None,
) -> Row:
    share = float(happened.mean())
    return {
        "table": table,
        "name": name,
        "claims": claims,
        "column": column,
        "share": share,
        "half": half_width(share, happened.size),
        "studies": happened.size,
        "target": target,
    }


def half_width(share: float, studies: int) -> float:
    """Return the half-width of a simulated share's 95% interval."""
    return 1.96 * math.sqrt(share * (1 - share) / studies)
