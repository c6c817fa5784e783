"""Small IDX files, right and wrong, for the tests of this folder."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bakeoff.data.archive import Archive

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


def assert_holds(archive: Archive, arrays: dict[str, NDArray[np.uint8]]) -> None:
    """Compare all four arrays of an archive with those expected."""
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(archive, name), array, strict=True)
