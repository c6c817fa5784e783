"""The source text of a user's own classes: part of a trial's key, and what workers run."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
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
            self._check_neighbours()
        except BaseException:
            del sys.modules[self.name]
            raise
        return module

    def _check_neighbours(self) -> None:
        """Refuse a module imported under the name of a file beside this one that is not that file.

        Raises:
            StudyError: as said; Python keeps one module of a name, and this file means its own.
        """
        folder = Path(self.path).parent
        for name in {name.partition(".")[0] for name in _imports(ast.parse(self.text), "")}:
            beside = [
                p for p in (folder / f"{name}.py", folder / name / "__init__.py") if p.exists()
            ]
            found = getattr(sys.modules.get(name), "__file__", None)
            if beside and found and Path(found).resolve() not in {p.resolve() for p in beside}:
                raise StudyError(
                    f"{self.path} imports {name}, which lies beside it, but {found} has that name "
                    "already; rename one, or run the studies one at a time."
                )


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
    an installed package. Of a class's own file, the statements are covered that bind or change
    a name which the class's text names, and from there on; so an edit to the study itself, its
    rounds, say, leaves the keys, and so does importing the file instead of running it. Of other
    modules that these statements import, the whole text is, and that of the user's modules which
    they import. What a decorator notes elsewhere is not traced. A file's name is part of the key.
    """
    seen: dict[str, str] = {}
    for cls in _classes(value):
        if (module := _module(cls)) is not None:
            _collect(module, cls.__name__, seen)
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


def _collect(module: ModuleType, name: str, seen: dict[str, str]) -> None:
    """Add the statements of a study's file that make a name what it is."""
    text = _text(module)
    label = f"{Path(getattr(module, '__file__', None) or module.__name__).stem}.{name}"
    if label in seen:
        return
    statements = [node for node in ast.parse(text).body if _concerns(node, name)]
    if not statements:
        return
    seen[label] = "\n".join(_segment(text, node, name) for node in statements)
    for node in statements:
        for imported in _imports(node, module.__package__ or ""):
            _collect_whole(imported, seen)
        for used in sorted({n.id for n in ast.walk(node) if isinstance(n, ast.Name)}):
            _collect(module, used, seen)


def _concerns(node: ast.stmt, name: str) -> bool:
    """Whether a top-level statement binds a name, or may change what it is bound to."""
    match node:
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return node.name == name
        case ast.Import() | ast.ImportFrom():
            bound = {alias.asname or alias.name.split(".")[0] for alias in node.names}
            return name in bound or "*" in bound
        case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
            return any(isinstance(t, ast.Name) and t.id == name for t in targets)
        case ast.AnnAssign(target=ast.Name(id=target)):
            return target == name
        case _:
            return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))


def _segment(text: str, node: ast.stmt, name: str) -> str:
    if isinstance(node, ast.Import | ast.ImportFrom):
        # Of an import, only what concerns the name: importing more beside it changes nothing.
        origin = f"{node.level}{node.module}" if isinstance(node, ast.ImportFrom) else ""
        names = [a.name for a in node.names if name in {a.asname, a.name.split(".")[0], a.name}]
        return f"import {origin} {' '.join(names) or '*'}"
    segment = ast.get_source_segment(text, node) or ast.unparse(node)
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.decorator_list:
        return "".join(f"@{ast.unparse(d)}\n" for d in node.decorator_list) + segment
    return segment


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the full names of the modules that a piece of code may import, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            try:
                home = importlib.util.resolve_name(base, package)
            except ImportError:
                continue
            yield home
            # What is imported from a package may be one of its modules.
            yield from (f"{home}.{alias.name}" for alias in node.names if alias.name != "*")


def _collect_whole(name: str, seen: dict[str, str]) -> None:
    """Add the text of a user's module, and of the user's modules that it imports."""
    path = _users_file(name)
    if name in seen or path is None:
        return
    text = path.read_text(encoding="utf-8")
    seen[name] = text
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for imported in (*_imports(ast.parse(text), package), name.rpartition(".")[0]):
        _collect_whole(imported, seen)


def _users_file(name: str) -> Path | None:
    """Return the Python file of a module, if it is the user's own."""
    if not name or name.split(".", maxsplit=1)[0] in sys.stdlib_module_names | {"bakeoff"}:
        return None
    found = getattr(sys.modules.get(name), "__file__", None)
    if found is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return None
        found = spec.origin if spec is not None else None
    path = Path(found) if found else None
    if path is None or path.suffix != ".py" or not path.exists():
        return None
    return None if any(path.is_relative_to(folder) for folder in _installed_folders()) else path


def _text(module: ModuleType) -> str:
    loader = getattr(module.__spec__, "loader", None)
    if isinstance(loader, _TextLoader):
        return loader.user_module.text
    try:
        return Path(getattr(module, "__file__", None) or "").read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise StudyError(
            f"the source text of {module.__name__} cannot be read, and a trial's key must cover "
            "it; put the study and its model classes in a Python file."
        ) from None
