"""The paired differences behind a study's conclusions, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.evidence import Evidence, evidence
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.claims.judge import difference
from bakeoff.claims.parts import Measured
from bakeoff.claims.verdicts import Outcome, Verdict, unfinished


@dataclass(frozen=True)
class Difference:
    """The difference of two variants, in the rounds that both have run.

    Attributes:
        contrast: the comparison.
        figures: one for each of those rounds, in order, in the metric's unit: above 0 where the
            first is better.
        evidence: their evidence for "the first is better".
        diverged: trials among them that diverged.
        bounds: the lower bounds that claims state for it, without 0.
        margins: the centres and margins that claims state for it.
        outcomes: the claims about it with their outcomes, in the study's order; without claims,
            one without a name: ``supported`` if the first is better, ``contradicted`` if the
            second is.
    """

    contrast: Contrast
    figures: tuple[float, ...]
    evidence: Evidence
    diverged: int
    bounds: tuple[float, ...]
    margins: tuple[tuple[float, float], ...]
    outcomes: tuple[tuple[str, Outcome], ...]

    @property
    def first(self) -> str:
        """The first variant's name."""
        return self.contrast.variants[0]

    @property
    def second(self) -> str:
        """The second's."""
        return self.contrast.variants[1]

    @property
    def outcome(self) -> Outcome:
        """The outcome of all claims about it; ``undecided`` if they differ."""
        outcomes = {outcome for _, outcome in self.outcomes}
        return outcomes.pop() if len(outcomes) == 1 else "undecided"

    @property
    def clearness(self) -> float:
        """The distance of the typical difference from the nearest value claimed, in half intervals.

        Above 1 the interval excludes 0, and every bound and margin; 0 without an interval.
        """
        estimate, interval = self.evidence.estimate, self.evidence.interval
        if estimate is None or interval is None:
            return 0.0
        ends = [
            end for centre, margin in self.margins for end in (centre - margin, centre + margin)
        ]
        distance = min(abs(estimate - held) for held in (*self.bounds, *ends) or (0.0,))
        half = (interval[1] - interval[0]) / 2
        return distance / half if half else float("inf") if distance else 0.0


def claimed_differences(judged: Iterable[Verdict]) -> tuple[Difference, ...]:
    """Returns the differences behind claims, in the order of the claims.

    Claims about orders, levels, curves and counts have none. If several claims compare a pair in
    the same figure, the pair appears once, in the direction of the first claim.
    """
    differences: dict[object, Difference] = {}
    for verdict in judged:
        for leaf in verdict.comparisons:
            if isinstance(leaf, Measured) and leaf.contrast.kind in {"difference", "speed"}:
                new = _difference(leaf, verdict)
                where = replace(new.contrast, variants=())
                key = frozenset(leaf.variants), where
                differences[key] = _joined(differences[key], new) if key in differences else new
    return tuple(differences.values())


def differences_from(results: Results, reference: str) -> tuple[Difference, ...]:
    """Returns the differences of each other variant's final test figure from a reference's.

    Signed-rank tests at 5% decide each, with Holm's correction over all variants that the study
    declares.

    Raises:
        StudyError: the study has no such variant.
    """
    against = results.study.variant(reference).name
    rivals = [v.name for v in results.study.variants if v.name != against]
    leaves = [difference(results, name, against) for name in rivals]
    measured = [leaf for leaf in leaves if isinstance(leaf, Measured)]
    tested = [leaf for leaf in measured if len(leaf.rounds) >= FEWEST]
    tested = [leaf for leaf in tested if not unfinished(results, (leaf,))]
    p_values = [leaf.sides("signed_rank").two_sided for leaf in tested]
    left_out = max(0, len(results.declared.variants) - 1 - len(tested))
    adjusted = iter(holm([*p_values, *[1.0] * left_out]))
    rows = []
    for leaf in measured:
        outcome: Outcome = "undecided"
        if leaf in tested and next(adjusted) <= ALPHA:
            outcome = "supported" if leaf.sides("signed_rank").leaning else "contradicted"
        rows.append(replace(_plain(leaf), outcomes=(("", outcome),)))
    return tuple(rows)


def _difference(leaf: Measured, verdict: Verdict) -> Difference:
    return replace(
        _plain(leaf),
        bounds=() if leaf.margin is not None or not leaf.bound else (leaf.bound,),
        margins=() if leaf.margin is None else ((leaf.bound, leaf.margin),),
        outcomes=((verdict.claim.id, verdict.outcome),),
    )


def _plain(leaf: Measured) -> Difference:
    # The evidence for "the first is better", for any bound of the claim.
    about_zero = evidence(leaf.figures) if leaf.bound else leaf.evidence
    return Difference(leaf.contrast, leaf.figures, about_zero, leaf.diverged, (), (), ())


def _joined(known: Difference, new: Difference) -> Difference:
    sign = 1 if new.first == known.first else -1
    bounds = (*known.bounds, *(sign * bound for bound in new.bounds))
    margins = (*known.margins, *((sign * centre, margin) for centre, margin in new.margins))
    return replace(
        known,
        bounds=tuple(dict.fromkeys(bounds)),
        margins=tuple(dict.fromkeys(margins)),
        outcomes=tuple(dict.fromkeys((*known.outcomes, *new.outcomes))),
    )
