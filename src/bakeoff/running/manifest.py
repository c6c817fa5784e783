"""A bundle: one zip file of a study's source and results, which is checked before it is believed.

Its members are stored as they are, not deflated: a bundle holds no more than its size, so that no
small file becomes a large one, and its bytes are the same whatever compresses elsewhere. The
manifest, its last member, has the digests of all others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Set
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from bakeoff.errors import BundleError
from bakeoff.running.schema import SCHEMA

FORMAT = 1
"""Raised whenever an earlier version could not read what a later one writes."""

MANIFEST, RESULTS, REPORT, LOCK = "manifest.json", "results.db", "report.html", "requirements.txt"
SOURCE, MODELS = "study", "models"
"""The folders of a bundle; all else lies in them."""

MOST = 50_000
"""Members."""

_LONGEST = 1 << 25
"""Bytes of a manifest, and of a zip file's own list of members."""

_CHUNK = 1 << 20
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_BEGINNING, _END, _END_OF_LARGE = b"PK\3\4", b"PK\5\6", b"PK\6\7"
_LARGE = 1 << 32
_CODE = (".pyc", ".pyo", ".so", ".pyd", ".dll", ".dylib")
"""What runs in place of the source beside it, and cannot be read."""


@dataclass(frozen=True)
class Member:
    """A file in a bundle: its path there, its bytes, their SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Need:
    """A file that the study reads: its path as seen from the study's folder, and its digest.

    Of a file elsewhere, the path is its name alone. Of a folder that it lists, the names count.
    """

    path: str
    digest: str


@dataclass(frozen=True)
class Manifest:
    """What a bundle is.

    Attributes:
        study: the name of the study.
        source: the path of its file in the folder ``study``; empty for a study that comes with
            bakeoff.
        run: how the run differs from the study as declared; empty where it does not.
        data: the digest of the task's data.
        trials: how many are answered.
        needs: the files that the study reads, but for Python's.
        files: the members, but for the manifest.
        bakeoff: the version that wrote it.
        schema: of the store in it.
        format: of the bundle.
    """

    study: str
    source: str
    run: str
    data: str
    trials: int
    needs: tuple[Need, ...] = ()
    files: tuple[Member, ...] = ()
    bakeoff: str = ""
    schema: int = SCHEMA
    format: int = FORMAT


def write_bundle(path: Path, manifest: Manifest, members: Mapping[str, bytes | Path]) -> Manifest:
    """Writes a bundle, in place of an older one, and returns its manifest with the members.

    Args:
        path: the file.
        manifest: without its members.
        members: contents by path in the bundle, given as bytes or as the file that holds them.

    Raises:
        BundleError: the file cannot be written, or holds something else; a member has a name that
            other systems do not allow, or cannot be read.
    """
    _check_names(path, [*members, MANIFEST])
    if path.exists() and not _begins_as_zip(path):
        raise BundleError(f"{path} is there and is no bundle; give another file.")
    files: list[Member] = []
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        try:
            with zipfile.ZipFile(draft, "x") as file:
                for place, content in sorted(members.items()):
                    files.append(_put(file, place, content))
                manifest = replace(manifest, files=tuple(files))
                text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False) + "\n"
                _put(file, MANIFEST, text.encode())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(
            f"the bundle {path} cannot be written: {error.filename or ''} {error.strerror}; give "
            "another file."
        ) from None
    return manifest


def _begins_as_zip(path: Path) -> bool:
    # A store holds zip files of arrays, and `zipfile.is_zipfile` would take it for one of them.
    try:
        with path.open("rb") as file:
            return file.read(4) == _BEGINNING
    except OSError:
        return False


def _put(file: zipfile.ZipFile, place: str, content: bytes | Path) -> Member:
    entry = zipfile.ZipInfo(place, _FIRST_DAY)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    size, sha256 = 0, hashlib.sha256()
    with file.open(entry, "w", force_zip64=isinstance(content, Path)) as target:
        if isinstance(content, bytes):
            target.write(content)
            size, sha256 = len(content), hashlib.sha256(content)
        else:
            with content.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    size += len(chunk)
                    sha256.update(chunk)
    return Member(place, size, sha256.hexdigest())


def unpack(path: Path, folder: Path) -> Manifest:
    """Unpacks a bundle into an empty folder, and checks every byte of it on the way.

    Nothing of it is run, opened or believed but its manifest. If something is wrong, what is in the
    folder by then must not be used.

    Raises:
        BundleError: the file is no bundle, is damaged, of a later version, or made to do harm.
    """
    try:
        with path.open("rb") as raw:
            _check_end(path, raw)
            with zipfile.ZipFile(raw) as file:
                entries = {entry.filename: entry for entry in file.infolist()}
                _check_entries(path, file.infolist(), raw.seek(0, os.SEEK_END))
                manifest = _manifest(path, file, entries)
                _check_members(path, manifest, entries.keys() - {MANIFEST})
                for member in manifest.files:
                    _take(path, file, entries[member.path], member, folder)
                with file.open(MANIFEST) as source, (folder / MANIFEST).open("xb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise BundleError(f"{path} is damaged: {error}. {_AGAIN}") from None
    except OSError as error:
        raise BundleError(
            f"{path} cannot be unpacked: {error.filename or ''} {error.strerror}."
        ) from None
    return manifest


_AGAIN = "Nothing of it was taken; ask for another copy."


def _check_end(path: Path, raw: BinaryIO) -> None:
    """Refuses what is no zip file, or has a list of members that would fill the memory."""
    size = raw.seek(0, os.SEEK_END)
    raw.seek(max(0, size - 42))
    tail = raw.read()
    end = tail[-22:]
    if len(end) < 22 or end[:4] != _END:
        raise BundleError(
            f"{path} is no bundle, or was cut short; give a file that `bakeoff bundle` wrote."
        )
    count, listed = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if count > MOST or listed > _LONGEST or (tail[:4] == _END_OF_LARGE and size < _LARGE):
        raise BundleError(f"{path} has more than {MOST:,} members, so that it is no bundle.")


def _check_entries(path: Path, entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuses entries that no bundle has: each is a plain file, stored as it is, once."""
    if len(entries) > MOST:
        raise BundleError(f"{path} has more than {MOST:,} members, so that it is no bundle.")
    _check_names(path, [entry.orig_filename for entry in entries])
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG} or entry.is_dir():
            raise BundleError(f"{path}: {entry.filename!r} is a link or no file. {_AGAIN}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise BundleError(
                f"{path}: {entry.filename!r} is compressed or encrypted, and members of a bundle "
                f"are not. {_AGAIN}"
            )
    if sum(entry.file_size for entry in entries) > size:
        raise BundleError(f"{path} would be larger unpacked than it is. {_AGAIN}")


