"""The output of `bakeoff train` and `bakeoff export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bakeoff.api.keep import Kept, PassedOver, keep
from bakeoff.api.plan import Plan
from bakeoff.api.train import TrainedModel
from bakeoff.cli.output import complain, say
from bakeoff.errors import BakeoffError


def keep_and_print(plans: Sequence[Plan], which: Kept, *, store: Path, console: Console) -> bool:
    """Keeps the models of runs, and prints their folders.

    Returns:
        Whether each could be kept, and is of the stored trial.
    """
    shown = [print_kept(label, kept, console) for label, kept in keep(plans, which, store=store)]
    return all(shown)


def print_kept(
    label: str, kept: TrainedModel | Path | BakeoffError | PassedOver, console: Console
) -> bool:
    """Prints the folder of a kept model; returns whether it is there, and of the stored trial.

    A variant that is passed over on the way to the winner is no failure.
    """
    if isinstance(kept, PassedOver):
        say(f"{label} has the best mean, and is passed over: {kept.reason}.", console)
        return True
    if isinstance(kept, BakeoffError):
        complain(f"{label}: {kept}")
        return False
    if isinstance(kept, Path):
        say(f"{label}: {kept}, kept before", console)
        return True
    say(f"{label}: {kept.folder}", console)
    if kept.differences:
        complain(f"{label}: {kept.remarks[0]}")
    return not kept.differences


def print_trained(model: TrainedModel, console: Console) -> bool:
    """Prints what was trained; returns whether it is the stored trial, if that was stored."""
    for remark in model.remarks[1:] if model.differences else model.remarks:
        say(remark, console)
    if model.differences:
        complain(f"{model.remarks[0]}")
    print_folder(model.folder, console)
    return not model.differences


def print_folder(folder: Path, console: Console) -> None:
    """Prints a model's files with their sizes."""
    for file in sorted(folder.iterdir()):
        say(f"{file}  {file.stat().st_size:,} bytes", console)
