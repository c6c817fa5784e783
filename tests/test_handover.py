"""A study handed on: bundled, opened elsewhere without running it, and reported the same."""

import importlib
import json
import shutil
import sqlite3
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import bakeoff
from bakeoff.api.keep import keep
from bakeoff.api.plan import plan_of, read_results
from bakeoff.errors import BundleError, StoreError, StudyError
from bakeoff.reporting.write import render
from bakeoff.running.manifest import unpack, write_bundle
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.studies import dong
from bakeoff.study.load import load
from bakeoff.study.origin import file_of
from bakeoff.study.study import Overrides

STUDY = """
import json
from pathlib import Path

from torch import nn

import handed_neighbour
from handed_package import lower
from bakeoff import *

# This line is in no trial.
HERE = Path(__file__).parent
(HERE / "ran").touch()


class Own(ModelSpec):
    width: int = 6

    def build(self):
        leak = json.loads((HERE / "leak.json").read_text())
        layers = nn.Linear(4, self.width), nn.LeakyReLU(leak), nn.Linear(self.width, 3)
        return nn.Sequential(*layers)


def variant(name, model):
    return Variant(name=name, model=model, recipe=Recipe(epochs=handed_neighbour.EPOCHS, batch=15))


net = Network(Linear(lower.WIDTH), ReLU(), Linear(3), Head("label"), input=(4,))
table = Table(HERE / "data" / "iris.csv", target="species")
study = Study(
    name="handed",
    task=Classification(table, train=60, validation=20, test=40),
    variants=(variant("layers", net), variant("own", Own())),
    rounds=2,
    claims=(Claim(id="1", quote="Own is better.", test=Better("own", than="layers")),),
)
"""
IRISES = Path(__file__).parents[1] / "examples" / "iris.csv"
SOURCES = [
    "handed.py",
    "handed_neighbour.py",
    "handed_package/__init__.py",
    "handed_package/lower.py",
]
DATA = ["data/iris.csv", "leak.json"]


@pytest.fixture(autouse=True)
def _own_path(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in sys.modules if name.startswith("handed_")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def ran(tmp_path_factory, session_cache):
    """Return a folder with a study of several files, which has run, and its bundle, `s.zip`."""
    folder = tmp_path_factory.mktemp("ran")
    for name, text in {
        "handed.py": STUDY,
        "handed_neighbour.py": "EPOCHS = 2\n",
        "handed_package/__init__.py": "",
        "handed_package/lower.py": "from handed_package import deeper\nWIDTH = 5\n",
        "handed_package/deeper.py": "",
        "unrelated.py": "SECRET = 1\n",
        "leak.json": "0.1",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "data").mkdir()
    shutil.copy(IRISES, folder / "data")
    store = folder / "bakeoff.db"
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as executor:
        patch.setenv("BAKEOFF_CACHE", str(session_cache))
        study = load(folder / "handed.py")
        bakeoff.run(study, store=store, executor=executor)
        bakeoff.bundle(study, folder / "s.zip", store=store)
    # A study whose file is still there is another one than its copy.
    (folder / "handed.py").rename(folder / "handed.txt")
    return folder


@pytest.fixture
def here(ran, tmp_path, monkeypatch):
    """Return a copy of the folder of the study, without its bundle; it is the working folder."""
    forget(ran)
    folder = tmp_path / "here"
    shutil.copytree(ran, folder, ignore=shutil.ignore_patterns("s.zip", "__pycache__"))
    (folder / "handed.txt").rename(folder / "handed.py")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def bundled(ran, tmp_path, monkeypatch):
    """Return the path of a study's bundle; the working folder is an empty one."""
    shutil.copy(ran / "s.zip", tmp_path)
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    return tmp_path / "s.zip"


def forget(folder):
    """Forget the modules of a study, and where they lie."""
    for name in [name for name in sys.modules if name.startswith("handed_")]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if path != str(folder)]


@pytest.fixture
def elsewhere(here, tmp_path, monkeypatch):
    """Return an empty folder, in which nothing of the study has been loaded."""

    def call():
        forget(here)
        here.rename(tmp_path / "gone")
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    return call


def names(path):
    with zipfile.ZipFile(path) as file:
        return {entry.filename for entry in file.infolist()}


def report_of(study, store="bakeoff.db"):
    return render(replace(bakeoff.results(study, store=store), store="results.db"))


