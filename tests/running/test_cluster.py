"""Calls on the workers of a Dask cluster, and what is said where they cannot be made."""

import os
import signal
import time

import numpy as np
import pytest
import running_fakes as fakes

from bakeoff.errors import ModelError, RunError
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Retrying
from bakeoff.running.executors import Cluster, workers_of
from bakeoff.running.worker import pack
from bakeoff.study.load import load
from bakeoff.study.trial import trials

pytest.importorskip("distributed")

from distributed import Client, LocalCluster

from bakeoff.running import cluster as module
from bakeoff.running.cluster import ClusterPool, connected, shown

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

TRIALS = fakes.some_trials(rounds=2)
KEY, TRIAL = next(iter(TRIALS.items()))


@pytest.fixture(scope="module")
def client():
    """A cluster of one worker, which is in this process."""
    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as own:
        yield own


def ends_its_worker(trial, site):
    """Kill the worker of Dask that waits for this process."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def sleeps(trial, site):
    time.sleep(60)


def prints_and_fails(trial, site):
    print("so far")
    raise ZeroDivisionError


def test_a_call_has_a_process_of_its_own_on_one_thread(store, client):
    with ClusterPool(Cluster(client)) as pool:
        processes = {pool.submit(pid_and_threads, parcel()).result() for _ in range(2)}
    assert {threads for _, threads in processes} == {"1"}
    assert os.getpid() not in {pid for pid, _ in processes}
    assert fakes.still_alive([fakes.psutil.Process(p) for p, _ in processes if running(p)]) == []


def pid_and_threads(parcel):
    return os.getpid(), os.environ["OMP_NUM_THREADS"]


def running(pid):
    return fakes.psutil.pid_exists(pid)


def parcel():
    return pack(KEY, TRIAL)


def test_a_trial_that_takes_too_long_fails_there_too(store, client):
    with workers_of(client, None, 1.0) as workers:
        outcome = run_trials({KEY: TRIAL}, store, jobs=1, executor=workers, work=sleeps)
    (message,) = outcome.failures.values()
    assert "--trial-timeout" in message


def test_a_failure_quotes_what_was_printed_there(store, client):
    with workers_of(client, None) as workers:
        outcome = run_trials({KEY: TRIAL}, store, jobs=1, executor=workers, work=prints_and_fails)
    assert outcome.failures[KEY].endswith("It printed last: so far")


def test_one_whose_process_dies_is_tried_again(store, client):
    events = []
    with workers_of(client, None) as workers:
        outcome = run_trials(
            TRIALS,
            store,
            jobs=None,
            executor=workers,
            work=fakes.killed_in_round_1,
            listen=events.append,
        )
    assert len(outcome.failures) == 2
    assert sum(isinstance(event, Retrying) for event in events) == 2
    assert len(store.known(TRIALS)) == 2


def test_one_that_ends_every_worker_fails_and_says_so(store):
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        workers_of(client, None) as workers,
    ):
        outcome = run_trials({KEY: TRIAL}, store, jobs=1, executor=workers, work=ends_its_worker)
    assert "2 workers were lost while they had it" in outcome.failures[KEY]


def test_trials_follow_the_workers_as_they_come_and_go(store, monkeypatch):
    monkeypatch.setattr(module, "_LOOK", 0.1)
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
        ClusterPool(Cluster(client)) as pool,
    ):
        for workers, places in ((1, 3), (4, 10), (2, 5)):
            cluster.scale(workers)
            assert within(30, lambda places=places: pool.places("cpu") == places)


def within(seconds, holds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_cluster_without_workers_is_waited_for_a_while(store, monkeypatch):
    monkeypatch.setattr(module, "_LOOK", 0.1)
    monkeypatch.setattr(module, "_ALONE", 0.5)
    with (
        Client(processes=False, n_workers=0, dashboard_address=None) as client,
        workers_of(client, None) as workers,
        pytest.raises(RunError, match="no worker for 0.5 seconds"),
    ):
        run_trials(TRIALS, store, jobs=None, executor=workers, work=fakes.quick)


def test_a_scheduler_that_is_lost_stops_the_run_with_a_sentence(store):
    cluster = LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with Client(cluster) as client, workers_of(client, None) as workers:

        def lose(event):
            if type(event).__name__ == "Started":
                cluster.close(timeout=1)

        with pytest.raises(RunError, match="the Dask scheduler at .* was lost"):
            run_trials(TRIALS, store, jobs=None, executor=workers, work=fakes.slow, listen=lose)


def test_other_versions_are_refused_unless_allowed(client, monkeypatch):
    told = client.get_versions(packages=["bakeoff", "torch"])
    for worker in told["workers"].values():
        worker["packages"]["torch"] = "2.0.0"
    monkeypatch.setattr(Client, "get_versions", lambda self, **_: told)
    with pytest.raises(RunError, match=r"torch 2\.0\.0, not .* --other-versions"):
        ClusterPool(Cluster(client))
    with ClusterPool(Cluster(client, other_versions=True)) as pool:
        assert pool.submit(pid_and_threads, parcel()).result()
    for worker in told["workers"].values():
        worker["packages"]["bakeoff"] = None
    with pytest.raises(RunError, match="has no bakeoff"):
        ClusterPool(Cluster(client, other_versions=True))


def test_a_worker_that_comes_with_other_versions_is_refused(client, monkeypatch):
    with ClusterPool(Cluster(client)) as pool:
        monkeypatch.setattr(module, "_versions", lambda: {**pool._versions, "torch": "2.0.0"})
        with pytest.raises(RunError, match=r"torch 2\.0\.0"):
            pool.submit(pid_and_threads, parcel()).result()


def test_a_gpu_is_asked_for_where_a_worker_says_that_it_has_one(client):
    cuda = TRIAL.replace(device="cuda")
    with (
        ClusterPool(Cluster(client)) as pool,
        pytest.raises(RunError, match="--resources GPU=1"),
    ):
        pool.submit(pid_and_threads, pack(cuda.key(), cuda))
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=4,
            processes=False,
            resources={"GPU": 1},
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as own,
        ClusterPool(Cluster(own)) as pool,
    ):
        assert pool.places("cuda") == 3
        calls = [pool.submit(span, pack(cuda.key(), cuda)) for _ in range(4)]
        spans = sorted(call.result() for call in calls)
    together = max(sum(a <= start < b for a, b in spans) for start, _ in spans)
    assert together <= 2


def span(parcel):
    start = time.monotonic()
    time.sleep(0.3)
    return start, time.monotonic()


def test_what_a_study_imports_and_a_worker_lacks_is_named(store, client, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MINE)
    study = load(tmp_path / "mine.py")
    trial = next(trial for _, trial in trials(study, data=fakes.DATA))
    monkeypatch.setenv("ON_A_WORKER", "yes")
    with workers_of(client, None) as workers:
        outcome = run_trials({trial.key(): trial}, store, jobs=1, executor=workers)
    (message,) = outcome.failures.values()
    assert "the study imports no_such_package, which the worker on" in message


MINE = """
import os

