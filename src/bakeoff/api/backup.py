"""A copy of a store, whole and at one moment."""

from __future__ import annotations

from pathlib import Path

from bakeoff.errors import StoreError
from bakeoff.running.store import Store


def backup(store: Path | str, path: Path | str) -> Path:
    """Copies a store to a new file, also while a run writes to it, and returns the file's path.

    While a run is at work, the last trials may lie in a file beside the store, so that a copy of
    the store's file alone may lack them. This copy has every trial that is stored when it begins.

    Args:
        store: the SQLite file that holds all results.
        path: the file to write.

    Raises:
        StoreError: there is no store, it is damaged, the file exists, or it cannot be written.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> backup("irises.db", "copy.db").name
        'copy.db'
    """
    path = Path(path)
    if path.exists():
        raise StoreError(f"{path} exists already; a store is copied to a new file, give another.")
    with Store.read(Path(store)) as opened:
        opened.copy(path)
    return path
