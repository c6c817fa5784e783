"""What a user's code raised, in words, with the line of it."""

from __future__ import annotations

import traceback
from pathlib import Path

from bakeoff.errors import printable
from bakeoff.study.reads import is_installed


def raised(error: BaseException) -> str:
    """Returns an error with the last line of the user's own code on the way to it.

    ``"ZeroDivisionError: division by zero (div.py, line 16, in forward)"``
    """
    frames = traceback.extract_tb(error.__traceback__)
    last = ([frame for frame in frames if not is_installed(frame.filename)] or frames)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}, in {last.name}"
    return f"{words_of(error)} ({printable(place)})"


def words_of(error: BaseException) -> str:
    """Returns an error's class and message, also of one that cannot give its message."""
    try:
        message = str(error)
    except Exception as second:
        message = f"its message cannot be had, {type(second).__name__}"
    return printable(f"{type(error).__name__}: {message}" if message else type(error).__name__)
