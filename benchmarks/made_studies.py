"""Studies made up, many at once: errors of which the truth is known, and their p-values.

Errors are held as arrays of shape (studies, rounds), one for each variant. p-values are computed
for all studies at once; `check` computes the package's own verdicts for the first few beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from made_errors import Array, Boundary, boundary, drawn
from many_p_values import (
    Sides,
    agreement,
    always_valid_looks,
    holm,
    share_looks,
    share_sides,
    signed_rank_sides,
    two_sided,
)

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
    KFold,
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
from bakeoff.claims.parts import Method
from bakeoff.claims.shares import Collapses, WinsMostRounds
from bakeoff.study.claims import ClaimTest, several
from bakeoff.study.study import Overrides
from bakeoff.training.history import History

Errors = Mapping[str, Array]

ALPHA = 0.05
MARGIN = 0.01
CHANCE = 0.44
"""An error from which on a trial counts as collapsed."""
CHECKED = 2


@dataclass(frozen=True)
class Test:
    """By which p-values a study is judged."""

    method: Method
    figures: Callable[..., Sides]
    shares: Callable[..., Sides]


def _last(looks: Callable[..., Sides]) -> Callable[..., Sides]:
    def sides(figures: Array, bound: float = 0.0) -> Sides:
        one, other = looks(figures, bound)
        return one[..., -1], other[..., -1]

    return sides


FIXED = Test("signed_rank", signed_rank_sides, share_sides)
LOOKED = Test("always_valid", _last(always_valid_looks), _last(share_looks))
LOOKS = Test("always_valid", always_valid_looks, share_looks)
"""As `LOOKED`, with p-values after every round on a last axis."""


def null_tests(kind: str, claims: int, edge: Boundary) -> tuple[ClaimTest, ...]:
    """Return claims that lie on their own boundary, so that either verdict is wrong.

    Args:
        kind: ``single``: each compares two variants of its own, which is the hardest for Holm's
            method; ``mixed``: every kind that is tested, on seven variants shared by all.
        claims: how many.
        edge: what is typical of the law.
    """
    even, odd = edge.levels
    if kind == "single":
        return tuple(Better(f"a{n}", than=f"b{n}") for n in range(claims))
    six = ("a", "b", "c", "d", "e", "f")
    mixed = (
        Better("a", than="b"),
        BestOf("a", among=six),
        Equivalent("e", "worse", margin=MARGIN),
        AllOf(Better("d", than="e"), Better("e", than="f"), Reaches("a", value=even)),
        Not(Better("d", than="worse", by=MARGIN)),
        Ordered(("a", "b", "c", "d")),
        Better(("a", "b"), than="c"),
        Reaches("f", value=odd),
        AtChance("b", value=odd + MARGIN, margin=MARGIN),
        Better("c", than="d"),
        AllOf(Better("b", than="e"), Not(Better("f", than="c"))),
        Equivalent("worse", "c", margin=MARGIN),
        Ordered(("f", "e", "c")),
    )
    return mixed[:claims]


def made(
    law: str, tests: Sequence[ClaimTest], studies: int, rounds: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Return errors of the variants that tests are about; "worse" is so by the margin."""
    names = named(tests)
    errors = drawn(law, rng, (studies, rounds, len(names)))
    found = dict(zip(names, np.moveaxis(errors, -1, 0), strict=True))
    if "worse" in found:
        found["worse"] = found["worse"] + MARGIN
    return found


def null_study(
    law: str, kind: str, claims: int, studies: int, rounds: int, rng: np.random.Generator
) -> tuple[tuple[ClaimTest, ...], dict[str, Array]]:
    """Return claims on their own boundary, and errors."""
    tests = null_tests(kind, claims, boundary(law))
    return tests, made(law, tests, studies, rounds, rng)


def named(tests: Sequence[ClaimTest]) -> list[str]:
    """Return the names of all variants that tests are about, as they come first."""
    return list(dict.fromkeys(name for test in tests for name in _names(test)))


def sides_of(tests: Sequence[ClaimTest], errors: Errors, test: Test) -> Sides:
    """Return both p-values of each claim, shape (claims, studies, ...)."""
    found = [_sides_of(each, errors, test) for each in tests]
    return np.array([one for one, _ in found]), np.array([other for _, other in found])


