"""The audit of a study: reasons in its own trials to doubt its conclusions, with their size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, get_args

from bakeoff.analysis.audit.curves import (
    SMALLEST_GAIN,
    Flattery,
    Overfit,
    Unconverged,
    flattery,
    is_clear,
    overfit,
    span,
    unconverged,
)
from bakeoff.analysis.audit.fairness import (
    Identical,
    OddHabit,
    UnequalSetting,
    UnequalSizes,
    identical,
    odd_habits,
    unequal_settings,
    unequal_sizes,
)
from bakeoff.analysis.audit.rounds import (
    Diverged,
    FewRounds,
    UnevenRounds,
    diverged,
    few_rounds,
    uneven_rounds,
)
from bakeoff.analysis.audit.tuning import (
    ChoiceOnTest,
    UnequalTuning,
    choices_on_test,
    unequal_tuning,
)
from bakeoff.analysis.results import Results
from bakeoff.data.tasks import folds_of
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.finding import DoubtKind
from bakeoff.training.finding import Finding as Doubt

Severity: TypeAlias = Literal["grave", "caution", "note"]
"""Whether it takes a conclusion away, may bend one, or is good to know."""

Kind: TypeAlias = Literal[
    "identical",
    "few_rounds",
    "published_flattery",
    "choice_on_test",
    "overlap",
    "batch_dependence",
    "diverged",
    "odd_habit",
    "unrepeatable",
    "unequal_setting",
    "unequal_tuning",
    "unequal_sizes",
    "unconverged",
    "uneven_rounds",
    "overfit",
    "flattery",
]
"""The kinds of finding; of one severity, the gravest first."""

Case: TypeAlias = (
    Identical
    | FewRounds
    | Flattery
    | ChoiceOnTest
    | Diverged
    | OddHabit
    | UnequalSetting
    | UnequalTuning
    | UnequalSizes
    | Unconverged
    | UnevenRounds
    | Overfit
    | Doubt
)
"""One instance of a finding with its numbers, in the unit of the study's metric."""

CaseT = TypeVar("CaseT", bound=Case)

MOST_SHARED = 0.01
"""From this share of the test split on, examples that are in training too bias a conclusion."""

MOST_DIVERGED = 0.2
"""From this share of diverged trials on, a variant's mean says little about all its trials."""


