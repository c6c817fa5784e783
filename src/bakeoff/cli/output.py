"""Standard output that may be full, or that nobody reads any more."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FULL = 1
CLOSED = 128 + 13
"""What a shell reports of a command that SIGPIPE has ended."""


class OutputError(Exception):
    """What the command prints cannot be written.

    Attributes:
        closed: whether the reader has left, as `head` does when it has enough.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the output cannot be written: {error.strerror}.")
        self.closed = error.errno == errno.EPIPE

    @property
    def code(self) -> int:
        """What the command exits with."""
        return CLOSED if self.closed else FULL


class _Checked(io.TextIOWrapper):
    """Text output whose faults can be told from those of other files."""

    def write(self, text: str) -> int:
        """Write text."""
        try:
            return super().write(text)
        except OSError as error:
            raise OutputError(error) from None

    def flush(self) -> None:
        """Hand on what is buffered."""
        try:
            super().flush()
        except OSError as error:
            raise OutputError(error) from None


@contextmanager
def checked_output() -> Iterator[None]:
    """Raise `OutputError` where standard output cannot be written, at the latest at the end."""
    before = sys.stdout
    if not isinstance(before, io.TextIOWrapper):
        yield
        return
    before.flush()
    # A terminal that knows no minus sign or accent gets a question mark, not a traceback.
    checked = _Checked(
        before.buffer,
        encoding=before.encoding,
        errors="replace",
        line_buffering=before.line_buffering,
    )
    sys.stdout = checked
    try:
        yield
    finally:
        sys.stdout = before
        try:
            checked.detach()
        except OutputError:
            # What is left would be written, and fail, once more when Python ends.
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                os.dup2(nowhere.fileno(), before.fileno())
            checked.detach()
            raise
