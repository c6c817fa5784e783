"""What a user's code raised, in words, with the line of it."""

from __future__ import annotations

import traceback
from pathlib import Path

from bakeoff.study.reads import is_installed


def raised(error: BaseException) -> str:
    """Returns an error with the last line of the user's own code on the way to it.

    ``"ZeroDivisionError: division by zero (div.py, line 16, in forward)"``
    """
    frames = traceback.extract_tb(error.__traceback__)
    last = ([frame for frame in frames if not is_installed(frame.filename)] or frames)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}, in {last.name}"
    return f"{type(error).__name__}: {error} ({place})"
