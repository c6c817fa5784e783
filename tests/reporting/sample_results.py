"""Made-up results shaped like a published study, for the tests of reports to render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np

from bakeoff.analysis.results import Results
from bakeoff.data.tasks import DigitPairs
from bakeoff.inference.use_cost import MeasuredUse, UseCost
from bakeoff.models.layers import Flatten, Linear, ReLU
from bakeoff.models.network import Head, Network, PerImage
from bakeoff.study.figures import (
    BoxFigure,
    Curve,
    CurvesFigure,
    FactorFigure,
    RoundsFigure,
    StructureFigure,
)
from bakeoff.study.published import Published, Quantity
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import Curves, History
from bakeoff.training.objective import CrossEntropy, L2Penalty, Objective
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe

Render: TypeAlias = Callable[[Results], str]

FINISHED = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
ENVIRONMENT = {
    "bakeoff": "0.1.0",
    "torch": "2.13.0+cpu",
    "python": "3.11.2",
    "processor": "Example Processor 9000 @ 2.70GHz",
    "cores": 2,
    "system": "Linux 6.1",
    "device": "cpu",
}


PLAIN = Network(Flatten(), Linear(160), ReLU(), Linear(2), Head("comparison"))
SIAMESE = Network(
    PerImage(Flatten(), Linear(100), ReLU(), Linear(10), Head("digits")),
    Flatten(),
    Linear(2),
    Head("comparison"),
)
ON_TRAIN = Quantity(split="train")
RECIPE = Recipe(epochs=25, evaluate=("validation", "test"))

STUDY = Study(
    name="sample",
    title="Weight sharing and an auxiliary loss at equal numbers of parameters",
    source="A. Author, B. Author and C. Author, Deep Learning, mini-project 1",
    task=DigitPairs(),
    rounds=15,
    variants=(
        Variant(
            name="Baseline",
            model=PLAIN,
            objective=Objective(CrossEntropy("comparison"), L2Penalty(0.1)),
            optimizer=Adam(lr=5e-4),
            recipe=RECIPE,
            published=(
                Published(mean=0.2504, sd=0.014),
                Published(mean=0.0751, sd=0.012, of=ON_TRAIN),
            ),
        ),
        Variant(
            name="CNN",
            model=PLAIN.replace(layers=(Flatten(), Linear(180), *PLAIN.layers[2:])),
            objective=Objective(CrossEntropy("comparison"), L2Penalty(0.1)),
            optimizer=Adam(lr=5e-4),
            recipe=RECIPE,
            published=(
                Published(mean=0.1976, sd=0.012),
                Published(mean=0.0158, sd=0.008, of=ON_TRAIN),
            ),
        ),
        Variant(
            name="CNN + auxiliary loss",
            model=SIAMESE,
            objective=Objective(CrossEntropy("comparison"), CrossEntropy("digits"), L2Penalty(0.1)),
            recipe=RECIPE,
            published=(
                Published(mean=0.1353, sd=0.014),
                Published(mean=0.0737, sd=0.012, of=ON_TRAIN),
            ),
            note="Its two digit losses count as one term.",
        ),
    ),
    assumptions=(
        "The source names an L2 penalty without its factor; 0.1 is its public code's.",
        "Every network is evaluated in evaluation mode; the source tested with dropout on.",
    ),
)

_NAMES = tuple(variant.name for variant in STUDY.variants)
FIGURES = (
    CurvesFigure(
        title="Figure 1", variants=_NAMES, curves=(Curve("loss", "test"), Curve("error", "test"))
    ),
    BoxFigure(title="Figure 2", variants=_NAMES),
    RoundsFigure(title="Figure 3", variants=_NAMES[1:]),
    FactorFigure(title="Figure 4", factor="width", points=((1.0, _NAMES[0]), (2.0, _NAMES[1]))),
    StructureFigure(title="Figure 5", variants=(_NAMES[0], _NAMES[2])),
)
"""A figure of each kind that a study can declare."""

USE = MeasuredUse(
    processor="Example Processor 9000 @ 2.70GHz",
    torch="2.13.0+cpu",
    costs={
        "Baseline": UseCost(0.0005, 0.00016, 253_904, 252_808, 1568),
        "CNN": UseCost(0.00075, None, 285_544, 284_408, 1568),
        "CNN + auxiliary loss": UseCost(0.0021, 0.00024, 83_000, 82_768, 1568),
    },
)
"""The second answers no single example."""

_ENDS = {"Baseline": (0.244, 0.075), "CNN": (0.193, 0.018), "CNN + auxiliary loss": (0.131, 0.07)}


def whole(study: Study = STUDY, declared: Study | None = None) -> Results:
    """Return results with every trial finished."""
    histories = {
        variant.name: tuple(_history(study, variant, number) for number in range(study.rounds))
        for variant in study.variants
    }
    return Results(
        study=study,
        declared=declared or study,
        overrides=Overrides(),
        histories=histories,
        environments=(ENVIRONMENT,),
        store="/home/someone/bakeoff.db",
        finished=FINISHED,
    )


def with_holes() -> Results:
    """Return results of which three trials are missing and one diverged after four epochs."""
    results = whole()
    histories = {name: list(places) for name, places in results.histories.items()}
    histories["Baseline"][14] = None
    histories["CNN"][13:15] = [None, None]
    broken = histories["CNN"][6]
    assert broken is not None
    curves = {s: {m: v[:4] for m, v in ms.items()} for s, ms in broken.curves.items()}
    histories["CNN"][6] = replace(broken, status="diverged", curves=curves)
    return replace(results, histories={n: tuple(places) for n, places in histories.items()})


def shortened() -> Results:
    """Return whole results of 2 rounds and 3 epochs."""
    by = Overrides(rounds=2, epochs=3)
    return replace(whole(STUDY.overridden(by), STUDY), overrides=by)


def empty() -> Results:
    """Return results of a study of which nothing has run."""
    histories = {variant.name: (None,) * STUDY.rounds for variant in STUDY.variants}
    return Results(STUDY, STUDY, Overrides(), histories)


def renamed(results: Results, names: dict[str, str]) -> Results:
    """Return the results with other names for some variants."""

    def changed(study: Study) -> Study:
        return study.replace(
            variants=tuple(v.replace(name=names.get(v.name, v.name)) for v in study.variants)
        )

    histories = {names.get(name, name): places for name, places in results.histories.items()}
    return replace(
        results,
        study=changed(results.study),
        declared=changed(results.declared),
        histories=histories,
    )


def _history(study: Study, variant: Variant, number: int) -> History:
    place = [v.name for v in study.variants].index(variant.name)
    rng = np.random.default_rng([study.seed, number, place])
    ease = np.random.default_rng([study.seed, number]).normal(0, 0.008)
    test, train = _ENDS.get(variant.name, (0.3 / (1 + place) + 0.05, 0.2 / (1 + place)))
    epochs = variant.recipe.epochs
    curves = {
        split: {
            "error": _falling(rng, 0.45, end + ease * (split != "train"), 0.007, epochs),
            "loss": _falling(rng, 0.7 + place, end * 3 + 0.05, 0.01, epochs, whole=False),
        }
        for split, end in (("train", train), ("validation", test), ("test", test))
    }
    if "digits" in variant.model.head_names():
        for split, metrics in curves.items():
            end = 0.01 if split == "train" else 0.06
            metrics["digit_error"] = _falling(rng, 0.6, end, 0.004, epochs)
    return History(
        status="finished",
        curves=_frozen(curves),
        parameters=variant.model.parameters(),
        seconds=float(3 + 2 * place + rng.random()),
    )


def _falling(
    rng: np.random.Generator,
    start: float,
    end: float,
    noise: float,
    epochs: int,
    *,
    whole: bool = True,
) -> tuple[float, ...]:
    steps = np.arange(1, epochs + 1)
    shift = rng.normal(0, noise)
    values = end + shift + (start - end) * np.exp(-steps / 4) + rng.normal(0, noise / 3, epochs)
    values = np.clip(values, 0.001, None)
    return tuple((np.round(values, 3) if whole else values).tolist())


def _frozen(curves: dict[str, dict[str, tuple[float, ...]]]) -> Curves:
    return curves
