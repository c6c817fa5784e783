"""Test examples as a page shows them: their images, the truth, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.data.task import Task
from bakeoff.data.tasks import DigitPairs, Digits
from bakeoff.data.truth import drawn_task
from bakeoff.reporting.images import Thumbnail
from bakeoff.reporting.palette import Style

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
        truth: the right answer: ``"3"``, or ``"4 > 1"`` for a pair.
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


def truth_text(task: Task, truth: int, digits: tuple[int, ...]) -> str:
    """Return the right answer to an example with its digits: ``"4 > 1"``; or the answer alone."""
    if isinstance(drawn_task(task), DigitPairs):
        return f"{digits[0]} {answer_text(task, truth)} {digits[1]}"
    return str(truth)


def answer_text(task: Task, answer: int) -> str:
    """Return an answer: a sign for a pair, else the number itself."""
    if isinstance(drawn_task(task), DigitPairs):
        return AT_MOST if answer == 1 else ABOVE
    return str(answer)
