"""Who has taken on a trial, and whether they are still at work on it."""

from __future__ import annotations

import os
import platform
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil

STALE = 60.0
"""Seconds without a beat after which a run on another host counts as dead."""

_SAME_START = 1.0


@dataclass(frozen=True)
class Owner:
    """One run of one process.

    Attributes:
        id: unique to the run.
        host: the machine since its last boot, and the process namespace in which `pid` counts.
        pid: the coordinating process.
        started: when that process started, in seconds after the boot: with `pid`, unique.
    """

    id: str
    host: str
    pid: int
    started: float

    @classmethod
    def here(cls) -> Owner:
        """Return a new owner for this process."""
        pid = os.getpid()
        return cls(id=uuid.uuid4().hex, host=this_host(), pid=pid, started=_start_of(pid) or 0.0)

    def is_alive(self, *, host: str, beat: float, now: float) -> bool:
        """Return whether the owner's process still runs.

        On its own host this is known, whatever the beat: a run that is stopped or starved is not
        dead, one that was killed is, at once. From elsewhere, containers included, only the beat
        can be seen.

        Args:
            host: the asking process's, as `this_host`.
            beat: when the owner was last heard of, in seconds since 1970.
            now: the present, likewise.
        """
        if self.host != host:
            return now - beat <= STALE
        try:
            start = _start_of(self.pid)
        except psutil.AccessDenied:  # It runs, for another user.
            return True
        return start is not None and abs(start - self.started) < _SAME_START


def this_host() -> str:
    """Return what tells this machine, boot and process namespace from others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot, namespace = str(round(psutil.boot_time())), ""
    return f"{platform.node()} {boot} {namespace}".strip()


def _start_of(pid: int) -> float | None:
    """Return when a process started, in seconds after the boot, None if it is gone.

    Both times move alike when the clock is set; their difference stays.
    """
    try:
        boot = psutil.boot_time()
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time() - boot)
    except psutil.NoSuchProcess:
        return None
