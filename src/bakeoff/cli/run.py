"""What `bakeoff run` does: the run under its display, then the table of each study."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan
from bakeoff.api.run import TrialsFailed, run_plans
from bakeoff.cli.progress import Display, Lines, Live
from bakeoff.reporting.terminal import as_terminal


def run_and_print(
    plans: Sequence[Plan], *, jobs: int | None, store: Path, console: Console
) -> bool:
    """Run the plans and print their tables; return whether every trial has an answer."""
    display: Display = Live(console) if console.is_terminal else Lines(console)
    try:
        with display:
            found: Sequence[Results] = run_plans(plans, jobs=jobs, store=store, listen=display)
    except TrialsFailed as error:
        _print_tables(error.results, console)
        for failure in error.failures:
            print(f"bakeoff: {failure}", file=sys.stderr)
        print("bakeoff: all other trials are stored; run again to retry.", file=sys.stderr)
        return False
    _print_tables(found, console)
    return True


def _print_tables(all_results: Sequence[Results], console: Console) -> None:
    for one in all_results:
        console.print()
        console.print(as_terminal(one))
