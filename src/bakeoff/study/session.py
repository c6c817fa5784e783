"""A notebook's cells: where the code behind a name stands, and how it travels to workers.

A class of a cell belongs to `__main__`, which has no file; its text is in `linecache`, by cell. A
worker does not run the notebook. It runs the statements that define what a trial is made of, and
takes the values that these name as they are now.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import io
import linecache
import os
import pickle
import symtable
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

from bakeoff.errors import StudyError
from bakeoff.spec import Json
from bakeoff.study.tokens import tokens
from bakeoff.study.values import NotPlain, attributes, plain

MAIN = "__main__"

_PROCESS = uuid.uuid4().hex
_ANNOTATIONS = __future__.annotations


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell.

    Attributes:
        file: the name under which Python knows the cell, in tracebacks for instance.
        cell: the text of the whole cell.
        position: the statement's place in the cell, from 0.
    """

    file: str
    cell: str
    position: int

    @property
    def code(self) -> str:
        """Its tokens: comments and layout do not count."""
        return tokens(_text(self.cell, _body(self.cell)[self.position]))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the session that it reads, inside functions and classes too."""
        return _globals(_text(self.cell, _body(self.cell)[self.position]))

    def tell(self) -> None:
        """Lets Python know the text of its cell in this process."""
        lines = self.cell.splitlines(keepends=True)
        linecache.cache[self.file] = (len(self.cell), None, lines, self.file)

    def run(self, module: ModuleType, flags: int) -> None:
        """Runs it in a module, with the cell's lines in tracebacks."""
        self.tell()
        tree = ast.Module([_body(self.cell)[self.position]], type_ignores=[])
        exec(compile(tree, self.file, "exec", flags, dont_inherit=True), module.__dict__)


Step: TypeAlias = tuple[Statement, ...] | bytes


@dataclass(frozen=True)
class Session:
    """The part of a notebook that a trial is made of, in the order in which it is made.

    Attributes:
        process: the process that the notebook runs in.
        steps: by name, the statements that define it or its pickled value.
        told: the cells of statements that made a value, and do not run again.
        flags: how statements are compiled.
    """

    process: str
    steps: tuple[tuple[str, Step], ...]
    told: tuple[Statement, ...] = ()
    flags: int = 0

    def install(self) -> None:
        """Makes `__main__` of this process hold what the notebook's does, unless it does so."""
        if self.process == _process() or vars(sys.modules[MAIN]).get("__session__") == self:
            return
        module = ModuleType(MAIN)
        vars(module)["__session__"] = self
        sys.modules[MAIN] = module
        for statement in self.told:
            statement.tell()
        for name, step in self.steps:
            if isinstance(step, bytes):
                vars(module)[name] = pickle.loads(step)
            else:
                for statement in step:
                    statement.run(module, self.flags)


def session_of(names: Iterable[str]) -> Session:
    """Returns what some names of the notebook need, with all that they name in turn.

    Raises:
        StudyError: a value among it cannot be pickled, or the text of a definition is not known.
    """
    steps: dict[str, Step] = {}
    told: list[Statement] = []
    main, seen = sys.modules[MAIN], set[str]()

    def add(name: str) -> None:
        if name in seen or name not in vars(main):
            return
        seen.add(name)
        step, needs = _step(main, name)
        made = made_by(main, name)
        told.extend(made)
        needs += [each for statement in made for each in statement.names]
        # What a class or a value is made of comes first.
        for each in needs:
            add(each)
        steps[name] = step

    for name in names:
        add(name)
    has_annotations = vars(main).get("annotations") is _ANNOTATIONS
    flags = _ANNOTATIONS.compiler_flag if has_annotations else 0
    return Session(_process(), tuple(steps.items()), tuple(told), flags)


def is_defined_as(value: object, name: str) -> bool:
    """Returns whether a value is a class or function that a cell defines under a name.

    So is what only a statement can make, because pickle does not find it by its name: a lambda, or
    a function that another returns.
    """
    if getattr(value, "__module__", None) != MAIN:
        return False
    qualified = getattr(value, "__qualname__", None)
    return isinstance(qualified, str) and (qualified == name or "<" in qualified)


def statements_of(main: ModuleType, name: str) -> tuple[Statement, ...]:
    """Returns the statements that define a name, of the cell in which it was last defined.

    There are none where a value came otherwise, as one that a magic or an import of ``*`` has set.

    Raises:
        StudyError: a class or function of the notebook is defined by no cell that is known.
    """
    value = vars(main).get(name)
    files = _files_of(value)
    found = [found for cell in _cells(main) if (found := _statements(*cell, name))]
    # An edited cell that was not run, or failed before, does not count.
    exact = [each for each in found if each[0].file in files]
    for statements in reversed(exact or found):
        return statements
    if is_defined_as(value, name):
        raise StudyError(
            f"the source text of {name} is not known, and a trial's key must cover it; define it "
            "at the top level of a notebook's cell, below no %%magic, or in a Python file."
        )
    return ()


