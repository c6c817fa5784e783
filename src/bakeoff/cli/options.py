"""The options that several commands share, and the refusal of those that exclude each other."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bakeoff.errors import RunError


class DeviceName(StrEnum):
    """Where trials run."""

    cpu = "cpu"
    cuda = "cuda"


class ListFormat(StrEnum):
    """How a list is printed."""

    text = "text"
    json = "json"


class OutcomeName(StrEnum):
    """Outcomes of a claim that may fail a script."""

    contradicted = "contradicted"
    undecided = "undecided"


class AnswerFormat(StrEnum):
    """How answers are printed."""

    text = "text"
    csv = "csv"
    json = "json"


class KeptName(StrEnum):
    """Whose models are kept."""

    winner = "winner"
    all = "all"


class InvertName(StrEnum):
    """Whether light and dark change places."""

    auto = "auto"
    yes = "yes"
    no = "no"


StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="A built-in study, or a Python file.")
]
StudyNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STUDY...", help="Built-in studies, Python files, or folders of such files."
    ),
]
Rounds = Annotated[int | None, typer.Option(help="Rounds, instead of the study's.", metavar="N")]
Epochs = Annotated[int | None, typer.Option(help="Epochs, instead of each variant's.", metavar="N")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only this variant; may be repeated.")
]
Seed = Annotated[int | None, typer.Option(help="A seed, instead of the study's.", metavar="S")]
Device = Annotated[DeviceName, typer.Option(help="Where trials run.")]
StorePath = Annotated[Path, typer.Option(metavar="PATH", help="The file that holds all results.")]
StorePlace = Annotated[Path, typer.Argument(metavar="STORE", help="The file of results.")]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder of the four IDX files, instead of MNIST."),
]
ListingFormat = Annotated[ListFormat, typer.Option(help="For a reader, or JSON.")]
ModelFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder that `bakeoff train` wrote.")
]
STORE = Path("bakeoff.db")
REPORTS = Path("reports")


def refuse_beside_until_decided(asked: Iterable[str]) -> None:
    """Refuses the first of the options that exclude --until-decided.

    Raises:
        RunError: an option is given.
    """
    for name in asked:
        limit = "; to limit them, give --max-rounds N" if name == "--rounds" else ""
        raise RunError(
            f"--until-decided runs the whole study for as many rounds as its claims need{limit}; "
            f"leave out {name} or --until-decided."
        )


def refuse_beside_several(asked: Iterable[str]) -> None:
    """Refuses the first of the options that are for the report of one study.

    Raises:
        RunError: an option is given.
    """
    for name in asked:
        raise RunError(
            f"{name} is for one study, and of several whole pages are written; leave out {name}, "
            "or name one study."
        )