def test_a_study_is_opened_elsewhere_and_reports_the_same(here, elsewhere, tmp_path):
    study = load(here / "handed.py")
    before = report_of(study)
    with Store.read(here / "bakeoff.db") as store:
        shown = store._rows("SELECT * FROM shown", ())
    bundle = bakeoff.bundle(study, tmp_path / "s.zip", with_data=True)
    assert bundle.left_out == ()
    files = {f"study/{name}" for name in [*SOURCES, *DATA, "handed_package/deeper.py"]}
    others = {"report.html", "results.db", "requirements.txt", "manifest.json"}
    assert names(tmp_path / "s.zip") == files | others
    (here / "ran").unlink()
    folder = elsewhere()

    opened = bakeoff.open_bundle(tmp_path / "s.zip")
    assert (opened.folder, opened.source) == (Path("s"), Path("s/study/handed.py"))
    assert (opened.merged.new, opened.merged.same) == (4, 0)
    assert opened.merged.contradictions == opened.bundle.left_out == ()
    assert opened.bundle.sha256 == bundle.sha256
    assert not list(folder.rglob("ran"))
    assert not [name for name in sys.modules if name.startswith("handed")]
    assert sorted(each.name for each in folder.iterdir()) == ["bakeoff.db", "s"]

    again = load(opened.source)
    assert report_of(again) == before
    assert (folder / "s" / "report.html").read_text() == before
    assert report_of(again, "s/results.db") == before
    with Store.read(Path("bakeoff.db")) as store:
        assert list(map(tuple, store._rows("SELECT * FROM shown", ()))) == list(map(tuple, shown))
    with ThreadPoolExecutor(1) as executor:
        assert all(each.is_same for each in bakeoff.verify(again, executor=executor))
    # What was opened is handed on in turn, the same to the byte.
    assert bakeoff.bundle(again, "t.zip", with_data=True).sha256 == bundle.sha256


def test_data_is_named_by_its_digest_and_left_out(here, elsewhere, tmp_path):
    bundle = bakeoff.bundle(load(here / "handed.py"), tmp_path / "s.zip")
    assert bundle.left_out == tuple(DATA)
    assert not {f"study/{name}" for name in DATA} & names(tmp_path / "s.zip")
    leak = (here / "leak.json").read_text()
    folder = elsewhere()
    opened = bakeoff.open_bundle(tmp_path / "s.zip")
    assert opened.bundle.left_out == tuple(DATA)
    (folder / "s" / "study" / "data").mkdir()
    shutil.copy(IRISES, folder / "s" / "study" / "data")
    (folder / "s" / "study" / "leak.json").write_text(leak)
    assert bakeoff.open_bundle(tmp_path / "s.zip", "t").merged.same == 4
    assert bakeoff.results(load(opened.source)).answered == 4


def test_bundles_of_one_store_are_the_same_to_the_byte_and_tell_no_folder(here, tmp_path):
    study = load(here / "handed.py")
    first = bakeoff.bundle(study, tmp_path / "a.zip", store=here / "bakeoff.db")
    second = bakeoff.bundle(study, tmp_path / "b.zip")
    assert first.sha256 == second.sha256
    assert str(tmp_path).encode() not in (tmp_path / "a.zip").read_bytes()


def test_only_the_trials_of_the_run_are_taken(here, tmp_path):
    study = load(here / "handed.py")
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(study, epochs=1, rounds=1, executor=executor)
        bakeoff.run(dong.study, quick=True, only=("Baseline",), executor=executor)
    for asked, trials, label in (({}, 4, ""), ({"epochs": 1, "rounds": 1}, 2, "1 of 2 rounds")):
        bundle = bakeoff.bundle(study, tmp_path / "s.zip", **asked)
        assert bundle.manifest.trials == trials
        assert label in bundle.manifest.run
        folder = tmp_path / f"s{trials}"
        folder.mkdir()
        unpack(tmp_path / "s.zip", folder)
        with Store.read(folder / "results.db") as store:
            assert len(store._rows("SELECT * FROM trials", ())) == trials
            assert [run.study for run in store.runs()] == ["handed"]


def test_a_shortened_run_reports_the_same_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(dong.study, rounds=1, epochs=1, only=("Baseline",), executor=executor)
    bundle = bakeoff.bundle(dong.study, "d.zip")
    assert (bundle.manifest.source, bundle.manifest.trials) == ("", 1)
    assert not [name for name in names("d.zip") if name.startswith("study/")]
    opened = bakeoff.open_bundle("d.zip", store="new.db")
    assert opened.source is None
    bakeoff.bundle(dong.study, "e.zip", store="new.db")
    assert Path("e.zip").read_bytes() == Path("d.zip").read_bytes()


