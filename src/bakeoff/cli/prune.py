"""The work of `bakeoff prune`: what would be removed is told, and asked about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from bakeoff.api.plan import named_apart, plan_of
from bakeoff.api.prune import prune, unasked
from bakeoff.cli.output import say
from bakeoff.errors import RunError
from bakeoff.reporting.text.numbers import counted, duration, listed
from bakeoff.study.study import Study


def prune_and_print(
    studies: Sequence[Study], *, store: Path, is_sure: bool, console: Console
) -> None:
    """Removes the trials that none of some studies asks for, once that is answered with yes.

    Raises:
        StoreError: the store cannot be read or written, or a run is at work on it.
        RunError: nobody answers.
    """
    what = unasked(studies, store)
    if not (what.keys or what.runs):
        say(f"{store}: each of its {counted(what.stored, 'trial')} is asked for.", console)
        return
    names = listed(plan.name for plan in named_apart([plan_of(study) for study in studies]))
    asks = "asks" if len(studies) == 1 else "ask"
    say(
        f"{store}: {names} {asks} for all but {len(what.keys):,} of "
        f"{counted(what.stored, 'trial')}; the others are {what.bytes:,} bytes, "
        f"{duration(what.seconds)} of training.",
        console,
    )
    if what.runs:
        others = listed(dict.fromkeys(run.study for run in what.runs))
        say(f"With them goes the note of {counted(len(what.runs), 'run')}, of {others}.", console)
    try:
        is_sure = is_sure or typer.confirm("Remove them for good?", err=True)
    except typer.Abort:
        typer.echo(err=True)
        raise RunError(
            "nobody answered, and nothing is removed; give --yes to remove without a question."
        ) from None
    if not is_sure:
        say("Nothing is removed.", console)
        return
    before, after = prune(store, what)
    say(
        f"{counted(len(what.keys), 'trial')} removed; {store} has {after:,} bytes, "
        f"{before - after:,} fewer.",
        console,
    )
