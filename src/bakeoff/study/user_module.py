"""A user's Python file: as it was when it was read, so that workers run what the keys cover."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType

from bakeoff.errors import StudyError
from bakeoff.spec import Json
from bakeoff.study.reads import Reads, content, is_installed, listening
from bakeoff.study.values import NotPlain, plain

Values = Mapping[str, Json]
"""What a module's names hold, by name; names that hold nothing plain are absent."""


@dataclass(frozen=True)
class UserModule:
    """A Python file as it was when read; workers run this text, whatever becomes of the file.

    Attributes:
        name: under which it is imported.
        path: absolute.
        text: its content.
        files: the other files that it read while it ran, by path, with their digests.
    """

    name: str
    path: str
    text: str
    files: tuple[tuple[str, str], ...] = ()

    def install(self) -> ModuleType:
        """Returns the module, executed once in each process and importable under its name.

        Raises:
            StudyError: a file that it read before has changed since, or a neighbour that it
                imports has a name already taken.
            Exception: whatever the file raises.
        """
        if self.name in sys.modules:
            return sys.modules[self.name]
        self._check_files()
        folder = str(Path(self.path).parent)
        if folder not in sys.path:
            sys.path.append(folder)
        spec = importlib.util.spec_from_loader(self.name, TextLoader(self))
        if spec is None:
            raise StudyError(f"{self.path} cannot be loaded as a Python module.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.name] = module
        try:
            TextLoader(self).exec_module(module)
            self._check_neighbours()
        except BaseException:
            del sys.modules[self.name]
            raise
        return module

    def stale(self) -> list[str]:
        """Returns the files that have changed since the module read them."""
        return [path for path, digest in self.files if content(path) != digest]

    def _check_files(self) -> None:
        for path in self.stale():
            how = "edited" if Path(path).exists() else "deleted"
            raise StudyError(
                f"{path}, which {Path(self.path).name} reads, was {how} while the run "
                "was under way; run again."
            )

    def _check_neighbours(self) -> None:
        """Refuses a module imported under the name of a file beside this one that is not that file.

        Raises:
            StudyError: as said; Python keeps one module of a name, and this file means its own.
        """
        folder = Path(self.path).parent
        for name in {name.partition(".")[0] for name in imports(ast.parse(self.text), "")}:
            beside = [
                p for p in (folder / f"{name}.py", folder / name / "__init__.py") if p.exists()
            ]
            known = getattr(sys.modules.get(name), "__file__", None)
            if beside and known and Path(known).resolve() not in {p.resolve() for p in beside}:
                raise StudyError(
                    f"{self.path} imports {name}, which lies beside it, but {known} has that name "
                    "already; rename one, or run the studies one at a time."
                )


class TextLoader(importlib.abc.Loader):
    """Runs a `UserModule`, and keeps what it read and what its names held then.

    Attributes:
        user_module: with the files that it read.
        values: what the names of each of the user's modules held when this one had run, by the
            module's name. What a trial leaves behind in them is not part of a later trial's key.
    """

    def __init__(self, module: UserModule) -> None:
        self.user_module = module
        self.values: Mapping[str, Values] = MappingProxyType({})

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        """Returns the text, for tracebacks and `inspect`."""
        return self.user_module.text

    def exec_module(self, module: ModuleType) -> None:
        """Runs the text, and notes what it read."""
        path, reads = self.user_module.path, Reads()
        module.__file__ = path
        with listening(reads, imports=False):
            exec(compile(self.user_module.text, path, "exec"), module.__dict__)
        files = tuple((file, digest) for file, digest in reads.digests.items() if file != path)
        loader = loader_of(module) or self
        loader.user_module = replace(self.user_module, files=files)
        users = [each for each in tuple(sys.modules.values()) if is_users(each)]
        # A notebook's names may hold whole datasets, and no file of a study imports them.
        loader.values = {each.__name__: values_now(each) for each in users if not is_session(each)}


def loader_of(module: ModuleType | None) -> TextLoader | None:
    """Returns what loaded a study's file, None for a module imported otherwise."""
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    return loader if isinstance(loader, TextLoader) else None


def loader_behind(module: ModuleType | None) -> TextLoader | None:
    """Returns what loaded a study's file, or the study that a module of the user was loaded with.

    Raises:
        StudyError: two studies were loaded with the module, and set its values differently.
    """
    own = loader_of(module)
    if own is not None or module is None or not is_users(module) or is_session(module):
        return own
    name = module.__name__
    loaders = [each for each in map(loader_of, tuple(sys.modules.values())) if each is not None]
    # If a file was loaded again after an edit, the last state counts.
    latest = {each.user_module.path: each for each in loaders if name in each.values}
    first, *others = latest.values() or (None,)
    for other in others:
        if first is not None and other is not None and other.values[name] != first.values[name]:
            raise StudyError(
                f"{first.user_module.path} and {other.user_module.path} both import {name} and set "
                "its values differently; run the studies one at a time."
            )
    return first


def values_now(module: ModuleType) -> Values:
    """Returns what a module's names hold now, as JSON; for an object, its attributes."""
    folder = folder_of(module)
    values: dict[str, Json] = {}
    for name, value in tuple(vars(module).items()):
        if not (name.startswith("__") and name.endswith("__")):
            with suppress(NotPlain):
                values[name] = plain(value, folder)
    return values


def folder_of(module: ModuleType) -> str:
    """Returns the folder that a module's file lies in, empty where it has none."""
    return str(Path(module.__file__).parent) if getattr(module, "__file__", None) else ""  # type: ignore[arg-type]


def is_users(module: object) -> bool:
    """Returns whether a module comes neither with `bakeoff`, nor with Python or a package."""
    if not isinstance(module, ModuleType):
        return False
    if module.__name__.split(".")[0] in {"bakeoff", "builtins"}:
        return False
    path = getattr(module, "__file__", None)
    if path is None:
        return module.__name__ in {"__main__", "__mp_main__"}
    # Torch has modules whose file is a name only.
    return os.path.isabs(path) and not is_installed(path)  # noqa: PTH117  # It is asked often.


def is_session(module: ModuleType | None) -> bool:
    """Returns whether a module is that of a notebook, whose code is in cells and not in a file."""
    if module is None or module.__name__ != "__main__":
        return False
    # Some notebooks set a file all the same.
    return getattr(module, "__file__", None) is None or "get_ipython" in vars(module)


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Yields the full names of the modules that a piece of code may import, wherever it does.

    Those named in a call of ``import_module`` or ``__import__`` count as well.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                base = "." * node.level + (node.module or "")
                try:
                    home = importlib.util.resolve_name(base, package)
                except ImportError:
                    continue
                yield home
                # What is imported from a package may be one of its modules.
                yield from (f"{home}.{alias.name}" for alias in node.names if alias.name != "*")
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in {
                "import_module",
                "__import__",
            }:
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        try:
                            yield importlib.util.resolve_name(argument.value, package)
                        except ImportError:
                            continue
