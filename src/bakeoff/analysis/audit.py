"""The audit of a study: what in its own trials warns against its conclusions, and how much."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, get_args

from bakeoff.analysis.audit_curves import (
    SMALLEST_GAIN,
    Flattery,
    Overfit,
    Unconverged,
    flattery,
    is_clear,
    overfit,
    unconverged,
)
from bakeoff.analysis.audit_fairness import (
    ChoiceOnTest,
    OddHabit,
    UnequalSetting,
    UnequalSizes,
    UnequalTuning,
    choices_on_test,
    odd_habits,
    unequal_settings,
    unequal_sizes,
    unequal_tuning,
)
from bakeoff.analysis.audit_rounds import (
    Diverged,
    FewRounds,
    UnevenRounds,
    diverged,
    few_rounds,
    uneven_rounds,
)
from bakeoff.analysis.results import Results
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant

Severity: TypeAlias = Literal["grave", "caution", "note"]
"""Whether it takes a conclusion away, may bend one, or is good to know."""

Kind: TypeAlias = Literal[
    "few_rounds",
    "published_flattery",
    "choice_on_test",
    "diverged",
    "odd_habit",
    "unequal_setting",
    "unequal_tuning",
    "unequal_sizes",
    "unconverged",
    "uneven_rounds",
    "overfit",
    "flattery",
]
"""What is found, the gravest first where severities are equal."""

Case: TypeAlias = (
    FewRounds
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
)
"""One instance of a finding with its numbers; differences of errors are fractions."""

CaseT = TypeVar("CaseT", bound=Case)

MOST_DIVERGED = 0.2
"""From this share of a variant's trials on, its mean is that of the trials that went well."""


@dataclass(frozen=True)
class Finding:
    """A warning, with its size.

    Attributes:
        kind: what is found.
        severity: how much of a conclusion it puts in doubt.
        cases: every instance with its numbers, one or more, all of the kind's own type.
    """

    kind: Kind
    severity: Severity
    cases: tuple[Case, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the variants concerned, each once."""
        return tuple(dict.fromkeys(name for case in self.cases for name in concerned(case)))


def audit(results: Results, *, groups: Sequence[Collection[str]] = ()) -> tuple[Finding, ...]:
    """Return what warns against a study's conclusions, the gravest first.

    Everything is computed from the histories and the declarations; a study of which little has
    run gets only the warnings that this little allows.

    Args:
        results: what the study has answered, maybe in part.
        groups: names of variants that are compared with each other, as the claims' are. Unequal
            tuning, sizes and settings are looked for within each. By default all the study's
            variants are one group.

    Raises:
        StudyError: a group names a variant that the study lacks.
    """
    found = [
        *_of_curves(results),
        *_of_rounds(results),
        *_of_comparisons(results, _compared(results.study, groups)),
    ]
    severities, kinds = get_args(Severity), get_args(Kind)
    return tuple(
        sorted(found, key=lambda one: (severities.index(one.severity), kinds.index(one.kind)))
    )


def concerned(case: Case) -> tuple[str, ...]:
    """Return the names of the variants that a case is about."""
    match case:
        case UnequalSetting():
            return tuple(name for _, names in case.values for name in names)
        case UnequalTuning():
            return (*(choice.variant for choice in case.choices), *case.untuned)
        case UnequalSizes():
            return (case.smallest, case.largest)
        case ChoiceOnTest():
            return case.variants
        case _:
            return (case.variant,)


def _compared(study: Study, groups: Sequence[Collection[str]]) -> list[tuple[Variant, ...]]:
    if not groups:
        return [study.variants]
    return [tuple(study.variant(name) for name in group) for group in groups if group]


def _of_curves(results: Results) -> Iterator[Finding]:
    trials = [(variant, results.of(variant)) for variant in results.study.variants]
    flattered = [case for trial in trials if (case := flattery(*trial)) is not None]
    published = tuple(case for case in flattered if case.published)
    grave = any(is_clear(case.over_final, SMALLEST_GAIN) for case in published)
    yield from _finding("published_flattery", "grave" if grave else "note", published)
    yield from _finding("flattery", "note", tuple(c for c in flattered if not c.published))
    late = tuple(case for trial in trials if (case := unconverged(*trial)) is not None)
    yield from _finding("unconverged", "caution", late)
    turned = tuple(case for trial in trials if (case := overfit(*trial)) is not None)
    worse = any(is_clear(case.change, SMALLEST_GAIN) for case in turned)
    yield from _finding("overfit", "caution" if worse else "note", turned)


def _of_rounds(results: Results) -> Iterator[Finding]:
    trials = [(variant, results.of(variant)) for variant in results.study.variants]
    broken = tuple(case for trial in trials if (case := diverged(*trial)) is not None)
    many = any(case.share >= MOST_DIVERGED for case in broken)
    yield from _finding("diverged", "grave" if many else "caution", broken)
    few = tuple(case for trial in trials if (case := few_rounds(*trial)) is not None)
    by_design = any(case.asked < case.needed for case in few)
    yield from _finding("few_rounds", "grave" if by_design else "caution", few)
    most = max(sum(history is not None for history in places) for _, places in trials)
    uneven = tuple(case for trial in trials if (case := uneven_rounds(*trial, most)) is not None)
    halved = any(2 * case.asked < case.most for case in uneven)
    yield from _finding("uneven_rounds", "caution" if halved else "note", uneven)


def _of_comparisons(results: Results, groups: Sequence[tuple[Variant, ...]]) -> Iterator[Finding]:
    variants, searches = results.study.variants, results.searches
    on_test = tuple(case for found in searches for case in choices_on_test(found, variants))
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


def _each_once(cases: Iterable[CaseT | None]) -> tuple[CaseT, ...]:
    return tuple(dict.fromkeys(case for case in cases if case is not None))


def _finding(kind: Kind, severity: Severity, cases: Sequence[Case]) -> Iterator[Finding]:
    if cases:
        yield Finding(kind, severity, tuple(cases))