def test_listed_folders_and_files_elsewhere_are_told(tmp_path, monkeypatch):
    (tmp_path / "here" / "listed").mkdir(parents=True)
    (tmp_path / "here" / "listed" / "one.txt").write_text("1")
    (tmp_path / "far.txt").write_text("0.1")
    monkeypatch.chdir(tmp_path / "here")
    Path("handed.py").write_text(
        STUDY.replace("import handed_neighbour\nfrom handed_package import lower\n", "")
        .replace("handed_neighbour.EPOCHS", "1")
        .replace("lower.WIDTH", "len([*(HERE / 'listed').iterdir(), *HERE.iterdir()])")
        .replace('(HERE / "ran").touch()', "")
        .replace('HERE / "leak.json"', "HERE.parent / 'far.txt'")
        .replace('HERE / "data" / "iris.csv"', repr(str(IRISES)))
    )
    study = load(Path("handed.py"))
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(study, rounds=1, store=tmp_path / "x.db", executor=executor)
    bundle = bakeoff.bundle(study, tmp_path / "s.zip", store=tmp_path / "x.db", with_data=True)
    assert {each.path for each in bundle.manifest.needs} == {"listed", "iris.csv", "far.txt"}
    assert bundle.left_out == ("far.txt", "iris.csv")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    assert bakeoff.open_bundle(tmp_path / "s.zip").bundle.left_out == ("far.txt", "iris.csv")


def test_kept_models_are_taken_along(here, elsewhere, tmp_path):
    study = load(here / "handed.py")
    plan = plan_of(study)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bakeoff.api.keep.WorkerPool", ThreadPoolExecutor)
        kept = {
            label: model.folder
            for label, model in keep([plan], "all", store=Path("bakeoff.db"))
            if "layers" in label
        }
    bakeoff.bundle(study, tmp_path / "s.zip")
    elsewhere()
    bakeoff.open_bundle(tmp_path / "s.zip")
    for folder in kept.values():
        there = Path("s/models") / folder.name
        assert bakeoff.load_model(there).description.origin.study == "handed"


def test_trials_with_other_numbers_are_shown_and_the_store_s_stay(here, tmp_path):
    study = load(here / "handed.py")
    bakeoff.bundle(study, tmp_path / "s.zip")
    plan = plan_of(study)
    with Store.open(Path("bakeoff.db")) as store:
        results = read_results(plan, store)
        (key, (_, trial)), *_ = plan.labelled_trials(results.study).items()
        stored = store.histories([key])[key]
    history = replace(stored.history, answers={"answer": 1 - stored.history.answers["answer"]})
    with Store.open(Path("other.db")) as other:
        answer = Answer(history, stored.environment, trial.described())
        assert other.add(key, trial, answer)
    opened = bakeoff.open_bundle(tmp_path / "s.zip", store="other.db")
    assert (opened.merged.new, opened.merged.same) == (3, 0)
    (one,) = opened.merged.contradictions
    assert (one.key, one.differences[0].what) == (key, "answer")
    with Store.read(Path("other.db")) as other:
        assert (
            other.histories([key])[key].history.answers["answer"] == history.answers["answer"]
        ).all()
    with Store.read(opened.folder / "results.db") as apart:
        assert apart.known([key]) == {key}


def test_a_refused_bundle_leaves_nothing_behind(bundled, tmp_path):
    data = bytearray((tmp_path / "s.zip").read_bytes())
    data[data.index(b"in no trial")] ^= 1
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(BundleError, match="study/handed.py"):
        bakeoff.open_bundle(tmp_path / "bad.zip")
    assert not list(Path().iterdir())
    Path("bad").mkdir()
    Path("bad/mine").write_text("x")
    with pytest.raises(BundleError, match="there already"):
        bakeoff.open_bundle(tmp_path / "s.zip", "bad")
    with pytest.raises(BundleError, match="there is no file"):
        bakeoff.open_bundle(Path())
    with pytest.raises(BundleError, match="cannot be written"):
        bakeoff.open_bundle(tmp_path / "s.zip", "none/deep")
    with pytest.raises(StoreError, match="no folder"):
        bakeoff.open_bundle(tmp_path / "s.zip", "t", store="none/x.db")
    assert [each.name for each in Path().rglob("*")] == ["bad", "mine"]


