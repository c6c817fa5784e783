"""Studies made up, many at once: errors of which the truth is known, and their p-values.

Errors are held as arrays of shape (studies, rounds), one for each variant. p-values are computed
for all studies at once; `check` computes the package's own verdicts for the first few beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from made_errors import Array, Law
from scipy.special import stdtr
from scipy.stats import rankdata

from bakeoff import (
    Adam,
    AllOf,
    AtChance,
    BestOf,
    Better,
    Claim,
    DigitPairs,
    Equivalent,
    Head,
    Linear,
    Network,
    Not,
    Ordered,
    Reaches,
    Results,
    Study,
    Variant,
    verdicts,
)
from bakeoff.analysis.statistics.sequential import log_capital
from bakeoff.analysis.statistics.trend import trend
from bakeoff.study.claims import ClaimTest, several
from bakeoff.study.study import Shortening
from bakeoff.training.history import History

Errors = Mapping[str, Array]
Sides = tuple[Array, Array]
"""p-values for a claim and against it, one for each study."""

ALPHA = 0.05
MARGIN = 0.01
CHECKED = 5


def null_tests(kind: str, claims: int, mean: float) -> tuple[ClaimTest, ...]:
    """Return claims that lie on their own boundary, so that either verdict is wrong.

    Args:
        kind: ``single``: each compares two variants of its own, which is the hardest for Holm's
            method; ``mixed``: every kind that is tested, on six variants shared by all.
        claims: how many.
        mean: the expected error.
    """
    if kind == "single":
        return tuple(Better(f"a{n}", than=f"b{n}") for n in range(claims))
    six = ("a", "b", "c", "d", "e", "f")
    mixed = (
        Better("a", than="b"),
        BestOf("a", among=six),
        Equivalent("e", "worse", margin=MARGIN),
        AllOf(Better("d", than="e"), Better("e", than="f"), Reaches("a", value=mean)),
        Not(Better("d", than="worse", by=MARGIN)),
        Ordered(("a", "b", "c", "d")),
        Better(("a", "b"), than="c"),
        Reaches("f", value=mean),
        AtChance("b", value=mean + MARGIN, margin=MARGIN),
        Better("c", than="d"),
        AllOf(Better("b", than="e"), Not(Better("f", than="c"))),
        Equivalent("worse", "c", margin=MARGIN),
        Ordered(("f", "e", "c")),
    )
    return mixed[:claims]


def made(
    law: Law, tests: Sequence[ClaimTest], studies: int, rounds: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Return errors of the variants that tests are about; "worse" is so by the margin."""
    names = [name for test in tests for name in _names(test)]
    names = list(dict.fromkeys(names))
    errors = law.draw(rng, (studies, rounds, len(names)))
    found = dict(zip(names, np.moveaxis(errors, -1, 0), strict=True))
    if "worse" in found:
        found["worse"] = found["worse"] + MARGIN
    return found


def p_values(tests: Sequence[ClaimTest], errors: Errors, *, always_valid: bool) -> Array:
    """Return the two-sided p-value of each claim, shape (claims, studies)."""
    sides = always_valid_sides if always_valid else t_sides
    found = [_sides_of(test, errors, sides) for test in tests]
    return np.array([np.minimum(1.0, 2 * np.minimum(*each)) for each in found])


def holm(ps: Array) -> Array:
    """Return p-values adjusted over the first axis, as `bakeoff.analysis.statistics.holm` does."""
    order = np.argsort(ps, axis=0, kind="stable")
    factors = np.arange(len(ps), 0, -1)[:, None]
    adjusted = np.maximum.accumulate(np.take_along_axis(ps, order, 0) * factors, axis=0)
    found = np.empty_like(ps)
    np.put_along_axis(found, order, np.minimum(1.0, adjusted), axis=0)
    return found


def t_sides(figures: Array, bound: float = 0.0) -> Sides:
    """Return the sides of "the mean is above the bound", by Student's t-test."""
    shifted = np.round(100 * figures - 100 * bound, 9)
    rounds = shifted.shape[-1]
    mean, sd = shifted.mean(axis=-1), shifted.std(axis=-1, ddof=1)
    equal = sd <= 1e-9
    t = math.sqrt(rounds) * mean / np.where(equal, 1.0, sd)
    sides = stdtr(rounds - 1, -t), stdtr(rounds - 1, t)
    # All figures equal: the permutation test, which then knows two patterns alone.
    flips = [np.where(sign * mean > 1e-9, 2.0**-rounds, 1.0) for sign in (1, -1)]
    one, other = (np.where(equal, flip, side) for flip, side in zip(flips, sides, strict=True))
    return one, other


