"""A worker's memory stays flat, however many trials it runs."""

import psutil

from bakeoff import BatchNorm, Conv, Head, Linear, MaxPool, Network, PerImage, Recipe, ReLU
from bakeoff.data.idx_datasets import MNIST_DIGEST
from bakeoff.data.tasks import DigitPairs
from bakeoff.running.pool import WorkerPool
from bakeoff.running.worker import Site, answer
from bakeoff.study.study import Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant

MIB = 2**20


def resident() -> int:
    """This process's memory in MiB; called within a worker."""
    return int(psutil.Process().memory_info().rss / MIB)


def test_memory_stays_flat_over_many_trials_and_below_the_promised_limit():
    model = Network(
        PerImage(Conv(128, 3), BatchNorm(), ReLU(), MaxPool(2), Conv(32, 3), ReLU(), Linear(10)),
        *(Linear(2), Head("comparison")),
    )
    study = Study(
        name="memory",
        task=DigitPairs(train=200, validation=100, test=100),
        variants=(Variant(name="a", model=model, recipe=Recipe(epochs=1)),),
        rounds=60,
    )
    listed = [trial for _, trial in trials(study, data=MNIST_DIGEST)]
    with WorkerPool(1) as pool:
        found = []
        for trial in listed:
            pool.submit(answer, trial, Site()).result()
            found.append(pool.submit(resident).result())
    early, late = max(found[:20]), max(found[-20:])
    assert late - early < 20, found
    assert late < 700, found
