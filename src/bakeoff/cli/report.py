"""The work of `bakeoff report`: the run that is meant is read from the store, and written."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan
from bakeoff.api.report import figures, report, report_all
from bakeoff.api.stored import nothing_stored, stem_of, stored
from bakeoff.cli.find import Found
from bakeoff.cli.options import REPORTS
from bakeoff.cli.output import complain, print_text, say
from bakeoff.errors import BakeoffError, RunError
from bakeoff.reporting.formats import SUFFIXES, FigureFormat, Format, format_of
from bakeoff.reporting.text.numbers import counted
from bakeoff.reporting.write import render
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides
from bakeoff.study.trial import Device

STANDARD_OUTPUT = ("-", "/dev/stdout")
"""What the options for a file call standard output."""


def format_for(output: Path | None, asked: Format | None) -> Format:
    """Returns the format of a report, before anything is read or written.

    Raises:
        RunError: the file is a Python file, its ending is that of no format, or of another format
            than the requested one.
    """
    if output is None or str(output) in STANDARD_OUTPUT:
        return asked or "html"
    if output.suffix == ".py":
        raise RunError(f"a report would overwrite the Python file {output}; give another file.")
    return format_of(output, asked)


def folder_for(output: Path | None) -> Path:
    """Returns the folder of several reports, which is refused here likewise.

    Raises:
        RunError: it is called what a file of a format is, or standard output is asked for.
    """
    folder = output or REPORTS
    if folder.suffix.lower() in SUFFIXES or str(folder) in STANDARD_OUTPUT:
        raise RunError(
            f"of several studies, a page for each is written; give --output a folder, not {folder}."
        )
    return folder


def write_report(
    plan: Plan, *, store: Path, output: Path | None, format: Format, console: Console
) -> None:
    """Writes a report to a file and prints its path; without a file, text formats are printed.

    Raises:
        StoreError: the store holds no trial of the study.
        RunError: the file cannot be written.
    """
    results, stem = _read(plan, store)
    if str(output) in STANDARD_OUTPUT or (output is None and format != "html"):
        print_text(render(results, format))
        return
    path = report(results, output or Path(f"{stem}.html"), format)
    say(path.resolve(), console)


def write_figures(
    plan: Plan, *, store: Path, directory: Path, format: FigureFormat, console: Console
) -> None:
    """Writes a report's figures into a folder and prints their paths.

    Raises:
        StoreError: the store holds no trial of the study.
        RunError: the folder cannot be made, or a file cannot be written.
    """
    results, stem = _read(plan, store)
    for path in figures(results, directory, format, name=stem):
        say(path.resolve(), console)


def write_index(
    found: Found,
    folder: Path,
    *,
    overrides: Overrides,
    device: Device,
    store: Path,
    data: Path | None,
    console: Console,
) -> bool:
    """Writes a page for each study and an index, and prints their paths.

    Returns:
        Whether every study that was named could be read.

    Raises:
        StoreError: the store holds no trial of any of them.
        RunError: the folder cannot be made, or a file cannot be written.
    """
    broken = [(name, str(error)) for name, error in found.broken]
    unread: list[str] = []

    def left_out(name: str, error: BakeoffError) -> None:
        unread.append(name)
        complain(f"{name} has no page: {error}")

    paths = report_all(
        found.studies,
        folder,
        rounds=overrides.rounds,
        epochs=overrides.epochs,
        seed=overrides.seed,
        device=device,
        store=store,
        data=data,
        broken=broken,
        left_out=left_out,
    )
    for path in paths:
        say(path.resolve(), console)
    return not (broken or unread)


def stored_results(plan: Plan, store: Path) -> Results:
    """Returns a plan's results from a store, or those of the last run, as `stored` does.

    Raises:
        StoreError: the store holds no trial of the plan, or cannot be read.
    """
    with Store.read(store) as opened:
        return results_in(plan, opened)


def results_in(plan: Plan, store: Store) -> Results:
    """Returns a plan's results from an open store, as `stored_results` does.

    Raises:
        StoreError: the store holds no trial of the plan.
    """
    results = stored(plan, store)
    if results is None:
        raise nothing_stored(plan, store)
    if store.damaged:
        complain(
            f"{counted(len(store.damaged), 'stored trial')} damaged, and not in the results; "
            "run again to train them anew."
        )
    return results


def _read(plan: Plan, store: Path) -> tuple[Results, str]:
    """Returns a plan's results, and the name of files about them."""
    with Store.read(store) as opened:
        return results_in(plan, opened), stem_of(plan, opened)
