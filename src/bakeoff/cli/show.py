"""The output of `bakeoff list` and `bakeoff show`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bakeoff.cli.output import print_text

if TYPE_CHECKING:
    from bakeoff.studies import Listed
    from bakeoff.study.study import Study


def studies_table(studies: Iterable[Listed]) -> Table:
    """Returns a table with a row for each study: name, size, title."""
    table = Table(box=None, pad_edge=False)
    for heading in ("Study", "Variants", "Rounds", "Trials", "Title"):
        right = heading in {"Variants", "Rounds", "Trials"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading == "Study")
    for study in studies:
        table.add_row(
            study.name,
            str(study.variants),
            str(study.rounds),
            str(study.trials),
            Text(study.title),
        )
    return table


def studies_json(studies: Iterable[Study]) -> str:
    """Returns the same, and where each was published, as JSON."""
    listed = [
        {
            "name": study.name,
            "title": study.title,
            "source": study.source,
            "variants": len(study.variants),
            "rounds": study.rounds,
            "trials": study.most_trials,
        }
        for study in studies
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False)


def print_study(study: Study, console: Console, *, as_json: bool) -> None:
    """Prints the declaration of a study: variants, protocol, assumptions."""
    # Reports load numpy, and `bakeoff list` starts faster without it.
    from bakeoff.reporting.reports import declaration_report
    from bakeoff.reporting.writers.json import as_declaration
    from bakeoff.reporting.writers.terminal import Terminal

    if as_json:
        print_text(as_declaration(study))
        return
    console.print(Terminal(declaration_report(study)))
