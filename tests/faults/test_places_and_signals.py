"""Streams, folders, limits and signals that a command meets: a sentence, and nothing lost."""

import os
import re
import resource
import signal
import subprocess
import time

import pytest

from bakeoff.data.files import write_whole

SLOW = "time.sleep(0.02)"


@pytest.mark.slow
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_a_command_without_streams_does_its_work(bench, closed):
    bench.write()
    code, _, complaint = bench.run(prefix=f"exec {closed};")
    assert (code, complaint) == (0, "")
    assert "1/1" in bench.call("status")[1]


@pytest.mark.slow
def test_a_deleted_working_folder_is_told(bench, tmp_path):
    bench.folder = tmp_path / "gone"
    bench.folder.mkdir()
    code, _, complaint = bench.call("status", prefix="rmdir ../gone;")
    assert (code, complaint.count("\n")) == (2, 1)
    assert "the working folder is gone" in complaint


@pytest.mark.slow
def test_a_cache_in_the_home_of_nobody_is_told(bench):
    bench.write()
    bench.environment["BAKEOFF_CACHE"] = "~nosuchuser/x"
    code, _, complaint = bench.run()
    assert (code, complaint.count("\n")) == (2, 1)
    assert "BAKEOFF_CACHE is ~nosuchuser/x" in complaint


@pytest.mark.slow
def test_the_limit_on_the_size_of_files_is_named(bench):
    bench.write()
    code, _, complaint = bench.run(prefix="ulimit -f 60;")
    assert code == 2
    assert "files may have 61,440 bytes at most here (ulimit -f)" in complaint


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 3, 5])
def test_a_limit_on_the_number_of_processes_is_named_or_high_enough(bench, most):
    # The limit does not hold for root; another user who may read everything takes its place.
    other = "setpriv --reuid 54321 --clear-groups --inh-caps +dac_read_search "
    other += "--ambient-caps +dac_read_search"
    if subprocess.run([*other.split(), "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to become another user")
    bench.write()
    bench.folder.chmod(0o777)
    bench.environment["BAKEOFF_CACHE"] = str(bench.folder / "cache")
    limited = f"""bash -c 'ulimit -u {most}; exec "$@"' bash"""
    code, _, complaint = bench.run(prefix=f'exec {other} {limited} "$@";')
    assert code == 0 or (code == 2 and "(ulimit -u)" in complaint.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "times"),
    [
        (signal.SIGTERM, 1),
        (signal.SIGHUP, 1),
        (signal.SIGINT, 1),
        (signal.SIGINT, 2),
        (signal.SIGINT, 30),
    ],
)
def test_a_signal_lets_a_run_store_what_it_holds(bench, number, times):
    bench.write(SLOW, rounds=20)
    with bench.start("run", "small.py", "--jobs", "2") as process:
        until_answered(process, 2)
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.01)
        _, complaint = process.communicate(timeout=60)
    stored = re.search(r"bakeoff: stopped: (\d+) of 40 trials are stored", complaint)
    assert process.returncode == 130
    assert f"{stored[1]}/40" in bench.call("status")[1]
    assert [file.name for file in bench.folder.glob("bakeoff.db*")] == ["bakeoff.db"]


@pytest.mark.slow
def test_a_run_below_nohup_goes_on(bench):
    bench.write(SLOW, rounds=3)
    with bench.start("run", "small.py", "--jobs", "2", prefix="trap '' HUP;") as process:
        until_answered(process, 1)
        process.send_signal(signal.SIGHUP)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped" not in told


@pytest.mark.slow
def test_runners_that_are_killed_again_and_again_store_each_trial_once(bench):
    bench.write(SLOW, rounds=10)
    words = ("run", "small.py", "--jobs", "1", "--quiet")
    runners = [bench.start(*words, stdout=subprocess.DEVNULL) for _ in range(3)]
    for victim in (0, 1, 0):
        time.sleep(4)
        os.killpg(runners[victim].pid, signal.SIGKILL)
        runners[victim].communicate()
        runners[victim] = bench.start(*words, stdout=subprocess.DEVNULL)
    for runner in runners:
        _, complaint = runner.communicate(timeout=300)
        assert (runner.returncode, complaint) == (0, "")
    alone = bench.folder / "alone"
    assert bench.run("--store", str(alone))[0] == 0
    values = [
        re.findall(
            r"^small,.*(?:test,error,%,lower,final,[\d.]+)",
            bench.call("report", "small.py", "--format", "csv", "--store", store)[1],
            re.MULTILINE,
        )
        for store in ("bakeoff.db", str(alone))
    ]
    assert values[0] == values[1]
    assert len(values[0]) == 20
    assert "20/20" in bench.call("status")[1]


def test_a_file_that_does_not_fit_leaves_what_stood_there(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("before")
    path.chmod(0o640)
    link = tmp_path / "link.html"
    link.symlink_to(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
        with pytest.raises(OSError, match="too large"):
            write_whole(link, b"x" * 2_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "before"
    write_whole(link, b"after")
    assert path.read_text() == "after"
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.html", "page.html"]


def until_answered(process, number):
    while number:
        number -= process.stderr.readline().startswith("[")