def always_valid_sides(figures: Array, bound: float = 0.0) -> Sides:
    """Return the same by the always-valid test, after the last round."""
    one, other = always_valid_looks(figures, bound)
    return one[..., -1], other[..., -1]


def always_valid_looks(figures: Array, bound: float = 0.0) -> Sides:
    """Return the same after every round, shape (studies, rounds)."""
    shifted = np.round(100 * figures - 100 * bound, 9)
    one, other = (
        np.exp(-np.maximum.accumulate(np.maximum(log_capital(sign * shifted), 0), axis=-1))
        for sign in (1, -1)
    )
    return one, other


def check(tests: Sequence[ClaimTest], errors: Errors, ps: Array, *, always_valid: bool) -> None:
    """Compare with the package's own verdicts, study by study.

    Raises:
        AssertionError: they differ.
    """
    method = "always_valid" if always_valid else "t_test"
    adjusted = holm(ps)
    for number in range(min(CHECKED, ps.shape[1])):
        own = verdicts(results(tests, errors, number), method=method)
        np.testing.assert_allclose([each.p for each in own], ps[:, number], rtol=1e-6)
        np.testing.assert_allclose([each.adjusted for each in own], adjusted[:, number], rtol=1e-6)


def results(tests: Sequence[ClaimTest], errors: Errors, number: int) -> Results:
    """Return one of the studies as the package holds it."""
    model = Network(Linear(2), Head("comparison"))
    study = Study(
        name="made",
        task=DigitPairs(),
        rounds=next(iter(errors.values())).shape[-1],
        variants=tuple(
            # Variants whose errors are made up differ in something.
            Variant(name=name, model=model, optimizer=Adam(lr=1e-3 + place))
            for place, name in enumerate(errors)
        ),
        claims=tuple(Claim(id=str(n), quote="q", test=test) for n, test in enumerate(tests)),
    )
    histories = {
        name: tuple(map(_history, values[number].tolist())) for name, values in errors.items()
    }
    return Results(study, study, Shortening(), histories)


def _history(error: float) -> History:
    return History("finished", {"test": {"error": (error,)}}, parameters=1, seconds=0.0)


def _names(test: ClaimTest) -> list[str]:
    claim = Claim(id="x", quote="q", test=test)
    return list(claim.variants())


def _sides_of(  # noqa: PLR0911
    test: ClaimTest, errors: Errors, sides: Callable[..., Sides]
) -> Sides:
    match test:
        case AllOf(tests=parts):
            return _all_of([_sides_of(part, errors, sides) for part in parts])
        case Not(test=part):
            return _sides_of(part, errors, sides)[::-1]
        case Better(by=by):
            pairs = [(one, other) for one in several(test.better) for other in several(test.than)]
            return _all_of([sides(errors[other] - errors[one], by) for one, other in pairs])
        case BestOf(variant=best):
            rivals = test.compared["among"]
            return _all_of([sides(errors[rival] - errors[best]) for rival in rivals])
        case Equivalent(first=first, second=second, margin=margin):
            return _within(errors[second] - errors[first], 0.0, margin, sides)
        case Reaches(value=bound):
            names = several(test.variants)
            return _all_of([sides(errors[name], bound)[::-1] for name in names])
        case AtChance(variant=name, value=chance, margin=margin):
            return _within(errors[name], chance, margin, sides)
        case Ordered(variants=names):
            levels = np.stack([errors[name] for name in names], axis=-1)
            return _page(levels) if sides is t_sides else _agreement(levels)
        case _:
            raise TypeError(f"no p-values of a {type(test).__name__} are computed here")


def _within(figures: Array, centre: float, margin: float, sides: Callable[..., Sides]) -> Sides:
    low, high = sides(figures, centre - margin), sides(figures, centre + margin)
    return np.maximum(low[0], high[1]), np.minimum(low[1], high[0])


def _all_of(parts: Sequence[Sides]) -> Sides:
    supporting = np.max([part[0] for part in parts], axis=0)
    opposing = np.min([part[1] for part in parts], axis=0)
    return supporting, np.minimum(1.0, len(parts) * opposing)


def _page(levels: Array) -> Sides:
    pages = [trend(100 * (1 - study)).page for study in levels]
    return np.array([p.supporting for p in pages]), np.array([p.opposing for p in pages])


def _agreement(levels: Array) -> Sides:
    number = levels.shape[-1]
    places = np.arange(1, number + 1) - (number + 1) / 2
    ranks = rankdata(np.round(100 * (1 - levels), 9), axis=-1)
    return always_valid_sides(ranks @ places * 12 / (number**3 - number) / 100)
