"""The stored results of a plan, or of the run that is probably meant by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan, read_results
from bakeoff.api.shown import with_shown
from bakeoff.errors import StoreError, StudyError
from bakeoff.running.records import RunRecord
from bakeoff.running.store import Store
from bakeoff.study.apart import stems, told_apart
from bakeoff.study.study import Overrides


def stored(plan: Plan, store: Store) -> Results | None:
    """Returns a plan's results from a store; None if it holds none of its trials.

    If a plan asks for the whole study and the store holds no trial of that, the results are those
    of the last run with a stored trial. Trials of an estimator are the same in a run of fewer
    epochs: if the store holds no others of the whole study, the results are that run's, too. If the
    last run was one until claims were decided, the results are always that run's, because its
    rounds are rounds of the whole study as well.
    """
    results = meant(plan, store)
    return results and with_shown(results, store)


def meant(plan: Plan, store: Store) -> Results | None:
    """Returns the results that `stored` does, for a use that shows no verdict."""
    results = read_results(plan, store)
    whole = results if results.answered else None
    if plan.overrides != Overrides():
        return whole
    for number, asked in enumerate(runs_of(plan, store)):
        if whole is not None and number == 0 and asked.overrides == Overrides():
            return whole
        last = read_results(asked, store)
        if whole is not None and number == 0 and not asked.overrides.each:
            its, all_ = asked.labelled_trials(last.study), plan.labelled_trials(whole.study)
            if its.keys() <= all_.keys() or not store.known(all_) <= its.keys():
                return whole
        if last.answered:
            return last
    return whole


def runs_of(plan: Plan, store: Store) -> Iterator[Plan]:
    """Yields the runs that were requested of a plan's study, on its data, the latest first.

    Runs of another study of this name are left out: those of another file. Where that file is not
    there, the study may have been moved, or its store may come from elsewhere: then a run counts if
    this study asks for the same trials.
    """
    data = plan.study.task.digest()
    for record in reversed(store.runs()):
        if (record.study, record.device, record.data) != (plan.declared.name, plan.device, data):
            continue
        asked = replace(plan, overrides=record.overrides)
        # The study may since have lost a variant that the run named.
        with suppress(StudyError):
            _ = asked.study
            is_same = None in {record.origin, plan.origin} or record.origin == plan.origin
            if is_same or (record.is_deleted and _asks_for(record, asked, store)):
                yield asked


def nothing_stored(plan: Plan, store: Store) -> StoreError:
    """Returns the error that a store holds no trial of a plan; it names the runs that it holds."""
    wanted = f" ({plan.overrides})" if plan.overrides != Overrides() else ""
    others = {
        str(run.overrides) or "whole"
        for run in store.runs()
        if run.study == plan.declared.name
        and (None in {run.origin, plan.origin} or run.origin == plan.origin)
    }
    hint = f" It holds other runs: {'; '.join(sorted(others))}." if others else ""
    return StoreError(
        f"the store {store.path} holds no trial of {plan.declared.name}{wanted}.{hint} Run the "
        "study first."
    )


def stem_of(plan: Plan, store: Store) -> str:
    """Returns the name, without suffix, of a file that is written about a plan's study.

    It is the study's name. If the store has runs of other studies of this name, the end of its
    file's path tells it from these.
    """
    name = plan.declared.name
    others = {run.origin for run in store.runs() if run.study == name and not run.is_deleted}
    named = [(name, plan.origin), *((name, other) for other in others - {plan.origin, None})]
    return stems([(name, told_apart(named)[0])])[0]


def _asks_for(record: RunRecord, plan: Plan, store: Store) -> bool:
    """Returns whether a plan asks for all trials of a run."""
    asked = plan.labelled_trials(read_results(plan, store).study)
    return all(trial.key in asked for trial in store.planned(record))
