"""The mistakes `bakeoff` can name: each says what, what was given, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BakeoffError(Exception):
    """A mistake that the user can mend; the command shows it as one sentence and exits with 2."""


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
