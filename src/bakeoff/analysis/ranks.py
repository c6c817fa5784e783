"""Mean ranks of variants over rounds, and which of them can be told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from bakeoff.analysis.paired import PairedFigures, figure, paired
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.sample import Array, checked
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.analysis.summary import FEWEST
from bakeoff.analysis.table import FINAL

ALPHA = 0.05

FEWEST_VARIANTS = 3
"""With two variants a paired test says all that ranks would."""


@dataclass(frozen=True)
class Ranks:
    """How variants rank by their final test figure, and which of them cannot be told apart.

    Attributes:
        variants: their names, from the lowest mean rank to the highest.
        means: the mean rank of each, 1 for one that is the best in every round; equal figures
            share the mean of their ranks.
        rounds: the rounds' numbers, from 0, that all of them have run.
        friedman: p-value of Friedman's test that all rank alike; None where all figures of every
            round are equal, and for fewer than six rounds.
        groups: variants that cannot be told apart, as places in `variants`, two or more in each;
            two stand in one group together exactly if nothing tells them apart.
        pairs: pairs of variants compared.
        apart: pairs told apart.
        left_out: variants that have run too few of the rounds, in the study's order.
        diverged: trials among them that diverged, and rank as the worst.
    """

    variants: tuple[str, ...]
    means: tuple[float, ...]
    rounds: tuple[int, ...]
    friedman: float | None
    groups: tuple[tuple[int, ...], ...]
    pairs: int
    apart: int
    left_out: tuple[str, ...] = ()
    diverged: int = 0


def ranks(results: Results) -> Ranks | None:
    """Return the ranks, None for fewer than three variants or two rounds that they share.

    The diagram of these is Demsar's (2006, J. Mach. Learn. Res. 7, 1-30), who joins variants
    whose mean ranks differ by less than Nemenyi's critical difference. By that rule, whether two
    variants differ hangs on which others were tried (Benavoli, Corani & Mangili 2016, J. Mach.
    Learn. Res. 17(5), 1-10), so pairs are told apart by tests of their own, corrected by Holm's
    method over all pairs of the study as declared: by the signed-rank test, as they propose and by
    which claims are decided too. It needs rounds: 28 pairs of 8 variants take 11 before any can be
    told apart (`typical.fewest`).

    Where variants have run different rounds, as many of those with the most rounds are taken as
    make the largest table of variants by rounds.
    """
    table = _table(results)
    if table is None:
        return None
    names, found = table
    # The lowest is the best: what is not gained.
    errors = -results.study.metric.sign * checked(found.rows, axes=2, infinite=True)
    mean = mean_ranks(errors)
    order = np.argsort(mean, kind="stable").tolist()
    whole = max(len(results.declared.variants), len(results.study.variants))
    apart = told_apart(errors[:, order], among=comb(whole, 2))
    return Ranks(
        variants=tuple(names[place] for place in order),
        means=tuple(float(mean[place]) for place in order),
        rounds=found.rounds,
        friedman=friedman(errors),
        groups=joined(len(names), apart),
        pairs=len(names) * (len(names) - 1) // 2,
        apart=len(apart),
        left_out=tuple(v.name for v in results.study.variants if v.name not in names),
        diverged=found.diverged,
    )


def mean_ranks(errors: Array) -> Array:
    """Return the mean rank of each variant, shape (variants,), from errors (rounds, variants)."""
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    means: Array = rankdata(errors, axis=1).mean(axis=0)
    return means


def friedman(errors: Array) -> float | None:
    """Return the p-value of Friedman's test that all variants rank alike.

    From the chi-squared distribution, corrected for ties, which for few rounds errs on the side
    of large p-values. None where all errors of every round are equal, and for fewer than six
    rounds, which give no p-value of any kind.

    Args:
        errors: shape (rounds, variants); 3 variants or more.
    """
    from scipy.stats import friedmanchisquare

    if len(errors) < FEWEST or (errors == errors[:, :1]).all():
        return None
    return float(friedmanchisquare(*errors.T).pvalue)


def told_apart(errors: Array, *, among: int = 0) -> frozenset[tuple[int, int]]:
    """Return the pairs of variants that differ at 5% by paired tests with Holm's correction.

    Args:
        errors: shape (rounds, variants); 2 rounds or more, infinite where a trial diverged.
        among: of how many pairs these are a part; those that are not here say nothing.
    """
    pairs = list(combinations(range(errors.shape[1]), 2))
    p_values = [_p_value(errors[:, one], errors[:, other]) for one, other in pairs]
    absent = [1.0] * max(0, among - len(pairs))
    adjusted = zip(pairs, holm([*p_values, *absent]), strict=False)
    return frozenset(pair for pair, p in adjusted if p <= ALPHA)


def joined(number: int, apart: Collection[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return groups of which two members are never told apart, and that hold all such pairs.

    These are the largest such groups, less those whose every pair another holds as well, as in a
    compact letter display (Piepho 2004, J. Comput. Graph. Stat. 13, 456-466). One that is told
    apart from all others is in none.

    Args:
        number: of variants; they are 0, 1 and so on.
        apart: pairs of them, the smaller first.
    """
    alike = {
        one: {
            other
            for other in range(number)
            if other != one and (min(one, other), max(one, other)) not in apart
        }
        for one in range(number)
    }
    found = sorted(
        sorted(group) for group in _cliques(alike, set(), set(alike), set()) if len(group) > 1
    )
    kept = list(found)
    for group in sorted(found, key=len):
        others = {pair for other in kept if other is not group for pair in combinations(other, 2)}
        if others.issuperset(combinations(group, 2)):
            kept.remove(group)
    return tuple(tuple(group) for group in kept)


def _cliques(
    alike: dict[int, set[int]], chosen: set[int], open_to: set[int], seen: set[int]
) -> Iterator[set[int]]:
    """Yield every largest group, by Bron & Kerbosch's algorithm (1973, Commun. ACM 16, 575)."""
    if not open_to and not seen:
        yield chosen
        return
    pivot = max(open_to | seen, key=lambda one: len(alike[one] & open_to))
    for one in sorted(open_to - alike[pivot]):
        yield from _cliques(alike, chosen | {one}, open_to & alike[one], seen & alike[one])
        open_to = open_to - {one}
        seen = seen | {one}


def _p_value(one: Sequence[float] | Array, other: Sequence[float] | Array) -> float:
    # Two that diverged in one round tie.
    values = [0.0 if a == b else b - a for a, b in zip(one, other, strict=True)]
    return signed_rank(values).two_sided


def _table(results: Results) -> tuple[tuple[str, ...], PairedFigures] | None:
    """Return the variants and rounds that make the largest table without gaps."""
    there = {
        variant.name: sum(history is not None for history in results.of(variant))
        for variant in results.study.variants
    }
    most_first = sorted(there, key=lambda name: -there[name])
    tables = []
    for number in range(FEWEST_VARIANTS, len(there) + 1):
        names = tuple(name for name in there if name in most_first[:number])
        metric = results.study.metric
        found = paired(results, [(name, figure(FINAL, metric)) for name in names])
        if len(found.rounds) >= 2:
            tables.append((names, found))
    # Of tables of one size, that of the most variants.
    tables.reverse()
    return max(tables, key=lambda table: len(table[0]) * len(table[1].rounds), default=None)
