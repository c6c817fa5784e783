"""What of a user's own code a trial depends on: source text, and the values of plain names."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CellType, FunctionType, ModuleType
from typing import TypeAlias

from bakeoff.errors import StudyError
from bakeoff.spec import Json, Spec
from bakeoff.study.reads import is_installed
from bakeoff.study.session import Statement, content, is_defined_as, made_by, statements_of
from bakeoff.study.tokens import Token, tokenized, tokens
from bakeoff.study.user_module import (
    TextLoader,
    UserModule,
    Values,
    folder_of,
    imports,
    is_session,
    is_users,
    loader_behind,
    loader_of,
    values_now,
)
from bakeoff.study.values import NotPlain, attributes, plain

Definition: TypeAlias = type | FunctionType


def user_modules(value: object) -> tuple[UserModule, ...]:
    """Returns the loaded study files whose classes a spec is made of; workers install them."""
    modules = [sys.modules.get(cls.__module__) for cls in user_classes(value)]
    loaders = [loader for loader in map(loader_behind, modules) if loader is not None]
    return tuple(dict.fromkeys(loader.user_module for loader in loaders))


def user_classes(value: object) -> tuple[Definition, ...]:
    """Returns the user's own classes and functions that a spec is made of, bases included."""
    if not isinstance(value, Spec):
        return tuple(dict.fromkeys(_classes(value)))
    # Trials of a variant share what they are made of, and differ in their round alone.
    parts = (getattr(value, name) for name in type(value).model_fields)
    inside = [each for part in parts if isinstance(part, (Spec, tuple)) for each in _inside(part)]
    if not all(map(_is_current, inside)):
        # A cell was run again, or a file loaded again: equal specs name other classes now.
        return tuple(dict.fromkeys(_classes(value)))
    return tuple(dict.fromkeys((*_own_classes(value), *inside)))


def _is_current(definition: Definition) -> bool:
    module = sys.modules.get(definition.__module__)
    return module is None or vars(module).get(definition.__name__, definition) is definition


def home(value: object) -> str | None:
    """Returns the folder of the user's code that a spec depends on; None where there is none."""
    for cls in user_classes(value):
        path = getattr(sys.modules.get(cls.__module__), "__file__", None)
        return str(Path(path).resolve().parent) if path else str(Path.cwd())
    return None


def sources(value: object) -> dict[str, Json]:
    """Returns what a spec depends on of the user's own code, by name.

    It is traced from the classes of the spec and of its parts that come neither with `bakeoff` nor
    with an installed package. In a class's own file it covers the statements that bind or change a
    name which the class's text names, and so on from there. A name that holds numbers, text, or a
    collection of these counts by what it holds; a function, a class or a module by its text. The
    modules that are reached count whole: their text, their plain values, and the user's modules
    that they import. So do the files that a study read while it was loaded, by their content. In a
    notebook, a class counts by its text in the cell that defined it last, and what it names
    likewise, or by its present value.

    Text counts as Python's tokens: comments and layout do not. The study itself, its rounds, say,
    is not covered, and neither is the folder that it lies in; a file's name is.

    Raises:
        StudyError: the source text of a class cannot be read.
    """
    covered: dict[str, Json] = {}
    for cls in user_classes(value):
        module = sys.modules.get(cls.__module__)
        if module is not None:
            _check_current(cls, module)
            trace = _Trace(covered, loader_behind(module))
            trace.add_name(module, cls.__name__)
            held = (cls,) if isinstance(cls, FunctionType) else vars(cls).values()
            trace.add_functions(module, cls.__name__, held)
            trace.add_files()
    return dict(sorted(covered.items()))


def _check_current(definition: Definition, module: ModuleType) -> None:
    if is_session(module) and not _is_current(definition):
        raise StudyError(
            f"{definition.__name__} was defined anew since it was used; run the cells that use it "
            "again."
        )


def nameless_sources(value: object) -> list[Json]:
    """Returns what `sources` does, without the names of the files of the spec's classes."""
    modules = (sys.modules.get(cls.__module__) for cls in user_classes(value))
    stems = {f"{_stem(module)}." for module in modules if module is not None}
    texts: list[Json] = []
    for label, text in sources(value).items():
        stem = next((stem for stem in stems if label.startswith(stem)), "")
        texts.append([label.removeprefix(stem), text])
    return sorted(texts, key=json.dumps)


