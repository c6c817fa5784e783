"""Child processes that a trial's code starts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil


class Children:
    """The processes that a worker had started before a trial; none if the system lists none.

    A worker has a group of processes of its own, so that children's children count as well.
    """

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
    with suppress(OSError):  # The system has no such folder.
        for task in os.listdir("/proc/self/task"):  # noqa: PTH208  # It is read twice a trial.
            with suppress(OSError):
                path = f"/proc/self/task/{task}/children"
                children.update(map(int, Path(path).read_bytes().split()))
    if hasattr(os, "getpgid") and os.getpgrp() == os.getpid():
        for process in psutil.pids():
            with suppress(OSError):  # It has ended, or is another user's.
                if os.getpgid(process) == os.getpid() != process:
                    children.add(process)
    return frozenset(children)
