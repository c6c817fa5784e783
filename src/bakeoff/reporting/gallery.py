"""Test examples as a page shows them: their images, the truth, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bakeoff.analysis.answers.agreement import Disagreement
from bakeoff.analysis.answers.items import HardItem
from bakeoff.data.task import Task
from bakeoff.data.tasks import DigitPairs, Digits, DrawnTask
from bakeoff.data.truth import drawn_task
from bakeoff.reporting.images import Thumbnail, thumbnail
from bakeoff.reporting.palette import Style

Example: TypeAlias = HardItem | Disagreement
"""A test example that is to be shown."""

AT_MOST, ABOVE = "\N{LESS-THAN OR EQUAL TO}", ">"


@dataclass(frozen=True)
class Reply:
    """What a variant, or several, answered to an example.

    Attributes:
        answer: as short as the truth is.
        detail: who gave it, or how sure they were; maybe empty.
        right: whether it is the truth.
        letter: what the variant is called on this page; empty where it is told in `detail`.
        style: its colour, where it has a letter.
    """

    answer: str
    detail: str
    right: bool
    letter: str = ""
    style: Style | None = None


@dataclass(frozen=True)
class Card:
    """A test example.

    Attributes:
        images: what it shows.
        truth: the right answer: ``"cat"``, or ``"4 > 1"`` for a pair.
        where: which round tested it.
        replies: what was answered.
    """

    images: tuple[Thumbnail, ...]
    truth: str
    where: str
    replies: tuple[Reply, ...]


def noun(task: Task) -> str:
    """Return what an example of a task is called."""
    match drawn_task(task):
        case DigitPairs():
            return "pair"
        case Digits():
            return "image"
        case _:
            return "example"


def truth_text(task: Task, one: Example) -> str:
    """Return the right answer to an example, with the digits of a pair: ``"4 > 1"``."""
    answer = answer_text(task, one.truth, one.classes)
    if not isinstance(drawn_task(task), DigitPairs):
        return answer
    first, second = (one.classes[label] for label in one.labels)
    return f"{first} {answer} {second}"


def answer_text(task: Task, answer: int, classes: tuple[str, ...]) -> str:
    """Return an answer: a sign for a pair, else the name of the class."""
    if isinstance(drawn_task(task), DigitPairs):
        return AT_MOST if answer == 1 else ABOVE
    return classes[answer]


def pictures(task: Task, one: Example) -> tuple[Thumbnail, ...]:
    """Return the images of an example, each with its class in words."""
    ink = isinstance(drawn_task(task), DrawnTask)
    words = "Image of a" if ink else "Image of class"
    return tuple(
        thumbnail(image, f"{words} {one.classes[label]}", ink=ink)
        for image, label in zip(one.pixels, one.labels, strict=True)
    )
