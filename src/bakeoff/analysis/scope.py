"""The scope of verdicts, which depends on what a study's rounds vary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np

from bakeoff.analysis.paired import figure
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import FEWEST
from bakeoff.data.supervised import Sampling, Supervised
from bakeoff.data.task import Task
from bakeoff.data.tasks import DrawnTask, KFold, folds_of
from bakeoff.errors import DataError
from bakeoff.study.published import Quantity

MOST_VARIANTS = 40
"""With more variants, only the correlations of the first ones are computed."""


@dataclass(frozen=True)
class Scope:
    """The scope of verdicts.

    Attributes:
        sampling: ``redrawn``: each round draws from pools for training and for testing;
            ``resampled``: each round splits one pool anew, so that rounds depend on each other and
            verdicts are about this data set; ``fixed``: all rounds have the same examples, and
            differ only in weights and order. None if a user's own task does not say.
        folds: of a cross-validation, whose folds are averaged; 1 for none.
        correlation: of the final test figures of two variants over rounds, the mean over pairs:
            what pairing saves; None for fewer than six rounds.
        pairs: the number of these pairs.
    """

    sampling: Sampling | None
    folds: int
    correlation: float | None
    pairs: int


def scope_of(results: Results) -> Scope:
    """Returns the scope of the verdicts of some results."""
    task = results.study.task
    correlations = _correlations(results)
    return Scope(
        sampling=sampling_of(task),
        folds=folds_of(task),
        correlation=fmean(correlations) if correlations else None,
        pairs=len(correlations),
    )


def sampling_of(task: Task) -> Sampling | None:
    """Returns how a task draws its rounds; None for a user's own task.

    If every round takes all examples, they are fixed, in any order.
    """
    if isinstance(task, KFold):
        return sampling_of(task.task)
    if isinstance(task, Supervised) and task.sampling == "fixed":
        return "fixed"
    if not isinstance(task, DrawnTask | Supervised):
        return None
    try:
        examples = task.dataset.load()
    except DataError:
        return None
    first, second = len(examples.train), len(examples.test or ())
    if isinstance(task, Supervised) and (
        task.sampling == "resampled" or (task.sampling is None and not second)
    ):
        return "resampled"
    each = task.images if isinstance(task, DrawnTask) else 1
    taken = each * (task.train + task.validation)
    whole = taken >= first and each * task.test >= second and not task.validation
    return "fixed" if whole and each == 1 else "redrawn"


def _correlations(results: Results) -> list[float]:
    read, folds = figure(Quantity(), results.study.metric), folds_of(results.study.task)
    columns = []
    for variant in results.study.variants[:MOST_VARIANTS]:
        values = [None if each is None else read(each) for each in results.of(variant)]
        draws = (values[start : start + folds] for start in range(0, len(values), folds))
        whole = ([value for value in draw if value is not None] for draw in draws)
        columns.append([fmean(draw) if len(draw) == folds else math.nan for draw in whole])
    correlations = []
    for pair in combinations(columns, 2):
        rows = np.array(list(zip(*pair, strict=False)))
        rows = rows[np.isfinite(rows).all(axis=1)] if len(rows) else rows
        if len(rows) >= FEWEST and (np.ptp(rows, axis=0) > 0).all():
            correlations.append(float(np.corrcoef(rows.T)[0, 1]))
    return correlations
