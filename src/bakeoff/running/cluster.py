"""Trials on the workers of a Dask cluster, each in a process of bakeoff's own there.

Dask finds a worker with a free thread, and another where one is lost. Such a thread waits for a
process that is the same as on this machine: on one thread of torch, ended beyond a limit, its
output kept. A worker says what sources and data it lacks, by digest, and is sent them once.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import re
import shutil
import time
import uuid
import warnings
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from distributed import Client, KilledWorker, LocalCluster, Worker, WorkerPlugin, get_worker
from distributed import Future as DaskFuture

from bakeoff.data.dataset import Examples, cached_examples, keep
from bakeoff.errors import RunError
from bakeoff.running.executors import Cluster
from bakeoff.running.output import Printed
from bakeoff.running.pool import Lost, OwnProcesses, WorkerPool, interrupts_held, leave_if_worker
from bakeoff.running.travel import Luggage, Packing, Sources
from bakeoff.running.worker import Parcel, Site

P = ParamSpec("P")
T = TypeVar("T")

_ANSWERS = 10.0
"""Seconds for which a scheduler may be silent before it counts as gone."""

_ALONE = 120.0
"""Seconds without any worker after which a run stops."""

_LOOK = 1.0
"""Seconds between looks at the cluster's workers."""

_SENDS = 20
"""How often a trial goes out to workers that lack something; each is another worker."""

_PACKAGES = ("bakeoff", "torch")


@contextmanager
def connected(
    on: str, *, other_versions: bool = False, checkpoints: Path | None = None
) -> Iterator[Cluster]:
    """Gives the cluster of `--on`, and lets it go at the end.

    Args:
        on: a scheduler's address, or ``local:4`` for as many worker processes on this machine.
        other_versions: as in `Cluster`.
        checkpoints: likewise.

    Raises:
        RunError: the scheduler does not answer, or `on` is neither.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    kind, _, number = on.partition(":")
    if kind == "local":
        if not number.isdecimal() or int(number) < 1:
            raise RunError(
                f"--on {on}: give the number of worker processes after the colon: local:4."
            )
        # Dask's threads and processes inherit it, and Ctrl-C in a terminal is for this one alone.
        with interrupts_held():
            cluster = LocalCluster(
                n_workers=int(number),
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster) as client:
            yield Cluster(client, other_versions, checkpoints)
        return
    with _client(on) as client:
        yield Cluster(client, other_versions, checkpoints)


def _client(address: str) -> Client:
    try:
        with warnings.catch_warnings():
            # Versions are compared before the first trial, those that matter for its numbers.
            warnings.simplefilter("ignore")
            return Client(address, timeout=_ANSWERS)
    except (
        Exception
    ):  # A wrong address raises a dozen kinds of error, one that holds it among them.
        raise RunError(
            f"no Dask scheduler answers at {shown(address)} within {_ANSWERS:g} seconds; give the "
            "address that `dask scheduler` prints, such as tcp://host:8786, or local:4 for worker "
            "processes on this machine."
        ) from None


def shown(address: str) -> str:
    """Returns an address as it may be printed: without a user's name, a password or a query."""
    return re.sub(r"[?#].*", "", re.sub(r"^([^/]*://)?.*@", r"\1", address))


@dataclass(frozen=True)
class _Call:
    """A call as it is sent to a worker.

    Attributes:
        run: the name of the run's processes there.
        versions: that the worker must have; None for any.
        luggage: what the parcel needs.
        fn: the function.
        parcel: its first argument.
        others: the others.
    """

    run: str
    versions: Mapping[str, str] | None
    luggage: Luggage
    fn: Callable[..., Any]
    parcel: Parcel
    others: tuple[Any, ...]


@dataclass(frozen=True)
class _Reply:
    """What became of a call: a value or an error, and what it printed."""

    value: Any
    error: Exception | None
    printed: Printed


@dataclass(frozen=True)
class _Lacking:
    """What a worker needs before it can carry out a call, by digest."""

    worker: str
    sources: str | None
    data: tuple[str, ...]