def with_store(path, change):
    """Write a bundle again with digests that fit, after a change to its store."""
    folder = path.with_suffix("")
    folder.mkdir()
    manifest = unpack(path, folder)
    change(folder / "results.db")
    members = {member.path: folder / member.path for member in manifest.files}
    write_bundle(path, manifest, members)
    shutil.rmtree(folder)


def sql(*statements):
    def change(path):
        with closing(sqlite3.connect(path)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    return change


INSIDE = [
    (sql("UPDATE trials SET seconds = 1"), "does not hold the 4 trials"),
    (sql("DELETE FROM trials WHERE round = 1"), "does not hold the 4 trials"),
    (
        sql("UPDATE runs SET study = 'another', digest = NULL"),
        "does not hold the 4 trials of 'handed'",
    ),
    (sql("CREATE VIEW v AS SELECT 1"), "holds 'v'"),
    (sql("PRAGMA user_version = 99"), "has schema 99"),
    (sql("PRAGMA application_id = 1"), "another application"),
    (lambda path: path.write_bytes(b"no database at all" * 99), "neither a bakeoff store"),
    (lambda path: path.write_bytes(path.read_bytes()[:9000]), "damaged"),
    (lambda path: path.write_bytes(b""), "results.db"),
]


def test_a_store_inside_that_is_none_is_refused(bundled, tmp_path):
    bundled.rename(tmp_path / "good.zip")
    for change, words in INSIDE:
        shutil.copy(tmp_path / "good.zip", tmp_path / "s.zip")
        with_store(tmp_path / "s.zip", change)
        with pytest.raises(BundleError, match=words) as error:
            bakeoff.open_bundle(tmp_path / "s.zip")
        assert str(error.value).startswith(str(tmp_path / "s.zip"))
        assert not list(Path().iterdir())


def test_the_lock_names_what_the_study_ran_with(bundled):
    with zipfile.ZipFile(bundled) as file:
        lines = file.read("requirements.txt").decode().splitlines()
    versions = dict(line.split("  #")[0].split("==") for line in lines[1:])
    assert lines[0].startswith("# Python 3.")
    assert versions.keys() >= {"bakeoff", "torch", "numpy", "scikit-learn", "pandas"}
    assert not versions.keys() & {"pytest", "mypy", "ruff"}
    assert all("/" not in line for line in lines)


def test_what_cannot_be_bundled_is_refused(here, tmp_path):
    study = load(here / "handed.py")
    with pytest.raises(StoreError, match="no trial of handed"):
        bakeoff.bundle(study, "s.zip", epochs=7)
    with pytest.raises(StudyError, match="no Python file defines the study 'handed' as `study`"):
        bakeoff.bundle(study.replace(title="x"), "s.zip")
    with pytest.raises(BundleError, match="is there and is no bundle"):
        bakeoff.bundle(study, "bakeoff.db")
    (here / "handed.py").write_text(STUDY + "# edited\n")
    with pytest.raises(StudyError, match="handed.py was edited since"):
        bakeoff.bundle(study, "s.zip")
    (here / "handed.py").unlink()
    with pytest.raises(StudyError, match="handed.py was deleted since"):
        bakeoff.bundle(study, "s.zip")
    assert not Path("s.zip").exists()


def test_a_study_that_a_script_imports_is_of_the_file_that_makes_it(here, tmp_path):
    sys.path.insert(0, str(here))
    (here / "handed_maker.py").write_text((here / "handed.py").read_text())
    (here / "handed_script.py").write_text("from handed_maker import study\n")
    study = importlib.import_module("handed_script").study
    assert bakeoff.bundle(study, tmp_path / "s.zip").manifest.source == "handed_maker.py"
    assert file_of(study) == str(here / "handed_maker.py")
    (here / "handed_maker.py").unlink()
    with pytest.raises(StudyError, match="no Python file defines"):
        bakeoff.bundle(study, tmp_path / "s.zip")


def test_the_manifest_tells_what_is_inside(here, bundled):
    with zipfile.ZipFile(bundled) as file:
        manifest = json.loads(file.read("manifest.json"))
    assert manifest["study"] == "handed"
    assert manifest["data"] == plan_of(load(here / "handed.py"), Overrides()).study.task.digest()
    assert {each["path"] for each in manifest["needs"]} == set(DATA)
