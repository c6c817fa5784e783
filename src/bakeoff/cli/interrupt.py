"""The end of a command that is stopped."""

from __future__ import annotations

INTERRUPTED = 130


class Stopped(Exception):  # noqa: N818
    """The user stopped the command, and nothing is lost."""
