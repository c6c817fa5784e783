"""The store: every answered trial in one SQLite file, written by coordinating processes alone."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias, TypeVar

from bakeoff.data.files import UNFINISHED
from bakeoff.errors import StoreError, printable
from bakeoff.inference.use_cost import MeasuredUse, UseCost
from bakeoff.running import database
from bakeoff.running.cost import MeasuredCost, workloads
from bakeoff.running.owner import Owner, this_host
from bakeoff.running.pages import note_closed
from bakeoff.running.records import (
    Answer,
    Failure,
    Origin,
    Planned,
    RunRecord,
    Size,
    Stored,
)
from bakeoff.running.rows import (
    Value,
    findings_from_text,
    findings_to_text,
    insert,
    origin,
    reads_of,
    row_digest,
    run_record,
    run_row,
    stored,
    trial_row,
    use_cost_from_text,
)
from bakeoff.study.reads import content
from bakeoff.study.trial import Trial
from bakeoff.training.finding import Finding

T = TypeVar("T")

Claim: TypeAlias = Literal["ours", "answered", "taken"]
"""The answer to a claim: the trial is ours to run, is answered, or is another live run's."""

Reads: TypeAlias = tuple[tuple[str, str], ...]
"""Files by path, as seen from the folder of the trial's study, each with its digest."""

Holders: TypeAlias = tuple[Owner, ...]
"""The runs that lease trials of a store, one of which may hold it in the midst of a write."""

_PATIENCE = 30.0
_BRIEF = 3.0
_AT_ONCE = 500


