"""MNIST as packaged, and the same four files of another data set in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.data.arrays import file_stamp
from bakeoff.data.dataset import Dataset, Examples, Place, Pool
from bakeoff.data.folder import PARTS, find_files, is_transposed
from bakeoff.data.idx import read_idx
from bakeoff.data.labels import classes_of
from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MNIST_DIGEST = "9a1a4fcaba252aeff2a1e8b85e7a1e8b035aea98aaa725b991d90d879b6cd88a"
"""The content digest of the packaged MNIST."""

_MNIST = Path(__file__).parent / "mnist"
_MNIST_SHA256 = {
    "train_images": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train_labels": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "test_images": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "test_labels": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}
"""The digests of the gzipped files in the package, from their publisher."""


class MNIST(Dataset):
    """The 70,000 handwritten digits that come with bakeoff: images ``(1, 28, 28)``, ten classes.

    Example:
        >>> Digits(train=1000, test=1000, dataset=MNIST()).sizes
        {'train': 1000, 'test': 1000}
    """

    def read(self) -> Examples:
        """Returns 60,000 training and 10,000 test images.

        Raises:
            DataError: the package is damaged.
        """
        arrays = {
            str(part): read_idx(
                _MNIST / f"{part.names()[0]}.gz", part.kind, sha256=_MNIST_SHA256[str(part)]
            )
            for part in PARTS
        }
        return _examples(arrays, dict.fromkeys(arrays, "the package"))

    def digest(self) -> str:
        """Returns the packaged files' digest, without reading them."""
        return MNIST_DIGEST


class Idx(Dataset):
    """Four IDX files in a folder: images of any size, labels 0 to 255, gzipped or not.

    Their names are MNIST's, or EMNIST's, whose images are turned upright.

    Attributes:
        folder: where the files lie.

    Example:
        >>> Idx("fashion-mnist")
        Idx('fashion-mnist')
    """

    folder: Place = Field(kw_only=False)

    def read_from(self) -> tuple[Path, ...]:
        """Returns the four files.

        Raises:
            DataError: a file is missing.
        """
        return tuple(find_files(Path(self.folder)).values())

    def stamp(self) -> str:
        """Returns a hash that changes whenever a file is written.

        Raises:
            DataError: a file is missing.
        """
        return file_stamp(self.read_from(), type(self).__name__)

    def read(self) -> Examples:
        """Returns the images ``(N, 1, rows, columns)`` or ``(N, channels, rows, columns)``.

        Raises:
            DataError: a file is missing, damaged, mislabelled, or does not fit the others.
        """
        files = find_files(Path(self.folder))
        arrays = {str(part): read_idx(path, part.kind) for part, path in files.items()}
        for part, path in files.items():
            if part.kind == "images" and is_transposed(path):
                arrays[str(part)] = arrays[str(part)].swapaxes(1, 2)
        return _examples(arrays, {str(part): str(path) for part, path in files.items()})


def _examples(arrays: Mapping[str, NDArray[np.uint8]], names: Mapping[str, str]) -> Examples:
    sides = ("train", "test")
    for side in sides:
        _check_side(arrays, names, side)
    shapes = [arrays[f"{side}_images"].shape[1:] for side in sides]
    if shapes[0] != shapes[1]:
        sizes = [" x ".join(map(str, shape)) for shape in shapes]
        raise DataError(
            f"{names['train_images']} holds images of {sizes[0]} pixels, and "
            f"{names['test_images']} of {sizes[1]}; they must be of the same size."
        )
    labels, classes, remarks = classes_of(
        {side: arrays[f"{side}_labels"] for side in sides}, names["train_labels"]
    )
    train, test = (Pool(_with_channels(arrays[f"{s}_images"]), labels[s]) for s in sides)
    return Examples(train, test, classes=classes, remarks=remarks)


def _with_channels(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns images ``(N, rows, columns)`` or ``(N, rows, columns, channels)`` channels first."""
    return images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)


def _check_side(
    arrays: Mapping[str, NDArray[np.uint8]], names: Mapping[str, str], side: str
) -> None:
    images, labels = arrays[f"{side}_images"], arrays[f"{side}_labels"]
    images_name, labels_name = names[f"{side}_images"], names[f"{side}_labels"]
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"{images_name} holds {len(images):,} images, and {labels_name} {len(labels):,} "
            "labels; there must be one for each image: are the files of one data set?"
        )
    if len(labels) == 0:
        raise DataError(f"{images_name} holds no images.")
    if 0 in images.shape:
        raise DataError(f"{images_name} holds images without pixels.")
