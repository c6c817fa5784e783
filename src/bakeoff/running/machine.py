"""The machine and the versions that ran a trial, and checks of what a machine can run."""

from __future__ import annotations

import math
import os
import platform
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from bakeoff.errors import RunError


@dataclass(frozen=True)
class Environment:
    """Where a trial ran.

    Attributes:
        bakeoff: the version of this package.
        torch: the version of torch, with its build: ``2.13.0+cpu``.
        python: the version of Python.
        processor: the name of the processor's model.
        cores: how many of its cores the process may use.
        system: the operating system and its version.
        device: ``cpu``, or the name of the GPU.
    """

    bakeoff: str
    torch: str
    python: str
    processor: str
    cores: int
    system: str
    device: str


@lru_cache
def environment(device: str) -> Environment:
    """Returns the facts of this process; torch is imported only to ask a GPU for its name."""
    return Environment(
        bakeoff=version("bakeoff"),
        torch=version("torch"),
        python=platform.python_version(),
        processor=_processor(),
        cores=cores(),
        system=f"{platform.system()} {platform.release()}",
        device="cpu" if device == "cpu" else _accelerator(device),
    )


def cores() -> int:
    """Returns how many cores this process may use, by its affinity or its container's share."""
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    return min(available, _quota() or available)


def check_jobs(jobs: int) -> None:
    """Refuses a number of jobs that cannot run anything.

    Raises:
        RunError: it is below 1.
    """
    if jobs < 1:
        raise RunError(
            f"jobs is {jobs}; at least 1 trial must run at a time. Leave it out for one job per "
            f"core, here {cores()}."
        )


def check_device(device: str, *, here: bool = True) -> None:
    """Refuses a device that this machine does not have.

    Args:
        device: its name.
        here: whether this machine must have it; without, the name alone is looked at.

    Raises:
        RunError: it is neither ``cpu`` nor ``cuda``, or is ``cuda`` where torch finds none.
    """
    if device not in {"cpu", "cuda"}:
        raise RunError(f"no device is called {device!r}. Known: cpu, cuda.")
    if device == "cpu" or not here:
        return
    import torch

    if not torch.cuda.is_available():
        raise RunError(
            f"device is 'cuda', and torch {version('torch')} finds no CUDA device here; give "
            "'cpu', or install a build of torch for this machine's GPU and driver."
        )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _quota() -> int | None:
    """Returns a container's share of processor time in cores, rounded up; None if unlimited."""
    try:
        text = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii")
        quota, period = (int(part) for part in text.split())
    except (OSError, ValueError):  # No cgroups of version 2, or "max": no limit.
        return None
    return max(1, math.ceil(quota / period))


def _accelerator(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device)
