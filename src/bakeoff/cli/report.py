"""What `bakeoff report` does: find the run that is meant, and write it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan
from bakeoff.api.report import figures, report, report_all
from bakeoff.api.stored import stored
from bakeoff.errors import RunError, StoreError
from bakeoff.reporting.formats import SUFFIXES, FigureFormat, Format, format_of
from bakeoff.reporting.write import render
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device


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


def write_report(
    plan: Plan, *, store: Path, output: Path | None, format: Format, console: Console
) -> None:
    """Write a report to a file and print its path; without a file, text formats are printed.

    Raises:
        StoreError: the store holds nothing of the study.
        RunError: the file cannot be written.
    """
    results = stored_results(plan, store)
    if output is None and format != "html":
        print(render(results, format), end="")
        return
    tell(report(results, output or Path(f"{plan.declared.name}.html"), format), console)


def write_all(
    studies: Sequence[Study],
    *,
    rounds: int | None,
    epochs: int | None,
    device: Device,
    store: Path,
    data: Path | None,
    directory: Path,
    console: Console,
) -> None:
    """Write the pages of all studies that a store holds something of, and print their paths.

    Raises:
        StoreError: it holds nothing of any of them.
        RunError: the folder is named like a file, cannot be made, or a file cannot be written.
    """
    if directory.suffix.lower() in SUFFIXES:
        raise RunError(
            f"--all writes a page for each study; give --output a folder, not {directory}."
        )
    paths = report_all(
        studies, directory, rounds=rounds, epochs=epochs, device=device, store=store, data=data
    )
    for path in paths:
        tell(path, console)


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
        results = stored(plan, opened)
        if results is None:
            raise _nothing(plan, opened)
        return results


def _nothing(plan: Plan, store: Store) -> StoreError:
    wanted = f" ({plan.overrides})" if plan.overrides != Overrides() else ""
    records = [record for record in store.runs() if record.study == plan.declared.name]
    others = {str(record.overrides) or "whole" for record in records}
    hint = f" It holds runs of it: {'; '.join(sorted(others))}." if others else ""
    return StoreError(
        f"the store {store.path} holds no trial of {plan.declared.name}{wanted}.{hint} Run the "
        "study first."
    )
