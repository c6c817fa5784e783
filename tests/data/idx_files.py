"""Small IDX files, right and wrong, for the tests of this folder."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bakeoff.data.dataset import Dataset, Examples, Pool

NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


def encode(array: NDArray[np.generic], *, kind: int = 0x08) -> bytes:
    """Return an array of unsigned bytes in IDX form; another `kind` claims another type."""
    header = bytes((0, 0, kind, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def contents(train: int = 40, test: int = 20, *, seed: int = 0) -> dict[str, NDArray[np.uint8]]:
    """Return random images and labels, named as the arrays of an archive."""
    rng = np.random.default_rng(seed)
    counts = {"train": train, "test": test}
    images = {f"{split}_images": (n, 28, 28) for split, n in counts.items()}
    arrays = {name: rng.integers(0, 256, shape, np.uint8) for name, shape in images.items()}
    labels = {f"{split}_labels": rng.integers(0, 10, n, np.uint8) for split, n in counts.items()}
    return arrays | labels


def write_archive(
    folder: Path, arrays: dict[str, NDArray[np.uint8]], *, packed: bool = False
) -> Path:
    """Write four IDX files under MNIST's names, gzipped if `packed`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        data = encode(array)
        if packed:
            (folder / f"{NAMES[name]}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / NAMES[name]).write_bytes(data)
    return folder


def examples_of(arrays: dict[str, NDArray[np.generic]]) -> Examples:
    """Return a dataset's content: grey images of ten classes."""
    train, test = (
        Pool(arrays[f"{side}_images"][:, None], arrays[f"{side}_labels"].astype(np.int64))
        for side in ("train", "test")
    )
    return Examples(train, test, classes=tuple("0123456789"))


class Random(Dataset):
    """Random images and labels, as `contents` gives them."""

    train: int = 60
    test: int = 40
    grey: bool = False

    def read(self) -> Examples:
        """Return them, all pixels equal if `grey`."""
        arrays = contents(self.train, self.test)
        if self.grey:
            arrays = {n: a * 0 + 7 if n.endswith("images") else a for n, a in arrays.items()}
        return examples_of(arrays)


def arrays_of(examples: Examples) -> dict[str, NDArray[np.generic]]:
    """Return images and labels of both sides, named as the files that they are read from."""
    assert examples.test is not None
    return {
        "train_images": examples.train.inputs[:, 0],
        "train_labels": examples.train.labels,
        "test_images": examples.test.inputs[:, 0],
        "test_labels": examples.test.labels,
    }


def assert_holds(examples: Examples, arrays: dict[str, NDArray[np.uint8]]) -> None:
    """Compare all four arrays of a dataset with those expected."""
    for name, array in arrays_of(examples).items():
        np.testing.assert_array_equal(array, arrays[name])
