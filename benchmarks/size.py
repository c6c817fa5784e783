"""How long large studies take to report and to find finished, and how much memory.

Two studies of a user's own class of networks stand in one store with made-up answers, each with its
curves of 15 epochs and its 1,000 answers to the test split: one of `--variants` variants and
`--rounds` rounds, and one of 20 variants and 10 rounds. Each command of `bakeoff` runs in a process
of its own; printed are its seconds, those of the processor (which a busy machine disturbs less),
its greatest memory, and the bytes that it wrote. The second `run` of a study has nothing left to
measure.

    python benchmarks/size.py --variants 100 --rounds 1000
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bakeoff.api.plan import plan_of
from bakeoff.data.truth import truths_of
from bakeoff.running.database import transaction
from bakeoff.running.machine import Environment, environment
from bakeoff.running.records import Answer
from bakeoff.running.rows import arrays_to_bytes, curves_to_text, insert, trial_row
from bakeoff.running.store import Store
from bakeoff.study.load import load
from bakeoff.study.trial import keys
from bakeoff.training.history import History

EPOCHS, FEW_VARIANTS, FEW_ROUNDS = 15, 20, 10

FILE = '''
from torch import nn

from bakeoff import *


class Hidden(ModelSpec):
    """One hidden layer."""

    width: int

    def build(self):
        return nn.Sequential(
            nn.Flatten(), nn.Linear(2 * 14 * 14, self.width), nn.ReLU(), nn.Linear(self.width, 2)
        )


study = Study(
    name="{name}",
    task=DigitPairs(train=1000, test=1000),
    rounds={rounds},
    seed={seed},
    variants=tuple(
        Variant(name=f"{{8 + n}} units", model=Hidden(width=8 + n), recipe=Recipe(epochs=15))
        for n in range({variants})
    ),
    claims=(Claim(id="1", quote="Wider is better.", test=Better("27 units", than="8 units")),),
)
'''


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument(
        "--keep", type=Path, help="a folder for the store; used again if it is there"
    )
    asked = parser.parse_args()
    facts = environment("cpu")
    print(
        f"{facts.processor}, {facts.cores} cores, torch {facts.torch}, Python {facts.python}; "
        f"{asked.variants} variants, {asked.rounds} rounds"
    )
    with TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        if not (folder / "bakeoff.db").exists():
            for seed, (name, variants, rounds) in enumerate(
                (
                    ("whole", asked.variants, asked.rounds),
                    ("small", FEW_VARIANTS, FEW_ROUNDS),
                )
            ):
                text = FILE.format(name=name, variants=variants, rounds=rounds, seed=seed)
                (folder / f"{name}.py").write_text(text)
                answer(folder / f"{name}.py", folder / "bakeoff.db")
        print(f"the store has {(folder / 'bakeoff.db').stat().st_size / 1e6:,.0f} MB")
        print("command                     seconds  processor       MB      bytes")
        for command in (
            "report small.py -o small.html",
            "report whole.py -o whole.md",
            "report whole.py -o whole.html",
            "run small.py",
            "run small.py",
            "run whole.py",
            "run whole.py",
            "status",
        ):
            measure(command, folder)


def measure(command: str, folder: Path) -> None:
    """Print what a command of `bakeoff` takes."""
    words = [sys.executable, "-m", "bakeoff", *command.split()]
    started = time.perf_counter()
    with (folder / "printed.txt").open("w") as printed:
        process = subprocess.Popen(words, cwd=folder, stdout=printed, stderr=printed)
        _, code, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    written = folder / command.rsplit(maxsplit=1)[-1]
    size = written.stat().st_size if written.suffix in {".md", ".html"} and not code else 0
    print(
        f"{command:28}{seconds:7.1f} {used.ru_utime + used.ru_stime:10.1f} "
        f"{used.ru_maxrss / 1e3:8,.0f} {size or '':>10}" + (f"  failed ({code})" if code else ""),
        flush=True,
    )


def answer(file: Path, path: Path) -> None:
    """Store made-up answers to all trials of a study."""
    study = load(file)
    plan, truth = plan_of(study), truths_of(study.task, seed=study.seed)
    trials = [trial for _, trial in plan.named_trials(study)]
    rng = np.random.default_rng(study.seed)
    machine = Environment(
        **{name: getattr(environment("cpu"), name) for name in Environment.__dataclass_fields__}
    )
    shared: dict[int, dict[str, object]] = {}
    hard = rng.normal(0, 0.01, study.rounds)
    with Store.open(path) as store, transaction(store._db):
        for key, trial in zip(keys(trials), trials, strict=True):
            width = trial.setup.model.width
            right = truth(trial.round).answers
            level = max(0.05, 0.2 - 0.001 * width) + hard[trial.round]
            falling = level + 0.2 * np.exp(-np.arange(1, EPOCHS + 1) / 5)
            error = np.rint((falling + rng.normal(0, 0.005, EPOCHS)).clip(0, 1) * 1000) / 1000
            loss = falling + rng.normal(0, 0.005, EPOCHS)
            curve = {"error": tuple(error.tolist()), "loss": tuple(loss.tolist())}
            curves = dict.fromkeys(("train", "validation", "test"), curve)
            wrong = rng.choice(len(right), round(error[-1] * len(right)), replace=False)
            answers = {"answer": right.copy(), "probability": rng.random(len(right), np.float32)}
            answers["answer"][wrong] ^= 1
            # What the trials of a variant share is written once.
            if width not in shared:
                history = History("finished", curves, 395 * width + 2, 1.0)
                row = trial_row(
                    key,
                    trial,
                    Answer(history, machine, trial.described()),
                    finished_at="2026-01-01T00:00:00+00:00",
                )
                shared[width] = row
            row = shared[width] | {
                "key": key,
                "round": trial.round,
                "description": json.dumps(
                    {**json.loads(str(shared[width]["description"])), "round": trial.round}
                ),
                "curves": curves_to_text(curves),
                "answers": arrays_to_bytes(answers),
            }
            insert(store._db, "trials", row)


if __name__ == "__main__":
    main()
