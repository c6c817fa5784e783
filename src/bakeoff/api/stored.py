"""What a store holds of a plan, or of the run that is probably meant by it."""

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
    """Return what a store holds of a plan; None where it holds nothing.

    Of a plan that asks for nothing but the whole study, it is the last run of which something is
    stored, where nothing of the whole is. A last run until claims were decided is always what is
    meant: its rounds are a part of the whole study as well.
    """
    results = _meant(plan, store)
    return results and with_shown(results, store)


def _meant(plan: Plan, store: Store) -> Results | None:
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
