"""The command end to end: what it prints, what it keeps, and how it refuses."""

import csv
import json
import os
import subprocess
import sys

import pytest

from bakeoff import __version__ as version
from bakeoff.studies import BUILT_IN, LISTED, dong


def test_list_names_every_built_in_study_with_its_number_of_trials(command):
    lines = command("list").stdout.splitlines()
    counts = {line.split()[0]: line.split()[1:4] for line in lines[1:]}
    assert counts == {
        "zhou": ["16", "10", "160"],
        # 14 variants x 15 rounds, 72 candidates x 5 folds, 4 chosen x 15 rounds.
        "dinh-herve": ["14", "15", "630"],
        "dong": ["3", "15", "45"],
        # 26 variants x 12 rounds, 5 long ones x 1.
        "chen": ["31", "12", "317"],
        # 6 variants x 20 rounds, 357 candidates, 3 chosen x 20 rounds.
        "benquet": ["6", "20", "537"],
        # 8 variants x 15 rounds, 6 x 5.
        "dong-code": ["12", "15", "120"],
        # 11 variants x 11 rounds, 32 candidates x 2 rounds, 2 chosen x 11 rounds.
        "wishes": ["11", "11", "207"],
        "wishes-digits": ["4", "10", "40"],
        # 7 steps x 10 rounds, the last x 20.
        "champion": ["8", "20", "90"],
    }


def test_the_list_says_of_each_study_what_it_declares():
    assert [
        (study.name, len(study.variants), study.rounds, study.most_trials, study.title)
        for study in BUILT_IN
    ] == [(each.name, each.variants, each.rounds, each.trials, each.title) for each in LISTED]


