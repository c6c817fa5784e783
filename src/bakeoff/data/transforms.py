"""What is done to inputs, fitted on the training split alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakeoff.data.images import block_means
from bakeoff.errors import DataError
from bakeoff.spec import PositiveInt, Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.dataset import Examples

WHITE = 255.0
"""The largest value of a byte."""


class Preprocessing(Spec):
    """What makes a network's inputs of a dataset's, with the numbers fitted on a training split.

    An input less its mean, over its standard deviation. The numbers are of each column or channel,
    or one of each for all.

    Attributes:
        mean: what is taken off.
        sd: what the rest is divided by.
        fill: what takes the place of missing numbers; empty where none may be missing.
        shrink: the side of the square blocks of pixels that are averaged first.
        double: whether numbers are float64 until the end, or float32 all the way.
    """

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    fill: tuple[float, ...] = ()
    shrink: PositiveInt = 1
    double: bool = True

    def apply(self, inputs: NDArray[np.generic]) -> NDArray[np.float32]:
        """Returns float32 inputs ``(N, ...)`` of a dataset's ``(N, ...)``."""
        if self.shrink > 1:
            sides = inputs.shape
            flat = inputs.reshape(-1, *sides[-2:]).astype(np.uint8, copy=False)
            small = block_means(flat, sides[-1] // self.shrink)
            inputs = small.reshape(*sides[:-2], *small.shape[1:])
        kind = np.float64 if self.double else np.float32
        numbers: NDArray[np.floating] = inputs.astype(kind)
        shape = (1, -1, *([1] * (numbers.ndim - 2)))
        mean, sd = (np.array(each, numbers.dtype).reshape(shape) for each in (self.mean, self.sd))
        if self.fill:
            numbers = np.where(np.isnan(numbers), np.array(self.fill).reshape(shape), numbers)
        numbers -= mean
        numbers /= sd
        return np.ascontiguousarray(numbers, np.float32)


def fitted(train: NDArray[np.generic], examples: Examples, *, standardise: bool) -> Preprocessing:
    """Returns what makes inputs ready to learn from.

    Missing numbers of a table are imputed by mean or median of their column; then each column, or
    each channel of an image, gets mean 0 and standard deviation 1, but for categories, and for
    columns that never vary.

    Args:
        train: the training split's inputs, ``(N, ...)``.
        examples: they are of these.
        standardise: without, bytes are from 0 to 1 and numbers are as they are.

    Raises:
        DataError: all inputs of the training split are alike, or a column has no number at all.
    """
    axes = (0, *range(2, train.ndim))
    shape = (1, -1, *([1] * (train.ndim - 2)))
    values = train.astype(np.float64)
    fill = np.zeros(train.shape[1])
    if examples.impute:
        empty = np.flatnonzero(np.isnan(values).all(axis=axes))
        if len(empty):
            raise DataError(
                f"the column {empty[0]} of the inputs has no number in the training split; draw "
                "more examples, or leave it out of `features`."
            )
        middle = np.nanmean if examples.impute == "mean" else np.nanmedian
        fill = np.asarray(middle(values, axis=axes))
        values = np.where(np.isnan(values), fill.reshape(shape), values)
    mean, sd = values.mean(axis=axes), values.std(axis=axes)
    if not sd.any():
        raise DataError("the training inputs drawn are all alike; nothing can be learned.")
    if not standardise:
        scale = WHITE if train.dtype == np.uint8 else 1.0
        mean, sd = np.zeros_like(mean), np.full_like(sd, scale)
    elif examples.categories:
        categories = np.array(examples.categories)
        mean, sd = np.where(categories, 0.0, mean), np.where(categories, 1.0, sd)
    return Preprocessing(
        mean=tuple(mean.tolist()),
        sd=tuple(np.where(sd == 0, 1.0, sd).tolist()),
        fill=tuple(fill.tolist()) if examples.impute else (),
    )
