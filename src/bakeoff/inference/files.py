"""Files as raw inputs: images of any size and mode, tables, arrays; what cannot be read is said."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias

import numpy as np

from bakeoff.data.image_folder import SUFFIXES
from bakeoff.data.table import TABLES, read_frame
from bakeoff.inference.description import Description, Inputs
from bakeoff.inference.ground import ground_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

Invert: TypeAlias = Literal["auto", "yes", "no"]

MOST_PIXELS = 64_000_000
"""Pixels beyond which an image is not decoded: it would take half a gigabyte, or be a bomb."""

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""The decoders that are tried; others of Pillow start programs, as EPS does."""

_WIDE = 1.5
"""An image so many times as wide as high shows a pair side by side."""


@dataclass(frozen=True, eq=False)
class Example:
    """A raw input.

    Attributes:
        name: of its file, or files, or of a row in one.
        input: as `Inputs` says, without the batch axis.
    """

    name: str
    input: NDArray[np.generic]


@dataclass(frozen=True)
class Unread:
    """A file that gives no input, and the reason."""

    name: str
    reason: str


class Refused(Exception):  # noqa: N818
    """A file gives no input, for the reason given."""


def examples_in(
    files: Iterable[Path], description: Description, *, invert: Invert = "auto"
) -> Iterator[Example | Unread]:
    """Yields the examples of files, in order.

    A pair is one image of two side by side, or two images that follow each other.

    Args:
        files: images, folders of such, tables, arrays of NumPy.
        description: of the model that is asked.
        invert: whether light and dark change places in images of one channel: always, never, or
            where their edge is dark and that of the training images light, or the other way.
    """
    inputs = description.inputs
    waiting: list[Example] = []
    lost = ""
    for file in _listed(files):
        try:
            match file.suffix.lower():
                case ".npy":
                    yield from _rows_of(file, _array(file, inputs))
                case suffix if suffix in TABLES:
                    missing = bool(description.preprocessing and description.preprocessing.fill)
                    yield from _rows_of(file, _table(file, inputs, missing=missing))
                case _:
                    shown = [Example(str(file), each) for each in images_in(file, inputs, invert)]
                    if len(shown) == inputs.images:
                        yield from _alone(waiting)
                        waiting, lost = [], ""
                        yield _joined(shown)
                    elif lost:
                        yield Unread(str(file), f"its partner, {lost}, cannot be read")
                        lost = ""
                    else:
                        waiting += shown
                    if len(waiting) == inputs.images:
                        yield _joined(waiting)
                        waiting = []
        except Refused as refusal:
            reason = str(refusal)
        except FileNotFoundError:
            reason = "there is no such file"
        except OSError as error:
            reason = f"it cannot be read: {error.strerror or error}"
        else:
            continue
        yield Unread(str(file), reason)
        # Two images that are no pair must not become one because a file between them is lost.
        yield from _alone(waiting)
        lost = "" if waiting or inputs.images == 1 else str(file)
        waiting = []
    yield from _alone(waiting)


