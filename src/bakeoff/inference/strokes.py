"""Drawn strokes as an image, as large and as much in the middle as a dataset's own are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bakeoff.inference.description import Inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

Strokes: TypeAlias = Sequence[Sequence[tuple[float, float]]]
"""Lines of points ``(x, y)``, in widths of the sheet that they are drawn on, from its top left."""

PEN = 1 / 11
"""The width of a pen's line, in widths of the sheet: 2.5 of MNIST's 28 pixels."""

_FINE = 8
"""Lines are drawn in pixels so many times finer."""

_MOST = 10.0
"""The largest factor by which strokes are scaled: a dot stays one."""


def box_of(images: NDArray[np.uint8], inputs: Inputs) -> float | None:
    """Returns the side of the box that a dataset's ink was scaled to, in widths of an image.

    MNIST's digits were scaled to 20 of 28 pixels, and their centre of mass moved to the middle.

    Args:
        images: of one channel, ``(N, rows, columns)``.
        inputs: what they are inputs of.

    Returns:
        None where the ink of a tenth of the images or more is off the middle.
    """
    rows, columns = images.shape[1:]
    ink = 255.0 - images if inputs.ground == "light" else images.astype(np.float64)
    ink = ink[ink.any(axis=(1, 2))]
    if not len(ink):
        return None
    mass = ink.sum(axis=(1, 2))
    x = (ink.sum(axis=1) @ np.arange(columns)) / mass - (columns - 1) / 2
    y = (ink.sum(axis=2) @ np.arange(rows)) / mass - (rows - 1) / 2
    if np.mean(np.maximum(np.abs(x), np.abs(y)) <= columns / 28) <= 0.9:
        return None
    spans = [max(np.ptp(side) + 1 for side in np.nonzero(each)) for each in ink]
    return float(np.median(spans) / columns)


def image_of(strokes: Strokes, inputs: Inputs, *, box: float | None) -> NDArray[np.uint8]:
    """Returns strokes as one image of an example, ``(1, rows, columns)``.

    Args:
        strokes: with a point at least.
        inputs: of images of one channel; light on dark, unless their ground is light.
        box: the side of the box that the ink is scaled to before its centre of mass is moved to
            the middle; None to leave it where it is.
    """
    rows, columns = inputs.shape[-2:]
    lines = [np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes if len(stroke)]
    sheet = np.array([1.0, rows / columns])
    if box is not None:
        points = np.concatenate(lines)
        extent = np.ptp(points, axis=0).max()
        scale = min((box - PEN) / max(extent, 1e-9), _MOST)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        lines = [(line - middle) * scale + sheet / 2 for line in lines]
        mass = _inked(lines, rows, columns)
        centre = [
            (mass.sum(axis=axis) @ (np.arange(mass.shape[1 - axis]) + 0.5))
            / (mass.sum() * _FINE * columns)
            for axis in (0, 1)
        ]
        # The ink stays on the sheet, though its mass be on one side.
        points = np.concatenate(lines)
        room = sheet - points.max(axis=0) - PEN / 2, PEN / 2 - points.min(axis=0)
        shift = np.clip(sheet / 2 - centre, np.minimum(room[1], 0), np.maximum(room[0], 0))
        lines = [line + shift for line in lines]
    fine = _inked(lines, rows, columns)
    image = fine.reshape(rows, _FINE, columns, _FINE).mean(axis=(1, 3)).round()
    return np.asarray([255 - image if inputs.ground == "light" else image], np.uint8)


def _inked(lines: Sequence[NDArray[np.float64]], rows: int, columns: int) -> NDArray[np.uint8]:
    """Returns lines in fine pixels: 255 where there is ink."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (columns * _FINE, rows * _FINE))
    pen, width = ImageDraw.Draw(image), PEN * columns * _FINE
    for line in lines:
        points = [(float(x), float(y)) for x, y in line * columns * _FINE]
        pen.line(points, fill=255, width=round(width), joint="curve")
        # Round ends, and a dot where a stroke has one point.
        for x, y in (points[0], points[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    return np.asarray(image)
