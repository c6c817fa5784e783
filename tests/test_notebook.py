"""A notebook from end to end, in a real kernel: its cells are trained by workers, and once."""

import os
import re
from pathlib import Path

import pytest

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

import nbformat
from nbclient import NotebookClient

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).parents[1] / "examples" / "notebook.ipynb"

DATA = """
import sqlite3, bakeoff
from sklearn.datasets import load_iris
from torch import nn
X, y = load_iris(return_X_y=True)
def trials():
    return sqlite3.connect("a.db").execute("select count(*) from trials").fetchone()[0]
"""
MODELS = """
def small():
    return nn.Sequential(nn.Linear(4, 3))
class Large(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 3))
    def forward(self, x):
        return self.net(x)
"""
RUN = """
models = {"small": small, "large": Large}
results = bakeoff.compare(models, X, y, rounds=6, epochs=1, jobs=2, store="a.db")
trials()
"""


def executed(notebook, folder, cache, monkeypatch):
    """Run a notebook as a reader does, each cell; one that fails raises an error."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(cache))
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    return client.execute()


def texts(cell, kind):
    return [
        output["data"]["text/plain"] for output in cell.outputs if output["output_type"] == kind
    ]


def test_an_edited_cell_is_trained_anew_and_an_unchanged_one_is_not(
    tmp_path, session_cache, monkeypatch
):
    code = [DATA, MODELS, RUN, MODELS, RUN, MODELS.replace("20", "30"), RUN]
    cells = [nbformat.v4.new_code_cell(text) for text in code]
    done = executed(nbformat.v4.new_notebook(cells=cells), tmp_path, session_cache, monkeypatch)
    runs = [cell for cell in done.cells if cell.source == RUN]
    assert [texts(cell, "execute_result") for cell in runs] == [["12"], ["12"], ["18"]]
    first, again, edited = (texts(cell, "display_data") for cell in runs)
    assert again == ["12 trials, all stored already"]
    assert [line.partition(",")[0] for line in first + edited] == ["12 of 12 trials"] * 2


def test_the_example_runs_and_every_value_renders(tmp_path, session_cache, monkeypatch):
    notebook = nbformat.read(EXAMPLE, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(r"epochs=\d+", "epochs=1", cell.source)
    done = executed(notebook, tmp_path, session_cache, monkeypatch)
    shown = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert sum("text/html" in output.get("data", {}) for output in shown) == 5
    assert (tmp_path / "width.html").exists()


def test_the_example_is_stored_as_it_ran():
    cells = [c for c in nbformat.read(EXAMPLE, as_version=4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for cell in cells for o in cell.outputs if o.output_type == "error"]
