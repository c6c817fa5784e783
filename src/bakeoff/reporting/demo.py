"""The page of a demonstration, and the words of its answers."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bakeoff.data.tasks import DrawnTask
from bakeoff.data.truth import drawn_task
from bakeoff.inference.description import Description, Inputs, TableColumn
from bakeoff.inference.strokes import PEN
from bakeoff.reporting.palette import DARK, LIGHT, styles
from bakeoff.reporting.text.numbers import counted, listed
from bakeoff.reporting.thumbnails import Thumbnail, data_uri, thumbnail
from bakeoff.reporting.writers.templating import code, environment

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FIELDS = 200
"""Columns of a table beyond which there is no form of them."""

_COMPARED = re.compile(" ([>\N{LESS-THAN OR EQUAL TO}]) ")


@dataclass(frozen=True, eq=False)
class DemoExample:
    """A test example that is offered.

    Attributes:
        input: raw, as models take it.
        pictures: its images; none if it shows none.
        truth: the right answer.
        digits: of a pair.
        missed: the share of variants that answer otherwise, or how far off they are on average.
        values: of a table's columns, as a form holds them.
    """

    input: NDArray[np.generic]
    pictures: tuple[NDArray[np.uint8], ...]
    truth: str
    digits: tuple[str, ...] = ()
    missed: float = 0.0
    values: tuple[float | str | None, ...] = ()

    @property
    def told(self) -> str:
        """The right answer, with the digits of a pair: ``"4 > 1"``."""
        if len(self.digits) != 2:
            return shown(self.truth)
        first, second = self.digits
        return shown(self.truth).replace("first", first).replace("second", second)


class Answer(Protocol):
    """What a model answers to an example."""

    @property
    def label(self) -> str:
        """The class, or the number."""

    @property
    def probability(self) -> float | None:
        """Of the class."""

    @property
    def digits(self) -> tuple[str, ...]:
        """What the images of a pair are taken for."""


def can_draw(inputs: Inputs) -> bool:
    """Whether an example is made of images with ink on a ground, which can be drawn."""
    return inputs.kind == "bytes" and bool(inputs.ground)


def form(inputs: Inputs) -> tuple[TableColumn, ...]:
    """Returns the fields of a form for an example; none where it is no row of a table."""
    if inputs.kind != "numbers" or len(inputs.shape) != 1 or inputs.shape[0] > MOST_FIELDS:
        return ()
    unnamed = (TableColumn(name=f"Input {place}") for place in range(1, inputs.shape[0] + 1))
    return inputs.columns or tuple(unnamed)


def form_values(row: NDArray[np.generic], inputs: Inputs) -> tuple[float | str | None, ...]:
    """Returns a raw example as a form's fields hold it."""
    values: list[float | str | None] = []
    rest = row.ravel().tolist()
    for column in form(inputs):
        width = len(column.categories) or 1
        own, rest = rest[:width], rest[width:]
        if column.categories:
            values.append(column.categories[own.index(1)] if 1 in own else None)
        else:
            # The shortest decimal that is the same float32.
            values.append(None if math.isnan(own[0]) else float(str(np.float32(own[0]))))
    return tuple(values)


def truth(description: Description, answer: Any) -> str:
    """Returns the right answer as models give theirs: the name of a class, or numbers."""
    if description.classes:
        return description.classes[int(answer)]
    return ", ".join(f"{number:g}" for number in np.atleast_1d(answer))


def shown(label: str) -> str:
    """Returns an answer as a page shows it: a comparison with its sign, on one line."""
    sign = label.replace("<=", "\N{LESS-THAN OR EQUAL TO}")
    return _COMPARED.sub("\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", sign)


def picture(image: NDArray[np.uint8]) -> str:
    """Returns an image as a ``data:`` address."""
    return data_uri(image)


