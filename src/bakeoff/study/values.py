"""Plain values of a user's names, as JSON: what a name holds counts, however it came to hold it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from bakeoff.spec import Json, Spec, canonical

_LONG = 2000
"""Letters of JSON beyond which a value counts by its digest."""


class NotPlain(Exception):  # noqa: N818
    """A value holds something other than numbers, text and collections of these."""


def plain(value: object, folder: str = "") -> Json:
    """Returns numbers, text, arrays, and collections of these as JSON; equal where the values are.

    Args:
        value: of any type.
        folder: of the study; where a text holds its path, it counts as if it stood elsewhere.

    Raises:
        NotPlain: the value holds anything else.
    """
    as_json = _plain(value, folder, set())
    text = json.dumps(as_json, separators=(",", ":"))
    return as_json if len(text) <= _LONG else {"sha256": hashlib.sha256(text.encode()).hexdigest()}


def attributes(value: object, folder: str = "") -> Json:
    """Returns the attributes of an object, a dataclass or namespace say, as JSON.

    Args:
        value: an object, neither plain itself nor a class.
        folder: as for `plain`.

    Raises:
        NotPlain: it has no attributes, or one of them is not plain.
    """
    if isinstance(value, Spec):
        return canonical(value)
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name, None) for f in dataclasses.fields(value)}
    else:
        fields = getattr(value, "__dict__", {})
    if isinstance(value, type) or not fields:
        raise NotPlain
    return {"type": type(value).__qualname__, "fields": plain(dict(fields), folder)}


def _plain(value: Any, folder: str, above: set[int]) -> Json:
    as_json: Json
    match value:
        case None | bool():
            as_json = value
        case int():
            as_json = int(value)
        case float():
            as_json = {"number": float.__repr__(value)}
        case complex():
            as_json = {"number": complex.__repr__(value)}
        case str():
            as_json = value.replace(folder, "<folder>") if folder else str(value)
        case bytes():
            as_json = {"bytes": value.hex()}
        case tuple() | list() | set() | frozenset() | Mapping():
            if id(value) in above:
                raise NotPlain
            as_json = _collection(value, folder, above | {id(value)})
        case _:
            as_json = _array(value)
    return as_json


def _collection(value: Any, folder: str, above: set[int]) -> Json:
    match value:
        case Mapping():
            pairs = value.items()
            return {"map": [[_plain(part, folder, above) for part in pair] for pair in pairs]}
        case set() | frozenset():
            items = (json.dumps(_plain(each, folder, above), sort_keys=True) for each in value)
            return {"set": [*sorted(items)]}
        case _:
            return {type(value).__name__: [_plain(each, folder, above) for each in value]}


def _array(value: Any) -> Json:
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().cpu().resolve_conj().resolve_neg()
        if value.dtype is torch.bfloat16:
            value = value.float()
        value = value.numpy()
    if (
        numpy is None
        or not isinstance(value, numpy.ndarray | numpy.generic)
        or value.dtype.hasobject
    ):
        raise NotPlain
    digest = hashlib.sha256(numpy.ascontiguousarray(value).tobytes()).hexdigest()
    return {"array": digest, "dtype": str(value.dtype), "shape": list(value.shape)}
