"""What carries out trials: processes on this machine, a Dask cluster, or a given executor."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

from bakeoff.errors import RunError
from bakeoff.running.machine import check_jobs, cores
from bakeoff.running.pool import OwnProcesses, WorkerPool

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class Cluster:
    """Where a run's trials go: the workers of a Dask cluster. Give it to `run` as `executor`.

    Attributes:
        client: is connected to the cluster's scheduler.
        other_versions: whether workers may have other versions of Python, torch or bakeoff; the
            report names those of each trial.
        checkpoints: a folder that all workers share, for the states of long trials; None where
            each worker keeps its own, and what a lost one had is trained from the start.

    Example:
        >>> bakeoff.run(study, executor=bakeoff.Cluster(client))  # doctest: +SKIP
    """

    client: Client
    other_versions: bool = False
    checkpoints: Path | str | None = None


Given: TypeAlias = Union[Executor, "Client", Cluster, None]
"""What a user may give as `executor`."""

_ALLOWED = "concurrent.futures.Executor, or a distributed.Client with bakeoff[dask] installed"


def workers_of(
    given: Given, jobs: int | None, limit: float | None = None
) -> AbstractContextManager[Executor]:
    """Returns the executor of a run, to be used as a context manager.

    Args:
        given: by the user; None for processes on this machine. What is an executor already stays
            open at the end.
        jobs: processes on this machine; None for one per core.
        limit: seconds that a trial may take.

    Raises:
        RunError: workers of a cluster have other versions, or it cannot be reached.
    """
    if given is None:
        return WorkerPool(cores() if jobs is None else jobs, limit=limit)
    if isinstance(given, Executor):
        return nullcontext(given)
    client = given.client if isinstance(given, Cluster) else given
    try:
        from distributed import Client
    except ImportError:
        raise RunError(f"executor is {client!r}, which is none; give a {_ALLOWED}.") from None
    if not isinstance(client, Client):
        raise RunError(f"executor is {client!r}, which is none; give a {_ALLOWED}.")
    from bakeoff.running.cluster import ClusterPool

    return ClusterPool(given if isinstance(given, Cluster) else Cluster(client), limit=limit)


def is_cluster(given: Given) -> bool:
    """Returns whether trials go to other machines."""
    if isinstance(given, OwnProcesses):
        return not given.is_here
    return given is not None and not isinstance(given, Executor)


def jobs_of(given: Given, jobs: int | None) -> int | None:
    """Returns how many trials are at work at a time; None where a cluster tells, as it grows.

    Raises:
        RunError: `jobs` is below 1.
    """
    if jobs is None and not is_cluster(given):
        return cores()
    if jobs is not None:
        check_jobs(jobs)
    return jobs
