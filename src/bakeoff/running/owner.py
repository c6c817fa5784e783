"""The owner of a trial's lease, and whether it is still at work."""

from __future__ import annotations

import os
import platform
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil

STALE = 60.0
"""Seconds for which a run on another host must be seen not to beat, to count as dead."""

_SAME_START = 1.0


@dataclass(frozen=True)
class Owner:
    """One run of one process.

    Attributes:
        id: unique to the run.
        host: the machine since its last boot, and the process namespace of `pid`.
        pid: the coordinating process.
        started: the start of that process, in seconds after the boot; with `pid`, unique.
    """

    id: str
    host: str
    pid: int
    started: float

    @classmethod
    def here(cls) -> Owner:
        """Returns a new owner for this process."""
        pid = os.getpid()
        return cls(id=uuid.uuid4().hex, host=this_host(), pid=pid, started=_start_of(pid) or 0.0)

    def is_alive(self, *, host: str, silent: float) -> bool:
        """Returns whether the owner's process still runs.

        On its own host the process itself tells, whatever the beat: a run that is paused is alive,
        and one that was killed is dead at once. On another host, or in another container, only
        the beat tells, and no clock: clocks of two hosts may be hours apart.

        Args:
            host: the host of the asking process, as `this_host`.
            silent: the seconds for which the asking process has seen no beat.
        """
        return silent <= STALE if self.host != host else self.status() is not None

    def status(self) -> str | None:
        """Returns what a process of this host does, as `psutil` calls it; None if it has ended."""
        try:
            start = _start_of(self.pid)
            if start is None or abs(start - self.started) >= _SAME_START:
                return None
            return psutil.Process(self.pid).status()
        except psutil.NoSuchProcess:
            return None
        except psutil.AccessDenied:  # It runs, for another user.
            return psutil.STATUS_RUNNING


def this_host() -> str:
    """Returns a name of this machine, boot and process namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot, namespace = str(round(psutil.boot_time())), ""
    return f"{platform.node()} {boot} {namespace}".strip()


def _start_of(pid: int) -> float | None:
    """Returns the start of a process in seconds after the boot; None if it has ended.

    If the clock is set, both times move, and their difference stays.
    """
    try:
        boot = psutil.boot_time()
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time() - boot)
    except psutil.NoSuchProcess:
        return None
