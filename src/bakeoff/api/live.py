"""The progress of a run in a notebook: one line that is kept up to date, without widgets."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from bakeoff.reporting.text.numbers import counted, duration
from bakeoff.running.coordinate import ignore
from bakeoff.running.events import Event, Named, PlannedTrials, Progress

_PAUSE = 0.2
"""Seconds between updates: a notebook's server drops what comes faster than it can pass on."""


class Handle(Protocol):
    """An output of a cell that can be replaced, as IPython's `DisplayHandle`."""

    def update(self, data: Mapping[str, str], *, raw: bool) -> None:
        """Replaces what is shown."""


class LiveLine:
    """Shows a run's events in one output.

    Args:
        show: shows data by MIME type, and returns the output's handle.
    """

    def __init__(self, show: Callable[[Mapping[str, str]], Handle]) -> None:
        self._show = show
        self._handle: Handle | None = None
        self._labels: Mapping[str, str] = {}
        self._progress = Progress()
        self._started = self._shown = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Takes note of an event, and shows the progress after it."""
        self._progress = now = self._progress.after(event)
        if isinstance(event, Named):
            self._labels = event.labels
        is_over = now.done + now.failed == now.total > 0
        is_due = time.monotonic() - self._shown > _PAUSE
        if isinstance(event, PlannedTrials) or is_over or (is_due and now.total):
            self._shown = time.monotonic()
            self._put(self._words(is_over=is_over))

    def _put(self, line: str) -> None:
        data = {"text/plain": line}
        if self._handle is None:
            self._handle = self._show(data)
        else:
            self._handle.update(data, raw=True)

    def _words(self, *, is_over: bool) -> str:
        now, seconds = self._progress, time.monotonic() - self._started
        if now.known == now.total and self._handle is None:
            return f"{counted(now.total, 'trial')}, all stored already"
        parts = [f"{now.done} of {counted(now.total, 'trial')}"]
        if now.failed:
            parts.append(f"{now.failed} failed")
        if is_over:
            return ", ".join([*parts, duration(seconds)])
        if now.seconds_left is not None:
            parts.append(f"{duration(now.seconds_left)} left")
        running = "; ".join(sorted(self._labels[key] for key in now.running))
        return ", ".join(parts) + (f": {running}" if running else "")


def live_line() -> Callable[[Event], None]:
    """Returns a listener for a run's events: a `LiveLine` in a notebook, else a mute one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if not hasattr(shell, "kernel"):
        return ignore
    from IPython.display import display

    return LiveLine(lambda data: display(data, raw=True, display_id=True))  # type: ignore[no-untyped-call]
