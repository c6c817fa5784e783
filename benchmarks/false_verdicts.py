"""How often does a study in which nothing differs get any wrong verdict?

    python benchmarks/false_verdicts.py [--studies 20000] [--seed 0]

Six variants with one distribution of errors are compared by claims of every kind that is tested.
Each claim lies on its own boundary (a margin is the true difference, a bound the true mean), so a
claim that is supported is as wrong as one that is contradicted. Errors are made to look like those
of small networks on 1,000 pairs: a round is harder or easier for all of them, training adds a
spread of its own, and the count of wrong answers is binomial. The sds of both are in percentage
points below. Prints a table in Markdown: the share of studies with any wrong verdict, with its 95%
interval, for fixed rounds and for a look after every round.

The p-values are computed here for all studies at once; for the first few, the package's own
verdicts are computed beside them and must agree.
"""

from __future__ import annotations

import argparse
import math
import platform
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr
from scipy.stats import rankdata

from bakeoff import (
    AllOf,
    AtChance,
    AtMost,
    BestOf,
    Better,
    Claim,
    CrossEntropy,
    DigitPairs,
    Equivalent,
    Head,
    Linear,
    Network,
    Not,
    Objective,
    Ordered,
    PerImage,
    Quantity,
    Results,
    SmallerError,
    Study,
    Variant,
    verdicts,
)
from bakeoff.analysis.sequential import log_capital
from bakeoff.analysis.trend import trend
from bakeoff.study.study import Shortening
from bakeoff.training.history import History

Array = NDArray[np.float64]
Sides = tuple[Array, Array]
"""p-values for a claim and against it, one for each study."""

PAIRS = 1000
ERROR = 0.15
ROUND_SD = 0.01
TRAINING_SD = 0.008
MARGIN = 0.01
NAMES = ("a", "b", "c", "d", "e", "f")
WORSE = "worse by the margin"
DIGITS = "digits of a"
FIXED = (3, 10, 15, 20)
LOOKS = 50
CHECKED = 10
ALPHA = 0.05

TESTS = (
    Better("a", than="b"),
    Better(("a", "b"), than="c"),
    Better("d", than=WORSE, by=MARGIN),
    BestOf("a", among=NAMES),
    Not(Better("c", than="d")),
    Equivalent("e", WORSE, margin=MARGIN),
    AtMost("f", error=ERROR),
    AtChance("b", error=ERROR + MARGIN, margin=MARGIN),
    Ordered(("a", "b", "c", "d")),
    AllOf(Better("d", than="e"), Better("e", than="f"), AtMost("a", error=ERROR)),
    SmallerError("a", of=Quantity(), than=Quantity(metric="digit_error")),
)


def drawn(studies: int, rounds: int, generator: np.random.Generator) -> dict[str, Array]:
    """Return errors by name, each of shape (studies, rounds)."""
    shape = (studies, rounds, len(NAMES) + 2)
    hardness = generator.normal(0, ROUND_SD, (studies, rounds, 1))
    chance = ERROR + hardness + generator.normal(0, TRAINING_SD, shape)
    chance[..., -1] += MARGIN
    errors = generator.binomial(PAIRS, np.clip(chance, 0, 1)) / PAIRS
    return dict(zip((*NAMES, DIGITS, WORSE), np.moveaxis(errors, -1, 0), strict=True))


def t_sides(figures: Array, bound: float = 0.0) -> Sides:
    shifted = np.round(100 * figures - 100 * bound, 12)
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
    shifted = np.round(100 * figures - 100 * bound, 12)
    one, other = (
        np.exp(-np.maximum(log_capital(sign * shifted).max(axis=-1), 0)) for sign in (1, -1)
    )
    return one, other


def page_sides(levels: Array) -> Sides:
    pages = [trend(100 * (1 - study)).page for study in levels]
    return np.array([p.supporting for p in pages]), np.array([p.opposing for p in pages])


def agreement_sides(levels: Array) -> Sides:
    number = levels.shape[-1]
    places = np.arange(1, number + 1) - (number + 1) / 2
    agreement = rankdata(1 - levels, axis=-1) @ places * 12 / (number**3 - number)
    return always_valid_sides(agreement / 100)


def all_of(*parts: Sides) -> Sides:
    supporting = np.max([part[0] for part in parts], axis=0)
    opposing = np.min([part[1] for part in parts], axis=0)
    return supporting, np.minimum(1.0, len(parts) * opposing)


