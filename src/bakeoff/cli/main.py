"""The `bakeoff` command, its errors and its exit codes."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from bakeoff.cli.interrupt import INTERRUPTED, Stopped
from bakeoff.cli.output import OutputError, checked_output

USER_ERROR = 2


def main() -> NoReturn:
    """Runs the command. A user's mistake is one sentence on standard error, and exit code 2."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with checked_output():
            sys.exit(_called())
    except OutputError as error:
        if not error.closed:
            print(f"bakeoff: {error}", file=sys.stderr)
        sys.exit(error.code)
    except (KeyboardInterrupt, Stopped):
        print("bakeoff: stopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _called() -> int:
    # These imports take a while; an interrupt meanwhile is handled, too.
    from bakeoff.cli.app import app
    from bakeoff.errors import BakeoffError

    try:
        app()
    except BakeoffError as error:
        print(f"bakeoff: {error}", file=sys.stderr)
        return USER_ERROR
    return 0