def _listed(files: Iterable[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            inside = sorted(path for path in file.rglob("*") if path.suffix.lower() in SUFFIXES)
            # An empty folder is read as a file, which says what is wrong.
            yield from inside or [file]
        else:
            yield file


def _alone(waiting: list[Example]) -> Iterator[Unread]:
    for single in waiting:
        yield Unread(
            single.name,
            "it shows one image, and a pair is asked for: give two, or one of two side by side",
        )


def _joined(parts: list[Example]) -> Example:
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(part.name for part in parts)
    return Example(" + ".join(names), np.concatenate([part.input for part in parts]))


def _rows_of(file: Path, rows: NDArray[np.generic]) -> Iterator[Example]:
    for number, row in enumerate(rows, start=1):
        yield Example(f"{file}:{number}", row)


def _array(file: Path, inputs: Inputs) -> NDArray[np.generic]:
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise Refused(f"it is no array of NumPy: {error}") from None
    if not isinstance(array, np.ndarray):
        raise Refused("it holds several arrays; give one, as numpy.save writes it")
    rows = array[None] if array.shape == inputs.shape else array
    if rows.shape[1:] != inputs.shape or rows.dtype.kind not in "biuf":
        raise Refused(
            f"it holds {array.dtype} of shape {array.shape}; the model takes {inputs.dtype} of "
            f"shape (N, {', '.join(map(str, inputs.shape))})"
        )
    if inputs.kind == "bytes" and rows.dtype != np.uint8:
        raise Refused(f"it holds {array.dtype}; the model takes bytes, uint8 from 0 to 255")
    return rows.astype(inputs.dtype)


def _table(file: Path, inputs: Inputs, *, missing: bool) -> NDArray[np.float32]:
    """Returns the rows of a table, ``(N, columns)``."""
    if inputs.kind != "numbers" or len(inputs.shape) != 1:
        raise Refused("it is a table, and the model takes images")
    try:
        frame = read_frame(file)
    except ValueError as error:
        raise Refused(f"it {error}") from None
    return rows_of(frame, inputs, missing=missing)


def rows_of(frame: Any, inputs: Inputs, *, missing: bool) -> NDArray[np.float32]:
    """Returns the rows of a pandas DataFrame as a model takes them, ``(N, *shape)``.

    Args:
        frame: with the columns of the table that the model was trained on.
        inputs: what the model takes.
        missing: whether numbers may be missing.

    Raises:
        Refused: a column is missing, or holds what the model cannot take.
    """
    if not inputs.columns and frame.shape[1] != inputs.shape[0]:
        raise Refused(f"it has {frame.shape[1]} columns; the model takes {inputs.shape[0]}")
    wanted = [(c.name, c.categories) for c in inputs.columns] or [(n, ()) for n in frame.columns]
    columns = []
    for name, categories in wanted:
        if name not in frame.columns:
            raise Refused(f"it has no column {name!r}, which is an input of the model")
        columns.append(_column(frame[name], categories, missing=missing))
    return np.concatenate(columns, axis=1).astype(np.float32)


def _column(column: Any, categories: tuple[str, ...], *, missing: bool) -> NDArray[np.float64]:
    import pandas as pd

    empty = column.isna().to_numpy()
    if empty.any() and not missing:
        raise Refused(f"the column {column.name!r} has no value in row {empty.argmax() + 1:,}")
    if categories:
        texts = column.astype(str).to_numpy()
        other = ~np.isin(texts, categories) & ~empty
        if other.any():
            raise Refused(
                f"the column {column.name!r} holds {texts[other.argmax()]!r} in row "
                f"{other.argmax() + 1:,}, which no example had that the model was trained on"
            )
        return np.stack([texts == value for value in categories], axis=1).astype(np.float64)
    numbers = np.asarray(pd.to_numeric(column, errors="coerce"), np.float64)
    wrong = (np.isnan(numbers) & ~empty) | (np.abs(numbers) > np.finfo(np.float32).max)
    if wrong.any():
        raise Refused(
            f"the column {column.name!r} holds '{column.iloc[wrong.argmax()]}' in row "
            f"{wrong.argmax() + 1:,}, which is no number that a model can take"
        )
    return numbers[:, None]


def images_in(
    file: Path | BinaryIO, inputs: Inputs, invert: Invert = "auto"
) -> list[NDArray[np.uint8]]:
    """Returns an image as its model takes it, ``(channels, rows, columns)``, or both of a pair.

    Args:
        file: of one image.
        inputs: what the model takes.
        invert: as in `examples_in`.

    Raises:
        Refused: it cannot be decoded, or is too large, or the model takes no images.
        OSError: it cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    if inputs.kind != "bytes":
        raise Refused(
            "the model takes rows of numbers: give CSV files or arrays of NumPy, each by its name"
            if inputs.kind == "numbers"
            else "the model takes arrays of NumPy, as its task makes them"
        )
    if isinstance(file, Path) and file.is_dir():
        raise Refused(f"the folder holds no images; they end in {', '.join(SUFFIXES)}")
    channels = 1 if inputs.images > 1 else inputs.shape[0]
    if channels not in {1, 3}:
        raise Refused(f"the model takes {channels} channels; give an array of NumPy")
    try:
        # Pillow warns of many pixels; ours is the cap that counts.
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=_FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Refused(
                    f"it has {width:,} x {height:,} pixels, more than {MOST_PIXELS:,}; it is not "
                    "decoded"
                )
            image = _plain(opened, "L" if channels == 1 else "RGB")
    except Image.DecompressionBombError:
        raise Refused(f"it has more than {MOST_PIXELS:,} pixels; it is not decoded") from None
    except UnidentifiedImageError:
        raise Refused(
            f"it cannot be decoded as an image: it is none of {', '.join(_FORMATS)}"
        ) from None
    except (ValueError, SyntaxError, EOFError) as error:
        raise Refused(f"it cannot be decoded as an image: {error}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise Refused(f"it cannot be decoded as an image: {error}") from None
    if _turned(image, inputs, invert):
        image = image.point(lambda value: 255 - value)
    parts = [image]
    if inputs.images == 2 and image.width >= _WIDE * image.height:
        half = image.width // 2
        sides = ((0, 0, half, image.height), (half, 0, image.width, image.height))
        parts = [image.crop(side) for side in sides]
    return [_sized(part, inputs, channels) for part in parts]


def _plain(opened: Image, mode: Literal["L", "RGB"]) -> Image:
    """Returns an image upright, without transparency, with bytes of grey or of colours."""
    from PIL import Image, ImageOps

    image: Image.Image = ImageOps.exif_transpose(opened)
    if image.mode.startswith(("I", "F")):
        # More than 8 bits: 16 of a PNG, or fractions of 1.
        numbers = np.asarray(image, np.float64)
        most = numbers.max(initial=0)
        scale = 255.0 if most <= 1 else 1.0 if most <= 255 else 1 / 257
        image = Image.fromarray(np.clip(numbers * scale, 0, 255).round().astype(np.uint8))
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        image = Image.alpha_composite(paper, clear)
    return image.convert(mode)


def _turned(image: Image, inputs: Inputs, invert: Invert) -> bool:
    """Whether light and dark change places."""
    if invert != "auto":
        return invert == "yes"
    ground = ground_of(np.asarray(image)) if image.mode == "L" else ""
    return bool(inputs.ground) and ground not in {"", inputs.ground}


def _sized(image: Image, inputs: Inputs, channels: int) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    rows, columns = inputs.shape[-2:]
    if image.size != (columns, rows):
        size, method = (columns, rows), Image.Resampling.BILINEAR
        if inputs.keeps_sides:
            edge = np.asarray(image).reshape(image.height, image.width, channels)
            around = np.concatenate([edge[0], edge[-1], edge[:, 0], edge[:, -1]])
            colour = tuple(int(value) for value in np.median(around, axis=0))
            image = ImageOps.pad(image, size, method, color=colour[0] if channels == 1 else colour)
        else:
            image = image.resize(size, method)
    pixels = np.asarray(image, np.uint8).reshape(rows, columns, channels)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
