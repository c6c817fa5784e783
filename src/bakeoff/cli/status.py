"""The output of `bakeoff status`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bakeoff.cli.progress import duration
from bakeoff.errors import printable
from bakeoff.reporting.text.numbers import counted
from bakeoff.running.machine import cores
from bakeoff.running.records import RunRecord
from bakeoff.running.standing import standings
from bakeoff.running.store import Store


def print_status(store: Path, console: Console) -> None:
    """Prints a row for each run in the store.

    Raises:
        StoreError: the store does not exist or cannot be read.
    """
    jobs = cores()
    with Store.read(store) as opened:
        rows = standings(opened, jobs=jobs)
        damaged = len(opened.damaged)
    table = Table(box=None, pad_edge=False)
    table.add_column("Study", no_wrap=True)
    table.add_column("Done", justify="right")
    table.add_column(f"Time left ({jobs} jobs)", justify="right")
    table.add_column("Run as")
    for row in rows:
        failed = f", {row.failed} failed" if row.failed else ""
        left = "unknown" if row.seconds_left is None else duration(row.seconds_left)
        table.add_row(
            Text(row.run.study),
            f"{row.done}/{row.total}{failed}",
            "-" if row.done == row.total else left,
            Text(printable(_run_as(row.run))),
        )
    console.print(table)
    if damaged:
        console.print(f"{counted(damaged, 'stored trial')} damaged; run again to train them anew.")


def _run_as(run: RunRecord) -> str:
    changed = str(run.overrides)
    if changed and not run.overrides.each:
        changed = f"shortened: {changed}"
    parts = [changed or "declared"]
    if run.device != "cpu":
        parts.append(f"on {run.device}")
    if run.directory is not None:
        parts.append(f"data {run.directory}")
    return ", ".join(parts)
