"""What the documentation says is so: examples run, links lead somewhere, every name is there."""

import doctest
import importlib
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

import bakeoff
from bakeoff.api.new import new_study
from made_study import TWICE, results

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PUBLIC = {name: getattr(bakeoff, name) for name in bakeoff.__all__}
DOCUMENTED = [name for name, value in PUBLIC.items() if isinstance(value, type) or callable(value)]


class InProcess(ThreadPoolExecutor):
    """Workers without processes: an example's trials take less than the start of one."""

    def __init__(self, _jobs, **_limit):
        super().__init__(1)


@pytest.fixture(scope="module")
def examples(tmp_path_factory, session_cache):
    """Return a folder with the files of examples/, in which docstrings' examples run."""
    folder = tmp_path_factory.mktemp("docs") / "examples"
    shutil.copytree(ROOT / "examples", folder)
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.setenv("BAKEOFF_CACHE", str(session_cache))
        for module in ("run", "decide", "check", "verify", "train"):
            home = importlib.import_module(f"bakeoff.api.{module}")
            if hasattr(home, "WorkerPool"):
                patch.setattr(home, "WorkerPool", InProcess)
        yield folder
    for name in {"table", "breast_cancer"} - before:
        sys.modules.pop(name, None)


def run_example(name, *, all_lines):
    value = PUBLIC[name]
    names = vars(sys.modules[value.__module__]) | PUBLIC
    (test,) = doctest.DocTestFinder(recurse=False).find(value, name, globs=names) or [None]
    assert test is not None
    assert test.examples
    if all_lines:
        for example in test.examples:
            example.options.pop(doctest.SKIP, None)
    lines = []
    doctest.DocTestRunner(verbose=False).run(test, out=lines.append)
    assert not lines, "".join(lines)


NEEDS_MORE = {"export", "Cluster"}
"""Examples that take what is not here: a trained model's folder, a scheduler that runs."""


def skips(name):
    return "+SKIP" in (PUBLIC[name].__doc__ or "")


@pytest.mark.usefixtures("examples")
@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_example_of_a_public_name_runs(name):
    run_example(name, all_lines=False)


@pytest.mark.slow
@pytest.mark.usefixtures("examples")
@pytest.mark.parametrize("name", [n for n in DOCUMENTED if skips(n) and n not in NEEDS_MORE])
def test_an_example_that_takes_long_runs(name):
    run_example(name, all_lines=True)


def test_the_reference_holds_every_public_name_once():
    text = "".join(page.read_text() for page in (ROOT / "docs" / "reference").glob("*.md"))
    listed = re.findall(r"^\.\. auto\w+:: (\w+)$", text, flags=re.MULTILINE)
    assert sorted(listed) == sorted(bakeoff.__all__)


def anchors(page):
    """Return the anchors of a page, as GitHub and MyST make them of headings."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page):
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_names_a_file_and_an_anchor_that_exist(page):
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def tracker(name):
    """Return the lines of docs/trackers.md below a comment."""
    text = (ROOT / "docs" / "trackers.md").read_text()
    (code,) = re.findall(rf"<!-- {name} -->\n```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(code.splitlines()) <= 5
    return code


class Tracker:
    """Stands in for MLflow and for TensorBoard's writer, which are not installed here."""

    def __init__(self, where=""):
        self.where = where
        self.told = []

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        """End the run."""


def test_the_lines_for_mlflow_log_every_trial():
    logged = []
    mlflow = SimpleNamespace(
        start_run=lambda *, run_name: logged.append([run_name]) or Tracker(),
        log_params=lambda params: logged[-1].append(params),
        log_metrics=lambda metrics: logged[-1].append(metrics),
    )
    exec(tracker("mlflow"), {"results": results(TWICE), "mlflow": mlflow})
    assert len(logged) == 16
    name, params, metrics = logged[0]
    assert name == "a, round 1"
    assert params == {"variant": "a", "round": 1}
    assert metrics["test/error"] == pytest.approx(100 * TWICE["a"][0])


@pytest.mark.parametrize("lines", ["tensorboard", "tensorboard curves"])
def test_the_lines_for_tensorboard_write_every_figure(lines):
    written = {}

    class SummaryWriter(Tracker):
        def add_scalar(self, tag, value, step):
            written[self.where, tag, int(step)] = float(value)

    exec(tracker(lines), {"results": results(TWICE), "SummaryWriter": SummaryWriter})
    if lines == "tensorboard":
        assert written["runs/a", "test/error", 1] == pytest.approx(100 * TWICE["a"][0])
    else:
        assert written["runs/a/1", "test/error", 1] == pytest.approx(TWICE["a"][0])


def test_the_tutorial_shows_the_study_that_the_command_writes(tmp_path):
    text = (ROOT / "docs" / "tutorial.md").read_text()
    (shown,) = re.findall(r"rounds\n(    variants=.*?)\)\n```", text, flags=re.DOTALL)
    written = new_study(tmp_path / "a.py", source=ROOT / "examples/iris.csv", target="species")
    assert shown in written
