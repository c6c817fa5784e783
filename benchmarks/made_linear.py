"""Linear models fitted for real, very many of them: folds of draws, and splits of one pool.

Both models are least squares without a constant, on columns of their own, and what is measured is
the mean squared error on test examples. The answer is the sum of all columns and noise, so that two
models of as many columns are exchangeable. All is in closed form: sums over the examples of the
products of columns, and of columns with the answer, are enough for fit and error alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from made_errors import Array

COLUMNS = 4
"""Of each model."""
NOISE = 1.0
FOLDS = 5


def fold_errors(
    rng: np.random.Generator, draws: int, *, penalty: float, train: int = 60, test: int = 60
) -> tuple[Array, Array]:
    """Return the errors of two models on each fold of each draw, shape (draws, folds).

    A draw is of new examples. Its training examples are dealt to folds, each held out in turn, and
    the error is on its test examples, which all folds share.

    Args:
        rng: for the examples.
        draws: how many.
        penalty: of the second model (ridge); the first has none. With 0 the two are exchangeable.
        train: examples of a draw, before a fold is held out.
        test: examples of a draw.
    """
    found = np.empty((2, draws, FOLDS))
    for start in range(0, draws, 2000):
        size = min(2000, draws - start)
        x, y = _examples(rng, (size, FOLDS, train // FOLDS))
        kept = _sums(x, y)
        kept = kept.sum(axis=1, keepdims=True) - kept
        tested = _sums(*_examples(rng, (size, 1, test)))
        for place, ridge in enumerate((0.0, penalty)):
            errors = _errors(kept, tested, _columns(place), test, ridge)
            found[place, start : start + size] = errors
    return found[0], found[1]


def pool_errors(rng: np.random.Generator, size: int, splits: int) -> tuple[Array, Array]:
    """Return the errors of two exchangeable models on splits of one pool, 70% of it to train on.

    Args:
        rng: for the pool and its splits.
        size: examples in the pool.
        splits: how many.
    """
    x, y = _examples(rng, (size,))
    both = np.concatenate([x, y[:, None]], axis=1)
    products = (both[:, :, None] * both[:, None, :]).reshape(size, -1)
    train = int(0.7 * size)
    places = np.argpartition(rng.random((splits, size), dtype=np.float32), train, axis=1)
    taken = np.zeros((splits, size))
    np.put_along_axis(taken, places[:, :train], 1.0, axis=1)
    width = both.shape[1]
    kept = (taken @ products).reshape(splits, width, width)
    tested = products.sum(axis=0).reshape(width, width) - kept
    first, second = (_errors(kept, tested, _columns(p), size - train, 0.0) for p in (0, 1))
    return first, second


def _columns(model: int) -> slice:
    return slice(model * COLUMNS, (model + 1) * COLUMNS)


def _examples(rng: np.random.Generator, shape: Sequence[int]) -> tuple[Array, Array]:
    x = rng.normal(size=(*shape, 2 * COLUMNS))
    return x, x.sum(axis=-1) / 2 + rng.normal(0, NOISE, tuple(shape))


def _sums(x: Array, y: Array) -> Array:
    both = np.concatenate([x, y[..., None]], axis=-1)
    sums: Array = np.swapaxes(both, -1, -2) @ both
    return sums


def _errors(kept: Array, tested: Array, columns: slice, examples: int, ridge: float) -> Array:
    """Return mean squared errors, from the sums over training and over test examples."""
    gram = kept[..., columns, columns] + ridge * np.eye(COLUMNS)
    weights = np.linalg.solve(gram, kept[..., columns, -1:])
    crossed = (tested[..., columns, -1:] * weights).sum(axis=(-1, -2))
    squared = (weights * (tested[..., columns, columns] @ weights)).sum(axis=(-1, -2))
    errors: Array = (tested[..., -1, -1] - 2 * crossed + squared) / examples
    return errors