def made_by(main: ModuleType, name: str) -> tuple[Statement, ...]:
    """Returns the statements that made a value; none where what it holds tells enough."""
    value = vars(main)[name]
    if isinstance(value, ModuleType) or hasattr(value, "__qualname__"):
        return ()
    try:
        content(value)
    except NotPlain:
        return statements_of(main, name)
    return ()


def content(value: object) -> Json:
    """Returns what a value of a notebook holds: a line of a cell may have read it from a file.

    Raises:
        NotPlain: it holds something other than numbers, text and collections of these.
    """
    with suppress(NotPlain):
        return plain(value)
    for way in ("state_dict", "to_dict"):  # Of torch's modules, and of pandas.
        held = getattr(value, way, None)
        if callable(held):
            return {"type": type(value).__qualname__, "fields": plain(held())}
    return attributes(value)


def _process() -> str:
    # A forked process is another: the notebook goes on without it.
    return f"{_PROCESS} {os.getpid()}"


def _cells(main: ModuleType) -> list[tuple[str, str]]:
    """Returns the names and texts of all cells, those that ran last at the end."""
    history = vars(main).get("In")  # A user's own variable may have the name.
    texts = map(str, history) if isinstance(history, list) else ()
    ran = {text.rstrip(): number for number, text in enumerate(texts)}
    cells = [
        (file, "".join(entry[2]))
        for file, entry in tuple(linecache.cache.items())
        if len(entry) == 4 and entry[1] is None  # Files have a time.
    ]
    return sorted(cells, key=lambda cell: ran.get(cell[1].rstrip(), -1))


@lru_cache(maxsize=4096)
def _statements(file: str, cell: str, name: str) -> tuple[Statement, ...]:
    """Returns the statements of a cell that define or change a name; none if none defines it."""
    touched = [(n, node) for n, node in enumerate(_body(cell)) if name in _touched(node)]
    if not any(name in _bound(node) for _, node in touched):
        return ()
    return tuple(Statement(file, cell, number) for number, _ in touched)


@lru_cache(maxsize=1024)
def _body(cell: str) -> tuple[ast.stmt, ...]:
    try:
        return tuple(ast.parse(cell).body)
    except (SyntaxError, ValueError):
        return ()


def _bound(node: ast.stmt) -> set[str]:
    """Returns the names that a statement binds, inside an `if` or a loop too."""
    names = set()
    for each in _outside_functions(node):
        match each:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(each.name)
            case ast.Name(ctx=ast.Store()):
                names.add(each.id)
            case ast.alias():
                names.add(each.asname or each.name.partition(".")[0])
    return names


def _touched(node: ast.stmt) -> set[str]:
    """Returns the names that a statement binds, and those of which it sets a part."""
    parts = (
        each
        for each in _outside_functions(node)
        if isinstance(each, ast.Attribute | ast.Subscript) and isinstance(each.ctx, ast.Store)
    )
    return _bound(node) | {root.id for root in map(_root, parts) if isinstance(root, ast.Name)}


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.comprehension)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Yields a statement and its parts, without what is inside functions and classes."""
    yield node
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _outside_functions(child)


def _root(node: ast.AST) -> ast.AST:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


def _text(cell: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    if not decorators:
        return ast.get_source_segment(cell, node) or ""
    first = min(each.lineno for each in decorators)
    return "\n".join(cell.splitlines()[first - 1 : node.end_lineno])


@lru_cache(maxsize=4096)
def _globals(text: str) -> tuple[str, ...]:
    names, tables = set(), [symtable.symtable(text, "<cell>", "exec")]
    while tables:
        table = tables.pop()
        is_top = table.get_type() == "module"
        names |= {
            each.get_name()
            for each in table.get_symbols()
            if each.is_referenced() and (is_top or each.is_global())
        }
        tables += table.get_children()
    return tuple(sorted(names))


def _files_of(value: object) -> set[str]:
    """Returns the cells, or files, of the functions that a definition holds."""
    held = tuple(vars(value).values()) if isinstance(value, type) else (value,)
    functions = (getattr(each, "__func__", getattr(each, "fget", each)) for each in held)
    codes = (
        getattr(inspect.unwrap(each), "__code__", None) for each in functions if callable(each)
    )
    return {code.co_filename for code in codes if code is not None}


class _Pickler(pickle.Pickler):
    """Notes the definitions of the session that a value refers to."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.needs: list[str] = []

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return import_module, (value.__name__,)
        name = getattr(value, "__qualname__", None)
        if isinstance(name, str) and getattr(value, "__module__", None) == MAIN:
            self.needs.append(name.partition(".")[0])
        return NotImplemented


def _step(main: ModuleType, name: str) -> tuple[Step, list[str]]:
    """Returns what makes a name in a worker, and the names that it needs before."""
    value = vars(main)[name]
    if is_defined_as(value, name):
        statements = statements_of(main, name)
        return statements, [each for statement in statements for each in statement.names]
    pickler = _Pickler(file := io.BytesIO())
    try:
        pickler.dump(value)
    except Exception as error:
        raise StudyError(
            f"{name}, which the trial's code names, cannot be sent to a worker "
            f"({type(error).__name__}: {error}); make it inside the function or class that uses it."
        ) from None
    return file.getvalue(), pickler.needs