class ClusterPool(OwnProcesses):
    """An executor over the workers of a Dask cluster; use it as a context manager.

    Args:
        cluster: where calls run. The first argument of each is a `Parcel`.
        limit: seconds that a call may take; None for any number.

    Raises:
        RunError: workers have other versions, or the client is not connected.
    """

    is_here = False

    def __init__(self, cluster: Cluster, *, limit: float | None = None) -> None:
        leave_if_worker()
        self._client = cluster.client
        if self._client.status != "running" or self._client.asynchronous:
            raise RunError(
                "the Dask client is closed or asynchronous; give one that is connected: "
                "Client('tcp://host:8786')."
            )
        self._scheduler = cast(Any, self._client.scheduler)
        self._address = shown(self._scheduler.address)
        loop: Any = self._client.loop
        self._loop: asyncio.AbstractEventLoop = loop.asyncio_loop
        self._packing = Packing()
        self._sent: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self._calls: set[Future[Any]] = set()
        self._workers: Mapping[str, Mapping[str, Any]] = {}
        self._plugin = _Processes(f"bakeoff-{uuid.uuid4().hex[:12]}", limit)
        self._versions = None if cluster.other_versions else _versions()
        self.checkpoints = None if cluster.checkpoints is None else Path(cluster.checkpoints)
        self._refuse_versions()
        self._client.register_plugin(self._plugin)
        self._trouble: asyncio.Future[None] = self._loop.create_future()
        self._on_loop(self._look()).result()
        self._watch = self._on_loop(self._watched())

    def places(self, device: str) -> int:
        """Returns how many calls to send at a time, now.

        A worker carries out one for each of its threads, on ``cuda`` one for each GPU among its
        resources. A few more wait: no worker has to, and a cluster that grows by what waits, grows.
        """
        threads = sum(each["nthreads"] for each in self._workers.values())
        carried_out = threads if device == "cpu" else self._gpus()
        return carried_out + max(1, carried_out // 4)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Calls an importable function on a worker of the cluster.

        The future raises as that of `WorkerPool`; `Lost`, if the workers that had the call
        were lost; and `RunError`, if the cluster is. Its `printed` is what the call printed.

        Raises:
            RunError: the call is for a GPU, and no worker has one.
        """
        parcel, *others = args
        if kwargs or not isinstance(parcel, Parcel):
            raise TypeError("a call on a cluster has a Parcel and others, without names")
        luggage = self._packing.luggage(parcel)
        if luggage.device == "cuda" and self._workers and not self._gpus():
            raise RunError(
                f"device is 'cuda', and no worker of the cluster at {self._address} says that it "
                "has a GPU; start one worker for each: dask worker ADDRESS --resources GPU=1."
            )
        printed = Printed()
        call = _Call(self._plugin.name, self._versions, luggage, fn, parcel, tuple(others))
        future: Future[T] = self._on_loop(self._carried_out(call, printed))
        setattr(future, "printed", printed)  # noqa: B010
        self._calls.add(future)
        future.add_done_callback(self._calls.discard)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Ends the processes on the workers at once, and waits until they have ended."""
        self._watch.cancel()
        for call in tuple(self._calls):
            call.cancel()

        async def end() -> None:
            await self._client.unregister_worker_plugin(self._plugin.name)

        with suppress(Exception):  # The scheduler, or this client, may be gone.
            self._on_loop(end()).result(_ANSWERS)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.shutdown()

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _gpus(self) -> int:
        return int(sum(each["resources"].get("GPU", 0) for each in self._workers.values()))

    def _refuse_versions(self) -> None:
        """Refuses workers whose versions differ from those here.

        Raises:
            RunError: as said.
        """
        told: Any = self._client.get_versions(packages=list(_PACKAGES))
        for address, its in told["workers"].items():
            packages = its["packages"]
            # As Dask tells it: 3.11.7.final.0.
            python = re.sub(r"\.final\.0$", "", packages["python"])
            there = {"Python": python, **{name: packages[name] or "" for name in _PACKAGES}}
            _check_versions(self._versions or {}, there, shown(address))

    async def _look(self) -> None:
        told = await self._scheduler.identity(n_workers=-1)
        self._workers = {
            address: each
            for address, each in told["workers"].items()
            if each["status"] == "running"
        }

    async def _watched(self) -> None:
        """Keeps an eye on the workers, and stops waiting for them after a while without any."""
        seen = time.monotonic()
        while True:
            with suppress(Exception):  # Where the scheduler is lost, every call tells.
                await self._look()
            if self._workers or not self._calls:
                seen = time.monotonic()
            elif time.monotonic() - seen > _ALONE and not self._trouble.done():
                self._trouble.set_exception(
                    RunError(
                        f"the cluster at {self._address} has had no worker for {_ALONE:g} seconds; "
                        "what was answered is stored. Start some, as by `dask worker ADDRESS`, and "
                        "run again."
                    )
                )
            await asyncio.sleep(_LOOK)

    async def _carried_out(self, call: _Call, printed: Printed) -> Any:
        resources = {"GPU": 1} if call.luggage.device == "cuda" else None
        for _ in range(_SENDS):
            key = f"trial-{call.parcel.key[:12]}-{uuid.uuid4().hex[:12]}"
            sent = self._client.submit(_carry_out, call, key=key, resources=resources)
            match await self._answer(sent):
                case _Lacking() as lacking:
                    await self._send(lacking)
                case _Reply(value, error, output):
                    printed.take(output)
                    if error is not None:
                        raise error
                    return value
        raise RunError(
            f"{_SENDS} workers of the cluster at {self._address} still lacked files that they had "
            "been sent; look into their logs, and run again."
        )

    async def _answer(self, sent: DaskFuture[Any]) -> _Reply | _Lacking:
        answer = asyncio.ensure_future(sent.result())
        try:
            await asyncio.wait({answer, self._trouble}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                self._trouble.result()
            reply: _Reply | _Lacking = await answer
            return reply
        except KilledWorker as loss:
            raise Lost(
                f"{loss.allowed_failures + 1} workers were lost while they had it, the last at "
                f"{shown(loss.last_worker.address)}; memory may have run out there, or the machine "
                "was taken away"
            ) from None
        except CancelledError:  # Dask's; that of this coroutine is asyncio's.
            raise RunError(
                f"the Dask scheduler at {self._address} was lost, or gave up the trials; what was "
                "answered is stored. Start it, and run again."
            ) from None
        finally:
            answer.cancel()
            sent.release()

    async def _send(self, lacking: _Lacking) -> None:
        """Sends a worker what it lacks, each once, however many calls wait for it there."""
        for digest in (*([lacking.sources] if lacking.sources else []), *lacking.data):
            place = lacking.worker, digest
            if place not in self._sent or self._sent[place].done():
                self._sent[place] = asyncio.ensure_future(self._send_one(*place))
            await asyncio.shield(self._sent[place])

    async def _send_one(self, worker: str, digest: str) -> None:
        sources, dataset = self._packing.sources.get(digest), self._packing.datasets.get(digest)
        examples = None if dataset is None else await asyncio.to_thread(dataset.load)
        try:
            await self._client.run(_take, self._plugin.name, sources, examples, workers=[worker])
        except RunError:
            raise
        except Exception:  # The worker is lost, and Dask finds another for its calls.
            return


class _Processes(WorkerPlugin):
    """The processes of a run on a Dask worker, one for each of its threads that needs one."""

    def __init__(self, name: str, limit: float | None) -> None:
        self.name, self.limit = name, limit

    def setup(self, worker: Worker) -> None:
        """Makes room for a run; processes start with the first call."""
        self.pool = WorkerPool(worker.state.nthreads, limit=self.limit)
        self.folder = Path(worker.local_directory) / self.name
        self.folder.mkdir(parents=True, exist_ok=True)

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """Ends the run's processes, even during a call."""
        self.pool.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _carry_out(call: _Call) -> _Reply | _Lacking:
    """Carries out a call in a process of its own; Dask's workers call it."""
    worker = get_worker()
    processes: Any = worker.plugins[call.run]
    luggage, printed = call.luggage, Printed()
    folder = processes.folder / luggage.sources
    data = [digest for digest in luggage.data if digest and cached_examples(digest) is None]
    without_sources = luggage.sources and not folder.is_dir()
    try:
        _check_versions(call.versions or {}, _versions(), shown(worker.address))
        if data or without_sources:
            sources = luggage.sources if without_sources else None
            return _Lacking(worker.address, sources, tuple(dict.fromkeys(data)))
        for path in luggage.missing_files():
            raise RunError(
                f"the study reads {path}, which lies outside of its folder, and the worker on "
                f"{platform.node()} has no such file; put it beside the study, or at the same "
                "place on every worker."
            )
        parcel = luggage.unpacked(call.parcel, folder)
        others = [_local(each, processes.folder) for each in call.others]
        value = processes.pool.call(printed, call.fn, parcel, *others)
        for site in others:
            if isinstance(site, Site) and not site.shared:
                _forget(site, parcel.key)
        return _Reply(value, None, printed)
    except Exception as error:
        return _Reply(None, error, printed)


def _local(value: object, folder: Path) -> object:
    """Returns the places of a worker's files where those of the coordinator are not shared."""
    if isinstance(value, Site) and value.checkpoints is not None and not value.shared:
        return Site(folder / "checkpoints")
    return value


def _forget(site: Site, key: str) -> None:
    file = site.checkpoint(key)
    if file is not None:
        file.unlink(missing_ok=True)


async def _take(
    run: str, sources: Sources | None, examples: Examples | None, dask_worker: Worker
) -> None:
    """Keeps what a worker was sent.

    Raises:
        RunError: it cannot.
    """
    processes: Any = dask_worker.plugins[run]

    def keep_all() -> None:
        if sources is not None:
            sources.write(processes.folder / sources.digest)
        if examples is not None and cached_examples(keep(examples)) is None:
            raise RunError(
                f"the worker on {platform.node()} cannot keep the data that it is sent; set "
                "BAKEOFF_CACHE there to a folder that it can write."
            )

    await asyncio.to_thread(keep_all)


@lru_cache
def _versions() -> Mapping[str, str]:
    """Returns the versions here that a trial's numbers may depend on."""
    return {"Python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _check_versions(here: Mapping[str, str], there: Mapping[str, str], worker: str) -> None:
    """Refuses a worker without bakeoff, and one with other versions.

    Args:
        here: the coordinator's; empty where any will do.
        there: the worker's; empty for a package that it lacks.
        worker: its address.

    Raises:
        RunError: as said.
    """
    for name in _PACKAGES:
        if not there[name]:
            raise RunError(
                f"the worker at {worker} has no {name}; install the same version there as here, "
                f"{version(name)}."
            )
    other = [f"{name} {there[name]}, not {own}" for name, own in here.items() if there[name] != own]
    if other:
        raise RunError(
            f"the worker at {worker} has {' and '.join(other)} as here, and numbers may differ; "
            "install the same there, or allow it: --other-versions."
        )
