"""The paired differences between two variants that a study's conclusions rest on, each once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.verdicts.judging import part_of
from bakeoff.analysis.verdicts.parts import FEWEST, Measured
from bakeoff.analysis.verdicts.verdicts import ALPHA, Outcome, Verdict, verdicts
from bakeoff.analysis.verdicts.words import Scale, gain_words
from bakeoff.study.claim_tests import Better


@dataclass(frozen=True)
class Difference:
    """By how much one variant is better than another, in the rounds that both have run.

    Attributes:
        first: a variant's name.
        second: another's.
        where: what is compared, where it is not the study's first metric on test at the end:
            ``" over the first 100 batches"``; it follows the second's name.
        scale: of the figures.
        figures: one for each of those rounds, in order, as printed: above 0 where the first is
            better.
        mean: their mean; None for no rounds.
        interval: the mean's 95% t-interval; None for fewer than two rounds.
        diverged: trials among them that diverged, and count as the worst.
        bounds: values that claims set the mean to be above, 0 left out.
        margins: claims say that the mean lies within one of these of 0.
        outcomes: the claims that rest on it and what became of each, in the study's order; where
            there are no claims, one without a name: ``supported`` if the first is better,
            ``contradicted`` if the second is.
    """

    first: str
    second: str
    where: str
    scale: Scale
    figures: tuple[float, ...]
    mean: float | None
    interval: tuple[float, float] | None
    diverged: int
    bounds: tuple[float, ...]
    margins: tuple[float, ...]
    outcomes: tuple[tuple[str, Outcome], ...]

    @property
    def outcome(self) -> Outcome:
        """That of the first claim that is decided; ``undecided`` where none is."""
        found = (outcome for _, outcome in self.outcomes)
        return next((outcome for outcome in found if outcome != "undecided"), "undecided")

    @property
    def clearness(self) -> float:
        """How far the mean lies from what it is held against, in half widths of its interval.

        Above 1 the interval is clear of 0, and of every bound and margin; 0 where there is none.
        """
        if self.mean is None or self.interval is None:
            return 0.0
        ends = [end for margin in self.margins for end in (-margin, margin)]
        distance = min(abs(self.mean - held) for held in (*self.bounds, *ends) or (0.0,))
        half = (self.interval[1] - self.interval[0]) / 2
        return distance / half if half else float("inf") if distance else 0.0


def claimed_differences(results: Results) -> tuple[Difference, ...]:
    """Return the differences that claims rest on, in the order of the claims.

    Claims about orders, levels, curves and counts have none. A pair that several claims compare
    in the same figure stands once, the way round in which the first of them compares it.
    """
    found: dict[tuple[frozenset[str], str], Difference] = {}
    for verdict in verdicts(results):
        for leaf in verdict.comparisons:
            if isinstance(leaf, Measured) and len(leaf.variants) == 2:
                new = _difference(leaf, verdict)
                key = frozenset(leaf.variants), new.where
                found[key] = _joined(found[key], new) if key in found else new
    return tuple(found.values())


def differences_from(results: Results, reference: str) -> tuple[Difference, ...]:
    """Return by how much each other variant's final test figure is better than that of a reference.

    What can be told apart is told by paired t-tests at 5%, with Holm's correction over all of
    them.

    Raises:
        StudyError: the study has no such variant.
    """
    against = results.study.variant(reference).name
    rivals = [v.name for v in results.study.variants if v.name != against]
    leaves = [part_of(Better(name, than=against), results) for name in rivals]
    measured = [leaf for leaf in leaves if isinstance(leaf, Measured)]
    tested = [leaf.sides("t_test") for leaf in measured if len(leaf.rounds) >= FEWEST]
    adjusted = iter(holm([sides.two_sided for sides in tested]))
    rows = []
    for leaf in measured:
        outcome: Outcome = "undecided"
        if len(leaf.rounds) >= FEWEST and next(adjusted) <= ALPHA:
            outcome = "supported" if leaf.sides("t_test").leaning else "contradicted"
        rows.append(replace(_plain(leaf), outcomes=(("", outcome),)))
    return tuple(rows)


def _difference(leaf: Measured, verdict: Verdict) -> Difference:
    within = leaf.equivalence is not None
    return replace(
        _plain(leaf),
        bounds=() if within or not leaf.bound else (leaf.bound,),
        margins=() if leaf.equivalence is None else (leaf.equivalence.margin,),
        outcomes=((verdict.claim.id, verdict.outcome),),
    )


def _plain(leaf: Measured) -> Difference:
    first, second = leaf.variants
    # The words of a gain end in what is compared: "A beats B over the first 100 batches by".
    start = gain_words(first, second, "", "").above.removesuffix(" by")
    return Difference(
        first=first,
        second=second,
        where=leaf.above.removeprefix(start).removesuffix(" by"),
        scale=leaf.scale,
        figures=leaf.figures,
        mean=leaf.evidence.mean,
        interval=leaf.evidence.interval,
        diverged=leaf.diverged,
        bounds=(),
        margins=(),
        outcomes=(),
    )


def _joined(known: Difference, new: Difference) -> Difference:
    sign = 1 if new.first == known.first else -1
    bounds = (*known.bounds, *(sign * bound for bound in new.bounds))
    return replace(
        known,
        bounds=tuple(dict.fromkeys(bounds)),
        margins=tuple(dict.fromkeys((*known.margins, *new.margins))),
        outcomes=tuple(dict.fromkeys((*known.outcomes, *new.outcomes))),
    )
