"""One store's trials put into another: what is new is added, and nothing is overwritten."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from bakeoff.errors import StoreError
from bakeoff.running import database
from bakeoff.running.records import RunRecord
from bakeoff.running.rows import (
    Value,
    findings_from_text,
    insert,
    reads_of,
    row_digest,
    run_record,
    stored,
    use_cost_from_text,
)
from bakeoff.running.schema import check_plain
from bakeoff.spec import digest
from bakeoff.training.history import Difference, differences

Columns = Mapping[str, tuple[type, ...]]
"""What a table's columns may hold, by name."""

_PATIENCE = 30.0
_LARGEST = 1 << 30
"""Bytes of a trial's answers, unpacked; those to a million test examples have fewer."""

_HELD: Mapping[str, tuple[type, ...]] = {
    "TEXT": (str,),
    "INTEGER": (int,),
    "REAL": (float, int),
    "BLOB": (bytes,),
}


@dataclass(frozen=True)
class Part:
    """The part of a store that is about one run of a study.

    Attributes:
        evidence: of the row of each of its trials, by key; empty for one without an answer.
        checks: the keys of what was checked before training.
        claims: the keys of claims.
        run: the run; None where none is recorded.
    """

    evidence: Mapping[str, str]
    checks: Collection[str]
    claims: Collection[str]
    run: RunRecord | None


@dataclass(frozen=True)
class Contradiction:
    """A trial that has other numbers in one store than in another.

    Attributes:
        key: the trial's key.
        setup: what was trained, as text.
        round: from 0.
        differences: from the store that is kept to the other.
    """

    key: str
    setup: str
    round: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Merged:
    """What became of one store's trials in another.

    Attributes:
        source: the store that they come from.
        new: how many were added.
        same: how many were there already, with the same numbers to the bit.
        contradictions: those that were there with other numbers, which stay as they were.
        damaged: the keys of those whose rows are damaged; they are left out.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> merged = merge(["irises.db"], "all.db")[0]
        >>> merged.new >= 12, len(merged.contradictions)
        (True, 0)
    """

    source: Path
    new: int
    same: int
    contradictions: tuple[Contradiction, ...] = ()
    damaged: tuple[str, ...] = ()


def merge(
    sources: Iterable[Path | str],
    into: Path | str,
    *,
    part: Part | None = None,
    origin: Path | None = None,
) -> tuple[Merged, ...]:
    """Puts the trials of some stores into another, all in one transaction.

    A trial that is there already stays as it is: it counts as the same if its curves, answers and
    first weights are equal to the bit, else as a contradiction. Answers to other contents of the
    files that a user's code reads are other answers, and stand beside each other. Notes of runs,
    checks and shown verdicts are taken along; where both stores have one, the earlier counts. What
    answers cost is taken along with a whole store; of two measurements on a machine, the later
    counts.

    Args:
        sources: files of results, which stay as they are; of two that contradict each other, the
            earlier counts.
        into: a file of results; a new one if there is none.
        part: what is taken; None for everything.
        origin: where the file of the study lies that the sources' runs are of, where these do not
            say; None if that is unknown.

    Returns:
        What became of each of the sources.

    Raises:
        StoreError: a file is no store, is damaged, or of a newer schema; nothing is merged then.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> merge(["irises.db"], "both.db")[0].new >= 12
        True
    """
    paths, target = [Path(source) for source in sources], Path(into)
    for path in paths:
        if target.exists() and path.exists() and path.samefile(target):
            raise StoreError(f"the store {path} cannot be merged into itself; give another.")
    with ExitStack() as stack:
        opened = [(path, stack.enter_context(closing(_source(path)))) for path in paths]
        db = stack.enter_context(closing(database.open_to_write(target, _PATIENCE)))
        with database.explained(target), database.transaction(db):
            return tuple(
                _merged(_Source(path, source, db), db, part, origin) for path, source in opened
            )


