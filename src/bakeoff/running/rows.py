"""Answers and runs as rows of a store."""

from __future__ import annotations

import hashlib
import io
import json
import math
import sqlite3
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import TypeAdapter

from bakeoff.errors import printable
from bakeoff.inference.use_cost import UseCost
from bakeoff.running.cost import workload
from bakeoff.running.machine import Environment
from bakeoff.running.records import Answer, Origin, RunRecord, Stored
from bakeoff.spec import digest
from bakeoff.study.study import Overrides
from bakeoff.study.trial import Trial
from bakeoff.training.finding import Finding
from bakeoff.training.history import Curves, Figures, History

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Value: TypeAlias = "str | int | float | bytes | None"

_MACHINE = ("processor", "cores", "system")
"""The fields of an environment that are stored together as JSON; the others have columns."""


def trial_row(key: str, trial: Trial, answer: Answer, *, finished_at: str) -> dict[str, Value]:
    """Returns the columns of an answered trial."""
    history, environment = answer.history, asdict(answer.environment)
    return {
        "key": key,
        "evidence": digest([list(map(list, answer.reads)), history.initial_weights]),
        "workload": workload(trial),
        "status": history.status,
        "round": trial.round,
        "description": json.dumps(answer.description, sort_keys=True, allow_nan=False),
        "code": repr(trial.setup),
        "measured": json.dumps(
            sorted(
                {
                    f"{split}/{name}"
                    for figures in (history.curves, history.final)
                    for split, named in figures.items()
                    for name in named
                }
            )
        ),
        "metric": json.dumps([history.metric, history.direction]),
        # SQLite keeps no sign of a zero, which the row's digest would miss.
        "chance": None if history.chance is None else history.chance + 0.0,
        "final": _final_to_text(history.final),
        "curves": curves_to_text(history.curves),
        "parameters": history.parameters,
        "seconds": history.seconds,
        "answers": arrays_to_bytes(history.answers),
        "notes": json.dumps(history.notes),
        "reads": json.dumps(answer.reads),
        "initial_weights": history.initial_weights,
        "machine": json.dumps({name: environment.pop(name) for name in _MACHINE}),
        **environment,
        "finished_at": finished_at,
    }


def row_digest(row: Mapping[str, Value]) -> str:
    """Returns the digest of a row, which is checked whenever the row is read.

    Columns with NULL are left out, so that a column added later changes no digest; so are a run's
    number, and why a trial's answer is superseded, which are known later.
    """
    parts: list[bytes] = []
    for name in sorted(row):
        value = row[name]
        if value is not None and name not in {"digest", "superseded", "id"}:
            data = value if isinstance(value, bytes) else repr(value).encode()
            parts += f"{name} {len(data)} ".encode(), data
    return hashlib.sha256(b"".join(parts)).hexdigest()


def insert(db: sqlite3.Connection, table: str, row: Mapping[str, Value], how: str = "") -> None:
    """Inserts a row with its digest."""
    held = dict(row) | {"digest": row_digest(row)}
    marks = ", ".join(f":{name}" for name in held)
    db.execute(f"INSERT {how} INTO {table} ({', '.join(held)}) VALUES ({marks})", held)


