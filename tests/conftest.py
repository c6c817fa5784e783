"""What all tests share: a cache apart from the user's, one thread, no deadlines, the command."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from bakeoff.cli.main import main

Command = Callable[..., subprocess.CompletedProcess[str]]

# A shell lets what it starts in the background ignore Ctrl-C, and what that starts in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _cache_apart(session_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_CACHE", str(session_cache))


@pytest.fixture(autouse=True)
def _usual_width(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where COLUMNS is set, tables are folded to it.
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    # As in a worker; and on a busy machine, threads that wait for each other take minutes.
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`bakeoff` in this process, which needs not import torch once more; in the test's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def call(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        given = ["bakeoff", *map(str, words)]
        monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as stop:
            main()
        told = capsys.readouterr()
        assert (stop.value.code or 0) == code, told.out + told.err
        assert "Traceback" not in told.err
        return subprocess.CompletedProcess(given, code, told.out, told.err)

    return call
