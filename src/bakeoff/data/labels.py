"""Labels as they are given, and as classes counted from 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def classes_of(
    sides: Mapping[str, NDArray[np.generic]], source: str
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...], tuple[str, ...]]:
    """Returns labels as classes from 0 by side, the names of the classes, and what is to be told.

    Args:
        sides: labels as given, numbers or text, ``(N,)``: of ``train``, and of ``test`` if any.
        source: what an error calls the data.

    Raises:
        DataError: a class stands on the test side alone, or there is only one.
    """
    import numpy as np

    values = np.unique(np.concatenate([np.asarray(labels) for labels in sides.values()]))
    names = tuple(str(value) for value in values.tolist())
    known = set(np.unique(sides["train"]).tolist())
    alone = [value for value in values.tolist() if value not in known]
    if alone:
        raise DataError(
            f"{source}: the class {alone[0]!r} stands on the test side alone; nothing can learn "
            "it. Give training examples of it, or leave it out of the test side."
        )
    if len(values) < 2:
        raise DataError(
            f"{source}: all examples are of the class {names[0]!r}; there must be two or more."
        )
    mapped = {
        side: np.searchsorted(values, np.asarray(labels)).astype(np.int64)
        for side, labels in sides.items()
    }
    plain = bool(np.issubdtype(values.dtype, np.integer)) and values.tolist() == [
        *range(len(values))
    ]
    if plain or not np.issubdtype(values.dtype, np.number):
        return mapped, names, ()
    remark = (
        f"The labels {names[0]} to {names[-1]} are counted as classes 0 to {len(values) - 1}, in "
        "their order."
    )
    return mapped, names, (remark,)
