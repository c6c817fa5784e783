"""Measure bakeoff against a plain sequential PyTorch loop on the same trials.

    python benchmarks/versus_plain.py [--repetitions 5] [--rounds 4] [--test-alone] [FAMILY ...]

Plain: one trial after the other, NCHW, torch's default threads, every split evaluated after each
epoch, or test alone (`plain.py`). Ours: the same variants and rounds through `run_trials`, the same
splits evaluated, and all once at the end; one single-threaded worker per core, a store on
disk; the workers are warm, as they are after a run's first trials. The two take turns. Ratios are
of wall times within one repetition: above 1, bakeoff is faster.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from families import FAMILIES
from plain import train_plainly

from bakeoff.data.idx_datasets import MNIST_DIGEST
from bakeoff.running.coordinate import run_trials
from bakeoff.running.machine import cores, environment
from bakeoff.running.pool import WorkerPool
from bakeoff.running.store import Store
from bakeoff.study.study import Study
from bakeoff.study.trial import trials


def plainly(study: Study) -> Callable[[], None]:
    data = [study.task.draw(seed=0, round=r) for r in range(study.rounds)]

    def run() -> None:
        for round_data in data:
            for variant in study.variants:
                train_plainly(variant, round_data, target=study.task.target)

    return run


def with_bakeoff(study: Study, pool: WorkerPool) -> Callable[[], None]:
    wanted = {t.key(): t for _, t in trials(study, data=MNIST_DIGEST)}

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "b.db") as store:
            run_trials(wanted, store, jobs=cores(), executor=pool)

    return run


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(name: str, study: Study, pool: WorkerPool, repetitions: int) -> None:
    plain, ours = plainly(study), with_bakeoff(study, pool)
    ours()  # Both are warm: compiled code is loaded, the allocator has its memory.
    short = study.replace(rounds=1)
    plainly(short)()
    pairs = [(seconds(plain), seconds(ours)) for _ in range(repetitions)]
    ratios = sorted(a / b for a, b in pairs)
    count = len(study.variants) * study.rounds
    print(
        f"{name:<28} {statistics.median(ratios):5.2f}x  ({ratios[0]:.2f} to {ratios[-1]:.2f})   "
        f"plain {statistics.median(a for a, _ in pairs) / count:7.2f} s/trial   "
        f"bakeoff {statistics.median(b for _, b in pairs) / count:7.2f} s/trial",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--test-alone", action="store_true", help="evaluate the test split alone")
    asked = parser.parse_args()
    facts = environment("cpu")
    print(
        f"{facts.processor}, {facts.cores} cores, torch {facts.torch} ({torch.get_num_threads()} "
        f"threads in the plain loop), Python {platform.python_version()}; "
        f"{asked.repetitions} repetitions, {asked.rounds} rounds a family; "
        "median ratio (lowest to highest)"
    )
    with WorkerPool(cores()) as pool:
        for name, family in FAMILIES.items():
            if asked.families and name not in asked.families:
                continue
            study = family.shortened(asked.rounds, test_alone=asked.test_alone)
            compare(name, study, pool, asked.repetitions)


if __name__ == "__main__":
    main()
