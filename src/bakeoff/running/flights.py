"""The trials that workers have, and those that came back and are not stored yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import TypeAlias, TypeVar

from bakeoff.errors import RunError
from bakeoff.running.output import Printed
from bakeoff.running.pool import WorkerDied
from bakeoff.running.records import Answer
from bakeoff.running.worker import Fault
from bakeoff.study.raised import words_of

T = TypeVar("T")

Result: TypeAlias = Answer | Fault | WorkerDied
Send: TypeAlias = Callable[[str], "Future[Answer | Fault]"]


class Flights:
    """Trials by key, from `start` over `land` to `settle`."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._flying: dict[Future[Answer | Fault], str] = {}
        self._started: dict[str, float] = {}
        self._landed: dict[str, Future[Answer | Fault]] = {}

    @property
    def flying(self) -> int:
        """The number of trials with workers."""
        return len(self._flying)

    @property
    def landed(self) -> list[str]:
        """The trials that came back; those with an answer are first, so that no error loses one.

        They stay until settled, so that an interrupt between two steps loses none either.
        """
        return sorted(self._landed, key=lambda key: _error(self._landed[key]) is not None)

    def start(self, key: str) -> None:
        """Sends a trial to a worker.

        Raises:
            RunError: it cannot be sent.
        """
        self._flying[self._send(key)] = key
        self._started[key] = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Waits until a trial comes back, or the time is over."""
        wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED)

    def land(self) -> None:
        """Takes in the trials that came back."""
        for future, key in list(self._flying.items()):
            if future.done():
                self._landed[key] = future
                del self._flying[future]

    def result(self, key: str) -> Result:
        """Returns the result of a landed trial.

        Raises:
            RunError: the fault is not the trial's, and every other trial would fail as well.
        """
        return result_of(self._landed[key])

    def printed(self, key: str) -> Printed:
        """Returns what a landed trial printed, as far as its executor tells."""
        return printed_by(self._landed[key])

    def settle(self, key: str) -> None:
        """Forgets a landed trial whose result is stored."""
        self._landed.pop(key, None)

    def elapsed(self) -> dict[str, float]:
        """Returns the seconds since each flying trial was sent."""
        now = time.monotonic()
        return {key: now - self._started[key] for key in self._flying.values()}

    def cancel(self) -> None:
        """Takes back the trials that no worker has begun."""
        for future in self._flying:
            future.cancel()


def result_of(future: Future[T]) -> T | Fault | WorkerDied:
    """Returns the result of a call.

    Raises:
        RunError: the fault is not the call's, and every other call would fail as well.
    """
    error = _error(future)
    match error:
        case None:
            return future.result()
        case WorkerDied():
            return error
        case RunError():
            raise error
        case BrokenExecutor():
            raise RunError(f"the executor broke down: {error}")
        case _:
            return Fault(words_of(error))


def printed_by(future: Future[T]) -> Printed:
    """Returns what a call printed; nothing where its executor does not tell."""
    printed = getattr(future, "printed", None)
    return printed if isinstance(printed, Printed) else Printed()


def _error(future: Future[T]) -> BaseException | None:
    if future.cancelled():
        return RuntimeError("the executor cancelled the trial")
    return future.exception()
