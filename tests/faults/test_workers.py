"""Workers that die at once, take too long, or leave their files."""

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import running_fakes as fakes

from bakeoff.data.files import UNFINISHED
from bakeoff.errors import RunError
from bakeoff.running import pool as pool_module
from bakeoff.running.children import end_marked, marking
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Late
from bakeoff.running.pool import TookTooLong, WorkerDied, WorkerPool
from bakeoff.running.store import Store
from bakeoff.running.worker import pack
from bakeoff.study.load import load
from bakeoff.study.trial import distinct, trials

TRIALS = fakes.some_trials(rounds=2)


def pid():
    return os.getpid()


def pid_of_a_child(seconds, *, leaves):
    """Start a process that nobody waits for, below another one that ends at once.

    Args:
        seconds: how long it sleeps.
        leaves: whether it leaves the group of processes, and closes what it has open.
    """
    reading, writing = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            if leaves:
                os.setsid()
                os.closerange(0, 3)
            os.write(writing, str(os.getpid()).encode())
            time.sleep(seconds)
        os._exit(0)
    return int(os.read(reading, 20))


def shout(text):
    print(text)
    raise KeyboardInterrupt


def starts_dying(monkeypatch, times):
    """Let workers be killed while they start; return how many were started."""
    started = []
    start = pool_module._Worker.wait_until_ready

    def wait_until_ready(worker):
        started.append(worker)
        if len(started) <= times:
            os.kill(worker._process.pid, signal.SIGKILL)
        start(worker)

    monkeypatch.setattr(pool_module._Worker, "wait_until_ready", wait_until_ready)
    return started


@pytest.mark.parametrize("times", [1, 2])
def test_one_that_is_killed_while_it_starts_is_started_again(monkeypatch, times):
    started = starts_dying(monkeypatch, times)
    with WorkerPool(1) as pool:
        assert pool.submit(pid).result() == started[-1]._process.pid
    assert len(started) == times + 1


def test_after_some_it_is_an_error_of_the_run(monkeypatch):
    started = starts_dying(monkeypatch, 100)
    with WorkerPool(1) as pool, pytest.raises(RunError, match="while it started.*SIGKILL"):
        pool.submit(pid).result()
    assert len(started) == 3


def test_the_limit_on_processes_is_named_where_no_thread_can_start(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    with WorkerPool(1) as pool:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RunError, match="ulimit -u"):
            pool.submit(pid)
        monkeypatch.undo()


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize("ends", ["its pool ends", "it is killed"])
def test_its_end_is_that_of_its_childrens_children(leaves, ends):
    with WorkerPool(1) as pool:
        child = psutil.Process(pool.submit(pid_of_a_child, 600, leaves=leaves).result())
        if ends == "it is killed":
            with pytest.raises(WorkerDied):
                pool.submit(signal.raise_signal, signal.SIGKILL).result()
            assert fakes.still_alive([child]) == []
    assert fakes.still_alive([child]) == []


def test_no_other_process_with_a_mark_is_ended():
    """One that a thread of this process starts while a worker is being marked."""
    with marking() as mark:
        bystander = subprocess.Popen(["sleep", "600"])
    with marking() as other:
        pass
    try:
        assert end_marked(mark) == end_marked(other) == set()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_whatever_a_call_raises_is_its_own_and_what_it_printed_is_known():
    with WorkerPool(1) as pool:
        future = pool.submit(shout, "so far")
        with pytest.raises(RuntimeError, match="KeyboardInterrupt"):
            future.result()
        assert future.printed.text == "so far"
        assert pool.submit(pid).result() > 0


@pytest.mark.slow
def test_a_call_beyond_the_limit_ends_its_worker_alone():
    with WorkerPool(1, limit=3.0) as pool:
        first = pool.submit(pid).result()
        with pytest.raises(TookTooLong, match="3 seconds"):
            pool.submit(time.sleep, 600).result()
        assert pool.submit(pid).result() != first


@pytest.mark.slow
def test_so_it_is_on_an_executor_of_ones_own(tmp_path):
    with Store.open(tmp_path / "bakeoff.db") as store, ThreadPoolExecutor(2) as executor:
        outcome = run_trials(
            TRIALS, store, jobs=2, executor=executor, work=fakes.gated_after_round_0, limit=5.0
        )
        assert len(store.known(TRIALS)) == 2
    assert len(outcome.failures) == 2
    assert all("took longer than 5 seconds" in each for each in outcome.failures.values())


def test_a_study_that_is_deleted_during_a_run_is_sent_as_it_was_read(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "deleted_study.py"
    file.write_text(
        "from torch import nn\n"
        "from bakeoff import DigitPairs, ModelSpec, Study, Variant\n"
        "class Own(ModelSpec):\n"
        "    def build(self):\n"
        "        return nn.Sequential(nn.Flatten(), nn.Linear(392, 2))\n"
        "variants = (Variant(name='own', model=Own()),)\n"
        "study = Study(name='s', task=DigitPairs(), variants=variants, rounds=1)\n"
    )
    ((key, trial),) = distinct(each for _, each in trials(load(file), data=fakes.DATA)).items()
    file.unlink()
    (module,) = pack(key, trial).modules
    assert "class Own" in module.text


def test_a_trial_that_takes_long_is_told_once(tmp_path, monkeypatch):
    from bakeoff.running import coordinate

    monkeypatch.setattr(coordinate, "_SOON", 0)
    monkeypatch.setattr(coordinate, "_LATE", 1e-3)
    events = []
    with Store.open(tmp_path / "bakeoff.db") as store, WorkerPool(1) as pool:
        run_trials(TRIALS, store, jobs=1, executor=pool, work=fakes.slow, listen=events.append)
    late = [event.key for event in events if isinstance(event, Late)]
    assert len(late) == len(set(late)) > 0


@pytest.mark.parametrize("times", [1, 2])
def test_states_that_a_killed_run_left_are_swept(tmp_path, times):
    folder = tmp_path / "bakeoff.db.checkpoints"
    for _ in range(times):  # Of trials that are missing, then answered.
        folder.mkdir()
        for key in TRIALS:
            (folder / f"{key}.safetensors").touch()
        (folder / f"cut{UNFINISHED}").touch()
        with Store.open(tmp_path / "bakeoff.db") as store, WorkerPool(1) as pool:
            run_trials(TRIALS, store, jobs=1, executor=pool, work=fakes.quick)
        assert not folder.exists()
