"""The command stopped, or with nowhere to print to: a sentence at most, and nothing lost."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

STOPPED_AT = """
import os, runpy, signal, sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
sys.argv = ["bakeoff", *{words!r}]
runpy.run_module("bakeoff", run_name="__main__")
"""


@pytest.fixture
def environment(session_cache):
    return os.environ | {"BAKEOFF_CACHE": str(session_cache)}


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("bakeoff.cli.app", ["list"]),
        ("bakeoff.api.plan", ["run", "small.py"]),
        ("torch", ["run", "small.py", "--jobs", "1"]),
        ("bakeoff.api.report", ["report", "small.py"]),
    ],
)
def test_ctrl_c_at_any_moment_is_told_in_two_words(tmp_path, study_file, module, words):
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_AT.format(module=module, words=words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "bakeoff: stopped.\n")


@pytest.mark.parametrize("words", [["list"], ["--help"]])
def test_a_full_device_is_told_in_a_sentence(tmp_path, study_file, environment, words):
    assert printed_to_full(words, tmp_path, environment) == (
        1,
        "bakeoff: the output cannot be written: No space left on device.\n",
    )


def test_a_run_that_cannot_tell_keeps_what_it_trained(tmp_path, study_file, environment, bakeoff):
    words = ["run", "small.py", "--jobs", "1", "--epochs", "1"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bakeoff", *words],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=full,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stdout) == (1, b"")
    assert re.match("[1-5] of 6 trials are stored already", bakeoff(*words).stderr)


def test_a_run_that_cannot_print_its_table_says_so(tmp_path, study_file, environment):
    words = ["run", "small.py", "--jobs", "1", "--epochs", "1", "--quiet"]
    assert printed_to_full(words, tmp_path, environment) == (
        1,
        "bakeoff: the output cannot be written: No space left on device.\n",
    )


def test_a_reader_that_leaves_ends_the_run_in_silence(tmp_path, study_file, environment, bakeoff):
    words = ["run", "small.py", "--jobs", "1", "--epochs", "1"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "bakeoff", *words],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=pipe,
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stdout) == (141, "")
    assert re.match("[1-5] of 6 trials are stored already", bakeoff(*words).stderr)


def printed_to_full(words, folder, environment):
    """Return the exit code and the complaint of a command that prints to a full device."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bakeoff", *words],
            cwd=folder,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    return done.returncode, done.stderr
