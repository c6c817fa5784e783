"""Trained models side by side: what each answers to a drawing, an image, a row, a test example."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, ValidationError

from bakeoff.api.keep import folder_of, is_kept, kept, trials_of, unable
from bakeoff.api.plan import DEFAULT_STORE, Plan
from bakeoff.api.predict import answered, model_in
from bakeoff.api.serving import Route, Routes
from bakeoff.api.stored import nothing_stored, stored
from bakeoff.api.train import TrainedModel
from bakeoff.data.tasks import DigitPairs, DrawnTask
from bakeoff.data.truth import drawn_task, stretched
from bakeoff.errors import (
    BakeoffError,
    DataError,
    ModelError,
    RunError,
    StudyError,
)
from bakeoff.inference.description import Description, Inputs
from bakeoff.inference.files import Example, Refused, images_in, rows_of
from bakeoff.inference.strokes import box_of, image_of
from bakeoff.reporting import demo as words
from bakeoff.running.pool import WorkerPool, leave_if_worker
from bakeoff.running.store import Store
from bakeoff.running.worker import drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.task import Task
    from bakeoff.inference.onnx import Graph
    from bakeoff.inference.predictor import Predictor
    from bakeoff.study.trial import Trial
    from bakeoff.training.history import History

HARDEST = 12
"""Test examples that are offered."""

MOST_TESTED = 2000
"""Test examples of a round that models answer to find the hardest, where no answers are stored."""

LARGEST_FILE = 32_000_000
"""Bytes of an image's file."""

MOST_POINTS = 20_000
"""Points of a drawing."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A variant's model.

    Attributes:
        model: what answers for it.
        task: what it answers; None for a task of the user's own whose code is not here.
        stored: its answers to the test split of its round, as `History.answers`; None if unknown.
    """

    model: Predictor | Graph
    task: Task | None
    stored: Mapping[str, NDArray[Any]] | None = None

    @property
    def tested_on(self) -> tuple[Task | None, int, int]:
        """What deals its test split: task, seed and round."""
        origin = self.model.description.origin
        return self.task, origin.seed, origin.round


