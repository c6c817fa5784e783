"""What `bakeoff report` does: find the run that is meant, and write it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan, read_results
from bakeoff.api.report import figures, report
from bakeoff.data.archive import archive_digest
from bakeoff.errors import StoreError, StudyError
from bakeoff.reporting.write import FigureFormat, Format, render
from bakeoff.running.store import Store
from bakeoff.study.study import Shortening


def write_report(
    plan: Plan, *, store: Path, output: Path | None, format: Format, console: Console
) -> None:
    """Write a report to a file and print its path; without a file, text formats are printed.

    Raises:
        StoreError: the store holds nothing of the study.
        RunError: the file cannot be written.
    """
    found = stored_results(plan, store)
    if output is None and format != "html":
        print(render(found, format), end="")
        return
    tell(report(found, output or Path(f"{plan.declared.name}.html"), format), console)


def write_figures(
    plan: Plan, *, store: Path, directory: Path, format: FigureFormat, console: Console
) -> None:
    """Write a report's figures into a folder and print their paths.

    Raises:
        StoreError: the store holds nothing of the study.
        RunError: the folder cannot be made, or a file cannot be written.
    """
    for path in figures(stored_results(plan, store), directory, format):
        tell(path, console)


def tell(path: Path, console: Console) -> None:
    """Print the path of a file that was written."""
    # soft_wrap: a path that is folded cannot be copied.
    console.print(f"{path.resolve()}", soft_wrap=True, highlight=False, markup=False)


def stored_results(plan: Plan, store: Path) -> Results:
    """Return what a store holds of a plan, or, if nothing is asked for, of the last run.

    Raises:
        StoreError: it holds nothing of the study, or cannot be read.
    """
    with Store.read(store) as opened:
        return _find(plan, opened)


def _find(plan: Plan, store: Store) -> Results:
    """Return the results of a plan, or, if none and nothing is asked for, of the last run.

    A last run until claims were decided is what is meant, also where the same rounds make a part
    of the study as declared.
    """
    records = [record for record in store.runs() if record.study == plan.declared.name]
    place = (plan.device, archive_digest(plan.directory))
    alike = [record for record in records if (record.device, record.data) == place]
    asked = plan.shortening != Shortening()
    until_decided = not asked and bool(alike) and bool(alike[-1].shortening.each)
    found = read_results(plan, store)
    if found.answered and not until_decided:
        return found
    for record in () if asked else reversed(alike):
        # The study may since have lost a variant that the run named.
        with suppress(StudyError):
            last = read_results(replace(plan, shortening=record.shortening), store)
            if last.answered:
                return last
    wanted = f" ({plan.shortening})" if plan.shortening != Shortening() else ""
    others = {str(record.shortening) or "whole" for record in records}
    hint = f" It holds runs of it: {'; '.join(sorted(others))}." if others else ""
    raise StoreError(
        f"the store {store.path} holds no trial of {plan.declared.name}{wanted}.{hint} Run the "
        "study first."
    )
