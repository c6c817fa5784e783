"""A small round of invented pairs that small networks can learn, and what is trained on it."""

import numpy as np
import torch

from bakeoff.data.metrics import DigitError, Error
from bakeoff.data.splits import RoundData, Split
from bakeoff.models.layers import Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.training.decision import LargestLogit
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from bakeoff.training.workload import Workload


def _split(n: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    digits = rng.integers(0, 10, (n, 2))
    # A digit is a bright row of its image: easy to learn, with some noise.
    images = rng.normal(0, 0.3, (n, 2, 14, 14)).astype(np.float32)
    for example, pair in enumerate(digits):
        for position, digit in enumerate(pair):
            images[example, position, digit + 2] += 1
    labels = {
        "comparison": torch.from_numpy((digits[:, 0] <= digits[:, 1]).astype(np.int64)),
        "digits": torch.from_numpy(digits),
    }
    return Split(torch.from_numpy(images), labels, np.arange(2 * n).reshape(n, 2))


def made_round() -> RoundData:
    return RoundData(train=_split(60, 1), validation=_split(30, 2), test=_split(40, 3))


def made_workload(data: RoundData) -> Workload:
    return Workload(
        model=Network(Linear(16), ReLU(), Linear(2), Head("comparison")),
        objective=Objective(CrossEntropy("comparison")),
        decision=LargestLogit("comparison"),
        optimizer=Adam(lr=1e-2),
        recipe=Recipe(epochs=4, batch=16),
        target="comparison",
        classes={"comparison": (2,), "digits": (2, 10)},
        data=data,
        order=lambda epoch: np.random.default_rng(epoch).permutation(60),
        metrics=(Error(), DigitError()),
    )
