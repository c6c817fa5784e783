"""Figures of a study's rounds as checked arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]

DECIMALS = 12


def checked(values: ArrayLike, *, axes: int = 1, infinite: bool = False) -> Array:
    """Returns numbers as an array.

    Args:
        values: numbers, shape (rounds,), or (rounds, levels) where `axes` is 2.
        axes: the number of axes that they need.
        infinite: whether a value may be infinite, like that of a diverged trial in a test that
            uses only ranks.

    Raises:
        ValueError: a value is NaN, or infinite if none may be, or they have another number of
            axes.

    Example:
        >>> checked([1.0, float("inf")], infinite=True)
        array([ 1., inf])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0 and array.ndim < axes:
        array = array.reshape((0,) * axes)
    if array.ndim != axes:
        raise ValueError(f"figures have {array.ndim} axes; {axes} needed")
    bad = np.argwhere(np.isnan(array) if infinite else ~np.isfinite(array))
    if len(bad):
        place = tuple(bad[0].tolist())
        raise ValueError(
            f"figure {', '.join(map(str, place))} (from 0) is {array[place]}; figures must be "
            f"{'numbers' if infinite else 'finite'}: leave out the rounds that have none"
        )
    return array


def above(values: ArrayLike, bound: float, *, infinite: bool = False) -> Array:
    """Returns the distance of each figure above a bound, shape (rounds,).

    Rounded to 12 decimals: figures are fractions of a count, and 0.3 - 0.2 must tie with 0.1.

    Args:
        values: figures of the rounds, shape (rounds,).
        bound: the value that they are compared with, in their unit.
        infinite: whether a figure may be infinite.

    Raises:
        ValueError: a value is NaN, or infinite if none may be, or the bound is not finite.
    """
    return np.round(checked(values, infinite=infinite) - _finite(bound), DECIMALS)


def differences(first: Sequence[float], second: Sequence[float]) -> Array:
    """Returns first minus second, round by round, shape (rounds,).

    Raises:
        ValueError: their numbers of rounds differ, or a value is not finite.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} figures cannot be paired with {len(second)}")
    return np.round(checked(first) - checked(second), DECIMALS)


def _finite(bound: float) -> float:
    if not np.isfinite(bound):
        raise ValueError(f"a bound must be finite, not {bound}")
    return bound