def p_values(errors: dict[str, Array], sides: Callable[..., Sides], *, page: bool) -> Array:
    """Return the two-sided p-value of each claim in `TESTS`, shape (claims, studies)."""

    def better(one: str, other: str, by: float = 0.0) -> Sides:
        return sides(errors[other] - errors[one], by)

    def within(figures: Array, centre: float) -> Sides:
        low, high = sides(figures, centre - MARGIN), sides(figures, centre + MARGIN)
        return np.maximum(low[0], high[1]), np.minimum(low[1], high[0])

    def at_most(name: str) -> Sides:
        above, below = sides(errors[name], ERROR)
        return below, above

    levels = np.stack([errors[name] for name in "abcd"], axis=-1)
    found = [
        better("a", "b"),
        all_of(better("a", "c"), better("b", "c")),
        better("d", WORSE, MARGIN),
        all_of(*(better("a", rival) for rival in NAMES[1:])),
        better("c", "d")[::-1],
        within(errors[WORSE] - errors["e"], 0.0),
        at_most("f"),
        within(errors["b"], ERROR + MARGIN),
        page_sides(levels) if page else agreement_sides(levels),
        all_of(better("d", "e"), better("e", "f"), at_most("a")),
        better("a", DIGITS),
    ]
    return np.array([np.minimum(1.0, 2 * np.minimum(*each)) for each in found])


def wrong(ps: Array) -> Array:
    """Return which studies have a verdict: Holm's smallest p-value is Bonferroni's."""
    decided: Array = ps.min(axis=0) * len(ps) <= ALPHA
    return decided


def check(errors: dict[str, Array], ps: Array, method: str) -> None:
    """Compare with the package's own verdicts, study by study."""
    model = Network(PerImage(Linear(10), Head("digits")), Linear(2), Head("comparison"))
    objective = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
    names = (*NAMES, WORSE)
    rounds = errors["a"].shape[-1]
    study = Study(
        name="null",
        task=DigitPairs(),
        rounds=rounds,
        variants=tuple(Variant(name=n, model=model, objective=objective) for n in names),
        claims=tuple(Claim(id=str(n), quote="q", test=test) for n, test in enumerate(TESTS)),
    )
    for number in range(min(CHECKED, ps.shape[1])):
        histories = {
            name: tuple(
                History(
                    status="finished",
                    curves={"test": {"error": (error,), "digit_error": (digits,)}},
                    parameters=1,
                    seconds=0.0,
                )
                for error, digits in zip(
                    errors[name][number].tolist(), errors[DIGITS][number].tolist(), strict=True
                )
            )
            for name in names
        }
        own = verdicts(Results(study, study, Shortening(), histories), method=method)
        np.testing.assert_allclose([each.p for each in own], ps[:, number], rtol=1e-6)
        decided = any(each.outcome != "undecided" for each in own)
        assert decided == wrong(ps)[number]


def row(words: str, decided: Array) -> str:
    share, half = decided.mean(), 1.96 * decided.std() / math.sqrt(len(decided))
    return f"| {words} | {100 * share:.2f}% | ±{100 * half:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    generator = np.random.default_rng(asked.seed)
    print("| verdicts | studies with any wrong verdict | 95% |")
    print("|---|---|---|")
    for rounds in FIXED:
        errors = drawn(asked.studies, rounds, generator)
        ps = p_values(errors, t_sides, page=True)
        check(errors, ps, "t_test")
        print(row(f"after {rounds} rounds, t-test", wrong(ps)), flush=True)
    errors = drawn(asked.studies, LOOKS, generator)
    ps = p_values(errors, always_valid_sides, page=False)
    check(errors, ps, "always_valid")
    print(row(f"after every round up to {LOOKS}, always valid", wrong(ps)), flush=True)
    ever = np.zeros(asked.studies, bool)
    for rounds in range(2, FIXED[-1] + 1):
        seen = {name: values[:, :rounds] for name, values in errors.items()}
        ever |= wrong(p_values(seen, t_sides, page=True))
    print(row(f"after every round up to {FIXED[-1]}, t-test (wrong use of it)", ever))
    print(
        f"\n{asked.studies:,} studies a row (seed {asked.seed}), {len(TESTS)} claims each, "
        f"{PAIRS:,} pairs, mean error {100 * ERROR:g}%, sd of rounds {100 * ROUND_SD:g} and of "
        f"training {100 * TRAINING_SD:g} points. bakeoff {version('bakeoff')}, "
        f"numpy {np.__version__}, scipy {version('scipy')}, Python {platform.python_version()}."
    )


if __name__ == "__main__":
    main()
