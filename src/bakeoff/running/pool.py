"""Worker processes: each runs one trial at a time, and ends with the process that started it.

A worker and what it starts are a group of processes of their own. Ctrl-C in a terminal does not
reach it, and it ends as a whole, with what left the group. What it prints comes back to the process
that started it.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import connection, resource_tracker, spawn
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, ParamSpec, TypeVar, cast

from bakeoff.errors import RunError
from bakeoff.running.children import MARK, end_marked, marking
from bakeoff.running.memory import keep_freed_memory
from bakeoff.running.output import Printed
from bakeoff.study.raised import words_of

P = ParamSpec("P")
T = TypeVar("T")

_NAME = "bakeoff-worker"
_READY = b"ready"
_GRACE = 5.0
"""Seconds to wait for the end of a worker that closed its connection, for its exit code."""

_STARTS = 3
"""How often a worker is started that ends before it is ready."""

_READS = 32
"""Reads of what a worker printed before it answered; a pipe holds less."""

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


class TookTooLong(WorkerDied):
    """A call took longer than the pool's limit, and its worker was ended."""


class Lost(WorkerDied):
    """The machines or processes that a call was given to were lost, one after the other."""


class OwnProcesses(Executor, ABC):
    """An executor whose calls run in processes of bakeoff's own, on this machine or on others.

    They keep the limit of seconds that they were given, and tell what a call printed.

    Attributes:
        is_here: whether all of them are on this machine.
        checkpoints: a folder that they share for the states of long trials; None for none.
    """

    is_here: ClassVar[bool]
    checkpoints: Path | None = None

    @abstractmethod
    def places(self, device: str) -> int:
        """Returns how many calls to send at a time, now.

        Args:
            device: ``cpu`` or ``cuda``, which the calls are for.
        """


class WorkerPool(OwnProcesses):
    """An executor over spawned processes, which are started when needed, and kept.

    Unlike in the standard library's, the death of a worker ends its own call alone, which raises
    `WorkerDied`; the next call gets a new worker. Ctrl-C does not reach the workers. They end with
    the process that started them, even if that is killed.

    Args:
        jobs: calls at a time.
        limit: seconds that a call may take; None for any number.
    """

    is_here = True

    def __init__(self, jobs: int, *, limit: float | None = None) -> None:
        leave_if_worker()
        self._jobs, self._limit = jobs, limit
        # Each thread owns one worker and waits for it.
        self._threads = ThreadPoolExecutor(jobs)
        self._mine = threading.local()
        self._workers: set[_Worker] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def places(self, device: str) -> int:  # noqa: ARG002
        """Returns the number of jobs."""
        return self._jobs

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Calls an importable function in a worker.

        The future raises `WorkerDied` if the worker's process ended, `TookTooLong` if it had to,
        `RunError` if none could be started, and `RuntimeError` with the text of an error that the
        call raised. `printed` of the future is what the call printed.

        Raises:
            RunError: the system allows no more threads.
        """
        printed = Printed()
        try:
            future = self._threads.submit(self.call, printed, fn, *args, **kwargs)
        except RuntimeError as error:
            if self._stopped or "thread" not in str(error):
                raise
            raise _refused("no thread can be started for it") from None
        setattr(future, "printed", printed)  # noqa: B010
        return future

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

    def call(self, printed: Printed, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls an importable function in the worker of the calling thread, and waits for it.

        Args:
            printed: takes what the call prints.
            fn: the function.
            args: its arguments.
            kwargs: likewise.

        Raises:
            WorkerDied: as the future of `submit`.
            RunError: likewise.
            RuntimeError: likewise.
        """
        call = pickle.dumps((fn, args, kwargs))
        worker = getattr(self._mine, "worker", None) or self._started()
        try:
            reply = worker.call(call, printed, self._limit)
        except WorkerDied:
            self._dismiss(worker)
            raise
        if reply.is_last:
            self._dismiss(worker)
        if reply.error is not None:
            raise RuntimeError(reply.error)
        result: T = reply.value
        return result

    def _started(self) -> _Worker:
        """Returns a worker that takes calls; one that ends before is tried again.

        Raises:
            RunError: none can be started.
        """
        for last in (*[False] * (_STARTS - 1), True):
            worker = self._hire()
            try:
                worker.wait_until_ready()
                if self._limit is not None:
                    worker.call(pickle.dumps((_import_torch, (), {})), Printed(), None)
                break
            except (RunError, WorkerDied):
                self._dismiss(worker)
                if last or self._stopped:
                    raise
        return worker

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
        self._output, out = context.Pipe(duplex=False)
        self._listened = [self._line, self._output]
        self._process = context.Process(target=_serve, args=(theirs, out), name=_NAME, daemon=True)
        self._ending = threading.Lock()
        self._ended = False
        try:
            with interrupts_held(), _children_allowed(), marking() as self._mark:
                self._process.start()
        except (OSError, AssertionError) as error:
            self._line.close()
            self._output.close()
            # multiprocessing asserts that a process that may start none starts none.
            raise _refused(getattr(error, "strerror", None) or str(error)) from None
        finally:
            theirs.close()
            out.close()
        os.set_blocking(self._output.fileno(), False)

    def wait_until_ready(self) -> None:
        """Waits until the process takes calls.

        Raises:
            RunError: it ended before.
        """
        try:
            message = self._line.recv_bytes()
        except (EOFError, OSError):
            raise RunError(
                f"a worker process ended while it started: {_cause_of_death(self._exit_code())}."
            ) from None
        if message != _READY:
            raise _refused(message.decode())

    def call(self, call: bytes, printed: Printed, limit: float | None) -> _Reply:
        """Returns the worker's reply to a pickled call.

        Args:
            call: the call.
            printed: takes what is printed meanwhile.
            limit: seconds until the worker is ended; None to wait.

        Raises:
            WorkerDied: the worker ended, or something other than its reply came.
            TookTooLong: it did not reply within the limit.
        """
        number = next(self._numbers)
        try:
            self._line.send(number)
            self._line.send_bytes(call)
            self._wait_for_reply(printed, limit)
            return self._checked(self._line.recv_bytes(), number)
        except (EOFError, OSError):
            code = self._exit_code()
            self._take(printed)
        raise WorkerDied(_cause_of_death(code))

    def _wait_for_reply(self, printed: Printed, limit: float | None) -> None:
        until = None if limit is None else time.monotonic() + limit
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready = connection.wait(self._listened, left)
            if self._output in ready:
                self._take(printed, reads=1)
            if self._line in ready:
                self._take(printed)
                return
            if until is not None and time.monotonic() > until:
                self._take(printed)
                raise TookTooLong(
                    f"it took longer than {limit:g} seconds, the limit of --trial-timeout, and its "
                    "worker process was ended"
                )

    def _take(self, printed: Printed, reads: int = _READS) -> None:
        with suppress(OSError):  # There is nothing more now, or it is closed.
            for _ in range(reads):
                data = os.read(self._output.fileno(), 1 << 16)
                printed.add(data)
                if not data and self._output in self._listened:
                    self._listened.remove(self._output)

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

    def _exit_code(self) -> int | None:
        """Returns the exit code of a process that ends by itself."""
        # Not `join`: once the process is gone for the system, its group may be another's.
        connection.wait([self._process.sentinel], _GRACE)
        self.kill()
        return self._process.exitcode

    def kill(self) -> None:
        """Ends the process, and all that it started; once it has ended, does nothing."""
        with self._ending:
            if not self._ended:
                self._ended = True
                if hasattr(os, "killpg"):
                    with suppress(OSError):  # It may not have made its group yet.
                        os.killpg(self._process.pid or 0, signal.SIGKILL)
                self._process.kill()
                self._process.join()
                end_marked(self._mark)


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