def test_help_and_the_list_make_no_study():
    code = (
        "import sys; from bakeoff.cli import main, app, find, show; "
        "show.studies_table(find.LISTED); sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_command_starts_without_torch_and_numpy():
    code = (
        "import sys; from bakeoff.cli import main, app, find, show; "
        "from bakeoff.studies import BUILT_IN; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'scipy', 'altair')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_show_gives_parameters_protocol_and_assumptions(command):
    text = command("show", "dong").stdout
    for words in ("73,954", "77,530", "69,849", "Trials: 45", "L2Penalty(0.1)", "25.04%"):
        assert words in text
    for assumption in dong.study.assumptions:
        assert assumption[:60] in text


def test_a_run_trains_every_trial_once_and_a_second_run_none(bakeoff, study_file):
    first = bakeoff("run", "small.py", "--jobs", "2").stderr
    assert sum(line.startswith("[") for line in first.splitlines()) == 6
    second = bakeoff("run", "small.py").stderr
    assert "6 of 6 trials are stored already" in second
    assert not any(line.startswith("[") for line in second.splitlines())


@pytest.mark.slow
def test_results_are_the_same_to_the_bit_whatever_the_jobs(bakeoff, study_file):
    def values(store, jobs):
        bakeoff("run", "small.py", "--jobs", jobs, "--store", store)
        found = json.loads(
            bakeoff("report", "small.py", "--format", "json", "--store", store).stdout
        )
        return strip(found)

    def strip(value):
        """Leave out what may differ: times and paths."""
        if isinstance(value, dict):
            unequal = {"seconds", "batch_seconds", "finished", "seconds_per_trial"}
            return {k: strip(v) for k, v in value.items() if k not in unequal}
        return [strip(item) for item in value] if isinstance(value, list) else value

    one, three = values("one.db", "1"), values("three.db", "3")
    assert len(one["trials"]) == 6
    assert one == three


def test_more_rounds_train_only_what_is_missing(command, study_file):
    command("run", "small.py", "--jobs", "1", "--rounds", "1")
    more = command("run", "small.py", "--jobs", "1", "--rounds", "2").stderr
    assert "2 of 4 trials are stored already" in more
    assert sum(line.startswith("[") for line in more.splitlines()) == 2


@pytest.mark.slow
def test_an_edited_model_is_trained_anew_and_its_rival_is_not(bakeoff, study_file):
    bakeoff("run", "small.py")
    study_file.write_text(study_file.read_text().replace("nn.Flatten(), ", "nn.Flatten(1), "))
    again = bakeoff("run", "small.py").stderr
    assert "3 of 6 trials are stored already" in again


@pytest.mark.slow
def test_a_shortened_run_says_so_in_every_format(bakeoff, study_file):
    run = bakeoff("run", "small.py", "--rounds", "2", "--epochs", "1").stdout
    assert "Shortened" in run
    for name in ("html", "md", "csv", "json"):
        bakeoff("report", "small.py", "-o", f"r.{name}")
        text = (study_file.parent / f"r.{name}").read_text()
        assert "shortened" in text.lower(), name


@pytest.mark.slow
def test_both_tables_for_programs_are_written(bakeoff, study_file):
    bakeoff("run", "small.py", "--epochs", "1")
    tables = {}
    for format in ("csv", "csv-summary"):
        bakeoff("report", "small.py", "-o", f"{format}.csv", "--format", format)
        tables[format] = bakeoff("report", "small.py", "--format", format).stdout
        assert tables[format] == (study_file.parent / f"{format}.csv").read_text()
    tidy, summary = (list(csv.DictReader(printed.splitlines())) for printed in tables.values())
    assert {row["variant"] for row in tidy} == {row["variant"] for row in summary}
    assert len(tidy) > len(summary) == 2


@pytest.mark.slow
def test_a_report_without_a_shortening_prefers_the_whole_study(bakeoff, study_file):
    bakeoff("run", "small.py", "--epochs", "1")
    assert "hortened" in bakeoff("report", "small.py", "--format", "md").stdout
    bakeoff("run", "small.py")
    assert "hortened" not in bakeoff("report", "small.py", "--format", "md").stdout


def test_status_counts_what_is_done(command, study_file):
    command("run", "small.py", "--jobs", "1", "--only", "own")
    command("run", "small.py", "--jobs", "1", "--rounds", "1")
    text = command("status").stdout
    assert "only own" in text
    assert "3/3" in text
    assert "2/2" in text


@pytest.mark.parametrize("name", ["report", "compare"])
def test_help_names_the_run_until_decided_that_goes_first(command, name):
    text = " ".join(command(name, "--help").stdout.split())
    assert "the last run if that was a run until decided, else" in text


@pytest.mark.slow
def test_a_model_that_fails_is_named_and_its_rivals_are_stored(bakeoff, study_file):
    late = [
        "class Late(nn.Flatten):",
        "    def forward(self, x):",
        "        assert len(x) < 20, 'too many'",
        "        return x.flatten(1)",
        "class Own(",
    ]
    text = study_file.read_text().replace("(nn.Flatten()", "(Late()")
    text = text.replace("class Own(", "\n".join(late))
    study_file.write_text(text)
    failed = bakeoff("run", "small.py", code=1)
    assert "small: own, round" in failed.stderr
    assert "and 2 more" in failed.stderr
    assert "too many" in failed.stderr
    study_file.write_text(text.replace("< 20", "< 200"))
    assert "3 of 6 trials are stored already" in bakeoff("run", "small.py").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "dogn"], ["'dogn'", "did you mean 'dong'", "dinh-herve"]),
        (["run", "dogn"], ["'dogn'", "did you mean 'dong'"]),
        (["run", "nowhere.py"], ["nowhere.py"]),
        (["run", "small.py", "--only", "layer"], ["'layer'", "did you mean 'layers'"]),
        (["run", "small.py", "--jobs", "0"], ["jobs is 0", "at least 1"]),
        (["run", "small.py", "--rounds", "0"], ["bakeoff: rounds is 0; it must be 1 or more."]),
        (["report", "small.py", "--epochs", "0"], ["bakeoff: epochs is 0; it must be 1 or more."]),
        (["run", "small.py", "--device", "cuda"], ["cuda"]),
        (["run", "small.py", "--device", "tpu"], ["tpu", "cpu"]),
        (["run", "small.py", "--data", "none"], ["none"]),
        (["run", "small.py", "--store", "none/b.db"], ["none"]),
        (["run", "small.py", "--store", "small.py"], ["small.py"]),
        (["report", "small.py"], ["bakeoff.db"]),
        (["status"], ["bakeoff.db"]),
        (["report", "small.py", "-o", "x.pdf"], [".pdf", "html"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_a_mistake_is_one_sentence_and_exit_code_2(command, study_file, words, said):
    if "cuda" in words and os.environ.get("CUDA_VISIBLE_DEVICES"):
        pytest.skip("this machine may have a CUDA device")
    before = study_file.read_text()
    refused = command(*words, code=2)
    for word in said:
        assert word in refused.stderr
    assert study_file.read_text() == before


def test_a_report_that_cannot_be_written_is_refused(command, study_file):
    command("run", "small.py", "--jobs", "1", "--rounds", "1", "--only", "layers")
    refused = command("report", "small.py", "-o", "none/r.html", code=2)
    assert "none/r.html" in refused.stderr


def test_a_report_never_overwrites_the_store_or_a_study(command, study_file):
    command("run", "small.py", "--jobs", "1", "--rounds", "1", "--only", "layers")
    store = (study_file.parent / "bakeoff.db").read_bytes()
    refused = command("report", "small.py", "-o", "bakeoff.db", "--format", "md", code=2)
    assert "store" in refused.stderr
    assert (study_file.parent / "bakeoff.db").read_bytes() == store
    command("report", "small.py", "-o", "small.py", "--format", "md", code=2)
    assert "Study(" in study_file.read_text()


def test_a_name_in_brackets_is_a_name(command, study_file):
    study_file.write_text(study_file.read_text().replace('"layers"', '"a [l2] [/x]"'))
    assert "a [l2] [/x]" in command("show", "small.py").stdout


def test_a_wrong_choice_is_told_without_words_of_a_library(command):
    said = command("run", "dong", "--device", "gpu", code=2).stderr
    assert "'gpu' is not one of 'cpu', 'cuda'" in said
    assert "Value error" not in said


@pytest.mark.parametrize(("columns", "most"), [("60", 60), ("200", 200), ("", 160), ("wide", 160)])
def test_piped_output_is_as_wide_as_columns_says(command, monkeypatch, columns, most):
    monkeypatch.setenv("COLUMNS", columns)
    widths = [len(line) for line in command("show", "dong").stdout.splitlines()]
    assert most - 30 < max(widths) <= most


def test_the_version_is_told(bakeoff):
    assert bakeoff("--version").stdout == f"bakeoff {version}\n"


def test_a_terminal_that_lacks_signs_gets_question_marks(bakeoff, study_file, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    out = bakeoff("run", study_file.name, "--rounds", "2", "--epochs", "1").stdout
    assert "Measured" in out
    assert out.isascii()


def test_a_model_that_cannot_train_stops_the_run_once_before_any_trial(bakeoff, study_file):
    study_file.write_text(study_file.read_text().replace("nn.Linear(392,", "nn.Linear(391,"))
    for command in ("check", "run"):
        refused = bakeoff(command, "small.py", code=2)
        (line,) = refused.stderr.splitlines()
        assert line.startswith("bakeoff: small: own: RuntimeError: ")


@pytest.mark.slow
def test_a_doubt_is_told_before_the_first_run_and_in_each_report(bakeoff, study_file):
    text = study_file.read_text()
    study_file.write_text(text.replace("(nn.Flatten()", "(nn.Flatten(), nn.Dropout(0.5), Norm()"))
    with study_file.open("a") as file:
        file.write("\n\nclass Norm(nn.Module):\n    def forward(self, x): return x - x.mean(0)\n")
    words = "own answers examples differently in a batch than one by one"
    assert f"Warning: small: {words}" in bakeoff("check", "small.py").stdout
    runs = [bakeoff("run", "small.py", "--rounds", n).stderr for n in ("1", "2")]
    assert [f"Warning: small: {words}" in run for run in runs] == [True, False]
    assert words in bakeoff("report", "small.py", "--format", "md").stdout


def test_a_sound_study_is_told_to_be_so(command, study_file):
    assert command("check", "small.py").stdout == "small: the data and the variants are sound.\n"


CLAIM = """

from bakeoff import Claim
from bakeoff.claims.judge import level
from bakeoff.study.claims import ClaimTest


class Odd(ClaimTest):
    named = ("variant",)
    variant: str

    def judge(self, results):
        if results.answered ABOVE:
            raise KeyError("x")
        return level(results, self.variant, value=0.5)


study = study.replace(claims=(Claim(id="Z1", quote="So.", test=Odd(variant="layers")),))
"""


@pytest.mark.slow
def test_a_broken_kind_of_claim_is_one_sentence_and_costs_no_training(bakeoff, study_file):
    plain = study_file.read_text()
    study_file.write_text(plain + CLAIM.replace("ABOVE", ">= 0"))
    told = bakeoff("run", "small.py", code=2).stderr
    assert told.startswith("bakeoff: claim 'Z1': Odd.judge raised KeyError: 'x' (small.py, line ")
    assert told.count("\n") == 1
    assert not (study_file.parent / "bakeoff.db").exists()

    # What breaks on trials alone costs none of them.
    study_file.write_text(plain + CLAIM.replace("ABOVE", "> 0"))
    assert "claim 'Z1'" in bakeoff("run", "small.py", code=2).stderr
    assert "claim 'Z1'" in bakeoff("report", "small.py", code=2).stderr
    study_file.write_text(plain + CLAIM.replace("ABOVE", "> 99"))
    assert "6 of 6 trials are stored already" in bakeoff("run", "small.py").stderr
    bakeoff("report", "small.py")
