"""The audit of a study in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakeoff.analysis.audit.audit import Case, Finding, Kind, Severity, audit
from bakeoff.analysis.audit.curves import Flattery, Overfit, Unconverged
from bakeoff.analysis.audit.fairness import Identical, OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import ChoiceOnTest, UnequalTuning
from bakeoff.analysis.results import Results
from bakeoff.reporting.audit_cases import (
    called,
    chosen_metric,
    few_rounds,
    habits,
    sentence,
    times,
)
from bakeoff.reporting.checks import doubts
from bakeoff.reporting.wording import apart, counted, listed
from bakeoff.study.study import Study
from bakeoff.training.finding import Finding as Doubt

TITLES: dict[Kind, str] = {
    "identical": "Trained alike",
    "few_rounds": "Too few rounds",
    "published_flattery": "Published at the best epoch on test",
    "choice_on_test": "Chosen on test data",
    "overlap": "Test examples in training",
    "batch_dependence": "Answers that hang on the batch",
    "diverged": "Diverged",
    "odd_habit": "Measured or trained in the wrong mode",
    "unrepeatable": "Steps that cannot be repeated",
    "unequal_setting": "Unequal training",
    "unequal_tuning": "Unequal tuning",
    "unequal_sizes": "Unequal sizes",
    "unconverged": "Still learning at the end",
    "uneven_rounds": "Uneven rounds",
    "overfit": "Overfitting",
    "flattery": "Flattered by the best epoch on test",
}


@dataclass(frozen=True)
class Remark:
    """A finding for a reader.

    Attributes:
        severity: how much of a conclusion it puts in doubt.
        title: a few words.
        text: one sentence with the size, that of the largest case where there are several.
        details: a sentence for each case, the largest first; empty where the text says all.
    """

    severity: Severity
    title: str
    text: str
    details: tuple[str, ...]


def findings(results: Results) -> tuple[Finding, ...]:
    """Return what the audit finds, without what speaks of comparisons where there are none."""
    study = results.study
    found = audit(results, groups=[claim.variants() for claim in study.claims])
    if len(study.variants) > 1 or study.claims:
        return tuple(found)
    return tuple(one for one in found if one.kind != "few_rounds")


def remark(finding: Finding, study: Study) -> Remark:
    """Return a finding in words."""
    title, cases = TITLES[finding.kind], finding.cases
    rounds = [case for case in cases if isinstance(case, FewRounds)]
    if rounds:
        return Remark(finding.severity, title, few_rounds(rounds), ())
    details = tuple(sentence(case, study) for case in cases)
    if len(details) == 1:
        return Remark(finding.severity, title, details[0], ())
    return Remark(finding.severity, title, _overview(cases, study), details)


def _overview(cases: Sequence[Case], study: Study) -> str:
    """Return two cases or more of one kind in a sentence, with the size of the largest."""
    n, metric = len(cases), study.metric
    match cases[0]:
        case Identical() as most:
            text = f"{n} groups of variants are trained alike; {sentence(most, study)}"
        case Flattery() as most:
            whose = (
                f"The published figures of {n} variants are read at the best epoch on test, which "
                "flatters them"
                if most.published
                else f"The best epoch on test flatters {n} variants"
            )
            size = apart(most.over_final.mean, metric)
            text = f"{whose} by up to {size} over the final epoch, {_most(most)}."
        case Unconverged() as most:
            # No draw of a cross-validation may have run whole.
            by = "" if most.gain.mean is None else f" by up to {apart(most.gain.mean, metric)}"
            text = (
                f"{n} variants were still learning: the last part of training improved the test "
                f"{metric.words}{by}, {_most(most)}."
            )
        case Overfit() as most:
            text = (
                f"The test loss of {n} variants rises again, to up to {times(most.rise)} its "
                f"lowest, while the test {metric.words} stands, {_most(most)}."
            )
        case Diverged() as most:
            text = (
                f"Trials of {n} variants diverged, up to {len(most.rounds)} of "
                f"{counted(most.ran, 'round')}, {_most(most)}."
            )
        case UnevenRounds() as most:
            text = (
                f"{n} variants have run for fewer rounds than others, down to {most.ran} against "
                f"{most.most}; only the rounds of both make pairs."
            )
        case OddHabit():
            text = habits([case for case in cases if isinstance(case, OddHabit)], metric)
        case UnequalSizes() as most:
            text = (
                f"Sizes are unequal in {n} comparisons, most where {called(most.largest)} has "
                f"{most.size:,.1f} times the parameters of {called(most.smallest)}."
            )
        case UnequalTuning() as most:
            text = (
                f"Variants are tuned unequally in {n} comparisons, by up to "
                f"{most.choices[0].candidates} candidates against "
                f"{'none' if most.untuned else most.fewest}."
            )
        case ChoiceOnTest() as most:
            size = f" by up to {apart(most.gain, chosen_metric(most, study))}" if most.gain else ""
            text = f"{n} choices are made by test figures, which flatters what they choose{size}."
        case Doubt() as most:
            text = doubts(n, most, called(most.variant))
        case _:
            text = _settings(cases)
    return text


def _settings(cases: Sequence[Case]) -> str:
    spans: dict[str, str] = {}
    for case in cases:
        if isinstance(case, UnequalSetting):
            name = "batch size" if case.setting == "batch" else case.setting
            (low, _), *_, (high, _) = case.values
            spans.setdefault(name, f"{name} ({low} to {high})")
    return f"Compared variants differ in {listed(spans.values())}."


def _most(case: Flattery | Unconverged | Overfit | Diverged) -> str:
    return f"{called(case.variant)} most"
