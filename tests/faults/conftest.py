"""Studies whose models misbehave, and the command as a user calls it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Trials that cost nothing; workers import them too.
sys.path.insert(0, str(Path(__file__).parents[1] / "running"))

STUDY = """
import os, subprocess, sys, time
from torch import nn
from bakeoff import DigitPairs, ModelSpec, Recipe, Study, Variant


class Own(ModelSpec):
    misbehaviour: str = ""

    def build(self):
        return Net(self.misbehaviour)


class Net(nn.Module):
    def __init__(self, misbehaviour):
        super().__init__()
        self.misbehaviour = misbehaviour
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(392, 4), nn.Linear(4, 2))
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        # The check before training calls it a few times.
        if self.calls > 20:
            exec(self.misbehaviour)
        return self.layers(x)


study = Study(
    name="small",
    task=DigitPairs(train=40, validation=10, test=10),
    variants=tuple(
        Variant(name=name, model=Own(misbehaviour=text), recipe=Recipe(epochs=12, batch=10))
        for name, text in {variants!r}.items()
    ),
    rounds={rounds},
)
"""


class Bench:
    """A folder with a study, and commands that run in it."""

    def __init__(self, folder, cache):
        self.folder = folder
        self.environment = os.environ | {"BAKEOFF_CACHE": str(cache)}

    def write(self, *misbehaviours, rounds=1):
        """Write a study of a good variant, and one for each text of code: `bad 0` and so on."""
        variants = {"good": ""} | {f"bad {n}": text for n, text in enumerate(misbehaviours)}
        text = STUDY.format(variants=variants, rounds=rounds)
        (self.folder / "small.py").write_text(text)

    def start(self, *words, prefix="", **options):
        """Start a command, by a shell where a prefix sets something first."""
        command = [sys.executable, "-m", "bakeoff", *words]
        if prefix:
            command = ["bash", "-c", f'{prefix} exec "$@"', "bash", *command]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, start_new_session=True, **options
        )

    def call(self, *words, **options):
        """Return the exit code, the output and the complaint of a command."""
        with self.start(*words, **options) as process:
            out, complaint = process.communicate(timeout=120)
        assert "Traceback" not in (complaint or "")
        return process.returncode, out, complaint

    def run(self, *words, **options):
        """Run the study without progress, so that the complaint is all on standard error."""
        return self.call("run", "small.py", "--jobs", "1", "--quiet", *words, **options)


@pytest.fixture
def bench(tmp_path, session_cache):
    folder = tmp_path / "bench"
    folder.mkdir()
    return Bench(folder, session_cache)
