"""Do fused kernels change what dinh-herve finds? Its variants both ways, on the same rounds.

    python benchmarks/fused_or_torch.py [--rounds 10] [--epochs 50] [--only NAME]

For each variant: the mean test error with fused kernels and with torch's modules, and the paired
difference over rounds with its 95% t-interval. The recipe is part of what seeds the weights, so the
two ways start from different weights on the same data; by chance, zero lies outside one interval in
twenty.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

from bakeoff import Study, run
from bakeoff.analysis.summary import summary
from bakeoff.studies import dinh_herve
from bakeoff.study.study import Overrides


def both_ways(study: Study) -> Study:
    variants = tuple(
        variant.replace(
            name=f"{variant.name}{'' if fused else ' (torch)'}",
            recipe=variant.recipe.replace(fused=fused),
        )
        for variant in study.variants
        for fused in (True, False)
    )
    return study.replace(variants=variants, figures=(), claims=(), searches=())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--only", metavar="NAME", help="this variant alone")
    parser.add_argument("--store", default="equivalence.db")
    asked = parser.parse_args()
    only = (asked.only,) if asked.only else ()
    study = both_ways(dinh_herve.study.overridden(Overrides(only=only)))
    results = run(study, rounds=asked.rounds, epochs=asked.epochs, store=asked.store)
    print(f"{asked.rounds} rounds, {asked.epochs} epochs; final test error in percent")
    print(f"{'':<50}{'fused':>8}{'torch':>8}{'difference (95% interval)':>30}")
    within = 0
    for fused, plain in list(pairwise(results.study.variants))[::2]:
        errors = [
            [100 * h.value("test", "error") for h in results.of(variant) if h is not None]
            for variant in (fused, plain)
        ]
        difference = summary([a - b for a, b in zip(*errors, strict=True)])
        assert difference.mean is not None
        assert difference.interval is not None
        low, high = difference.interval
        within += low <= 0 <= high
        means = [sum(values) / len(values) for values in errors]
        print(
            f"{fused.name:<50}{means[0]:>8.2f}{means[1]:>8.2f}"
            f"{difference.mean:>+12.2f} ({low:+.2f} to {high:+.2f})"
        )
    print(f"zero lies within {within} of {len(study.variants) // 2} intervals")


if __name__ == "__main__":
    main()
