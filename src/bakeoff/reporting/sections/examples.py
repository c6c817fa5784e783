"""Test examples on a page: their images, the truth, and the answers."""

from __future__ import annotations

from typing import TypeAlias

from bakeoff.analysis.answers.agreement import Disagreement
from bakeoff.analysis.answers.items import HardItem
from bakeoff.data.task import Task
from bakeoff.data.tasks import DigitPairs, Digits, DrawnTask
from bakeoff.data.truth import drawn_task
from bakeoff.reporting.thumbnails import Thumbnail, thumbnail

Example: TypeAlias = HardItem | Disagreement
"""A test example that is to be shown."""

AT_MOST, ABOVE = "\N{LESS-THAN OR EQUAL TO}", ">"


def noun(task: Task) -> str:
    """Returns the word for an example of a task."""
    match drawn_task(task):
        case DigitPairs():
            return "pair"
        case Digits():
            return "image"
        case _:
            return "example"


def truth_text(task: Task, example: Example) -> str:
    """Returns the right answer to an example, with the digits of a pair: ``"4 > 1"``."""
    answer = answer_text(task, example.truth, example.classes)
    if not isinstance(drawn_task(task), DigitPairs):
        return answer
    first, second = (example.classes[label] for label in example.labels)
    return f"{first} {answer} {second}"


def answer_text(task: Task, answer: int, classes: tuple[str, ...]) -> str:
    """Returns an answer: a sign for a pair, else the name of the class."""
    if isinstance(drawn_task(task), DigitPairs):
        return AT_MOST if answer == 1 else ABOVE
    return classes[answer]


def pictures(task: Task, example: Example) -> tuple[Thumbnail, ...]:
    """Returns the images of an example, each with its class in words."""
    ink = isinstance(drawn_task(task), DrawnTask)
    words = "Image of a" if ink else "Image of class"
    return tuple(
        thumbnail(image, f"{words} {example.classes[label]}", ink=ink)
        for image, label in zip(example.pixels, example.labels, strict=True)
    )
