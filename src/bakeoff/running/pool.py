"""Worker processes: each runs one trial at a time, and ends with the process that started it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import connection, resource_tracker, spawn
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from bakeoff.errors import RunError
from bakeoff.running.memory import keep_freed_memory

P = ParamSpec("P")
T = TypeVar("T")

_NAME = "bakeoff-worker"
_READY = b"ready"
_GRACE = 5.0
"""Seconds to wait for the end of a worker that closed its connection, for its exit code."""

_ENVIRONMENT = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    ),
    # scikit-learn sets these when it is imported; no trial should be blamed for that.
    "KMP_DUPLICATE_LIB_OK": "True",
    "KMP_INIT_AT_FORK": "FALSE",
}


class WorkerDied(Exception):  # noqa: N818
    """A worker process ended during a call: killed, out of memory, or crashed."""


class WorkerPool(Executor):
    """An executor over spawned processes, which are started when needed, and kept.

    Unlike in the standard library's, the death of a worker ends its own call alone, which raises
    `WorkerDied`; the next call gets a new worker. Ctrl-C does not reach the workers. They end with
    the process that started them, even if that is killed.
    """

    def __init__(self, jobs: int) -> None:
        leave_if_worker()
        # Each thread owns one worker and waits for it.
        self._threads = ThreadPoolExecutor(jobs)
        self._mine = threading.local()
        self._workers: set[_Worker] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Calls an importable function in a worker.

        The future raises `WorkerDied` if the worker's process ended, `RunError` if none could be
        started, and `RuntimeError` with the text of an error that the call raised.
        """
        return self._threads.submit(self._call, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more calls; with `wait`, ends the workers when all calls have returned."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            self.stop()

    def stop(self) -> None:
        """Ends all workers at once, even during a call."""
        with self._lock:
            self._stopped = True
            workers = tuple(self._workers)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _call(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        call = pickle.dumps((fn, args, kwargs))
        worker = getattr(self._mine, "worker", None) or self._hire()
        try:
            reply = worker.call(call)
        except (WorkerDied, RunError):
            self._dismiss(worker)
            raise
        if reply.is_last:
            self._dismiss(worker)
        if reply.error is not None:
            raise RuntimeError(reply.error)
        result: T = reply.value
        return result

    def _hire(self) -> _Worker:
        with self._lock:
            if self._stopped:
                raise WorkerDied("the workers were stopped")
            worker = _Worker()
            self._workers.add(worker)
        self._mine.worker = worker
        return worker

    def _dismiss(self, worker: _Worker) -> None:
        worker.kill()
        self._mine.worker = None
        with self._lock:
            self._workers.discard(worker)


@dataclass(frozen=True)
class _Reply:
    """A worker's reply.

    Attributes:
        number: the number of the call.
        process: the worker's process.
        value: the value that the call returned.
        error: the text of the error that it raised, or None.
        is_last: whether the worker takes no further call.
    """

    number: int
    process: int
    value: Any
    error: str | None
    is_last: bool = False


class _Worker:
    """The coordinating side of one process."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        context = multiprocessing.get_context("spawn")
        _leave_scripts_out()
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name=_NAME, daemon=True)
        self._ready = False
        try:
            with _interrupts_held():
                self._process.start()
        except OSError as error:
            self._line.close()
            raise RunError(
                f"a worker process cannot be started: {error.strerror}; try fewer jobs."
            ) from None
        finally:
            theirs.close()

    def call(self, call: bytes) -> _Reply:
        """Returns the worker's reply to a pickled call.

        Raises:
            WorkerDied: the worker ended, or something other than its reply came.
            RunError: the worker could not start.
        """
        number = next(self._numbers)
        try:
            if not self._ready:
                self._line.recv_bytes()
                self._ready = True
            self._line.send(number)
            self._line.send_bytes(call)
            return self._checked(self._line.recv_bytes(), number)
        except (EOFError, OSError):
            self._process.join(_GRACE)
            self.kill()
            code = self._process.exitcode
        if not self._ready:
            raise RunError(f"a worker process ended while it started (exit code {code}).")
        raise WorkerDied(_cause_of_death(code))

    def _checked(self, message: bytes, number: int) -> _Reply:
        """Returns the reply to a call, and refuses any other message."""
        with suppress(Exception):  # The message may not be a pickled reply.
            reply = pickle.loads(message)
            if (reply.number, reply.process) == (number, self._process.pid):
                return cast(_Reply, reply)
        raise WorkerDied(
            "its worker process sent a message that is no answer to it; the code of the trial, or "
            "a process that it started, has written to the worker's connection"
        )

    def kill(self) -> None:
        """Ends the process, if it has not ended."""
        self._process.kill()
        self._process.join()


class RunAgain(SystemExit):
    """A worker that runs the user's script has reached the line that starts the run."""


def leave_if_worker() -> None:
    """Stops running the user's script here, if this process is a worker.

    Raises:
        RunAgain: this process is a worker; all that trials are made of precedes the run.
    """
    if in_worker():
        raise RunAgain("a trial starts a run")


@lru_cache
def _leave_scripts_out() -> None:
    """Lets workers start without the user's script; they run it when a trial needs it.

    Python itself would run it first, and fail at the line that starts a run.
    """
    prepared = spawn.get_preparation_data

    def of_worker(name: str) -> dict[str, object]:
        data = prepared(name)
        if name == _NAME:
            data.pop("init_main_from_path", None)
            data.pop("init_main_from_name", None)
        return data

    spawn.get_preparation_data = of_worker


def in_worker() -> bool:
    """Returns whether this process is a worker's, which does nothing but calls."""
    return multiprocessing.current_process().name == _NAME


def retire() -> None:
    """Makes the worker that calls this take no further call; the next gets another process."""
    _retired.set()


def forks() -> int:
    """Returns how often this process, if it is a worker, has been forked."""
    return _forks.count


@dataclass
class _Forks:
    count: int = 0

    def add(self) -> None:
        self.count += 1


_retired = threading.Event()
_forks = _Forks()


def _serve(line: connection.Connection) -> None:
    """Answers calls until the other end closes: the whole life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # torch and others read these when they are imported, at the first call.
    os.environ.update(_ENVIRONMENT)
    keep_freed_memory()
    if hasattr(os, "register_at_fork"):
        # A copy of the worker must not answer in its place.
        os.register_at_fork(after_in_child=line.close, after_in_parent=_forks.add)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        line.send_bytes(_READY)
        while not _retired.is_set():
            number = line.recv()
            line.send_bytes(_reply(number, line.recv_bytes()))
    except (EOFError, OSError):
        return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _reply(number: int, call: bytes) -> bytes:
    try:
        fn, args, kwargs = pickle.loads(call)
        value = fn(*args, **kwargs)
        return pickle.dumps(_Reply(number, os.getpid(), value, None, _retired.is_set()))
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
        return pickle.dumps(_Reply(number, os.getpid(), None, error, _retired.is_set()))


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Lets processes start that Ctrl-C does not reach, even before they can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # The start of the tracker would let interrupts through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause_of_death(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its worker process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; memory may have run out, try fewer jobs" if name == "SIGKILL" else ""
    return f"its worker process was ended by {name}{hint}"
