"""Image archives: MNIST as packaged, or the same four files of another data set in a folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.data.cache import Arrays, cached_arrays, read_note, write_note
from bakeoff.data.folder import PARTS, Part, find_files
from bakeoff.data.idx import read_idx
from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 28
"""Height and width of an archive's images, in pixels."""

CLASSES = 10

MNIST_DIGEST = "0e35bab2140f9544fde28c376f746b4462bfb6910facf3426326a3612b00fdfa"
"""The content digest of the packaged MNIST."""

_MNIST = Path(__file__).parent / "mnist"
_MNIST_SHA256 = {
    "train_images": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train_labels": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "test_images": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "test_labels": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}
"""Of the gzipped files in the package, as their publisher gives them."""


@dataclass(frozen=True, eq=False)
class Archive:
    """Labelled images of the digits 0 to 9, or of ten other classes; the arrays are read-only.

    Attributes:
        train_images: uint8 ``(n, 28, 28)``.
        train_labels: uint8 ``(n,)``.
        test_images: uint8 ``(m, 28, 28)``.
        test_labels: uint8 ``(m,)``.
        digest: 64 hexadecimal digits; equal exactly where the arrays are.
    """

    train_images: NDArray[np.uint8] = field(repr=False)
    train_labels: NDArray[np.uint8] = field(repr=False)
    test_images: NDArray[np.uint8] = field(repr=False)
    test_labels: NDArray[np.uint8] = field(repr=False)
    digest: str


def archive_digest(directory: Path | None = None) -> str:
    """Return the digest of an archive's content: the same for packed and unpacked files.

    A folder's files are decoded for it once, and again only after one of them changed.

    Args:
        directory: a folder of four IDX files; None is the packaged MNIST.

    Raises:
        DataError: as `open_archive`.
    """
    if directory is None:
        return MNIST_DIGEST
    return _noted(_stamp(find_files(directory))) or open_archive(directory).digest


def open_archive(directory: Path | None = None) -> Archive:
    """Return an archive, decoded when first opened and from then on mapped from the cache.

    The cache is the folder that the environment variable BAKEOFF_CACHE names, or the user's
    usual one; where it cannot be written, a temporary one; where neither can, memory.

    Args:
        directory: a folder of four IDX files, gzipped or not; None is the packaged MNIST.

    Raises:
        DataError: a file is missing, damaged, mislabelled, or does not fit the others.
    """
    if directory is None:
        return _cached(MNIST_DIGEST, _packaged)
    files = find_files(directory)
    # Stamped before they are read: files that change meanwhile are another archive next time.
    stamp = _stamp(files)
    digest = _noted(stamp)
    if digest is None:
        arrays = _decoded(files)
        digest = content_digest(arrays)
        write_note(stamp, digest)
        return _cached(digest, lambda: arrays)
    return _cached(digest, lambda: _decoded(files, expected=digest))


def content_digest(arrays: Arrays) -> str:
    """Return the SHA-256 over names, shapes and bytes of an archive's arrays."""
    named = {str(part): arrays[str(part)] for part in PARTS}
    parts = {
        name: [list(array.shape), hashlib.sha256(array.data).hexdigest()]
        for name, array in named.items()
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _cached(digest: str, decode: Callable[[], Arrays]) -> Archive:
    arrays = cached_arrays(digest, [str(part) for part in PARTS], decode, _sound)
    return Archive(digest=digest, **arrays)


def _packaged() -> Arrays:
    return {
        str(part): read_idx(
            _MNIST / f"{part.names()[0]}.gz", part.kind, sha256=_MNIST_SHA256[str(part)]
        )
        for part in PARTS
    }


def _decoded(files: Mapping[Part, Path], *, expected: str | None = None) -> Arrays:
    arrays = {str(part): read_idx(path, part.kind) for part, path in files.items()}
    names = {str(part): str(path) for part, path in files.items()}
    for split in ("train", "test"):
        _check_split(arrays, names, split)
    if expected is not None and content_digest(arrays) != expected:
        folders = {str(path.parent) for path in files.values()}
        raise DataError(f"the files in {', '.join(folders)} changed while in use; run again.")
    return arrays


def _sound(arrays: Arrays) -> bool:
    try:
        for split in ("train", "test"):
            _check_split(arrays, dict.fromkeys(arrays, "the cache"), split)
    except DataError:
        return False
    return True


def _check_split(arrays: Arrays, names: Mapping[str, str], split: str) -> None:
    images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    images_name, labels_name = names[f"{split}_images"], names[f"{split}_labels"]
    if images.shape[1:] != (SIDE, SIDE):
        found = " x ".join(str(side) for side in images.shape[1:])
        raise DataError(
            f"{images_name} holds images of {found} pixels; they must be {SIDE} x {SIDE} (tasks "
            "of size 14 average these). Resize the images, or give another data set."
        )
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"{images_name} holds {len(images):,} images, and {labels_name} {len(labels):,} "
            "labels; there must be one for each image: are the files of one data set?"
        )
    if len(labels) == 0:
        raise DataError(f"{images_name} holds no images.")
    if labels.max() >= CLASSES:
        place = int(labels.argmax())
        raise DataError(
            f"{labels_name} holds the label {labels[place]} (item {place:,}); labels must be 0 to "
            f"{CLASSES - 1}. Give a data set of ten classes."
        )


def _noted(stamp: str) -> str | None:
    note = read_note(stamp)
    return note if note is not None and re.fullmatch(r"[0-9a-f]{64}", note) else None


def _stamp(files: Mapping[Part, Path]) -> str:
    """Return a hash that changes whenever a file is written, without reading the files."""
    stats = {str(path.resolve()): path.stat() for path in files.values()}
    facts = [[path, s.st_size, s.st_mtime_ns, s.st_ctime_ns] for path, s in stats.items()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
