"""A stored trial answers only while everything that made it is as it was."""

import json
import shutil
import sys
import textwrap
from pathlib import Path

import pytest

from bakeoff.api.plan import plan_of, results
from bakeoff.api.run import TrialsFailed, run_plans
from bakeoff.running.events import Answered
from bakeoff.running.rows import row_digest
from bakeoff.running.store import Store
from bakeoff.study.load import load

pytestmark = pytest.mark.slow

STUDY = """
import functools
import json
from pathlib import Path

import numpy as np
from torch import nn

from bakeoff import DigitPairs, Linear, ModelSpec, Network, Head, Recipe, Study, Variant

HERE = Path(__file__).parent


@functools.lru_cache
def width():
    return json.loads((HERE / "width.json").read_text())


class Reads(ModelSpec):
    leak: float = 0.0

    def build(self) -> nn.Module:
        (SOURCE)
        leaky = nn.LeakyReLU(self.leak)
        return nn.Sequential(nn.Flatten(), nn.Linear(392, n), leaky, nn.Linear(n, 2))


def variant(name, model):
    return Variant(name=name, model=model, recipe=Recipe(epochs=1))


study = Study(
    name="reads",
    task=DigitPairs(train=20, validation=0, test=10),
    rounds=2,
    variants=(
        variant("reads", Reads()),
        variant("leaks", Reads(leak=0.1)),
        variant("plain", Network(Linear(2), Head("comparison"))),
    ),
)
"""
SOURCES = {
    "a file read once a process": "n = width()",
    "a file read in each build": "n = int(np.loadtxt(HERE / 'width.json'))",
    "a module named at run time": (
        "import importlib, sys; n = importlib.import_module('_'.join(['late', 'neighbour'])).WIDTH"
    ),
    "the names in a folder": "n = len(list((HERE / 'folder').iterdir()))",
}


@pytest.fixture(autouse=True)
def _own_path(monkeypatch):
    # A study's folder joins the path, and would be searched by the studies of later tests.
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "late_neighbour", raising=False)


def write(folder, number, source):
    """Write the study and all that it may read, so that its hidden layer has a width."""
    folder.mkdir(exist_ok=True)
    (folder / "width.json").write_text(json.dumps(number))
    (folder / "late_neighbour.py").write_text(f"WIDTH = {number}  # units\n")
    shutil.rmtree(folder / "folder", ignore_errors=True)
    (folder / "folder").mkdir()
    for name in range(number):
        (folder / "folder" / str(name)).touch()
    path = folder / "study.py"
    path.write_text(textwrap.dedent(STUDY).replace("(SOURCE)", source))
    return path


def trained(path, store, listen=lambda event: None):
    """Run a study, and return how many trials were trained, and the parameters of each variant."""
    events = []
    (found,) = run_plans(
        [plan_of(load(path))], jobs=1, store=store, listen=lambda e: (events.append(e), listen(e))
    )
    return sum(isinstance(event, Answered) for event in events), sizes(found)


def sizes(found):
    return {
        name: {history.parameters for history in histories if history is not None}
        for name, histories in found.histories.items()
    }


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_only_a_worker_reads_is_compared_before_an_answer_counts(tmp_path, source):
    store, folder = tmp_path / "bakeoff.db", tmp_path / "study"
    path = write(folder, 3, source)
    before = trained(path, store)
    assert before == (6, sizes_at(3))
    assert trained(path, store)[0] == 0

    write(folder, 5, source)
    assert results(load(path), store=store).histories["reads"] == (None, None)
    assert None not in results(load(path), store=store).histories["plain"]
    assert trained(path, store) == (4, sizes_at(5))

    # What holds again answers again, wherever the folder lies.
    write(folder, 3, source)
    moved = tmp_path / "moved"
    folder.rename(moved)
    assert trained(moved / "study.py", store) == (0, sizes_at(3))


def test_weights_that_come_from_where_nobody_looks_are_compared_once_a_variant(tmp_path):
    # The environment is neither in a key nor a file.
    source = 'import os; n = int(os.environ["BAKEOFF_TEST_WIDTH"])'
    store = tmp_path / "bakeoff.db"
    path = write(tmp_path / "study", 3, source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKEOFF_TEST_WIDTH", "3")
        assert trained(path, store) == (6, sizes_at(3))
        assert trained(path, store) == (0, sizes_at(3))
        patch.setenv("BAKEOFF_TEST_WIDTH", "5")
        assert trained(path, store) == (4, sizes_at(5))
        assert trained(path, store) == (0, sizes_at(5))


def test_weights_of_another_machine_are_not_compared(tmp_path):
    source = 'import os; n = int(os.environ["BAKEOFF_TEST_WIDTH"])'
    store = tmp_path / "bakeoff.db"
    path = write(tmp_path / "study", 3, source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKEOFF_TEST_WIDTH", "3")
        trained(path, store)
        with Store.open(store) as opened:
            opened._db.execute("UPDATE trials SET torch = '1.0'")
            for row in opened._rows("SELECT rowid, * FROM trials", ()):
                columns = {k: v for k, v in dict(row).items() if k != "rowid"}
                opened._db.execute(
                    "UPDATE trials SET digest = ? WHERE rowid = ?",
                    (row_digest(columns), row["rowid"]),
                )
        patch.setenv("BAKEOFF_TEST_WIDTH", "5")
        assert trained(path, store)[0] == 0


def sizes_at(width):
    own = {(392 + 1) * width + (width + 1) * 2}
    return {"reads": own, "leaks": own, "plain": {393 * 2}}


def test_a_comment_in_a_module_read_late_changes_nothing(tmp_path):
    source = SOURCES["a module named at run time"]
    path = write(tmp_path / "study", 3, source)
    assert trained(path, tmp_path / "bakeoff.db")[0] == 6
    (tmp_path / "study" / "late_neighbour.py").write_text("# Hidden units.\nWIDTH = 3\n")
    assert trained(path, tmp_path / "bakeoff.db")[0] == 0


@pytest.mark.parametrize("name", ["study.py", "width.json", "late_neighbour.py"])
@pytest.mark.parametrize("change", ["edited", "removed"])
def test_a_file_changed_while_a_run_is_under_way_ends_in_a_sentence(tmp_path, name, change):
    source = "import late_neighbour; n = width() + late_neighbour.WIDTH - 3"
    folder = tmp_path / "study"
    path = write(folder, 3, source)
    asked, heard = plan_of(load(path)), []

    def listen(event):
        if isinstance(event, Answered) and not heard:
            heard.append(event)
            if change == "removed":
                (folder / name).unlink()
            else:
                (folder / name).write_text((folder / name).read_text().replace("3", "4"))

    failures = ()
    try:
        (found,) = run_plans([asked], jobs=1, store=tmp_path / "bakeoff.db", listen=listen)
    except TrialsFailed as failed:
        (found,), failures = failed.results, failed.failures
    # A module that is gone can only be told as missing from what the trial depends on.
    known = Path(name).stem if change == "edited" else "study"
    assert all(known in sentence for sentence in failures)
    # What is stored is right: of the files as they were, or none.
    assert all(found <= {393 * 3 + 8, 393 * 2} for found in sizes(found).values())
    write(folder, 3, source)
    assert trained(path, tmp_path / "bakeoff.db")[1] == sizes_at(3)
