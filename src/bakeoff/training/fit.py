"""One trial of an estimator, from its parameters to its history."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data.metric import Predictions
from bakeoff.errors import ModelError
from bakeoff.training.evaluate import chance_of, value_of
from bakeoff.training.history import History
from bakeoff.training.network import seeded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData, Split
    from bakeoff.models.estimator import Estimator
    from bakeoff.training.workload import Workload

_SIZES = ("coef_", "intercept_", "coefs_", "intercepts_", "support_vectors_", "dual_coef_")
"""Fitted arrays whose numbers are counted, where an estimator has them."""

_SEEDS = 2**32


def fit(
    workload: Workload,
    model: Estimator,
    *,
    seed: int,
    keep: Callable[[Workload, Any], None] | None = None,
) -> History:
    """Fits one estimator on one thread, and returns its history.

    Args:
        workload: with the round's data.
        model: the estimator.
        seed: of every part that draws at random and has no seed of its own.
        keep: is called with the fitted estimator.

    Raises:
        ModelError: it answers something else than the target asks for.
    """
    from threadpoolctl import threadpool_limits

    estimator, data, first = model.build(), workload.data, workload.metrics[0]
    metrics = [metric for metric in workload.metrics if not lacking(workload, model, metric)]
    chance = chance_of(workload, first) if first in metrics else None
    _prepare(estimator, seed)
    started = time.perf_counter()
    train = data.train.labels[workload.target].numpy()
    with threadpool_limits(1), warnings.catch_warnings(record=True) as caught, seeded(seed):
        warnings.simplefilter("always")
        estimator.fit(_rows(data.train), train)
        predicted = {
            name: _predictions(workload, estimator, split, data)
            for name, split in data.splits().items()
        }
    final = {
        name: {metric.name: value_of(metric, predictions) for metric in metrics}
        for name, predictions in predicted.items()
    }
    seconds = time.perf_counter() - started
    if keep is not None:
        keep(workload, estimator)
    return History(
        status="finished",
        curves={},
        parameters=size(estimator),
        seconds=seconds,
        answers=_answers(predicted["test"]),
        notes=tuple(_notes(caught)),
        final={name: values for name, values in final.items() if values},
        metric=first.name,
        direction=first.direction,
        chance=chance,
    )


def lacking(workload: Workload, model: Estimator, metric: Any) -> str:
    """Returns why a metric cannot be measured of an estimator; empty where it can."""
    reason: str = metric.lacking(
        labels=(),
        classes=workload.classes[workload.target][-1],
        probabilities=model.gives_probabilities,
    )
    return reason


def size(estimator: Any) -> int | None:  # noqa: PLR0911
    """Returns how many numbers were fitted, or nodes trees have; None where that is unknown."""
    if isinstance(getattr(estimator, "steps", None), list):
        known = [count for _, step in estimator.steps if (count := size(step)) is not None]
        return sum(known) if known else None
    if hasattr(estimator, "tree_"):
        return int(estimator.tree_.node_count)
    if hasattr(estimator, "_predictors"):  # Gradient boosting on histograms.
        return sum(len(tree.nodes) for trees in estimator._predictors for tree in trees)
    if hasattr(estimator, "estimators_"):
        members = np.asarray(estimator.estimators_, dtype=object).ravel().tolist()
        sizes = [count for member in members if (count := size(member)) is not None]
        return sum(sizes) if sizes else None
    for inner in ("best_estimator_", "estimator_", "regressor_"):
        if hasattr(estimator, inner):
            return size(getattr(estimator, inner))
    arrays = [getattr(estimator, name) for name in _SIZES if hasattr(estimator, name)]
    if not arrays:
        return None
    return sum(
        np.size(part) for each in arrays for part in (each if isinstance(each, list) else [each])
    )


def _prepare(estimator: Any, seed: int) -> None:
    """Gives every part a seed that has none, and one thread."""
    given = estimator.get_params(deep=True)
    own = {
        name: (seed + place) % _SEEDS
        for place, name in enumerate(sorted(given))
        if name.rpartition("__")[2] == "random_state" and given[name] is None
    }
    threads = {
        name: 1
        for name, value in given.items()
        if name.rpartition("__")[2] == "n_jobs" and value not in {None, 1}
    }
    estimator.set_params(**own, **threads)


def _rows(split: Split) -> NDArray[np.float32]:
    inputs = split.inputs.numpy()
    return inputs.reshape(len(inputs), -1)


def _predictions(workload: Workload, estimator: Any, split: Split, data: RoundData) -> Predictions:
    rows, target = _rows(split), split.labels[workload.target].numpy()
    answers = np.asarray(estimator.predict(rows))
    if answers.shape != target.shape:
        raise ModelError(
            f"{type(estimator).__name__} answers an array of shape {answers.shape} to labels of "
            f"shape {target.shape}"
        )
    probabilities = None
    if hasattr(estimator, "predict_proba") and target.dtype.kind == "i":
        # A class that no training example has, has no column.
        probabilities = np.zeros((len(rows), workload.classes[workload.target][-1]))
        probabilities[:, np.asarray(estimator.classes_, np.int64)] = estimator.predict_proba(rows)
    if data.scale is not None:
        answers, target = data.scale.restored(answers), data.scale.restored(target)
    return Predictions(answers, target, scores=probabilities, probabilities=probabilities)


def _answers(predicted: Predictions) -> dict[str, NDArray[np.generic]]:
    is_class = predicted.target.dtype.kind == "i"
    answers: dict[str, NDArray[np.generic]] = {
        "answer": predicted.answers.astype(np.int64 if is_class else np.float32)
    }
    if predicted.probabilities is not None and predicted.probabilities.shape[1] == 2:
        answers["probability"] = predicted.probabilities[:, 1].astype(np.float32)
    return answers


def _notes(caught: list[warnings.WarningMessage]) -> Iterator[str]:
    for text in dict.fromkeys(str(one.message).strip().split("\n")[0] for one in caught):
        yield f"scikit-learn warns: {text}"
