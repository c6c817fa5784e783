"""Several studies at once: folders, files of one name, an index, what is pruned, what fails."""

import io
import json
import os
import re
import threading
from pathlib import Path

import pytest

from bakeoff.api.plan import plan_of
from bakeoff.cli.find import find_all
from bakeoff.errors import StudyError
from bakeoff.running.machine import Environment
from bakeoff.running.merge import merge
from bakeoff.running.owner import Owner
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.studies import dong
from bakeoff.study.load import load
from bakeoff.study.study import Overrides
from bakeoff.training.history import History

HERE = Environment("0.1", "2.13", "3.11", "Processor X", 2, "Linux 6", "cpu")

STUDY = """
from bakeoff import *

def variant(name, width):
    net = Network(Linear(width), ReLU(), Linear(2), Head("comparison"))
    return Variant(name=name, model=net, recipe=Recipe(epochs=1, batch=20))

study = Study(
    name={name!r},
    title={title!r},
    task=DigitPairs(train=40, validation=20, test=30),
    variants=(variant("good", {width}), variant("bad", {bad})),
    rounds=8,
    claims=(
        Claim(id="T", quote="Good wins.", test=Better("good", than="bad")),
        Claim(id="F", quote="Bad wins.", test=Better("bad", than="good")),
    ),
)
"""


def write(path, name="small", title="", width=4, bad=3):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(STUDY.format(name=name, title=title, width=width, bad=bad))


def fill(path, store="bakeoff.db", **overrides):
    """Answer the trials of a run of a study's file, without training."""
    plan = plan_of(load(Path(path)), Overrides.of(**overrides))
    labelled = plan.labelled_trials()
    with Store.open(Path(store)) as opened:
        opened.record_run(plan.record(), {key: trial for key, (_, trial) in labelled.items()})
        for key, (label, trial) in labelled.items():
            error = (0.1 if ": good," in label else 0.2) + trial.round / 100
            curves = {split: {"error": (error,)} for split in ("test", "validation")}
            history = History("finished", curves, 3000, 1.0)
            opened.add(key, trial, Answer(history, HERE, trial.described()))


@pytest.fixture
def two(command):
    """Two files whose studies have one name; their runs asked for other rounds."""
    write("a.py", width=4)
    write("b.py", width=5)
    fill("a.py", rounds=2, epochs=2)
    fill("b.py", rounds=7, epochs=2)
    return command


