"""The findings of the audit in sentences, each with its size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bakeoff.analysis.audit.audit import AuditFinding, Case, Kind
from bakeoff.analysis.audit.curves import Flattery, Overfit, Unconverged
from bakeoff.analysis.audit.fairness import Identical, OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import ChoiceOnTest, UnequalTuning
from bakeoff.analysis.contrast import Unit
from bakeoff.analysis.summary import Summary
from bakeoff.data.metric import Metric
from bakeoff.reporting.section import Notice
from bakeoff.reporting.text.checks import doubt
from bakeoff.reporting.text.numbers import (
    apart,
    counted,
    difference,
    listed,
    number,
    quantity_label,
)
from bakeoff.reporting.text.words import identical_words, named
from bakeoff.study.measured import metric_of
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.finding import Finding as Doubt

NAMED = 3
"""The most variants that a sentence names; for more it gives the number."""

TITLES: dict[Kind, str] = {
    "identical": "Trained alike",
    "few_rounds": "Too few rounds",
    "published_flattery": "Published at the best epoch on test",
    "choice_on_test": "Chosen on test data",
    "overlap": "Test examples in training",
    "batch_dependence": "Answers that depend on the batch",
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


def notice(finding: AuditFinding, study: Study) -> Notice:
    """Returns a finding in words: the largest case in a sentence, and each in the details."""
    title, cases = TITLES[finding.kind], finding.cases
    rounds = [case for case in cases if isinstance(case, FewRounds)]
    if rounds:
        return Notice(finding.severity, title, few_rounds(rounds))
    details = tuple(_sentence(case, study) for case in cases)
    if len(details) == 1:
        return Notice(finding.severity, title, details[0])
    return Notice(finding.severity, title, _overview(cases, study), details)


def _overview(cases: Sequence[Case], study: Study) -> str:
    """Returns several cases of one kind as their number and the largest one.

    A change that chance could explain is not the largest, whatever its size.
    """
    settings: dict[str, str] = {}
    for case in cases:
        if isinstance(case, UnequalSetting):
            settings.setdefault(case.setting, _span(case))
    if settings:
        return f"Compared variants differ in {listed(settings.values())}."
    likely = (case for case in cases if not isinstance(case, OddHabit) or case.is_clear)
    return f"{len(cases)} cases; the largest: {_sentence(next(likely, cases[0]), study)}"


def _span(case: UnequalSetting) -> str:
    """Returns the name of a setting, with its least and greatest value if it is a number."""
    (low, _), *_, (high, _) = case.values
    words = {"batch": "batch size", "averaging": "weight averaging", "before": "earlier phases"}
    ends = f" ({low} to {high})" if isinstance(low, int) else ""
    return words.get(case.setting, case.setting) + ends


def _sentence(case: Case, study: Study) -> str:  # noqa: PLR0912
    """Returns one case as a sentence."""
    metric = study.metric
    match case:
        case Identical():
            text = f"{identical_words(case.variants)}."
        case Flattery():
            text = _flattery(case, metric)
        case Unconverged():
            text = _unconverged(case, metric)
        case Overfit():
            text = _overfit(case, metric)
        case OddHabit():
            text = _habit(case, metric)
        case UnequalTuning():
            text = _tuning(case)
        case ChoiceOnTest():
            text = _choice_on_test(case, _chosen_metric(case, study))
        case FewRounds():
            text = few_rounds([case])
        case UnequalSetting():
            text = _setting(case)
        case Diverged():
            rest = (
                "its means are over the other rounds"
                if len(case.rounds) < case.ran
                else "has no means"
            )
            text = (
                f"{named(case.variant)} diverged in {len(case.rounds)} of "
                f"{counted(case.ran, 'round')} ({listed(map(str, case.rounds))}), and {rest}."
            )
        case UnevenRounds():
            text = (
                f"{named(case.variant)} has run for {counted(case.ran, 'round')}, others for up "
                f"to {case.most}; only rounds that both have run make pairs."
            )
        case UnequalSizes():
            text = (
                f"{named(case.largest)} has {case.most:,} parameters, {case.size:,.1f} times the "
                f"{case.fewest:,} of {named(case.smallest)}."
            )
        case Doubt():
            text = doubt(case, named(case.variant))
    return text


def unmeasured(study: Study) -> str:
    """Returns what the audit cannot tell because curves are not measured, empty for nothing."""
    trained = [variant for variant in study.variants if not variant.model.trains_itself]
    without = {
        split: [v for v in trained if split not in v.recipe.evaluated]
        for split in ("test", "validation")
    }
    chosen = [
        v
        for v in without["validation"]
        if "validation" in study.task.sizes
        and any(published.of.selection == "best_on_test" for published in v.published)
    ]
    texts = [
        f"{_whose(variants, trained)} not measured on {split} after each epoch: {unknown}."
        for split, variants, unknown in (
            ("test", without["test"], "whether training was too short or too long is not known"),
            ("validation", chosen, "what the best epoch there would give is not known"),
        )
        if variants
    ]
    return " ".join(texts)


def _whose(variants: Sequence[Variant], every: Sequence[Variant]) -> str:
    if len(variants) == len(every) > 1:
        return "The variants are"
    if len(variants) > NAMED:
        return f"{len(variants)} of {len(every)} variants are"
    return f"{listed(named(v.name) for v in variants)} {'is' if len(variants) == 1 else 'are'}"


def _flattery(case: Flattery, metric: Metric) -> str:
    against = [f"{_size(case.over_final, metric, case.unit)} better there than at the final epoch"]
    if case.over_validation is not None:
        against.append(
            f"{_size(case.over_validation, metric, case.unit)} better than at the best on "
            "validation"
        )
    how = "published" if case.published else "read"
    return f"{named(case.variant)}, {how} at its best epoch on test, is {listed(against)}."


def _unconverged(case: Unconverged, metric: Metric) -> str:
    rounds = [f"round {n} ({apart(gain, metric)})" for n, gain in case.rounds[:NAMED]]
    single = listed(rounds) if rounds else ""
    if case.gain.mean is None or case.gain.mean <= 0:
        # It may be that no draw has run whole.
        mean = "" if case.gain.mean is None else ", if not on average"
        return f"{named(case.variant)} was still learning in {single}{mean}."
    most = f", most in {single}" if single else ""
    return (
        f"{named(case.variant)} improved its test {metric.words} by "
        f"{_size(case.gain, metric, case.unit)} in the last {case.epochs} epochs over the "
        f"{case.epochs} before{most}, and its training loss was still falling."
    )


def _overfit(case: Overfit, metric: Metric) -> str:
    loss = case.loss.mean or 0.0
    return (
        f"{named(case.variant)} has its lowest test loss after epoch {case.since} and ends at "
        f"{_times(case.rise)} that loss ({counted(case.rise.n, case.unit)}), while "
        f"its test {metric.words} gets {apart(abs(loss), metric)} "
        f"{'worse' if loss > 0 else 'better'}."
    )


def _habit(case: OddHabit, metric: Metric) -> str:
    what = (
        "is tested in training mode, dropout on"
        if case.habit == "evaluate_in_train_mode"
        else f"trains in evaluation mode after {counted(case.epochs or 0, 'epoch')}"
    )
    change = case.difference
    if change.mean is None:
        return f"{named(case.variant)} {what}; the effect is not measured here."
    low, high = (difference(end, metric) for end in change.interval or (0.0, 0.0))
    span = f"95% {low} to {high}, " if change.interval else ""
    unit = "points" if metric.unit == "%" else metric.unit
    size = f"{difference(change.mean, metric)} {unit}".rstrip()
    size = f"{size} ({span}{counted(change.n, case.unit)})"
    name, other = named(case.variant), named(case.without)
    if case.is_clear:
        return f"{name} {what}, which changes its test {metric.words} by {size} against {other}."
    chance = ", which chance could explain" if change.interval else ""
    return f"{name} {what}: its test {metric.words} differs by {size} from that of {other}{chance}."


def _setting(case: UnequalSetting) -> str:
    parts: list[str] = []
    for value, names in case.values:
        how = {
            "epochs": f"for {value} epoch{'' if value == 1 else 's'}",
            "batch": f"in batches of {value}",
            "precision": f"in {value}",
            "stopping": "to the last epoch" if value == "None" else f"until {value} ends it",
            "augmentation": f"with {value}" if value else "without augmentation",
            "averaging": "without averaging" if value == "None" else f"with {value}",
            "views": "without views" if value == "None" else f"with {value}",
            "before": f"after {value}" if value else "without earlier phases",
        }[case.setting]
        verb = "" if parts else " trains" if len(names) == 1 else " train"
        parts.append(f"{_names(names)}{verb} {how}")
    return f"{listed(parts)}."


def _tuning(case: UnequalTuning) -> str:
    parts: list[str] = []
    for choice in case.choices:
        number = str(choice.candidates) if parts else counted(choice.candidates, "candidate")
        source = " (the published choice)" if choice.by == "source" else ""
        parts.append(f"{number} for {named(choice.variant)}{source}")
    if case.untuned:
        parts.append(f"none for {_names(case.untuned)}")
    return f"Searches try {listed(parts)}."


def _chosen_metric(case: ChoiceOnTest, study: Study) -> Metric:
    """Returns the metric by which a search chooses."""
    tasks = (search.task for search in study.searches if search.name == case.search)
    task = next(tasks, study.task)
    return metric_of(task, case.quantity.metric)


def _choice_on_test(case: ChoiceOnTest, metric: Metric) -> str:
    label = quantity_label(case.quantity, metric)
    way = "chooses by" if case.decides else "also shows the choice by"
    size = (
        f"; by this figure the choice is {apart(case.gain, metric)} better than the choice made "
        "without test data"
        if case.gain is not None
        else ""
    )
    return (
        f"{named(case.search)}, a search among {counted(case.candidates, 'candidate')}, {way} "
        f"{label}{size}."
    )


def few_rounds(cases: Sequence[FewRounds]) -> str:
    """Returns all variants with too few rounds in one sentence."""
    by_number: dict[tuple[int, int], list[str]] = {}
    for case in cases:
        by_number.setdefault((case.ran, case.asked), []).append(case.variant)
    groups = (
        f"{_names(names)} {'has' if len(names) == 1 else 'have'} "
        + (str(asked) if ran == asked else f"run {ran} of {asked}")
        for (ran, asked), names in by_number.items()
    )
    first = cases[0]
    return f"Fewer than {first.needed} {first.unit}s give no verdict: {listed(groups)}."


def _names(names: Iterable[str]) -> str:
    texts = [named(name) for name in names]
    return listed(texts) if len(texts) <= NAMED else counted(len(texts), "variant")


def _times(rise: Summary) -> str:
    """Returns a relative rise as a multiple: ``"1.25 times"``."""
    return f"{1 + (rise.mean or 0.0):.2f} times"


def _size(summary: Summary, metric: Metric, unit: Unit) -> str:
    """Returns a mean gain with its interval, if it has one, and its number of rounds."""
    over = counted(summary.n, unit)
    if summary.interval is not None:
        low, high = (number(end, metric) for end in summary.interval)
        over = f"95% {low} to {high}, {over}"
    return f"{apart(summary.mean, metric)} ({over})"
