"""The facts of the machine are found without torch, and what it cannot do is refused."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bakeoff.errors import RunError
from bakeoff.running import machine


def test_the_environment_names_versions_and_machine():
    found = machine.environment("cpu")
    assert (found.torch, found.bakeoff) == (version("torch"), version("bakeoff"))
    assert (found.python, found.device) == (platform.python_version(), "cpu")
    assert found.processor
    assert found.system.startswith(platform.system())
    assert 1 <= found.cores <= os.cpu_count()


def test_neither_the_facts_nor_a_run_import_torch():
    script = (
        "import sys\n"
        "from bakeoff.running.coordinate import run_trials\n"
        "from bakeoff.running.machine import check_device, check_jobs, environment\n"
        "environment('cpu'); check_device('cpu'); check_jobs(1)\n"
        "assert not {'torch', 'scipy', 'altair'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000\n", None), ("150000 100000\n", 2), ("5000 100000\n", 1), ("what", None)],
)
def test_a_containers_share_counts_in_whole_cores(monkeypatch, text, expected):
    monkeypatch.setattr(Path, "read_text", lambda self, **kwargs: text)
    assert machine._quota() == expected


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    monkeypatch.setattr(machine, "_quota", lambda: None)
    everything = machine.cores()
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {7}, raising=False)
    assert machine.cores() == 1 <= everything


@pytest.mark.parametrize("jobs", [0, -1])
def test_jobs_below_one_are_refused(jobs):
    with pytest.raises(RunError, match=f"jobs is {jobs}; at least 1"):
        machine.check_jobs(jobs)
    machine.check_jobs(1)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RunError, match=r"device is 'cuda'.*finds no CUDA device.*'cpu'"):
        machine.check_device("cuda")


def test_a_device_of_another_name_is_refused():
    with pytest.raises(RunError, match=r"no device is called 'tpu'. Known: cpu, cuda"):
        machine.check_device("tpu")