def reply(
    answers: Sequence[Answer],
    description: Description,
    known: DemoExample | None,
    pictures: Sequence[NDArray[np.uint8]],
) -> dict[str, Any]:
    """Returns what the page shows of the answers to one example.

    Args:
        answers: of each variant.
        description: of a model.
        known: the test example, if it is one.
        pictures: what the networks see.
    """
    labels = [shown(answer.label) for answer in answers]
    right = None if known is None else shown(known.truth)
    common = Counter(labels).most_common(2)
    is_split = len(common) > 1 and common[0][1] == common[1][1]

    def mark(label: str) -> dict[str, str] | None:
        if not description.classes:
            return None
        if right is not None:
            return (
                {"tone": "supported", "sign": "\N{CHECK MARK}", "word": "right"}
                if label == right
                else {"tone": "contradicted", "sign": "\N{BALLOT X}", "word": "wrong"}
            )
        if is_split or label == common[0][0]:
            return None
        return {"tone": "caution", "sign": "\N{NOT EQUAL TO}", "word": "differs"}

    return {
        "seen": [picture(each) for each in pictures],
        "summary": _summary(labels, description, known),
        "answers": [
            {
                "label": label,
                "chance": "" if answer.probability is None else percent(answer.probability),
                "share": answer.probability,
                "digits": ", ".join(answer.digits),
                "mark": mark(label),
            }
            for label, answer in zip(labels, answers, strict=True)
        ],
    }


def percent(share: float) -> str:
    """Returns a probability in percent: ``"97.3%"``; one that rounds to certainty is not."""
    text = f"{100 * share:.1f}%"
    return ">99.9%" if text == "100.0%" and share < 1 else text


def _summary(labels: Sequence[str], description: Description, known: DemoExample | None) -> str:
    """Returns the answers in a sentence or two."""
    number = len(labels)
    if not description.classes:
        is_one = not any("," in label for label in labels)
        least, most = (end(labels, key=float) if is_one else "" for end in (min, max))
        answered = (
            f"The model answers {labels[0]}."
            if number == 1
            else f"The {number} models answer from {least} to {most}."
            if is_one
            else f"The {number} models answer several numbers each."
        )
        return answered if known is None else f"{answered} The truth is {known.truth}."
    times = Counter(labels).most_common()
    if number == 1:
        text = f"The model answers {labels[0]}."
    elif len(times) == 1:
        text = f"{'Both' if number == 2 else f'All {number}'} models answer {labels[0]}."
    else:
        parts = [f"{n} {'answers' if n == 1 else 'answer'} {label}" for label, n in times]
        text = f"The models disagree: {listed(parts)}."
    if known is None:
        return text
    right = labels.count(shown(known.truth))
    if number == 1:
        verdict = "That is right" if right else "That is wrong"
    elif right in {0, number}:
        verdict = "All are right" if right else "None is right"
    else:
        verdict = f"{right} of {number} {'is' if right == 1 else 'are'} right"
    return f"{text} {verdict}: it is {known.told}."


