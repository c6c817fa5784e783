"""Processes that a worker starts: all of them are found by its mark, and ended.

The mark is a variable of the environment with which a worker is started. What it starts inherits
the mark, and keeps it where it leaves the worker's group or outlives the worker.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from threading import Lock

import psutil

MARK = "BAKEOFF_WORKER"
"""The variable that holds a worker's mark."""

_SCANS = 10
"""Looks for what was started during the look before."""

_WAIT = 1.0
"""Seconds to wait for the end of processes that were killed."""

_marking = Lock()


@contextmanager
def marking() -> Iterator[str]:
    """Marks the process that is started meanwhile, and gives its mark."""
    mark = uuid.uuid4().hex
    with _marking:
        before = os.environ.get(MARK)
        os.environ[MARK] = mark
        try:
            yield mark
        finally:
            if before is None:
                del os.environ[MARK]
            else:
                os.environ[MARK] = before


def end_marked(mark: str, *, apart_from: Collection[int] = ()) -> set[int]:
    """Ends all processes with a mark but this one, and returns their ids.

    It finds none of another user, and none that was started with an emptied environment.

    Args:
        mark: from `marking`.
        apart_from: ids of processes to leave alone.
    """
    ended: set[int] = set()
    spared = {os.getpid(), *apart_from}
    for _ in range(_SCANS):
        found = [
            each
            for number in psutil.pids()
            if number not in spared
            for each in _if_marked(number, mark)
        ]
        if not found:
            break
        for process in found:
            ended.add(process.pid)
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=_WAIT)
    return ended


def _if_marked(number: int, mark: str) -> Iterator[psutil.Process]:
    with suppress(psutil.Error, OSError):  # It has ended, or is another user's.
        process = psutil.Process(number)
        if process.environ().get(MARK) == mark and not _is_bystander(process, mark):
            yield process


def _is_bystander(process: psutil.Process, mark: str) -> bool:
    """Whether another thread of this process started it, while the worker was being marked.

    The first process of a container is also the parent of what a worker left.
    """
    return process.ppid() == os.getpid() != 1 and os.environ.get(MARK) != mark


class Children:
    """The processes that there were before a trial of a worker."""

    def __init__(self) -> None:
        self._before = frozenset(psutil.pids())

    def ended(self) -> Iterator[str]:
        """Ends what the worker has started since and left, and yields a name for each."""
        mark = os.environ.get(MARK)
        if mark is not None:
            for _ in end_marked(mark, apart_from=self._before):
                yield "a process that it started and left behind"
