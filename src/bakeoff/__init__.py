"""Controlled comparisons of models.

Declare a `Study`: a task, variants, rounds. `run` trains every trial once and returns the
`Results`, `report` writes them down. Names are imported when first used: importing `bakeoff`
itself loads nothing, torch least of all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results as Results
    from bakeoff.api.check import CheckFailed as CheckFailed
    from bakeoff.api.check import check as check
    from bakeoff.api.compare import compare as compare
    from bakeoff.api.decide import Decided as Decided
    from bakeoff.api.decide import run_until_decided as run_until_decided
    from bakeoff.api.duel import head_to_head as head_to_head
    from bakeoff.api.plan import results as results
    from bakeoff.api.report import figures as figures
    from bakeoff.api.report import report as report
    from bakeoff.api.report import report_all as report_all
    from bakeoff.api.run import run as run
    from bakeoff.claims.composed import (
        AllOf as AllOf,
    )
    from bakeoff.claims.composed import (
        Not as Not,
    )
    from bakeoff.claims.curves import (
        LearnsFaster as LearnsFaster,
    )
    from bakeoff.claims.curves import (
        RisesAgain as RisesAgain,
    )
    from bakeoff.claims.curves import (
        StandsStill as StandsStill,
    )
    from bakeoff.claims.differences import (
        BestOf as BestOf,
    )
    from bakeoff.claims.differences import (
        Better as Better,
    )
    from bakeoff.claims.differences import (
        BetterBy as BetterBy,
    )
    from bakeoff.claims.differences import (
        BetterFigure as BetterFigure,
    )
    from bakeoff.claims.differences import (
        Equivalent as Equivalent,
    )
    from bakeoff.claims.facts import (
        ParametersWithin as ParametersWithin,
    )
    from bakeoff.claims.facts import (
        SearchChose as SearchChose,
    )
    from bakeoff.claims.head_to_head import HeadToHead as HeadToHead
    from bakeoff.claims.levels import (
        AtChance as AtChance,
    )
    from bakeoff.claims.levels import (
        Near as Near,
    )
    from bakeoff.claims.levels import (
        Reaches as Reaches,
    )
    from bakeoff.claims.orders import (
        Ordered as Ordered,
    )
    from bakeoff.claims.shares import (
        Collapses as Collapses,
    )
    from bakeoff.claims.shares import (
        WinsEveryRound as WinsEveryRound,
    )
    from bakeoff.claims.shares import (
        WinsMostRounds as WinsMostRounds,
    )
    from bakeoff.claims.verdicts import Verdict as Verdict
    from bakeoff.claims.verdicts import verdicts as verdicts
    from bakeoff.data.arrays import FromFunction as FromFunction
    from bakeoff.data.arrays import Npz as Npz
    from bakeoff.data.dataset import Dataset as Dataset
    from bakeoff.data.dataset import Examples as Examples
    from bakeoff.data.dataset import Pool as Pool
    from bakeoff.data.idx_datasets import MNIST as MNIST
    from bakeoff.data.idx_datasets import Idx as Idx
    from bakeoff.data.image_folder import ImageFolder as ImageFolder
    from bakeoff.data.metric import Metric as Metric
    from bakeoff.data.metric import Predictions as Predictions
    from bakeoff.data.metrics import (
        MAE as MAE,
    )
    from bakeoff.data.metrics import (
        R2 as R2,
    )
    from bakeoff.data.metrics import (
        RMSE as RMSE,
    )
    from bakeoff.data.metrics import (
        Accuracy as Accuracy,
    )
    from bakeoff.data.metrics import (
        BalancedAccuracy as BalancedAccuracy,
    )
    from bakeoff.data.metrics import (
        Brier as Brier,
    )
    from bakeoff.data.metrics import (
        CalibrationError as CalibrationError,
    )
    from bakeoff.data.metrics import (
        DigitAccuracy as DigitAccuracy,
    )
    from bakeoff.data.metrics import (
        DigitError as DigitError,
    )
    from bakeoff.data.metrics import (
        Error as Error,
    )
    from bakeoff.data.metrics import (
        LogLoss as LogLoss,
    )
    from bakeoff.data.metrics import (
        MacroF1 as MacroF1,
    )
    from bakeoff.data.metrics import (
        RocAuc as RocAuc,
    )
    from bakeoff.data.metrics import (
        TopKAccuracy as TopKAccuracy,
    )
    from bakeoff.data.metrics import (
        TopKError as TopKError,
    )
    from bakeoff.data.splits import RoundData as RoundData
    from bakeoff.data.splits import Scale as Scale
    from bakeoff.data.splits import Split as Split
    from bakeoff.data.supervised import Classification as Classification
    from bakeoff.data.supervised import Regression as Regression
    from bakeoff.data.table import Table as Table
    from bakeoff.data.task import DealtTask as DealtTask
    from bakeoff.data.task import Task as Task
    from bakeoff.data.tasks import DigitPairs as DigitPairs
    from bakeoff.data.tasks import Digits as Digits
    from bakeoff.data.tasks import KFold as KFold
    from bakeoff.errors import BakeoffError as BakeoffError
    from bakeoff.models.built import Built as Built
    from bakeoff.models.estimator import Estimator as Estimator
    from bakeoff.models.initial import NormalWeights as NormalWeights
    from bakeoff.models.layers import (
        BatchNorm as BatchNorm,
    )
    from bakeoff.models.layers import (
        Conv as Conv,
    )
    from bakeoff.models.layers import (
        Dropout as Dropout,
    )
    from bakeoff.models.layers import (
        Flatten as Flatten,
    )
    from bakeoff.models.layers import (
        GlobalAveragePool as GlobalAveragePool,
    )
    from bakeoff.models.layers import (
        Layer as Layer,
    )
    from bakeoff.models.layers import (
        Linear as Linear,
    )
    from bakeoff.models.layers import (
        MaxPool as MaxPool,
    )
    from bakeoff.models.layers import (
        ReLU as ReLU,
    )
    from bakeoff.models.layers import (
        Sigmoid as Sigmoid,
    )
    from bakeoff.models.network import (
        Head as Head,
    )
    from bakeoff.models.network import (
        ModelSpec as ModelSpec,
    )
    from bakeoff.models.network import (
        Network as Network,
    )
    from bakeoff.models.network import (
        PerImage as PerImage,
    )
    from bakeoff.models.network import (
        Residual as Residual,
    )
    from bakeoff.study.claims import Claim as Claim
    from bakeoff.study.claims import ClaimTest as ClaimTest
    from bakeoff.study.figures import (
        BoxFigure as BoxFigure,
    )
    from bakeoff.study.figures import (
        Curve as Curve,
    )
    from bakeoff.study.figures import (
        CurvesFigure as CurvesFigure,
    )
    from bakeoff.study.figures import (
        FactorFigure as FactorFigure,
    )
    from bakeoff.study.figures import (
        RoundsFigure as RoundsFigure,
    )
    from bakeoff.study.figures import (
        StructureFigure as StructureFigure,
    )
    from bakeoff.study.published import Published as Published
    from bakeoff.study.published import Quantity as Quantity
    from bakeoff.study.search import (
        Candidate as Candidate,
    )
    from bakeoff.study.search import (
        LogUniform as LogUniform,
    )
    from bakeoff.study.search import (
        Scalar as Scalar,
    )
    from bakeoff.study.search import (
        Search as Search,
    )
    from bakeoff.study.search import (
        grid as grid,
    )
    from bakeoff.study.search import (
        random_search as random_search,
    )
    from bakeoff.study.study import Study as Study
    from bakeoff.study.variant import Variant as Variant
    from bakeoff.training.decision import (
        CompareDigits as CompareDigits,
    )
    from bakeoff.training.decision import (
        Decision as Decision,
    )
    from bakeoff.training.decision import (
        LargestLogit as LargestLogit,
    )
    from bakeoff.training.decision import (
        Threshold as Threshold,
    )
    from bakeoff.training.decision import (
        Value as Value,
    )
    from bakeoff.training.finding import Finding as Finding
    from bakeoff.training.objective import (
        AbsoluteError as AbsoluteError,
    )
    from bakeoff.training.objective import (
        BinaryCrossEntropy as BinaryCrossEntropy,
    )
    from bakeoff.training.objective import (
        CrossEntropy as CrossEntropy,
    )
    from bakeoff.training.objective import (
        ExponentialDecay as ExponentialDecay,
    )
    from bakeoff.training.objective import (
        Huber as Huber,
    )
    from bakeoff.training.objective import (
        L1Penalty as L1Penalty,
    )
    from bakeoff.training.objective import (
        L2Penalty as L2Penalty,
    )
    from bakeoff.training.objective import (
        Loss as Loss,
    )
    from bakeoff.training.objective import (
        Objective as Objective,
    )
    from bakeoff.training.objective import (
        SquaredError as SquaredError,
    )
    from bakeoff.training.optimizers import (
        SGD as SGD,
    )
    from bakeoff.training.optimizers import (
        Adagrad as Adagrad,
    )
    from bakeoff.training.optimizers import (
        Adam as Adam,
    )
    from bakeoff.training.optimizers import (
        AdamW as AdamW,
    )
    from bakeoff.training.optimizers import (
        Optimizer as Optimizer,
    )
    from bakeoff.training.optimizers import (
        RAdam as RAdam,
    )
    from bakeoff.training.optimizers import (
        RMSprop as RMSprop,
    )
    from bakeoff.training.recipe import Recipe as Recipe
    from bakeoff.training.schedules import (
        Constant as Constant,
    )
    from bakeoff.training.schedules import (
        Cosine as Cosine,
    )
    from bakeoff.training.schedules import (
        OneCycle as OneCycle,
    )
    from bakeoff.training.schedules import (
        Schedule as Schedule,
    )
    from bakeoff.training.schedules import (
        StepDecay as StepDecay,
    )
    from bakeoff.training.schedules import (
        Warmup as Warmup,
    )
    from bakeoff.training.stopping import Patience as Patience
    from bakeoff.training.stopping import Stopping as Stopping

_HOMES = {
    "bakeoff.claims.head_to_head": "HeadToHead",
    "bakeoff.analysis.results": "Results",
    "bakeoff.claims.verdicts": "Verdict verdicts",
    "bakeoff.api.check": "CheckFailed check",
    "bakeoff.api.compare": "compare",
    "bakeoff.api.decide": "Decided run_until_decided",
    "bakeoff.api.duel": "head_to_head",
    "bakeoff.api.plan": "results",
    "bakeoff.api.report": "figures report report_all",
    "bakeoff.api.run": "run",
    "bakeoff.data.arrays": "FromFunction Npz",
    "bakeoff.data.dataset": "Dataset Examples Pool",
    "bakeoff.data.idx_datasets": "Idx MNIST",
    "bakeoff.data.image_folder": "ImageFolder",
    "bakeoff.data.metric": "Metric Predictions",
    "bakeoff.data.metrics": (
        "Accuracy BalancedAccuracy Brier CalibrationError DigitAccuracy DigitError Error "
        "LogLoss MAE MacroF1 R2 RMSE RocAuc TopKAccuracy TopKError"
    ),
    "bakeoff.data.splits": "RoundData Scale Split",
    "bakeoff.data.supervised": "Classification Regression",
    "bakeoff.data.table": "Table",
    "bakeoff.data.task": "DealtTask Task",
    "bakeoff.data.tasks": "DigitPairs Digits KFold",
    "bakeoff.errors": "BakeoffError",
    "bakeoff.models.built": "Built",
    "bakeoff.models.estimator": "Estimator",
    "bakeoff.models.initial": "NormalWeights",
    "bakeoff.models.layers": (
        "BatchNorm Conv Dropout Flatten GlobalAveragePool Layer Linear MaxPool ReLU Sigmoid"
    ),
    "bakeoff.models.network": "Head ModelSpec Network PerImage Residual",
    "bakeoff.claims.composed": "AllOf Not",
    "bakeoff.claims.curves": "LearnsFaster RisesAgain StandsStill",
    "bakeoff.claims.differences": "BestOf Better BetterBy BetterFigure Equivalent",
    "bakeoff.claims.facts": "ParametersWithin SearchChose",
    "bakeoff.claims.levels": "AtChance Near Reaches",
    "bakeoff.claims.orders": "Ordered",
    "bakeoff.claims.shares": "Collapses WinsEveryRound WinsMostRounds",
    "bakeoff.study.claims": "Claim ClaimTest",
    "bakeoff.study.figures": (
        "BoxFigure Curve CurvesFigure FactorFigure RoundsFigure StructureFigure"
    ),
    "bakeoff.study.published": "Published Quantity",
    "bakeoff.study.search": "Candidate LogUniform Scalar Search grid random_search",
    "bakeoff.study.study": "Study",
    "bakeoff.study.variant": "Variant",
    "bakeoff.training.decision": "CompareDigits Decision LargestLogit Threshold Value",
    "bakeoff.training.finding": "Finding",
    "bakeoff.training.objective": (
        "AbsoluteError BinaryCrossEntropy CrossEntropy ExponentialDecay Huber L1Penalty "
        "L2Penalty Loss Objective SquaredError"
    ),
    "bakeoff.training.optimizers": "Adagrad Adam AdamW Optimizer RAdam RMSprop SGD",
    "bakeoff.training.recipe": "Recipe",
    "bakeoff.training.schedules": "Constant Cosine OneCycle Schedule StepDecay Warmup",
    "bakeoff.training.stopping": "Patience Stopping",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'bakeoff' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
