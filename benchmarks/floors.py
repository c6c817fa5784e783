"""For each family: the least time that its arithmetic and its memory traffic take, and the time.

    python benchmarks/floors.py [FAMILY ...]

One thread, in this process; seconds of the processor, for machines are shared. The arithmetic floor
is twice the multiply-adds (a training step counts three forward passes) over the measured rate of a
float32 matrix product; the traffic floor is the bytes of the outputs of convolutions, linear and
pooling layers over the measured bandwidth, each output written and read once in a forward pass (8
bytes a value) and, in training, read again, and its gradient written and read, in the backward pass
(12 more). Weights and inputs are left out.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable

import torch
from families import FAMILIES

from bakeoff.data.idx_datasets import MNIST_DIGEST
from bakeoff.models.layers import Conv, GlobalAveragePool, Layer, Linear, MaxPool
from bakeoff.models.network import Head, Network, PerImage, Residual
from bakeoff.models.shape import Shape, count
from bakeoff.running.machine import environment
from bakeoff.running.memory import keep_freed_memory
from bakeoff.running.worker import Site, answer
from bakeoff.study.trial import trials

STORED = (Conv, Linear, MaxPool, GlobalAveragePool)


def values(layers: Iterable[Layer], shape: Shape) -> int:
    """The number of values that one example's forward pass stores."""
    total = 0
    for layer in layers:
        if isinstance(layer, PerImage):
            total += shape[0] * values(layer.layers, (1, *shape[1:]))
        elif isinstance(layer, Residual):
            total += values(layer.layers, shape) + values(layer.shortcut, shape)
        elif isinstance(layer, Head):
            total += values(layer.layers, shape)
        elif isinstance(layer, STORED):
            total += count(layer.output(shape))
        shape = layer.output(shape)
    return total


def seconds(work: Callable[[], object], repetitions: int) -> float:
    work()
    found = []
    for _ in range(repetitions):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="by default all")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    time.perf_counter = time.process_time  # What a history counts its seconds by.
    keep_freed_memory()
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    rate = 2 * 1024**3 / seconds(lambda: a @ b, 30)
    source, target = torch.randn(2**25), torch.empty(2**25)
    bandwidth = 2 * source.nbytes / seconds(lambda: target.copy_(source), 10)
    facts = environment("cpu")
    print(
        f"{facts.processor}, one thread, torch {facts.torch}: float32 matrix product of 1024 "
        f"{rate / 1e9:.0f} GFLOP/s; copy of 128 MiB {bandwidth / 1e9:.1f} GB/s. Processor "
        "ms per epoch, evaluation of all splits included; median of 3"
    )
    print(f"{'':<26}{'arithmetic':>11}{'traffic':>9}{'reached':>9}   reached / larger floor")
    for name, family in FAMILIES.items():
        if asked.families and name not in asked.families:
            continue
        study = family.shortened(rounds=1)
        for variant, trial in trials(study, data=MNIST_DIGEST):
            assert isinstance(variant.model, Network)
            epochs, sizes = family.epochs, study.task.sizes
            arithmetic = 2 * (trial.multiply_adds() or 0) / rate / epochs
            examples = 8 * sum(sizes.values()) + 20 * sizes["train"]
            traffic = values(variant.model.layers, variant.model.input) * examples / bandwidth
            answer(trial, Site())
            reached = statistics.median(answer(trial, Site()).seconds for _ in range(3)) / epochs
            label = name if len(study.variants) == 1 else f"{name.split(',')[0]}: {variant.name}"
            print(
                f"{label:<26}{1e3 * arithmetic:>11.1f}{1e3 * traffic:>9.1f}{1e3 * reached:>9.1f}"
                f"   {reached / max(arithmetic, traffic):.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
