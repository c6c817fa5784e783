"""The answers of a trained model to files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import ModelError
from bakeoff.inference.folder import GRAPH, predictor_of, read_description, read_file

if TYPE_CHECKING:
    from bakeoff.inference.files import Example, Invert, Unread
    from bakeoff.inference.onnx import Graph
    from bakeoff.inference.predictor import Predictor

AT_A_TIME = 100
"""Examples that are held in memory."""


@dataclass(frozen=True)
class Prediction:
    """A model's answer to an example.

    Attributes:
        name: of the file, or files, or of a row in one.
        label: the class, or the numbers as text.
        probability: of the class; None where the model knows none.
        probabilities: of every class, by its name.
        digits: what the model takes the digits of a pair for; maybe empty.
        numbers: that the model answers, if it names no class.
    """

    name: str
    label: str
    probability: float | None = None
    probabilities: tuple[tuple[str, float], ...] = ()
    digits: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


def model_in(folder: Path) -> Predictor | Graph:
    """Returns what answers for the model of a folder: its network, or its ONNX graph.

    Raises:
        ModelError: the folder is damaged, or holds neither a network of bakeoff's layers nor a
            graph; or the model answers no single example.
        RunError: the graph needs a package that is not installed.
    """
    description = read_description(folder, graph_only=True)
    name = description.origin.variant
    if description.is_ours:
        if description.train_mode:
            raise ModelError(f"{name!r} answers no single example: {description.by_batch}.")
        return predictor_of(folder, description)
    if GRAPH not in dict(description.files):
        raise ModelError(
            f"{name!r} is made of classes of your own, and has no {GRAPH}; load it in Python, "
            "where they are imported: bakeoff.load_model(folder, code=[...])."
        )
    from bakeoff.inference.onnx import Graph

    return Graph(description, read_file(folder, GRAPH, description))


def predictions(
    folder: Path, files: Iterable[Path], *, invert: Invert = "auto"
) -> Iterator[Prediction | Unread]:
    """Yields a model's answers to files, and the files that give no example.

    Args:
        folder: that `train` wrote.
        files: images, folders of such, tables, arrays of NumPy.
        invert: as `examples_in` takes it.

    Raises:
        ModelError: as `model_in`.
        RunError: likewise.
    """
    from bakeoff.inference.files import Unread, examples_in

    model = model_in(folder)
    batch: list[Example] = []

    def answers() -> Iterator[Prediction | Unread]:
        for each in answered(model, batch):
            if isfinite(sum(each.numbers, each.probability or 0.0)):
                yield each
            else:
                yield Unread(each.name, "the model answers it with no finite number")
        batch.clear()

    for each in examples_in(files, model.description, invert=invert):
        if isinstance(each, Unread):
            yield from answers()
            yield each
            continue
        batch.append(each)
        if len(batch) == AT_A_TIME:
            yield from answers()
    yield from answers()


def answered(model: Predictor | Graph, examples: Sequence[Example]) -> Iterator[Prediction]:
    """Yields a model's answers to examples, which are held in memory."""
    import numpy as np

    if not examples:
        return
    answers = model.predict(np.stack([example.input for example in examples]))
    classes = model.description.classes
    for place, example in enumerate(examples):
        row = () if answers.probabilities is None else answers.probabilities[place].tolist()
        yield Prediction(
            example.name,
            answers.labels[place],
            answers.probability[place],
            tuple(zip(classes, row, strict=True)) if row and classes else (),
            answers.digits[place] if answers.digits else (),
            () if classes else tuple(np.atleast_1d(answers.answers[place]).tolist()),
        )
