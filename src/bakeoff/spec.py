"""Frozen, validated value objects: the base of everything a study declares."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from inspect import Parameter
from typing import Annotated, Any, ClassVar, Self, TypeAlias, dataclass_transform, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bakeoff.errors import SpecError, nearest, unprintable

PositiveInt = Annotated[int, Field(gt=0)]
NonNegativeInt = Annotated[int, Field(ge=0)]
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


# For type checkers pydantic's own, and frozen: `frozen=True` alone would not hold for subclasses.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Spec(BaseModel, frozen=True):
    """A frozen value: equal by content, hashable, and printed as the code that makes it.

    Subclass it with annotated fields, as any pydantic model. They are given by name; one that is
    declared with ``Field(kw_only=False)`` may be given without. An unknown field or a value of the
    wrong type or range raises `SpecError` where the spec is written, naming the field, what was
    given and what is allowed; so does text with control characters.

    Example:
        >>> from pydantic import Field
        >>> class Leaky(Spec):
        ...     width: PositiveInt = Field(kw_only=False)
        ...     slope: float = 0.0
        >>> Leaky(200, slope=0.1)
        Leaky(200, slope=0.1)
    """

    in_keys: ClassVar[bool] = True
    """Whether specs of the class are part of a trial's key; data counts there by its content."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    def __new__(cls, /, *_: Any, **__: Any) -> Self:
        """Refuse a class that lacks a method."""
        for name in sorted(cls.__abstractmethods__):
            base = next(base for base in cls.__mro__ if name in base.__dict__)
            where = "a subclass of it" if base is cls else cls.__name__
            raise SpecError(
                f"{cls.__name__} lacks {name}, which each {base.__name__} has; define it in "
                f"{where}: help({base.__name__}.{name}) says how."
            )
        return super().__new__(cls)

    def __init__(self, /, *unnamed: Any, **named: Any) -> None:
        cls = type(self)
        names = [name for name, field in cls.model_fields.items() if field.kw_only is False]
        if len(unnamed) > len(names):
            after = f" after {_list(names)}" if names else ""
            raise SpecError(
                f"{cls.__name__} takes its fields by name{after}; given {unnamed[len(names)]!r} "
                f"without one. It takes {_list(list(cls.model_fields))}"
            )
        fields = dict(zip(names, unnamed, strict=False))
        for name in fields.keys() & named.keys():
            raise SpecError(
                f"{cls.__name__}.{name} is given twice: {fields[name]!r}, without its name, and "
                f"{named[name]!r}"
            )
        try:
            super().__init__(**{n: plain_number(value) for n, value in (fields | named).items()})
        except ValidationError as error:
            raise SpecError(_explain(cls, error)) from None
        for name in cls.model_fields:
            for text in _texts(getattr(self, name)):
                if unprintable(text):
                    raise SpecError(
                        f"{cls.__name__}.{name}: given {text!a}; it must hold no control "
                        "characters, which terminals, pages and drawings cannot show"
                    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Gives a subclass its signature; one with a signature of its own gets the same errors."""
        super().__pydantic_init_subclass__(**kwargs)
        for name in cls.__annotations__:
            if name in cls.model_fields and callable(getattr(cls.__base__, name, None)):
                raise SpecError(
                    f"{cls.__name__} has a field called {name!r}, which is what a method of "
                    f"{getattr(cls.__base__, '__name__', 'its base')} is called; give it another "
                    "name."
                )
        if "__init__" in cls.__dict__:
            setattr(cls, "__init__", _checked(cls, cls.__init__))  # noqa: B010
        elif cls.__init__ is Spec.__init__:
            cls.__signature__ = _signature(cls)

    def definitions(self) -> tuple[Any, ...]:
        """Returns functions and classes that it is made of and names as text; none by default."""
        return ()

    def replace(self, **changes: Any) -> Self:
        """Returns a copy with some fields changed, validated as a new one.

        Raises:
            SpecError: a field is unknown, or its value is not allowed.
        """
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        copy = type(self).__new__(type(self))
        Spec.__init__(copy, **(fields | changes))
        return copy

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """List the fields that differ from their defaults, first those without their name."""
        kinds = _kinds_of_parameters(type(self))
        named = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            match kinds.get(name, Parameter.KEYWORD_ONLY):
                case Parameter.VAR_POSITIONAL:
                    yield from ((None, item) for item in value)
                case _ if not field.is_required() and value == field.get_default():
                    continue
                case Parameter.POSITIONAL_OR_KEYWORD:
                    yield None, value
                case _:
                    named.append((name, value))
        yield from named


@functools.cache
def _kinds_of_parameters(cls: type[Spec]) -> dict[str, Any]:
    return {p.name: p.kind for p in inspect.signature(cls).parameters.values()}


def _texts(value: object) -> Iterator[str]:
    """Yields the texts of a field: its own, and those inside tuples."""
    if isinstance(value, str):
        yield value
    elif type(value) is tuple:
        for each in value:
            yield from _texts(each)


def plain_number(value: Any) -> Any:
    """Returns Python's own number, text or truth value for one of NumPy's, also inside tuples.

    Anything else is returned as it is.
    """
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(map(plain_number, value))
    if (
        type(value).__module__ == "numpy"
        and hasattr(value, "item")
        and (isinstance(value, str) or not hasattr(value, "__len__"))
    ):
        return value.item()
    return value


def canonical(value: object, *, defaults: bool = True) -> Json:
    """Returns the plain JSON form of a spec: its fields, with its type's name.

    Two specs have the same canonical form exactly when they are equal. Where a field may hold
    floats, its whole numbers are given as floats too, for 1 equals 1.0; True likewise equals 1
    where a field may hold either.

    Args:
        value: a spec, or what a field of one may hold.
        defaults: whether fields at their default are given. Without them, a field that is added to
            a class leaves the forms of its earlier specs as they were.

    Raises:
        SpecError: a field holds something else than numbers, text, None, specs and tuples.
    """
    try:
        return _canonical(value, frozenset(), defaults)
    except _NoValue as error:
        raise SpecError(f"{error} is no value of a spec; {_VALUES}.") from None


_VALUES = "fields may be numbers, text, booleans, None, other specs, and tuples of these"


def _canonical(value: object, kinds: frozenset[type], defaults: bool) -> Json:
    match value:
        case Spec():
            cls = type(value)
            fields = {}
            for name, field in cls.model_fields.items():
                held = getattr(value, name)
                if defaults or _is_keyed(field, held):
                    try:
                        fields[name] = _canonical(held, _kinds(cls, name), defaults)
                    except _NoValue as error:
                        raise SpecError(
                            f"{cls.__name__}.{name} holds {error}; {_VALUES}."
                        ) from None
            return {"type": cls.__name__, **fields}
        case tuple():
            return [_canonical(item, kinds, defaults) for item in value]
        case None | str():
            return value
        case bool() | int() | float():
            return _number(value, kinds)
        case _:
            raise _NoValue(_phrase(value))


class _NoValue(Exception):  # noqa: N818
    """A field holds what is no value."""


def _phrase(value: object) -> str:
    match value:
        case list():
            return f"the list {value!r}" if len(repr(value)) < _LONG else "a list"
        case dict():
            return "a dictionary"
        case _ if callable(value):
            return f"the function {getattr(value, '__name__', value)!r}"
        case _:
            return f"a value of type {type(value).__name__}"


_LONG = 60


def _is_keyed(field: FieldInfo, value: object) -> bool:
    """Whether a field counts in a key: it is not data, and not at its default."""
    if isinstance(value, Spec) and not value.in_keys:
        return False
    # `get_default` copies a default that nobody changes here.
    default = (
        field.get_default(call_default_factory=True) if field.default_factory else field.default
    )
    return field.is_required() or bool(value != default)


def _number(value: float, kinds: frozenset[type]) -> Json:
    """Returns a number as equal ones are written where values of several types may stand."""
    if isinstance(value, bool) and not kinds & {int, float}:
        return value
    if float in kinds and not isinstance(value, float):
        with suppress(OverflowError):
            # A whole number beyond what a float can hold equals no float.
            return float(value) if float(value) == value else value
    if isinstance(value, float):
        return value + 0.0  # -0.0 equals 0.0.
    return int(value)


@functools.cache
def _kinds(cls: type[Spec], name: str) -> frozenset[type]:
    """Returns the types of numbers that a field may hold, anywhere in it."""
    kinds: set[type] = set()
    waiting: list[Any] = [cls.model_fields[name].annotation]
    while waiting:
        kind = waiting.pop()
        kind = getattr(kind, "__value__", kind)  # That of a `type` statement.
        if isinstance(kind, type) and kind in {bool, int, float}:
            kinds.add(kind)
        waiting += get_args(kind)
    return frozenset(kinds)


def digest(value: Json) -> str:
    """Returns the SHA-256 (64 hexadecimal digits) of a JSON value, keys sorted."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_ours(value: object) -> bool:
    """Returns whether a spec is made of bakeoff's own classes alone."""
    if isinstance(value, tuple):
        return all(map(is_ours, value))
    if not isinstance(value, Spec):
        return True
    if not type(value).__module__.startswith("bakeoff.") or value.definitions():
        return False
    return all(is_ours(getattr(value, name)) for name in type(value).model_fields)


def _signature(cls: type[Spec]) -> inspect.Signature:
    """Returns pydantic's signature, with the fields first that may be given without their name.

    Raises:
        SpecError: one of them has no default, and one before it has.
    """
    parameters = [
        p.replace(kind=Parameter.POSITIONAL_OR_KEYWORD)
        if cls.model_fields[p.name].kw_only is False
        else p
        for p in inspect.signature(cls).parameters.values()
        if p.name in cls.model_fields
    ]
    try:
        return inspect.Signature(sorted(parameters, key=lambda p: p.kind))
    except ValueError:
        names = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
        raise SpecError(
            f"{cls.__name__} takes {_list(names)} without their names, one of them with a default "
            "and one after it with none; give the later a default, or take Field(kw_only=False) "
            "away."
        ) from None


def _checked(cls: type[Spec], init: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(init)

    @functools.wraps(init)
    def __init__(self: Spec, *args: Any, **fields: Any) -> None:  # noqa: N807
        try:
            signature.bind(self, *args, **fields)
        except TypeError as error:
            unknown = [name for name in fields if name not in signature.parameters]
            names = [name for name in cls.model_fields if name in signature.parameters]
            if unknown:
                raise SpecError(
                    "; ".join(_unknown(cls, name, fields[name], names) for name in unknown)
                ) from None
            raise SpecError(f"{cls.__name__}: {error}; it takes {_list(names)}.") from None
        init(self, *args, **fields)

    return __init__


def _explain(cls: type[Spec], error: ValidationError) -> str:
    details = error.errors(include_url=False)
    unknown = [d for d in details if d["type"] == "extra_forbidden"]
    # A misspelt field often also leaves the right one missing: the misspelling is the news.
    return "; ".join(_sentence(cls, detail) for detail in unknown or details)


def _sentence(cls: type[Spec], detail: ErrorDetails) -> str:  # noqa: PLR0911
    path = ".".join([cls.__name__, *(str(part) for part in detail["loc"])])
    names = list(cls.model_fields)
    match detail["type"]:
        case "extra_forbidden":
            return _unknown(cls, str(detail["loc"][-1]), detail["input"], names)
        case "missing":
            return f"{path} is missing; {cls.__name__} takes {_list(names)}"
        case "tuple_type" if not isinstance(detail["input"], list | set | dict | str):
            return (
                f"{path}: given {detail['input']!r}; it must be a tuple, and a tuple of one ends "
                "with a comma: (a,)"
            )
        case "tuple_type" if isinstance(detail["input"], list):
            return (
                f"{path}: given {detail['input']!r}; it must be a valid tuple: write (a, b) in "
                "place of [a, b]"
            )
        case "model_type" | "is_instance_of":
            return f"{path}: given {_display(detail['input'])}; it must be {_wanted(detail)}"
        case "value_error":
            return (
                f"{path}: {detail['ctx']['error']}"
                if detail["loc"]
                else str(detail["ctx"]["error"])
            )
        case _:
            message = detail["msg"][0].lower() + detail["msg"][1:]
            return (
                f"{path}: given {detail['input']!r}; {message.replace('input should', 'it must')}"
            )


def _display(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else repr(value)


def _wanted(detail: ErrorDetails) -> str:
    """Returns what a field that holds a spec takes, in words."""
    context = detail.get("ctx", {})
    name = str(context.get("class_name") or context.get("class"))
    value = detail["input"]
    if isinstance(value, type):
        return f"a {name}, made by calling the class: {value.__name__}()"
    return f"a {name}, not its name" if isinstance(value, str) else f"a {name}"


def _unknown(cls: type[Spec], name: str, value: object, allowed: list[str]) -> str:
    hint = nearest(name, allowed) or "."
    return f"{cls.__name__} has no field {name!r} (given {value!r}){hint} It takes {_list(allowed)}"


def _list(names: list[str]) -> str:
    return ", ".join(names) if names else "no fields"