def _check_names(path: Path, names: Iterable[str]) -> None:
    """Refuses names that lead out of a folder, or mean the same file on some system."""
    seen: dict[str, str] = {}
    parents: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        if not all(map(_is_portable, parts)) or len(name) > 1000:
            raise BundleError(
                f"{path}: {name!r} is no name of a member: it leads out of the folder, or some "
                "systems do not allow it."
            )
        is_inside = len(parts) > 1 and parts[0] in {SOURCE, MODELS}
        if not is_inside and name not in {MANIFEST, RESULTS, REPORT, LOCK}:
            raise BundleError(f"{path}: {name!r} is no member of a bundle. {_AGAIN}")
        if name.lower().endswith(_CODE) or "__pycache__" in parts:
            raise BundleError(
                f"{path}: {name!r} is compiled code, which could run in place of the source; a "
                "bundle has none."
            )
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise BundleError(f"{path}: {name!r} is there twice, or as {seen[folded]!r}. {_AGAIN}")
        seen[folded] = name
        for parent in PurePosixPath(folded).parents:
            parents.setdefault(str(parent), name)
    for folded in seen.keys() & parents.keys():
        raise BundleError(f"{path}: {seen[folded]!r} is a file and a folder. {_AGAIN}")


def _is_portable(part: str) -> bool:
    return (
        part not in {"", ".", ".."}
        and part.isprintable()
        and not re.search(r'[\\:*?"<>|]', part)
        and not part.endswith((".", " "))
        and len(part.encode()) < 256
    )


