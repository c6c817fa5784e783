"""Functions given the wrong kind of thing: a sentence, and no attribute that is missing."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import bakeoff
from bakeoff.api.new import write_study
from bakeoff.errors import RunError, StudyError
from bakeoff.studies import dong
from bakeoff.study.load import load


@pytest.mark.parametrize(
    "call",
    [
        lambda: bakeoff.run("dong"),
        lambda: bakeoff.results("dong"),
        lambda: bakeoff.run_until_decided("dong"),
        lambda: bakeoff.head_to_head("dong", "a", "b"),
    ],
)
def test_a_name_is_no_study(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match="a Study is needed, not str; those built in are in"):
        call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", [bakeoff.report, bakeoff.figures])
def test_a_study_has_no_report(write, tmp_path: Path):
    with pytest.raises(TypeError, match="of Results, from run or results, not of Study"):
        write(dong.study, tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("metric", ["accuracy", bakeoff.Accuracy])
def test_a_name_or_a_class_is_no_metric(metric, tmp_path: Path):
    models = {"a": LogisticRegression(), "b": LogisticRegression(C=2.0)}
    with pytest.raises(StudyError, match=r"the metric is .*Accuracy\(\)"):
        bakeoff.compare(models, [[0.0], [1.0]] * 9, [0, 1] * 9, metric=metric)


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (None, "y", "--target"),
        ("d.npz", None, r"d\.npz is neither a table \(\.csv, .*\) nor a folder"),
        ("d.npz", "y", "is neither a table"),
    ],
)
def test_what_no_study_can_be_written_of_is_refused(source, target, words, tmp_path: Path):
    with pytest.raises(StudyError, match=words):
        write_study(tmp_path / "s.py", source=source and tmp_path / source, target=target)
    assert not list(tmp_path.iterdir())


def test_a_written_study_names_any_column(tmp_path: Path):
    table = pd.DataFrame({"x": range(20), 'the "kind"': ["a", "b"] * 10})
    table.to_csv(tmp_path / "d.csv", index=False)
    write_study(tmp_path / "s.py", source=tmp_path / "d.csv", target='the "kind"')
    assert load(tmp_path / "s.py").task.dataset.target == 'the "kind"'


@pytest.mark.parametrize("name", ["rounds", "epochs"])
def test_fewer_than_one_of_anything_is_refused_by_its_name(name, tmp_path: Path):
    with pytest.raises(RunError, match=f"{name} is 0; it must be 1 or more."):
        bakeoff.run(dong.study, store=tmp_path / "x.db", **{name: 0})
    assert not list(tmp_path.iterdir())
