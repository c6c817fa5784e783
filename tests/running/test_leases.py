"""A trial is leased to one live run at a time."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import running_fakes as fakes

from bakeoff.running.owner import STALE, Owner, this_host
from bakeoff.running.store import Store

FULL = 2
"""What SQLite calls a wait for the disk at the end of each transaction."""

KEY, TRIAL = next(iter(fakes.some_trials().items()))


@pytest.fixture
def here():
    return Owner.here()


@pytest.fixture
def killed():
    """The owner that a process was until it was killed; its parent has not taken note yet."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = replace(Owner.here(), id="killed", pid=process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield owner
    process.communicate()


def test_two_runs_of_one_process_are_two_owners(store, here):
    assert store.claim(KEY, here) == "ours"
    assert store.claim(KEY, Owner.here()) == "taken"


def test_a_claim_may_be_repeated_and_given_up(store, here):
    other = Owner.here()
    assert [store.claim(KEY, here), store.claim(KEY, here)] == ["ours", "ours"]
    store.release(other, KEY)
    assert store.claim(KEY, other) == "taken"
    store.release(here, KEY)
    assert store.claim(KEY, other) == "ours"
    store.release(other)
    assert store.claim(KEY, here) == "ours"


def test_an_answered_trial_cannot_be_claimed(store, here):
    store.claim(KEY, here)
    store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    assert store.claim(KEY, here) == "answered"
    assert store.others([KEY], Owner.here()) == {}


def test_only_a_lease_is_written_without_a_wait_for_the_disk(store, here, monkeypatch):
    def waits():
        (level,) = store._db.execute("PRAGMA synchronous").fetchone()
        return level == FULL

    seen = []
    known = store.known
    monkeypatch.setattr(store, "known", lambda keys: (seen.append(waits()), known(keys))[1])
    store.claim(KEY, here)
    store.add(KEY, TRIAL, fakes.answer_to(TRIAL))
    store.claim(KEY, here)
    store.beat(here)
    assert (seen, waits()) == ([False, True, False], True)


def test_a_killed_run_loses_its_leases_at_once(store, here, killed):
    assert store.claim(KEY, killed) == "ours"
    assert store.others([KEY], here) == {KEY: False}
    assert store.claim(KEY, here) == "ours"


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(store, here):
    earlier = replace(here, id="earlier", started=here.started - 100)
    store.claim(KEY, earlier)
    assert store.claim(KEY, here) == "ours"


def test_a_live_run_on_this_host_keeps_its_leases_though_it_never_beats(here):
    assert here.is_alive(host=this_host(), silent=1000 * STALE)


@pytest.mark.parametrize(("silent", "alive"), [(STALE - 5, True), (STALE + 5, False)])
def test_a_run_on_another_host_lives_as_long_as_it_beats(here, silent, alive):
    far = replace(here, host="far")
    assert far.is_alive(host=this_host(), silent=silent) is alive


@pytest.fixture
def wait(monkeypatch):
    """Let seconds pass on this host alone."""
    clock = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def wait(seconds):
        clock[0] += seconds

    return wait


@pytest.fixture
def far(store, here):
    """Another host, with a connection of its own."""
    with Store.open(store.path) as opened:
        yield opened, replace(here, id="far", host="far")


def test_beats_reach_the_leases_of_their_owner_only(store, here, far, wait):
    other, owner = far
    other.claim(KEY, owner)
    other.claim("other", replace(owner, id="further"))
    assert store.others([KEY, "other"], here) == {KEY: True, "other": True}
    wait(STALE + 5)
    other.beat(owner)
    assert store.others([KEY, "other"], here) == {KEY: True, "other": False}


@pytest.mark.parametrize("hours", [-2, 0, 2])
def test_the_clock_of_another_host_says_nothing_of_its_runs(
    store, here, far, wait, monkeypatch, hours
):
    other, owner = far
    clock = time.time() + 3600 * hours
    with monkeypatch.context() as there:
        there.setattr(time, "time", lambda: clock)
        other.claim(KEY, owner)
    assert store.claim(KEY, here) == "taken"
    for _ in range(3):
        wait(STALE - 5)
        other.beat(owner)
        assert store.claim(KEY, here) == "taken"
    wait(STALE - 5)
    assert store.claim(KEY, here) == "taken"
    wait(10)
    assert store.claim(KEY, here) == "ours"


def test_a_run_that_was_stopped_past_its_lease_finds_its_trial_answered(store, here, far, wait):
    other, owner = far
    other.claim(KEY, owner)
    assert store.claim(KEY, here) == "taken"
    wait(STALE + 5)
    assert store.claim(KEY, here) == "ours"
    store.add(KEY, TRIAL, fakes.answer_to(TRIAL, seconds=1.0))
    assert not other.add(KEY, TRIAL, fakes.answer_to(TRIAL, seconds=2.0))
    assert other.claim(KEY, owner) == "answered"
    assert store.histories([KEY])[KEY].history.seconds == 1.0


def test_a_lease_taken_again_is_a_sign_of_life(store, here, far, wait):
    other, owner = far
    for _ in range(3):
        other.claim(KEY, owner)
        assert store.claim(KEY, here) == "taken"
        other.release(owner)
        wait(STALE + 5)


def test_of_many_processes_that_claim_one_trial_one_gets_it(tmp_path):
    path = tmp_path / "bakeoff.db"
    script = (
        "import sys; from pathlib import Path\n"
        "from bakeoff.running.owner import Owner\n"
        "from bakeoff.running.store import Store\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "owner = Owner.here()\n"
        "print([store.claim(str(n), owner) for n in range(5)].count('ours'), flush=True)\n"
        "input()\n"
        "store.close()\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    got = [int(process.stdout.readline()) for process in processes]
    for process in processes:
        process.communicate("\n")
    assert sum(got) == 5
    assert [process.returncode for process in processes] == [0] * 4
    with Store.open(path) as store:
        assert store.claim("0", Owner.here()) == "ours"
