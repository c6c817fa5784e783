"""Files made once and then only mapped into memory, shared by all processes of a user."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import IO, TYPE_CHECKING, TypeAlias

from bakeoff.data.files import write_whole
from bakeoff.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Arrays: TypeAlias = "Mapping[str, NDArray[np.generic]]"


def cached_arrays(
    key: str,
    names: Sequence[str],
    make: Callable[[], Arrays],
    sound: Callable[[Arrays], bool],
) -> Arrays:
    """Returns arrays from the cache; if it lacks them or they are damaged, makes and stores them.

    If no folder can be written, the arrays are returned in memory.

    Args:
        key: names the arrays' folder; equal keys must stand for equal arrays.
        names: the arrays' names.
        make: gives the arrays.
        sound: tells whether what the cache holds can be what `make` gives.

    Returns:
        Read-only arrays by name, memory-mapped where they could be stored.
    """
    made: Arrays | None = None
    for folder in cache_folders():
        place = folder / "archives" / key
        arrays = _load(place, names)
        if arrays is not None and sound(arrays):
            return arrays
        if _writable(place):
            made = make() if made is None else made
            stored = _store(place, made)
            if stored is not None:
                return stored
    return make() if made is None else made


def stored_arrays(key: str, names: Sequence[str]) -> Arrays | None:
    """Returns the cached arrays of a key, memory-mapped; None if the cache lacks them."""
    for folder in cache_folders():
        arrays = _load(folder / "archives" / key, names)
        if arrays is not None or _writable(folder / "archives"):
            return arrays
    return None


def read_note(key: str) -> str | None:
    """Returns the text noted under a key; None if there is none."""
    for folder in cache_folders():
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return (folder / "notes" / key).read_text(encoding="utf-8")
        if _writable(folder / "notes"):
            return None
    return None


def write_note(key: str, text: str) -> None:
    """Notes a text under a key, if any folder can be written."""
    for folder in cache_folders():
        with contextlib.suppress(OSError):
            (folder / "notes").mkdir(parents=True, exist_ok=True)
            write_whole(folder / "notes" / key, text.encode())
            return


def cache_folders() -> Iterator[Path]:
    """Yields where the cache is kept, the next only where the one before cannot be written.

    Raises:
        DataError: BAKEOFF_CACHE names the home of a user that there is not.
    """
    usual, temporary = cache_places()
    yield usual
    with contextlib.suppress(OSError):
        temporary.mkdir(mode=0o700, exist_ok=True)
        # On a shared machine anyone can make a folder of this name, and put false data into it, or
        # a link that leads anywhere.
        status = temporary.lstat()
        is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
        if is_own and S_ISDIR(status.st_mode):
            yield temporary


def cache_places() -> tuple[Path, Path]:
    """Returns where the cache may be, whether it is there or not.

    Raises:
        DataError: as `cache_folders`.
    """
    import platformdirs

    chosen = os.environ.get("BAKEOFF_CACHE")
    place = Path(chosen or platformdirs.user_cache_dir("bakeoff", appauthor=False))
    user = os.getuid() if hasattr(os, "getuid") else "cache"
    try:
        return place.expanduser(), Path(tempfile.gettempdir()) / f"bakeoff-{user}"
    except RuntimeError:
        raise DataError(
            f"BAKEOFF_CACHE is {chosen}, and there is no such home; give a folder, or unset it."
        ) from None


def _writable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)


def _load(place: Path, names: Sequence[str]) -> Arrays | None:
    import numpy as np

    arrays = {}
    for name in names:
        path = place / f"{name}.npy"
        try:
            mapped = np.lib.format.open_memmap(path, mode="r")
            whole = path.stat().st_size == mapped.offset + mapped.nbytes
        except Exception:
            # numpy raises a dozen kinds of error over a damaged header; all mean: make it anew.
            return None
        if not whole or mapped.dtype.hasobject:
            return None
        arrays[name] = mapped.view(np.ndarray)
    return arrays


def _store(place: Path, arrays: Arrays) -> Arrays | None:
    import numpy as np

    def save(array: NDArray[np.generic]) -> Callable[[IO[bytes]], object]:
        return lambda file: np.save(file, array, allow_pickle=False)

    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            write_whole(place / f"{name}.npy", save(array))
    except OSError:
        return None
    return _load(place, list(arrays))
