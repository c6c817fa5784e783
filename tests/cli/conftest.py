"""The command as a user calls it: another process, with its own folder and a shared cache."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

STUDY = """
from torch import nn

from bakeoff import DigitPairs, Head, Linear, ModelSpec, Network, Recipe, ReLU, Study, Variant


class Own(ModelSpec):
    width: int = 8

    def build(self):
        return nn.Sequential(nn.Flatten(), nn.Linear(392, self.width), nn.Linear(self.width, 2))


layers = Network(Linear(8), ReLU(), Linear(2), Head("comparison"))
study = Study(
    name="small",
    task=DigitPairs(train=40, validation=20, test=30),
    variants=(
        Variant(name="layers", model=layers, recipe=Recipe(epochs=2, batch=20)),
        Variant(name="own", model=Own(), recipe=Recipe(epochs=2, batch=20)),
    ),
    rounds=3,
)
"""


@pytest.fixture
def bakeoff(tmp_path: Path, session_cache: Path) -> Command:
    def call(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "bakeoff", *words],
            cwd=tmp_path,
            env=os.environ | {"BAKEOFF_CACHE": str(session_cache)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text(STUDY)
    return path
