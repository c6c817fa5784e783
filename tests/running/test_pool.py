"""Worker processes keep to themselves, die alone, and never outlive their run."""

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from multiprocessing import connection

import psutil
import pytest
import running_fakes as fakes

from bakeoff.errors import RunError
from bakeoff.running import pool as pool_module
from bakeoff.running.pool import WorkerDied, WorkerPool


@pytest.fixture
def pool():
    with WorkerPool(2) as opened:
        yield opened


def pid_after(seconds):
    time.sleep(seconds)
    return os.getpid()


def pid_once_there(path):
    while not path.exists():
        time.sleep(0.02)
    return os.getpid()


def fail(message):
    raise ValueError(message)


def kill_self(number):
    os.kill(os.getpid(), number)


def fork_and_return(number):
    os.fork()
    return number, os.getpid()


def write_to_the_line(message):
    """Send something on the worker's own connection, as a copy of its process could."""
    lines = [each for each in gc.get_objects() if isinstance(each, connection.Connection)]
    for line in lines:
        if line.writable and line.readable:
            line.send_bytes(message)
    return "mine"


def settings():
    return (
        os.environ["OMP_NUM_THREADS"],
        signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "torch" in sys.modules,
    )


def test_calls_are_spread_over_the_workers_which_are_kept(pool):
    first = {future.result() for future in [pool.submit(pid_after, 0.1) for _ in range(2)]}
    again = {future.result() for future in [pool.submit(pid_after, 0.0) for _ in range(6)]}
    assert len(first) == 2
    assert again <= first
    assert os.getpid() not in first


def test_workers_start_with_one_thread_deaf_to_ctrl_c_and_without_torch(pool):
    assert pool.submit(settings).result() == ("1", True, False)


def test_an_interrupt_does_not_reach_a_worker(pool):
    pid = pool.submit(pid_after, 0).result()
    os.kill(pid, signal.SIGINT)
    assert pool.submit(pid_after, 0).result() == pid


def test_an_error_comes_back_in_words_and_the_worker_lives_on(pool):
    pid = pool.submit(pid_after, 0).result()
    with pytest.raises(RuntimeError, match="ValueError: so it is"):
        pool.submit(fail, "so it is").result()
    with pytest.raises(RuntimeError, match="pickle"):
        pool.submit(eval, "lambda: 0").result()
    assert pool.submit(pid_after, 0).result() == pid


@pytest.mark.parametrize(
    "message",
    [
        b"nonsense",
        pickle.dumps("another's answer"),
        pickle.dumps(pool_module._Reply(0, os.getpid(), "another's answer", None)),
    ],
)
def test_what_is_not_the_answer_to_a_call_ends_the_worker(message):
    with WorkerPool(1) as pool:
        assert pool.submit(pid_after, 0).result()
        with pytest.raises(WorkerDied, match="no answer"):
            pool.submit(write_to_the_line, message).result()
        assert pool.submit(eval, "40 + 2").result() == 42


def test_a_worker_that_retires_answers_and_takes_no_further_call():
    with WorkerPool(1) as one:
        before = one.submit(pid_after, 0).result()
        assert one.submit(pool_module.retire).result() is None
        assert one.submit(pid_after, 0).result() != before


def test_a_copy_of_a_worker_cannot_answer_in_its_place():
    with WorkerPool(1) as pool:
        pid = pool.submit(pid_after, 0).result()
        for number in range(3):
            assert pool.submit(fork_and_return, number).result() == (number, pid)


def test_the_death_of_a_worker_is_that_of_one_call(pool, tmp_path):
    sibling = pool.submit(pid_once_there, tmp_path / "open")
    with pytest.raises(WorkerDied, match=r"ended by SIGKILL; memory may have run out"):
        pool.submit(kill_self, signal.SIGKILL).result()
    with pytest.raises(WorkerDied, match=r"ended by SIGSEGV$"):
        pool.submit(kill_self, signal.SIGSEGV).result()
    with pytest.raises(WorkerDied, match="exit code 7"):
        pool.submit(os._exit, 7).result()
    assert not sibling.done()
    (tmp_path / "open").touch()
    assert psutil.pid_exists(sibling.result())


def test_stopping_ends_workers_in_the_midst_of_their_calls():
    pool = WorkerPool(2)
    pids = [pool.submit(pid_after, 0).result()]
    futures = [pool.submit(pid_after, 600) for _ in range(5)]
    children = {child.pid for child in multiprocessing.active_children()}
    assert set(pids) <= children
    pool.stop()
    ends = [future.cancelled() or type(future.exception(timeout=10)) for future in futures]
    assert ends.count(WorkerDied) + ends.count(RunError) + ends.count(True) == len(futures)
    assert not any(psutil.pid_exists(pid) for pid in children)
    with pytest.raises(RuntimeError):
        pool.submit(pid_after, 0)


def test_shutting_down_waits_for_calls_and_leaves_no_worker():
    pool = WorkerPool(1)
    futures = [pool.submit(pid_after, 0.05) for _ in range(3)]
    pool.shutdown()
    (pid,) = {future.result(timeout=0) for future in futures}
    assert not psutil.pid_exists(pid)


def test_a_worker_that_cannot_be_started_is_an_error_of_the_run(monkeypatch):
    def refuse(self):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", refuse)
    with (
        WorkerPool(1) as pool,
        pytest.raises(RunError, match=r"Cannot allocate memory.*fewer jobs"),
    ):
        pool.submit(pid_after, 0).result()


def test_a_script_without_a_main_guard_is_not_run_anew_in_a_worker(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os\n"
        "from bakeoff.running.pool import WorkerPool\n"
        "with WorkerPool(1) as pool:\n"
        "    print(os.getpid() != pool.submit(os.getpid).result())\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n"
        "from bakeoff.running.pool import WorkerPool\n"
        "if __name__ == '__main__':\n"
        "    pool = WorkerPool(2)\n"
        "    pool.submit(time.sleep, 0).result()\n"
        "    pool.submit(time.sleep, 600), pool.submit(time.sleep, 600)\n"
        "    print('at work', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "at work\n"
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.kill()
    assert fakes.still_alive(children) == []


def test_signals_without_a_name_are_told_by_number():
    assert pool_module._cause_of_death(-250) == "its worker process was ended by signal 250"
