"""Files that are whole or not there: written beside their place, and renamed."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from bakeoff.errors import DataError

UNFINISHED = ".unfinished"
"""The suffix of a file that is being written."""

_STALE_SECONDS = 3600

_ROOMY = 1 << 30
"""Bytes that a packed file may unpack to, whatever its own size."""

_DENSEST = 200
"""How many times its own size a larger one may unpack to; zeros alone reach 1,030 times."""


def write_whole(path: Path, content: bytes | Callable[[IO[bytes]], object]) -> None:
    """Writes a file so that others see it whole or not at all; a crash leaves what stood there.

    A file that cannot be written is removed, so that it takes no room, and those that a killed
    process left in the folder an hour ago or more.

    Args:
        path: the file; a link is followed, and a pipe or a device is written to as it is.
        content: the bytes, or a function that writes them to an open file.

    Raises:
        OSError: it cannot be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            _write(file, content)
        return
    sweep(path.parent, older_than=_STALE_SECONDS)
    beside = path.with_name(f"{uuid.uuid4().hex}{UNFINISHED}")
    try:
        with beside.open("xb") as file:
            _write(file, content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def sweep(folder: Path, *, older_than: float = 0.0) -> None:
    """Removes unfinished files from a folder.

    Args:
        folder: where they may be.
        older_than: seconds; another process may be at work on a younger one.
    """
    for left in folder.glob(f"*{UNFINISHED}"):
        # Another process may sweep the same.
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime >= older_than:
                left.unlink()


def _write(file: IO[bytes], content: bytes | Callable[[IO[bytes]], object]) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        content(file)


def check_unpacked(path: Path, unpacked: int) -> None:
    """Refuses a packed file that would fill the memory with nothing, before it is unpacked.

    Args:
        path: the packed file.
        unpacked: the bytes that it says it unpacks to.

    Raises:
        DataError: these are too many for its size.
    """
    packed = path.stat().st_size
    if unpacked > max(_ROOMY, _DENSEST * packed):
        raise DataError(
            f"{path} has {packed:,} bytes and would unpack to {unpacked:,}, more than "
            f"{_DENSEST} times as many, which no data does; fetch the file again, or unpack it."
        )