@dataclass(frozen=True)
class AuditFinding:
    """A warning, with its size.

    Attributes:
        kind: the kind of finding.
        severity: how much it weakens a conclusion.
        cases: every instance with its numbers, the largest first, all of the kind's own type.
    """

    kind: Kind
    severity: Severity
    cases: tuple[Case, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the variants concerned, each once."""
        return tuple(dict.fromkeys(name for case in self.cases for name in concerned(case)))


def audit(results: Results, *, groups: Sequence[Collection[str]] = ()) -> tuple[AuditFinding, ...]:
    """Returns the findings against a study's conclusions, the gravest first.

    Everything is computed from the histories and the declarations. If few trials have run, only
    some findings are possible.

    Args:
        results: the study's results, maybe partly run.
        groups: names of variants that are compared with each other, for example by a claim. Each
            group is searched for unequal tuning, sizes and settings, too few rounds and uneven
            ones. By default all the study's variants are one group.

    Raises:
        StudyError: a group names a variant that the study lacks.
    """
    compared = _compared(results.study, groups)
    findings = [
        *_of_curves(results),
        *_of_rounds(results, compared),
        *_of_comparisons(results, compared),
        *_of_doubts(results),
    ]
    severities, kinds = get_args(Severity), get_args(Kind)
    findings.sort(key=lambda each: (severities.index(each.severity), kinds.index(each.kind)))
    return tuple(findings)


def concerned(case: Case) -> tuple[str, ...]:
    """Returns the names of the variants that a case is about."""
    match case:
        case UnequalSetting():
            return tuple(name for _, names in case.values for name in names)
        case UnequalTuning():
            return (*(choice.variant for choice in case.choices), *case.untuned)
        case UnequalSizes():
            return (case.smallest, case.largest)
        case ChoiceOnTest() | Identical():
            return case.variants
        case Doubt(variant=""):
            return ()
        case _:
            return (case.variant,)


def _compared(study: Study, groups: Sequence[Collection[str]]) -> list[tuple[Variant, ...]]:
    if not groups:
        return [study.variants]
    chosen = [{study.variant(name).name for name in group} for group in groups if group]
    # In the study's order, so that one set of variants gives one case for any order of names.
    return [tuple(v for v in study.variants if v.name in group) for group in chosen]


def _of_curves(results: Results) -> Iterator[AuditFinding]:
    trials = [(variant, results.of(variant)) for variant in results.study.variants]
    metric, folds = results.study.metric, folds_of(results.study.task)
    flattered = _each_once(flattery(*trial, metric, folds=folds) for trial in trials)
    published = tuple(case for case in flattered if case.published)
    spans = {variant.name: SMALLEST_GAIN * span(metric, histories) for variant, histories in trials}
    grave = any(is_clear(case.over_final, spans[case.variant]) for case in published)
    yield from _finding("published_flattery", "grave" if grave else "note", published)
    yield from _finding("flattery", "note", tuple(c for c in flattered if not c.published))
    late = _each_once(unconverged(*trial, metric, folds=folds) for trial in trials)
    yield from _finding("unconverged", "caution", late)
    turned = _each_once(overfit(*trial, metric, folds=folds) for trial in trials)
    worse = any(is_clear(case.loss, spans[case.variant]) for case in turned)
    yield from _finding("overfit", "caution" if worse else "note", turned)


def _of_rounds(results: Results, groups: Sequence[tuple[Variant, ...]]) -> Iterator[AuditFinding]:
    broken = _each_once(diverged(v, results.of(v)) for v in results.study.variants)
    many = any(case.size >= MOST_DIVERGED for case in broken)
    yield from _finding("diverged", "grave" if many else "caution", broken)
    folds = folds_of(results.study.task)
    few = _each_once(few_rounds(v, results.of(v), folds=folds) for group in groups for v in group)
    by_design = any(case.asked < case.needed for case in few)
    yield from _finding("few_rounds", "grave" if by_design else "caution", few)
    uneven = _uneven(results, groups)
    halved = any(2 * case.asked < case.most for case in uneven)
    yield from _finding("uneven_rounds", "caution" if halved else "note", uneven)


def _uneven(results: Results, groups: Sequence[tuple[Variant, ...]]) -> tuple[UnevenRounds, ...]:
    """Returns each variant's greatest difference in rounds within a group."""
    greatest: dict[str, UnevenRounds] = {}
    for group in groups:
        most = max(sum(history is not None for history in results.of(v)) for v in group)
        for variant in group:
            case = uneven_rounds(variant, results.of(variant), most)
            before = greatest.get(variant.name)
            if case is not None and (before is None or before.size < case.size):
                greatest[variant.name] = case
    return tuple(greatest.values())


def _of_comparisons(
    results: Results, groups: Sequence[tuple[Variant, ...]]
) -> Iterator[AuditFinding]:
    variants, searches = results.study.variants, results.searches
    yield from _finding("identical", "grave", tuple(identical(results)))
    on_test = tuple(case for search in searches for case in choices_on_test(search, variants))
    decides = any(case.decides for case in on_test)
    yield from _finding("choice_on_test", "grave" if decides else "caution", on_test)
    habits = tuple(case for variant in variants for case in odd_habits(variant, results))
    yield from _finding("odd_habit", "caution", habits)
    settings = (case for group in groups for case in unequal_settings(group))
    yield from _finding("unequal_setting", "caution", _each_once(settings))
    tuned = (unequal_tuning(group, searches) for group in groups)
    yield from _finding("unequal_tuning", "caution", _each_once(tuned))
    sizes = (unequal_sizes(group, results) for group in groups)
    yield from _finding("unequal_sizes", "caution", _each_once(sizes))


def _of_doubts(results: Results) -> Iterator[AuditFinding]:
    kinds: tuple[DoubtKind, ...] = get_args(DoubtKind)
    for kind in kinds:
        cases = tuple(doubt for doubt in results.doubts if doubt.kind == kind)
        few = kind == "overlap" and all(case.size < MOST_SHARED for case in cases)
        yield from _finding(kind, "note" if few else "caution", cases)


def _each_once(cases: Iterable[CaseT | None]) -> tuple[CaseT, ...]:
    return tuple(dict.fromkeys(case for case in cases if case is not None))


def _finding(kind: Kind, severity: Severity, cases: Sequence[Case]) -> Iterator[AuditFinding]:
    if cases:
        yield AuditFinding(kind, severity, tuple(sorted(cases, key=lambda case: -case.size)))