class _Trace:
    """What has been reached of a user's code so far.

    Attributes:
        covered: by name, added to.
        loader: of the study that the code was loaded with; None where it was imported.
    """

    def __init__(self, covered: dict[str, Json], loader: TextLoader | None) -> None:
        self.covered, self.loader = covered, loader
        self._values: dict[str, Values] = {}

    def add_name(self, module: ModuleType, name: str) -> None:
        """Adds what a name of a module is, and the names that make it so."""
        label = f"{_stem(module)}.{name}"
        if label in self.covered:
            return
        if is_session(module):
            self._add_from_cells(module, name, label)
            return
        known, value = self._values_of(module), vars(module).get(name)
        if name in known:
            self.covered[label] = {"value": known[name]}
            return
        text = _text(module)
        reached = {*_index(text).get(name, ()), *_anywhere(text, name)}
        if not reached:
            return
        statements = sorted(reached, key=lambda statement: statement.position)
        self.covered[label] = "\n".join(statement.code_for(name) for statement in statements)
        if value is not None and not isinstance(value, ModuleType | type | FunctionType):
            with suppress(NotPlain):
                self.covered[f"{label}.attributes"] = attributes(value, folder_of(module))
        self.add_functions(module, name, [value])
        self._add_home(value, module)
        for statement in statements:
            for imported in statement.imported(module.__package__ or ""):
                self._add_module(imported)
            for used in statement.names:
                self.add_name(module, used)

    def _add_from_cells(self, module: ModuleType, name: str, label: str) -> None:
        """Adds what a name of a notebook is: its value, or the text of the cell that defines it."""
        if name not in vars(module):
            return
        value, statements = vars(module)[name], tuple[Statement, ...]()
        if isinstance(value, ModuleType):
            self.covered[label] = value.__name__
        elif is_defined_as(value, name):
            statements = statements_of(module, name)
        elif hasattr(value, "__qualname__"):
            self.covered[label] = f"{getattr(value, '__module__', None)}.{value.__qualname__}"
        else:
            statements = made_by(module, name)
            with suppress(NotPlain):
                self.covered[label] = {"value": content(value)}
        if statements:
            self.covered[label] = "\n".join(statement.code for statement in statements)
        used = {each for statement in statements for each in statement.names}
        definition = value if hasattr(value, "__qualname__") else type(value)
        if getattr(definition, "__module__", None) == module.__name__:
            used.add(definition.__qualname__.partition(".")[0])
        self.add_functions(module, name, [value])
        self._add_home(value, module)
        for each in sorted(used):
            self.add_name(module, each)

    def add_functions(self, module: ModuleType, name: str, values: Iterable[object]) -> None:
        """Adds the plain values that functions hold: of names around them, and of defaults."""
        for function in values:
            plainly = getattr(function, "__func__", getattr(function, "fget", function))
            if isinstance(plainly, FunctionType):
                label = f"{_stem(module)}.{name}.{plainly.__name__}"
                for place, value in _held(plainly):
                    try:
                        self.covered[f"{label}.{place}"] = {
                            "value": plain(value, folder_of(module))
                        }
                    except NotPlain:
                        self._add_home(value, module)

    def add_files(self) -> None:
        """Adds the files that the study read while it was loaded."""
        if self.loader is not None:
            folder = str(Path(self.loader.user_module.path).parent)
            for path, digest in self.loader.user_module.files:
                self.covered[f"file {relative(path, folder)}"] = digest

    def _add_home(self, value: object, here: ModuleType) -> None:
        """Adds the user's module that a value is, or comes from, if it is another than this."""
        several = value.values() if isinstance(value, dict) else value
        for each in several if isinstance(several, tuple | list | set) else [value]:
            name = each.__name__ if isinstance(each, ModuleType) else _module_name(each)
            home = sys.modules.get(name or "")
            # The study's own file is not covered whole, and neither is a script that is run.
            own = home is here or loader_of(home) is not None
            if not own and name not in {"__main__", "__mp_main__"}:
                self._add_module(name or "")

    def _add_module(self, name: str) -> None:
        """Adds a user's module whole, and the user's modules that it imports."""
        path = users_file(name)
        if name in self.covered or path is None:
            return
        text = path.read_text(encoding="utf-8")
        self.covered[name] = _tokens(text)
        module = sys.modules.get(name)
        if module is not None and self._was_loaded(module):
            # Collections may be caches that fill while it runs.
            self.covered[f"{name} values"] = {
                each: value
                for each, value in self._values_of(module).items()
                if not isinstance(vars(module).get(each), list | dict | set)
            }
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for imported in (*_imports(text, package), name.rpartition(".")[0]):
            self._add_module(imported)

    def _was_loaded(self, module: ModuleType) -> bool:
        """Whether a module came with the study; one that a model imports later has no values."""
        name = module.__name__
        if self.loader is not None:
            return name in self.loader.values
        return any(
            value is module or getattr(value, "__module__", None) == name
            for other in tuple(sys.modules.values())
            if other is not module and is_users(other) and not name.startswith(other.__name__)
            for value in tuple(vars(other).values())
        )

    def _values_of(self, module: ModuleType) -> Values:
        """Returns what the names of a module hold: as loaded with a study, or as it is now."""
        name = module.__name__
        if name not in self._values:
            loaded = self.loader.values.get(name) if self.loader is not None else None
            self._values[name] = values_now(module) if loaded is None else loaded
        return self._values[name]


def relative(path: str, folder: str) -> str:
    """Returns a path as seen from a folder if it lies in it, else as it is."""
    return str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path