def page(
    descriptions: Sequence[Description],
    absent: Sequence[tuple[str, str]],
    examples: Sequence[DemoExample],
    *,
    fitted: bool,
    largest: int,
) -> tuple[bytes, str]:
    """Returns the page, and the policy of what it may load and run: itself.

    Args:
        descriptions: of the models, in the order of answers.
        absent: the variants that answer nothing, each with the reason.
        examples: that are offered.
        fitted: whether drawings are scaled and centred.
        largest: bytes of a file.
    """
    first = descriptions[0]
    inputs, dealt = first.inputs, first.origin.task and drawn_task(first.origin.task)
    noun = "digit" if isinstance(dealt, DrawnTask) else "image"
    drawable, fields = can_draw(inputs), form(inputs)
    slots = inputs.images if inputs.kind == "bytes" else 0
    ink = drawable and inputs.ground == "dark"
    names = row_names(descriptions)
    config = {
        "ratio": inputs.shape[-2] / inputs.shape[-1] if slots else 1,
        "slots": slots,
        "drawable": drawable,
        "pen": PEN,
        "largest": largest,
        "values": [example.values for example in examples],
        "sources": [
            [picture(image) for image in example.pictures] if slots else [] for example in examples
        ],
        "missing": bool(first.preprocessing and first.preprocessing.fill),
    }
    texts = {name: code(f"{name}") for name in ("theme.js", "demo.js", "report.css", "demo.css")}
    rendered = {name: template.render() for name, template in texts.items()}
    styled = (
        environment()
        .get_template("themes.css.j2")
        .render(light=LIGHT.variables(), dark=DARK.variables())
    )
    style = f"{styled}\n{rendered['report.css']}\n{rendered['demo.css']}"
    scripts = (rendered["theme.js"], rendered["demo.js"])
    text = (
        environment()
        .get_template("demo.html.j2")
        .render(
            title=_title(noun, slots, drawable=drawable, fields=bool(fields)),
            opening=_opening(descriptions),
            noun=noun,
            ordinals=("First", "Second")
            if slots == 2
            else ("",)
            if slots == 1
            else tuple(f"{place}." for place in range(1, slots + 1)),
            drawable=drawable,
            fitted=fitted,
            fields=fields,
            missing=config["missing"],
            ink=ink,
            names=names,
            styles=styles(tuple(names)),
            has_digits=any(each.digits_head for each in descriptions),
            has_classes=bool(first.classes),
            absent=absent,
            examples=[
                (each, _thumbnails(each, ink=ink), _missed(each, first, len(names)))
                for each in examples
            ],
            counted=counted,
            config=config,
            style=style,
            scripts=scripts,
        )
    )
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'sha256-{_digest(style)}'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return text.encode(), policy


def row_names(descriptions: Sequence[Description]) -> list[str]:
    """Returns a name for each model: its variant's, with study, round, run where these differ."""
    origins = [each.origin for each in descriptions]
    studies = len({origin.study for origin in origins}) > 1
    rounds = len({origin.round for origin in origins}) > 1
    runs = len({origin.shortened for origin in origins}) > 1
    return [
        (f"{origin.study}: " if studies else "")
        + origin.variant
        + (f", round {origin.round}" if rounds else "")
        + (f" ({origin.shortened or 'whole run'})" if runs else "")
        for origin in origins
    ]


def _title(noun: str, slots: int, *, drawable: bool, fields: bool) -> str:
    what = {1: f"{'an' if noun == 'image' else 'a'} {noun}", 2: f"two {noun}s"}.get(
        slots, f"{slots} {noun}s"
    )
    if slots:
        return f"Draw {what}" if drawable else f"Choose {what}"
    return "Fill in a row" if fields else "Pick a test example"


def _opening(descriptions: Sequence[Description]) -> str:
    origins = [each.origin for each in descriptions]
    first, number = origins[0], len(origins)
    if len({(origin.study, origin.round, origin.shortened) for origin in origins}) > 1:
        return f"{counted(number, 'model')} answer, on this machine alone."
    short = f" (shortened run: {first.shortened})" if first.shortened else ""
    return (
        f"{counted(number, 'variant')} of {first.study}, as trained in round {first.round}{short}, "
        f"{'answers' if number == 1 else 'answer'} on this machine alone."
    )


def _missed(example: DemoExample, description: Description, models: int) -> str:
    if description.classes:
        return f"{round(example.missed * models)} of {models} wrong"
    return f"off by {example.missed:.3g}{' on average' if models > 1 else ''}"


def _thumbnails(example: DemoExample, *, ink: bool) -> tuple[Thumbnail, ...]:
    named = example.digits or (example.truth,) * len(example.pictures)
    return tuple(
        thumbnail(image, f"Image of {name}", ink=ink)
        for image, name in zip(example.pictures, named, strict=True)
    )


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
