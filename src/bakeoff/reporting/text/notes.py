"""The head of a report: what was run, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bakeoff.analysis.results import Deviation, Results, deviations
from bakeoff.analysis.summary import value_of
from bakeoff.data.dataset import cached_examples
from bakeoff.reporting.section import Notice
from bakeoff.reporting.text.numbers import counted, duration, listed
from bakeoff.reporting.text.scope_sentences import rounds_words
from bakeoff.study.measured import metric_missing
from bakeoff.study.published import Quantity


def run_label(results: Results) -> str:
    """Returns how a run differs from the declaration: ``"2 of 15 rounds, 3 of 25 epochs"``.

    Empty if it does not differ.
    """
    if results.overrides.each:
        return str(results.overrides)
    changes = [_deviation(each) for each in deviations(results.study, results.declared)]
    seed, declared = results.study.seed, results.declared.seed
    return ", ".join(
        changes + ([] if seed == declared else [f"seed {seed} rather than {declared}"])
    )


def _deviation(deviation: Deviation) -> str:
    low, high, now = deviation.low, deviation.high, deviation.now
    span = str(low) if low == high else f"{low} to {high}"
    if now <= high:
        return f"{now} of {span} {deviation.what}s"
    return f"{counted(now, deviation.what)} rather than {span}"


def heading(results: Results) -> str:
    """Returns the study's title, or its name if it has none."""
    return results.study.title or results.study.name


def opening(results: Results) -> str:
    """Returns the report's first paragraph."""
    study = results.study
    return (
        f"{counted(len(study.variants), 'variant')}, {counted(study.rounds, 'round')}. "
        f"{rounds_words(study)} "
        f"{_trials(results)}, {duration(results.seconds)} of computing in all."
    )


def _trials(results: Results) -> str:
    """Returns how many trials have run, those of searches apart."""
    expected, answered = results.expected, results.answered
    if expected == 1:
        text = "The only trial has run" if answered else "The only trial has not run"
    elif answered == expected:
        text = f"All {expected:,} trials have run"
    else:
        text = f"{answered:,} of {expected:,} trials have run"
    needed = sum(search.expected for search in results.searches)
    ran = sum(search.answered for search in results.searches)
    if not needed:
        return text
    return (
        f"{text}, and {ran:,} of searches"
        if ran == needed
        else (f"{text}, and {ran:,} of {needed:,} of searches")
    )


def notices(results: Results) -> tuple[Notice, ...]:
    """Returns how the run differs from the study as declared, gravest first."""
    run = "Shortened run" if results.is_shortened else "Changed run"
    texts = {
        run: _changed(results),
        "Incomplete" if results.answered else "No results yet": _incomplete(results),
        "Failed": _failed(results),
        "Diverged": _diverged(results),
        "No figure": _undefined(results),
    }
    return tuple(Notice("caution", title, text) for title, text in texts.items() if text)


def _changed(results: Results) -> str:
    if not results.label:
        return ""
    if not results.is_shortened:
        return f"Run as {results.label}."
    return f"Only {results.label}. The figures are not those of the study as declared."


def _incomplete(results: Results) -> str:
    failed = Counter(each.variant for each in results.failures)
    missing = results.missing - failed.total()
    if not missing:
        return ""
    if not results.answered:
        return f"None of the {counted(results.expected, 'trial')} has run."
    parts = [
        f"{name} ({number} of {len(histories)})"
        for name, histories in results.histories.items()
        if (number := histories.count(None) - failed[name])
    ]
    return (
        f"{counted(missing, 'trial')} of {results.expected:,} not run yet: {listed(parts)}. The "
        "means are over the rounds that have run."
    )


def _failed(results: Results) -> str:
    if not results.failures:
        return ""
    parts = [f"{each.variant} in round {each.round + 1}" for each in results.failures]
    error = results.failures[-1].message.rstrip()
    stop = "" if error.endswith((".", "!", "?")) else "."
    return (
        f"{counted(len(parts), 'trial')} could not be run: {listed(_few(parts))}. The last error: "
        f"{error}{stop} Another run tries again, once that is mended."
    )


def _diverged(results: Results) -> str:
    parts = [
        f"{variant.name} in round {number + 1}, after {counted(history.epochs, 'epoch')}"
        for variant, number, history in results.places()
        if history is not None and history.status == "diverged"
    ]
    if not parts:
        return ""
    return (
        f"{counted(len(parts), 'trial')} ended with a loss that is not finite: "
        f"{listed(_few(parts))}. A diverged trial has no final figure and is left out of the means."
    )


def _undefined(results: Results) -> str:
    """Returns which variants have finished trials without a figure, and why."""
    study, parts = results.study, []
    for variant in study.variants:
        finished = [h for h in results.of(variant) if h is not None and h.status == "finished"]
        without = sum(value_of(history, Quantity()) is None for history in finished)
        if without:
            reason = metric_missing(study.metric, variant, study.task).partition(", for ")[2]
            reason = reason or "its value is not defined there"
            parts.append(f"{variant.name} in {counted(without, 'round')} ({reason})")
    return f"There is no test {study.metric.words} of {listed(_few(parts))}." if parts else ""


def _few(parts: list[str], most: int = 8) -> list[str]:
    """Returns as many parts as a sentence can list, and the number of the others."""
    return parts if len(parts) <= most else [*parts[:most], f"{len(parts) - most} more"]


def data_remarks(results: Results) -> tuple[str, ...]:
    """Returns what a reader should know about how the data was read, in sentences.

    It is empty if the data is not in this machine's cache.
    """
    task = results.study.task
    labelled = results.data and task.kind(task.target) == "classes"
    examples = cached_examples(results.data) if labelled else None
    return () if examples is None else examples.remarks


def flat(environment: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields an environment's names and values, nested ones joined: ``("versions torch", ...)``."""
    for name, value in environment.items():
        label = f"{prefix}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from flat(value, f"{label} ")
        elif value is not None:
            yield label, str(value)
