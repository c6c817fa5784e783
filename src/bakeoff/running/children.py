"""Child processes that a trial's code starts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


class Children:
    """The children of this process before a trial; none if the system does not list them."""

    def __init__(self) -> None:
        self._before = _alive()

    def ended(self) -> Iterator[str]:
        """Ends the children that came since, and yields a name for each."""
        for child in sorted(_alive() - self._before):
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
            with suppress(OSError):
                os.waitpid(child, 0)
            yield "a process that it started and left behind"


def _alive() -> frozenset[int]:
    children: set[int] = set()
    for tasks in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            children.update(int(child) for child in tasks.read_text(encoding="ascii").split())
    return frozenset(children)
