"""How long trials take with this checkout of bakeoff, as a ratio to another one.

    python benchmarks/versions.py OTHER/src [--pairs N] [--epochs N] [--study STUDY] [NAME ...]

A pair is a fresh process of each version, one thread, set up as a worker is, for a process keeps
its luck with memory. Each trains the trial twice, in turn, the order alternating from pair to pair,
and the second counts. What is measured is the whole of a worker's work on it (unpacking, building,
training, evaluation), in seconds of the processor, which other programs disturb less than seconds
of the clock. Against itself, a checkout shows the machine's noise.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

TABLE_3 = (
    "Naive MLP",
    "Naive ConvNet",
    "Siamese MLP",
    "Siamese ConvNet, sharing",
    "Siamese ConvNet, sharing, lambda 1",
)

SERVE = """
import dataclasses, json, sys, time
from bakeoff.api.plan import Plan
from bakeoff.running.worker import Site, answer, carry_out, pack
from bakeoff.running.records import Answer
from bakeoff.study.study import Overrides
from bakeoff.cli.find import find
from bakeoff.running.memory import keep_freed_memory

keep_freed_memory()
name, variant, epochs = sys.argv[1:]
study = find(name)
plan = Plan(study, Overrides(rounds=1, epochs=int(epochs), only=(variant,)))
((key, (_, trial)),) = [
    (k, v) for k, v in plan.labelled_trials().items() if f": {variant}, round" in v[0]
]
parcel = pack(key, trial)
for line in sys.stdin:
    started = time.process_time()
    found = carry_out(parcel, answer, Site())
    seconds = time.process_time() - started
    assert isinstance(found, Answer), found
    print(json.dumps([seconds, found.history.curves["test"]["loss"][-1]]), flush=True)
"""


class Version:
    """A process that trains one trial whenever asked, with one checkout."""

    def __init__(self, source: Path, study: str, variant: str, epochs: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, study, variant, str(epochs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(source)},
            text=True,
        )

    def train(self) -> tuple[float, float]:
        """Return a trial's seconds, and its last test loss."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds, loss = json.loads(self.process.stdout.readline())
        return seconds, loss


def main() -> None:
    """Print a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", type=Path, help="the src folder of the other checkout")
    parser.add_argument("names", nargs="*", default=TABLE_3, help="variants of the study")
    parser.add_argument("--study", default="dinh-herve")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=10)
    asked = parser.parse_args()
    here = Path(__file__).resolve().parents[1] / "src"
    print(f"{'variant':40} {'this (s)':>9} {'other (s)':>9} {'ratio: median':>14} {'min':>6} max")
    for name in asked.names:
        losses, pairs = set(), []
        for pair in range(asked.pairs):
            versions = [
                Version(source, asked.study, name, asked.epochs) for source in (here, asked.other)
            ]
            order = versions[:: 1 if pair % 2 else -1]
            losses |= {version.train()[1] for version in order}
            seconds = {version: version.train()[0] for version in order}
            pairs.append([seconds[version] for version in versions])
            for version in versions:
                version.process.kill()
        ratios = sorted(a / b for a, b in pairs)
        ours, others = (statistics.median(column) for column in zip(*pairs, strict=True))
        same = "" if len(losses) == 1 else "  (the numbers differ)"
        print(
            f"{name:40} {ours:9.3f} {others:9.3f} {statistics.median(ratios):14.4f} "
            f"{ratios[0]:6.3f} {ratios[-1]:.3f}{same}",
            flush=True,
        )


if __name__ == "__main__":
    main()
