"""Which four files of a folder make an archive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bakeoff.data.idx import DIMENSIONS, Kind
from bakeoff.errors import DataError

_EMNIST = re.compile(r"(emnist-\w+-)(train|test)-")
_SPLITS = {"train": ("train",), "test": ("t10k", "test")}
_LISTED = 12


@dataclass(frozen=True)
class FolderPart:
    """One of the four parts of an archive.

    Attributes:
        split: ``train`` or ``test``.
        kind: ``images`` or ``labels``.
    """

    split: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.split}_{self.kind}"

    def names(self, prefix: str = "") -> list[str]:
        """Returns the file names accepted for the part, without ``.gz``, the usual one first."""
        return [
            f"{prefix}{split}-{self.kind}{separator}idx{dimensions}-ubyte"
            for dimensions in DIMENSIONS[self.kind]
            for separator in "-."
            for split in _SPLITS[self.split]
        ]


PARTS = (
    FolderPart("train", "images"),
    FolderPart("train", "labels"),
    FolderPart("test", "images"),
    FolderPart("test", "labels"),
)


def find_files(directory: Path) -> dict[FolderPart, Path]:
    """Returns the file of each part of an archive.

    Where a file lies both unpacked and gzipped, the unpacked one is taken; where MNIST's names
    and EMNIST's (``emnist-digits-train-...``) both appear, MNIST's are.

    Raises:
        DataError: the folder cannot be listed, or lacks a part.
    """
    try:
        held = {entry.name for entry in directory.iterdir() if entry.is_file()}
    except FileNotFoundError:
        raise DataError(
            f"the data folder {directory} does not exist; give a folder of four IDX files."
        ) from None
    except NotADirectoryError:
        raise DataError(
            f"{directory} is a file; give the folder that holds the four IDX files."
        ) from None
    except OSError as error:
        raise DataError(f"the folder {directory} cannot be listed: {error.strerror}.") from None
    prefixes = ["", *sorted({match[1] for name in held if (match := _EMNIST.match(name))})]
    by_prefix = ({part: _choose(part, prefix, held) for part in PARTS} for prefix in prefixes)
    # All files of the first prefix that has any: never a mixture of two data sets.
    chosen = next((names for names in by_prefix if any(names.values())), dict.fromkeys(PARTS))
    files = {part: directory / name for part, name in chosen.items() if name is not None}
    missing = [part for part in PARTS if part not in files]
    if missing:
        raise DataError(_missing(directory, missing, held))
    return files


def is_transposed(path: Path) -> bool:
    """Whether a file's images lie on their side, as those of EMNIST do."""
    return _EMNIST.match(path.name) is not None


def _choose(part: FolderPart, prefix: str, held: set[str]) -> str | None:
    spellings = (name + ending for name in part.names(prefix) for ending in ("", ".gz"))
    return next((name for name in spellings if name in held), None)


def _missing(directory: Path, missing: list[FolderPart], held: set[str]) -> str:
    wanted = "; ".join(
        f"the {part.split} {part.kind} ({' or '.join(part.names())})" for part in missing
    )
    names = sorted(held)
    listed = ", ".join(names[:_LISTED]) + (" and more" if len(names) > _LISTED else "")
    return (
        f"{directory} lacks {wanted}. Each may be gzipped (.gz), and EMNIST's prefixes, "
        f"'emnist-digits-' say, are accepted; the folder holds {listed or 'no files'}."
    )
