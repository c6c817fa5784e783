"""Frozen, validated value objects: the base of everything a study declares."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from bakeoff.errors import SpecError, nearest

PositiveInt = Annotated[int, Field(gt=0)]
NonNegativeInt = Annotated[int, Field(ge=0)]
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


class Spec(BaseModel):
    """A frozen value: equal by content, hashable, and printed as the code that makes it.

    Subclass it with annotated fields, as any pydantic model. An unknown field or a value of the
    wrong type or range raises `SpecError` where the spec is written, naming the field, what was
    given and what is allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def __init__(self, /, *unnamed: Any, **fields: Any) -> None:
        if unnamed:
            raise SpecError(
                f"{type(self).__name__} takes its fields by name; given {unnamed[0]!r} without "
                f"one. It takes {_list(list(type(self).model_fields))}"
            )
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise SpecError(_explain(type(self), error)) from None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Give a subclass with a signature of its own the same errors as one without."""
        super().__pydantic_init_subclass__(**kwargs)
        if "__init__" in cls.__dict__:
            setattr(cls, "__init__", _checked(cls, cls.__init__))  # noqa: B010

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated as a new one.

        Raises:
            SpecError: a field is unknown, or its value is not allowed.
        """
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        copy = type(self).__new__(type(self))
        Spec.__init__(copy, **(fields | changes))
        return copy

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """List the fields that differ from their defaults, positional ones without their name."""
        kinds = {p.name: p.kind for p in inspect.signature(type(self)).parameters.values()}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            match kinds.get(name, inspect.Parameter.KEYWORD_ONLY):
                case inspect.Parameter.VAR_POSITIONAL:
                    yield from ((None, item) for item in value)
                case _ if not field.is_required() and value == field.get_default():
                    continue
                case inspect.Parameter.POSITIONAL_OR_KEYWORD:
                    yield None, value
                case _:
                    yield name, value


def canonical(value: object) -> Json:
    """Return the plain JSON form of a spec: every field, defaults included, with its type's name.

    Two specs have the same canonical form exactly when they are equal.
    """
    if isinstance(value, Spec):
        fields = {name: canonical(getattr(value, name)) for name in type(value).model_fields}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [canonical(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise SpecError(
        f"a spec holds a {type(value).__name__}; fields may be numbers, text, booleans, None, "
        "other specs, and tuples of these."
    )


def digest(value: Json) -> str:
    """Return the SHA-256 (64 hexadecimal digits) of a JSON value, keys sorted."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


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
                given = {name: fields[name] for name in unknown}
                raise SpecError(
                    "; ".join(_unknown(cls, n, v, names) for n, v in given.items())
                ) from None
            raise SpecError(f"{cls.__name__}: {error}; it takes {_list(names)}.") from None
        init(self, *args, **fields)

    return __init__


def _explain(cls: type[Spec], error: ValidationError) -> str:
    details = error.errors(include_url=False)
    unknown = [d for d in details if d["type"] == "extra_forbidden"]
    # A misspelt field often also leaves the right one missing: the misspelling is the news.
    return "; ".join(_sentence(cls, detail) for detail in unknown or details)


def _sentence(cls: type[Spec], detail: ErrorDetails) -> str:
    path = ".".join([cls.__name__, *(str(part) for part in detail["loc"])])
    names = list(cls.model_fields)
    match detail["type"]:
        case "extra_forbidden":
            return _unknown(cls, str(detail["loc"][-1]), detail["input"], names)
        case "missing":
            return f"{path} is missing; {cls.__name__} takes {_list(names)}"
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


def _unknown(cls: type[Spec], name: str, given: object, allowed: list[str]) -> str:
    hint = nearest(name, allowed) or "."
    return f"{cls.__name__} has no field {name!r} (given {given!r}){hint} It takes {_list(allowed)}"


def _list(names: list[str]) -> str:
    return ", ".join(names) if names else "no fields"
