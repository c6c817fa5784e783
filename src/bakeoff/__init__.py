"""Controlled comparisons of small neural networks.

Declare a `Study`: a task, variants, rounds. `run` trains every trial once and returns the
`Results`, `report` writes them down. Names are imported when first used: importing `bakeoff`
itself loads nothing, torch least of all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.analysis.head_to_head import HeadToHead
    from bakeoff.analysis.results import Results
    from bakeoff.analysis.verdicts.verdicts import Verdict, verdicts
    from bakeoff.api.compare import compare
    from bakeoff.api.decide import Decided, run_until_decided
    from bakeoff.api.plan import results
    from bakeoff.api.report import figures, report, report_all
    from bakeoff.api.run import run
    from bakeoff.data.arrays import FromFunction, Npz
    from bakeoff.data.classification import Classification
    from bakeoff.data.dataset import Dataset, Examples, Pool
    from bakeoff.data.idx_datasets import MNIST, Idx
    from bakeoff.data.image_folder import ImageFolder
    from bakeoff.data.splits import RoundData, Split
    from bakeoff.data.table import Table
    from bakeoff.data.task import Task
    from bakeoff.data.tasks import DigitPairs, Digits, KFold
    from bakeoff.errors import BakeoffError
    from bakeoff.models.initial import NormalWeights
    from bakeoff.models.layers import (
        BatchNorm,
        Conv,
        Dropout,
        Flatten,
        GlobalAveragePool,
        Layer,
        Linear,
        MaxPool,
        ReLU,
        Sigmoid,
    )
    from bakeoff.models.network import Head, ModelSpec, Network, PerImage, Residual
    from bakeoff.study.claim_curves import LearnsFaster, RisesAgain, StandsStill
    from bakeoff.study.claim_tests import (
        AllOf,
        AtChance,
        AtLeast,
        AtMost,
        BestOf,
        Better,
        Equivalent,
        Not,
        Ordered,
        ParametersWithin,
        SearchChose,
        SmallerError,
        WinsEveryRound,
    )
    from bakeoff.study.claims import Claim
    from bakeoff.study.figures import (
        BoxFigure,
        Curve,
        CurvesFigure,
        FactorFigure,
        RoundsFigure,
        StructureFigure,
    )
    from bakeoff.study.published import Published, Quantity
    from bakeoff.study.search import Candidate, LogUniform, Scalar, Search, grid, random_search
    from bakeoff.study.study import Study
    from bakeoff.study.variant import Variant
    from bakeoff.training.decision import CompareDigits, Decision, LargestLogit
    from bakeoff.training.objective import (
        CrossEntropy,
        ExponentialDecay,
        L1Penalty,
        L2Penalty,
        Objective,
    )
    from bakeoff.training.optimizers import SGD, Adagrad, Adam, Optimizer
    from bakeoff.training.recipe import Recipe

_HOMES = {
    "bakeoff.analysis.head_to_head": ("HeadToHead",),
    "bakeoff.analysis.results": ("Results",),
    "bakeoff.analysis.verdicts.verdicts": ("Verdict", "verdicts"),
    "bakeoff.api.compare": ("compare",),
    "bakeoff.api.decide": ("Decided", "run_until_decided"),
    "bakeoff.api.plan": ("results",),
    "bakeoff.api.report": ("figures", "report", "report_all"),
    "bakeoff.api.run": ("run",),
    "bakeoff.data.arrays": ("FromFunction", "Npz"),
    "bakeoff.data.classification": ("Classification",),
    "bakeoff.data.dataset": ("Dataset", "Examples", "Pool"),
    "bakeoff.data.idx_datasets": ("MNIST", "Idx"),
    "bakeoff.data.image_folder": ("ImageFolder",),
    "bakeoff.data.splits": ("RoundData", "Split"),
    "bakeoff.data.table": ("Table",),
    "bakeoff.data.task": ("Task",),
    "bakeoff.data.tasks": ("DigitPairs", "Digits", "KFold"),
    "bakeoff.errors": ("BakeoffError",),
    "bakeoff.models.initial": ("NormalWeights",),
    "bakeoff.models.layers": (
        *("BatchNorm", "Conv", "Dropout", "Flatten", "GlobalAveragePool", "Layer", "Linear"),
        *("MaxPool", "ReLU", "Sigmoid"),
    ),
    "bakeoff.models.network": ("Head", "ModelSpec", "Network", "PerImage", "Residual"),
    "bakeoff.study.claim_curves": ("LearnsFaster", "RisesAgain", "StandsStill"),
    "bakeoff.study.claim_tests": (
        *("AllOf", "AtChance", "AtLeast", "AtMost", "BestOf", "Better", "Equivalent", "Not"),
        *("Ordered", "ParametersWithin", "SearchChose", "SmallerError", "WinsEveryRound"),
    ),
    "bakeoff.study.claims": ("Claim",),
    "bakeoff.study.figures": (
        *("BoxFigure", "Curve", "CurvesFigure", "FactorFigure", "RoundsFigure", "StructureFigure"),
    ),
    "bakeoff.study.published": ("Published", "Quantity"),
    "bakeoff.study.search": (
        *("Candidate", "LogUniform", "Scalar", "Search", "grid", "random_search"),
    ),
    "bakeoff.study.study": ("Study",),
    "bakeoff.study.variant": ("Variant",),
    "bakeoff.training.decision": ("CompareDigits", "Decision", "LargestLogit"),
    "bakeoff.training.objective": (
        *("CrossEntropy", "ExponentialDecay", "L1Penalty", "L2Penalty", "Objective"),
    ),
    "bakeoff.training.optimizers": ("SGD", "Adagrad", "Adam", "Optimizer"),
    "bakeoff.training.recipe": ("Recipe",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "FromFunction",
    "Npz",
    "Classification",
    "Dataset",
    "Examples",
    "Pool",
    "MNIST",
    "Idx",
    "ImageFolder",
    "RoundData",
    "Split",
    "Table",
    "SGD",
    "Adagrad",
    "Adam",
    "AllOf",
    "AtChance",
    "AtLeast",
    "AtMost",
    "BakeoffError",
    "BatchNorm",
    "BestOf",
    "Better",
    "BoxFigure",
    "Candidate",
    "Claim",
    "CompareDigits",
    "Conv",
    "CrossEntropy",
    "Curve",
    "CurvesFigure",
    "Decided",
    "Decision",
    "DigitPairs",
    "Digits",
    "Dropout",
    "Equivalent",
    "ExponentialDecay",
    "FactorFigure",
    "Flatten",
    "GlobalAveragePool",
    "Head",
    "HeadToHead",
    "KFold",
    "L1Penalty",
    "L2Penalty",
    "LargestLogit",
    "Layer",
    "LearnsFaster",
    "Linear",
    "LogUniform",
    "MaxPool",
    "ModelSpec",
    "Network",
    "NormalWeights",
    "Not",
    "Objective",
    "Optimizer",
    "Ordered",
    "ParametersWithin",
    "PerImage",
    "Published",
    "Quantity",
    "ReLU",
    "Recipe",
    "Residual",
    "Results",
    "RisesAgain",
    "RoundsFigure",
    "Scalar",
    "Search",
    "SearchChose",
    "Sigmoid",
    "SmallerError",
    "StandsStill",
    "StructureFigure",
    "Study",
    "Task",
    "Variant",
    "Verdict",
    "WinsEveryRound",
    "compare",
    "figures",
    "grid",
    "random_search",
    "report",
    "report_all",
    "results",
    "run",
    "run_until_decided",
    "verdicts",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'bakeoff' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
