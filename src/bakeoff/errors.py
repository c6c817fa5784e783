"""The mistakes `bakeoff` can name: each says what, what was given, what is allowed, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_SEQUENCES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # Colours, and moves of the cursor.
    "|\x1b[\\]PX^_][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\\\)?"  # Titles of windows, links.
    "|\x1b[ -/]*[0-~]"
)
"""What steers a terminal."""

_UNPRINTABLE = re.compile(
    # Control characters but tabs and ends of lines.
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u202a-\u202e\u2066-\u2069"  # What turns the direction of writing.
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # No characters: no file can hold lone surrogates.
)

_SENTENCES = 20_000
"""Characters of an error, at most: one may name every trial of a study."""


def printable(text: str, most: int = 1_000) -> str:
    r"""Returns text of a model, a file or a name as it may be shown anywhere.

    Sequences that steer a terminal are left out, other control characters are written as ``\x07``,
    and the middle of a long text is left out.

    Args:
        text: any text.
        most: the characters of it that are kept, about.

    Example:
        >>> printable("\x1b[31mred\x1b[0m and a bell \x07")
        'red and a bell \\x07'
    """
    cut = len(text) - most
    if cut > 0:
        tail = most // 4
        text = f"{text[: most - tail]} [... {cut:,} characters ...] {text[len(text) - tail :]}"
    return _UNPRINTABLE.sub(
        lambda sign: sign[0].encode("unicode_escape").decode(), _SEQUENCES.sub("", text)
    )


def unprintable(text: str) -> bool:
    """Returns whether text holds what no name may hold: control characters, lone surrogates."""
    return _UNPRINTABLE.search(text) is not None


class BakeoffError(Exception):
    """A mistake that the user can mend; the command shows it as one sentence and exits with 2.

    Args:
        message: the sentence; what it quotes is made printable.

    Example:
        >>> try:
        ...     Flatten(2)
        ... except BakeoffError as error:
        ...     print(error)
        Flatten takes its fields by name; given 2 without one. It takes no fields
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message, _SENTENCES))


class SpecError(BakeoffError, ValueError):
    """A spec was given a wrong field or value."""


class StudyError(BakeoffError):
    """A study, a variant or a study file does not exist, or cannot be read."""


class DataError(BakeoffError):
    """Data is missing, damaged, or too little for the task."""


class ModelError(BakeoffError):
    """A model does not give the heads, or the shapes, that its variant needs."""


class StoreError(BakeoffError):
    """A store cannot be opened, read or written."""


class BundleError(BakeoffError):
    """A bundle cannot be made, or a file is no bundle, damaged, or made to do harm."""


class RunError(BakeoffError):
    """A run was asked for in a way that this machine cannot carry out."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Returns ``"; did you mean 'x'?"`` for the closest allowed name, or an empty string."""
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown(kind: str, name: str, allowed: Iterable[str]) -> str:
    """Returns the sentence for a name that is not among those allowed."""
    names = list(allowed)
    known = f"Known: {', '.join(names)}." if names else "There are none."
    return f"no {kind} is called {name!r}{nearest(name, names) or '.'} {known}"
