"""The source text of a user's own classes: part of a trial's key, and what workers run."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import inspect
import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from bakeoff.errors import StudyError
from bakeoff.spec import Spec


@dataclass(frozen=True)
class UserModule:
    """A Python file as it was when read; workers run this text, whatever becomes of the file."""

    name: str
    path: str
    text: str

    def install(self) -> ModuleType:
        """Return the module, executed once in each process and importable under its name.

        Raises:
            Exception: whatever the file raises.
        """
        if self.name in sys.modules:
            return sys.modules[self.name]
        folder = str(Path(self.path).parent)
        if folder not in sys.path:
            sys.path.append(folder)
        spec = importlib.util.spec_from_loader(self.name, _TextLoader(self))
        if spec is None:
            raise StudyError(f"{self.path} cannot be loaded as a Python module.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.name] = module
        try:
            _TextLoader(self).exec_module(module)
        except BaseException:
            del sys.modules[self.name]
            raise
        return module


class _TextLoader(importlib.abc.Loader):
    def __init__(self, module: UserModule) -> None:
        self.user_module = module

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        return self.user_module.text

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.user_module.path
        exec(compile(self.user_module.text, self.user_module.path, "exec"), module.__dict__)


def user_modules(value: object) -> tuple[UserModule, ...]:
    """Return the loaded study files whose classes a spec is made of; workers install them."""
    found: dict[str, UserModule] = {}
    for cls in _classes(value):
        loader = getattr(_module(cls), "__loader__", None) or getattr(
            getattr(_module(cls), "__spec__", None), "loader", None
        )
        if isinstance(loader, _TextLoader):
            found.setdefault(cls.__module__, loader.user_module)
    return tuple(found.values())


def sources(value: object) -> Iterator[tuple[str, str]]:
    """Yield name and source text of each of the user's definitions that a spec depends on.

    Those are the classes of the spec and of its parts that come neither with `bakeoff` nor with
    an installed package, and, from there, whatever classes, functions and constants of the user's
    modules their text names. An edit to any of them, and to nothing else, changes a trial's key.
    """
    seen: dict[str, str] = {}
    for cls in _classes(value):
        _collect(_module(cls), cls.__name__, seen)
    yield from sorted(seen.items())


def _classes(value: object) -> Iterator[type]:
    if isinstance(value, Spec):
        for cls in type(value).__mro__:
            if _is_users(_module(cls)):
                yield cls
        for name in type(value).model_fields:
            yield from _classes(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _classes(item)


def _module(thing: type) -> ModuleType | None:
    return sys.modules.get(thing.__module__)


def _is_users(module: ModuleType | None) -> bool:
    if module is None or module.__name__.split(".")[0] in {"bakeoff", "builtins"}:
        return False
    path = getattr(module, "__file__", None)
    if path is None:
        return module.__name__ in {"__main__", "__mp_main__"}
    return not any(Path(path).is_relative_to(folder) for folder in _installed_folders())


@lru_cache
def _installed_folders() -> tuple[str, ...]:
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return (*folders, *site.getsitepackages(), site.getusersitepackages())


def _collect(module: ModuleType | None, name: str, seen: dict[str, str]) -> None:
    if module is None or not _is_users(module):
        return
    text, definitions = _definitions(module)
    label = f"{_stable_name(module)}.{name}"
    if label in seen or name not in definitions:
        return
    node = definitions[name]
    seen[label] = ast.get_source_segment(text, node) or ast.unparse(node)
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.decorator_list:
        seen[label] = "".join(f"@{ast.unparse(d)}\n" for d in node.decorator_list) + seen[label]
    for used in sorted({n.id for n in ast.walk(node) if isinstance(n, ast.Name)}):
        thing = getattr(module, used, None)
        if isinstance(thing, ModuleType):
            _collect_whole(thing, seen)
        elif used in definitions:
            _collect(module, used, seen)
        else:
            home = sys.modules.get(getattr(thing, "__module__", None) or "")
            _collect(home, getattr(thing, "__name__", used), seen)


def _collect_whole(module: ModuleType, seen: dict[str, str]) -> None:
    if _is_users(module):
        seen.setdefault(_stable_name(module), _text(module))


def _stable_name(module: ModuleType) -> str:
    # The same file is `__main__` when run and has a made-up name when loaded by path.
    path = getattr(module, "__file__", None)
    return Path(path).stem if path else module.__name__


def _definitions(module: ModuleType) -> tuple[str, dict[str, ast.stmt]]:
    text = _text(module)
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({t.id: node for t in targets if isinstance(t, ast.Name)})
    return text, found


def _text(module: ModuleType) -> str:
    spec = getattr(module, "__spec__", None)
    loader = spec.loader if spec is not None else None
    if isinstance(loader, _TextLoader):
        return loader.user_module.text
    try:
        return inspect.getsource(module)
    except (OSError, TypeError):
        raise StudyError(
            f"the source text of {module.__name__} cannot be read, and a trial's key must cover "
            "it; put the study and its model classes in a Python file."
        ) from None
