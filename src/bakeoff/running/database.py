"""The SQLite file of a store: opening it, and its errors in plain words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from bakeoff.errors import StoreError
from bakeoff.running import schema
from bakeoff.running.pages import fault_of_pages

Waiting: TypeAlias = Callable[[sqlite3.Connection], None]
"""Is called whenever another process has held the write lock for the connection's patience; the
wait goes on unless it raises an error."""

_CREATE = "mode=rwc"

_REASONS = {
    "SQLITE_NOTADB": "is neither a bakeoff store nor another SQLite database; give another path",
    "SQLITE_CORRUPT": "is damaged: {error}; restore it from a copy, or give another path",
    "SQLITE_BUSY": "is locked by another program; end that program, or wait, and run again",
    "SQLITE_LOCKED": "is locked by another program; end that program, or wait, and run again",
    "SQLITE_FULL": "cannot grow, because its disk is full; make room and run again",
    "SQLITE_READONLY": "cannot be written; change its permissions, or give another path",
    "SQLITE_CANTOPEN": "cannot be opened; look at the permissions of the file and its folder",
    "SQLITE_PERM": "cannot be opened; look at the permissions of the file and its folder",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into a `StoreError` that names the store and what to do."""
    try:
        yield
    except UnicodeDecodeError as error:  # Of the text of a table's own declaration, say.
        reason = _REASONS["SQLITE_CORRUPT"].format(error=error)
        raise StoreError(f"the store {path} {reason}.") from None
    except sqlite3.Error as error:
        code = "_".join(_code(error).split("_")[:2])
        reason = _REASONS.get(code, "cannot be used: {error}").format(error=error)
        if code == "SQLITE_IOERR" and (most := _largest_file()) is not None:
            reason = (
                f"cannot be written: files may have {most:,} bytes at most here (ulimit -f); allow "
                "more, and run again"
            )
        raise StoreError(f"the store {path} {reason}.") from None


def _largest_file() -> int | None:
    """Returns the limit on the size of a file, where there is one."""
    try:
        import resource
    except ImportError:  # The system knows no such limit.
        return None
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return None if most == resource.RLIM_INFINITY else most


def open_to_write(
    path: Path, patience: float, waiting: Waiting | None = None, *, check: bool = True
) -> sqlite3.Connection:
    """Returns a connection to a store, which is made if there is nothing at the path.

    Args:
        path: the store's file.
        patience: seconds to wait for another process that is writing.
        waiting: what to do then; None to give up.
        check: whether to look at all pages of the file.

    Raises:
        StoreError: the path cannot hold a store, or holds something else.
    """
    _check_place(path)
    if not path.parent.is_dir():
        raise StoreError(
            f"the store {path} cannot be made: there is no folder {path.parent}; make it, or give "
            "another path."
        )
    for place in (path, path.parent) if path.exists() else (path.parent,):
        if not os.access(place, os.W_OK):
            raise StoreError(
                f"the store {path} cannot be written: {place} does not allow it; change its "
                "permissions, or give another path."
            )
    return _opened(path, _CREATE, patience, waiting, check=check)


def open_to_read(path: Path, patience: float) -> sqlite3.Connection:
    """Returns a connection to a store that exists, which cannot change it.

    Where the file and its folder can be written, the last connection that is closed folds the
    write-ahead log into the file, as that of a writer does, and leaves no other file behind.

    Raises:
        StoreError: nothing has been stored at the path, or something else is there.
    """
    _check_place(path)
    if not path.exists():
        raise StoreError(_no_store(path))
    if all(os.access(place, os.W_OK) for place in (path, path.parent)):
        db = _opened(path, "mode=rw", patience)
        db.execute("PRAGMA query_only = ON")
        return db
    try:
        return _opened(path, "mode=ro", patience)
    except StoreError:
        # In a folder that it cannot write, SQLite reads a store only as one that never changes.
        if os.access(path.parent, os.W_OK) or _log(path).exists():
            raise
        return _opened(path, "immutable=1", patience)


def _no_store(path: Path) -> str:
    return f"there is no store {path}; `bakeoff run STUDY --store {path}` makes one."


def _check_place(path: Path) -> None:
    try:
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "not a regular file"
            raise StoreError(f"the store {path} is {kind}; give the path of a file.")
    except OSError as error:
        raise StoreError(f"the store {path} cannot be opened: {error.strerror}.") from None


def _opened(
    path: Path, mode: str, patience: float, waiting: Waiting | None = None, *, check: bool = True
) -> sqlite3.Connection:
    with explained(path):
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=patience, isolation_level=None
        )
        try:
            if schema.is_blank(db):
                if mode != _CREATE:
                    raise StoreError(_no_store(path))
                _make(db, patience)
            schema.check(db, str(path))
            if check and (fault := fault_of_pages(db, path)) is not None:
                reason = _REASONS["SQLITE_CORRUPT"].format(error=fault)
                raise StoreError(f"the store {path} {reason}.")
            if mode == _CREATE:
                _make_ready_to_write(db, waiting)
                fold(db)
        except BaseException:
            db.close()
            raise
    return db


def _make(db: sqlite3.Connection, patience: float) -> None:
    _use_log(db, patience)
    with transaction(db):
        # Two runs may both see a blank file; the second sees tables here.
        if schema.is_blank(db):
            schema.create(db)


def fold(db: sqlite3.Connection) -> None:
    """Folds the write-ahead log into the file, so that the file alone is the whole store.

    Whatever another process still reads, or cannot be written now, stays in the log.
    """
    (patience,) = db.execute("PRAGMA busy_timeout").fetchone()
    try:
        db.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.Error), closing(db.execute("PRAGMA wal_checkpoint(TRUNCATE)")) as log:
            log.fetchall()
    finally:
        db.execute(f"PRAGMA busy_timeout = {patience}")


def copy(db: sqlite3.Connection, path: Path) -> None:
    """Writes a copy of a store as it is now, whatever others write to it meanwhile.

    The copy holds no leases: runs at work on the store do not train for it.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as to:
        db.backup(to)
        to.execute("DELETE FROM leases")


def _make_ready_to_write(db: sqlite3.Connection, waiting: Waiting | None) -> None:
    # A trial takes seconds, a wait for the disk milliseconds. With it, not even a power cut loses
    # a stored trial.
    db.execute("PRAGMA synchronous = FULL")
    # This refuses a store that cannot be written now, not after the first trial.
    with transaction(db, waiting):
        schema.upgrade(db)


def _use_log(db: sqlite3.Connection, patience: float) -> None:
    """Switches to a write-ahead log, with which readers and the one writer never wait."""
    until = time.monotonic() + patience
    while True:
        try:
            with closing(db.execute("PRAGMA journal_mode = WAL")) as cursor:
                cursor.fetchall()
                return
        except sqlite3.OperationalError as error:
            # For this statement alone, SQLite does not wait by itself.
            if not _code(error).startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(0.01)


@contextmanager
def transaction(db: sqlite3.Connection, waiting: Waiting | None = None) -> Iterator[None]:
    """Holds the store's only write lock; all writes within become visible at once, or none."""
    try:
        while not db.in_transaction:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if waiting is None or not _code(error).startswith("SQLITE_BUSY"):
                    raise
                waiting(db)
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _code(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "")


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
