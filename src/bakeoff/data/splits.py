"""The data of one round, as tensors ready to be sliced into batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Examples with their labels.

    Attributes:
        inputs: float32, ``(N, *task.input_shape)``, standardised unless the task says otherwise.
        labels: int64 by name; for pairs ``comparison`` is ``(N,)``, ``digits`` is ``(N, 2)``.
        items: int64, which examples of the dataset each shows: ``(N, 1)``, or 2 for a pair.
    """

    inputs: Tensor
    labels: Mapping[str, Tensor]
    items: NDArray[np.int64]


@dataclass(frozen=True)
class RoundData:
    """One round's splits; `validation` is None where the task draws none."""

    train: Split
    validation: Split | None
    test: Split

    def splits(self) -> dict[str, Split]:
        """Return the splits by name: ``train``, ``validation`` if there is one, ``test``."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in named.items() if split is not None}
