"""Each fault that `benchmarks/faults.py` makes, once: nothing lost, nothing left, a sentence."""

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "faults", Path(__file__).parents[2] / "benchmarks" / "faults.py"
)
faults = sys.modules["faults"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(faults)

pytestmark = pytest.mark.slow

LONG = {"100,000 more trials in the store"}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Return what a run gives that nothing happens to."""
    return faults.Bench(tmp_path_factory.mktemp("reference") / "bench").finish()


@pytest.mark.parametrize("name", sorted(faults.FAULTS.keys() - LONG))
def test_a_fault_costs_nothing_and_leaves_nothing(tmp_path, reference, name):
    try:
        fault = faults.made(name, tmp_path / "bench", reference)
    except faults.LeftOutError:
        pytest.skip("needs the right to mount")
    assert fault.damage.counts[:3] == (0, 0, 0), fault
    assert fault.left == "nothing"
    assert "traceback" not in fault.said


@pytest.mark.parametrize("kind", faults.KINDS)
def test_kills_cost_nothing_and_leave_nothing(tmp_path, reference, kind):
    kills = faults.Kills()
    faults.kill(kills, [kind] * 3, "0", tmp_path / "benches", reference, 6.0)
    assert kills.done == {kind: 3}
    assert kills.damage[kind].total() == 0
