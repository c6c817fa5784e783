"""A training that is killed between two epochs ends in the same numbers, to the bit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed_trainings.py")

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("model", ["network", "ensemble"])
def test_every_ingredient_survives_sigkill_to_the_bit(tmp_path, model):
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, model],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "all tried\n"), done.stderr
