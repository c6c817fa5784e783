"""The audit's single cases, each as a sentence with its size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bakeoff.analysis.audit.audit import Case
from bakeoff.analysis.audit.curves import Flattery, Overfit, Unconverged
from bakeoff.analysis.audit.fairness import Identical, OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import ChoiceOnTest, UnequalTuning
from bakeoff.analysis.contrast import Unit
from bakeoff.analysis.summary import Summary
from bakeoff.data.metric import Metric
from bakeoff.reporting.checks import doubt
from bakeoff.reporting.text.words import identical_words
from bakeoff.reporting.wording import (
    apart,
    counted,
    difference,
    difference_interval,
    listed,
    quantity_label,
)
from bakeoff.study.measured import metric_of
from bakeoff.study.study import Study
from bakeoff.training.finding import Finding as Doubt

NAMED = 3
"""The most variants that a sentence names; of more it gives the number."""


def sentence(case: Case, study: Study) -> str:  # noqa: PLR0912
    """Return one case as a sentence."""
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
            text = _choice_on_test(case, chosen_metric(case, study))
        case FewRounds():
            text = few_rounds([case])
        case UnequalSetting():
            text = _setting(case)
        case Diverged():
            rest = (
                "its means are over the others" if len(case.rounds) < case.ran else "has no means"
            )
            text = (
                f"{called(case.variant)} diverged in {len(case.rounds)} of "
                f"{counted(case.ran, 'round')} ({listed(map(str, case.rounds))}), and {rest}."
            )
        case UnevenRounds():
            text = (
                f"{called(case.variant)} has run for {counted(case.ran, 'round')}, others for up "
                f"to {case.most}; only the rounds of both make pairs."
            )
        case UnequalSizes():
            text = (
                f"{called(case.largest)} has {case.most:,} parameters, {case.size:,.1f} times the "
                f"{case.fewest:,} of {called(case.smallest)}."
            )
        case Doubt():
            text = doubt(case, called(case.variant))
    return text


def _flattery(case: Flattery, metric: Metric) -> str:
    against = [f"{_size(case.over_final, metric, case.unit)} better there than at the final epoch"]
    if case.over_validation is not None:
        against.append(
            f"{_size(case.over_validation, metric, case.unit)} better than at the best on "
            "validation"
        )
    if case.published:
        return f"{called(case.variant)}, published at its best epoch on test, is {listed(against)}."
    return f"{called(case.variant)}, read at its best epoch on test, is {listed(against)}."


def _unconverged(case: Unconverged, metric: Metric) -> str:
    rounds = [f"round {n} ({apart(gain, metric)})" for n, gain in case.rounds[:NAMED]]
    single = listed(rounds) if rounds else ""
    if case.gain.mean is None or case.gain.mean <= 0:
        # No draw may have run whole.
        mean = "" if case.gain.mean is None else ", if not on average"
        return f"{called(case.variant)} was still learning in {single}{mean}."
    most = f", most in {single}" if single else ""
    return (
        f"{called(case.variant)} improved its test {metric.words} by "
        f"{_size(case.gain, metric, case.unit)} in the last {case.epochs} epochs over the "
        f"{case.epochs} before{most}, and its training loss was still falling."
    )


def _overfit(case: Overfit, metric: Metric) -> str:
    loss = case.loss.mean or 0.0
    return (
        f"{called(case.variant)} has its lowest test loss after epoch {case.since} and ends at "
        f"{times(case.rise)} that ({counted(case.rise.n, case.unit)}), while "
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
        return f"{called(case.variant)} {what}; what that does is not measured here."
    low, high = (difference(end, metric) for end in change.interval or (0.0, 0.0))
    span = f"95% {low} to {high}, " if change.interval else ""
    unit = "points" if metric.unit == "%" else metric.unit
    size = f"{difference(change.mean, metric)} {unit}".rstrip()
    size = f"{size} ({span}{counted(change.n, case.unit)})"
    name, other = called(case.variant), called(case.without)
    if case.is_clear:
        return f"{name} {what}, which changes its test {metric.words} by {size} against {other}."
    chance = ", which chance could explain" if change.interval else ""
    return f"{name} {what}: its test {metric.words} differs by {size} from that of {other}{chance}."


def habits(cases: Sequence[OddHabit], metric: Metric) -> str:
    """Return several wrong modes in one sentence, with the largest change that is clear."""
    variants = {case.variant for case in cases}
    text = f"{counted(len(variants), 'variant')} {'is' if len(variants) == 1 else 'are'} tested or "
    text += "trained in the wrong mode"
    clear = [case for case in cases if case.is_clear]
    if not clear:
        return f"{text}; whether that changes a test {metric.words} is not shown."
    names = list(dict.fromkeys(called(case.variant) for case in clear))
    size = f"{'up to ' if len(clear) > 1 else ''}{apart(clear[0].size, metric)}"
    whose = f"{listed(names[:NAMED])}" if len(names) <= NAMED else f"{names[0]} most"
    return (
        f"{text}, which changes the test {metric.words} of {len(names)} of them by {size}: {whose}."
    )


def _setting(case: UnequalSetting) -> str:
    parts: list[str] = []
    for value, names in case.values:
        how = {
            "epochs": f"for {value} epoch{'' if value == 1 else 's'}",
            "batch": f"in batches of {value}",
            "precision": f"in {value}",
        }[case.setting]
        verb = "" if parts else " trains" if len(names) == 1 else " train"
        parts.append(f"{_names(names)}{verb} {how}")
    return f"{listed(parts)}."


def _tuning(case: UnequalTuning) -> str:
    parts: list[str] = []
    for choice in case.choices:
        number = str(choice.candidates) if parts else counted(choice.candidates, "candidate")
        source = " (the published choice)" if choice.by == "source" else ""
        parts.append(f"{number} for {called(choice.variant)}{source}")
    if case.untuned:
        parts.append(f"none for {_names(case.untuned)}")
    return f"Searches try {listed(parts)}."


def chosen_metric(case: ChoiceOnTest, study: Study) -> Metric:
    """Return the metric by which a search chooses."""
    tasks = (search.task for search in study.searches if search.name == case.search)
    task = next(tasks, study.task)
    return metric_of(task, case.quantity.metric)


def _choice_on_test(case: ChoiceOnTest, metric: Metric) -> str:
    label = quantity_label(case.quantity, metric)
    way = "chooses by" if case.decides else "also shows the choice by"
    size = (
        f"; what it chooses looks {apart(case.gain, metric)} better than what is chosen without"
        if case.gain is not None
        else ""
    )
    return (
        f"{called(case.search)}, a search among {counted(case.candidates, 'candidate')}, {way} "
        f"{label}{size}."
    )


def few_rounds(cases: Sequence[FewRounds]) -> str:
    """Return all variants with too few rounds in one sentence."""
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
    given = [called(name) for name in names]
    return listed(given) if len(given) <= NAMED else counted(len(given), "variant")


def called(name: str) -> str:
    """Return a name in quotation marks where its commas could be those of the sentence."""
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
    return quoted if "," in name else name


def times(rise: Summary) -> str:
    """Return a relative rise as a multiple: ``"1.25 times"``."""
    return f"{1 + (rise.mean or 0.0):.2f} times"


def _size(found: Summary, metric: Metric, unit: Unit) -> str:
    """Return a mean gain with its interval, where it has one, and what it is over."""
    over = counted(found.n, unit)
    if found.interval is not None:
        over = f"95% {difference_interval(found.interval, metric)}, {over}"
    return f"{apart(found.mean, metric)} ({over})"
