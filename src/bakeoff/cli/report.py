"""What `bakeoff report` does: find the run that is meant, and write it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan
from bakeoff.api.report import figures, report
from bakeoff.api.stored import stored
from bakeoff.cli.options import REPORTS
from bakeoff.errors import RunError, StoreError
from bakeoff.reporting.formats import SUFFIXES, FigureFormat, Format, format_of
from bakeoff.reporting.write import render
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides


def format_for(output: Path | None, asked: Format | None) -> Format:
    """Return the format of a report, which is refused here before anything is read or written.

    Raises:
        RunError: the file is a Python file, is called what no format is, or by another format
            than is asked for.
    """
    if output is None:
        return asked or "html"
    if output.suffix == ".py":
        raise RunError(f"a report would overwrite the Python file {output}; give another file.")
    return format_of(output, asked)


def folder_for(output: Path | None) -> Path:
    """Return the folder of several reports, which is refused here likewise.

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
        found = stored(plan, opened)
        if found is None:
            raise _nothing(plan, opened)
        return found


def _nothing(plan: Plan, store: Store) -> StoreError:
    wanted = f" ({plan.overrides})" if plan.overrides != Overrides() else ""
    records = [record for record in store.runs() if record.study == plan.declared.name]
    others = {str(record.overrides) or "whole" for record in records}
    hint = f" It holds runs of it: {'; '.join(sorted(others))}." if others else ""
    return StoreError(
        f"the store {store.path} holds no trial of {plan.declared.name}{wanted}.{hint} Run the "
        "study first."
    )
