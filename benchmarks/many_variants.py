"""How long the page of many variants takes to write, and how large it is.

Made-up results of 10 rounds and 25 epochs; nothing is trained.

    python benchmarks/many_variants.py 100 1000
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.claims.differences import Better
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Flatten, Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.reporting.write import as_text, render
from bakeoff.study.claims import Claim
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

ROUNDS, EPOCHS = 10, 25


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="*", type=int, default=[100])
    print("variants  format  seconds      bytes")
    for number in parser.parse_args().variants:
        results = made(number)
        for name, write in {
            "html": lambda r: render(r, "html"),
            "terminal": as_text,
            "md": lambda r: render(r, "md"),
        }.items():
            start = time.perf_counter()
            text = write(results)
            seconds = time.perf_counter() - start
            print(f"{number:8}  {name:8} {seconds:6.1f} {len(text.encode()):10,}")


def made(number: int) -> Results:
    """Return made-up results of so many variants, from good ones to bad ones."""
    rng = np.random.default_rng(0)
    variants = tuple(
        Variant(
            name=f"MLP with {8 + place} hidden units",
            model=Network(Flatten(), Linear(8 + place), ReLU(), Linear(2), Head("comparison")),
        )
        for place in range(number)
    )
    claims = (
        Claim(
            id="M1", quote="Large is best.", test=Better(variants[-1].name, than=variants[0].name)
        ),
    )
    study = Study(name="many", task=DigitPairs(), variants=variants, rounds=ROUNDS, claims=claims)
    hard = rng.normal(0, 0.01, ROUNDS)
    histories = {}
    for place, variant in enumerate(variants):
        level = 0.25 - 0.1 * place / number
        histories[variant.name] = tuple(trial(rng, level + hard[n]) for n in range(ROUNDS))
    return Results(study, study, Overrides(), histories)


def trial(rng: np.random.Generator, level: float) -> History:
    falling = level + 0.2 * np.exp(-np.arange(EPOCHS) / 5) + rng.normal(0, 0.005, EPOCHS)
    curve = tuple(np.clip(falling, 0, 1).tolist())
    splits = {split: {"error": curve, "loss": curve} for split in ("train", "validation", "test")}
    return History("finished", splits, parameters=1000, seconds=float(rng.uniform(1, 9)))


if __name__ == "__main__":
    main()
