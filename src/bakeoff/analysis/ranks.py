"""Mean ranks of variants over rounds, and which of them differ significantly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.contrast import Unit
from bakeoff.analysis.paired import PairedFigures, figure, paired
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.sample import Array, checked
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.analysis.summary import ALPHA, FEWEST

MOST_VARIANTS = 40
"""With more variants, only the best is tested against each other one: pairs grow too fast."""

FEWEST_VARIANTS = 3
"""With two variants a paired test says as much as ranks would."""


@dataclass(frozen=True)
class Ranks:
    """The ranks of variants by their final test figure, and which of them differ significantly.

    Attributes:
        variants: their names, from the lowest mean rank to the highest.
        means: the mean rank of each, 1 for a variant that is best in every round; equal figures
            share the mean of their ranks.
        rounds: the rounds' numbers, from 0, that all of them have run.
        friedman: p-value of Friedman's test that all rank alike; None if all figures of every
            round are equal, and for fewer than six rounds.
        groups: variants without a significant difference, as places in `variants`, two or more in
            each; two are in one group exactly if they do not differ significantly. None beyond
            `MOST_VARIANTS`.
        pairs: pairs of variants compared; beyond `MOST_VARIANTS` only those of the best.
        apart: pairs that differ significantly.
        left_out: variants that have run too few of the rounds, in the study's order.
        diverged: trials among them that diverged, and rank as the worst.
        best: places of the best and of those that do not differ from it significantly.
        unit: the unit in which variants are ranked: rounds, or draws of folds.
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
    best: tuple[int, ...] = ()
    unit: Unit = "round"


def ranks(results: Results) -> Ranks | None:
    """Returns the ranks, None for fewer than three variants or two rounds that they share.

    The diagram of the ranks is Demsar's (2006, J. Mach. Learn. Res. 7, 1-30). He joins variants
    whose mean ranks differ by less than Nemenyi's critical difference. By that rule, the result for
    two variants depends on which others were tried (Benavoli, Corani & Mangili 2016, J. Mach.
    Learn. Res. 17(5), 1-10). So each pair has its own signed-rank test, as they propose, with
    Holm's correction over all pairs of the study as declared. Claims are decided by the same test.
    It needs rounds: 28 pairs of 8 variants need 11 before any can differ (`typical.fewest`).

    If variants have run different rounds, those with the most rounds are chosen so that the table
    of variants by rounds is as large as possible.
    """
    table = _table(results)
    if table is None:
        return None
    names, figures = table
    # The lowest is the best, so gains are negated.
    errors = -results.study.metric.sign * checked(figures.rows, axes=2, infinite=True)
    mean = mean_ranks(errors)
    order = np.argsort(mean, kind="stable").tolist()
    whole = max(len(results.declared.variants), len(results.study.variants))
    few = len(names) <= MOST_VARIANTS
    pairs = [
        (first, second)
        for first in range(len(names) if few else 1)
        for second in range(first + 1, len(names))
    ]
    apart = told_apart(errors[:, order], pairs, among=comb(whole, 2))
    return Ranks(
        variants=tuple(names[place] for place in order),
        means=tuple(float(mean[place]) for place in order),
        rounds=figures.rounds,
        friedman=friedman(errors),
        groups=joined(len(names), apart) if few else (),
        pairs=len(pairs),
        apart=len(apart),
        left_out=tuple(v.name for v in results.study.variants if v.name not in names),
        diverged=figures.diverged,
        best=tuple(place for place in range(len(names)) if (0, place) not in apart),
        unit=figures.unit,
    )


def mean_ranks(errors: Array) -> Array:
    """Returns the mean rank of each variant, shape (variants,), from errors (rounds, variants)."""
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    means: Array = rankdata(errors, axis=1).mean(axis=0)
    return means