from bakeoff import *

if "ON_A_WORKER" in os.environ:
    import no_such_package


class Mine(ModelSpec):
    def build(self):
        raise RuntimeError


study = Study(
    name="mine",
    task=DigitPairs(train=20, validation=0, test=10),
    variants=(Variant(name="a", model=Mine()),),
)
"""


def test_data_that_a_worker_cannot_keep_is_told(client, monkeypatch, tmp_path):
    from bakeoff.data.arrays import Npz
    from bakeoff.data.supervised import Classification

    np.savez(tmp_path / "a.npz", x=np.zeros((9, 4), np.float32), y=np.arange(9) % 3)
    task = Classification(Npz(tmp_path / "a.npz"), train=4, test=3)
    trial = TRIAL.replace(task=task, data=task.digest())
    monkeypatch.setattr(module, "cached_examples", lambda digest: None)
    with (
        ClusterPool(Cluster(client)) as pool,
        pytest.raises(RunError, match="cannot keep the data.*BAKEOFF_CACHE"),
    ):
        pool.submit(pid_and_threads, pack(trial.key(), trial)).result()


def test_a_scheduler_that_does_not_answer_is_named_without_its_password(monkeypatch):
    monkeypatch.setattr(module, "_ANSWERS", 0.5)
    with (
        pytest.raises(RunError, match=r"at tcp://127\.0\.0\.1:9 within 0\.5 seconds") as error,
        connected("tcp://me:secret@127.0.0.1:9?token=secret"),
    ):
        pass
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        ("tcp://host:8786", "tcp://host:8786"),
        ("tls://me:a@b@host:1", "tls://host:1"),
        ("me:secret@host:1", "host:1"),
        ("wss://host:443/x?token=secret#more", "wss://host:443/x"),
    ],
)
def test_an_address_is_shown_without_secrets(address, printed):
    assert shown(address) == printed


@pytest.mark.parametrize("on", ["local:", "local:0", "local:x", "local"])
def test_a_local_cluster_has_a_number(on):
    with pytest.raises(RunError, match="local:4"), connected(on):
        pass


def tells_its_folder(trial, site):
    raise ModelError(f"{site.checkpoints} {site.shared}")


def test_states_stay_with_the_worker_unless_a_folder_is_shared(store, client, tmp_path):
    told = {}
    for shared in (None, tmp_path / "shared"):
        with workers_of(Cluster(client, checkpoints=shared), None) as workers:
            outcome = run_trials(
                {KEY: TRIAL}, store, jobs=1, executor=workers, work=tells_its_folder
            )
        told[shared] = outcome.failures[KEY]
    assert str(store.path.parent) not in told[None]
    assert told[tmp_path / "shared"] == f"{tmp_path / 'shared'} True"
