"""Datasets: where labelled examples come from, and what identifies them."""

from __future__ import annotations

import hashlib
import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from pydantic import BeforeValidator, Field

from bakeoff.data.cache import Arrays, cached_arrays, read_note, stored_arrays, write_note
from bakeoff.errors import DataError, unprintable
from bakeoff.spec import Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Place: TypeAlias = Annotated[str | Path, BeforeValidator(str)]
"""Where a file or folder lies, held as text."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Labelled examples that rounds draw from; the arrays are read-only.

    Attributes:
        inputs: ``(N, *shape)``: uint8 for images, ``(N, channels, rows, columns)``; else float32,
            NaN where a value is missing.
        labels: of N examples: int64 classes from 0, ``(N,)``, or float32 numbers, ``(N,)`` or
            ``(N, outputs)``.
        groups: int64 ``(N,)``: examples of one group stay in one split; None for no groups.

    Example:
        >>> import numpy
        >>> len(Pool(numpy.eye(4, dtype=numpy.float32), numpy.array([0, 1, 0, 1])))
        4
    """

    inputs: NDArray[np.generic] = field(repr=False)
    labels: NDArray[np.generic] = field(repr=False)
    groups: NDArray[np.generic] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("inputs", "labels", "groups"):
            array = getattr(self, name)
            if array is not None and array.flags.writeable:
                view = array.view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Examples:
    """All that a dataset holds.

    Attributes:
        train: what training and validation splits are drawn from; everything, where `test` is None.
        test: what test splits are drawn from.
        classes: their names, in the order of the labels; empty where labels are numbers.
        categories: for each column of a table whether it is one of a category's, and so neither
            standardised nor imputed; empty for none.
        impute: what takes the place of a missing number, the column's ``mean`` or ``median`` in the
            training split; empty where none is missing.
        remarks: sentences about how the data was read that a reader should know.

    Example:
        >>> import numpy
        >>> pool = Pool(numpy.eye(4, dtype=numpy.float32), numpy.array([0, 1, 0, 1]))
        >>> Examples(pool, classes=("even", "odd")).shape
        (4,)
    """

    train: Pool
    test: Pool | None = None
    classes: tuple[str, ...] = ()
    categories: tuple[bool, ...] = ()
    impute: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in filter(unprintable, self.classes):
            raise DataError(
                f"the class {name!a} has control characters in its name, which terminals, "
                "pages and drawings cannot show; rename it."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example's input."""
        return tuple(self.train.inputs.shape[1:])

    def arrays(self) -> Arrays:
        """Returns the arrays by name: ``train_inputs``, and so on."""
        pools = {"train": self.train, "test": self.test}
        named = {
            f"{name}_{part}": getattr(pool, part)
            for name, pool in pools.items()
            if pool is not None
            for part in ("inputs", "labels", "groups")
        }
        return {name: array for name, array in named.items() if array is not None}


class Dataset(Spec, ABC):
    """Where labelled examples come from. Subclass it with your own fields and `read`.

    In a trial's key it counts by its content alone, wherever that lies.

    Example:
        >>> class Parity(Dataset):
        ...     def read(self):
        ...         import numpy
        ...         inputs = numpy.eye(6, dtype=numpy.float32)
        ...         return Examples(Pool(inputs, numpy.arange(6) % 2), classes=("even", "odd"))
        >>> Parity().load().classes
        ('even', 'odd')
    """

    in_keys: ClassVar[bool] = False

    @abstractmethod
    def read(self) -> Examples:
        """Returns the examples, read from where they are.

        Raises:
            DataError: they are missing, damaged, or of no use.
        """

    def stamp(self) -> str | None:
        """Returns what changes whenever the data does, found without reading it.

        None where there is no such thing: the data is then read once in each run.
        """
        return None

    def read_from(self) -> tuple[Path, ...]:
        """Returns the files that it is read from; none where it is made otherwise, or comes along.

        Raises:
            DataError: they are missing.
        """
        return ()

    def digest(self) -> str:
        """Returns 64 hexadecimal digits, equal exactly where the examples are.

        Raises:
            DataError: as `read`.
        """
        if self in _READ:
            return _READ[self]
        with _reading():
            stamp = self.stamp()
            if stamp is None:
                return _READ.setdefault(self, keep(self.read()))
            noted = read_note(stamp)
            if noted is not None and _facts(noted) is not None:
                return noted
            # Stamped before it is read: what changes meanwhile is other data next time.
            digest = keep(self.read())
            write_note(stamp, digest)
            return digest

    def load(self) -> Examples:
        """Returns the examples, mapped from the cache where they can be.

        Raises:
            DataError: as `read`.
        """
        digest = self.digest()
        examples = cached_examples(digest)
        if examples is not None:
            return examples
        # It was not in the cache yet, or damaged there; or the cache cannot be written.
        with _reading():
            examples = self.read()
        if keep(examples) != digest:
            raise DataError(f"the data of {self!r} changed while in use; run again.")
        return cached_examples(digest) or examples


_IS_READ: ContextVar[bool] = ContextVar("is_read", default=False)


@contextmanager
def _reading() -> Iterator[None]:
    token = _IS_READ.set(True)
    try:
        yield
    finally:
        _IS_READ.reset(token)


def is_read() -> bool:
    """Returns whether a dataset is being read: its files count by what it makes of them."""
    return _IS_READ.get()


_READ: dict[Dataset, str] = {}
"""Digests of datasets without a stamp that this run has read, and of those that were sent here."""


def read_anew() -> None:
    """Lets datasets without a stamp be read again: a run has begun."""
    _READ.clear()


def sent_here(dataset: Dataset, digest: str) -> None:
    """Notes a dataset's digest, whose files are on another machine; the cache holds its examples.

    Args:
        dataset: as it was declared there.
        digest: of its examples.
    """
    _READ[dataset] = digest


class Cached(Dataset):
    """Examples that are in the cache, by their digest."""

    content: str = Field(kw_only=False)

    @classmethod
    def of(cls, examples: Examples) -> Cached:
        """Keeps examples in the cache, and returns the dataset of them."""
        return cls(keep(examples))

    def read(self) -> Examples:
        """Returns them.

        Raises:
            DataError: they are no longer there.
        """
        examples = cached_examples(self.content)
        if examples is None:
            raise DataError(
                "the data that the run began with is no longer in the cache; run again."
            )
        return examples

    def digest(self) -> str:
        """Returns the digest given."""
        return self.content

    def load(self) -> Examples:
        """Returns them, as `read` does."""
        return self.read()


_FACTS = {"arrays", "checksums", "classes", "categories", "impute", "remarks"}

_WHOLE: set[str] = set()
"""Digests of the data that this process has found whole in the cache: it is looked at once."""


def datasets(value: object) -> Iterator[Dataset]:
    """Yields the datasets that a spec is made of."""
    match value:
        case Dataset():
            yield value
        case Spec():
            for name in type(value).model_fields:
                yield from datasets(getattr(value, name))
        case tuple():
            for item in value:
                yield from datasets(item)
        case _:
            return


def digest_of(value: Spec) -> str:
    """Returns the digest of all data that a spec is made of; empty where there is none."""
    digests = list(dict.fromkeys(dataset.digest() for dataset in datasets(value)))
    if len(digests) < 2:
        return digests[0] if digests else ""
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()


def content_digest(examples: Examples) -> str:
    """Returns the SHA-256 over names, types, shapes and bytes of arrays, and over class names."""
    import numpy as np

    parts: dict[str, object] = {
        name: [
            str(array.dtype),
            list(array.shape),
            hashlib.sha256(np.ascontiguousarray(array).data).hexdigest(),
        ]
        for name, array in sorted(examples.arrays().items())
    }
    parts |= {"classes": list(examples.classes), "categories": list(examples.categories)}
    if examples.impute:
        parts["impute"] = examples.impute
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def keep(examples: Examples) -> str:
    """Puts examples into the cache, and returns their digest."""
    digest = content_digest(examples)
    arrays = examples.arrays()
    facts = {
        "arrays": {name: [str(a.dtype), list(a.shape)] for name, a in arrays.items()},
        "checksums": _checksums(arrays),
        "classes": list(examples.classes),
        "categories": list(examples.categories),
        "impute": examples.impute,
        "remarks": list(examples.remarks),
    }
    write_note(f"examples-{digest}", json.dumps(facts))
    checksums = facts["checksums"]
    cached_arrays(
        digest,
        list(arrays),
        lambda: arrays,
        lambda stored: _sound(stored, facts) and _checksums(stored) == checksums,
    )
    return digest


def cached_examples(digest: str) -> Examples | None:
    """Returns the examples of a digest from the cache, None where they are not there whole.

    Bytes that changed on the disk are noticed; what a process has found whole counts as such.
    """
    facts = _facts(digest)
    if facts is None:
        return None
    names = list(facts["arrays"])
    arrays = stored_arrays(digest, names)
    if arrays is None or not _sound(arrays, facts):
        return None
    if digest not in _WHOLE:
        if _checksums(arrays) != facts["checksums"]:
            return None
        _WHOLE.add(digest)

    def pool(name: str) -> Pool:
        return Pool(
            arrays[f"{name}_inputs"], arrays[f"{name}_labels"], arrays.get(f"{name}_groups")
        )

    return Examples(
        train=pool("train"),
        test=pool("test") if "test_inputs" in arrays else None,
        classes=tuple(facts["classes"]),
        categories=tuple(facts["categories"]),
        impute=facts["impute"],
        remarks=tuple(facts["remarks"]),
    )


def _facts(digest: str) -> dict[str, Any] | None:
    text = read_note(f"examples-{digest}")
    try:
        facts = json.loads(text or "")
    except ValueError:
        return None
    whole = isinstance(facts, dict) and facts.keys() >= _FACTS
    return facts if whole else None


def _sound(arrays: Arrays, facts: Mapping[str, object]) -> bool:
    return {n: [str(a.dtype), list(a.shape)] for n, a in arrays.items()} == facts["arrays"]


def _checksums(arrays: Arrays) -> dict[str, int]:
    import numpy as np

    return {name: zlib.crc32(np.ascontiguousarray(array).data) for name, array in arrays.items()}