class Store:
    """An open store; use it as a context manager, from the thread that opened it.

    Every method raises `StoreError` if SQLite fails: the disk is full, the file is damaged, or
    another program locks it for longer than the store's patience.

    A trial counts as answered while the files that its user's code read are unchanged. Each file
    is looked at once while the store is open.

    Attributes:
        path: the file.
        damaged: keys of the requested trials whose rows no longer have the content that was
            stored; they count as not answered.
    """

    def __init__(
        self, path: Path, db: sqlite3.Connection, waiting: database.Waiting | None = None
    ) -> None:
        self.path = path
        self.damaged: set[str] = set()
        self._db = db
        self._homes: dict[str, str] = {}
        self._contents: dict[str, str] = {}
        self._file = _identity(path)
        self._waiting = waiting
        self._beats = 0
        self._seen: dict[tuple[str, str], tuple[float, float]] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        patience: float = _PATIENCE,
        waiting: Callable[[Holders], None] | None = None,
    ) -> Store:
        """Returns the store at a path, open to read and write; a new store if there is none.

        Args:
            path: the file.
            patience: seconds to wait for other processes that write.
            waiting: is called then, and the wait goes on unless it raises an error; None to give
                up.

        Raises:
            StoreError: the path cannot hold a store, holds something else, or a newer schema.
        """
        wait = None if waiting is None else lambda db: waiting(_holders(db))
        return cls(path, database.open_to_write(path, patience, wait), wait)

    @classmethod
    def read(cls, path: Path, *, patience: float = _PATIENCE) -> Store:
        """Returns the store at a path, open only to read.

        Raises:
            StoreError: there is no store at the path, or as `open`.
        """
        return cls(path, database.open_to_read(path, patience))

    def close(self) -> None:
        """Closes the file; where no other process has it open, it is the whole store then."""
        self._db.close()
        note_closed(self.path)

    def fold(self) -> None:
        """Makes the file the whole store, as far as other processes let it be at this moment."""
        database.fold(self._db)

    def wait_no_longer(self) -> None:
        """From now on, gives up after the store's patience where another process writes."""
        self._waiting = None

    def copy(self, path: Path) -> None:
        """Writes a copy of the store, as it is now, to a file, whole or not at all."""
        beside = path.with_name(f"{uuid.uuid4().hex}{UNFINISHED}")
        try:
            with database.explained(path):
                database.copy(self._db, beside)
            beside.replace(path)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            beside.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def locate(self, homes: Mapping[str, str]) -> None:
        """Sets the folders of trials' studies, from which the paths of their files are looked up.

        Args:
            homes: the folder for each key whose trial depends on a user's own code.
        """
        self._homes |= homes

    def known(self, keys: Iterable[str]) -> set[str]:
        """Returns the keys of the trials that have an answer that still holds."""
        return {key for key, _ in self._current(keys)}

    def histories(self, keys: Iterable[str]) -> dict[str, Stored]:
        """Returns those of the trials that are answered, by key.

        Raises:
            StoreError: a row is damaged in a way that its digest does not show.
        """
        return self._read(keys, stored)

    def origins(self, keys: Iterable[str]) -> dict[str, Origin]:
        """Returns the origins of those of the trials that are answered, by key.

        Raises:
            StoreError: a row is damaged in a way that its digest does not show.
        """
        return self._read(keys, origin)

    def evidence(self, keys: Iterable[str]) -> dict[str, tuple[str, Reads]]:
        """Returns what the answers of trials depend on beside their keys, by key.

        Returns:
            The evidence in the trial's row, and the files behind it, each with its digest.
        """
        return self._read(keys, lambda row: (row["evidence"], tuple(reads_of(dict(row)))))

    def _read(self, keys: Iterable[str], read: Callable[[sqlite3.Row], T]) -> dict[str, T]:
        values = {}
        for key, row in self._current(keys):
            with self._understood(f"trial {key[:12]}"):
                values[key] = read(row)
        return values

    def supersede(self, keys: Iterable[str], reason: str) -> None:
        """Marks the present answers of some trials as superseded; they stay in the file."""
        with self._writing():
            self._db.executemany(
                "UPDATE trials SET superseded = ? WHERE key = ? AND superseded IS NULL",
                [(reason, key) for key in keys],
            )

    def _current(self, keys: Iterable[str]) -> Iterator[tuple[str, sqlite3.Row]]:
        """Yields the latest row of each trial that is undamaged and whose files are unchanged.

        Only a few rows are held at a time.
        """
        query = "SELECT * FROM trials WHERE key IN"
        rest = iter(dict.fromkeys(keys))
        while some := list(islice(rest, _AT_ONCE)):
            rows: dict[str, sqlite3.Row] = {}
            for row in self._select(query, some, "ORDER BY finished_at, rowid"):
                # The digest leaves out why a row is superseded, which is text if it is anything. A
                # column may lack where the table's own declaration is damaged.
                values = dict(row)
                reason = values.get("superseded")
                is_whole = isinstance(reason, str | None)
                if not is_whole or row_digest(values) != values.get("digest"):
                    self.damaged.add(row["key"])
                elif reason is None and self._holds(row):
                    rows[row["key"]] = row
            self.damaged -= rows.keys()
            yield from rows.items()

    def _holds(self, row: sqlite3.Row) -> bool:
        """Whether the files behind a trial's numbers are unchanged."""
        home = self._homes.get(row["key"], "")
        for path, digest in reads_of(dict(row)):
            place = os.path.join(home, path)  # noqa: PTH118
            if place not in self._contents:
                self._contents[place] = content(place)
            if self._contents[place] != digest:
                return False
        return True

    def measured(self, workloads: Iterable[str]) -> dict[str, MeasuredCost]:
        """Returns the seconds of the finished trials of each workload, if there are any."""
        query = (
            "SELECT workload, SUM(seconds) AS seconds, COUNT(*) AS trials FROM trials "
            "WHERE status = 'finished' AND workload IN"
        )
        rows = self._select(query, workloads, "GROUP BY workload")
        return {row["workload"]: MeasuredCost(row["seconds"], row["trials"]) for row in rows}

    def claim(self, key: str, owner: Owner) -> Claim:
        """Leases a trial to an owner, unless it is answered or a live other owner holds it."""
        with self._leasing():
            if self.known([key]):
                return "answered"
            if self.others([key], owner).get(key, False):
                return "taken"
            self._beats += 1
            self._db.execute(
                "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?)",
                (key, owner.id, owner.host, owner.pid, owner.started, self._beats),
            )
            return "ours"

    def others(self, keys: Iterable[str], owner: Owner) -> dict[str, bool]:
        """Returns the trials that other owners lease, each with whether its owner is alive."""
        host, now = this_host(), time.monotonic()
        others: dict[str, bool] = {}
        for row in self._select("SELECT * FROM leases WHERE key IN", keys):
            with self._understood("leases"):
                holder = _owner(row)
            if holder.id != owner.id:
                place = row["key"], holder.id
                beat, since = self._seen.get(place, (None, now))
                if row["beat"] != beat:
                    since = now
                self._seen[place] = row["beat"], since
                others[row["key"]] = holder.is_alive(host=host, silent=now - since)
        return others

    def is_leased(self) -> bool:
        """Whether any run has taken on a trial."""
        with database.explained(self.path):
            return bool(self._rows("SELECT 1 FROM leases LIMIT 1", ()))

    def is_in_use(self) -> bool:
        """Whether a run that is alive has taken on a trial; one on another host counts as alive."""
        with database.explained(self.path):
            holders = _holders(self._db)
        return any(holder.is_alive(host=this_host(), silent=0.0) for holder in holders)

    def sizes(self) -> dict[str, Size]:
        """Returns what each stored trial's rows hold, by key, whether they still count or not."""
        with database.explained(self.path):
            names = [row["name"] for row in self._rows("PRAGMA table_info(trials)", ())]
            held = " + ".join(f"COALESCE(LENGTH(CAST({name} AS BLOB)), 0)" for name in names)
            query = f"SELECT key, SUM({held}) AS bytes, SUM(seconds) AS seconds FROM trials"
            rows = self._rows(f"{query} GROUP BY key", ())
        return {row["key"]: Size(row["bytes"], row["seconds"]) for row in rows}

    def remove(self, keys: Iterable[str], runs: Collection[RunRecord]) -> None:
        """Removes trials with their failures, and requested runs; the file shrinks accordingly.

        Args:
            keys: of the trials.
            runs: from `runs`.
        """
        gone = [(key,) for key in keys]
        with self._writing():
            self._db.executemany("DELETE FROM trials WHERE key = ?", gone)
            self._db.executemany("DELETE FROM failures WHERE key = ?", gone)
            for number, known in self._runs():
                if known in runs:
                    self._db.execute("DELETE FROM run_trials WHERE run = ?", (number,))
                    self._db.execute("DELETE FROM runs WHERE id = ?", (number,))
        with database.explained(self.path):
            self._db.execute("VACUUM")
        self.fold()

    def beat(self, owner: Owner) -> None:
        """Notes in all leases of an owner that it is still at work."""
        with self._leasing():
            self._beats += 1
            query = "UPDATE leases SET beat = ? WHERE owner = ?"
            self._db.execute(query, (self._beats, owner.id))

    def release(self, owner: Owner, key: str | None = None) -> None:
        """Gives up an owner's lease of one trial, or all its leases."""
        with self._writing():
            if key is None:
                self._db.execute("DELETE FROM leases WHERE owner = ?", (owner.id,))
            else:
                self._db.execute("DELETE FROM leases WHERE owner = ? AND key = ?", (owner.id, key))

    def add(self, key: str, trial: Trial, answer: Answer) -> bool:
        """Stores a trial's answer and ends its lease; returns False if it was answered already.

        The older answer then stays: a trial counts once.
        """
        row = trial_row(key, trial, answer, finished_at=_now())
        with self._writing():
            added = not self.known([key])
            if added:
                # An existing row is damaged, superseded, or comes from other files.
                insert(self._db, "trials", row, "OR REPLACE")
            self._db.execute("DELETE FROM leases WHERE key = ?", (key,))
        return added

    def fail(self, key: str, message: str) -> int:
        """Notes a failed attempt at a trial, and returns its number, from 1."""
        with self._writing():
            (attempts,) = self._db.execute(
                "SELECT COUNT(*) FROM failures WHERE key = ?", (key,)
            ).fetchone()
            attempt = int(attempts) + 1
            row: dict[str, Value] = {"key": key, "attempt": attempt, "message": message}
            insert(self._db, "failures", row | {"at": _now()})
        return attempt

    def failures(self, keys: Iterable[str]) -> dict[str, Failure]:
        """Returns the last failed attempt at each trial that has failed, answered or not."""
        rows = self._sound(
            "failures",
            self._select("SELECT * FROM failures WHERE key IN", keys, "ORDER BY attempt"),
        )
        return {
            row["key"]: Failure(
                row["key"],
                row["attempt"],
                printable(row["message"]),
                datetime.fromisoformat(row["at"]),
            )
            for row in rows
        }

    def note_check(self, key: str, findings: tuple[Finding, ...]) -> None:
        """Notes the findings of a check before training."""
        row: dict[str, Value] = {"key": key, "findings": findings_to_text(findings), "at": _now()}
        with self._writing():
            insert(self._db, "checks", row, "OR REPLACE")

    def checks(self, keys: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
        """Returns the findings of the checks that were made, by key.

        Raises:
            StoreError: a row is damaged.
        """
        if not self._has("checks"):
            return {}
        rows = self._sound("checks", self._select("SELECT * FROM checks WHERE key IN", keys))
        with self._understood("checks"):
            return {row["key"]: findings_from_text(row["findings"]) for row in rows}

    def note_use(self, key: str, use: MeasuredUse, reads: tuple[tuple[str, str], ...]) -> None:
        """Notes what it costs to use the model of a key, on one machine.

        Args:
            key: from `use_key`.
            use: holds the key's cost.
            reads: the files that the user's code read meanwhile, each with its digest.
        """
        row: dict[str, Value] = {
            "key": key,
            "processor": use.processor,
            "torch": use.torch,
            "cost": json.dumps(asdict(use.costs[key])),
            "reads": json.dumps(reads),
            "at": _now(),
        }
        with self._writing():
            insert(self._db, "uses", row, "OR REPLACE")

    def uses(self, keys: Iterable[str]) -> list[MeasuredUse]:
        """Returns what it costs to use the models of some keys, by machine, the latest one last.

        A cost holds while the files that the user's code read are unchanged.

        Raises:
            StoreError: a row is damaged.
        """
        if not self._has("uses"):
            return []
        rows = sorted(
            self._sound("uses", self._select("SELECT * FROM uses WHERE key IN", keys)),
            key=lambda row: str(row["at"]),
        )
        machines: dict[tuple[str, str], dict[str, UseCost]] = {}
        with self._understood("uses"):
            for row in filter(self._holds, rows):
                # The latest comes last.
                machine = row["processor"], row["torch"]
                costs = machines.pop(machine, {})
                machines[machine] = costs | {row["key"]: use_cost_from_text(row["cost"])}
        return [MeasuredUse(*machine, costs) for machine, costs in machines.items()]

    def first_shown(self, keys: Collection[str]) -> dict[str, int]:
        """Returns the number of rounds at which each claim's verdict was first shown, by key.

        Args:
            keys: the claims' keys, from `claim_key`; claims never shown are left out of the result.
        """
        if not self._has("shown"):
            return {}
        rows = self._sound("shown", self._select("SELECT * FROM shown WHERE key IN", keys))
        return {row["key"]: row["rounds"] for row in rows}

    def note_shown(self, shown: Mapping[str, int]) -> bool:
        """Notes the number of rounds at which claims' verdicts are shown; earlier notes stay.

        A store opened only to read takes the note as well, through another connection. If it
        cannot be written (it, or its disk, is read-only or full, or a program locks it for some
        seconds), there is no note, and no error.

        Args:
            shown: rounds by the claim's key.

        Returns:
            Whether all claims have a note, from now or before.
        """
        at = _now()
        try:
            missing = shown.keys() - self.first_shown(shown.keys())
            if missing:
                with self._beside() as db, database.transaction(db):
                    for key in sorted(missing):
                        row: dict[str, Value] = {"key": key, "rounds": shown[key], "shown_at": at}
                        insert(db, "shown", row, "OR IGNORE")
        except StoreError:
            return False
        return True

    @contextmanager
    def _beside(self) -> Iterator[sqlite3.Connection]:
        """Opens the same file once more to write, with little patience."""
        self._check_place()
        writer = database.open_to_write(self.path, _BRIEF, check=False)
        with closing(writer) as db, database.explained(self.path):
            yield db

    def _has(self, table: str) -> bool:
        """Whether the store has a table; an older schema, opened to read, may lack it."""
        with database.explained(self.path):
            return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)))

    def record_run(self, run: RunRecord, trials: Mapping[str, Trial]) -> None:
        """Records a requested run with its trials by key, in place of an equal run."""
        row = run_row(run)
        with self._writing():
            for number, known in self._runs():
                if known.repeats(run):
                    self._db.execute("DELETE FROM run_trials WHERE run = ?", (number,))
                    self._db.execute("DELETE FROM runs WHERE id = ?", (number,))
            insert(self._db, "runs", row)
            (number,) = self._db.execute("SELECT last_insert_rowid()").fetchone()
            for key, (workload, work) in workloads(trials).items():
                of_run: dict[str, Value] = {"run": number, "key": key, "workload": workload}
                insert(self._db, "run_trials", of_run | {"multiply_adds": work})

    def planned(self, run: RunRecord) -> list[Planned]:
        """Returns the trials of a run from `runs`, each with whether it is answered."""
        query = "SELECT * FROM run_trials WHERE run = ?"
        with database.explained(self.path):
            numbers = [number for number, known in self._runs() if known == run]
            rows = [row for number in numbers for row in self._rows(query, (number,))]
        rows = list(self._sound("run_trials", rows))
        answered = self.known(row["key"] for row in rows)
        return [
            Planned(row["key"], row["workload"], row["multiply_adds"], row["key"] in answered)
            for row in rows
        ]

    def runs(self) -> list[RunRecord]:
        """Returns the requested runs, the oldest first.

        Raises:
            StoreError: a row is damaged.
        """
        with database.explained(self.path):
            return [run for _, run in self._runs()]

    def _runs(self) -> list[tuple[int, RunRecord]]:
        # Runs are compared after reading: another version may write an equal one differently.
        rows = list(self._sound("runs", self._rows("SELECT * FROM runs ORDER BY id", ())))
        with self._understood("runs"):
            return [(row["id"], run_record(row)) for row in rows]

    def _select(self, query: str, keys: Iterable[str], end: str = "") -> Iterator[sqlite3.Row]:
        # SQLite limits the number of values in one statement.
        rest = iter(dict.fromkeys(keys))
        while some := list(islice(rest, _AT_ONCE)):
            marks = ", ".join("?" * len(some))
            with database.explained(self.path):
                rows = self._rows(f"{query} ({marks}) {end}", some)
            yield from rows

    def _rows(self, query: str, values: Sequence[Value] | Mapping[str, Value]) -> list[sqlite3.Row]:
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(query, values).fetchall()

    def _sound(self, table: str, rows: Iterable[sqlite3.Row]) -> Iterator[sqlite3.Row]:
        """Yields rows that are as they were written; those of older schemas have no digest."""
        for row in rows:
            values = dict(row)
            if values.get("digest") not in {None, row_digest(values)}:
                raise self._damage(table, "a row is not what was written")
            yield row

    def _damage(self, what: str, reason: object) -> StoreError:
        return StoreError(
            f"the store {self.path} is damaged: {what} cannot be read ({reason}); restore the "
            "store from a copy, or give another path."
        )

    def _check_place(self) -> None:
        # SQLite goes on writing to a deleted file, and everything would be lost.
        if _identity(self.path) != self._file:
            raise StoreError(
                f"the store {self.path} was moved or deleted while in use; put it back, or run "
                "again to begin another."
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._check_place()
        waiting = None if self._waiting is None else self._wait
        with database.explained(self.path), database.transaction(self._db, waiting):
            yield

    @contextmanager
    def _leasing(self) -> Iterator[None]:
        """Writes without a wait for the disk: a power cut that takes a lease takes its owner."""
        with database.explained(self.path):
            self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            with self._writing():
                yield
        finally:
            with database.explained(self.path):
                self._db.execute("PRAGMA synchronous = FULL")

    def _wait(self, db: sqlite3.Connection) -> None:
        # While one process holds the store, no other can beat.
        self._seen.clear()
        assert self._waiting is not None
        self._waiting(db)

    @contextmanager
    def _understood(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            raise self._damage(what, error) from None


def _holders(db: sqlite3.Connection) -> Holders:
    """Returns the runs that lease trials of a store."""
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    return tuple({_owner(row) for row in cursor.execute("SELECT * FROM leases")})


def _owner(row: sqlite3.Row) -> Owner:
    return Owner(row["owner"], row["host"], row["pid"], row["started"])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
