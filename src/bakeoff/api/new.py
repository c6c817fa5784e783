"""A first study of a user's own data, written as a file to be extended."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from bakeoff.api.compare import sizes_for
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Dataset, Examples
from bakeoff.data.files import write_whole
from bakeoff.data.image_folder import ImageFolder
from bakeoff.data.table import TABLES, Table
from bakeoff.errors import DataError, StudyError
from bakeoff.reporting.writers.templating import code

IMAGES = 32
"""The side in pixels to which images of several sizes are resized."""


def write_study(path: Path, *, source: Path | None = None, target: str | None = None) -> None:
    """Writes a study file; the arguments are those of `new_study`.

    Raises:
        StudyError: the file exists, or cannot be written.
        BakeoffError: as `new_study`.
    """
    if path.suffix != ".py":
        raise StudyError(f"{path} must end in .py: a study is a Python file.")
    if path.exists():
        raise StudyError(f"{path} exists already; give another name, or remove it.")
    text = new_study(path, source=source, target=target)
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise StudyError(f"{path} cannot be written: {error.strerror}.") from None


def new_study(path: Path, *, source: Path | None = None, target: str | None = None) -> str:
    """Returns the text of a study file: a linear model, boosted trees and a small network.

    Args:
        path: the path that the file will have.
        source: a table, or a folder with a folder of images for each class; None for
            scikit-learn's irises.
        target: the column of a table to predict.

    Raises:
        StudyError: a table has no target, or a folder is given one.
        DataError: the data cannot be read.
    """
    if source is None:
        if target is not None:
            raise StudyError(
                f"--target {target} names a column, and there is no table; add one, for example "
                "--from data.csv."
            )
        from sklearn.datasets import load_iris

        return _text(path, examples_of(load_iris(return_X_y=True), source="irises"))
    dataset, arguments = _dataset(source, target)
    reader, place = type(dataset).__name__, _place(source, path)
    return _text(path, dataset.load(), source.name, reader, f"{reader}({place}{arguments})")


def _dataset(source: Path, target: str | None) -> tuple[Dataset, str]:
    """Returns the dataset, and its arguments after the first as code."""
    if source.is_dir():
        if target is not None:
            raise StudyError(
                f"{source} is a folder, and its folders are the classes; leave out --target."
            )
        try:
            whole = ImageFolder(source)
            whole.load()
        except DataError as error:
            if "give a size" not in str(error):
                raise
            return ImageFolder(source, size=IMAGES), f", size={IMAGES}"
        return whole, ""
    if source.suffix.lower() not in TABLES:
        raise StudyError(
            f"{source} is neither a table ({', '.join(TABLES)}) nor a folder of images; leave out "
            "--from, and change the dataset in the new file, for example to Npz or FromFunction."
        )
    if target is None:
        raise StudyError(f"{source} is a table; name the column to predict: --target NAME.")
    try:
        table = Table(source, target=target)
        table.load()
    except DataError as error:
        if "missing='mean'" not in str(error):
            raise
        imputed = Table(source, target=target, missing="median")
        imputed.load()
        return imputed, f', target={_quoted(target)}, missing="median"'
    return table, f", target={_quoted(target)}"


def _quoted(text: str) -> str:
    """Returns a text as code, in double quotes as the rest of the file."""
    return json.dumps(text, ensure_ascii=False)


def _place(source: Path, path: Path) -> str:
    """Returns the path of the data as code, relative to the file if it lies beside or below it."""
    relative = Path(os.path.relpath(source.resolve(), path.resolve().parent))
    if ".." in relative.parts:
        return repr(source.resolve().as_posix())
    return f'Path(__file__).parent / "{relative.as_posix()}"'


def _text(
    path: Path,
    examples: Examples,
    what: str = "the irises",
    reader: str = "FromFunction",
    data: str = "FromFunction(irises)",
) -> str:
    """Returns the file's text.

    Args:
        path: the path that the file will have.
        examples: the data.
        what: the name of the data.
        reader: the class that reads it.
        data: the code that makes the dataset.
    """
    numbers, images = not examples.classes, len(examples.shape) > 1
    layers = {"Linear", "ReLU"} | ({"Conv", "GlobalAveragePool", "MaxPool"} if images else set())
    task, metric = ("Regression", "MAE") if numbers else ("Classification", "Accuracy")
    plain = {"Better", "Claim", "Estimator", "Head", "Network", "Recipe", "Study", "Variant"}
    return code("study.py.j2").render(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "study",
        file=path.name,
        what=what,
        data=data,
        examples=examples,
        images=images,
        numbers=numbers,
        outputs=len(examples.classes) or examples.train.labels[0].size,
        sizes=sizes_for(examples),
        task=task,
        metric=metric,
        imports=sorted(plain | layers | {task, metric, reader}, key=str.casefold),
    )
