"""Sentences on what rounds vary, what verdicts are about, and how many rounds they need."""

from __future__ import annotations

from collections.abc import Sequence

from bakeoff.analysis.failures import Failures
from bakeoff.analysis.scope import Scope, sampling_of
from bakeoff.analysis.statistics.typical import detectable
from bakeoff.claims.verdicts import family, rounds_asked
from bakeoff.data.tasks import KFold
from bakeoff.reporting.text.numbers import counted, listed
from bakeoff.reporting.text.words import named
from bakeoff.study.study import Study

_LITTLE = 0.1
"""Pairing by round hardly helps below this mean correlation."""


def rounds_words(study: Study) -> str:
    """Returns what each round draws, in a sentence."""
    task = study.task
    sizes = listed(f"{size:,} {name}" for name, size in task.sizes.items())
    if isinstance(task, KFold):
        return (
            f"Every {task.folds} rounds are one draw, dealt in {task.folds} folds. Each fold is "
            f"held out once ({sizes} examples). The examples are the same for every variant; the "
            "weights are new in every round."
        )
    match sampling_of(task):
        case "fixed":
            return (
                f"Each round has the same {sizes} examples, with new weights and a new order of "
                "batches."
            )
        case "resampled":
            return (
                f"Each round splits the same data anew into {sizes} examples. They are the same "
                "for every variant; the weights are new."
            )
        case _:
            return (
                f"Each round draws {sizes} examples anew. They are the same for every variant; the "
                "weights are new."
            )


def scope_words(scope: Scope) -> str:
    """Returns what verdicts are about, in a sentence or two."""
    match scope.sampling:
        case "fixed":
            text = (
                "Verdicts are about these examples, over weights and orders of batches. They are "
                "not about other draws."
            )
        case "resampled":
            text = (
                "Verdicts are about this data set, over splits and seeds. They are not about new "
                "examples, however many rounds there are."
            )
        case "redrawn":
            text = "Verdicts are about further draws from the same pool of examples."
        case _:
            text = "Verdicts are about further rounds of this task."
    if scope.folds > 1:
        text += f" The {scope.folds} folds of a draw are averaged: each draw counts as one figure."
    if scope.correlation is None:
        return text
    pairs = "the two variants" if scope.pairs == 1 else "two variants"
    value = f"{scope.correlation:.2f}".replace("-", "\N{MINUS SIGN}")
    mean = "" if scope.pairs == 1 else ", the mean of all pairs"
    saves = (
        "show no clear positive correlation: pairing them by"
        if scope.correlation < _LITTLE
        else "correlate: pairing them by"
    )
    sharper = (
        "does not make the test more sensitive"
        if scope.correlation < _LITTLE
        else "makes the test more sensitive"
    )
    unit = "draw" if scope.folds > 1 else "round"
    return f"{text} The figures of {pairs} {saves} {unit} {sharper} (correlation {value}{mean})."


def needed_words(study: Study) -> str:
    """Returns the fewest rounds that a study's claims need; empty without tested claims.

    It also says which difference the rounds can detect, as far as that is known before they run.
    """
    claims = family(study)
    if not claims:
        return ""
    fewest = rounds_asked(study)
    unit = "draw" if isinstance(study.task, KFold) else "round"
    rounds = study.rounds // (study.task.folds if isinstance(study.task, KFold) else 1)
    tested, need, any_ = (
        ("1 claim is tested", "it needs", "it")
        if claims == 1
        else (f"{claims} claims are tested", "they need", "any")
    )
    least = f"{tested}: {need} at least {counted(fewest, unit)} before {any_} can be decided"
    gap = detectable(rounds, claims)
    if gap is None:
        return f"{least}, and this study has {rounds:,}, so that no verdict is possible."
    return (
        f"{least}. {counted(rounds, unit)} can detect differences of about {gap:.1f} standard "
        f"deviations of a {unit}'s difference."
    )


def failures_lines(cases: Sequence[Failures]) -> tuple[str, ...]:
    """Returns how often variants fail, in a sentence each; those that never failed share one."""
    alike: dict[object, list[Failures]] = {}
    for case in cases:
        never = not case.failed and case.break_even is None
        alike.setdefault(case.trials if never else case.variant, []).append(case)
    return tuple(f"{_failures_words(group)}." for group in alike.values())


def _failures_words(group: Sequence[Failures]) -> str:
    first, names = group[0], listed(named(case.variant) for case in group)
    each = "" if len(group) == 1 else " each"
    text = f"{names}: {first.failed} of {counted(first.trials, 'trial')}{each} learnt nothing"
    if first.failed and first.diverged:
        text += f", {first.diverged} diverged and {first.near_chance} near chance"
    if first.interval is None:
        return text
    low, high = first.interval
    text += (
        f", so up to {100 * high:.0f}% of all may"
        if not first.failed
        else f" (95% interval {100 * low:.0f}% to {100 * high:.0f}% of all)"
    )
    if first.break_even is None:
        return text
    share = first.break_even
    often = f"about 1 in {round(1 / share)}" if share < 0.4 else f"{100 * share:.0f}%"
    return (
        f"{text}; the lead in the mean over {named(first.rival)} would be gone at a failure rate "
        f"of {often}"
    )
