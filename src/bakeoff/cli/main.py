"""The `bakeoff` command, its errors and its exit codes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import NoReturn

from bakeoff.cli.interrupt import INTERRUPTED, Stopped
from bakeoff.cli.output import OutputError, checked_output, complain, open_closed_streams

USER_ERROR = 2


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
        complain("stopped.")
        sys.exit(INTERRUPTED)


def _stop_gently() -> None:
    """Lets a run store what it holds when it is ended, or when its terminal is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # `nohup` lets a command ignore it, and shall go on to.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)


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