def p_values(tests: Sequence[ClaimTest], errors: Errors, test: Test) -> Array:
    """Return the two-sided p-value of each claim, shape (claims, studies, ...)."""
    return two_sided(sides_of(tests, errors, test))


def check(
    tests: Sequence[ClaimTest],
    errors: Errors,
    ps: Array,
    method: Method | None,
    *,
    declared: int | None = None,
    shown: Sequence[ClaimTest] = (),
    folds: int = 1,
) -> None:
    """Compare with the package's own verdicts, study by study.

    Args:
        tests: of all claims.
        errors: of all variants.
        ps: two-sided p-values, shape (claims, studies); of the claims shown.
        method: by which the package judges; None to leave that to it.
        declared: rounds, where there are others.
        shown: claims of the variants that are shown; all if empty.
        folds: of a cross-validation; errors then have a last axis of that length.

    Raises:
        AssertionError: they differ.
    """
    silent = len(tests) - len(shown or tests)
    adjusted = holm(np.concatenate([ps, np.ones((silent, *ps.shape[1:]))]))[: len(ps)]
    for number in range(min(CHECKED, ps.shape[1])):
        found = results(tests, errors, number, declared=declared, shown=shown, folds=folds)
        own = verdicts(found, method=method)
        np.testing.assert_allclose(
            np.array([each.p for each in own], float), ps[:, number], rtol=1e-6
        )
        np.testing.assert_allclose(
            np.array([each.adjusted for each in own], float), adjusted[:, number], rtol=1e-6
        )


def results(
    tests: Sequence[ClaimTest],
    errors: Errors,
    number: int,
    *,
    declared: int | None = None,
    shown: Sequence[ClaimTest] = (),
    folds: int = 1,
) -> Results:
    """Return one of the studies as the package holds it."""
    model = Network(Linear(2), Head("comparison"))
    rounds = next(iter(errors.values()))[0].size
    study = Study(
        name="made",
        task=DigitPairs() if folds == 1 else KFold(DigitPairs(), folds),
        rounds=declared or rounds,
        variants=tuple(
            # Variants whose errors are made up differ in something.
            Variant(name=name, model=model, optimizer=Adam(lr=1e-3 + place))
            for place, name in enumerate(errors)
        ),
        claims=tuple(Claim(id=str(n), quote="q", test=test) for n, test in enumerate(tests)),
    )
    asked = Overrides(rounds=rounds if declared else None, only=tuple(named(shown)))
    run = study.overridden(asked)
    histories = {
        variant.name: tuple(map(_history, errors[variant.name][number].ravel().tolist()))
        for variant in run.variants
    }
    return Results(run, study, asked, histories)


def _history(error: float) -> History:
    made = History("finished", {"test": {"error": (error,)}}, parameters=1, seconds=0.0)
    return replace(made, chance=CHANCE)


def _names(test: ClaimTest) -> list[str]:
    claim = Claim(id="x", quote="q", test=test)
    return list(claim.variants())


def _sides_of(  # noqa: PLR0911
    test: ClaimTest, errors: Errors, by: Test
) -> Sides:
    sides = by.figures
    match test:
        case AllOf(tests=parts):
            return _all_of([_sides_of(part, errors, by) for part in parts])
        case Not(test=part):
            return _sides_of(part, errors, by)[::-1]
        case Better(by=least):
            pairs = [(one, other) for one in several(test.better) for other in several(test.than)]
            return _all_of([sides(errors[other] - errors[one], least) for one, other in pairs])
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
            return sides(agreement(-np.stack([errors[name] for name in names], axis=-1)))
        case WinsMostRounds(winner=winner, loser=loser, share=share):
            return by.shares(errors[winner] < errors[loser], share)
        case Collapses(variant=name, share=share):
            return by.shares(errors[name] >= CHANCE, share)
        case _:
            raise TypeError(f"no p-values of a {type(test).__name__} are computed here")


def _within(figures: Array, centre: float, margin: float, sides: Callable[..., Sides]) -> Sides:
    low, high = sides(figures, centre - margin), sides(figures, centre + margin)
    return np.maximum(low[0], high[1]), np.minimum(low[1], high[0])


def _all_of(parts: Sequence[Sides]) -> Sides:
    supporting = np.max([part[0] for part in parts], axis=0)
    opposing = np.min([part[1] for part in parts], axis=0)
    return supporting, np.minimum(1.0, len(parts) * opposing)