class TestFolders:
    def test_one_that_cannot_be_loaded_does_not_hinder_the_others(self, tmp_path):
        write(tmp_path / "good.py")
        write(tmp_path / "below" / "deep.py")
        (tmp_path / "wrong.py").write_text("study = 1 +\n")
        found = find_all([str(tmp_path)], built_in=False)
        assert len(found.studies) == 2
        ((name, error),) = found.broken
        assert name == str(tmp_path / "wrong.py")
        assert "wrong.py, line 1" in str(error)

    def test_what_a_study_imports_is_none_and_another_file_is_named(self, tmp_path):
        write(tmp_path / "good.py")
        helper = tmp_path / "aaa_helper_of_good.py"
        helper.write_text("WIDTH = 4\n")
        with (tmp_path / "good.py").open("a") as file:
            file.write("import aaa_helper_of_good\n")
        (tmp_path / "forgotten.py").write_text("stduy = 1\n")
        (tmp_path / "_aside.py").write_text("1 / 0\n")
        (tmp_path / "venv" / "lib").mkdir(parents=True)
        (tmp_path / "venv" / "pyvenv.cfg").touch()
        (tmp_path / "venv" / "lib" / "package.py").write_text("1 / 0\n")
        found = find_all([str(tmp_path)], built_in=False)
        assert len(found.studies) == 1
        assert [Path(name).name for name, _ in found.broken] == ["forgotten.py"]

    def test_a_file_that_is_named_twice_counts_once(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write("a.py")
        found = find_all(["a.py", "./a.py", "dong", "dong"], built_in=False)
        assert [study.name for study in found.studies] == ["small", "dong"]

    def test_a_copy_of_a_study_counts_too(self, tmp_path):
        write(tmp_path / "a.py")
        write(tmp_path / "b.py")
        assert len(find_all([str(tmp_path)], built_in=False).studies) == 2

    def test_nothing_that_can_be_loaded_is_an_error_with_a_line_for_each(self, tmp_path):
        (tmp_path / "a.py").write_text("1 / 0\n")
        (tmp_path / "b.py").write_text("x = 1\n")
        with pytest.raises(StudyError) as caught:
            find_all([str(tmp_path)], built_in=False)
        assert len(str(caught.value).splitlines()) == 2
        (tmp_path / "empty").mkdir()
        with pytest.raises(StudyError, match="empty holds no study"):
            find_all([str(tmp_path / "empty")], built_in=False)


class TestOneName:
    def test_a_report_tells_of_the_rounds_of_its_own_file(self, two):
        assert "2 of 8 rounds" in two("report", "a.py", "--format", "md").stdout
        assert "7 of 8 rounds" in two("report", "b.py", "--format", "md").stdout

    @pytest.mark.slow
    def test_pages_and_figures_have_names_of_their_own(self, two, tmp_path):
        pages = [two("report", file).stdout.strip() for file in ("a.py", "b.py")]
        assert pages == [str(tmp_path / f"small-{stem}.html") for stem in "ab"]
        drawn = [
            two("report", file, "--figures", "drawn").stdout.split() for file in ("a.py", "b.py")
        ]
        assert drawn[0]
        assert not set(drawn[0]) & set(drawn[1])

    @pytest.mark.slow
    def test_a_name_of_its_own_needs_no_file(self, command, tmp_path):
        write("a.py")
        fill("a.py")
        assert command("report", "a.py").stdout == f"{tmp_path / 'small.html'}\n"

    def test_status_shows_both(self, two):
        runs = json.loads(two("status", "--format", "json").stdout)["runs"]
        assert [Path(run["file"]).name for run in runs] == ["a.py", "b.py"]
        assert [run["trials"] for run in runs] == [4, 14]
        assert [run["overrides"] for run in runs] == [
            {"rounds": number, "epochs": 2} for number in (2, 7)
        ]
        table = two("status").stdout
        assert all(re.search(rf"small .* {file}", table) for file in ("a.py", "b.py"))

    def test_status_is_of_the_studies_that_are_named(self, two):
        (run,) = json.loads(two("status", "b.py", "--format", "json").stdout)["runs"]
        assert run["done"] == run["trials"] == 14
        assert len(json.loads(two("status", ".", "small", "--format", "json").stdout)["runs"]) == 2
        assert "holds no run of c.py" in two("status", "c.py", code=2).stderr

    def test_the_same_file_again_replaces_its_run_and_not_the_others(self, two):
        fill("a.py", rounds=2, epochs=2)
        files = [
            run["file"] for run in json.loads(two("status", "--format", "json").stdout)["runs"]
        ]
        assert [Path(file).name for file in files] == ["b.py", "a.py"]

    def test_a_built_in_study_and_a_file_of_its_name(self, command):
        write("dong.py", name=dong.study.name)
        fill("dong.py", rounds=2)
        assert "holds no trial of dong" in command("report", "dong", code=2).stderr

    def test_a_deleted_file_is_told_to_be_so(self, two):
        Path("a.py").unlink()
        for words in (("report", "a.py"), ("verdicts", "a.py"), ("run", "a.py")):
            assert (
                "a.py was deleted or moved since it ran as the study 'small'"
                in two(*words, code=2).stderr
            )
        assert "a.py (deleted or moved)" in two("status").stdout
        exists = [
            r["file_exists"] for r in json.loads(two("status", "--format", "json").stdout)["runs"]
        ]
        assert exists == [False, True]

    def test_a_moved_file_is_the_same_study(self, two):
        Path("sub").mkdir()
        Path("a.py").rename("sub/c.py")
        assert "2 of 8 rounds" in two("report", "sub/c.py", "--format", "md").stdout

    def test_merged_stores_of_others_keep_their_runs_apart(self, two):
        fill("a.py", "one.db")
        fill("b.py", "two.db")
        merge(["one.db", "two.db"], "all.db")
        runs = json.loads(two("status", "--store", "all.db", "--format", "json").stdout)["runs"]
        assert [run["trials"] for run in runs] == [16, 16]
        assert {Path(run["file"]).name for run in runs} == {"a.py", "b.py"}


@pytest.mark.slow
def test_the_index_has_a_row_for_each_study_and_tells_what_is_broken(command):
    for name in ("anna", "ben"):
        write(f"class/{name}/study.py", title=f"By {name}", width=4 + len(name))
    write("class/carl.py", name="late", title="Not run yet", bad=5)
    Path("class/dora.py").write_text("import nothing_of_that_name\n")
    fill("class/anna/study.py")
    fill("class/ben/study.py", rounds=7)

    told = command("report", "class", "-o", "pages", code=1)

    assert "dora.py, line 1: ModuleNotFoundError" in told.stderr
    names = sorted(Path(line).name for line in told.stdout.splitlines())
    assert names == ["index.html", "small-anna-study.html", "small-ben-study.html"]
    index = Path("pages/index.html").read_text()
    table = index[index.index("<table") : index.index("</table>")]
    rows = [re.sub("<[^>]*>", " ", row).split() for row in table.split("<tr")[2:]]
    assert [row[:4] for row in (row[row.index("small") :] for row in rows[:2])] == [
        ["small", "(anna/study.py)", "By", "anna"],
        ["small", "(ben/study.py)", "By", "ben"],
    ]
    text = [" ".join(row) for row in rows]
    assert "1 1 0 16 good 8" in text[0]
    # The variant "bad" is the same trial for both.
    assert "0 0 2 15 of 16 good 8" in text[1]
    assert "late Not run yet" in text[2]
    assert "0 of 16" in text[2]
    assert "dora.py, line 1: ModuleNotFoundError" in index


def test_what_is_for_one_study_is_refused_for_several(command):
    write("class/a.py")
    fill("class/a.py")
    assert (
        "--format is for one study" in command("report", "class", "--format", "md", code=2).stderr
    )
    assert "give --output a folder, not -" in command("report", "class", "-o", "-", code=2).stderr


class TestVerdicts:
    def test_a_claim_that_fails_is_the_exit_code(self, command):
        write("a.py")
        fill("a.py")
        lines = command("verdicts", "a.py").stdout.splitlines()
        assert [line.partition(":")[0] for line in lines] == ["T supported", "F contradicted"]
        command("verdicts", "a.py", "--fail-on", "contradicted", code=3)
        command("verdicts", "a.py", "--fail-on", "undecided")
        (found,) = json.loads(command("verdicts", "a.py", "--format", "json").stdout)
        assert [claim["outcome"] for claim in found["claims"]] == ["supported", "contradicted"]

    def test_a_claim_that_the_run_leaves_out_is_undecided(self, command):
        write("a.py")
        fill("a.py", only=("good",))
        words = ("verdicts", "a.py", "--only", "good", "--fail-on", "undecided")
        assert "T undecided" in command(*words, code=3).stdout

    def test_of_several_the_others_are_judged(self, two):
        Path("c.py").write_text("1 / 0\n")
        told = two("verdicts", "a.py", "b.py", "c.py", code=1)
        assert "c.py, line 1: ZeroDivisionError" in told.stderr
        assert [line.split(": ")[0] for line in told.stdout.splitlines()] == [
            *("small (a.py)",) * 2,
            *("small (b.py)",) * 2,
        ]

    def test_without_claims_or_trials_there_is_nothing_to_judge(self, command):
        write("a.py")
        Path("b.py").write_text(Path("a.py").read_text().partition("    claims")[0] + ")\n")
        fill("b.py")
        assert "has no claims to judge" in command("verdicts", "b.py", code=2).stderr
        write("a.py", width=6, bad=7)
        assert "holds no trial of small" in command("verdicts", "a.py", code=2).stderr


class TestPrune:
    def keys(self):
        with Store.read(Path("bakeoff.db")) as store:
            return set(store.sizes())

    def test_only_what_no_listed_study_asks_for_goes(self, two):
        fill("a.py", rounds=9)
        before = self.keys()
        # The variant "bad" is the same in both files.
        assert len(before) == 18 + (2 + 7 + 7)
        told = two("prune", "a.py", "--yes").stdout
        assert "all but 12 of 34 trials" in told
        assert "12 trials removed" in told
        assert len(self.keys()) == 22
        assert "9 of 8 rounds" not in two("status").stdout
        runs = json.loads(two("status", "--format", "json").stdout)["runs"]
        assert {Path(run["file"]).name for run in runs} == {"a.py"}
        assert "each of its 22 trials is asked for" in two("prune", "a.py", "--yes").stdout

    def test_nothing_goes_without_an_answer(self, two, monkeypatch):
        before = self.keys()
        monkeypatch.setattr("sys.stdin", io.StringIO())
        assert "give --yes" in two("prune", "a.py", code=2).stderr
        assert self.keys() == before

    def test_nothing_goes_if_a_study_cannot_be_loaded(self, two):
        before = self.keys()
        Path("c.py").write_text("1 / 0\n")
        two("prune", "a.py", "c.py", "--yes", code=2)
        assert self.keys() == before

    def test_nothing_goes_while_a_run_is_at_work(self, two):
        before = self.keys()
        with Store.open(Path("bakeoff.db")) as store:
            store.claim("f" * 64, Owner.here())
        assert "a run is at work" in two("prune", "a.py", "--yes", code=2).stderr
        assert self.keys() == before

    def test_what_an_edited_study_asked_for_goes(self, command):
        write("a.py", width=4)
        fill("a.py")
        write("a.py", width=6)
        fill("a.py")
        assert len(self.keys()) == 24
        command("prune", "a.py", "--yes")
        assert len(self.keys()) == 16


class TestStandardOutput:
    @pytest.mark.parametrize(
        "format",
        [pytest.param("html", marks=pytest.mark.slow), "md", "json", "csv", "tex"],
    )
    def test_a_report_is_what_a_file_would_hold(self, command, format):
        write("a.py")
        fill("a.py")
        command("report", "a.py", "-o", f"x.{format}")
        printed = command("report", "a.py", "-o", "-", "--format", format).stdout
        assert printed == Path(f"x.{format}").read_text()

    def test_a_pipe_with_a_name_gets_the_report(self, command):
        write("a.py")
        fill("a.py")
        os.mkfifo("pipe.md")
        got = []
        reader = threading.Thread(target=lambda: got.append(Path("pipe.md").read_text()))
        reader.start()
        command("report", "a.py", "-o", "pipe.md")
        reader.join(timeout=30)
        assert got == [command("report", "a.py", "--format", "md").stdout]


def test_another_seed_is_another_run_and_is_told(command):
    write("a.py")
    fill("a.py")
    fill("a.py", seed=3)
    assert (
        "Run as seed 3 rather than 0."
        in command("report", "a.py", "--seed", "3", "--format", "md").stdout
    )
    (found,) = json.loads(command("verdicts", "a.py", "--format", "json").stdout)
    assert found["run"] == ""
    runs = json.loads(command("status", "--format", "json").stdout)["runs"]
    assert [run["run_as"] for run in runs] == ["declared", "changed: seed 3"]
    assert (
        "leave out --seed"
        in command("run", "a.py", "--until-decided", "--seed", "3", code=2).stderr
    )


def test_lists_for_programs(command):
    listed = json.loads(command("list", "--format", "json").stdout)
    assert {each["name"]: each["trials"] for each in listed}["dong"] == dong.study.most_trials
    write("a.py")
    shown = json.loads(command("show", "a.py", "--format", "json").stdout)
    assert [each["parameters"] for each in shown["variants"]] == [1582, 1187]
    assert [claim["id"] for claim in shown["claims"]] == ["T", "F"]


@pytest.mark.slow
def test_thirty_studies_two_of_them_broken_run_and_report(bakeoff, tmp_path):
    for number in range(30):
        write(tmp_path / f"class/{number:02}.py", f"s{number % 20}", f"Student {number}", 4)
    for broken, text in (("07", "study = Study(\n"), ("19", "raise RuntimeError('no')\n")):
        (tmp_path / f"class/{broken}.py").write_text(text)
    # One that loads, and cannot be trained.
    path = tmp_path / "class/03.py"
    path.write_text(path.read_text().replace("train=40", "train=40_000_000"))

    done = bakeoff("run", "class", "--rounds", "1", "--jobs", "2", "--log", "run.log", code=1)

    assert [name in done.stderr for name in ("07.py, line 1", "19.py, line 1")] == [True, True]
    assert "bakeoff: s3 (03.py): " in done.stderr
    assert sum(line.startswith("[") for line in done.stderr.splitlines()) == 2
    assert done.stdout.count("1 of 8 rounds") == 27
    log = (tmp_path / "run.log").read_text().splitlines()
    assert sum("[" in line for line in log) == 2
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} ", line) for line in log)
    again = bakeoff("run", "class", "--rounds", "1", "--quiet", code=1)
    assert "stored already" not in again.stderr
    assert again.stdout.count("1 of 8 rounds") == 27

    told = bakeoff("report", "class", "-o", "pages", code=1)

    pages = {Path(line).name for line in told.stdout.splitlines()}
    assert len(pages) == 28
    assert {"index.html", "s0-00.html", "s0-20.html", "s15.html"} <= pages


@pytest.mark.slow
def test_a_log_is_no_store(bakeoff, study_file):
    bakeoff("run", "small.py", "--rounds", "1", "--epochs", "1")
    refused = bakeoff("run", "small.py", "--log", "bakeoff.db", code=2)
    assert "bakeoff.db is a store of results" in refused.stderr
    assert (
        "cannot be written to nowhere/log"
        in bakeoff("run", "small.py", "--log", "nowhere/log", code=2).stderr
    )
