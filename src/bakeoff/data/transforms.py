"""What is done to inputs, fitted on the training split alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.dataset import Examples

Transform: TypeAlias = "Callable[[NDArray[np.generic]], NDArray[np.float32]]"

WHITE = 255.0
"""The largest value of a byte."""


def fitted(train: NDArray[np.generic], examples: Examples, *, standardise: bool) -> Transform:
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
    sd = np.where(sd == 0, 1.0, sd)

    def transform(inputs: NDArray[np.generic]) -> NDArray[np.float32]:
        numbers = inputs.astype(np.float64)
        if examples.impute:
            numbers = np.where(np.isnan(numbers), fill.reshape(shape), numbers)
        scaled = (numbers - mean.reshape(shape)) / sd.reshape(shape)
        return np.ascontiguousarray(scaled, np.float32)

    return transform
