"""Examples from arrays, and the datasets that give arrays: files of NumPy, and functions."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import Field

from bakeoff.data.dataset import Dataset, Examples, Place, Pool
from bakeoff.data.files import check_unpacked
from bakeoff.data.labels import classes_of
from bakeoff.errors import DataError
from bakeoff.spec import Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Side: TypeAlias = "tuple[Any, ...]"
"""Inputs and labels, and groups if there are any."""

_CHANNELS = {1, 3, 4}
_NAMES = {
    "inputs": ("inputs", "x", "X", "images"),
    "labels": ("labels", "y", "target", "targets"),
    "groups": ("groups",),
}
"""What arrays of a file may be called, after ``train_`` and ``test_`` or alone."""


class Npz(Dataset):
    """Arrays in a file of NumPy: ``x`` and ``y``, or such for training and for test.

    They are called ``x`` or ``inputs`` or ``images``, and ``y`` or ``labels`` or ``target``, with
    ``train_`` and ``test_`` before them, or ``_train`` and ``_test`` after, where there are two
    sides. ``groups`` may stand beside them, one number for each example.

    Attributes:
        file: as `numpy.savez` writes it.

    Example:
        >>> import numpy
        >>> numpy.savez("arrays.npz", x=numpy.eye(4), y=[0, 1, 0, 1])
        >>> Npz("arrays.npz").load().shape
        (4,)
    """

    file: Place = Field(kw_only=False)

    def read_from(self) -> tuple[Path, ...]:
        """Returns the one file."""
        return (Path(self.file),)

    def stamp(self) -> str:
        """Returns a hash that changes whenever the file is written."""
        return file_stamp(self.read_from(), type(self).__name__)

    def read(self) -> Examples:
        """Returns the examples.

        Raises:
            DataError: the file cannot be read, or its arrays are not what is looked for.
        """
        import numpy as np

        try:
            path = Path(self.file)
            with zipfile.ZipFile(path) as packed:
                check_unpacked(path, sum(member.file_size for member in packed.infolist()))
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except DataError:
            raise
        except Exception as error:
            # numpy, zipfile and zlib raise a dozen kinds over a damaged file.
            raise DataError(f"{self.file} cannot be read as a file of NumPy: {error}.") from None
        sides = {side: _named(arrays, side) for side in ("train", "test", "")}
        if sides["train"]:
            return examples_of(sides["train"], sides["test"] or None, source=str(self.file))
        if sides[""]:
            return examples_of(sides[""], source=str(self.file))
        raise DataError(
            f"{self.file} holds the arrays {', '.join(arrays) or 'none'}; it needs x and y, or "
            "x_train and y_train, and x_test and y_test if there is a test side."
        )


class FromFunction(Dataset):
    """Whatever a function returns: scikit-learn's sets, torchvision's, a user's own reader.

    The function is called once in each run, where the run is started; workers map what it gave.

    Attributes:
        function: where it is found, ``module:name``.

    Example:
        >>> from breast_cancer import tumours  # examples/breast_cancer.py
        >>> FromFunction(tumours).load().shape
        (30,)
    """

    function: str

    def __init__(self, function: Callable[[], Any] | str) -> None:
        if not isinstance(function, str):
            name = getattr(function, "__qualname__", repr(function))
            if not callable(function) or not name.isidentifier():
                raise DataError(
                    f"FromFunction is given {name}; it needs a function that is defined at the top "
                    "level of a file, for it is found again by its name."
                )
            function = f"{function.__module__}:{name}"
        Spec.__init__(self, function=function)

    def read(self) -> Examples:
        """Returns what the function gives.

        That is `Examples`; inputs and labels; inputs, labels and groups; or a pair of either, for
        training and for test.

        Raises:
            DataError: it is something else.
            Exception: whatever the function raises.
        """
        module, _, name = self.function.partition(":")
        try:
            function = getattr(sys.modules.get(module) or import_module(module), name)
        except (ImportError, AttributeError):
            raise DataError(
                f"there is no function {self.function}; give one at the top level of a file."
            ) from None
        arrays = function()
        if isinstance(arrays, Examples):
            return arrays
        if not isinstance(arrays, tuple) or not arrays:
            raise DataError(
                f"{self.function} returns {type(arrays).__name__}; it must return inputs and "
                "labels, or a pair of such for training and for test."
            )
        if all(isinstance(side, tuple) for side in arrays) and len(arrays) == 2:
            return examples_of(*arrays, source=self.function)
        return examples_of(arrays, source=self.function)


def examples_of(train: Side, test: Side | None = None, *, source: str) -> Examples:
    """Returns examples from inputs and labels, checked.

    Whole numbers, truth values and text are classes, counted from 0 in their order; other numbers
    are numbers. Bytes are images: ``(N, rows, columns)`` and channels last are given channels
    first.

    Args:
        train: inputs ``(N, ...)``, labels ``(N,)`` or ``(N, outputs)``, and maybe groups ``(N,)``.
        test: the same; None where all splits are drawn from one pool.
        source: what errors call the data.

    Raises:
        DataError: they are of no use, with the reason.
    """
    import numpy as np

    sides = {"train": train} | ({} if test is None else {"test": test})
    inputs, labels, groups = {}, {}, {}
    for side, arrays in sides.items():
        if len(arrays) not in {2, 3}:
            raise DataError(
                f"{source} gives {len(arrays)} arrays for {side}; it must give inputs and labels, "
                "and groups if there are any."
            )
        inputs[side] = _inputs(np.asarray(arrays[0]), source)
        labels[side] = np.asarray(arrays[1])
        groups[side] = np.asarray(arrays[2]) if len(arrays) == 3 else None
        _check_counts(inputs[side], labels[side], groups[side], source)
    shapes = {side: each.shape[1:] for side, each in inputs.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(
            f"{source}: training inputs have the shape {shapes['train']}, test inputs "
            f"{shapes['test']}; they must have the same."
        )
    labels, classes, remarks = _labels(labels, source)
    pools = {side: Pool(inputs[side], labels[side], _group_numbers(groups[side])) for side in sides}
    return Examples(pools["train"], pools.get("test"), classes=classes, remarks=remarks)


def file_stamp(files: Iterable[Path], *options: object) -> str:
    """Returns a hash that changes whenever a file is written, without reading the files.

    Args:
        files: that are there.
        options: what else decides what is read from them.

    Raises:
        DataError: one is not there.
    """
    facts: list[object] = [*options]
    for file in files:
        try:
            status = file.stat()
        except OSError as error:
            raise DataError(f"{file} cannot be read: {error.strerror}.") from None
        place = str(file.resolve())
        facts.append([place, status.st_size, status.st_mtime_ns, status.st_ctime_ns])
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _named(arrays: Mapping[str, NDArray[np.generic]], side: str) -> Side:
    """Returns inputs, labels and maybe groups of a side, by the names that they may have."""
    parts = []
    for part in ("inputs", "labels", "groups"):
        for name in _NAMES[part]:
            spellings = [f"{side}_{name}", f"{name}_{side}"] if side else [name]
            held = [arrays[spelling] for spelling in spellings if spelling in arrays]
            if held:
                parts.append(held[0])
                break
        else:
            if part != "groups":
                return ()
    return tuple(parts)


def _inputs(inputs: NDArray[Any], source: str) -> NDArray[np.generic]:
    import numpy as np

    if inputs.ndim < 2:
        raise DataError(
            f"{source}: inputs have the shape {inputs.shape}; they must have one row, or image, "
            "for each example."
        )
    if inputs.dtype == np.uint8:
        if inputs.ndim == 3:
            return inputs[:, None]
        last = inputs.ndim == 4 and inputs.shape[1] not in _CHANNELS
        return inputs.transpose(0, 3, 1, 2) if last and inputs.shape[3] in _CHANNELS else inputs
    if inputs.dtype.kind not in "biuf":
        raise DataError(
            f"{source}: inputs hold {inputs.dtype}; they must be numbers. A Table encodes columns "
            "of text."
        )
    numbers = inputs.astype(np.float32)
    if not np.isfinite(numbers).all():
        place = np.argwhere(~np.isfinite(numbers))[0]
        raise DataError(
            f"{source}: the input of example {place[0]:,} holds {numbers[tuple(place)]}; fill in "
            "or leave out what is missing. A Table can impute."
        )
    return numbers


def _check_counts(
    inputs: NDArray[Any], labels: NDArray[Any], groups: NDArray[Any] | None, source: str
) -> None:
    if labels.ndim not in {1, 2} or len(labels) != len(inputs):
        raise DataError(
            f"{source}: there are {len(inputs):,} inputs, and labels of shape {labels.shape}; "
            "there must be one for each input."
        )
    if groups is not None and groups.shape != (len(inputs),):
        raise DataError(
            f"{source}: there are {len(inputs):,} inputs, and groups of shape {groups.shape}; "
            "there must be one for each input."
        )
    if len(inputs) < 2:
        raise DataError(f"{source} holds {len(inputs)} examples; nothing can be compared on them.")


def _labels(
    labels: Mapping[str, NDArray[Any]], source: str
) -> tuple[dict[str, NDArray[np.generic]], tuple[str, ...], tuple[str, ...]]:
    import numpy as np

    first = labels["train"]
    if first.dtype.kind == "f":
        numbers = {side: each.astype(np.float32) for side, each in labels.items()}
        for side, each in numbers.items():
            if not np.isfinite(each).all():
                place = int(np.argwhere(~np.isfinite(each))[0][0])
                raise DataError(f"{source}: the {side} label of example {place:,} is missing.")
        return dict(numbers), (), ()
    if first.ndim == 2 and first.shape[1] != 1:
        raise DataError(
            f"{source}: labels have the shape {first.shape}; there must be one class for each "
            "example."
        )
    by_side, classes, remarks = classes_of(
        {side: each.reshape(len(each)) for side, each in labels.items()}, source
    )
    return dict(by_side), classes, remarks


def _group_numbers(groups: NDArray[Any] | None) -> NDArray[np.generic] | None:
    import numpy as np

    if groups is None:
        return None
    _, numbers = np.unique(groups, return_inverse=True)
    return numbers.astype(np.int64)
