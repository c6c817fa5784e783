"""The output of `bakeoff train` and `bakeoff export`."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from bakeoff.api.train import TrainedModel
from bakeoff.cli.output import say


def print_trained(model: TrainedModel, console: Console) -> bool:
    """Prints what was trained; returns whether it is the stored trial, if that was stored."""
    for remark in model.remarks[1:] if model.differences else model.remarks:
        say(remark, console)
    if model.differences:
        print(f"bakeoff: {model.remarks[0]}", file=sys.stderr)
    print_folder(model.folder, console)
    return not model.differences


def print_folder(folder: Path, console: Console) -> None:
    """Prints a model's files with their sizes."""
    for file in sorted(folder.iterdir()):
        say(f"{file}  {file.stat().st_size:,} bytes", console)
