"""Variants with chosen mistakes on ten test examples, for tests to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import DigitPairs, Digits, KFold
from bakeoff.data.truth import Shown, Truth
from bakeoff.models.layers import Flatten, Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.decision import LargestLogit
from bakeoff.training.history import History
from bakeoff.training.objective import CrossEntropy, Objective

EXAMPLES = 10
ANSWERS = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 0])
EARLIER = 0.5
"""The test error at the epoch that is best on validation."""

NET = Network(Flatten(), Linear(2), Head("comparison"))
STUDY = Study(
    name="duel",
    task=DigitPairs(train=4, validation=4, test=EXAMPLES),
    variants=(Variant(name="one", model=NET), Variant(name="other", model=NET)),
    rounds=2,
)
DIVERGED = History("diverged", {"validation": {"error": (0.5,)}, "test": {"error": (0.5,)}}, 100, 2)


def trial(error: float, earlier: float = EARLIER, **answers: np.ndarray) -> History:
    """Return a finished trial of two epochs, the earlier one better on validation."""
    curves = {"test": {"error": (earlier, error)}, "validation": {"error": (0.1, 0.2)}}
    return History("finished", curves, parameters=100, seconds=2.0, answers=answers)


def wrong(
    *places: int,
    earlier: float = EARLIER,
    probability: Sequence[float] | None = None,
    digits: Sequence[Sequence[int]] | None = None,
) -> History:
    """Return a trial that is wrong on these examples alone.

    Args:
        places: of the examples, from 0.
        earlier: its test error after the first of two epochs, the better one on validation.
        probability: what it gives to the answer 1, for each example.
        digits: what it reads in each example.
    """
    answer = ANSWERS.copy()
    answer[list(places)] = 1 - answer[list(places)]
    answers = {"answer": answer.astype(np.uint8)}
    if probability is not None:
        answers["probability"] = np.array(probability, np.float32)
    if digits is not None:
        answers["digits"] = np.array(digits, np.uint8)
    return trial(len(places) / EXAMPLES, earlier, **answers)


def duel(
    one: Sequence[History | None], other: Sequence[History | None], **changes: object
) -> Results:
    """Return the results of a study of two variants; `changes` are of the study."""
    return several({"one": one, "other": other}, **changes)


def several(histories: Mapping[str, Sequence[History | None]], **changes: object) -> Results:
    """Return the results of a study of these variants, of networks that differ."""
    variants = tuple(
        Variant(
            name=name,
            model=NET.replace(layers=(Flatten(), Linear(9 + place), *NET.layers[1:])),
            rounds=len(places),
        )
        for place, (name, places) in enumerate(histories.items())
    )
    rounds = max(map(len, histories.values()))
    study = STUDY.replace(**{"rounds": rounds, "variants": variants} | changes)
    return Results(study, study, Overrides(), {name: tuple(h) for name, h in histories.items()})


def of_digits(
    histories: Mapping[str, Sequence[History | None]], *, folds: int | None = None
) -> Results:
    """Return the results of a study that names single digits, maybe in folds."""
    task = Digits(train=20, test=EXAMPLES)
    net = Network(Flatten(), Linear(10), Head("digit"), input=(1, 28, 28))
    told = {"objective": Objective(CrossEntropy("digit")), "decision": LargestLogit("digit")}
    variants = tuple(
        Variant(name=name, model=net, rounds=len(places), **told)
        for name, places in histories.items()
    )
    whole = task if folds is None else KFold(task, folds)
    return several(histories, task=whole, variants=variants)


def of_images(histories: Mapping[str, Sequence[History | None]], *names: str) -> Results:
    """Return the results of a study that names colour images of 5 x 9, the same in each round.

    Args:
        histories: of its variants.
        names: of the classes; those of the test examples follow each other.
    """
    images = np.random.default_rng(0).integers(0, 255, (20 + EXAMPLES, 5, 9, 3), np.uint8)
    labels = np.array(names)[np.arange(len(images)) % len(names)]
    sides = ((images[:20], labels[:20]), (images[20:], labels[20:]))
    data = Cached.of(examples_of(*sides, source="made"))
    task = Classification(data, train=20, test=EXAMPLES, sampling="fixed")
    net = Network(Flatten(), Linear(len(names)), Head("label"), input=(3, 5, 9))
    variants = tuple(
        Variant(name=name, model=net, rounds=len(places)) for name, places in histories.items()
    )
    return several(histories, task=task, variants=variants)


def truth(round: int, *, items: np.ndarray | None = None) -> Truth:
    """Return the right answers; each round shows other images unless `items` are given."""
    if items is None:
        items = np.arange(2 * EXAMPLES).reshape(EXAMPLES, 2) + 100 * round
    images = np.arange(1000, dtype=np.uint8)[:, None, None] * np.ones((1, 14, 14), np.uint8)
    return Truth(ANSWERS, grey(items, items % 10, images))


def grey(items: np.ndarray, labels: np.ndarray, images: np.ndarray) -> Shown:
    """Return examples that show grey images of the ten digits."""
    return Shown(items, labels, tuple("0123456789"), lambda shown: images[shown][:, None])
