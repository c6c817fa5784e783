"""How a round is drawn: which images stand in which split, and how pixels are standardised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.data.images import block_means
from bakeoff.data.splits import RoundData, Split
from bakeoff.data.transforms import WHITE, Preprocessing
from bakeoff.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.dataset import Examples, Pool
    from bakeoff.data.task import Items

TRAIN, TEST, ORDER, POOL = range(4)
"""Streams of randomness: what is drawn from one tells nothing of another."""

_CHUNK = 4096


def permutation(n: int, *, seed: int, key: tuple[int, ...]) -> NDArray[np.int64]:
    """Returns a random order of ``range(n)``, int64 ``(n,)``, that depends on the arguments alone.

    Args:
        n: how many.
        seed: of the study.
        key: tells apart the permutations of one seed, as ``(round, TRAIN)`` does.
    """
    # numpy promises the raw bits of PCG64 for good, but not what a Generator makes of them; and
    # the order of independent 64-bit keys is a fair shuffle.
    bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)).random_raw(n)
    return np.argsort(bits, kind="stable").astype(np.int64, copy=False)


def check_sizes(examples: Examples, sizes: Mapping[str, int], *, images: int, task: object) -> None:
    """Refuses a round for which there is too little data.

    Args:
        examples: where the images come from.
        sizes: the number of examples in each split.
        images: how many images an example shows.
        task: what the message calls the task.

    Raises:
        DataError: there are too few training or test images.
    """
    for side, splits in (("training", ("train", "validation")), ("test", ("test",))):
        wanted = {name: sizes[name] for name in splits if name in sizes}
        needed = images * sum(wanted.values())
        pool = test_pool(examples) if side == "test" else examples.train
        if needed > len(pool):
            parts = " and ".join(f"{number:,} {name}" for name, number in wanted.items())
            each = f", {images} for each of {parts} examples" if images > 1 else f" for {parts}"
            raise DataError(
                f"{task!r} needs {needed:,} {side} images in a round{each}; the data holds "
                f"{len(pool):,}. Draw fewer, or give a larger data set."
            )


def test_pool(examples: Examples) -> Pool:
    """Returns what test splits are drawn from.

    Raises:
        DataError: the dataset has no test side.
    """
    if examples.test is None:
        raise DataError(
            "the data has no test side, and the task draws its test split from one; give data "
            "that has, or a task that deals all splits from one pool."
        )
    return examples.test


def draw_items(
    examples: Examples, sizes: Mapping[str, int], *, images: int, seed: int, round: int
) -> Items:
    """Draws a round's images, none twice.

    Train is dealt from one end of the shuffled training images and validation from the other,
    test from the test images, shuffled apart. So no split changes with another's size, and a
    smaller split is the beginning of a larger one.

    Args:
        examples: enough of them, see `check_sizes`.
        sizes: the number of examples in each split.
        images: how many images an example shows.
        seed: of the study.
        round: from 0.
    """
    decks = {}
    if "test" in sizes:
        decks["test"] = permutation(len(test_pool(examples)), seed=seed, key=(round, TEST))
    if sizes.keys() - decks.keys():
        train = permutation(len(examples.train), seed=seed, key=(round, TRAIN))
        decks |= {"train": train, "validation": train[::-1]}
    return {
        split: decks[split][: images * number].reshape(number, images).copy()
        for split, number in sizes.items()
    }


def split_fold(
    items: NDArray[np.int64], *, folds: int, fold: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the examples outside a fold and those in it, each in order.

    Args:
        items: in random order, ``(N, images)``.
        folds: how many runs to cut them into; the first are longer by one where N leaves a rest.
        fold: from 0.
    """
    runs = np.array_split(items, folds)
    return np.concatenate([*runs[:fold], *runs[fold + 1 :]]), runs[fold]


def make_round(
    examples: Examples,
    items: Items,
    *,
    size: int,
    labels: Callable[[NDArray[np.int64]], Mapping[str, NDArray[np.int64]]],
    standardise: bool = True,
) -> RoundData:
    """Returns the splits for the images drawn, all standardised by the train split if at all.

    Args:
        examples: where the images come from.
        items: of the splits ``train`` and ``test``, and ``validation`` if there is one.
        size: the side to which images are averaged.
        labels: names labels, each ``(N, ...)``, from the classes of the images, ``(N, images)``.
        standardise: without, pixels are from 0 to 1 instead.

    Raises:
        DataError: all pixels of the train split are equal.
    """
    import torch

    test = test_pool(examples)
    sources = {"train": examples.train, "validation": examples.train, "test": test}
    pixels = {
        name: gather(sources[name].inputs[:, 0], drawn, size) for name, drawn in items.items()
    }
    mean, sd = moments(pixels["train"])
    if sd == 0:
        raise DataError("the training images drawn are all of one grey; nothing can be learned.")
    if not standardise:
        mean, sd = 0.0, WHITE
    splits = {}
    for name, drawn in items.items():
        pixels[name] -= np.float32(mean)
        pixels[name] /= np.float32(sd)
        named = labels(sources[name].labels[drawn].astype(np.int64))
        tensors = {label: torch.from_numpy(values) for label, values in named.items()}
        splits[name] = Split(torch.from_numpy(pixels[name]), tensors, drawn)
    preprocessing = Preprocessing(
        mean=(mean,), sd=(sd,), shrink=examples.shape[-1] // size, double=False
    )
    return RoundData(
        splits["train"],
        splits.get("validation"),
        splits["test"],
        preprocessing=preprocessing,
    )


def gather(images: NDArray[np.generic], items: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """Returns the images drawn, averaged to `size`: ``(*items.shape, size, size)``."""
    pixels = np.empty((items.size, size, size), np.float32)
    for part in _chunks(items.size):
        pixels[part] = block_means(
            images[items.reshape(-1)[part]].astype(np.uint8, copy=False), size
        )
    return pixels.reshape(*items.shape, size, size)


def moments(pixels: NDArray[np.float32]) -> tuple[float, float]:
    """Returns mean and standard deviation (divisor n) over all pixels, rounded only at the end.

    Args:
        pixels: whole bytes, or quarters of such, in any shape; up to 8 * 10**9 of them.
    """
    # Sums of quarters, and of their squares, stay below 2**53 sixteenths: they are exact in
    # float64 in whatever order a processor adds, and every machine standardises alike.
    flat, n, total, squares = pixels.reshape(-1), pixels.size, 0.0, 0.0
    for part in _chunks(n, 1 << 20):
        values = flat[part].astype(np.float64)
        total += float(values.sum())
        squares += float(values @ values)
    quarters, sixteenths = int(4 * total), int(16 * squares)
    return quarters / (4 * n), sqrt((n * sixteenths - quarters**2) / (16 * n**2))


def _chunks(n: int, length: int = _CHUNK) -> Iterator[slice]:
    # Whole splits at once would take the memory of several copies, at 60,000 images.
    return (slice(start, start + length) for start in range(0, n, length))
