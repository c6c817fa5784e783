"""The tables of a store, and the marks of its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from importlib.metadata import version

from bakeoff.errors import StoreError

APPLICATION = 0x62616B65
"""SQLite's application id of a store: the letters `bake`."""

SCHEMA = 8
"""The number of the schema; every change to the tables below raises it. See `ADDED`."""

OLDEST = 3
"""The oldest schema that can be read; earlier ones were never released."""

_CHECKS = """
    CREATE TABLE checks (
        key TEXT PRIMARY KEY NOT NULL,
        findings TEXT NOT NULL,
        at TEXT NOT NULL{digest}
    )
    """

_SHOWN = """
    CREATE TABLE shown (
        key TEXT PRIMARY KEY NOT NULL,
        rounds INTEGER NOT NULL,
        shown_at TEXT NOT NULL{digest}
    )
    """

_USES = """
    CREATE TABLE uses (
        key TEXT NOT NULL,
        processor TEXT NOT NULL,
        torch TEXT NOT NULL,
        cost TEXT NOT NULL,
        reads TEXT NOT NULL,
        at TEXT NOT NULL,
        digest TEXT,
        PRIMARY KEY (key, processor, torch)
    )
    """

_DIGESTED = ("failures", "runs", "run_trials", "checks", "shown")
"""The tables whose rows have a digest of all else in them, but for a number; NULL in older rows."""

_DIGEST = ",\n        digest TEXT"

ADDED: Mapping[int, tuple[str, ...]] = {
    4: (_CHECKS.format(digest=""),),
    5: ("ALTER TABLE trials ADD COLUMN chance REAL", _SHOWN.format(digest="")),
    6: tuple(f"ALTER TABLE {table} ADD COLUMN digest TEXT" for table in _DIGESTED),
    7: (_USES,),
    8: ("ALTER TABLE runs ADD COLUMN origin TEXT",),
}
"""The statements that lead from each schema to the next, by the number of the next.

They add tables, or columns that may be NULL, as they are in older rows. A store that is opened to
write is upgraded; a store that is only read stays as it is.
"""

_TABLES = (
    # One row for each answered trial. `workload` is equal for trials that do the same arithmetic.
    # `evidence` is the digest of `reads` and `initial_weights`, which only a worker learns: a trial
    # may have several rows; those whose files are unchanged hold. `superseded` says why
    # a row no longer answers. `digest` is of all else in the row but NULL and `superseded`.
    """
    CREATE TABLE trials (
        key TEXT NOT NULL,
        evidence TEXT NOT NULL,
        workload TEXT NOT NULL,
        status TEXT NOT NULL,
        round INTEGER NOT NULL,
        description TEXT NOT NULL,
        code TEXT NOT NULL,
        measured TEXT NOT NULL,
        metric TEXT NOT NULL,
        curves TEXT NOT NULL,
        final TEXT NOT NULL,
        parameters INTEGER,
        seconds REAL NOT NULL,
        answers BLOB NOT NULL,
        notes TEXT NOT NULL,
        reads TEXT NOT NULL,
        initial_weights TEXT NOT NULL,
        weights BLOB,
        provenance TEXT,
        bakeoff TEXT NOT NULL,
        torch TEXT NOT NULL,
        python TEXT NOT NULL,
        machine TEXT NOT NULL,
        device TEXT NOT NULL,
        finished_at TEXT NOT NULL,
        superseded TEXT,
        digest TEXT NOT NULL,
        chance REAL,
        PRIMARY KEY (key, evidence)
    )
    """,
    "CREATE INDEX trials_workload ON trials (workload)",
    # One row for each trial that some run has taken on. `beat` is another number after each sign of
    # life of the run.
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
        digest TEXT,
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
        started_at TEXT NOT NULL,
        digest TEXT,
        origin TEXT
    )
    """,
    # The trials of each run, so that what is missing can be told without the study.
    """
    CREATE TABLE run_trials (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        workload TEXT NOT NULL,
        multiply_adds INTEGER,
        digest TEXT,
        PRIMARY KEY (run, key)
    ) WITHOUT ROWID
    """,
    # What was found in data and models before they were trained.
    _CHECKS.format(digest=_DIGEST),
    # At how many rounds the verdict on a claim was first shown; the key is the question's. Below 0
    # where so few could decide nothing, 0 where it holds after any number.
    _SHOWN.format(digest=_DIGEST),
    # What it costs to use a model, on each machine that measured it; the key is that of `use_key`.
    _USES,
    # What made the store; every later schema keeps this table, for older versions to read.
    "CREATE TABLE about (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
)


def is_blank(db: sqlite3.Connection) -> bool:
    """Returns whether a database is as empty as an empty file."""
    tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    return not (tables or _pragma(db, "application_id") or _pragma(db, "user_version"))


def create(db: sqlite3.Connection) -> None:
    """Makes the tables, within the caller's transaction."""
    for statement in _TABLES:
        db.execute(statement)
    db.execute("INSERT INTO about VALUES ('bakeoff', ?)", (version("bakeoff"),))
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {SCHEMA}")


def check(db: sqlite3.Connection, name: str) -> None:
    """Refuses a database that is no store, or whose schema this version cannot read.

    Args:
        db: the database.
        name: its name in the message.

    Raises:
        StoreError: the database is refused.
    """
    if _pragma(db, "application_id") != APPLICATION:
        raise StoreError(
            f"{name} is a database of another application, not a bakeoff store; give another "
            "path, where bakeoff can make a store."
        )
    schema = _pragma(db, "user_version")
    if schema > SCHEMA:
        raise StoreError(
            f"{name} was written by bakeoff {_writer(db)} and has schema {schema}; bakeoff "
            f"{version('bakeoff')} reads up to schema {SCHEMA}. Upgrade bakeoff, or give another "
            "store."
        )
    if schema < OLDEST:
        raise StoreError(
            f"{name} has schema {schema}, of bakeoff before its first release, whose trials were "
            f"drawn and keyed otherwise; bakeoff {version('bakeoff')} reads schema {OLDEST} to "
            f"{SCHEMA}. Keep the file for what it holds, and give another path for new results."
        )


def check_plain(db: sqlite3.Connection, name: str) -> None:
    """Refuses a store of somebody else's that has more than tables, which could run SQL when read.

    Args:
        db: the database.
        name: its name in the message.

    Raises:
        StoreError: it has a view, a trigger, a virtual table or a computed column.
    """
    rows = db.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, table, text in rows:
        is_plain = kind in {"table", "index"} and not str(text).upper().startswith("CREATE VIRTUAL")
        if kind == "table" and is_plain:
            columns = db.execute("SELECT hidden FROM pragma_table_xinfo(?)", (table,)).fetchall()
            is_plain = not any(hidden for (hidden,) in columns)
        if not is_plain:
            raise StoreError(
                f"{name} holds {str(table)!r}, which no version of bakeoff makes; it was altered, "
                "and nothing of it is taken. Ask for another copy."
            )


def upgrade(db: sqlite3.Connection) -> None:
    """Upgrades a store's tables to this version, within the caller's transaction."""
    for number in range(_pragma(db, "user_version") + 1, SCHEMA + 1):
        for statement in ADDED.get(number, ()):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _writer(db: sqlite3.Connection) -> str:
    try:
        row = db.execute("SELECT value FROM about WHERE name = 'bakeoff'").fetchone()
    except sqlite3.OperationalError:
        row = None
    return str(row[0]) if row else "of a later version"
