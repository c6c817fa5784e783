"""The check of a study before it is trained: its data, and each model on one small batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import searched, with_winners
from bakeoff.api.plan import Plan, plan_of
from bakeoff.claims.verdicts import verdicts
from bakeoff.errors import BakeoffError
from bakeoff.running.executors import Given, is_cluster, jobs_of, workers_of
from bakeoff.running.machine import check_device
from bakeoff.running.pool import leave_if_worker
from bakeoff.running.store import Store
from bakeoff.running.subjects import Subject, look_over, subjects
from bakeoff.spec import is_ours
from bakeoff.study.search import Search
from bakeoff.study.study import Overrides, Study, names
from bakeoff.study.trial import Device, Trial
from bakeoff.training.finding import Finding, refusal


class CheckFailed(BakeoffError):  # noqa: N818
    """Something is wrong with a study's data or models, so that no trial was trained.

    Attributes:
        findings: the errors.

    Example:
        >>> from table import study  # examples/table.py
        >>> wrong = study.variants[0].replace(model=Network(Linear(2), Head("label"), input=(4,)))
        >>> try:
        ...     run(study.replace(variants=(wrong,), claims=()), store="irises.db")
        ... except BakeoffError as error:
        ...     print(type(error).__name__)
        SpecError
    """

    def __init__(self, study: str, findings: Sequence[Finding]) -> None:
        named = ((f"{study}: {f.variant}" if f.variant else study, refusal(f)) for f in findings)
        super().__init__("\n".join(grouped(named)))
        self.findings = tuple(findings)


def check(
    study: Study,
    *,
    jobs: int | None = None,
    device: Device = "cpu",
    data: Path | str | None = None,
    executor: Given = None,
) -> tuple[Finding, ...]:
    """Checks a study without training it, and returns its errors and warnings.

    The check draws the first round. Each distinct model takes one small batch of it forward and
    backward, twice. Errors would stop a run: wrong types or shapes, labels out of range, missing
    numbers, sizes that do not agree. Warnings do not: test examples that are in training too,
    answers that depend on the rest of the batch, steps that cannot be repeated. A search's
    candidates made of bakeoff's own layers are left out, because they cannot be wrong; where a
    sampler proposes them, only the first batch is known.

    Args:
        study: the study to check.
        jobs: models at work at a time; None for one per core.
        device: ``cpu`` or ``cuda``.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: as in `run`.

    Raises:
        StudyError: a user's own kind of claim raises an error.
        DataError: the data is missing, damaged, or too small.
        RunError: `jobs` is below 1, or there is no such device.

    Example:
        >>> from table import study  # examples/table.py
        >>> [finding.kind for finding in check(study)]
        ['overlap']
    """
    leave_if_worker()
    plan = plan_of(study, device=device, data=data)
    most = jobs_of(executor, jobs)
    check_device(device, here=not is_cluster(executor))
    try_claims(plan.study)
    check_data(plan)
    named = plan.named_trials(_before_any_trial(plan.study).study)
    own = set(names(plan.study.variants))
    wanted = _named([(n, t) for n, t in named if n in own], every=True) | _named(named)
    with workers_of(executor, most) as workers:
        return _with_names(wanted, look_over(wanted, workers))


def look_over_new(
    named: Iterable[tuple[str, Trial]],
    trials: Mapping[str, Trial],
    store: Store,
    executor: Executor,
    study: str,
) -> tuple[Finding, ...]:
    """Checks what was neither trained nor checked before, and returns all warnings.

    Args:
        named: the trials of a study, with the names of variants and candidates.
        trials: the same trials, by key.
        store: holds the answers and earlier warnings; new warnings are added.
        executor: does the work.
        study: the name of the trials' study.

    Raises:
        CheckFailed: something is wrong, and no trial could be trained.
        RunError: workers cannot be started.
    """
    wanted = _named(named)
    if not wanted:
        return ()
    trained = subjects(trials[key] for key in store.known(trials))
    keys = {subject: subject.key() for subject in wanted if subject not in trained}
    noted = store.checks(keys.values())
    new = look_over([subject for subject, key in keys.items() if key not in noted], executor)
    findings = _with_names(wanted, new)
    wrong = [finding for finding in findings if finding.is_error]
    if wrong:
        raise CheckFailed(study, wrong)
    for subject, its in new.items():
        store.note_check(keys[subject], its)
    return findings


def try_claims(study: Study) -> None:
    """Judges claims of a user's own kinds before any trial has run, so that their errors show now.

    Raises:
        StudyError: a claim raises an error, or does not return a part.
    """
    if not all(map(is_ours, study.claims)):
        verdicts(_before_any_trial(study))


def check_data(plan: Plan) -> None:
    """Reads the data once, before workers need it, and refuses data too small for a round."""
    for task in {plan.study.task, *(search.task for search in plan.study.searches)}:
        task.check()


def grouped(messages: Iterable[tuple[str, str]]) -> list[str]:
    """Returns one sentence for each distinct message, with the first name that it belongs to.

    Args:
        messages: pairs of a name and a message.
    """
    by_message: dict[str, list[str]] = {}
    for name, message in messages:
        by_message.setdefault(message, []).append(name)
    return [
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {message}"
        for message, names in by_message.items()
    ]


def _before_any_trial(study: Study) -> Results:
    histories = {v.name: (None,) * study.rounds_of(v) for v in study.variants}

    def none(search: Search, first: int) -> list[tuple[None, ...]]:
        return [(None,) * search.rounds] * len(search.tried[first:])

    searches = tuple(searched(search, none) for search in study.searches)
    return Results(with_winners(study, searches), study, Overrides(), histories, searches=searches)


def _named(named: Iterable[tuple[str, Trial]], *, every: bool = False) -> dict[Subject, str]:
    """Returns the subjects to check, each with the first name it has; data has none."""
    names: dict[Subject, str] = {}
    first: dict[str, Trial] = {}
    for name, trial in named:
        if first.setdefault(name, trial) is trial:
            for subject in subjects([trial], every=every):
                names.setdefault(subject, name if subject.setup else "")
    return names


def _with_names(
    wanted: Mapping[Subject, str], findings: Mapping[Subject, Collection[Finding]]
) -> tuple[Finding, ...]:
    """Returns the findings in order, each with the name of its variant."""
    return tuple(
        replace(finding, variant=name)
        for subject, name in wanted.items()
        for finding in findings.get(subject, ())
    )