def _import_torch() -> None:
    """Takes the seconds of an import before a call is timed."""
    import torch  # noqa: F401


def _serve(line: connection.Connection, output: connection.Connection) -> None:
    """Answers calls until the other end closes: the whole life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setsid"):
        os.setsid()
    _print_to(output)
    # torch and others read these when they are imported, at the first call.
    os.environ.update(_ENVIRONMENT)
    keep_freed_memory()
    if hasattr(os, "register_at_fork"):
        # A copy of the worker must not answer in its place.
        os.register_at_fork(after_in_child=line.close, after_in_parent=_forks.add)
    try:
        try:
            watch = threading.Thread(target=_end_with_parent, args=(os.environ[MARK],), daemon=True)
            watch.start()
        except RuntimeError as error:
            line.send_bytes(str(error).encode())
            return
        line.send_bytes(_READY)
        while not _retired.is_set():
            number = line.recv()
            line.send_bytes(_reply(number, line.recv_bytes()))
    except (EOFError, OSError):
        return


def _print_to(output: connection.Connection) -> None:
    """Lets all that this process and its children print go to a connection."""
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    output.close()
    # These are None where the command was started with closed streams.
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = open(number, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _end_with_parent(mark: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        with suppress(Exception):  # Whatever happens, the worker itself must end.
            end_marked(mark)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


def _reply(number: int, call: bytes) -> bytes:
    try:
        fn, args, kwargs = pickle.loads(call)
        value = fn(*args, **kwargs)
        return pickle.dumps(_Reply(number, os.getpid(), value, None, _retired.is_set()))
    except BaseException as problem:  # Ctrl-C does not come here: what it raises is the call's.
        error = words_of(problem)
        return pickle.dumps(_Reply(number, os.getpid(), None, error, _retired.is_set()))
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # The call may have closed it.
                stream.flush()


def _refused(reason: str) -> RunError:
    return RunError(
        f"a worker process cannot be started: {reason}; try fewer jobs, or allow more processes "
        "(ulimit -u)."
    )


@contextmanager
def interrupts_held() -> Iterator[None]:
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


@contextmanager
def _children_allowed() -> Iterator[None]:
    """Lets a daemon start processes, as a worker of Dask is one; ours end with it by themselves."""
    with _STARTING:
        process = multiprocessing.current_process()
        is_daemon = process.daemon
        try:
            if is_daemon:
                process.daemon = False
            yield
        finally:
            if is_daemon:
                process.daemon = True


_STARTING = threading.Lock()


def _cause_of_death(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its worker process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; memory may have run out, try fewer jobs" if name == "SIGKILL" else ""
    return f"its worker process was ended by {name}{hint}"
