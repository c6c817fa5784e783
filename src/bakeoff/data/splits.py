"""The data of one round, as tensors ready to be sliced into batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from bakeoff.data.transforms import Preprocessing


@dataclass(frozen=True)
class Split:
    """Examples with their labels.

    Attributes:
        inputs: float32, ``(N, *task.input_shape)``, standardised unless the task says otherwise.
        labels: by name; int64 for classes, float32 for numbers. For pairs ``comparison`` is
            ``(N,)``, ``digits`` is ``(N, 2)``.
        items: int64, which examples of the dataset each shows: ``(N, 1)``, or 2 for a pair.

    Example:
        >>> task = Classification(Table("iris.csv", target="species"), train=100, test=50)
        >>> split = task.draw(seed=0, round=0).test
        >>> tuple(split.labels["label"].shape), split.items.shape
        ((50,), (50, 1))
    """

    inputs: Tensor
    labels: Mapping[str, Tensor]
    items: NDArray[np.int64]


@dataclass(frozen=True)
class Scale:
    """How numbers of a target are trained on: less a mean, over a standard deviation.

    Attributes:
        mean: of each output, float64 ``()`` or ``(outputs,)``.
        sd: likewise.

    Example:
        >>> import numpy
        >>> scale = Scale(mean=numpy.float64(150), sd=numpy.float64(50))
        >>> scale.restored(numpy.array([-1.0, 0.0, 1.0])).tolist()
        [100.0, 150.0, 200.0]
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]

    def restored(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Returns values ``(N,)`` or ``(N, outputs)`` in the target's own unit."""
        restored: NDArray[np.float64] = values * self.sd + self.mean
        return restored


@dataclass(frozen=True)
class RoundData:
    """One round's splits.

    Attributes:
        train: what is trained on.
        validation: None where the task draws none.
        test: what is tested on.
        scale: how the target was scaled; None where it was not.
        preprocessing: what made the inputs of the dataset's; None where a task does not tell.

    Example:
        >>> task = Classification(Table("iris.csv", target="species"), train=100, test=50)
        >>> data = task.draw(seed=0, round=0)
        >>> sorted(data.splits()), tuple(data.train.inputs.shape)
        (['test', 'train'], (100, 4))
    """

    train: Split
    validation: Split | None
    test: Split
    scale: Scale | None = None
    preprocessing: Preprocessing | None = None

    def splits(self) -> dict[str, Split]:
        """Returns the splits by name: ``train``, ``validation`` if there is one, ``test``."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in named.items() if split is not None}