def reads_of(row: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Returns the files behind a trial's row, each with its digest."""
    return [(path, digest) for path, digest in json.loads(str(row["reads"]))]


def stored(row: sqlite3.Row) -> Stored:
    """Returns an answered trial from its row."""
    metric, direction = json.loads(row["metric"])
    return Stored(
        key=row["key"],
        round=row["round"],
        history=History(
            status=row["status"],
            curves=curves_from_text(row["curves"]),
            parameters=row["parameters"],
            seconds=row["seconds"],
            answers=arrays_from_bytes(row["answers"]),
            notes=tuple(printable(note) for note in json.loads(row["notes"])),
            initial_weights=row["initial_weights"],
            final=_final_from_text(row["final"]),
            metric=metric,
            direction=direction,
            chance=row["chance"] if "chance" in row.keys() else None,  # noqa: SIM118
        ),
        environment=_environment(row),
        finished_at=datetime.fromisoformat(row["finished_at"]),
    )


def origin(row: sqlite3.Row) -> Origin:
    """Returns a trial's origin from its row."""
    return Origin(row["initial_weights"], _environment(row))


def _environment(row: sqlite3.Row) -> Environment:
    return _environment_of(row["machine"], tuple(row[name] for name in _COLUMNS))


_COLUMNS = tuple(f.name for f in fields(Environment) if f.name not in _MACHINE)


@lru_cache(maxsize=64)
def _environment_of(machine: str, columns: tuple[str, ...]) -> Environment:
    named: dict[str, Any] = dict(zip(_COLUMNS, columns, strict=True))
    return Environment(**named, **json.loads(machine))


def run_row(run: RunRecord) -> dict[str, Value]:
    """Returns the columns of a run."""
    return {
        "study": run.study,
        "shortening": run.overrides.model_dump_json(),
        "device": run.device,
        "directory": str(run.directory) if run.directory is not None else None,
        "data": run.data,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "origin": run.origin,
    }


def run_record(row: sqlite3.Row) -> RunRecord:
    """Returns a run from its row."""
    return RunRecord(
        study=printable(row["study"]),
        overrides=Overrides(**_tuples(json.loads(row["shortening"]))),
        device=row["device"],
        directory=Path(row["directory"]) if row["directory"] is not None else None,
        data=row["data"],
        started_at=datetime.fromisoformat(row["started_at"]),
        # A store of an older schema, opened to read, lacks the column.
        origin=row["origin"] if "origin" in row.keys() else None,  # noqa: SIM118
    )


def _tuples(value: Any) -> Any:
    """Returns JSON with tuples for its lists, as specs hold them."""
    match value:
        case dict():
            return {name: _tuples(each) for name, each in value.items()}
        case list():
            return tuple(map(_tuples, value))
        case _:
            return value


def curves_to_text(curves: Curves) -> str:
    """Returns curves as JSON; NaN and infinity, which JSON lacks, become text."""
    plain = {
        split: {metric: [_number(value) for value in values] for metric, values in metrics.items()}
        for split, metrics in curves.items()
    }
    return json.dumps(plain, separators=(",", ":"), allow_nan=False)


def curves_from_text(text: str) -> Curves:
    """Returns the curves from the text of `curves_to_text`, to the bit."""
    return {
        sys.intern(split): {
            # A name is one object for all trials, of which there may be 100,000.
            sys.intern(metric): tuple(map(float, values))
            for metric, values in by_metric.items()
        }
        for split, by_metric in json.loads(text, parse_float=_FLOATS.__getitem__).items()
    }


class _Floats(dict[str, float]):
    """Numbers by their text, so that equal errors of 100,000 trials are one object."""

    def __missing__(self, text: str) -> float:
        value = float(text)
        if len(text) <= _SHORT:
            self[text] = value
        return value


_SHORT = 6
"""The longest text of a number that is kept; a loss has a longer one, and seldom an equal."""

_FLOATS = _Floats()


def _final_to_text(figures: Figures) -> str:
    plain = {
        split: {name: _number(value) for name, value in named.items()}
        for split, named in figures.items()
    }
    return json.dumps(plain, allow_nan=False)


def _final_from_text(text: str) -> dict[str, dict[str, float]]:
    return {
        sys.intern(split): {sys.intern(name): float(value) for name, value in named.items()}
        for split, named in json.loads(text).items()
    }


def findings_to_text(findings: tuple[Finding, ...]) -> str:
    """Returns a check's findings as JSON."""
    return json.dumps([asdict(finding) for finding in findings])


def findings_from_text(text: str) -> tuple[Finding, ...]:
    """Returns a check's findings from JSON.

    Raises:
        ValueError: the text holds something else.
    """
    return TypeAdapter(tuple[Finding, ...]).validate_python(json.loads(text))


def use_cost_from_text(text: str) -> UseCost:
    """Returns what it costs to use a model, from JSON.

    Raises:
        ValueError: the text is nothing of the kind.
    """
    return TypeAdapter(UseCost).validate_json(text)


def arrays_to_bytes(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Returns named arrays as a compressed npz file.

    Raises:
        ValueError: an array holds Python objects, which would have to be pickled.
    """
    import numpy as np

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def arrays_from_bytes(data: bytes) -> Mapping[str, NDArray[np.generic]]:
    """Returns the arrays from the bytes of `arrays_to_bytes`, each unpacked when it is looked at.

    Raises:
        ValueError: the bytes are something else.
    """
    if data[-_END:][:4] != b"PK\x05\x06":
        raise ValueError("the answers are no npz file")
    return _Packed(data) if len(data) > _END else {}


_END = 22
"""The bytes at the end of an npz file, and all of one without arrays."""


class _Packed(Mapping[str, "NDArray[np.generic]"]):
    """Arrays that stay packed: those of 100,000 trials would fill the memory."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        import numpy as np

        content = self._unpacked(self._places()[name])
        # Headers are as good as equal for all trials of a study, and slow to read.
        start = 10 + int.from_bytes(content[8:10], "little")
        shape, dtype, fortran = _header(content[:start])
        array = np.frombuffer(content, dtype, offset=start)
        return array.reshape(shape, order="F" if fortran else "C").copy()

    def __contains__(self, name: object) -> bool:
        return name in self._places()

    def __iter__(self) -> Iterator[str]:
        return iter(self._places())

    def __len__(self) -> int:
        return len(self._places())

    def __bool__(self) -> bool:
        return True

    def _places(self) -> dict[str, tuple[int, int]]:
        """Returns where each array's entry begins, and its packed bytes, from the directory.

        `zipfile` reads the same, and takes five times as long: a large report unpacks a million.
        """
        places, at = {}, int.from_bytes(self._data[-6:-2], "little")
        for _ in range(int.from_bytes(self._data[-12:-10], "little")):
            size, *lengths, start = _LISTED.unpack_from(self._data, at)
            name_at, at = at + _LISTED.size, at + _LISTED.size + sum(lengths)
            name = self._data[name_at : name_at + lengths[0]].decode()
            places[name.removesuffix(".npy")] = start, size
        return places

    def _unpacked(self, place: tuple[int, int]) -> bytes:
        start, size = place
        start += _ENTRY.size + sum(_ENTRY.unpack_from(self._data, start))
        return zlib.decompress(self._data[start : start + size], -zlib.MAX_WBITS)


_LISTED = struct.Struct("<20xI4xHHH8xI")
"""An entry of a ZIP file's directory: its packed bytes, the lengths of its name and of what follows
it there, and where it begins."""

_ENTRY = struct.Struct("<26xHH")
"""The beginning of an entry: the lengths of its name and of what follows it, before the data."""


@lru_cache(maxsize=64)
def _header(head: bytes) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Returns shape, type and order of an array from its first bytes.

    Raises:
        ValueError: they are no such header, or the array holds Python objects.
    """
    import numpy as np

    file = io.BytesIO(head)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("the array has a header of another version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError("the array holds Python objects")
    return shape, dtype, fortran


def _number(value: float) -> float | str:
    value = float(value)
    return value if math.isfinite(value) else str(value)
