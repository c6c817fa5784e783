"""The work of `bakeoff report`: the run that is meant is read from the store, and written."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan
from bakeoff.api.report import figures, report
from bakeoff.api.stored import stored
from bakeoff.cli.options import REPORTS
from bakeoff.cli.output import complain, say
from bakeoff.errors import RunError, StoreError
from bakeoff.reporting.formats import SUFFIXES, FigureFormat, Format, format_of
from bakeoff.reporting.text.numbers import counted
from bakeoff.reporting.write import render
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides


def format_for(output: Path | None, asked: Format | None) -> Format:
    """Returns the format of a report, before anything is read or written.

    Raises:
        RunError: the file is a Python file, its ending is that of no format, or of another format
            than the requested one.
    """
    if output is None:
        return asked or "html"
    if output.suffix == ".py":
        raise RunError(f"a report would overwrite the Python file {output}; give another file.")
    return format_of(output, asked)


def folder_for(output: Path | None) -> Path:
    """Returns the folder of several reports, which is refused here likewise.

    Raises:
        RunError: it is called what a file of a format is.
    """
    folder = output or REPORTS
    if folder.suffix.lower() in SUFFIXES:
        raise RunError(f"--all writes a page for each study; give --output a folder, not {folder}.")
    return folder


def write_report(
    plan: Plan, *, store: Path, output: Path | None, format: Format, console: Console
) -> None:
    """Writes a report to a file and prints its path; without a file, text formats are printed.

    Raises:
        StoreError: the store holds no trial of the study.
        RunError: the file cannot be written.
    """
    results = stored_results(plan, store)
    if output is None and format != "html":
        print(render(results, format), end="")
        return
    path = report(results, output or Path(f"{plan.declared.name}.html"), format)
    say(path.resolve(), console)


def write_figures(
    plan: Plan, *, store: Path, directory: Path, format: FigureFormat, console: Console
) -> None:
    """Writes a report's figures into a folder and prints their paths.

    Raises:
        StoreError: the store holds no trial of the study.
        RunError: the folder cannot be made, or a file cannot be written.
    """
    for path in figures(stored_results(plan, store), directory, format):
        say(path.resolve(), console)


def stored_results(plan: Plan, store: Path) -> Results:
    """Returns a plan's results from a store, or those of the last run, as `stored` does.

    Raises:
        StoreError: the store holds no trial of the plan, or cannot be read.
    """
    with Store.read(store) as opened:
        results = stored(plan, opened)
        if results is None:
            raise _nothing(plan, opened)
        if opened.damaged:
            complain(
                f"{counted(len(opened.damaged), 'stored trial')} damaged, and not in the results; "
                "run again to train them anew."
            )
        return results


def _nothing(plan: Plan, store: Store) -> StoreError:
    wanted = f" ({plan.overrides})" if plan.overrides != Overrides() else ""
    records = [record for record in store.runs() if record.study == plan.declared.name]
    others = {str(record.overrides) or "whole" for record in records}
    hint = f" It holds other runs: {'; '.join(sorted(others))}." if others else ""
    return StoreError(
        f"the store {store.path} holds no trial of {plan.declared.name}{wanted}.{hint} Run the "
        "study first."
    )
