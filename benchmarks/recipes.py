"""Measure what the ingredients of a recipe add to a step of training.

    python benchmarks/recipes.py [--repetitions 30] [INGREDIENT ...]

The siamese ConvNet of `dinh-herve`, weights shared, lambda 1, on 1,000 pairs in batches of 100, one
thread. Each ingredient takes an epoch of ten steps, without evaluation, in turn with the plain
recipe; the processor's seconds count, so that a busy machine disturbs little. Printed are the
median over repetitions of the ratio to the plain epoch of the same turn, and its quartiles.
"""

from __future__ import annotations

import argparse
import copy
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import torch

from bakeoff import (
    EMA,
    SWA,
    Affine,
    Cosine,
    Crop,
    Elastic,
    Erasing,
    Flip,
    Mixup,
    Recipe,
    SwapImages,
)
from bakeoff.data.idx_datasets import MNIST_DIGEST
from bakeoff.running.machine import environment
from bakeoff.running.memory import keep_freed_memory
from bakeoff.running.worker import setting_of
from bakeoff.studies import dinh_herve
from bakeoff.study.study import Overrides
from bakeoff.study.trial import trials
from bakeoff.training import loop
from bakeoff.training.checkpoint import TrainingState
from bakeoff.training.losses import fitted_losses
from bakeoff.training.network import prepare, seeded
from bakeoff.training.steps import build_steps
from bakeoff.training.workload import Workload

NETWORK = "Siamese ConvNet, sharing, lambda 1"
PLAIN = Recipe(epochs=50, batch=100)
AFFINE = Affine(rotation=10, shift=0.1, scale=0.1, shear=5)
INGREDIENTS: dict[str, Recipe] = {
    "plain again": PLAIN,
    "Affine": PLAIN.replace(augmentation=(AFFINE,)),
    "Elastic": PLAIN.replace(augmentation=(Elastic(),)),
    "Affine and Elastic": PLAIN.replace(augmentation=(AFFINE, Elastic())),
    "Crop": PLAIN.replace(augmentation=(Crop(padding=2),)),
    "Flip": PLAIN.replace(augmentation=(Flip(),)),
    "Erasing": PLAIN.replace(augmentation=(Erasing(),)),
    "Mixup": PLAIN.replace(augmentation=(Mixup(),)),
    "SwapImages": PLAIN.replace(augmentation=(SwapImages(),)),
    "all of these": PLAIN.replace(
        augmentation=(
            *(AFFINE, Elastic(), Crop(padding=2), Flip(), Erasing()),
            *(SwapImages(), Mixup()),
        )
    ),
    "EMA": PLAIN.replace(averaging=EMA()),
    "SWA": PLAIN.replace(averaging=SWA(start=0.0)),
    "Cosine": PLAIN.replace(schedule=Cosine()),
    "clip": PLAIN.replace(clip=1.0),
}


def epochs(workload: Workload) -> Callable[[], float]:
    """Return what trains one more epoch, and returns its seconds of the processor."""
    with seeded(0):
        prepared = prepare(workload, device="cpu", fast=True)
    net = prepared.net
    optimizer = build_steps(workload.optimizer, net, prepared.groups[0])
    fitted = fitted_losses(workload.objective, workload.data.train.labels, workload.classes)
    progress = TrainingState(epoch=1)
    if workload.recipe.averaging is not None:
        progress.average = copy.deepcopy(net)

    def epoch() -> float:
        started = time.process_time()
        loop._train_epoch(workload, net, optimizer, progress, fitted)
        return time.process_time() - started

    return epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ingredients", nargs="*", metavar="INGREDIENT", help=", ".join(INGREDIENTS))
    parser.add_argument("--repetitions", type=int, default=30)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    study = dinh_herve.study.overridden(Overrides(rounds=1, only=(NETWORK,)))
    ((_, trial),) = trials(study, data=MNIST_DIGEST)
    data = study.task.draw(seed=0, round=0)
    plain = setting_of(study.task, trial.setup, study.task.labels, data, seed=0, round=0)
    chosen = {
        n: r for n, r in INGREDIENTS.items() if not asked.ingredients or n in asked.ingredients
    }
    runs = {name: epochs(replace(plain, recipe=recipe)) for name, recipe in chosen.items()}
    reference = epochs(replace(plain, recipe=PLAIN))
    for run in (reference, *runs.values()):
        run()
    facts = environment("cpu")
    print(
        f"{facts.processor}, {facts.cores} cores, one thread, torch {facts.torch}, Python "
        f"{platform.python_version()}; {asked.repetitions} repetitions; added to a step, share of "
        "the plain one: median (quartiles)"
    )
    ratios: dict[str, list[float]] = {name: [] for name in runs}
    steps = []
    for _ in range(asked.repetitions):
        for name, run in runs.items():
            before, spent, after = reference(), run(), reference()
            steps += [before, after]
            ratios[name].append(spent / ((before + after) / 2) - 1)
    for name, found in ratios.items():
        low, middle, high = statistics.quantiles(found, n=4)
        print(f"{name:<20} {100 * middle:+6.1f}%   ({100 * low:+.1f} to {100 * high:+.1f})")
    print(f"a plain step: {100 * statistics.median(steps):.1f} ms")


if __name__ == "__main__":
    main()
