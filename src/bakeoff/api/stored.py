"""The stored results of a plan, or of the run that is probably meant by it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan, read_results
from bakeoff.api.shown import with_shown
from bakeoff.errors import StudyError
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides


def stored(plan: Plan, store: Store) -> Results | None:
    """Returns a plan's results from a store; None if it holds none of its trials.

    If a plan asks for the whole study and the store holds no trial of that, the results are those
    of the last run with a stored trial. If the last run was one until claims were decided, the
    results are always that run's, because its rounds are rounds of the whole study as well.
    """
    results = meant(plan, store)
    return results and with_shown(results, store)


def meant(plan: Plan, store: Store) -> Results | None:
    """Returns the results that `stored` does, for a use that shows no verdict."""
    results = read_results(plan, store)
    whole = results if results.answered else None
    if plan.overrides != Overrides():
        return whole
    data = plan.study.task.digest()
    wanted = (plan.declared.name, plan.device, data)
    runs = [run for run in store.runs() if (run.study, run.device, run.data) == wanted]
    if whole is not None and not (runs and runs[-1].overrides.each):
        return whole
    for record in reversed(runs):
        # The study may since have lost a variant that the run named.
        with suppress(StudyError):
            last = read_results(replace(plan, overrides=record.overrides), store)
            if last.answered:
                return last
    return whole
