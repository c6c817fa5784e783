"""Data of the user's own, from its file to every page: any shape, any number of classes."""

import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from bakeoff.api.duel import compared
from bakeoff.api.plan import plan_of
from bakeoff.api.report import figures, report
from bakeoff.api.run import run_plans
from bakeoff.data.arrays import Npz
from bakeoff.errors import StudyError
from bakeoff.reporting.charts.heatmap import confusions
from bakeoff.reporting.page import Page
from bakeoff.running.events import Answered
from bakeoff.study.load import load

IMAGES = """
from torch import nn

from bakeoff import *

RECIPE = Recipe(epochs=2, batch=50)


class Own(ModelSpec):
    width: int = 8

    def build(self):
        return nn.Sequential(
            nn.Conv2d(3, self.width, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(300)
        )


def network(width):
    layers = Conv(width, 3), ReLU(), Flatten(), Linear(300), Head("label")
    return Network(*layers, input=(3, 5, 9))


study = Study(
    name="images",
    task=Classification(Npz("images.npz"), train=700, validation=100, test=600),
    rounds=6,
    variants=(
        Variant(name="small", model=network(4), recipe=RECIPE),
        Variant(name="large", model=network(9), recipe=RECIPE),
        Variant(name="own", model=Own(), recipe=RECIPE),
    ),
    claims=CLAIMS,
)
"""

CLAIMS = """
TESTS = (
    Better("large", than=("small", "own"), by=MARGIN),
    BestOf("large", among=("small", "own")),
    Equivalent("large", "own", margin=MARGIN),
    Reaches(("large", "own"), value=VALUE),
    AtChance("small", value=VALUE, margin=MARGIN),
    Ordered(("small", "own", "large")),
    WinsEveryRound(winner="large", loser="small"),
    BetterFigure("large", of=Quantity(selection="best_on_test"), than=Quantity()),
    RisesAgain("large", after_epoch=1),
    StandsStill("small", after_epoch=1, margin=MARGIN),
    AllOf(Better("own", than="small"), Not(Better("small", than="own"))),
)
CLAIMS = tuple(Claim(id=f"C{n}", quote="So it is.", test=t) for n, t in enumerate(TESTS))
"""

NUMBERS = """
from torch import nn

from bakeoff import *


class Own(ModelSpec):
    def build(self):
        return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))


def network(width):
    return Network(Linear(width), ReLU(), Linear(2), Head("numbers"), input=(3,))


RECIPE = Recipe(epochs=2, batch=50)
study = Study(
    name="numbers",
    task=Regression(Npz("numbers.npz"), train=200, validation=50, test=50, metrics=(MAE(), R2())),
    rounds=6,
    variants=(
        Variant(name="small", model=network(2), recipe=RECIPE),
        Variant(name="large", model=network(30), recipe=RECIPE),
        Variant(name="own", model=Own(), objective=Huber(), recipe=RECIPE),
    ),
    claims=CLAIMS,
)
"""


def study_text(text, *, margin, value):
    """Return a study's text with claims of every kind, after its imports."""
    claims = CLAIMS.replace("MARGIN", str(margin)).replace("VALUE", str(value))
    start, imports, rest = text.partition("from bakeoff import *\n")
    return start + imports + claims + rest


TABLE = """
from bakeoff import *

study = Study(
    name="table",
    task=Classification(Table("d.csv", target="y"), train=120, validation=40, test=40),
    rounds=2,
    variants=(
        Variant(
            name="net",
            model=Network(Linear(4), ReLU(), Linear(2), Head("label"), input=(2,)),
            recipe=Recipe(epochs=1),
        ),
    ),
)
"""


def write_table(path, *, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 2))
    rows = [f"{a:.4f},{b:.4f},{'yes' if a > b else 'no'}" for a, b in x]
    path.write_text("\n".join(["a,b,y", *rows]))


