"""The state of a user's modules before a trial, to be put back after it."""

from __future__ import annotations

import random
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import suppress
from operator import is_
from typing import Any, NamedTuple, TypeAlias

_LARGE = 2**24
"""The most bytes of arrays that are copied for each trial; further arrays are not compared."""

_MANY = 10_000
"""The most items of a collection that are looked into; in a larger one, they are not."""

_GONE = object()

_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_CONSTANT = (*_PLAIN, types.ModuleType)
_DEFINITION = (type, types.FunctionType)


class StatePart(NamedTuple):
    """A value that code can change in place.

    Attributes:
        name: its name for the user: ``study.CACHE``.
        changed: returns whether its state has changed since.
        restore: puts its state back.
        notable: whether a reader should know.
    """

    name: str
    changed: Callable[[], bool]
    restore: Callable[[], object]
    notable: bool = True

    def restored(self) -> Iterator[str]:
        """Puts the part back if it has changed, and yields its name."""
        if self.changed():
            self.restore()
            if self.notable:
                yield self.name


class Attributes(NamedTuple):
    """The names of a module, a class or a function, and what they held.

    They are one part, because a module often has hundreds.
    """

    owner: Any
    name: str
    now: MutableMapping[str, Any]
    before: dict[str, Any]

    def restored(self) -> Iterator[str]:
        """Puts back the names that have changed, and yields them."""
        for each, value in self.before.items():
            if not _equal(self.now.get(each, _GONE), value):
                setattr(self.owner, each, value)
                yield f"{self.name}.{each}"


Part: TypeAlias = StatePart | Attributes