def friedman(errors: Array) -> float | None:
    """Returns the p-value of Friedman's test that all variants rank alike.

    From the chi-squared distribution, corrected for ties, which for few rounds errs on the side
    of large p-values. None if all errors of every round are equal, and for fewer than six
    rounds, which give no p-value of any kind.

    Args:
        errors: shape (rounds, variants); 3 variants or more.
    """
    from scipy.stats import friedmanchisquare

    if len(errors) < FEWEST or (errors == errors[:, :1]).all():
        return None
    return float(friedmanchisquare(*errors.T).pvalue)


def told_apart(
    errors: Array, pairs: Collection[tuple[int, int]], *, among: int = 0
) -> frozenset[tuple[int, int]]:
    """Returns the pairs of variants that differ at 5% by paired tests with Holm's correction.

    Args:
        errors: shape (rounds, variants); 2 rounds or more, infinite if a trial diverged.
        pairs: the pairs of variants that are tested.
        among: the number of all pairs; the others count as not significant, so that a part of the
            pairs finds no difference that the whole would not.
    """
    p_values = [_p_value(errors[:, first], errors[:, second]) for first, second in pairs]
    absent = [1.0] * max(0, among - len(pairs))
    adjusted = zip(pairs, holm([*p_values, *absent]), strict=False)
    return frozenset(pair for pair, p in adjusted if p <= ALPHA)


def joined(number: int, apart: Collection[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Returns groups whose members do not differ, and that cover all pairs that do not.

    They are the largest of these groups, without those whose every pair is in another, as in a
    compact letter display (Piepho 2004, J. Comput. Graph. Stat. 13, 456-466). A variant that
    differs from all others is in no group.

    Args:
        number: of variants; they are 0, 1 and so on.
        apart: pairs of them, the smaller first.
    """
    alike = {
        first: {
            second
            for second in range(number)
            if second != first and (min(first, second), max(first, second)) not in apart
        }
        for first in range(number)
    }
    cliques = sorted(
        sorted(group) for group in _cliques(alike, set(), set(alike), set()) if len(group) > 1
    )
    holding = Counter(pair for group in cliques for pair in combinations(group, 2))
    groups = list(cliques)
    for group in sorted(cliques, key=len):
        pairs = list(combinations(group, 2))
        if all(holding[pair] > 1 for pair in pairs):
            groups.remove(group)
            holding.subtract(pairs)
    return tuple(tuple(group) for group in groups)


def _cliques(
    alike: dict[int, set[int]], chosen: set[int], open_to: set[int], seen: set[int]
) -> Iterator[set[int]]:
    """Yields every largest group, by Bron & Kerbosch's algorithm (1973, Commun. ACM 16, 575)."""
    if not open_to and not seen:
        yield chosen
        return
    pivot = max(open_to | seen, key=lambda member: len(alike[member] & open_to))
    for member in sorted(open_to - alike[pivot]):
        yield from _cliques(alike, chosen | {member}, open_to & alike[member], seen & alike[member])
        open_to = open_to - {member}
        seen = seen | {member}


def _p_value(first: Sequence[float] | Array, second: Sequence[float] | Array) -> float:
    # Two that diverged in one round tie.
    values = [0.0 if a == b else b - a for a, b in zip(first, second, strict=True)]
    return signed_rank(values).two_sided


def _table(results: Results) -> tuple[tuple[str, ...], PairedFigures] | None:
    """Returns the variants and rounds that make the largest table without gaps."""
    counts = {
        variant.name: sum(history is not None for history in results.of(variant))
        for variant in results.study.variants
    }
    read = figure(FINAL, results.study.metric)
    most_first = sorted(counts, key=lambda name: -counts[name])
    # The first variants have these rounds in common, and one more variant leaves some of them.
    shared = set(paired(results, [(most_first[0], read)]).rounds)
    size, chosen = 0, 0
    for number, name in enumerate(most_first, start=1):
        shared &= set(paired(results, [(name, read)]).rounds)
        # If tables have one size, the one with the most variants.
        if number >= FEWEST_VARIANTS and len(shared) >= 2 and number * len(shared) >= size:
            size, chosen = number * len(shared), number
    if not chosen:
        return None
    most = set(most_first[:chosen])
    names = tuple(name for name in counts if name in most)
    return names, paired(results, [(name, read) for name in names])
