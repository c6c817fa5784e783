"""The benchmarks can be started: what they measure is for them to say."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
COMMANDS = sorted(p.name for p in BENCHMARKS.glob("*.py") if "__main__" in p.read_text())


def test_there_are_benchmarks():
    assert "versus_plain.py" in COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_benchmark_says_what_it_measures(name):
    done = subprocess.run(
        [sys.executable, BENCHMARKS / name, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout
