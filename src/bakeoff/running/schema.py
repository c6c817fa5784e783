"""The tables of a store, and the marks by which a store is told from any other file."""

from __future__ import annotations

import sqlite3
from importlib.metadata import version

from bakeoff.errors import StoreError

APPLICATION = 0x62616B65
"""SQLite's application id of a store: the letters `bake`."""

SCHEMA = 1
"""Raised with every change to the tables below."""

_TABLES = (
    # One row for each answered trial. `workload` is equal for trials that do the same arithmetic.
    """
    CREATE TABLE trials (
        key TEXT PRIMARY KEY NOT NULL,
        workload TEXT NOT NULL,
        status TEXT NOT NULL,
        round INTEGER NOT NULL,
        description TEXT NOT NULL,
        code TEXT NOT NULL,
        curves TEXT NOT NULL,
        parameters INTEGER NOT NULL,
        seconds REAL NOT NULL,
        answers BLOB NOT NULL,
        bakeoff TEXT NOT NULL,
        torch TEXT NOT NULL,
        python TEXT NOT NULL,
        machine TEXT NOT NULL,
        device TEXT NOT NULL,
        finished_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX trials_workload ON trials (workload)",
    # One row for each trial that some run has taken on. `beat` is in seconds since 1970.
    """
    CREATE TABLE leases (
        key TEXT PRIMARY KEY NOT NULL,
        owner TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started REAL NOT NULL,
        beat REAL NOT NULL
    )
    """,
    """
    CREATE TABLE failures (
        key TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        message TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (key, attempt)
    )
    """,
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        study TEXT NOT NULL,
        shortening TEXT NOT NULL,
        device TEXT NOT NULL,
        directory TEXT,
        data TEXT NOT NULL,
        started_at TEXT NOT NULL
    )
    """,
    # The trials of each run, so that what is missing can be told without the study.
    """
    CREATE TABLE run_trials (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        workload TEXT NOT NULL,
        multiply_adds INTEGER,
        PRIMARY KEY (run, key)
    ) WITHOUT ROWID
    """,
    # What made the store; every later schema keeps this table, for older versions to read.
    "CREATE TABLE about (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
)


def is_blank(db: sqlite3.Connection) -> bool:
    """Return whether a database holds nothing at all, as an empty file does."""
    tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    return not (tables or _pragma(db, "application_id") or _pragma(db, "user_version"))


def create(db: sqlite3.Connection) -> None:
    """Make the tables, within the transaction that the caller has begun."""
    for statement in _TABLES:
        db.execute(statement)
    db.execute("INSERT INTO about VALUES ('bakeoff', ?)", (version("bakeoff"),))
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {SCHEMA}")


def check(db: sqlite3.Connection, name: str) -> None:
    """Refuse a database that is no store, or one of a schema that this version cannot read.

    Args:
        db: the database.
        name: what the message calls it.

    Raises:
        StoreError: as said.
    """
    if _pragma(db, "application_id") != APPLICATION:
        raise StoreError(
            f"{name} is a database of another application, not a bakeoff store; give another "
            "path, and bakeoff makes a store there."
        )
    found = _pragma(db, "user_version")
    if found > SCHEMA:
        raise StoreError(
            f"{name} was written by bakeoff {_writer(db)} and has schema {found}; bakeoff "
            f"{version('bakeoff')} reads up to schema {SCHEMA}. Upgrade bakeoff, or give another "
            "store."
        )


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _writer(db: sqlite3.Connection) -> str:
    try:
        row = db.execute("SELECT value FROM about WHERE name = 'bakeoff'").fetchone()
    except sqlite3.OperationalError:
        row = None
    return str(row[0]) if row else "of a later version"
