"""Data and models in hand: `compare` in a plain script, `bakeoff new`, and the examples."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from torch import nn

import bakeoff
from bakeoff.api.new import new_study, write_study
from bakeoff.api.plan import plan_of
from bakeoff.api.run import run_plans
from bakeoff.data.arrays import Npz
from bakeoff.errors import BakeoffError, DataError, ModelError, StudyError
from bakeoff.reporting.write import render
from bakeoff.study.load import load
from bakeoff.study.study import Overrides

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = (X[:, 0] > 0).astype(int)

SCRIPT = """
import sys
from pathlib import Path

import numpy as np
from sklearn.dummy import DummyClassifier
from torch import nn

import bakeoff

with Path("reads.txt").open("a") as file:
    file.write("read\\n")
SIZE = 4


def small():
    return nn.Sequential(nn.Linear(4, SIZE), nn.ReLU(), nn.Linear(SIZE, 2))


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(4, 2)

    def forward(self, x):
        return self.net(x)


X = np.random.default_rng(0).normal(size=(80, 4))
y = (X[:, 0] > 0).astype(int)
models = {"small": small, "wide": Wide, "dummy": DummyClassifier()}
found = bakeoff.compare(models, X, y, rounds=2, metric=bakeoff.Accuracy(), epochs=2, store="s.db")
print(found.answered, [c.id for c in found.study.claims], repr(found.study.metric))
Path("after.txt").write_text("once")
"""


def test_a_plain_script_compares_models_without_a_main_guard(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "6 ['1', '2', '3'] Accuracy()\n"
    # A worker reads it too, up to the run, and no further.
    assert (tmp_path / "reads.txt").read_text().count("read") >= 2
    assert (tmp_path / "after.txt").read_text() == "once"


def square(text):
    return nn.Linear(4, 2) if text else None


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ({"a": LogisticRegression()}, ["two models or more"]),
        ([LogisticRegression()], ["two models or more", "by name"]),
        ({"a": LogisticRegression(), "b": nn.Linear(4, 2)}, ["'b'", "built already", "function"]),
        ({"a": LogisticRegression(), "b": lambda: nn.Linear(4, 2)}, ["<lambda>", "def small()"]),
        ({"a": LogisticRegression(), "b": square}, ["square needs text", "defaults"]),
        ({"a": LogisticRegression(), "b": LogisticRegression}, ["LogisticRegression()"]),
    ],
)
def test_models_that_cannot_be_compared_are_refused(models, words):
    with pytest.raises(BakeoffError) as refused:
        bakeoff.compare(models, X, Y)
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((X,), ["no labels"]),
        ((X, Y[:-1]), ["80 inputs", "(79,)"]),
        ((np.where(X > 2, np.nan, X), Y), ["nan"]),
        ((X, np.zeros(80, int)), ["two or more"]),
        ((pd.DataFrame(X, columns=list("abcd")), "e"), ["no column 'e'"]),
        ((pd.DataFrame(X, columns=list("abcd")), Y[:3]), ["80 rows", "3"]),
        ((Npz("x.npz"), Y), ["own labels"]),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(given, words):
    models = {"a": LogisticRegression(), "b": DecisionTreeClassifier()}
    with pytest.raises(DataError) as refused:
        bakeoff.compare(models, *given)
    assert all(word in str(refused.value) for word in words)


def test_frames_and_numbers_are_compared_as_they_come(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": X[:, 0], "town": np.where(X[:, 1] > 0, "x", "y"), "y": X[:, 2]})
    models = {"one": LinearRegression(), "other": LinearRegression(fit_intercept=False)}
    found = bakeoff.compare(models, frame, "y", rounds=6)
    assert found.study.task.labels == {"label": (1,)}
    assert found.study.task.input_shape == (3,)
    assert found.study.metric == bakeoff.MAE()
    assert found.missing == 0


def written(path, **given):
    write_study(path, **given)
    return load(path)


def photographs(folder, *, sizes):
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(8):
            pixels = RNG.integers(0, 255, (*sizes[number % len(sizes)], 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


def test_a_study_of_any_data_is_written_and_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    rows = ["a,town,y", *(f"{i if i % 9 else ''},{'xyz'[i % 3]},{i / 7:.2f}" for i in range(60))]
    Path("numbers.csv").write_text("\n".join(rows))
    rows = ["a,b,kind", *(f"{i},{i % 5},{'no' if i % 2 else 'yes'}" for i in range(60))]
    Path("kinds.csv").write_text("\n".join(rows))
    photographs(tmp_path / "photos", sizes=[(8, 8)])
    photographs(tmp_path / "mixed", sizes=[(8, 8), (9, 7)])
    studies = [
        written(Path("a.py")),
        written(Path("b.py"), source=Path("numbers.csv"), target="y"),
        written(Path("deep/c.py"), source=Path("kinds.csv"), target="kind"),
        written(Path("d.py"), source=Path("photos")),
        written(Path("e.py"), source=Path("mixed")),
    ]
    assert [type(study.task).__name__ for study in studies].count("Regression") == 1
    asked = Overrides(rounds=1, epochs=1)
    found = run_plans([plan_of(s, asked) for s in studies], jobs=2, store=tmp_path / "s.db")
    assert [results.missing for results in found] == [0] * 5


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"source": Path("t.csv")}, ["--target"]),
        ({"source": Path("folder"), "target": "y"}, ["folder", "--target"]),
        ({"source": Path("t.csv"), "target": "z"}, ["no column 'z'"]),
        ({"source": Path("gone.csv"), "target": "z"}, ["gone.csv"]),
    ],
)
def test_what_no_study_can_be_written_of_is_refused(tmp_path, monkeypatch, given, words):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x,y\n1,2\n3,4\n")
    Path("folder").mkdir()
    with pytest.raises(BakeoffError) as refused:
        new_study(Path("s.py"), **given)
    assert all(word in str(refused.value) for word in words)


def test_a_file_that_is_there_is_kept(tmp_path):
    (tmp_path / "s.py").write_text("mine")
    with pytest.raises(StudyError, match="already"):
        write_study(tmp_path / "s.py")
    assert (tmp_path / "s.py").read_text() == "mine"
    with pytest.raises(StudyError, match=r"\.py"):
        write_study(tmp_path / "s.txt")


@pytest.mark.slow
def test_every_example_runs_and_reports(tmp_path):
    plans = [plan_of(load(path), Overrides(rounds=2, epochs=1)) for path in EXAMPLES]
    found = run_plans(plans, jobs=2, store=tmp_path / "s.db")
    for results in found:
        assert results.missing == 0
        for format in ("md", "csv", "json"):
            assert all(v.name in render(results, format) for v in results.study.variants)
    assert "shapes" in render(next(r for r in found if r.study.name == "shapes"), "html")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short(path):
    if path.name != "width.py":  # The README's, whose imports are spelled out.
        assert len(path.read_text().splitlines()) <= 30


def test_a_module_that_a_function_builds_is_checked():
    with pytest.raises(ModelError, match="NoneType.*torch module"):
        bakeoff.Built("test_front_door:nothing").build()


def nothing():
    return None


def test_an_example_is_a_plain_module():
    for path in EXAMPLES:
        assert "study" in runpy.run_path(str(path))
