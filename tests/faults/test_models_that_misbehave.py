"""A model that misbehaves costs its own trial, and leaves nothing behind."""

import time

import psutil
import pytest

pytestmark = pytest.mark.slow

SENTENCES = {
    "raise KeyboardInterrupt": "KeyboardInterrupt (",
    "raise GeneratorExit": "GeneratorExit (",
    "raise BaseException('no such luck')": "BaseException: no such luck (",
    "sys.exit('enough')": "SystemExit: enough (",
    "print('so far'); os._exit(3)": "exit code 3 (2 attempts). It printed last: so far",
    "raise ValueError(chr(0xD800))": r"ValueError: \ud800 (",
    "raise ValueError('m' * 5_000_000)": "characters ...]",
    "raise ValueError(chr(27) + '[31mred' + chr(27) + ']0;title' + chr(7))": "ValueError: red (",
}


def test_each_kind_fails_with_a_sentence(bench):
    bench.write(*SENTENCES)
    code, out, complaint = bench.run()
    assert code == 1
    said = dict(line.split(", round 1: ") for line in complaint.splitlines()[:-1])
    assert len(said) == len(SENTENCES)
    for number, words in enumerate(SENTENCES.values()):
        assert words in said[f"bakeoff: small: bad {number}"]
    assert len(out + complaint) < 15_000
    assert "\x1b" not in out + complaint
    code, out, complaint = bench.call("report", "small.py", "--format", "md")
    assert (code, complaint) == (0, "")
    assert "1 of 9 trials have run" in out


def test_one_that_waits_for_ever_is_ended_at_the_limit(bench):
    bench.write("print('waiting'); time.sleep(1000)")
    code, _, complaint = bench.run("--trial-timeout", "8")
    assert code == 1
    assert "small: bad 0, round 1: it took longer than 8 seconds" in complaint
    assert "It printed last: waiting" in complaint


def test_what_it_prints_goes_to_a_log_that_is_capped(bench):
    bench.write("print('x' * 300_000); subprocess.run(['echo', 'from a child'])")
    code, out, told = bench.call("run", "small.py", "--jobs", "1")
    assert code == 0
    assert len(out + told) < 5_000
    assert "What trials print is in bakeoff.db.log." in told
    log = (bench.folder / "bakeoff.db.log").read_text()
    assert "from a child" in log
    assert len(log) < 100_000


def test_child_processes_end_with_their_worker(bench):
    shells = (
        "sleep 600 & wait",
        "(sleep 600 &)",
        "trap '' TERM; sleep 600",
        "setsid sleep 600 < /dev/null > /dev/null 2>&1 &",
    )
    starts = [f"subprocess.Popen(['bash', '-c', {shell!r}])" for shell in shells]
    bench.write(*starts, *(f"{start}; os._exit(1)" for start in starts))
    code, _, complaint = bench.run()
    assert (code, complaint.count("exit code 1")) == (1, 1)
    assert "round 1 and 3 more" in complaint
    until = time.monotonic() + 10
    while left := [each for each in psutil.process_iter() if is_in(each, bench.folder)]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def is_in(process, folder):
    try:
        return process.cwd() == str(folder)
    except psutil.Error:
        return False
