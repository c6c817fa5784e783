"""The golden pages: whole texts for a person to review.

``python tests/reporting/renew.py`` writes them anew into ``golden/``; read what git shows of it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import claimed_results as claimed  # noqa: E402
import numpy as np  # noqa: E402
import sample_results as sample  # noqa: E402
from made_claims import numbers  # noqa: E402

from bakeoff.analysis.results import Results  # noqa: E402
from bakeoff.analysis.search_results import SearchResults, Tried  # noqa: E402
from bakeoff.claims.differences import Better  # noqa: E402
from bakeoff.claims.head_to_head import HeadToHead, head_to_head  # noqa: E402
from bakeoff.claims.levels import Reaches  # noqa: E402
from bakeoff.data.metrics import MAE, R2  # noqa: E402
from bakeoff.data.tasks import KFold  # noqa: E402
from bakeoff.reporting.write import as_text, render  # noqa: E402
from bakeoff.study.published import Quantity  # noqa: E402
from bakeoff.study.search import Search, grid  # noqa: E402
from bakeoff.study.variant import Variant  # noqa: E402
from bakeoff.training.optimizers import Adam  # noqa: E402
from made_duel import duel, truth, wrong  # noqa: E402

GOLDEN = HERE / "golden"
WIDTH = 80


def search() -> Results:
    """Return results with a search of four candidates, one of which diverged."""

    def made(*, width: int, batch: int) -> Variant:
        variant = sample.STUDY.variants[0]
        recipe = variant.recipe.replace(batch=batch)
        model = sample.PLAIN.replace(
            layers=(
                sample.PLAIN.layers[0],
                sample.PLAIN.layers[1].replace(features=width),
                *sample.PLAIN.layers[2:],
            )
        )
        return variant.replace(
            name=f"{width}, {batch}",
            model=model,
            recipe=recipe,
            optimizer=Adam(lr=1e-3),
            published=(),
        )

    found = Search(
        name="Width and batch",
        task=sample.STUDY.task,
        candidates=grid(made, {"width": (20, 40), "batch": (50, 100)}),
        rounds=3,
        choose=(Quantity(split="validation"), Quantity(selection="best_on_test")),
        published=(("width", 40), ("batch", 100)),
    )
    results = sample.whole()
    trial = results.histories["CNN"][0]
    assert trial is not None
    tried = []
    for place, one in enumerate(found.tried):
        curves = {
            s: {"error": (0.2 - place / 50, 0.19 - place / 40)} for s in ("validation", "test")
        }
        status = "diverged" if place == 1 else "finished"
        history = replace(trial, curves=curves, status=status)
        tried.append(Tried(one, (history,) * 3))
    return replace(results, searches=(SearchResults(found, tuple(tried)),))


def regression() -> Results:
    """Return results of a number to predict, with two claims and a trial that diverged."""
    rng = np.random.default_rng(5)
    ends = {"linear": 41.0, "trees": 37.5, "network": 37.0}
    values: dict[str, list[float | None]] = {
        name: [round(float(end + rng.normal(0, 1)), 3) for _ in range(8)]
        for name, end in ends.items()
    }
    values["network"][5] = None
    tests = (Better("trees", than="linear"), Reaches("network", value=36.0))
    return numbers((MAE(), R2()), values, *tests)


def folds() -> Results:
    """Return results of six draws dealt in five folds each."""
    study = claimed.STUDY
    task = KFold(study.task.replace(validation=0), 5)
    variants = tuple(v.replace(published=()) for v in study.variants)
    return sample.whole(study.replace(task=task, variants=variants, rounds=30))


def pair() -> HeadToHead:
    """Return two variants of which each is right where the other is not."""
    sure = [0.8, 0.3] * 5
    ours = [wrong(0, probability=sure), *[wrong(2, probability=sure)] * 5]
    theirs = [wrong(0, 1, 5, probability=sure), *[wrong(3, 4, probability=sure)] * 5]
    return head_to_head(duel(ours, theirs), "one", "other", truth)


RESULTS = {
    "claims": claimed.whole,
    "holes": sample.with_holes,
    "search": search,
    "regression": regression,
    "folds": folds,
    "pair": pair,
}
FORMATS = {"txt": tuple(RESULTS), "md": ("claims", "search", "pair"), "tex": ("claims", "pair")}
"""Every page as a terminal shows it, and of some what else is written."""

NAMES = tuple(f"{name}.{suffix}" for suffix, names in FORMATS.items() for name in names)


def text(name: str) -> str:
    """Return what a golden page holds now."""
    of, _, suffix = name.partition(".")
    results = RESULTS[of]()
    return as_text(results, width=WIDTH) + "\n" if suffix == "txt" else render(results, suffix)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in NAMES:
        (GOLDEN / name).write_text(text(name), encoding="utf-8")
    for path in GOLDEN.iterdir():
        if path.name not in NAMES:
            path.unlink()
