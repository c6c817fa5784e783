"""What a store holds of a plan, or of the run that is probably meant by it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan, read_results
from bakeoff.data.archive import archive_digest
from bakeoff.errors import StudyError
from bakeoff.running.store import Store
from bakeoff.study.study import Shortening


def stored(plan: Plan, store: Store) -> Results | None:
    """Return what a store holds of a plan; None where it holds nothing.

    Of a plan that asks for nothing but the whole study, it is the last run of which something is
    stored, where nothing of the whole is.
    """
    found = read_results(plan, store)
    if found.answered:
        return found
    if plan.shortening != Shortening():
        return None
    data = archive_digest(plan.directory)
    for record in reversed(store.runs()):
        if (record.study, record.device, record.data) == (plan.declared.name, plan.device, data):
            # The study may since have lost a variant that the run named.
            with suppress(StudyError):
                last = read_results(replace(plan, shortening=record.shortening), store)
                if last.answered:
                    return last
    return None
