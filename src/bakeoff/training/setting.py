"""What a trial trains, on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData
    from bakeoff.models.network import ModelSpec
    from bakeoff.training.decision import Decision
    from bakeoff.training.objective import Objective
    from bakeoff.training.optimizers import Optimizer
    from bakeoff.training.recipe import Recipe


@dataclass(frozen=True)
class Setting:
    """What a trial trains, on what.

    Attributes:
        target: the label that the decision answers.
        classes: the shape of a head for each label, without the batch axis.
        data: the round's splits.
        order: the training examples' order in an epoch, int64 ``(N,)``, from the epoch (from 0).
    """

    model: ModelSpec
    objective: Objective
    decision: Decision
    optimizer: Optimizer
    recipe: Recipe
    target: str
    classes: Mapping[str, tuple[int, ...]]
    data: RoundData
    order: Callable[[int], NDArray[np.int64]]