def trained(path, store):
    """Run a study; return its results, and how many trials were trained."""
    events = []
    (found,) = run_plans([plan_of(load(path))], jobs=2, store=store, listen=events.append)
    return found, sum(isinstance(event, Answered) for event in events)


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Write a study of colour images, 5 by 9, of 300 classes, and its data."""
    rng = np.random.default_rng(0)
    y = np.arange(1500) % 300
    x = rng.integers(0, 100, (1500, 5, 9, 3), np.uint8)
    # A class shows as two bright values among the 135.
    for place, label in enumerate(y):
        x[place].reshape(-1)[[label % 135, (label * 7 + label // 135) % 135]] = 255
    np.savez(tmp_path / "images.npz", x=x, y=y)
    (tmp_path / "study.py").write_text(study_text(IMAGES, margin=0.1, value=0.9))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_colour_images_of_many_classes_go_through_run_claims_and_every_export(images):
    found, count = trained(images / "study.py", images / "s.db")
    assert count == 18
    assert found.missing == 0
    task = found.study.task
    for histories in found.histories.values():
        for number, history in enumerate(histories):
            right = task.draw(seed=0, round=number).test.labels["label"].numpy()
            wrong = (history.answers["answer"] != right).mean()
            assert history.answers["answer"].max() > 255
            assert wrong == history.value("test", "error")
    page = exported(found, images)["html"]
    assert "images.npz" in page
    assert page.count('class="images"') == 12
    alone = len(compared(found, "small", "own").agreement.disagreements)
    assert (images / "versus.html").read_text().count('class="images"') == alone > 0
    assert trained(images / "study.py", images / "s.db")[1] == 0


def exported(found, folder):
    """Write every export of some results, and return the texts of the report by format."""
    texts = {}
    for format in ("html", "md", "tex", "csv", "json", "summary"):
        report(found, folder / f"r.{format}", format=format)
        texts[format] = (folder / f"r.{format}").read_text()
        assert len(texts[format]) > 500
    verdicts = json.loads(texts["json"])["verdicts"]
    assert [verdict["id"] for verdict in verdicts] == [f"C{n}" for n in range(11)]
    assert all(path.exists() for path in figures(found, folder / "figures"))
    report(compared(found, "small", "own"), folder / "versus.html")
    versus = (folder / "versus.html").read_text()
    texts["versus"] = re.sub(r"<(style|script).*?</\1>|<[^>]*>", "", versus, flags=re.DOTALL)
    return texts


def test_numbers_go_through_run_claims_and_every_export(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    y = np.stack([1000 + 90 * x[:, 0], x[:, 1] * x[:, 2] / 100], axis=1)
    np.savez(tmp_path / "numbers.npz", x=x, y=y)
    (tmp_path / "study.py").write_text(study_text(NUMBERS, margin=3.0, value=40.0))
    monkeypatch.chdir(tmp_path)
    found, count = trained(tmp_path / "study.py", tmp_path / "s.db")
    assert (count, found.missing) == (18, 0)
    task = found.study.task
    for histories in found.histories.values():
        for number, history in enumerate(histories):
            right = y[task.draw(seed=0, round=number).test.items[:, 0]]
            wrong = np.abs(history.answers["answer"] - right).mean()
            assert history.value("test") == pytest.approx(wrong, rel=1e-4)
            assert set(history.final["test"]) == {"loss", "mae", "r2"}
    texts = exported(found, tmp_path)
    rows = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert {(row["metric"], row["unit"]) for row in rows} == {("mae", ""), ("r2", "")}
    assert all(row["value"] for row in rows)
    for format in ("md", "versus"):
        assert not any(word in texts[format] for word in ("error", "percent", "points"))


def test_data_that_changed_between_two_runs_is_other_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.py").write_text(TABLE)
    counts = []
    for seed in (0, 0, 1, 0):
        write_table(tmp_path / "d.csv", seed=seed)
        counts.append(trained(tmp_path / "study.py", tmp_path / "s.db")[1])
    # What was answered for the first content answers when it is back.
    assert counts == [2, 0, 2, 0]


def test_data_is_known_by_its_content_wherever_it_lies(images):
    trained(images / "study.py", images / "s.db")
    (images / "elsewhere").mkdir()
    (images / "images.npz").rename(images / "elsewhere" / "other.npz")
    text = (images / "study.py").read_text().replace('"images.npz"', '"elsewhere/other.npz"')
    (images / "study.py").write_text(text)
    assert trained(images / "study.py", images / "s.db")[1] == 0
    assert Npz("elsewhere/other.npz").digest() == load(images / "study.py").task.digest()


def test_a_mistake_in_the_data_ends_a_run_before_training(images):
    Image.new("RGB", (2, 2)).save(images / "images.npz", format="PNG")
    with pytest.raises(StudyError, match=r"images\.npz cannot be read"):
        trained(images / "study.py", images / "s.db")
    assert not (images / "s.db").exists()


def test_classes_are_shown_by_their_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.py").write_text(TABLE)
    write_table(tmp_path / "d.csv", seed=0)
    found, _ = trained(tmp_path / "study.py", tmp_path / "s.db")
    report(found, tmp_path / "r.html")
    assert 'class="images"' not in (tmp_path / "r.html").read_text()
    truth = Page(found).truth
    assert truth is not None
    (figure,) = confusions(found, truth)
    rows = [row.cells for row in figure.table.rows]
    assert [row[0] for row in rows] == ["no", "yes"]
    counts = [[round(share.value * row[-1].value) for share in row[1:3]] for row in rows]
    wrong = sum(round(40 * h.value("test", "error")) for h in found.histories["net"])
    assert (sum(map(sum, counts)), counts[0][1] + counts[1][0]) == (2 * 40, wrong)
