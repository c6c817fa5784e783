"""Studies of one variant."""

from pathlib import Path
from typing import Any

import bakeoff
from bakeoff import DigitPairs, Head, Linear, Network, Recipe, ReLU, Study, Variant

PAIRS = DigitPairs(train=60, validation=30, test=40)
DIGITS = Network(Linear(16), ReLU(), Linear(2), Head("comparison"))


def study_of(variant: Variant | Any, task: Any = PAIRS, **fields: Any) -> Study:
    """Return a study of one variant."""
    return Study(name="s", task=task, variants=(variant,), **{"rounds": 1, **fields})


def pairs_variant(model: Any = DIGITS, **recipe: Any) -> Variant:
    """Return a variant that compares digits."""
    return Variant(name="v", model=model, recipe=Recipe(**{"epochs": 2, "batch": 20, **recipe}))


def history_of(study: Study, folder: Path) -> Any:
    """Return the stored history of a study's only trial."""
    (history,) = bakeoff.results(study, store=folder / "s.db").of(study.variants[0])
    return history