def _source(path: Path) -> sqlite3.Connection:
    """Returns a connection to a store of somebody else's, which could be made to do harm."""
    db = database.open_to_read(path, _PATIENCE)
    try:
        with database.explained(path):
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("BEGIN")
            check_plain(db, str(path))
            (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise StoreError(
                f"the store {path} is damaged: {sound}; restore it from a copy, or give another "
                "path."
            )
    except BaseException:
        db.close()
        raise
    return db


class _Source:
    """A store that is read from."""

    def __init__(self, path: Path, db: sqlite3.Connection, target: sqlite3.Connection) -> None:
        self.path, self._db = path, db
        self._columns = {
            name: _columns(target, name)
            for name in ("trials", "checks", "shown", "uses", "failures", "runs", "run_trials")
        }
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        with database.explained(path):
            self._tables = {name for (name,) in db.execute(tables)}

    def rows(self, table: str, rest: str = "", values: Sequence[Value] = ()) -> list[sqlite3.Row]:
        """Returns rows of a table; none of one that an older schema lacks."""
        if table not in self._tables:
            return []
        with database.explained(self.path):
            return _rows(self._db, f"SELECT * FROM {table} {rest}", values)

    def sound(self, table: str, rest: str = "", values: Sequence[Value] = ()) -> list[sqlite3.Row]:
        """Returns rows of a table, all of which hold what they should.

        Raises:
            StoreError: one does not.
        """
        rows = self.rows(table, rest, values)
        for row in rows:
            try:
                whole = {None, row_digest(dict(row))}
                if not self.fits(table, row) or dict(row).get("digest") not in whole:
                    raise ValueError("a column holds what it should not")
                if table == "checks":
                    findings_from_text(row["findings"])
                elif table == "uses":
                    use_cost_from_text(row["cost"])
                    files = reads_of(dict(row))
                    if not all(isinstance(each, str) for file in files for each in file):
                        raise ValueError("a file has no path or no digest")
                elif table == "runs":
                    run_record(row)
            except Exception as error:
                raise StoreError(
                    f"the store {self.path} is damaged: its {table} cannot be read ({error}); "
                    "restore it from a copy, or give another path."
                ) from None
        return rows

    def fits(self, table: str, row: sqlite3.Row) -> bool:
        """Whether a row has no column of its own, and each holds what it should."""
        columns, held = self._columns[table], dict(row)
        return held.keys() <= columns.keys() and all(
            isinstance(held.get(name), kinds) for name, kinds in columns.items()
        )

    def trials(self) -> Iterator[tuple[str, str]]:
        """Yields key and evidence of every row that still answers, the oldest first."""
        query = (
            "SELECT key, evidence FROM trials WHERE superseded IS NULL "
            "ORDER BY finished_at, key, evidence"
        )
        with database.explained(self.path):
            pairs = self._db.execute(query).fetchall()
        yield from pairs

    def intact(self, row: sqlite3.Row) -> bool:
        """Whether a trial's row is as it was stored, and can be read."""
        try:
            with zipfile.ZipFile(io.BytesIO(row["answers"])) as answers:
                size = sum(member.file_size for member in answers.infolist())
            if not self.fits("trials", row) or size > _LARGEST or not _is_intact(row):
                return False
            history = stored(row).history
            names = (
                digest(json.loads(row["description"])),
                digest([json.loads(row["reads"]), row["initial_weights"]]),
            )
            return (
                names == (row["key"], row["evidence"])
                and history.status in {"finished", "diverged"}
                and all(isinstance(note, str) for note in history.notes)
            )
        except Exception:
            return False


def _is_intact(row: sqlite3.Row) -> bool:
    """Whether a trial's row has the content that was stored."""
    return bool(row_digest(dict(row)) == row["digest"])


def _merged(
    source: _Source, db: sqlite3.Connection, part: Part | None, origin: Path | None
) -> Merged:
    new = same = 0
    contradictions: list[Contradiction] = []
    damaged: list[str] = []
    for key, evidence in source.trials():
        if part is not None and part.evidence.get(key) != evidence:
            continue
        (row,) = source.rows("trials", "WHERE key = ? AND evidence = ?", (key, evidence))
        if not source.intact(row):
            damaged.append(str(key))
            continue
        known = _rows(db, "SELECT * FROM trials WHERE key = ?", (key,))
        alike = [each for each in known if each["reads"] == row["reads"] and _is_intact(each)]
        if not alike:
            # An existing row is damaged.
            insert(db, "trials", dict(row), "OR REPLACE")
            new += 1
            continue
        history = stored(row).history
        apart = [differences(stored(each).history, history) for each in alike]
        if () in apart:
            same += 1
        else:
            contradictions.append(Contradiction(key, row["code"], row["round"], apart[-1]))
    _take_notes(source, db, part)
    _take_runs(source, db, part, origin)
    return Merged(source.path, new, same, tuple(contradictions), tuple(damaged))


def _take_notes(source: _Source, db: sqlite3.Connection, part: Part | None) -> None:
    """Takes along what a store notes beside its trials."""
    for row in source.sound("failures"):
        if part is None or row["key"] in part.evidence:
            insert(db, "failures", dict(row), "OR IGNORE")
    for row in source.sound("checks"):
        if part is None or row["key"] in part.checks:
            insert(db, "checks", dict(row), "OR IGNORE")
    for row in source.sound("shown"):
        if part is None or row["key"] in part.claims:
            known = db.execute("SELECT shown_at FROM shown WHERE key = ?", (row["key"],)).fetchone()
            if known is None or row["shown_at"] < known[0]:
                insert(db, "shown", dict(row), "OR REPLACE")
    if part is None:
        for row in source.sound("uses"):
            machine = (row["key"], row["processor"], row["torch"])
            query = "SELECT at FROM uses WHERE key = ? AND processor = ? AND torch = ?"
            known = db.execute(query, machine).fetchone()
            if known is None or row["at"] > known[0]:
                insert(db, "uses", dict(row), "OR REPLACE")


def _take_runs(
    source: _Source, db: sqlite3.Connection, part: Part | None, origin: Path | None
) -> None:
    """Takes along the runs that were requested, but for those that the other store has, too."""
    runs = [_placeless(run_record(row)) for row in _rows(db, "SELECT * FROM runs")]
    for row in source.sound("runs", "ORDER BY id"):
        run, place = _placeless(run_record(row)), dict(row)
        if part is not None:
            if part.run is None or not run.repeats(_placeless(part.run)):
                continue
            # A part is for elsewhere, where the folders of this machine mean nothing.
            place |= {"directory": None, "origin": None if run.origin else run.origin}
        elif run.origin is None and origin is not None:
            run = replace(run, origin=str(origin))
            place["origin"] = run.origin
        if any(run.repeats(known) for known in runs):
            continue
        number = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM runs").fetchone()[0]
        insert(db, "runs", {**place, "id": number})
        for planned in source.sound("run_trials", "WHERE run = ?", (row["id"],)):
            insert(db, "run_trials", {**dict(planned), "run": number})


def _placeless(run: RunRecord) -> RunRecord:
    """Returns a run without the folder of its data, which differs elsewhere."""
    return replace(run, directory=None)


def _columns(db: sqlite3.Connection, table: str) -> Columns:
    facts = db.execute(f"PRAGMA table_info({table})").fetchall()
    # The primary key of `runs` may not be NULL, though it does not say so.
    return {
        name: _HELD[kind] if needed or is_key else (*_HELD[kind], type(None))
        for _, name, kind, needed, _, is_key in facts
    }


def _rows(db: sqlite3.Connection, query: str, values: Sequence[Value] = ()) -> list[sqlite3.Row]:
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(query, values).fetchall()
