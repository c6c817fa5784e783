"""Whether the pages of a store's file agree with each other: rows of a damaged page may be missed.

What stands in a row has its digest. To look at all pages takes seconds for each gigabyte, from a
disk a minute; so a large file that bakeoff closed, and nothing has changed since, is looked at once
a day.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from bakeoff.data.cache import read_note, write_note
from bakeoff.errors import DataError

_LARGE = 64 << 20
"""Bytes of a file that takes longer than a blink."""

_DAY = 24 * 3600.0


def fault_of_pages(db: sqlite3.Connection, path: Path) -> str | None:
    """Returns in what the pages of a store contradict each other; None if they do not."""
    if _was_sound(path):
        return None
    (first,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if first != "ok":
        return " ".join(str(first).split())
    _note(path, time.time())
    return None


def note_closed(path: Path) -> None:
    """Notes how a file is left that was sound when it was opened, and is whole now."""
    known = _noted(path)
    if known is not None:
        _note(path, known[1])


def _was_sound(path: Path) -> bool:
    known = _noted(path)
    return known is not None and known[0] == _state(path) and 0 <= time.time() - known[1] < _DAY


def _noted(path: Path) -> tuple[str, float] | None:
    """Returns the state of a large file as noted, and when it was looked at."""
    with suppress(OSError, ValueError, DataError):
        if path.stat().st_size >= _LARGE:
            state, _, at = (read_note(_key(path)) or "").rpartition(" ")
            return state, float(at)
    return None


def _note(path: Path, at: float) -> None:
    with suppress(OSError, DataError):
        if path.stat().st_size >= _LARGE:
            write_note(_key(path), f"{_state(path)} {at}")


def _state(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns}"


def _key(path: Path) -> str:
    return f"store-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()}"