@dataclass(frozen=True)
class _Statement:
    """A statement at the top of a file: its place, its tokens, and the names that it reads."""

    position: int
    node: ast.stmt
    code: str
    names: tuple[str, ...]

    def __hash__(self) -> int:
        return self.position

    def code_for(self, name: str) -> str:
        """Returns the statement's tokens; of an import only what concerns the name."""
        if not isinstance(self.node, ast.Import | ast.ImportFrom):
            return self.code
        # Importing more beside it changes nothing.
        node = self.node
        origin = f"{node.level}{node.module}" if isinstance(node, ast.ImportFrom) else ""
        names = [a.name for a in node.names if name in {a.asname, a.name.split(".")[0], a.name}]
        return f"import {origin} {' '.join(names) or '*'}"

    def imported(self, package: str) -> tuple[str, ...]:
        """Returns the modules that the statement may import."""
        return _imported_by(self, package)


@lru_cache(maxsize=4096)
def _imported_by(statement: _Statement, package: str) -> tuple[str, ...]:
    return tuple(imports(statement.node, package))


@lru_cache(maxsize=256)
def _statements(text: str) -> tuple[_Statement, ...]:
    words = tokenized(text)
    return tuple(
        _Statement(
            position,
            node,
            _code(words, node),
            tuple(sorted({n.id for n in ast.walk(node) if isinstance(n, ast.Name)})),
        )
        for position, node in enumerate(ast.parse(text).body)
    )


def _code(words: tuple[Token, ...], node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min((node.lineno, *(each.lineno for each in decorators)))
    column = 0 if decorators else node.col_offset
    start = bisect_left(words, ((first, column),))
    end = bisect_left(words, ((node.end_lineno or first, (node.end_col_offset or 0)),))
    return " ".join(word.text for word in words[start:end])


@lru_cache(maxsize=256)
def _index(text: str) -> dict[str, tuple[_Statement, ...]]:
    """Returns the statements that bind each name, by name."""
    index: dict[str, tuple[_Statement, ...]] = {}
    for statement in _statements(text):
        for name in _bound(statement.node) or ():
            index[name] = (*index.get(name, ()), statement)
    return index


@lru_cache(maxsize=4096)
def _anywhere(text: str, name: str) -> tuple[_Statement, ...]:
    """Returns the statements that may change what a name holds, though they do not bind it."""
    return tuple(
        statement
        for statement in _statements(text)
        if ((bound := _bound(statement.node)) is None and name in statement.names)
        or (bound is not None and "*" in bound)
    )


def _bound(node: ast.stmt) -> tuple[str, ...] | None:
    """Returns the names that a statement binds; None where it may do anything to those it names."""
    match node:
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return (node.name,)
        case ast.Import() | ast.ImportFrom():
            return tuple(alias.asname or alias.name.split(".")[0] for alias in node.names)
        case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
            return tuple(t.id for t in targets if isinstance(t, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=target)):
            return (target,)
        case _:
            return None


@lru_cache(maxsize=256)
def _tokens(text: str) -> str:
    return tokens(text)


@lru_cache(maxsize=256)
def _imports(text: str, package: str) -> tuple[str, ...]:
    return tuple(imports(ast.parse(text), package))


@lru_cache(maxsize=1024)
def _inside(part: Spec | tuple[object, ...]) -> tuple[Definition, ...]:
    return tuple(dict.fromkeys(_classes(part)))


def _own_classes(spec: Spec) -> Iterator[Definition]:
    for definition in (type(spec), *spec.definitions()):
        for base in getattr(definition, "__mro__", (definition,)):
            if is_users(sys.modules.get(base.__module__)):
                yield base


def _classes(value: object) -> Iterator[Definition]:
    if isinstance(value, Spec):
        yield from _own_classes(value)
        for name in type(value).model_fields:
            yield from _classes(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _classes(item)


def _held(function: FunctionType) -> Iterator[tuple[str, object]]:
    cells: tuple[CellType, ...] = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # It is empty: a class that is still being made.
            continue
    for place, value in enumerate(function.__defaults__ or ()):
        yield f"default {place}", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f"default {name}", value


def _stem(module: ModuleType) -> str:
    if is_session(module):
        return module.__name__
    return _file_stem(getattr(module, "__file__", None) or module.__name__)


@lru_cache(maxsize=256)
def _file_stem(file: str) -> str:
    return Path(file).stem


def _module_name(value: object) -> str | None:
    named = value if isinstance(value, type | FunctionType) else type(value)
    return getattr(named, "__module__", None)


def users_file(name: str) -> Path | None:
    """Returns the Python file of a module, if it is the user's own."""
    if not name or name.split(".", maxsplit=1)[0] in sys.stdlib_module_names | {"bakeoff"}:
        return None
    origin = getattr(sys.modules.get(name), "__file__", None)
    if origin is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return None
        origin = spec.origin if spec is not None else None
    path = Path(origin) if origin else None
    if path is None or path.suffix != ".py" or not path.exists():
        return None
    return None if is_installed(path) else path


def _text(module: ModuleType) -> str:
    loader = loader_of(module)
    if loader is not None:
        return loader.user_module.text
    try:
        return Path(getattr(module, "__file__", None) or "").read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise StudyError(
            f"the source text of {module.__name__} cannot be read, and a trial's key must cover "
            "it; put the study and its model classes in a Python file."
        ) from None
