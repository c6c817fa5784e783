"""The public names of bakeoff, and where each is made: they are imported when first used."""

from .analysis.results import Results as Results
from .api.check import CheckFailed as CheckFailed, check as check
from .api.compare import compare as compare
from .api.backup import backup as backup
from .api.decide import Decided as Decided, run_until_decided as run_until_decided
from .api.duel import head_to_head as head_to_head
from .api.handover import (
    Bundle as Bundle,
    Opened as Opened,
    bundle as bundle,
    open_bundle as open_bundle,
)
from .api.plan import results as results
from .api.report import figures as figures, report as report, report_all as report_all
from .api.run import run as run
from .api.train import TrainedModel as TrainedModel, export as export, train as train
from .api.verify import Verified as Verified, verify as verify
from .claims.composed import AllOf as AllOf, Not as Not
from .claims.curves import (
    LearnsFaster as LearnsFaster,
    RisesAgain as RisesAgain,
    StandsStill as StandsStill,
)
from .claims.differences import (
    BestOf as BestOf,
    Better as Better,
    BetterBy as BetterBy,
    BetterFigure as BetterFigure,
    Equivalent as Equivalent,
)
from .claims.facts import ParametersWithin as ParametersWithin, SearchChose as SearchChose
from .claims.head_to_head import HeadToHead as HeadToHead
from .claims.levels import AtChance as AtChance, Near as Near, Reaches as Reaches
from .claims.orders import Ordered as Ordered
from .claims.shares import (
    Collapses as Collapses,
    WinsEveryRound as WinsEveryRound,
    WinsMostRounds as WinsMostRounds,
)
from .claims.verdicts import Verdict as Verdict, verdicts as verdicts
from .data.arrays import FromFunction as FromFunction, Npz as Npz
from .data.dataset import Dataset as Dataset, Examples as Examples, Pool as Pool
from .data.idx_datasets import MNIST as MNIST, Idx as Idx
from .data.image_folder import ImageFolder as ImageFolder
from .data.metric import Metric as Metric, Predictions as Predictions
from .data.metrics import (
    MAE as MAE,
    R2 as R2,
    RMSE as RMSE,
    Accuracy as Accuracy,
    BalancedAccuracy as BalancedAccuracy,
    Brier as Brier,
    CalibrationError as CalibrationError,
    DigitAccuracy as DigitAccuracy,
    DigitError as DigitError,
    Error as Error,
    LogLoss as LogLoss,
    MacroF1 as MacroF1,
    RocAuc as RocAuc,
    TopKAccuracy as TopKAccuracy,
    TopKError as TopKError,
)
from .data.splits import RoundData as RoundData, Scale as Scale, Split as Split
from .data.supervised import Classification as Classification, Regression as Regression
from .data.table import Table as Table
from .data.task import DealtTask as DealtTask, Task as Task
from .data.tasks import DigitPairs as DigitPairs, Digits as Digits, KFold as KFold
from .errors import BakeoffError as BakeoffError
from .inference.folder import load_model as load_model
from .models.built import Built as Built
from .models.ensemble import Ensemble as Ensemble
from .models.estimator import Estimator as Estimator
from .models.initial import NormalWeights as NormalWeights
from .models.layers import (
    BatchNorm as BatchNorm,
    Conv as Conv,
    Deslant as Deslant,
    Dropout as Dropout,
    Flatten as Flatten,
    GlobalAveragePool as GlobalAveragePool,
    Layer as Layer,
    Linear as Linear,
    MaxPool as MaxPool,
    ReLU as ReLU,
    Rescale as Rescale,
    Sigmoid as Sigmoid,
)
from .models.network import (
    Head as Head,
    ModelSpec as ModelSpec,
    Network as Network,
    PerImage as PerImage,
    Residual as Residual,
)
from .running.executors import Cluster as Cluster
from .running.merge import Merged as Merged, merge as merge
from .study.claims import Claim as Claim, ClaimTest as ClaimTest
from .study.figures import (
    BoxFigure as BoxFigure,
    Curve as Curve,
    CurvesFigure as CurvesFigure,
    FactorFigure as FactorFigure,
    RoundsFigure as RoundsFigure,
    StructureFigure as StructureFigure,
)
from .study.published import Published as Published, Quantity as Quantity
from .study.search import (
    Candidate as Candidate,
    LogUniform as LogUniform,
    Proposals as Proposals,
    Scalar as Scalar,
    Search as Search,
    Uniform as Uniform,
    grid as grid,
    random_search as random_search,
)
from .study.study import Study as Study
from .study.variant import Variant as Variant
from .training.augmentation import (
    Affine as Affine,
    Augmentation as Augmentation,
    Batch as Batch,
    Crop as Crop,
    Elastic as Elastic,
    Erasing as Erasing,
    Flip as Flip,
    Gamma as Gamma,
    Mixup as Mixup,
    SwapImages as SwapImages,
    Views as Views,
    Warp as Warp,
)
from .training.averaging import EMA as EMA, SWA as SWA, Averaging as Averaging
from .training.decision import (
    CompareDigits as CompareDigits,
    Decision as Decision,
    LargestLogit as LargestLogit,
    Threshold as Threshold,
    Value as Value,
)
from .training.finding import Finding as Finding
from .training.objective import (
    AbsoluteError as AbsoluteError,
    BinaryCrossEntropy as BinaryCrossEntropy,
    CrossEntropy as CrossEntropy,
    ExponentialDecay as ExponentialDecay,
    Huber as Huber,
    L1Penalty as L1Penalty,
    L2Penalty as L2Penalty,
    Loss as Loss,
    Objective as Objective,
    SquaredError as SquaredError,
)
from .training.optimizers import (
    SGD as SGD,
    Adagrad as Adagrad,
    Adam as Adam,
    AdamW as AdamW,
    Optimizer as Optimizer,
    ParameterGroup as ParameterGroup,
    RAdam as RAdam,
    RMSprop as RMSprop,
)
from .training.recipe import Phase as Phase, Recipe as Recipe
from .training.schedules import (
    Constant as Constant,
    Cosine as Cosine,
    OneCycle as OneCycle,
    ReduceOnPlateau as ReduceOnPlateau,
    Schedule as Schedule,
    StepDecay as StepDecay,
    Warmup as Warmup,
    Watched as Watched,
)
from .training.stopping import Patience as Patience, Stopping as Stopping
from .version import __version__ as __version__
