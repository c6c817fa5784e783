"""The output of `bakeoff status`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bakeoff.cli.output import complain
from bakeoff.cli.progress import duration
from bakeoff.errors import StoreError, printable
from bakeoff.reporting.text.numbers import counted
from bakeoff.running.machine import cores
from bakeoff.running.records import RunRecord
from bakeoff.running.standing import Standing, standings
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides


def print_status(store: Path, studies: Sequence[str], *, as_json: bool, console: Console) -> None:
    """Prints a row for each run in the store.

    Args:
        store: the file of results.
        studies: names, files or folders of the studies to show; none for all.
        as_json: whether to print JSON.
        console: where to print.

    Raises:
        StoreError: the store does not exist, cannot be read, or holds no run of such a study.
    """
    jobs = cores()
    with Store.read(store) as opened:
        chosen = _chosen(opened, studies)
        rows = [row for row in standings(opened, jobs=jobs) if row.run in chosen]
        damaged = len(opened.damaged)
    if as_json:
        runs = [_plain(row) for row in rows]
        print(
            json.dumps(
                {"store": str(store), "jobs": jobs, "damaged": damaged, "runs": runs}, indent=2
            )
        )
        return
    console.print(_table(rows, jobs))
    if damaged:
        complain(f"{counted(damaged, 'stored trial')} damaged; run again to train them anew.")


def _chosen(store: Store, studies: Sequence[str]) -> list[RunRecord]:
    """Returns the runs of some studies, or all runs.

    Raises:
        StoreError: there is none of one of them.
    """
    runs = store.runs()
    chosen = [] if studies else runs
    for study in studies:
        own = [run for run in runs if _is_meant(run, study)]
        if not own:
            known = ", ".join(dict.fromkeys(run.study for run in runs)) or "none"
            raise StoreError(
                f"the store {store.path} holds no run of {study}. Studies that it holds: {known}."
            )
        chosen += own
    return chosen


def _is_meant(run: RunRecord, named: str) -> bool:
    """Returns whether a run is of the study of a name or a file, or of one in a folder."""
    place = Path(named).resolve()
    file = Path(run.origin) if run.origin else None
    return run.study == named or (file is not None and file.is_relative_to(place))


def _table(rows: Sequence[Standing], jobs: int) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Study", no_wrap=True)
    table.add_column("Done", justify="right")
    table.add_column(f"Time left ({jobs} jobs)", justify="right")
    table.add_column("Run as")
    with_files = any(row.run.origin for row in rows)
    if with_files:
        table.add_column("File", overflow="fold")
    for row in rows:
        failed = f", {row.failed} failed" if row.failed else ""
        left = "unknown" if row.seconds_left is None else duration(row.seconds_left)
        table.add_row(
            Text(row.run.study),
            f"{row.done}/{row.total}{failed}",
            "-" if row.done == row.total else left,
            Text(printable(_run_as(row.run))),
            *([Text(printable(_file(row.run)))] if with_files else []),
        )
    return table


def _file(run: RunRecord) -> str:
    """Returns the study's file, as seen from here, and whether it is still there."""
    if run.origin is None:
        return "unknown"
    if not run.origin:
        return "built-in"
    file, here = Path(run.origin), Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    return f"{shown} (deleted or moved)" if run.is_deleted else str(shown)


def _plain(row: Standing) -> dict[str, object]:
    """Returns a run's standing as JSON."""
    run = row.run
    return {
        "study": run.study,
        "file": run.origin or None,
        "file_exists": not run.is_deleted if run.origin else None,
        "run_as": _run_as(run),
        "overrides": run.overrides.model_dump(exclude_defaults=True),
        "device": run.device,
        "data": str(run.directory) if run.directory is not None else None,
        "started": run.started_at.isoformat(),
        "trials": row.total,
        "done": row.done,
        "failed": row.failed,
        "seconds_left": row.seconds_left,
    }


def _run_as(run: RunRecord) -> str:
    changed = str(run.overrides)
    if changed and not run.overrides.each:
        is_same_size = run.overrides.replace(seed=None) == Overrides()
        changed = f"{'changed' if is_same_size else 'shortened'}: {changed}"
    parts = [changed or "declared"]
    if run.device != "cpu":
        parts.append(f"on {run.device}")
    if run.directory is not None:
        parts.append(f"data {run.directory}")
    return ", ".join(parts)
