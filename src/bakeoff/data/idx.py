"""IDX files, the format of MNIST and its kin: a header with the shape, then the bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zlib
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias

from bakeoff.data.files import check_unpacked
from bakeoff.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

Kind: TypeAlias = Literal["images", "labels"]

DIMENSIONS: dict[Kind, tuple[int, ...]] = {"images": (3, 4), "labels": (1,)}
"""How many axes an array may have; images with four have their channels last."""

_UNSIGNED_BYTE = 0x08
_TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
_GZIP = b"\x1f\x8b"
_LONGEST_HEADER = 4 + 4 * 255
_AGAIN = "fetch the file again"


def read_idx(path: Path, kind: Kind, *, sha256: str | None = None) -> NDArray[np.uint8]:
    """Reads an IDX file of unsigned bytes, gzipped or not, whatever its name ends with.

    Args:
        path: the file.
        kind: what it should hold.
        sha256: what the bytes of the file, as they are on disk, must hash to.

    Returns:
        Images ``(n, rows, columns)``, maybe with channels last, or labels ``(n,)``, read-only.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    digest = None if sha256 is None else hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise DataError(
            f"{path} is not the file that came with bakeoff: its SHA-256 is {digest}, expected "
            f"{sha256}; install bakeoff again."
        )
    return parse_idx(_unpacked(path, data) if data.startswith(_GZIP) else data, kind, path)


def parse_idx(data: bytes, kind: Kind, name: object) -> NDArray[np.uint8]:
    """Returns the array that the bytes of an IDX file describe, as a read-only view of them.

    Args:
        data: the whole file, unpacked.
        kind: what it should hold.
        name: what errors call the file.

    Raises:
        DataError: the bytes are no IDX file, or hold another type, shape or number of values.
    """
    import numpy as np

    _check_magic(data, kind, name)
    dimensions = data[3]
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise DataError(
            f"{name} is truncated: it ends after {len(data)} bytes, within its header of {start}; "
            f"{_AGAIN}."
        )
    shape = _shape(data)
    announced, length = prod(shape), len(data) - start
    if length != announced:
        fault = "is truncated" if length < announced else "has bytes after its end"
        sizes = " x ".join(f"{size:,}" for size in shape)
        raise DataError(
            f"{name} {fault}: its header announces {sizes} {kind if len(shape) == 1 else 'pixels'}"
            f", {announced:,} bytes in all, and {length:,} follow it; {_AGAIN}."
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _shape(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])


def _unpacked(path: Path, data: bytes) -> bytes:
    """Returns the unpacked bytes of a gzipped file, at most one more than its header announces."""
    try:
        with gzip.open(io.BytesIO(data)) as file:
            head = file.read(_LONGEST_HEADER)
            start = 4 + 4 * head[3] if len(head) > 3 else 0
            whole = start + prod(_shape(head)) if 4 < start <= len(head) else len(head)
            check_unpacked(path, whole)
            return head + file.read(max(0, whole + 1 - len(head)))
    except EOFError:
        fault = f"is truncated: its gzip data breaks off after {len(data):,} bytes"
    except (gzip.BadGzipFile, zlib.error) as error:
        fault = f"is corrupt: its gzip data does not unpack ({error})"
    raise DataError(f"{path} {fault}; {_AGAIN}.")


def _check_magic(data: bytes, kind: Kind, name: object) -> None:
    allowed = DIMENSIONS[kind]
    wanted = bytes((0, 0, _UNSIGNED_BYTE, allowed[0]))
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in {_UNSIGNED_BYTE, *_TYPES}:
        start = f"starts with the bytes {data[:4].hex(' ')}" if data else "is empty"
        raise DataError(
            f"{name} is not an IDX file: it {start}; {kind} start with {wanted.hex(' ')}; {_AGAIN}."
        )
    if data[2] != _UNSIGNED_BYTE:
        raise DataError(
            f"{name} holds values of type {_TYPES[data[2]]} (0x{data[2]:02x}); {kind} must be "
            f"unsigned bytes (0x{_UNSIGNED_BYTE:02x})."
        )
    if data[3] not in allowed:
        other = next((k for k, numbers in DIMENSIONS.items() if data[3] in numbers), None)
        held = f"{other}, of dimension {data[3]}" if other else f"an array of dimension {data[3]}"
        hint = "; is the file mislabelled, or were two swapped?" if other else "."
        raise DataError(
            f"{name} holds {held}, where {kind}, of dimension {allowed[0]}, are expected{hint}"
        )
