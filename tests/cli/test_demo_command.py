"""`bakeoff demo` as a user starts and stops it."""

import http.client
import os
import re
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_it_says_where_it_answers_and_ends_by_an_interrupt(
    bakeoff, study_file, tmp_path, session_cache
):
    bakeoff("run", "small.py", "--rounds", "1", "--only", "layers", "--keep", "winner")
    process = subprocess.Popen(
        [sys.executable, "-m", "bakeoff", "demo", "small.py"],
        cwd=tmp_path,
        env=os.environ | {"BAKEOFF_CACHE": str(session_cache), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told = process.stdout.readline()
        (port,) = re.findall(r"http://127\.0\.0\.1:(\d+)/", told)
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
        connection.request("GET", "/")
        assert b"Draw two digits" in connection.getresponse().read()
        connection.close()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.endswith("bakeoff: stopped.\n")


def test_what_cannot_be_shown_is_said(bakeoff, study_file, tmp_path):
    assert "bakeoff.db" in bakeoff("demo", "small.py", code=2).stderr
    (tmp_path / "empty").mkdir()
    assert "holds no model.json" in bakeoff("demo", "empty", code=2).stderr
    assert "no study is called 'nowhere'" in bakeoff("demo", "nowhere", code=2).stderr
