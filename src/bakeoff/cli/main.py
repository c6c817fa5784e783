"""The `bakeoff` command: what it offers, and how it says no."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from bakeoff.cli.find import find
from bakeoff.cli.show import notes, protocol, studies_table, variants_table
from bakeoff.errors import BakeoffError
from bakeoff.studies import BUILT_IN

USER_ERROR = 2

app = typer.Typer(
    help="Controlled comparisons of small neural networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="A built-in study, or a Python file.")
]


def main() -> None:
    """Run the command; a user's mistake is one sentence on standard error and exit code 2."""
    try:
        app()
    except BakeoffError as error:
        print(f"bakeoff: {error}", file=sys.stderr)
        sys.exit(USER_ERROR)


@app.command(name="list")
def list_() -> None:
    """List the built-in studies."""
    _console().print(studies_table(BUILT_IN))


@app.command()
def show(study: StudyName) -> None:
    """Show a study: variants, parameters, protocol, assumptions, number of trials."""
    found = find(study)
    console = _console()
    console.print(f"{found.name}: {found.title}" if found.title else found.name, highlight=False)
    if found.source:
        console.print(found.source, highlight=False)
    console.print()
    for line in protocol(found):
        console.print(line, highlight=False)
    console.print()
    console.print(variants_table(found))
    for note in notes(found.variants):
        console.print(f"\n{note}", highlight=False, markup=False)
    if found.assumptions:
        console.print("\nAssumptions")
    for assumption in found.assumptions:
        console.print(f"- {assumption}", highlight=False, markup=False)


def _console() -> Console:
    # Piped output keeps its tables whole: rich would fold them at 80 columns.
    return Console() if sys.stdout.isatty() else Console(width=160)