class UserState:
    """The state that is reached from the names of some modules and that a trial could change.

    It includes the names themselves, collections, arrays (16 MiB in all), random generators, the
    attributes of the modules' classes, functions and objects, and of networks. It does not include
    the state of iterators and of other packages' objects.
    """

    def __init__(self, modules: Iterable[types.ModuleType]) -> None:
        modules = tuple(modules)
        self._names = {module.__name__ for module in modules}
        self._seen: dict[int, Any] = {}
        self._room = _LARGE
        self._parts = [
            part for m in modules for part in self._of_attributes(m, m.__name__, vars(m))
        ]

    def restored(self) -> Iterator[str]:
        """Puts back the parts that have changed, and yields their names."""
        for part in self._parts:
            yield from part.restored()

    def _of(self, value: Any, name: str) -> Iterator[Part]:
        """Yields the parts of a value, each once, by whatever name it is reached."""
        if self._is_constant(value) or id(value) in self._seen:
            return
        self._seen[id(value)] = value  # Kept, so that no other object gets its address.
        match value:
            case dict():
                yield from self._of_mapping(value, name)
            case list() | set() | deque() | bytearray():
                yield from self._of_collection(value, name)
            case tuple() | frozenset():
                yield from self._of_items(value, name)
            case types.FunctionType():
                yield from self._of_function(value, name)
            case type():
                yield from self._of_class(value, name)
            case random.Random():
                yield _part(name, value.getstate, value.setstate)
            case _:
                yield from self._of_object(value, name)

    def _is_constant(self, value: Any) -> bool:
        """Whether a value is plain, or a class, a function or a module of other modules."""
        if isinstance(value, _DEFINITION):
            return value.__module__ not in self._names
        return isinstance(value, _CONSTANT)

    def _of_mapping(self, value: dict[Any, Any], name: str) -> Iterator[Part]:
        before = dict(value)

        def changed() -> bool:
            return not (_same(before, value) and _same(before.values(), value.values()))

        def restore() -> None:
            value.clear()
            value.update(before)

        yield StatePart(name, changed, restore)
        if len(before) <= _MANY:
            for key, item in before.items():
                yield from self._of(item, f"{name}[{key!r}]")

    def _of_collection(self, value: Any, name: str) -> Iterator[Part]:
        before = tuple(value)

        def restore() -> None:
            value.clear()
            (value.update if isinstance(value, set) else value.extend)(before)

        yield StatePart(name, lambda: not _same(before, value), restore)
        yield from self._of_items(before, name)

    def _of_items(self, items: Any, name: str) -> Iterator[Part]:
        if len(items) <= _MANY:
            for item in items:
                yield from self._of(item, f"an item of {name}")

    def _of_attributes(
        self, owner: Any, name: str, attributes: MutableMapping[str, Any]
    ) -> Iterator[Part]:
        before = {k: v for k, v in attributes.items() if not _is_special(k)}

        yield Attributes(owner, name, attributes, before)

        def added() -> list[str]:
            # Loading a module binds its name in the package that it is in.
            return [
                name
                for name, value in attributes.items()
                if not (name in before or _is_special(name) or isinstance(value, types.ModuleType))
            ]

        def remove() -> None:
            for each in added():
                delattr(owner, each)

        yield StatePart(f"{name} (a new name)", lambda: bool(added()), remove)
        for each, value in before.items():
            if not self._is_constant(value):
                yield from self._of(value, f"{name}.{each}")

    def _of_class(self, value: type, name: str) -> Iterator[Part]:
        # A class's attributes are read through a proxy, which stays up to date.
        yield from self._of_attributes(value, name, vars(value))  # type: ignore[arg-type]

    def _of_function(self, value: types.FunctionType, name: str) -> Iterator[Part]:
        yield from self._of_attributes(value, name, vars(value))
        for default in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
            yield from self._of(default, f"a default of {name}")
        for cell in value.__closure__ or ():
            yield from self._of_cell(cell, name)

    def _of_cell(self, cell: types.CellType, name: str) -> Iterator[Part]:
        with suppress(ValueError):  # It holds nothing yet.
            value = cell.cell_contents
            yield StatePart(
                f"a variable of {name}",
                lambda: not _equal(cell.cell_contents, value),
                lambda: setattr(cell, "cell_contents", value),
            )
            yield from self._of(value, f"a variable of {name}")

    def _of_object(self, value: Any, name: str) -> Iterator[Part]:
        """Yields the parts of an array, a random generator, or an object with attributes."""
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(value, torch.Tensor):
            if not value.is_meta and self._fits(value.numel() * value.element_size()):
                yield from _of_tensor(value, name)
        elif torch is not None and isinstance(value, torch.Generator):
            state = value.get_state()
            yield StatePart(
                name,
                lambda: not torch.equal(value.get_state(), state),
                lambda: value.set_state(state),
            )
        elif numpy is not None and isinstance(value, numpy.ndarray):
            if value.flags.writeable and not value.dtype.hasobject and self._fits(value.nbytes):
                copy = value.copy()
                yield StatePart(
                    name,
                    lambda: value.tobytes() != copy.tobytes(),
                    lambda: numpy.copyto(value, copy),
                )
        elif numpy is not None and isinstance(value, numpy.random.Generator):
            bits = value.bit_generator
            yield _part(name, lambda: bits.state, lambda state: setattr(bits, "state", state))
        elif numpy is not None and isinstance(value, numpy.random.RandomState):
            yield _part(name, lambda: value.get_state(legacy=False), value.set_state)
        elif callable(getattr(value, "cache_clear", None)):
            # The content of a cache cannot be seen, so it is cleared, to be filled again.
            size = value.cache_info().currsize
            yield StatePart(
                name,
                lambda: value.cache_info().currsize != size,
                value.cache_clear,
                notable=False,
            )
        elif type(value).__module__ in self._names or _is_network(value):
            attributes = getattr(value, "__dict__", None)
            if attributes is not None:
                yield from self._of_mapping(attributes, name)

    def _fits(self, size: int) -> bool:
        self._room -= size
        return self._room >= 0


def _of_tensor(value: Any, name: str) -> Iterator[StatePart]:
    import torch

    copy = value.detach().clone()

    def restore() -> None:
        with torch.no_grad():
            value.detach().copy_(copy)

    yield StatePart(name, lambda: not _equal_tensors(value.detach(), copy), restore)
    if value.grad is None:
        yield StatePart(name, lambda: value.grad is not None, lambda: setattr(value, "grad", None))


def _equal_tensors(a: Any, b: Any) -> bool:
    import torch

    return a.shape == b.shape and torch.equal(a.view(torch.uint8), b.view(torch.uint8))


def _part(name: str, get: Callable[[], Any], put: Callable[[Any], object]) -> StatePart:
    before = repr(get())
    state = get()
    return StatePart(name, lambda: repr(get()) != before, lambda: put(state))


def _same(a: Iterable[Any], b: Iterable[Any]) -> bool:
    """Whether two collections hold the same objects; plain values need only be equal."""
    a, b = tuple(a), tuple(b)
    return len(a) == len(b) and (all(map(is_, a, b)) or all(map(_equal, a, b)))


def _equal(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, _PLAIN) and type(a) is type(b) and a == b)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_network(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)