def _manifest(path: Path, file: zipfile.ZipFile, entries: Mapping[str, object]) -> Manifest:
    if MANIFEST not in entries:
        raise BundleError(
            f"{path} is a zip file without {MANIFEST}; give a file that `bakeoff bundle` wrote."
        )
    if file.getinfo(MANIFEST).file_size > _LONGEST:
        raise BundleError(f"{path}: {MANIFEST} is too long for a bundle's. {_AGAIN}")
    try:
        value = json.loads(file.read(MANIFEST))
        number = value["format"]
        if isinstance(number, int) and number > FORMAT:
            writer = str(value.get("bakeoff", ""))[:20]
            raise BundleError(
                f"{path} was written by bakeoff {writer if writer.isprintable() else ''} and has "
                f"format {number}; this version reads up to {FORMAT}. Upgrade bakeoff."
            )
        manifest = TypeAdapter(Manifest).validate_json(json.dumps(value), strict=True)
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleError(f"{path}: {MANIFEST} is damaged ({reason}). {_AGAIN}") from None
    if manifest.schema > SCHEMA:
        raise BundleError(
            f"{path}: {RESULTS} has schema {manifest.schema}; this version of bakeoff reads up to "
            f"{SCHEMA}. Upgrade bakeoff."
        )
    told = (manifest.study, manifest.run, manifest.bakeoff, *(n.path for n in manifest.needs))
    is_named = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", manifest.study)
    if not is_named or not all(text.isprintable() for text in told):
        raise BundleError(f"{path}: {MANIFEST} names what has no such name. {_AGAIN}")
    places = [need.path for need in manifest.needs]
    for place in [*places, manifest.source] if manifest.source else places:
        if {"", ".", ".."} & {*re.split(r"[/\\]", place)}:
            raise BundleError(f"{path}: {MANIFEST} names {place!r}, outside the folder. {_AGAIN}")
    return manifest


def _check_members(path: Path, manifest: Manifest, there: Set[str]) -> None:
    """Refuses a file whose members are others than its manifest says."""
    listed = {member.path for member in manifest.files}
    needed = {RESULTS, REPORT, LOCK} | (
        {f"{SOURCE}/{manifest.source}"} if manifest.source else set()
    )
    if more := there - listed:
        raise BundleError(f"{path}: {min(more)!r} is a member that its manifest lacks. {_AGAIN}")
    if missing := (listed | needed) - there:
        raise BundleError(f"{path}: {min(missing)!r} is missing. {_AGAIN}")
    if len(listed) < len(manifest.files):
        raise BundleError(f"{path}: {MANIFEST} names a member twice. {_AGAIN}")


def _take(
    path: Path, file: zipfile.ZipFile, entry: zipfile.ZipInfo, member: Member, folder: Path
) -> None:
    place = folder.joinpath(*member.path.split("/"))
    place.parent.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    try:
        with file.open(entry) as source, place.open("xb") as target:
            while chunk := source.read(_CHUNK):
                sha256.update(chunk)
                target.write(chunk)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise BundleError(f"{path}: {member.path!r} is damaged ({error}). {_AGAIN}") from None
    if (entry.file_size, sha256.hexdigest()) != (member.size, member.sha256):
        raise BundleError(
            f"{path}: {member.path!r} is not the file that the manifest describes: it was cut or "
            f"altered. {_AGAIN}"
        )