@dataclass(frozen=True)
class Absent:
    """A variant that answers nothing, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class Missing:
    """Models of a study that have to be trained again.

    Attributes:
        study: its name.
        round: whose models they are, from 1.
        models: how many.
        of: among so many variants.
        seconds: that their trials took, together.
    """

    study: str
    round: int
    models: int
    of: int
    seconds: float


Listener: TypeAlias = Callable[[str, Missing | TrainedModel | Path | BakeoffError], None]
"""Is told, with a label, what has to be trained, and each model as it is there."""


def entry_of(folder: Path) -> Entry:
    """Returns the model of a folder that `train` wrote.

    Raises:
        ModelError: the folder is damaged, or its model answers no single example.
        RunError: a package is missing.
    """
    model = model_in(folder)
    return Entry(model, model.description.origin.task)


def entries_of(
    plan: Plan, *, round: int, store: Path = DEFAULT_STORE, listen: Listener
) -> Iterator[Entry | Absent]:
    """Yields the variants of a study that has run, each with the model of a round.

    A model is taken from beside the store. One that is not there is trained again, as its trial is
    stored, and kept there.

    Args:
        plan: the study. A plan of the whole study means the run that `report` would take.
        round: from 1.
        store: the file of results.
        listen: is told of training.

    Raises:
        StoreError: the store holds no trial of the study.
        StudyError: there is no such round.
    """
    leave_if_worker()
    with Store.read(store) as opened:
        results = stored(plan, opened)
        if results is None:
            raise nothing_stored(plan, opened)
    name = plan.declared.name
    plan = replace(plan, overrides=results.overrides)
    shown: dict[str, tuple[Trial, History]] = {}
    absent = dict.fromkeys(results.histories, f"it has no round {round}")
    trials = trials_of(plan, results, round=round)
    if not trials:
        raise StudyError(f"{name} has no round {round}; it has rounds 1 to {results.study.rounds}.")
    for variant, trial in trials:
        history = results.histories[variant][round - 1]
        absent[variant] = _reason(trial, history)
        if history is not None and not absent[variant]:
            shown[variant] = trial, history
    folders = {variant: folder_of(store, name, variant, shown[variant][0]) for variant in shown}
    lost = [variant for variant in shown if not is_kept(folders[variant], shown[variant][0])]
    if lost:
        took = sum(shown[variant][1].seconds for variant in lost)
        listen(name, Missing(name, round, len(lost), len(results.histories), took))
        again = [(variant, shown[variant][0]) for variant in lost]
        with Store.open(store) as opened, WorkerPool(1) as workers:
            for (variant, _), model in kept(plan, again, opened, workers):
                listen(f"{name}: {variant}, round {round}", model)
                if isinstance(model, BakeoffError):
                    absent[variant] = str(model).rstrip(".")
    for variant in results.histories:
        try:
            if not absent[variant]:
                entry = entry_of(folders[variant])
                yield replace(entry, task=plan.study.task, stored=shown[variant][1].answers)
        except (ModelError, RunError) as error:
            absent[variant] = str(error).rstrip(".")
        if absent[variant]:
            yield Absent(variant, absent[variant])


def _reason(trial: Trial, history: History | None) -> str:
    """Returns why a trial leaves no model to ask; empty if it does."""
    if history is None:
        return f"it has not run in round {trial.round + 1}"
    if not history.answers:
        return "it diverged"
    return unable(trial.setup)


class _Received(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Coordinate: TypeAlias = Annotated[FiniteFloat, Field(ge=-4, le=4)]


class _Part(_Received):
    """One image of an example, or all of an example that shows none.

    Attributes:
        strokes: as they were drawn.
        pixels: of an image as the model takes it, in base64.
        example: the number of a test example, from 0.
        image: which of the test example's images.
        values: of a table's columns.
    """

    strokes: tuple[tuple[tuple[_Coordinate, _Coordinate], ...], ...] | None = None
    pixels: str | None = None
    example: NonNegativeInt | None = None
    image: NonNegativeInt = 0
    values: tuple[float | str | None, ...] | None = None


class _Question(_Received):
    parts: tuple[_Part, ...]


class Demo:
    """Models that answer the same question.

    Attributes:
        entries: the variants, one at least.
        absent: those that answer nothing.

    Raises:
        ModelError: the models take different inputs.
    """

    def __init__(self, entries: Sequence[Entry], absent: Sequence[Absent] = ()) -> None:
        self.entries, self.absent = tuple(entries), tuple(absent)
        first, *others = (entry.model.description for entry in entries)
        for other in others:
            if _comparable(other.inputs) != _comparable(first.inputs):
                raise ModelError(
                    f"{first.origin.variant!r} and {other.origin.variant!r} take different inputs; "
                    "show models of one data set at a time."
                )
            if other.classes != first.classes:
                raise ModelError(
                    f"{first.origin.variant!r} and {other.origin.variant!r} answer different "
                    "classes; show models of one task at a time."
                )
        self._lock = Lock()

    @property
    def first(self) -> Description:
        """The description of the first model; all have its inputs and classes."""
        return self.entries[0].model.description

    @property
    def inputs(self) -> Inputs:
        """What an example is."""
        return self.first.inputs

    @property
    def slots(self) -> int:
        """The images that an example is put together from; 1 where it is given whole."""
        return self.inputs.images if self.inputs.kind == "bytes" else 1

    @cached_property
    def _tested(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None:
        """The raw test examples of the models' round, their truth, and the digits of pairs."""
        from bakeoff.inference.describe import raw_test

        task, origin = self.entries[0].task, self.first.origin
        if task is None or not all(_same_test(self.entries[0], other) for other in self.entries):
            return None
        try:
            _, data = drawn(task, task.digest(), origin.seed, origin.round - 1)
        except DataError:
            return None
        truth = data.test.labels[task.target].numpy()
        digits = data.test.labels.get("digits")
        shown = np.zeros((len(truth), 0)) if digits is None else digits.numpy()
        raw = raw_test(task, data)
        return raw, truth if data.scale is None else data.scale.restored(truth), shown

    @cached_property
    def box(self) -> float | None:
        """The box that drawings are scaled to, as the dataset's own; None for as drawn."""
        if self._tested is None:
            return None
        raw = self._tested[0][:MOST_TESTED]
        return box_of(raw.reshape(-1, *raw.shape[-2:]), self.inputs)

    @cached_property
    def examples(self) -> tuple[words.DemoExample, ...]:
        """The test examples that most variants get wrong, or are furthest off."""
        if self._tested is None:
            return ()
        raw, truth, digits = self._tested
        # Answers stored of another round or task are to other examples.
        own = self.entries[0].tested_on
        known = [entry.stored if entry.tested_on == own else None for entry in self.entries]
        if not all(known):
            raw, truth = raw[:MOST_TESTED], truth[:MOST_TESTED]
        wrong: list[NDArray[np.float64]] = []
        sure: list[NDArray[np.float64]] = []
        for entry, stored_answers in zip(self.entries, known, strict=True):
            answers = stored_answers or _replies(entry.model, raw)
            answer, chance = answers["answer"][: len(raw)], answers.get("probability")
            if self.first.classes or truth.dtype.kind == "i":
                wrong.append((answer != truth).astype(np.float64))
            else:
                wrong.append(np.abs(answer - truth).reshape(len(truth), -1).mean(axis=1))
            if chance is not None:
                chance = chance[: len(raw)].astype(np.float64)
                sure.append(np.where(truth == 1, chance, 1 - chance))
        score = np.mean(wrong, axis=0)
        sureness = np.mean(sure, axis=0) if len(sure) == len(wrong) else np.zeros(len(score))
        order = np.lexsort((sureness.round(6), -score.round(6)))
        chosen = [place for place in order.tolist() if score[place] > 0][:HARDEST]
        assert self.entries[0].task is not None
        dealt = drawn_task(self.entries[0].task)
        digit_names = dealt.dataset.load().classes if isinstance(dealt, DigitPairs) else ()
        return tuple(
            words.DemoExample(
                input=raw[place],
                pictures=self.pictures(raw[place]),
                truth=words.truth(self.first, truth[place]),
                digits=tuple(digit_names[each] for each in digits[place]) if digit_names else (),
                missed=float(score[place]),
                values=words.form_values(raw[place], self.inputs),
            )
            for place in chosen
        )

    def pictures(self, example: NDArray[np.generic]) -> tuple[NDArray[np.uint8], ...]:
        """Returns an example's images as the first network sees them; none if it shows none."""
        if example.ndim != 3 or len(example) not in {1, 3, self.inputs.images}:
            return ()
        images = np.split(example, self.inputs.images)
        if self.inputs.kind != "bytes":
            images = [stretched(image.astype(np.float64)) for image in images]
        made = self.first.preprocessing
        if made is not None and made.shrink > 1:
            side = made.shrink
            blocks = (
                image.reshape(len(image), image.shape[1] // side, side, -1, side)
                for image in images
            )
            images = [np.rint(block.mean(axis=(2, 4))).astype(np.uint8) for block in blocks]
        return tuple(image[0] if len(image) == 1 else image.transpose(1, 2, 0) for image in images)

    def answer(self, body: bytes) -> bytes:
        """Returns what each variant answers to a question, as JSON for the page.

        Raises:
            DataError: the question is malformed, or no input for the models.
        """
        try:
            question = _Question.model_validate_json(body)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise DataError(
                f"the question is malformed: {place or 'JSON'}: {first['msg']}."
            ) from None
        if len(question.parts) != self.slots:
            raise DataError(f"the question has {len(question.parts)} parts, not {self.slots}.")
        example = np.concatenate([self._input(part) for part in question.parts])
        asked = {part.example for part in question.parts}
        places = [part.image for part in question.parts]
        number = asked.pop() if len(asked) == 1 and places == [*range(self.slots)] else None
        with self._lock:
            answers = [
                next(answered(entry.model, [Example("", example)])) for entry in self.entries
            ]
        known = None if number is None else self.examples[number]
        view = words.reply(answers, self.first, known, self.pictures(example))
        return json.dumps(view).encode()

    def read(self, body: bytes) -> bytes:
        """Returns the parts that an image's file gives, one or both of a pair, as JSON.

        Raises:
            DataError: it cannot be decoded.
        """
        try:
            with self._lock:
                images = images_in(BytesIO(body), self.inputs)
        except (Refused, OSError) as refusal:
            raise DataError(f"The image cannot be used: {refusal}.") from None
        parts = [
            {
                "pixels": base64.b64encode(image.tobytes()).decode(),
                "source": words.picture(image[0] if len(image) == 1 else image.transpose(1, 2, 0)),
            }
            for image in images
        ]
        return json.dumps({"parts": parts}).encode()

    def routes(self) -> Routes:
        """Returns the page, and what it asks of this process."""
        page, policy = words.page(
            [entry.model.description for entry in self.entries],
            [(each.name, each.reason) for each in self.absent],
            self.examples,
            fitted=words.can_draw(self.inputs) and self.box is not None,
            largest=LARGEST_FILE,
        )
        return {
            "/": Route(
                lambda _: page,
                type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": policy},
            ),
            "/answer": Route(
                self.answer,
                "POST",
                "application/json",
                limit=2_000_000 + 2 * int(np.prod(self.inputs.shape)),
            ),
            "/image": Route(self.read, "POST", "application/octet-stream", limit=LARGEST_FILE),
        }

    def _input(self, part: _Part) -> NDArray[np.generic]:
        """Returns a part of an example, as the models take it."""
        given = part.model_dump(exclude_none=True, exclude={"image"})
        match given:
            case {"strokes": strokes, **rest} if not rest and words.can_draw(self.inputs):
                points = sum(map(len, strokes))
                if not 0 < points <= MOST_POINTS:
                    raise DataError(f"a drawing has 1 to {MOST_POINTS:,} points, not {points:,}.")
                return image_of(strokes, self.inputs, box=self.box)
            case {"pixels": text, **rest} if not rest and self.inputs.kind == "bytes":
                shape = (self.inputs.shape[0] // self.slots, *self.inputs.shape[1:])
                try:
                    pixels = base64.b64decode(text, validate=True)
                    return np.frombuffer(pixels, np.uint8).reshape(shape)
                except (binascii.Error, ValueError):
                    raise DataError(f"the pixels are not those of {shape}.") from None
            case {"example": number, **rest} if not rest:
                if number >= len(self.examples) or part.image >= self.slots:
                    raise DataError(f"there is no test example {number}, {part.image}.")
                return np.split(self.examples[number].input, self.slots)[part.image]
            case {"values": values, **rest} if not rest and words.form(self.inputs):
                return self._row(values)
            case _:
                raise DataError(f"a part of the question gives {', '.join(given) or 'nothing'}.")

    def _row(self, values: Sequence[float | str | None]) -> NDArray[np.generic]:
        import pandas as pd

        columns = words.form(self.inputs)
        if len(values) != len(columns):
            raise DataError(f"the row has {len(values)} values, not {len(columns)}.")
        frame = pd.DataFrame(
            {column.name: [value] for column, value in zip(columns, values, strict=True)}
        )
        made = self.first.preprocessing
        try:
            rows = rows_of(frame, self.inputs, missing=bool(made and made.fill))
        except Refused as refusal:
            raise DataError(f"{refusal}.") from None
        return np.asarray(rows[0])


def _comparable(inputs: Inputs) -> tuple[object, ...]:
    return inputs.kind, inputs.shape, inputs.images, inputs.columns


def _same_test(one: Entry, other: Entry) -> bool:
    """Whether the test examples of one model's round are none that another was trained on."""
    if one.tested_on == other.tested_on:
        return True
    if one.task is None or other.task is None:
        return False
    apart = all(isinstance(drawn_task(task), DrawnTask) for task in (one.task, other.task))
    return apart and one.task.digest() == other.task.digest()


def _replies(model: Predictor | Graph, raw: NDArray[np.generic]) -> dict[str, NDArray[Any]]:
    answers = model.predict(raw)
    if answers.probabilities is None or answers.probabilities.shape[1] != 2:
        return {"answer": answers.answers}
    return {"answer": answers.answers, "probability": answers.probabilities[:, 1]}
