"""Standard output that may be full, or that nobody reads any more."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bakeoff.errors import printable

if TYPE_CHECKING:
    from rich.console import Console

FULL = 1
CLOSED = 128 + 13
"""The exit code that a shell reports of a command that SIGPIPE ended."""


class OutputError(Exception):
    """The output of the command cannot be written.

    Attributes:
        closed: whether the reader has closed it, as `head` does after some lines.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the output cannot be written: {error.strerror}.")
        self.closed = error.errno == errno.EPIPE

    @property
    def code(self) -> int:
        """The exit code of the command."""
        return CLOSED if self.closed else FULL


class _Checked(io.TextIOWrapper):
    """Text output whose errors differ from those of other files."""

    def write(self, text: str) -> int:
        """Writes text."""
        try:
            return super().write(text)
        except OSError as error:
            raise OutputError(error) from None

    def flush(self) -> None:
        """Writes the buffered text."""
        try:
            super().flush()
        except OSError as error:
            raise OutputError(error) from None


def open_closed_streams() -> None:
    """Opens the standard streams that the command was started without, to nowhere.

    Otherwise the first files that are opened take their numbers, and are printed to.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def complain(text: object) -> None:
    """Prints a line on standard error, if anybody is there to read it."""
    with suppress(OSError):
        print(f"bakeoff: {printable(str(text), most=20_000)}", file=sys.stderr)


def say(text: object, console: Console) -> None:
    """Prints a text on one line, however long: a folded path could not be copied."""
    console.print(printable(str(text), most=20_000), soft_wrap=True, highlight=False, markup=False)


def print_text(text: str) -> None:
    """Prints a report on standard output; where that is no terminal, in UTF-8 as in a file."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print(text, end="")


@contextmanager
def checked_output() -> Iterator[None]:
    """Raises `OutputError` if standard output cannot be written, at the latest at the end."""
    before = sys.stdout
    if not isinstance(before, io.TextIOWrapper):
        yield
        return
    before.flush()
    # A terminal that lacks a minus sign or an accent gets a question mark, not a traceback.
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
            # Python would write the rest when it ends, and fail once more.
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                os.dup2(nowhere.fileno(), before.fileno())
            checked.detach()
            raise
