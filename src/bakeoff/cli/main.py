"""The `bakeoff` command, its errors and its exit codes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from bakeoff.cli.interrupt import INTERRUPTED, Stopped
from bakeoff.cli.output import OutputError, checked_output, complain, open_closed_streams

USER_ERROR = 2

_BURST = 1.0
"""Seconds after an interrupt in which another is part of it."""


def main() -> NoReturn:
    """Runs the command. A user's mistake is one sentence on standard error, and exit code 2."""
    try:
        open_closed_streams()
        _stop_gently()
        with checked_output():
            sys.exit(_called())
    except OutputError as error:
        if not error.closed:
            complain(error)
        sys.exit(error.code)
    except (KeyboardInterrupt, Stopped):
        # OpenBLAS interrupts the process in which it cannot start its threads.
        if _lacks_threads():
            complain("the system allows no more processes and threads; allow more (ulimit -u).")
            sys.exit(USER_ERROR)
        complain("stopped.")
        sys.exit(INTERRUPTED)
    finally:
        # Python puts back what ends a process at a signal before it has ended itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _lacks_threads() -> bool:
    """Whether as many threads as there are cores cannot be started."""
    end = threading.Event()
    try:
        for _ in range(os.cpu_count() or 1):
            threading.Thread(target=end.wait, daemon=True).start()
    except RuntimeError:
        return True
    finally:
        end.set()
    return False


class _Interrupt:
    """Interrupts the command, once for a burst of signals: a second would come amid the first."""

    def __init__(self) -> None:
        self._last = -_BURST

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last >= _BURST:
            self._last = now
            raise KeyboardInterrupt


def _stop_gently() -> None:
    """Lets a run store what it holds when it is ended, or when its terminal is closed."""
    interrupt = _Interrupt()
    # What starts a command may let it ignore a signal, as `nohup` does, and it shall go on to.
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def _called() -> int:
    try:
        Path.cwd()
    except OSError:
        complain("the working folder is gone; change to one that exists, and run again.")
        return USER_ERROR
    # These imports take a while; an interrupt meanwhile is handled, too.
    from bakeoff.cli.app import app
    from bakeoff.errors import BakeoffError

    try:
        app()
    except BakeoffError as error:
        complain(error)
        return USER_ERROR
    return 0
