"""What `bakeoff list` and `bakeoff show` print."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bakeoff.study.study import Study


def studies_table(studies: Iterable[Study]) -> Table:
    """Return one row a study: name, size, title."""
    table = Table(box=None, pad_edge=False)
    for heading in ("Study", "Variants", "Rounds", "Trials", "Title"):
        right = heading in {"Variants", "Rounds", "Trials"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading == "Study")
    for study in studies:
        table.add_row(
            study.name,
            str(len(study.variants)),
            str(study.rounds),
            str(study.most_trials),
            Text(study.title),
        )
    return table


def print_study(study: Study, console: Console) -> None:
    """Print all that there is to say of a study before it runs."""
    # Whole reports load numpy, which `bakeoff list` does without.
    from bakeoff.reporting.reports import declaration_report
    from bakeoff.reporting.writers.terminal import Terminal

    console.print(Terminal(declaration_report(study)))
