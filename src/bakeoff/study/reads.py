"""The files that a user's code reads: they make a trial's numbers as much as its source does.

Python raises an audit event whenever a file is opened or a folder is listed, whoever asks: `open`,
`numpy.load`, `pandas.read_csv`, an `importlib` of a neighbour. A reader written in another language
that opens files by itself raises none, and neither do the network and the environment.
"""

from __future__ import annotations

import hashlib
import linecache
import os
import site
import sys
import sysconfig
import tokenize
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import source_from_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias
from zoneinfo import TZPATH

from bakeoff.data.cache import cache_places
from bakeoff.data.dataset import is_read
from bakeoff.study.tokens import tokens

Digests: TypeAlias = Mapping[str, str]
"""SHA-256 by absolute path; empty for a file that is gone."""

_PACKAGE = str(Path(__file__).parents[1])
_MACHINE = ("/proc", "/sys", "/dev", *map(os.path.realpath, TZPATH))
"""Folders whose files tell of the machine, not of the study."""

_IMPORTING = ("<frozen importlib", "<frozen zipimport")
"""The beginnings of the files of an import statement's own code."""

_QUOTING = (linecache.__file__, tokenize.__file__)
"""They open sources to quote them: in warnings and tracebacks, and for packages that inspect."""

_COMPILED = (".nbi", ".nbc", ".so", ".pyd", ".dylib", ".dll")
_CHUNK = 1 << 20


@dataclass
class Reads:
    """What was read while it listened.

    Attributes:
        digests: of each file or folder by path, taken just before it was first opened; empty for
            one that was not there.
        written: files that were opened for writing: what this process makes itself is no input.
    """

    digests: dict[str, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def changed(self) -> list[str]:
        """Returns the paths whose content is no longer what it was when they were first opened."""
        files = {path: before for path, before in self.digests.items() if before}
        return [path for path, before in files.items() if content(path) != before]


@contextmanager
def listening(reads: Reads, *, imports: bool = True) -> Iterator[Reads]:
    """Notes in `reads` what this process opens for reading, until the block ends.

    Left out are installed packages, Python and bakeoff themselves, compiled code, bakeoff's cache,
    and the system's folders. For compiled Python, the source counts.

    Args:
        reads: what was read so far; files in it are not read again.
        imports: whether files opened by an import statement count.
    """
    _start_hook()
    # Known before the first event: what the hook itself imported could be what is being imported.
    listener = _Listener(reads, imports, _left_out())
    _LISTENERS.append(listener)
    try:
        yield reads
    finally:
        _LISTENERS.remove(listener)


def content(path: str) -> str:
    """Returns the digest of a file's bytes, of Python's tokens, or of a folder's list of names.

    A file is read again only when its size, its times or its place on the disk have changed.

    Args:
        path: absolute.

    Returns:
        64 hexadecimal digits, or an empty text where there is nothing that can be read.
    """
    try:
        status = Path(path).stat()
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return _content(path, stamp)
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=10_000)
def is_installed(path: str | Path) -> bool:
    """Returns whether a file belongs to Python, to an installed package or to bakeoff."""
    return any(Path(path).is_relative_to(folder) for folder in _installed_folders())


class _Listener(NamedTuple):
    reads: Reads
    imports: bool
    left_out: tuple[str, ...]


# Python has no way to take an audit hook away: one is added, when first needed, and passes events
# on to whoever listens.
_LISTENERS: list[_Listener] = []


@lru_cache
def _start_hook() -> None:
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if not _LISTENERS or event not in {"open", "os.listdir", "os.scandir"} or is_read():
        return
    path = _path(arguments[0] if arguments[0] is not None else ".")
    if path is None:
        return
    if event == "open" and _is_written(*arguments[1:3]):
        for listener in _LISTENERS:
            listener.reads.written.add(path)
            listener.reads.digests.pop(path, None)
        return
    reader = sys._getframe(1).f_code.co_filename
    importing = reader.startswith(_IMPORTING)
    if (importing and event != "open") or reader in _QUOTING:
        return
    if path.endswith(".pyc"):
        with suppress(ValueError):
            path = source_from_cache(path)
    waiting = [
        listener.reads
        for listener in _LISTENERS
        if (listener.imports or not importing)
        and not listener.reads.digests.get(path)
        and path not in listener.reads.written
        and not path.endswith(_COMPILED)
        and not any(_is_inside(path, folder) for folder in listener.left_out)
    ]
    # Asked last, for it looks at every folder that modules are imported from.
    if waiting and not _is_searched(path):
        # To take the digest opens the file, which everyone hears who listens.
        deaf = [each.reads for each in _LISTENERS if path not in each.reads.written]
        for reads in deaf:
            reads.written.add(path)
        digest = content(path)
        for reads in deaf:
            reads.written.discard(path)
        for reads in waiting:
            reads.digests[path] = digest


def _path(path: object) -> str | None:
    if not isinstance(path, str | bytes | os.PathLike):
        return None  # A file descriptor: what it stands for was opened by its path.
    with suppress(OSError, ValueError, UnicodeDecodeError):
        return os.path.realpath(os.fsdecode(path))
    return None


def _is_written(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return not mode.startswith("r") or "+" in mode
    return isinstance(flags, int) and (flags & os.O_ACCMODE) != os.O_RDONLY


def _is_searched(path: str) -> bool:
    """Whether modules are looked for there; a study's own folder holds its results as well."""
    return path in {os.path.realpath("."), *map(os.path.realpath, sys.path)}


def _left_out() -> tuple[str, ...]:
    numba, *caches = (os.environ.get(name) for name in _CACHES)
    return _left_out_beside(numba, tuple(caches))


_CACHES = ("NUMBA_CACHE_DIR", "BAKEOFF_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME", "TMPDIR")
"""The variables of the environment on which the folders of caches depend."""


@lru_cache
def _left_out_beside(numba: str | None, caches: tuple[str | None, ...]) -> tuple[str, ...]:  # noqa: ARG001
    folders = (*map(str, cache_places()), *([numba] if numba else []))
    return (*_installed_folders(), *_MACHINE, *map(os.path.realpath, folders))


def _is_inside(path: str, folder: str) -> bool:
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] in {"", os.sep}


@lru_cache
def _installed_folders() -> tuple[str, ...]:
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    every = (_PACKAGE, *folders, *site.getsitepackages(), site.getusersitepackages())
    return tuple({form for path in every for form in (path, os.path.realpath(path))})


@lru_cache(maxsize=4096)
def _content(path: str, stamp: tuple[int, ...]) -> str:  # noqa: ARG001
    place = Path(path)
    if place.is_dir():
        return hashlib.sha256("\0".join(sorted(os.listdir(path))).encode()).hexdigest()  # noqa: PTH208
    if not place.is_file():
        raise ValueError("a pipe or a device has no content that could be compared")
    if place.suffix == ".py":
        with suppress(UnicodeDecodeError, SyntaxError):
            return hashlib.sha256(tokens(place.read_text(encoding="utf-8")).encode()).hexdigest()
    digest = hashlib.sha256()
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
