"""What a constant answer gets on a split, and how far chance carries beyond it.

Each function takes the right answers of a split, and returns the best value that still counts as
near chance: what the best constant answer gets, moved to the better side by 1.96 standard errors.
About 2.5% of trials that learnt nothing are better still, or fewer. The value is None where a
metric has no better one, for so few examples tell nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.metric import Metric

ERRORS = 1.96
"""Standard errors to either side that hold 95% of a normal law."""


def of_classes(metric: Metric, truth: NDArray[np.generic], *, k: int = 1) -> float | None:
    """Returns the limit of a share of right answers, or of wrong ones: that of a binomial law.

    Args:
        metric: right answers where higher values are better, else wrong ones.
        truth: classes ``(N,)``, or ``(N, heads)`` where each head has a constant answer.
        k: how many classes are answered.
    """
    right = np.mean([_hit(column, k) for column in _columns(truth).T], axis=0)
    return _of_items(metric, right if metric.sign > 0 else 1 - right)


def of_recalls(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the mean recall over classes.

    Every constant answer gets exactly 1 / classes, without any spread; the spread taken is that of
    answers that are drawn at random among the classes.
    """
    _, counts = np.unique(truth, return_counts=True)
    q = 1 / len(counts)
    return _limit(metric, q, ERRORS * q * math.sqrt(np.sum(q * (1 - q) / counts)))


def of_macro_f1(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the mean F1 over classes.

    Answers that are drawn by the classes' shares p get an F1 of p in each, 1 / classes in the mean:
    more than any constant answer, and the most that answers get which do not depend on the example.
    By the delta method, an answer counts 1 / (n p) where it is right, so that the variance is
    (classes - 1) / (n classes²), whatever the shares.
    """
    classes = len(np.unique(truth))
    return _limit(metric, 1 / classes, ERRORS * math.sqrt((classes - 1) / len(truth)) / classes)


def of_areas(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the area under the ROC curve, by the variance of the rank-sum statistic.

    Over several classes, each against the rest, it is the mean of the areas' standard errors: that
    of their mean is no larger, however they depend on each other.
    """
    _, counts = np.unique(truth, return_counts=True)
    if len(counts) < 2:
        return None
    rest = len(truth) - counts
    return _limit(metric, 0.5, ERRORS * np.sqrt((len(truth) + 1) / (12.0 * counts * rest)).mean())


def of_log_loss(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the log loss of the classes' shares."""
    shares, own = _shares(truth)
    return _of_items(metric, -np.log(shares[own]), least=_noise(truth))


def of_brier(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the Brier score of the classes' shares."""
    shares, own = _shares(truth)
    return _of_items(metric, 1 - 2 * shares[own] + np.sum(shares**2), least=_noise(truth))


def of_distances(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the mean distance from the median, ``(N,)`` or ``(N, outputs)``."""
    numbers = _columns(truth).astype(np.float64)
    return _of_items(metric, np.abs(numbers - np.median(numbers, axis=0)).mean(axis=1))


def of_roots(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the root of the mean squared distance from the mean (delta method)."""
    squares = _squares(truth)
    roots = np.sqrt(squares.mean(axis=0))
    slopes = np.divide(0.5, roots, out=np.zeros_like(roots), where=roots > 0)
    return _limit(metric, roots.mean(), ERRORS * _error((squares * slopes).mean(axis=1)))


def of_variance(metric: Metric, truth: NDArray[np.generic]) -> float | None:
    """Returns the limit of the share of variance explained; the mean explains none.

    It is the standard error of the mean squared distance over that distance. An output without any
    variance is explained whole.
    """
    squares = _squares(truth)
    means = squares.mean(axis=0)
    shares = np.divide(squares, means, out=np.zeros_like(squares), where=means > 0)
    return _limit(metric, np.mean(means == 0), ERRORS * _error(shares.mean(axis=1)))


def _of_items(metric: Metric, items: NDArray[np.float64], least: float = 0.0) -> float | None:
    return _limit(metric, items.mean(), max(ERRORS * _error(items), least))


def _limit(metric: Metric, value: float, span: float) -> float | None:
    moved = float(value + metric.sign * span)
    best = metric.bounds[1 if metric.direction == "higher" else 0]
    if not math.isfinite(moved) or (best is not None and metric.gain(best, moved) <= 0):
        return None
    return moved


def _noise(truth: NDArray[np.generic]) -> float:
    """Returns what probabilities gain by chance that vary around the shares, with 97.5%.

    Where classes are equally common, a constant's losses have no spread. Probabilities that vary by
    d around them lose about d²/2 a split, and gain or lose d/√n by chance. Whatever d is, they gain
    more than z²/2n in 2.5% of splits at most.
    """
    return ERRORS**2 / (2 * len(truth))


def _error(items: NDArray[np.float64]) -> float:
    return float(items.std() / math.sqrt(len(items)))


def _columns(truth: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.asarray(truth).reshape(len(truth), -1)


def _hit(labels: NDArray[np.generic], k: int) -> NDArray[np.float64]:
    """Returns 1 where a label is among the k commonest, else 0."""
    _, own, counts = np.unique(labels, return_inverse=True, return_counts=True)
    commonest = np.zeros(len(counts))
    commonest[np.argsort(-counts, kind="stable")[:k]] = 1
    return np.asarray(commonest[own])


def _shares(truth: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Returns the share of each class, and each example's class by its place among these."""
    _, own, counts = np.unique(truth, return_inverse=True, return_counts=True)
    return counts / len(truth), own


def _squares(truth: NDArray[np.generic]) -> NDArray[np.float64]:
    numbers = _columns(truth).astype(np.float64)
    return np.asarray((numbers - numbers.mean(axis=0)) ** 2)
