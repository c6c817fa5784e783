"""Whole runs as a shell sees them: killed, stopped, and side by side on one store."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
import running_fakes as fakes

from bakeoff.running.owner import Owner
from bakeoff.running.store import Store

SCRIPT = Path(__file__).with_name("run_fakes.py")


class Run:
    """A coordinating process in a group of its own, as a shell makes one."""

    def __init__(self, folder, work, *, rounds=4, jobs=2):
        self.store = folder / "bakeoff.db"
        self.trials = fakes.some_trials(rounds=rounds)
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, self.store, folder, work, str(rounds), str(jobs)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def until_stored(self, number):
        """Wait until so many trials are stored; return the process and all that it started."""
        while len(stored(self.store, self.trials)) < number:
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def until_waiting(self):
        """Wait until all that is left to the process is with another one."""
        assert self.process.stderr.readline() == "waiting\n"

    def end(self):
        """Wait for the end; return exit code, output and errors."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*args, **kwargs):
        started.append(Run(tmp_path, *args, **kwargs))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
        with run.process:
            pass


def stored(path, trials):
    with Store.open(path) as store:
        return store.known(trials)


def test_a_run_uses_workers_and_leaves_none(start, tmp_path):
    run = start("quick", rounds=2)
    assert run.end() == (0, "0 4 0 0\n", "")
    assert Counter(fakes.executed(tmp_path)) == dict.fromkeys(run.trials, 1)
    assert [path.name for path in tmp_path.iterdir() if "db" in path.name] == ["bakeoff.db"]


def test_a_killed_run_leaves_no_worker_and_the_next_does_only_what_is_missing(start, tmp_path):
    run = start("gated_after_round_0", rounds=3)
    family = run.until_stored(2)
    run.process.kill()
    assert fakes.still_alive(family) == []
    before = stored(run.store, run.trials)
    begun = Counter(fakes.executed(tmp_path))
    assert len(before) == 2

    (tmp_path / "open").touch()
    assert start("gated_after_round_0", rounds=3).end() == (0, "2 4 0 0\n", "")
    assert stored(run.store, run.trials) == set(run.trials)
    again = Counter(fakes.executed(tmp_path)) - begun
    assert again == dict.fromkeys(set(run.trials) - before, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_how_to_go_on_and_gives_up_its_leases(start, number):
    run = start("gated_after_round_0")
    family = run.until_stored(2)
    # Ctrl-C goes to the whole group; a plain kill to the coordinator alone.
    (os.killpg if number == signal.SIGINT else os.kill)(run.process.pid, number)
    code, out, err = run.end()
    assert (code, err) == (3, "")
    assert out == "stopped: 2 of 8 trials are stored; the same command goes on from there.\n"
    assert fakes.still_alive(family) == []
    with Store.open(run.store) as store:
        assert store.others(run.trials, Owner.here()) == {}
        assert store.failures(run.trials) == {}


def test_two_runs_at_once_train_each_trial_once(start, tmp_path):
    runs = [start("slow"), start("slow")]
    results = [run.end() for run in runs]
    assert [(code, err.replace("waiting\n", "")) for code, _, err in results] == [(0, "")] * 2
    assert Counter(fakes.executed(tmp_path)) == dict.fromkeys(runs[0].trials, 1)
    counts = [tuple(map(int, out.split())) for _, out, _ in results]
    assert sum(answered for _, answered, _, _ in counts) == 8
    assert all(known + answered + others == 8 for known, answered, others, _ in counts)


def test_a_run_takes_over_from_another_that_is_killed(start, tmp_path):
    doomed = start("gated_after_round_0", rounds=2)
    doomed.until_stored(2)
    heir = start("quick", rounds=2)
    heir.until_waiting()
    doomed.process.kill()
    assert heir.end() == (0, "2 2 0 0\n", "")


def test_a_run_that_is_only_frozen_for_a_while_keeps_its_trials(start, tmp_path):
    frozen = start("gated_after_round_0", rounds=2)
    frozen.until_stored(2)
    frozen.process.send_signal(signal.SIGSTOP)
    other = start("quick", rounds=2)
    other.until_waiting()
    (tmp_path / "open").touch()
    frozen.process.send_signal(signal.SIGCONT)
    assert frozen.end() == (0, "0 4 0 0\n", "")
    assert other.end() == (0, "2 0 2 0\n", "")
    assert Counter(fakes.executed(tmp_path)) == dict.fromkeys(frozen.trials, 1)
